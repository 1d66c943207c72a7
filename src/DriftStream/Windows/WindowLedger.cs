using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>What one record of the counts log brought about, in a fixed order.</summary>
/// <param name="Sealed">Panes that are closed for good: written once to the panes topic.</param>
/// <param name="Closed">Windows of models that have closed.</param>
/// <param name="Unowned">Windows of values that no model claims that have closed.</param>
public sealed record LedgerOutput(IReadOnlyList<SealedPane> Sealed, IReadOnlyList<ClosedWindow> Closed, IReadOnlyList<UnownedWindow> Unowned)
{
    /// <summary>The output of a record that seals and closes nothing.</summary>
    public static LedgerOutput Nothing { get; } = new([], [], []);

    /// <summary>Models for which an exception was thrown, for the log. Where their time moved, closed windows say so too.</summary>
    public IReadOnlyList<ModelFault> Faults { get; init; } = [];

    /// <summary>The record sealed and closed nothing, and nothing failed.</summary>
    public bool IsEmpty => Sealed.Count == 0 && Closed.Count == 0 && Unowned.Count == 0 && Faults.Count == 0;
}

/// <summary>
/// Folds one counts partition into panes and windows. A pure function of that partition: no clock, no other input. Everything is
/// decided by headers, which vouch for the frames before them; counts of a segment replace each other (the greatest upto wins),
/// counts of different segments add.
/// </summary>
public sealed partial class WindowLedger
{
    /// <summary>How many watermarks of a topic are told apart within <c>idle_after</c>.</summary>
    private const int HistorySteps = 64;

    private readonly Dictionary<SourcePartition, SourceState> _sources = [];
    private readonly Dictionary<string, List<SourcePartition>> _sourcesOf = new(StringComparer.Ordinal);
    private readonly SortedDictionary<SegmentKey, SegmentState> _segments = [];
    private readonly SortedDictionary<string, ModelState> _models = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _partitions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, WatermarkHistory> _histories = new(StringComparer.Ordinal);
    private readonly SortedDictionary<SegmentKey, FoldedSegment> _folded = [];
    private readonly IncompleteMarks _incomplete = new();
    private WindowingSettings _settings;
    private long _now = EventTime.None;

    /// <param name="settings">Time moves for every model of the plan from the first header on, even before a row of it has come.</param>
    public WindowLedger(WindowingSettings settings)
        : this(_ => settings, 0)
    {
    }

    /// <param name="plans">The settings of the plan at an offset of the plan topic.</param>
    /// <param name="epoch">Offset of the plan to start with; headers name newer ones.</param>
    public WindowLedger(Func<long, WindowingSettings> plans, long epoch)
    {
        (_plans, _settings, Epoch) = (plans, plans(epoch), epoch);
        foreach ((string name, ModelWindows windows) in _settings.Models) _models.Add(name, new ModelState { Windows = windows });
        _models.Add(ModelState.UnownedName, new ModelState { Windows = _settings.Unowned });
    }

    /// <summary>Panes of folded segments that are not sealed.</summary>
    public int OpenPanes => _models.Values.Sum(m => m.Open.Count);

    /// <summary>Windows with a sealed or folded row that are not closed.</summary>
    public int OpenWindows
    {
        get
        {
            var windows = new HashSet<(string Model, string Version, bool IsRest, string Window, long Start)>();
            foreach (ModelState model in _models.Values)
            {
                foreach (EntryKey key in model.Open.Keys.Concat(model.Sealed.Keys))
                {
                    foreach (WindowSettings window in model.Windows?.Windows ?? [])
                    {
                        foreach (long start in ModelState.Starts(key.Start, window))
                        {
                            if (start + window.Size > model.SealedUpto) windows.Add((key.Model, key.Version, key.Rest, window.Name, start));
                        }
                    }
                }
            }

            return windows.Count;
        }
    }

    /// <summary>Applies a record of the counts topic.</summary>
    /// <param name="offset">Its offset.</param>
    /// <param name="record">A frame, headers or a gap; anything else is ignored.</param>
    public LedgerOutput Apply(long offset, ICountsRecord? record)
    {
        switch (record)
        {
            case Frame frame:
                Hold(frame, offset, live: true);
                return LedgerOutput.Nothing;
            case SegmentHeaders headers:
                foreach (SegmentHeader header in headers.All) Hear(header);
                return Advance();
            case Gap gap:
                Hear(gap);
                return Advance();
            default:
                return LedgerOutput.Nothing;
        }
    }

