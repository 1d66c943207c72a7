using DriftStream.Cells;
using DriftStream.Joins;
using DriftStream.Time;
using static DriftStream.Tests.Joins.JoinTerms;

namespace DriftStream.Tests.Joins;

/// <summary>
/// What must hold of a simulated world once it has come to rest. What is compared with is a plain join in memory, which knows nothing of the protocol.
/// </summary>
internal static class JoinCheck
{
    public const string Counts = "L1 other counts than a plain join's", SealedChanged = "L2 a sealed window changed",
        Restart = "L3 a restart knows something else",
        Law = "L4 a row without a fate, or with two", Projected = "L5 rows taken that were not projected, or the other way round",
        Impure = "L6 two words for one stretch of one log", Open = "L7 time stands still", Spread = "L8 other counts with one partition of joins",
        Untold = "L9 a loss that nobody told", Feigned = "L9 a loss that was none", Unreported = "L10 time moves without a partition that is counted";

    /// <summary>When the partition that nobody reported is reported after all.</summary>
    public const long Late = 1_000_000;

    /// <summary>The counts of sealed windows, to compare with those of another number of partitions; null where they may differ.</summary>
    public static Dictionary<(long Delay, long Pane), Dictionary<(int Score, int Label), long>>? Of(JoinWorld world)
    {
        foreach (Joiner joiner in world.References.Select(r => r.Joiner))
        {
            if (joiner.Models.Any(m => !m.Fates.IsWhole)) throw new BrokenLaw(Law);
            HeldId[] held = [.. joiner.Held()];
            JoinFates fates = joiner.Models[0].Fates;
            if (fates.Pending != held.Count(h => h.State == HeldState.Pending)
                || fates.Waiting != held.Sum(h => h.Waiting.Length + (h.State == HeldState.Waiting ? 1 : 0)))
                throw new BrokenLaw(Law);
            CheckSources(joiner.Models[0]);
        }

        bool lossy = world.Scene is JoinScene.Gap or JoinScene.Recreated;
        CheckRows(world, lossy);
        if (!lossy && world.Scene != JoinScene.Full && world.Losses > 0) throw new BrokenLaw(Feigned);
        int[] projected = [.. world.Data.Rows.Index().Where(r => !r.Item.IsRejected).Select(r => r.Index)];
        if (world.Scene == JoinScene.Gap && world.Losses == 0 && projected.Any(r => !world.Taken.Contains(r))) throw new BrokenLaw(Untold);
        long last = projected.Select(r => world.Data.Rows[r]).Where(r => !r.IsLabel && r.Id < Late).Max(r => r.Time);
        if (world.Judge.Horizon < PaneOf(last) + Pane + Within + Lateness) throw new BrokenLaw(Open);
        var got = world.Judge.Sealed.Where(s => s.Value.Count > 0).ToDictionary();
        if (world.Scene == JoinScene.Late) return null;
        var (want, numbers) = Plain(world, lossy);
        if (world.Scene == JoinScene.Full)
        {
            // Which rows are refused depends on how many ids came before, so a later row of an id may count in place of the first: never more ids do.
            if (Delays.Any(d => All(got, d) > All(want, d))) throw new BrokenLaw(Counts);
            return null;
        }

        HashSet<long> overdue = lossy
            ? [.. world.Data.Rows.Where(r => !r.IsLabel && world.Overdue.Contains(r.Id)).Select(r => PaneOf(r.Time))]
            : [];
        foreach ((long Delay, long Pane) key in want.Keys.Union(got.Keys).Where(k => !overdue.Contains(k.Pane)))
        {
            var (w, g) = (want.GetValueOrDefault(key, []), got.GetValueOrDefault(key, []));
            // A batch that comes at night is too late for the first delay of some panes: no row is counted twice, and none is lost.
            bool some = world.Scene == JoinScene.Nightly && key.Delay == FirstDelay;
            bool ok = some
                ? g.Values.Sum() == w.Values.Sum() && Labelled(g) <= Labelled(w)
                : AreSame(w, g) && AreSame(numbers.GetValueOrDefault(key, []), world.Judge.SealedNumbers.GetValueOrDefault(key, []));
            if (!ok) throw new BrokenLaw(Counts);
        }

        return lossy || world.Scene == JoinScene.Nightly ? null : got;
    }

