using System.Collections.Immutable;
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

    /// <summary>Models whose rows are lost while nothing goes on, for long enough to ask their rules; and those of which that is over.</summary>
    public IReadOnlyList<StandstillStretch> Standstills { get; init; } = [];

    /// <summary>The record sealed and closed nothing, nothing failed, and nothing stands still.</summary>
    public bool IsEmpty => Sealed.Count == 0 && Closed.Count == 0 && Unowned.Count == 0 && Faults.Count == 0 && Standstills.Count == 0;
}

/// <summary>What kept a model's panes from being sealed, or its windows from closing.</summary>
/// <param name="Model">The model.</param>
/// <param name="Step">What failed: close, or write (the counts of one pane).</param>
/// <param name="Why">The exception, for the log.</param>
public sealed record ModelFault(string Model, string Step, Exception Why);

/// <summary>
/// Folds one counts partition into panes and windows. A pure function of that partition: no clock, no other input. Everything is
/// decided by headers, which vouch for the frames before them; counts of a segment replace each other (the greatest upto wins),
/// counts of different segments add.
/// </summary>
/// <remarks>
/// A record goes through the parts in this order. A frame is held by its segment (<see cref="SegmentFolding"/>). A header may bring a newer
/// plan (<see cref="PlanChange"/>), moves the clock (<see cref="TopicClocks"/>) and folds finished segments into open panes
/// (<see cref="SegmentFolding"/>). Then time moves for each model: panes are sealed (<see cref="PaneSealing"/>) and windows over them close
/// (<see cref="WindowClosing"/>); where it does not move, rows that are lost may be all there is to tell
/// (<see cref="Standstills"/>). What the parts share is held once: the chains (<see cref="SegmentChains"/>), the models
/// (<see cref="ModelStates"/>), the plan (<see cref="LedgerPlans"/>), and which times may lack rows (<see cref="IncompleteMarks"/>).
/// </remarks>
public sealed class WindowLedger
{
    private readonly LedgerPlans _plans;
    private readonly TopicClocks _clocks;
    private readonly SegmentChains _chains = new();
    private readonly ModelStates _models;
    private readonly IncompleteMarks _incomplete = new();
    private readonly RowAccounts _rows;
    private readonly Standstills _standstills;
    private readonly SegmentFolding _folding;
    private readonly PaneSealing _sealing;
    private readonly WindowClosing _closing;
    private readonly PlanChange _change;

    /// <param name="settings">Time moves for every model of the plan from the first header on, even before a row of it has come.</param>
    public WindowLedger(WindowingSettings settings)
        : this(_ => settings, 0)
    {
    }

    /// <param name="plans">The settings of the plan at an offset of the plan topic.</param>
    /// <param name="epoch">Offset of the plan to start with; headers name newer ones.</param>
    public WindowLedger(Func<long, WindowingSettings> plans, long epoch)
    {
        _plans = new LedgerPlans(plans, epoch);
        _clocks = new TopicClocks(() => _plans.Settings.Quiet);
        _models = new ModelStates(_plans.Settings);
        var versions = new VersionBounds(_plans);
        _rows = new RowAccounts(_chains, _models);
        _standstills = new Standstills(_plans, _clocks, _chains);
        _folding = new SegmentFolding(_plans, _clocks, _chains, _models, versions, _rows, _incomplete, _standstills);
        _sealing = new PaneSealing(_plans, _clocks, _chains, _models, versions, _rows, _incomplete);
        _closing = new WindowClosing(versions, _rows, _incomplete);
        _change = new PlanChange(_plans, _chains, _models, _closing, _incomplete);
    }

    /// <summary>Offset in the plan topic of the plan that windows close by: the greatest that a header has named. Never goes back.</summary>
    public long Epoch => _plans.Epoch;

    /// <summary>Panes of folded segments that are not sealed.</summary>
    public int OpenPanes => _models.OpenPanes.Count();

    /// <summary>Windows with a sealed or folded row that are not closed.</summary>
    public int OpenWindows => _models.CountOpenWindows();

