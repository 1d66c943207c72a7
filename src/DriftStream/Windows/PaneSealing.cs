using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>How far a model's time has come, and the panes that it seals: their counts are final, and what comes later is overtaken.</summary>
internal sealed class PaneSealing(
    LedgerPlans plans, TopicClocks clocks, SegmentChains chains, ModelStates models, VersionBounds versions, RowAccounts rows, IncompleteMarks incomplete)
{
    /// <summary>How long, by the counters' clock, rows of a model that the plan does not have are held.</summary>
    private static readonly Duration UnknownKept = Duration.FromDays(1);

    /// <summary>
    /// The event time up to which the model's panes may be sealed: the end of a pane, so that nothing is sealed inside one, whatever plan comes
    /// next. Never before what is sealed already.
    /// </summary>
    public EventTime Due(ModelState model, ModelWindows windows, Dictionary<string, TopicTime> topics)
    {
        EventTime horizon = Reached(model, windows, topics);
        return horizon == EventTime.None ? model.SealedUpto : EventTime.Max(model.SealedUpto, LastPaneEnd(horizon, windows));
    }

    /// <summary>How far event time has come for the model, whatever is sealed and however long its partitions are silent.</summary>
    public EventTime TimeOf(ModelWindows windows, Dictionary<string, TopicTime> topics) =>
        TimesOf(windows, topics) is { } own ? Horizon.Over(own, plans.Settings.Quiet.IdleAfter) : EventTime.None;

    /// <summary>Seals the panes of a model that end after <paramref name="from"/> and by its <see cref="ModelState.SealedUpto"/>.</summary>
    public void Seal(string name, ModelState model, EventTime from, List<SealedPane> panes, List<ModelFault> faults)
    {
        foreach ((EntryKey key, PaneSum pane) in TakeDue(name, model, from))
        {
            NoteEnd(key);
            foreach ((SourcePartition source, RowCount count) in pane.RowsBySource)
            {
                if (!key.Unowned) chains.Source(source).Sealed += count;
            }

            // Panes of a former plan may be longer than today's windows: they are in no verdict, so the next one tells of them.
            if (!key.Unowned && !model.Windows!.Windows.Any(w => Holds(w, key))) model.Lost += new LossCounts(Dropped: pane.Rows);
            panes.Add(pane.Seal(key, out Exception? thrown));
            if (thrown is not null) faults.Add(new ModelFault(name, "write", thrown));
            model.Sealed.Add(key, pane);
        }
    }

    /// <summary>
    /// Drops rows of a model that the plan does not have, once they have waited long enough for a plan that has it: workers are restarted one
    /// after the other. Held for longer they would take memory, and hold back the checkpoint's low offset, forever.
    /// </summary>
    public void LetGo(string name, ModelState model)
    {
        if (!model.Waits) return;
        model.WaitsSince ??= clocks.Now;
        if (clocks.Now - model.WaitsSince < UnknownKept) return;
        model.Sealed.Clear();
        model.Kept = EventTime.Max(model.Kept, model.SealedUpto);
        EntryKey[] held =
        [
            .. model.Open.Keys.Concat(chains.Segments.SelectMany(s => s.Variants.Values).SelectMany(v => v.Entries.Keys))
                .Where(k => !k.Unowned && k.Model == name && !models.IsSealed(k)),
        ];
        (model.Waits, model.WaitsSince) = (false, null);
        if (held.Length == 0) return;
        (EventTime from, model.SealedUpto) = (model.SealedUpto, held.Max(k => k.End));
        foreach (PaneSum pane in TakeDue(name, model, from).Values) rows.Drop(model, pane);

        // Should the model come back, its windows over that time lack these rows.
        incomplete.MarkWhole(name, held.Min(k => k.Start), model.SealedUpto, IncompleteCause.NotInPlan);
    }

    /// <summary>Drops the open panes that a failure kept from being sealed: what was half done cannot be told from what was not.</summary>
    public void GiveUp(ModelState model)
    {
        foreach ((EntryKey key, PaneSum pane) in model.Open.Where(p => p.Key.End <= model.SealedUpto).ToArray())
        {
            rows.Drop(model, pane);
            model.Open.Remove(key);
            versions.Forget(key);
        }
    }

    private static bool Holds(WindowSettings window, EntryKey pane) =>
        window.Starts(pane.End - Duration.Microsecond).Any(start => start <= pane.Start);

    private static EventTime LastPaneEnd(EventTime time, ModelWindows windows) =>
        new EventTime(EventTime.Floor(time - windows.PaneOffset, windows.PaneSize)) + windows.PaneOffset;

    private EventTime Reached(ModelState model, ModelWindows windows, Dictionary<string, TopicTime> topics)
    {
        if (TimesOf(windows, topics) is not { } own) return EventTime.None;
        EventTime horizon = Horizon.Reached(own, plans.Settings.Quiet, () =>
        {
            // In silence the last windows close, but not much beyond the last window with a row.
            NoteLastEnds();
            EventTime end = SilenceEnd(model, windows);
            return end == EventTime.None ? end : end + windows.AllowedLateness;
        });
        return horizon == EventTime.None ? EventTime.None : horizon - windows.AllowedLateness;
    }

    // Null where the model has no topic, or nothing has been heard of one.
    private static List<TopicTime>? TimesOf(ModelWindows windows, Dictionary<string, TopicTime> topics)
    {
        var own = new List<TopicTime>(windows.Topics.Length);
        foreach (string topic in windows.Topics)
        {
            if (!topics.TryGetValue(topic, out TopicTime? time)) return null;
            own.Add(time);
        }

        return own.Count == 0 ? null : own;
    }

    /// <summary>How far silence may close windows: up to the last one with a row, and then as many empty ones as the model's rules need.</summary>
    private static EventTime SilenceEnd(ModelState model, ModelWindows windows)
    {
        EventTime end = model.LastWindowEnd;
        return end == EventTime.None ? end : windows.Windows.Max(w => w.Shift(end, windows.MostEmptyOf(w)));
    }

    private void NoteLastEnds()
    {
        foreach ((_, _, _, VariantState chosen) in chains.Standing)
        {
            foreach (EntryKey entry in chosen.Entries.Keys) NoteEnd(entry);
        }

        foreach ((EntryKey entry, _) in models.OpenPanes) NoteEnd(entry);
    }

    private void NoteEnd(EntryKey entry)
    {
        ModelState model = models.Of(entry);
        model.LastEnd = EventTime.Max(model.LastEnd, entry.End);
    }

    /// <summary>
    /// Takes the panes of a model that end after <paramref name="from"/> and by its <see cref="ModelState.SealedUpto"/> out of the open ones;
    /// what open segments hold of them is noted as used.
    /// </summary>
    private SortedDictionary<EntryKey, PaneSum> TakeDue(string name, ModelState model, EventTime from)
    {
        EventTime to = model.SealedUpto;
        bool Due(EntryKey key) => ModelState.NameOf(key) == name && key.End <= to && key.End > from;
        var due = new SortedDictionary<EntryKey, PaneSum>();
        PaneSum Sum(EntryKey key)
        {
            if (!due.TryGetValue(key, out PaneSum? sum)) due.Add(key, sum = new PaneSum());
            return sum;
        }

        foreach ((EntryKey key, PaneSum pane) in model.Open.Where(p => Due(p.Key)).ToArray())
        {
            model.Open.Remove(key);
            due.Add(key, pane);
        }

        foreach ((SourcePartition source, SegmentState segment, Variant variant, VariantState chosen) in chains.Standing)
        {
            List<HeldEntry> taken = [.. chosen.Entries.Where(e => Due(e.Key) && !segment.IsUsedOtherwise(e.Key)).Select(e => e.Value)];
            foreach ((EntryKey into, HeldEntry held) in versions.Rank(source, variant, taken))
                Sum(into).Add(held.Entry, variant.Epoch, source, held.Offset);
            foreach (HeldEntry held in taken) segment.Used[held.Entry.Key] = held.Entry.Rows;
        }

        versions.Bound(due, Sum);
        return due;
    }
}
