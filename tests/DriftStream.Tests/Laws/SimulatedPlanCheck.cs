using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Laws;

/// <summary>
/// What must hold whatever plans came in between: every row is in one pane at most, panes and windows know which plans counted them, no
/// signal is judged in cells that it was not counted in, and a window that calls itself complete is.
/// </summary>
internal sealed class SimulatedPlanCheck
{
    private const string Mixed = "counted under two baselines, whose cells differ";

    private readonly SimulatedWorld _world;
    private readonly SealedPane[] _panes;
    private readonly HashSet<int> _sealed = [];

    private SimulatedPlanCheck(SimulatedWorld world)
    {
        _world = world;
        _panes = [.. world.Judges.SelectMany(j => j.Panes.Values).Select(p => (SealedPane)FrameCodec.Read(p)!).Where(p => !p.Key.Unowned)];
    }

    public static void Check(SimulatedWorld world)
    {
        var check = new SimulatedPlanCheck(world);
        foreach (SealedPane pane in check._panes) check.CheckPane(pane);
        if (!world.Scenario.Gaps) check.CheckAccounts();
        Verdict[] verdicts = [.. world.Judges.SelectMany(j => j.Verdicts)];
        foreach (Verdict verdict in verdicts) check.CheckVerdict(verdict);
        check.CheckComplete(verdicts);
        foreach (SimulatedJudge judge in world.Judges) judge.CheckPlans();
    }

    private void CheckPane(SealedPane pane)
    {
        EntryKey key = pane.Key;
        (int[] usual, int[] reversed) = SimulatedPlans.RowsIn(pane.Entry.Signals);
        foreach (int id in usual.Concat(reversed))
        {
            SimulatedRow row = _world.Rows[id];
            Assert.True(_sealed.Add(id), $"TWICE: row {id} is in two panes, one of them {key}");
            Assert.True(row.Model == key.Model && key.Start <= row.Time && row.Time < key.End, $"row {id} is in the wrong pane {key}");
            Assert.True(!row.NoTime && row.Time <= row.Timestamp + SimulatedPlan.MaxFuture, $"FATE: row {id} is counted in {key}");
        }

        Assert.Equal(pane.Entry.Rows.Value, usual.Length + reversed.Length);
        Assert.NotEmpty(pane.Epochs);
        PlanKind[] kinds = [.. pane.Epochs.Select(_world.Plans.KindOf)];
        Assert.Contains(pane.Epochs, e => _world.Plans.Judging(e).Windowing.Models.TryGetValue(key.Model, out ModelWindows? w) && w.PaneSize == key.Size);
        CheckVersion(key, kinds, [.. usual, .. reversed]);
        if (usual.Length > 0) Assert.Contains(kinds, k => k != PlanKind.OtherCells);
        if (reversed.Length > 0) Assert.Contains(PlanKind.OtherCells, kinds);
    }

    private static void CheckVersion(EntryKey key, PlanKind[] kinds, int[] rows)
    {
        bool Named(PlanKind kind) => key.Rest ? kind == PlanKind.TwoVersions
            : key.Version == SimulatedPlans.OtherVersion ? kind == PlanKind.Version
            : key.Version.Length > 0 ? kind == PlanKind.TwoVersions
            : kind != PlanKind.Version;
        Assert.Contains(kinds, Named);
        // Other plans count rows as of no version, or all as of one.
        if (key.Rest) Assert.All(rows, id => Assert.NotEqual("", SimulatedLog.VersionOf(id)));
        else if (key.Version.StartsWith('w')) Assert.All(rows, id => Assert.Equal(key.Version, SimulatedLog.VersionOf(id)));
    }

    // The law, closed over all plans: what the headers call counted is sealed, open, overtaken or let go of.
    private void CheckAccounts()
    {
        for (int p = 0; p < _world.Logs.Count; p++)
        {
            var source = new SourcePartition(SimulatedPlan.Topic, p);
            SourceAccount[] accounts = [.. _world.Judges.SelectMany(j => j.Accounts).Where(a => a.Source == source)];
            FateCounts f = accounts[0].Fates;
            Assert.Equal(_world.Rows.Count(r => r.Partition == p), f.Rows.Value);
            Assert.Equal(f.Rows, f.Counted + f.Late + f.Future + f.Rejected + f.Unowned);
            // Markers may be counted and, their panes being open, not be written yet.
            long unwritten = f.Counted - accounts.Sum(a => a.Sealed + a.Open + a.Overtaken + a.Dropped);
            int markers = Enumerable.Range(0, _world.Rows.Count).Count(i => i >= _world.Markers && _world.Rows[i].Partition == p && !_sealed.Contains(i));
            Assert.True(
                unwritten >= 0 && unwritten <= markers,
                $"ACCOUNT: partition {p}: {f.Counted} counted, {string.Join("; ", accounts.Select(a => (a.Sealed, a.Open, a.Overtaken, a.Dropped)))}");
            Assert.Equal(_sealed.Count(id => _world.Rows[id].Partition == p), accounts.Sum(a => a.Sealed));
        }
    }

