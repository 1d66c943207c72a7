using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Joins;

/// <summary>
/// What a joiner writes, in the form in which counters write: of each model it speaks as a source of its own, whose watermark is the model's horizon, and each
/// delay of the model is one more model there. So all that judges do with counts they do with joined rows.
/// </summary>
public static class JoinedFrames
{
    /// <summary>One flush of a joiner, a model each.</summary>
    /// <param name="flush">What it has to say.</param>
    /// <param name="partition">Its partition of <c>joins</c>.</param>
    /// <param name="partitions">How many there are.</param>
    /// <param name="plans">The settings of the plan at an offset of the plan topic.</param>
    public static IEnumerable<Flushed> Of(JoinFlush flush, int partition, int partitions, Func<long, JoinSettings> plans)
    {
        JoinHeader said = flush.Header;
        ILookup<string, JoinEntry> entries = flush.Entries.ToLookup(e => e.Key.Model, StringComparer.Ordinal);
        foreach (JoinProgress model in said.Models)
        {
            RowCount counted = RowCount.Sum(model.Rows.Select(r => r.Counted)), late = RowCount.Sum(model.Rows.Select(r => r.Late)),
                refused = RowCount.Sum(model.Rows.Select(r => r.Refused));
            var header = new SegmentHeader(
                new SourcePartition(JoinedName.SourceOf(model.Model), partition),
                said.Segment,
                new Variant(said.Epoch, model.Began),
                said.Upto,
                model.Horizon,
                new FateCounts { Rows = counted + late + refused, Counted = counted, Late = late, Rejected = refused },
                [
                    .. model.Rows.Where(r => r.Late > 0 || r.Refused > 0)
                        .Select(r => new LostRows(JoinedName.Of(model.Model, r.Delay), Late: r.Late, Rejected: r.Refused)),
                ],
                said.Complete,
                Idle: false,
                said.Stamp,
                partitions,
                said.Plan)
            {
                LostUpto = LostUpto(said, plans(said.Plan).Models.GetValueOrDefault(model.Model)),
            };
            yield return new Flushed([.. entries[model.Model].GroupBy(e => e.Key with { Epoch = 0 }, (_, same) => EntryOf([.. same], plans))], header, null);
        }
    }

    // Rows of one pane may be by the layouts of several plans: what a counter wrote that had not heard of the newest one.
    private static Entry EntryOf(JoinEntry[] same, Func<long, JoinSettings> plans)
    {
        JoinKey key = same[0].Key;
        var sums = new Dictionary<(string, ulong), SignalCounts>();
        RowCount rows = RowCount.Zero;
        foreach (JoinEntry entry in same)
        {
            ImmutableArray<BaselineSignal> signals = plans(entry.Key.Epoch).Models[key.Model].Signals;
            SignalCounts[] counts = [.. signals.Select(s => Sum(sums, s))];
            foreach (JoinedCell cell in entry.Cells)
            {
                Count(cell, signals, counts, epoch => plans(epoch).Models.GetValueOrDefault(key.Model)?.Signals ?? []);
                rows += cell.Count;
            }

            foreach (JoinedNumber number in entry.Numbers) counts[number.Signal].Cells[number.Cell] += number.Count;
        }

        var name = new EntryKey(JoinedName.Of(key.Model, key.Delay), key.Version, key.Start, key.Size, 0);
        return new Entry(name, rows, [.. sums.Values]) { Seen = same.Min(e => e.Seen) };
    }

    private static SignalCounts Sum(Dictionary<(string, ulong), SignalCounts> sums, BaselineSignal signal)
    {
        if (!sums.TryGetValue((signal.Key, signal.Layout.Key), out SignalCounts? sum))
            sums.Add((signal.Key, signal.Layout.Key), sum = new SignalCounts(signal.Key, signal.Layout));
        return sum;
    }

    private static void Count(
        JoinedCell cell, ImmutableArray<BaselineSignal> signals, SignalCounts[] counts, Func<long, ImmutableArray<BaselineSignal>> under)
    {
        int label = cell.Label == JoinedCell.NoLabel ? OutcomeColumns.Missing : cell.Label, group = 0;
        for (int i = 0; i < signals.Length; i++)
        {
            Layout layout = signals[i].Layout;
            int? at = layout.Kind switch
            {
                LayoutKind.Outcome => OutcomeCells.Cell(layout, cell.Prediction.Score, cell.Prediction.Decision, label),
                LayoutKind.Table => layout.TableCell(cell.Prediction.Groups[group], cell.Prediction.Decision, label),
                LayoutKind.Joint => ClassCells.Cell(layout, cell.Prediction.Decision, ClassOf(cell, layout.Second!, under)),
                LayoutKind.Calibration => layout.CalibrationCell(cell.Prediction.Groups[PlaceOf(signals, signals[i].Name)], cell.Prediction.Score, label),
                // Each row by what it is, not by its cell.
                LayoutKind.Numeric => null,
                LayoutKind.Sliced when signals[i].Role == SignalRole.GroupResiduals => null,
                LayoutKind.Categorical or LayoutKind.Sliced => throw new InvalidOperationException($"{signals[i].Key} needs no label"),
            };
            if (at is { } place) counts[i].Cells[place] += cell.Count;
            if (JoinedSignals.IsGrouped(signals[i])) group++;
        }
    }

    // Of a prediction the groups are known in the order of the signals that bring them.
    private static int PlaceOf(ImmutableArray<BaselineSignal> signals, string group)
    {
        int place = 0;
        foreach (BaselineSignal signal in signals)
        {
            if (!JoinedSignals.IsGrouped(signal)) continue;
            if (signal.Role == SignalRole.Group && signal.Name == group) return place;
            place++;
        }

        throw new InvalidOperationException($"{group} has no table");
    }

    // What another plan projected is by the classes of its own table.
    private static int ClassOf(JoinedCell cell, Layout classes, Func<long, ImmutableArray<BaselineSignal>> under)
    {
        if (cell.Label == JoinedCell.NoLabel) return classes.MissingCell;
        Layout? told = JoinedSignals.OutcomeOf(under(cell.LabelEpoch))?.Layout.Second;
        if (told is null || cell.Label >= told.Categories.Length) return classes.UnseenCell;
        if (told.Key == classes.Key) return cell.Label;
        int same = classes.Categories.IndexOf(told.Categories[cell.Label]);
        return same >= 0 ? same : classes.UnseenCell;
    }

    private static EventTime LostUpto(JoinHeader said, JoinedModel? model) => said.Losses
        .Where(l => l.Source is not { } source || model is null || model.Topics.Contains(source.Topic))
        .Select(l => l.Stamp).DefaultIfEmpty(EventTime.None).Max();
}