    /// <summary>What has become of the rows of every source partition, as far as this counts partition knows.</summary>
    public IEnumerable<SourceAccount> Accounts()
    {
        var open = new Dictionary<SourcePartition, long>();
        void Open(SourcePartition source, long rows) => open[source] = open.GetValueOrDefault(source) + rows;

        foreach (PaneSum pane in _models.Values.SelectMany(m => m.Open.Values))
        {
            foreach ((SourcePartition source, long rows) in pane.RowsBySource) Open(source, rows);
        }

        var fates = _sources.ToDictionary(s => s.Key, s => s.Value.Folded);
        var overtaken = _sources.ToDictionary(s => s.Key, s => s.Value.Overtaken);
        foreach ((SegmentKey key, SegmentState segment) in _segments)
        {
            if (!IsUsable(key) || segment.Chosen is not { } chosen) continue;
            fates[key.Source] += chosen.Header!.Fates;
            foreach ((EntryKey entry, HeldEntry held) in chosen.Entries)
            {
                if (entry.Unowned) continue;
                if (!IsSealed(entry) && !segment.IsUsedOtherwise(entry)) Open(key.Source, held.Entry.Rows);
                else overtaken[key.Source] += held.Entry.Rows - segment.Used.GetValueOrDefault(entry);
            }

            foreach ((_, long rows) in UsedElsewhere(segment, chosen)) overtaken[key.Source] -= rows;
        }

        foreach ((SourcePartition source, SourceState state) in _sources)
        {
            yield return new SourceAccount(
                source, fates[source], open.GetValueOrDefault(source), state.Sealed, overtaken[source], state.Dropped,
                state.Watermark, state.Point, state.Folded.Counted, state.FoldedRows);
        }
    }

    private ModelState Model(EntryKey key)
    {
        string name = ModelState.NameOf(key);
        if (!_models.TryGetValue(name, out ModelState? model)) _models.Add(name, model = new ModelState());
        return model;
    }

    private bool IsSealed(EntryKey key) =>
        _models.TryGetValue(ModelState.NameOf(key), out ModelState? model) && model.SealedUpto != EventTime.None && key.End <= model.SealedUpto;

    private bool IsUsable(SegmentKey key) => _sources.TryGetValue(key.Source, out SourceState? source) && source.Point == key.Start;

    private SourceState Source(SourcePartition source)
    {
        if (!_sources.TryGetValue(source, out SourceState? state)) Add(source, state = new SourceState());
        return state;
    }

    private void Add(SourcePartition source, SourceState state)
    {
        _sources.Add(source, state);
        if (!_sourcesOf.TryGetValue(source.Topic, out List<SourcePartition>? all)) _sourcesOf.Add(source.Topic, all = []);
        all.Add(source);
    }

    private WatermarkHistory History(string topic)
    {
        if (!_histories.TryGetValue(topic, out WatermarkHistory? history))
            _histories.Add(topic, history = new WatermarkHistory(Math.Max(1, _settings.IdleAfter / HistorySteps)));
        return history;
    }

    private SegmentState Segment(SegmentKey key)
    {
        if (!_segments.TryGetValue(key, out SegmentState? segment)) Add(key, segment = new SegmentState());
        return segment;
    }

    private void Add(SegmentKey key, SegmentState segment)
    {
        _segments.Add(key, segment);
        Source(key.Source).Segments.Add(key.Start);
    }

    private void Remove(SegmentKey key)
    {
        _segments.Remove(key);
        Source(key.Source).Segments.Remove(key.Start);
    }
}

/// <summary>
/// Rows of one source partition by fate, as one counts partition sees them: the fates of the counter are those of all models,
/// the rest only those of this partition's models.
/// </summary>
/// <param name="Source">The partition.</param>
/// <param name="Fates">As the counter decided.</param>
/// <param name="Open">Rows of these models in panes that are not sealed.</param>
/// <param name="Sealed">Rows of these models in sealed panes.</param>
/// <param name="Overtaken">Rows of these models that came for panes already sealed.</param>
/// <param name="Dropped">Rows of models that the plan does not have, dropped after waiting: they are in no window.</param>
/// <param name="Watermark">Largest event time accepted.</param>
/// <param name="Point">Where the chain of folded segments ends.</param>
/// <param name="FoldedCounted">Rows that the headers of the folded segments call counted, of all models.</param>
/// <param name="FoldedRows">Rows in the entries of the folded segments, of these models.</param>
public sealed record SourceAccount(
    SourcePartition Source, FateCounts Fates, long Open, long Sealed, long Overtaken, long Dropped, long Watermark,
    long Point, long FoldedCounted, long FoldedRows);
