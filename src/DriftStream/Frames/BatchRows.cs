using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using DriftStream.Batches;
using DriftStream.Kernels;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>The watermark after one batch, and the fates of its rows.</summary>
internal readonly record struct BatchOutcome(EventTime Watermark, FateCounts Fates);

/// <summary>Rows of one model that were refused for one reason.</summary>
internal readonly record struct RowsReject(string? Model, RowCount Rows, Reject Reject);

/// <summary>
/// The rows of one batch, in three steps. <see cref="Prepare"/> finds models and event times; <see cref="Decide"/> gives every row
/// its fate and pane, in the partition's order; <see cref="Count"/> counts the rows into their panes: a batch of one model, one
/// version and one pane as a whole, runs of rows as runs, anything else row by row. The first and the last step depend on the batch
/// alone, so lanes may run them side by side.
/// </summary>
internal sealed class BatchRows(CountingSettings settings, SourceTopic topic, INumberCounter numbers, int lane, List<CountingFault> faults)
{
    /// <summary>Where runs are shorter than this on average, it is cheaper to rank all rows once and scatter them.</summary>
    private const int MeanRun = 64;

    private static readonly RowCount One = new(1);

    private static readonly Reject TooManyPanes = new(
        RejectReason.LimitExceeded, $"a segment holds at most {SegmentPanes.MostPanes} panes: the message spreads over too many times");

    private readonly RowModels _models = new(topic, numbers, lane, settings.Ids);
    private readonly List<RowsReject> _rejects = [];
    private readonly Dictionary<(RowModel Model, RejectReason Reason), int> _rejectOf = [];
    private long[] _times = [];
    private PaneCounts?[] _panes = [];
    private readonly Dictionary<string, LostRows> _lost = new(StringComparer.Ordinal);
    private List<ProjectedRow>? _projected;
    private SourcePartition _source;
    private int _projectedBefore;
    private PaneCounts? _whole, _last;
    private RowModel? _deciding;
    private Reject? _refused;
    private int _decided;
    private Batch? _batch;
    private SourceRecord _record;

    /// <summary>What the last batch refused, one entry a model and reason.</summary>
    public ReadOnlySpan<RowsReject> Rejects => CollectionsMarshal.AsSpan(_rejects);

    /// <summary>Binds the batch: its columns, models and event times.</summary>
    /// <param name="batch">The rows; its columns must stay until they are counted.</param>
    /// <param name="record">The record that brought them.</param>
    public void Prepare(Batch batch, in SourceRecord record)
    {
        (_batch, _record, _refused) = (batch, record, null);
        if (batch.Rows == 0) return;
        if (_panes.Length < batch.Rows) (_panes, _times) = (new PaneCounts?[batch.Rows], new long[batch.Rows]);
        try
        {
            _models.Bind(batch, record, faults);
            _models.ReadTimes(batch, record, Times, faults);
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            RefuseAll("bind", e);
        }
    }

    /// <summary>Gives every row of the prepared batch its fate, and its pane where it is to be counted.</summary>
    /// <param name="panes">Those of the partition's open segment.</param>
    /// <param name="watermark">The partition's, before the batch.</param>
    /// <param name="lost">Rows of models that are not counted are added here.</param>
    /// <param name="source">The partition.</param>
    /// <param name="projected">Rows that labels may meet, and labels, are added here; null where the topic has neither.</param>
    public BatchOutcome Decide(
        SegmentPanes panes, EventTime watermark, Dictionary<string, LostRows> lost, SourcePartition source, List<ProjectedRow>? projected)
    {
        (_source, _projected, _projectedBefore) = (source, projected, projected?.Count ?? 0);
        Begin();
        if (_batch!.Rows == 0) return new BatchOutcome(watermark, default);
        // A record without a timestamp has a negative one.
        long timestamp = _record.Timestamp;
        long latest = timestamp > long.MaxValue - settings.MaxFuture ? long.MaxValue : timestamp + settings.MaxFuture;
        while (_refused is null)
        {
            try
            {
                BatchOutcome outcome = DecideWhole(panes, latest, watermark) ?? DecideRows(panes, latest, watermark);
                foreach (LostRows rows in _lost.Values) Add(rows, lost);
                return outcome;
            }
            catch (Exception e) when (CountingFault.IsOne(e))
            {
                // Undo the batch, then decide it once more without the model that failed.
                RowModel? failed = _deciding;
                Undo(panes);
                if (failed is { Reject: null }) failed.Fail("decide", e, _record, faults);
                else RefuseAll("decide", e);
            }
        }

        var refused = new RowCount(_batch.Rows);
        _panes.AsSpan(0, _batch.Rows).Clear();
        _rejects.Add(new RowsReject(null, refused, _refused));
        return new BatchOutcome(watermark, new FateCounts { Rows = refused, Rejected = refused });
    }