    /// <summary>Applies a record of the counts topic.</summary>
    /// <param name="offset">Its offset.</param>
    /// <param name="record">A frame, headers or a gap; anything else is ignored.</param>
    public LedgerOutput Apply(long offset, ICountsRecord? record)
    {
        switch (record)
        {
            case Frame frame:
                _folding.Hold(frame, offset, live: true);
                return LedgerOutput.Nothing;
            case SegmentHeaders headers:
                _standstills.Begin();
                foreach (SegmentHeader header in headers.All)
                {
                    _change.Hear(header);
                    _clocks.Hear(header.Source.Topic, header.Partitions, header.Stamp);
                    _folding.Hear(header);
                }

                return Advance();
            case Gap gap:
                _standstills.Begin();
                _clocks.Hear(gap.Stamp);
                _folding.Hear(gap);
                return Advance();
            default:
                return LedgerOutput.Nothing;
        }
    }

    /// <summary>What has become of the rows of every source partition, as far as this counts partition knows.</summary>
    public IEnumerable<SourceAccount> Accounts() => _rows.All();

    /// <summary>The least offset whose frames a rebuild at <paramref name="next"/> must read.</summary>
    public long Low(long next)
    {
        foreach ((_, PaneSum pane) in _models.OpenPanes) next = Math.Min(next, pane.Offset);
        foreach (SegmentState segment in _chains.Segments)
        {
            foreach (VariantState variant in segment.Variants.Values)
            {
                foreach ((EntryKey key, HeldEntry held) in variant.Entries)
                {
                    if (!_models.IsSealed(key)) next = Math.Min(next, held.Offset);
                }
            }
        }

        return next;
    }

    /// <summary>Takes note that the model's owner was told of its standstill: rules on lost rows speak of none of its rows again.</summary>
    internal void NoteTold(StandstillStretch stretch) =>
        _models.Named(stretch.Model).Standstill = stretch.Standstill with { ToldUpto = stretch.Upto };

    /// <summary>All that a checkpoint keeps: everything but the counts of panes.</summary>
    public LedgerState Save() => new(
        _clocks.Now,
        _chains.SaveSources(),
        _clocks.Partitions,
        _clocks.Watermarks,
        [.. _models.All.Select(m => m.Value.Save(m.Key))],
        _chains.SaveSegments(_models.IsSealed),
        _chains.SaveFolded(),
        [.. _incomplete.Topics.Select(t => new MarkedTopic(t.Key.Topic, t.Value) { Why = t.Key.Why })],
        [.. _incomplete.Panes],
        Epoch);

    /// <summary>
    /// A ledger as it was saved, but without counts: <see cref="Rebuild"/> and <see cref="RestoreSealed"/> bring them back.
    /// </summary>
    public static WindowLedger Restore(WindowingSettings settings, LedgerState state) => Restore(_ => settings, state);

    /// <inheritdoc cref="Restore(WindowingSettings, LedgerState)"/>
    public static WindowLedger Restore(Func<long, WindowingSettings> plans, LedgerState state)
    {
        var ledger = new WindowLedger(plans, state.Epoch);
        ledger._clocks.Restore(state.Now, state.Partitions, state.Watermarks);
        ledger._chains.Restore(state);
        foreach (ModelProgress progress in state.Models) ledger._models.Named(progress.Model).Restore(progress);
        foreach (MarkedTopic mark in state.MarkedTopics) ledger._incomplete.Mark(mark.Topic, mark.Upto, mark.Why);
        foreach (MarkedPane mark in state.MarkedPanes) ledger._incomplete.Panes.Add(mark);
        return ledger;
    }

    /// <summary>
    /// Merges the frames from the checkpoint's low offset up to its next one. Headers are not acted on, and nothing closes.
    /// </summary>
    public void Rebuild(IEnumerable<(long Offset, Frame Frame)> frames) => _folding.Rebuild(frames);