    private void CheckVerdict(Verdict verdict)
    {
        ClosedWindow window = verdict.Window;
        Assert.Equal(window.Rest, verdict.Judgement == Judgement.Unjudged);
        // No more than a longer pane of another plan, which cannot be divided.
        if (window.Rows == 0 && !window.Complete) return;
        (int[] usual, int[] reversed) = SimulatedPlans.RowsIn(window);
        var ids = usual.Concat(reversed).ToHashSet();
        Assert.Equal(ids.Count, window.Rows.Value);
        var whole = new HashSet<int>();
        var epochs = new SortedSet<long>();
        // The rest of a window has the versions too that have counts of their own in some of its panes alone.
        foreach (SealedPane pane in _panes.Where(p => p.Key.Model == window.Model && window.Start <= p.Key.Start && p.Key.End <= window.End
            && (window.Rest ? p.Key.Rest || p.Key.Version.Length > 0 : !p.Key.Rest && p.Key.Version == window.Version)))
        {
            (int[] left, int[] right) = SimulatedPlans.RowsIn(pane.Entry.Signals);
            int[] rows = [.. left, .. right];
            Assert.True(rows.All(ids.Contains) || !rows.Any(ids.Contains), $"{pane.Key} is divided in {window}");
            whole.UnionWith(rows);
            epochs.UnionWith(pane.Epochs);
        }

        Assert.True(ids.IsSubsetOf(whole), $"{window} has rows of no pane");
        if (window.Rest) return;
        if (window.Complete) Assert.True(ids.SetEquals(whole) && epochs.SequenceEqual(window.Epochs), $"{window} is not the sum of its panes");
        // One that closes for what was lost.
        if (window.Empty == 0) CheckSignals(verdict, usual, reversed);
    }

    // Row by row: what the flags were, and in whose cells they were counted.
    private void CheckSignals(Verdict verdict, int[] usual, int[] reversed)
    {
        ClosedWindow window = verdict.Window;
        bool mixed = usual.Length > 0 && reversed.Length > 0;
        long newest = window.Epochs[^1];
        Baseline baseline = _world.Plans.Judging(newest).Judgement[window.Model].Baseline;
        Assert.Equal(baseline.Hash, verdict.BaselineHash);
        ulong counted = usual.Length > 0 ? SimulatedPlan.Row.Key : SimulatedPlans.Reversed.Key;
        if (!mixed) Assert.True(baseline.Signals[0].Layout.Key == counted, $"FOREIGN: {window} is judged against cells that it was not counted in");
        Assert.Equal(baseline.Signals.Select(s => s.Name), verdict.Signals.Select(s => s.Signal));
        JudgedSignal row = verdict.Signals[0], flag = verdict.Signals[1];
        Assert.Equal((window.Rows, 0, 0), (row.Rows, row.Missing, row.Unseen));
        long none = usual.Concat(reversed).Count(id => !_world.Rows[id].Flag), foreign = reversed.Count(id => _world.Rows[id].Flag);
        Assert.True((flag.Rows, flag.Missing, flag.Unseen) == (window.Rows, none, foreign), $"FOREIGN: {flag} of {window}, {none} null, {foreign} unseen");
        Assert.Equal(mixed, row.Why == Mixed);
        if (mixed) Assert.Equal(Judgement.Insufficient, row.Judgement);
        if (mixed) Assert.Contains(flag.Judgement, new[] { Judgement.Insufficient, Judgement.Drifting });
        Assert.Equal(mixed && flag.Judgement == Judgement.Insufficient, flag.Why == Mixed);
    }

    // A row that a complete window lacks was late to some plan, or the ledger says that it was overtaken.
    private void CheckComplete(Verdict[] verdicts)
    {
        HashSet<int> late = MaybeLate();
        var lacking = new HashSet<int>();
        foreach (IGrouping<(string, EventTime, EventTime), Verdict> window in verdicts.GroupBy(v => (v.Window.Model, v.Window.Start, v.Window.End)))
        {
            if (window.Any(v => !v.Window.Complete)) continue;
            var ids = new HashSet<int>();
            foreach (Verdict verdict in window)
            {
                // One without a row closes for what was lost.
                Assert.True(verdict.Window is { Rows.Value: > 0 } or { Empty: > 0, Lost.Counts.Sum.Value: > 0 }, $"{verdict.Window} holds nothing");
                (int[] usual, int[] reversed) = SimulatedPlans.RowsIn(verdict.Window);
                ids.UnionWith([.. usual, .. reversed]);
            }

            for (int id = 0; id < _world.Rows.Count; id++)
            {
                SimulatedRow row = _world.Rows[id];
                if (row.Model != window.Key.Item1 || row.Time < window.Key.Item2 || row.Time >= window.Key.Item3 || ids.Contains(id)) continue;
                if (row.NoTime || row.Time > row.Timestamp + SimulatedPlan.MaxFuture) continue;
                Assert.False(_sealed.Contains(id), $"SILENT: row {id} of {row.Time} is in a pane and not in the complete window {window.Key}");
                if (!late.Contains(id)) lacking.Add(id);
            }
        }

        foreach (IGrouping<int, int> rows in lacking.GroupBy(id => _world.Rows[id].Partition))
        {
            long told = _world.Judges.SelectMany(j => j.Accounts).Where(a => a.Source.Partition == rows.Key).Sum(a => a.Overtaken + a.Dropped);
            Assert.True(rows.Count() <= told, $"SILENT: rows {string.Join(",", rows)} of partition {rows.Key} are in no window, {told} are told of");
        }
    }

    private HashSet<int> MaybeLate()
    {
        var greatest = new Dictionary<int, long>();
        var late = new HashSet<int>();
        for (int id = 0; id < _world.Rows.Count; id++)
        {
            SimulatedRow row = _world.Rows[id];
            if (row.NoTime || row.Time > row.Timestamp + SimulatedPlan.MaxFuture) continue;
            long before = greatest.GetValueOrDefault(row.Partition, EventTime.None);
            // The shortest panes of all plans.
            if (EventTime.Floor(row.Time, 5) + 5 + SimulatedPlan.Lateness <= before) late.Add(id);
            greatest[row.Partition] = Math.Max(before, row.Time);
        }

        return late;
    }
}