    /// <summary>Counts the rows of the decided batch, and lets go of it.</summary>
    public void Count()
    {
        int rows = _batch!.Rows;
        if (_whole is not null) CountWhole(_whole, rows);
        else if (rows > 0) CountPanes(rows);
        (_batch, _record) = (null, default);
    }

    private Span<long> Times => _times.AsSpan(0, _batch!.Rows);

    private void Begin()
    {
        _rejects.Clear();
        _rejectOf.Clear();
        _lost.Clear();
        (_whole, _deciding, _decided) = (null, null, 0);
        _projected?.RemoveRange(_projectedBefore, _projected.Count - _projectedBefore);
    }

    private void Undo(SegmentPanes panes)
    {
        foreach (PaneCounts? pane in _panes.AsSpan(0, _decided))
        {
            if (pane is not null) pane.Rows--;
        }

        panes.DropEmpty();
        Begin();
    }

    private void RefuseAll(string step, Exception thrown)
    {
        _refused = CountingFault.Reject(thrown);
        faults.Add(new CountingFault(_record.Offset, null, step, thrown));
    }

    // The common case: all rows of one model and version fall into one pane that nothing has sealed.
    private BatchOutcome? DecideWhole(SegmentPanes panes, long latest, EventTime watermark)
    {
        RowModel? only = _models.Only;
        if (only?.Counter is not { } counter || only.Reject is not null || only.Refusals.Count > 0 || counter.Model.Version.Column is not null) return null;
        if (counter.Model.BringsLabels) return null;
        _deciding = only;
        long first = TensorPrimitives.Min<long>(Times), last = TensorPrimitives.Max<long>(Times);
        CountedModel model = counter.Model;
        if (first == EventTime.None || last > latest) return null;
        EventTime start = PaneStart(first, model);
        if (start != PaneStart(last, model)) return null;
        if (model.IsSealed(start + model.PaneSize, watermark)) return null;
        _whole = panes.Of(counter, _models.Version(only, _batch!, _record, 0), start);
        if (_whole is null) return null;
        int rows = _batch!.Rows;
        if (counter.Projector is not null)
        {
            for (int row = 0; row < rows; row++) Project(counter, only, row);
        }

        _whole.Rows += rows;
        return new BatchOutcome(new EventTime(Math.Max(watermark, last)), new FateCounts { Rows = new(rows), Counted = new(rows) });
    }