    /// <summary>
    /// Brings back a sealed pane, unless it was sealed after the checkpoint or no open window needs it. A duplicate changes nothing.
    /// </summary>
    public void RestoreSealed(SealedPane pane)
    {
        ModelState model = _models.Of(pane.Key);
        if (!_models.IsSealed(pane.Key) || pane.Key.Start < model.Kept || model.Sealed.ContainsKey(pane.Key)) return;
        var sum = new PaneSum();
        sum.Add(pane);
        model.Sealed.Add(pane.Key, sum);
    }

    /// <summary>
    /// The rows of a reference of a window that the last record has closed; null where the reference has no version for it. It depends on the panes of the
    /// reference's own stretch alone.
    /// </summary>
    /// <param name="window">A window that the last record has closed.</param>
    /// <param name="reference">One of its model's references.</param>
    /// <param name="leftOut">By version and signal: stretches whose panes do not enter.</param>
    public StreamRows? Reference(
        ClosedWindow window, StreamReference reference, IReadOnlyDictionary<(string Version, string Signal), ImmutableArray<Stretch>> leftOut) =>
        StreamRows.Of(_models.Named(window.CountsName), window, reference, leftOut);

    /// <summary>Up to where event time has come for rows that no model claims.</summary>
    public EventTime UnownedUpto => _models.Named(ModelState.UnownedName).SealedUpto;

    /// <summary>Sealed panes of the model that start before this event time are kept no longer.</summary>
    public EventTime KeptFrom(string model) => new(_models.Named(model).Kept);

    /// <summary>Moves time as far as the headers vouch for, model by model.</summary>
    private LedgerOutput Advance()
    {
        Dictionary<string, TopicTime> topics = _clocks.Times(s => _chains.Sources.GetValueOrDefault(s)?.Time);
        List<SealedPane> panes = [];
        List<ClosedWindow> closed = _change.TakeCut();
        List<UnownedWindow> unowned = [];
        List<ModelFault> faults = [];
        List<StandstillStretch> standstills = [];
        bool moved = false;
        foreach ((string name, ModelState model) in _models.All)
        {
            if (model.Windows is not { } windows)
            {
                _sealing.LetGo(name, model);
                continue;
            }

            if (windows.Delay is null && _standstills.Concerns(name, model)
                && _standstills.Move(name, model, windows, _sealing.TimeOf(windows, topics)) is { } stretch)
                standstills.Add(stretch);
            (EventTime before, int closes) = (model.SealedUpto, closed.Count);
            try
            {
                Advance(name, model, windows, topics, panes, closed, unowned, faults);
            }
            catch (Exception e) when (CountingFault.IsOne(e))
            {
                closed.RemoveRange(closes, closed.Count - closes);
                faults.Add(new ModelFault(name, "close", e));
                GiveUp(name, model, windows, before, CountingFault.Describe(e), closed);
            }

            moved |= model.SealedUpto != before;
        }

        if (moved) _chains.ForgetFolded(_models.OpenPanes);
        var output = new LedgerOutput(panes, closed, unowned) { Faults = faults, Standstills = standstills };
        return output.IsEmpty ? LedgerOutput.Nothing : output;
    }

    private void Advance(
        string name, ModelState model, ModelWindows windows, Dictionary<string, TopicTime> topics,
        List<SealedPane> panes, List<ClosedWindow> closed, List<UnownedWindow> unowned, List<ModelFault> faults)
    {
        EventTime from = model.SealedUpto, to = _sealing.Due(model, windows, topics);
        if (to == from) return;
        model.SealedUpto = to;
        _sealing.Seal(name, model, from, panes, faults);
        if (name == ModelState.UnownedName) WindowClosing.CloseUnowned(model, from, to, unowned);
        else _closing.Close(model, windows, from, to, closed);
        _closing.Forget(name, model, windows, from);
    }

    // A model for which sealing or closing failed: the others go on, and its windows say why they have no verdict.
    private void GiveUp(string name, ModelState model, ModelWindows windows, EventTime from, string reason, List<ClosedWindow> closed)
    {
        if (name == ModelState.UnownedName || model.SealedUpto == from) return;
        _sealing.GiveUp(model);
        _closing.GiveUp(model, windows, from, reason, closed);
    }
}