    // What topics of labels are told of is what all of them together are.
    private static void CheckSources(JoinProgress model)
    {
        LabelSource all = LabelSource.Sum(model.Sources.Values);
        JoinFates f = model.Fates;
        var (own, of) = ((f.Labels, f.Waiting, f.Matched, f.Orphans, f.Late, f.DuplicateLabels, f.Corrected, f.UnjoinedLabels),
            (all.Labels, all.Waiting, all.Matched, all.Orphans, all.Late, all.Duplicates, all.Corrected, all.Unjoined));
        if (own != of || all.Lags.Values.Sum() != all.Matched || model.Sources.Values.Any(s => !s.IsWhole)) throw new BrokenLaw(Law);
    }

    public static bool AreSame<TKey>(Dictionary<TKey, long> left, Dictionary<TKey, long> right)
        where TKey : notnull => left.Count == right.Count && left.All(l => right.TryGetValue(l.Key, out long count) && count == l.Value);

    // Over all partitions of joins, as many rows of a source partition are taken as it holds up to there.
    private static void CheckRows(JoinWorld world, bool lossy)
    {
        for (int k = 0; k < world.Joins; k++)
        {
            foreach (JoinPoint point in world.References[k].Joiner.Points)
            {
                int rows = 0;
                for (int offset = 0; offset < point.Next; offset++) rows += world.RowsAt(point, offset, k).Count();
                if (lossy ? point.Rows > rows : point.Rows != rows) throw new BrokenLaw(Projected);
            }
        }

        foreach ((int index, JoinRow row) in world.Data.Rows.Index())
        {
            JoinSourceLog log = world.Data.Sources[row.Source];
            if (row.IsRejected || world.Taken.Contains(index)) continue;
            if (world.Data.OffsetOf(index) >= log.Lost.GetValueOrDefault(row.Generation)) throw new BrokenLaw(Projected);
        }
    }

    private static long All(Dictionary<(long Delay, long Pane), Dictionary<(int Score, int Label), long>> counts, long delay) =>
        counts.Where(c => c.Key.Delay == delay).Sum(c => c.Value.Where(cell => cell.Key.Score != Unseen).Sum(cell => cell.Value));

    private static long Labelled(Dictionary<(int Score, int Label), long> cells) => cells.Where(c => c.Key.Label != JoinedCell.NoLabel).Sum(c => c.Value);

    private static (Dictionary<(long Delay, long Pane), Dictionary<(int Score, int Label), long>> Cells,
        Dictionary<(long Delay, long Pane), Dictionary<(int Signal, int Cell), long>> Numbers) Plain(JoinWorld world, bool takenOnly)
    {
        var counts = new Dictionary<(long, long), Dictionary<(int, int), long>>();
        var numbers = new Dictionary<(long, long), Dictionary<(int, int), long>>();
        var rows = world.Data.Rows.Index().Where(r => !r.Item.IsRejected && r.Item.Id is > 0 and < (int)Late && (!takenOnly || world.Taken.Contains(r.Index)));
        foreach (IGrouping<int, JoinRow> id in rows.Select(r => r.Item).GroupBy(r => r.Id))
        {
            if (id.FirstOrDefault(r => !r.IsLabel) is not { } prediction) continue;
            long pane = PaneOf(prediction.Time);
            IEnumerable<JoinRow> labels = id.Where(r => r.IsLabel && r.Time - prediction.Time is >= -Early and <= Within);
            if (world.Corrections == Corrections.First) labels = labels.Take(1);
            foreach (Duration delay in Delays)
            {
                // The newest, and of those the last one.
                JoinRow? label = labels.Where(l => l.Time < pane + Pane + delay).OrderBy(l => l.Time).LastOrDefault();
                if (!counts.TryGetValue((delay, pane), out var cells)) counts.Add((delay, pane), cells = []);
                (int, int) cell = (prediction.Cell, label?.Cell ?? JoinedCell.NoLabel);
                cells[cell] = cells.GetValueOrDefault(cell) + 1;
                if (label is null) continue;
                if (!numbers.TryGetValue((delay, pane), out var ranges)) numbers.Add((delay, pane), ranges = []);
                double[] values = [prediction.Number - label.Number, label.Number];
                foreach ((int signal, double value) in values.Index())
                {
                    (int, int) range = (signal, Numbers[signal].Layout.Edges.Count(e => e <= value));
                    ranges[range] = ranges.GetValueOrDefault(range) + 1;
                }

                if (prediction.Group > 1) continue;
                Layout residuals = Numbers[2].Layout.Inner!;
                (int, int) own = (2, (prediction.Group * residuals.Cells) + residuals.Edges.Count(e => e <= values[0]));
                ranges[own] = ranges.GetValueOrDefault(own) + 1;
            }
        }

        return (counts, numbers);
    }
}