    private BatchOutcome DecideRows(SegmentPanes panes, long latest, EventTime watermark)
    {
        Batch batch = _batch!;
        long counted = 0, late = 0, future = 0, rejected = 0, labels = 0;
        bool oneVersion = _models.Only is { Counter: { Model.Version.Column: null, Projector: null }, Refusals.Count: 0 };
        _last = null;
        _panes.AsSpan(0, batch.Rows).Clear();
        _decided = batch.Rows;
        for (int row = 0; row < batch.Rows; row++)
        {
            long time = _times[row];
            // Rows mostly come in time order: a row's pane is that of the row before, which nothing has sealed since.
            if (oneVersion && _last is { } same && time >= same.Start && time < same.End && time <= latest)
            {
                Keep(row, same, ref counted, ref watermark);
                continue;
            }

            RowModel model = _deciding = _models.Of(row);
            if (model.Reject is { } reject || RejectOf(model, batch, time, row, out reject))
            {
                Refuse(model, reject);
                rejected++;
                // Time goes on by rows that are refused for another reason than their time: else nobody would be told of a producer's wrong columns.
                if (time != EventTime.None && time <= latest && model.Counter is not null) watermark = new EventTime(Math.Max(watermark, time));
            }
            else if (time > latest)
            {
                Lose(model, new LostRows(model.Value, Future: One));
                future++;
            }
            else if (model.Counter is not { } counter)
            {
                if (!Unowned(panes, model, row, watermark)) rejected++;
            }
            else if (counter.Model.BringsLabels)
            {
                Project(counter, model, row);
                labels++;
                watermark = new EventTime(Math.Max(watermark, time));
            }
            else if (IsLate(counter.Model, time, watermark))
            {
                // What is told of a row must not depend on how far time had come.
                if (counter.Projector is not null) Project(counter, model, row);
                Lose(model, new LostRows(model.Value, Late: One));
                late++;
            }
            else if (PaneOf(panes, counter, model, time, row) is { } pane)
            {
                if (counter.Projector is not null) Project(counter, model, row);
                Keep(row, pane, ref counted, ref watermark);
            }
            else
            {
                Refuse(model, TooManyPanes);
                rejected++;
            }
        }

        var unowned = new RowCount(batch.Rows - counted - late - future - rejected - labels);
        return new BatchOutcome(
            watermark, new FateCounts(new(batch.Rows), new(counted), new(late), new(future), new(rejected), unowned, 0, 0, 0) { Labels = new(labels) });

        void Keep(int row, PaneCounts pane, ref long counted, ref EventTime watermark)
        {
            (pane.Rows, _panes[row], counted) = (pane.Rows + 1, pane, counted + 1);
            watermark = new EventTime(Math.Max(watermark, _times[row]));
        }
    }

    // Never into a pane that the watermark has sealed: what a window reports must not depend on when it was flushed.
    private bool Unowned(SegmentPanes panes, RowModel model, int row, EventTime watermark)
    {
        var start = new EventTime(EventTime.Floor(Math.Max(_times[row], watermark), settings.UnownedPane));
        if (panes.Unowned(model.Value, start, settings.UnownedPane) is not { } pane)
        {
            Refuse(model, TooManyPanes);
            return false;
        }

        (pane.Rows, _panes[row]) = (pane.Rows + 1, pane);
        return true;
    }

    private void CountWhole(PaneCounts pane, int rows)
    {
        if (pane.IsBroken) return;
        try
        {
            _models.Only!.Counter!.Count(pane, 0, rows);
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            Break(_models.Only!, [pane], e);
        }
    }

    private void CountPanes(int rows)
    {
        ReadOnlySpan<PaneCounts?> panes = _panes.AsSpan(0, rows);
        int runs = 1;
        for (int row = 1; row < rows; row++)
        {
            if (panes[row] != panes[row - 1]) runs++;
        }

        if (runs > 1 && rows < runs * MeanRun)
        {
            foreach (RowModel model in _models.Present) Scatter(model, panes);
            return;
        }

        for (int start = 0; start < rows;) CountRuns(panes, ref start);
    }

    private void Scatter(RowModel model, ReadOnlySpan<PaneCounts?> panes)
    {
        // A refused model has columns that cannot be ranked, and no row to scatter.
        if (model.Reject is not null) return;
        try
        {
            model.Counter?.Scatter(panes);
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            Break(model, panes, e);
        }
    }

    // Runs to the end, or to the end of a run that could not be counted; the caller goes on from there.
    private void CountRuns(ReadOnlySpan<PaneCounts?> panes, ref int start)
    {
        int first = start, end = start;
        try
        {
            for (; first < panes.Length; first = end)
            {
                for (end = first + 1; end < panes.Length && panes[end] == panes[first];) end++;
                if (panes[first] is { IsBroken: false } pane) _models.Of(first).Counter?.Count(pane, first, end - first);
            }
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            Break(_models.Of(first), panes, e);
        }

        start = end;
    }

    // What is half added cannot be taken back, so the pane is given up.
    private void Break(RowModel model, ReadOnlySpan<PaneCounts?> panes, Exception thrown)
    {
        faults.Add(new CountingFault(_record.Offset, model.Value, "count", thrown));
        foreach (PaneCounts? pane in panes)
        {
            if (pane is not null && ReferenceEquals(pane.Model, model.Counter!.Model)) pane.Break(_record.Offset, CountingFault.Describe(thrown));
        }
    }

    private static bool RejectOf(RowModel model, Batch batch, long time, int row, out Reject reject)
    {
        foreach (Column refused in model.Refusals)
        {
            reject = refused.Refusal!;
            if (refused.IsRefused(row)) return true;
        }

        reject = model.Counter?.Projector?.RejectOf(row)!;
        if (reject is not null) return true;
        if (time != EventTime.None) return false;
        string column = model.Time!.Name;
        reject = ColumnText.HasValue(batch.Find(column)!, row)
            ? new Reject(RejectReason.TimeUnreadable, $"column '{column}' holds event times that are no time between the years 1 and 9999")
            : new Reject(RejectReason.TimeNull, $"column '{column}' has no event time in some rows");
        return true;
    }

    private void Project(ModelCounter counter, RowModel model, int row)
    {
        string version = counter.Model.BringsLabels ? "" : _models.Version(model, _batch!, _record, row);
        _projected!.Add(counter.Projector!.Of(row, _source, _record.Offset, new EventTime(_times[row]), version));
    }

    private void Refuse(RowModel model, Reject reject)
    {
        Lose(model, new LostRows(model.Value, Rejected: One) { Why = reject.Detail });
        if (_rejectOf.TryGetValue((model, reject.Reason), out int index))
        {
            _rejects[index] = _rejects[index] with { Rows = _rejects[index].Rows + One };
            return;
        }

        _rejectOf.Add((model, reject.Reason), _rejects.Count);
        _rejects.Add(new RowsReject(model.Value, One, reject));
    }

    // Values that no model claims have no owner who could be told. A label that is refused is no row that a window lacks.
    private void Lose(RowModel model, LostRows rows)
    {
        if (model.Counter is { Model.BringsLabels: false }) Add(rows, _lost);
    }

    private static void Add(LostRows rows, Dictionary<string, LostRows> lost)
    {
        ref LostRows sum = ref CollectionsMarshal.GetValueRefOrAddDefault(lost, rows.Model, out bool known);
        sum = known ? sum + rows : rows;
    }

    // A late row's pane has ended before the watermark, so the row never moves it.
    private static bool IsLate(CountedModel model, long time, EventTime watermark) =>
        model.IsSealed(PaneStart(time, model) + model.PaneSize, watermark);

    private PaneCounts? PaneOf(SegmentPanes panes, ModelCounter counter, RowModel model, long time, int row)
    {
        string version = _models.Version(model, _batch!, _record, row);
        bool same = _last is not null && ReferenceEquals(_last.Model, counter.Model)
            && time >= _last.Start && time < _last.End && !_last.IsRest && _last.Version == version;
        return same ? _last : _last = panes.Of(counter, version, PaneStart(time, counter.Model));
    }

    private static EventTime PaneStart(long time, CountedModel model) =>
        new(EventTime.Floor(time - model.PaneOffset, model.PaneSize) + model.PaneOffset);
}
