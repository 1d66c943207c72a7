using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>The movement of time: which panes are sealed, and which windows close.</summary>
public sealed partial class WindowLedger
{
    /// <summary>How long, by the counters' clock, rows of a model that the plan does not have are held.</summary>
    private const long UnknownKept = EventTime.Day;

    private LedgerOutput Advance()
    {
        long staleBefore = _now - _settings.IdleLease;
        var topics = new Dictionary<string, TopicTime>(StringComparer.Ordinal);
        foreach ((string topic, int partitions) in _partitions)
        {
            // No claim that stands looks further back.
            History(topic).Forget(staleBefore - _settings.IdleAfter);
            topics[topic] = Horizon.Of(topic, partitions, _sources, History(topic), staleBefore);
        }

        List<SealedPane>? panes = null;
        List<ClosedWindow>? closed = _cut.Count > 0 ? [.. _cut] : null;
        _cut.Clear();
        List<UnownedWindow>? unowned = null;
        List<ModelFault>? faults = null;
        foreach ((string name, ModelState model) in _models)
        {
            if (model.Windows is not { } windows)
            {
                LetGo(name, model);
                continue;
            }

            (long before, int closes) = (model.SealedUpto, closed?.Count ?? 0);
            try
            {
                Advance(name, model, windows, topics, ref panes, ref closed, ref unowned);
            }
            catch (Exception e) when (CountingFault.IsOne(e))
            {
                closed?.RemoveRange(closes, closed.Count - closes);
                (faults ??= []).Add(new ModelFault(name, e));
                GiveUp(name, model, windows, before, CountingFault.Describe(e), closed ??= []);
            }
        }

        if (panes is not null) ForgetFolded();
        return panes is null && closed is null && unowned is null && faults is null
            ? LedgerOutput.Nothing
            : new LedgerOutput(panes ?? [], closed ?? [], unowned ?? []) { Faults = faults ?? [] };
    }

    private void Advance(
        string name, ModelState model, ModelWindows windows, Dictionary<string, TopicTime> topics,
        ref List<SealedPane>? panes, ref List<ClosedWindow>? closed, ref List<UnownedWindow>? unowned)
    {
        // Time moves from the end of one pane to the end of another: nothing is sealed inside a pane, whatever plan comes next.
        long from = model.SealedUpto, horizon = SealUpto(model, windows, topics);
        long to = horizon == EventTime.None ? from : Math.Max(from, LastPaneEnd(horizon, windows));
        if (to == from) return;
        model.SealedUpto = to;
        Seal(name, model, from, to, panes ??= []);
        if (name == ModelState.UnownedName) CloseUnowned(model, from, to, unowned ??= []);
        else Close(model, windows, from, to, closed ??= []);
        Forget(name, model, windows);
    }

    private static bool Holds(WindowSettings window, EntryKey pane) =>
        ModelState.Starts(pane.End - 1, window).Any(start => start <= pane.Start);

    private static long LastPaneEnd(long time, ModelWindows windows) =>
        EventTime.Floor(time - windows.PaneOffset, windows.PaneSize) + windows.PaneOffset;

    private long SealUpto(ModelState model, ModelWindows windows, Dictionary<string, TopicTime> topics)
    {
        var own = new List<TopicTime>(windows.Topics.Length);
        foreach (string topic in windows.Topics)
        {
            if (!topics.TryGetValue(topic, out TopicTime? time)) return EventTime.None;
            own.Add(time);
        }

        if (own.Count == 0) return EventTime.None;
        long horizon = Horizon.Over(own, _settings.IdleAfter), silent = Horizon.SilentUpto(own, _settings.CloseAfterIdle);
        long to = horizon == EventTime.None ? EventTime.None : horizon - windows.AllowedLateness;
        if (silent == EventTime.None) return to;
        // In silence the last windows close, but not much beyond the last window with a row.
        NoteLastEnds();
        long end = SilenceEnd(model, windows);
        return end == EventTime.None ? to : Math.Max(to, Math.Min(silent - windows.AllowedLateness, end));
    }

    private void NoteLastEnds()
    {
        foreach ((SegmentKey key, SegmentState segment) in _segments)
        {
            if (!IsUsable(key) || segment.Chosen is not { } chosen) continue;
            foreach (EntryKey entry in chosen.Entries.Keys) Note(entry);
        }

        foreach (EntryKey entry in _models.Values.SelectMany(m => m.Open.Keys)) Note(entry);
    }

    private void Note(EntryKey entry)
    {
        ModelState model = Model(entry);
        model.LastEnd = Math.Max(model.LastEnd, entry.End);
    }

    private void Seal(string name, ModelState model, long from, long to, List<SealedPane> panes)
    {
        foreach ((EntryKey key, PaneSum pane) in TakeDue(name, model, from, to))
        {
            Note(key);
            foreach ((SourcePartition source, long rows) in pane.RowsBySource)
            {
                if (!key.Unowned) Source(source).Sealed += rows;
            }

            // Panes of a former plan may be longer than today's windows: they are in no verdict, so the next one tells of them.
            if (!key.Unowned && !model.Windows!.Windows.Any(w => Holds(w, key))) model.Lost += new LossCounts(0, 0, 0, 0, pane.Rows);
            pane.Settle();
            panes.Add(new SealedPane(new Entry(key, pane.Rows, [.. pane.Written]) { Seen = pane.Seen }, [.. pane.Epochs]) { Torn = pane.Torn });
            model.Sealed.Add(key, pane);
        }
    }

    /// <summary>
    /// Takes the panes of a model that end after <paramref name="from"/> and by <paramref name="to"/> out of the open ones; what open
    /// segments hold of them is noted as used.
    /// </summary>
    private SortedDictionary<EntryKey, PaneSum> TakeDue(string name, ModelState model, long from, long to)
    {
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

        foreach ((SegmentKey key, SegmentState segment) in _segments)
        {
            if (!IsUsable(key) || segment.Choice is not { } variant) continue;
            List<HeldEntry> taken =
                [.. segment.Variants[variant].Entries.Where(e => Due(e.Key) && !segment.IsUsedOtherwise(e.Key)).Select(e => e.Value)];
            foreach ((EntryKey into, HeldEntry held) in Ranked(key.Source, variant, taken))
                Sum(into).Add(held.Entry, variant.Epoch, key.Source, held.Offset);
            foreach (HeldEntry held in taken) segment.Used[held.Entry.Key] = held.Entry.Rows;
        }

        BoundVersions(due, Sum);
        return due;
    }

    // Rows of a model that the plan does not have wait for a plan that has it, since workers are restarted one after the other. Then they are
    // dropped, or they would hold memory and the checkpoint's low offset forever.
    private void LetGo(string name, ModelState model)
    {
        if (!model.Waits) return;
        model.WaitsSince ??= _now;
        if (_now - model.WaitsSince < UnknownKept) return;
        model.Sealed.Clear();
        model.Kept = Math.Max(model.Kept, model.SealedUpto);
        EntryKey[] held =
        [
            .. model.Open.Keys.Concat(_segments.Values.SelectMany(s => s.Variants.Values).SelectMany(v => v.Entries.Keys))
                .Where(k => !k.Unowned && k.Model == name && !IsSealed(k)),
        ];
        (model.Waits, model.WaitsSince) = (false, null);
        if (held.Length == 0) return;
        (long from, model.SealedUpto) = (model.SealedUpto, held.Max(k => k.End));
        foreach (PaneSum pane in TakeDue(name, model, from, model.SealedUpto).Values)
        {
            foreach ((SourcePartition source, long rows) in pane.RowsBySource) Source(source).Dropped += rows;
            model.Lost += new LossCounts(0, 0, 0, 0, pane.Rows);
        }

        // Should the model come back, its windows over that time lack these rows.
        _incomplete.MarkWhole(name, held.Min(k => k.Start), model.SealedUpto);
    }

    private void Close(ModelState model, ModelWindows windows, long from, long to, List<ClosedWindow> closed)
    {
        SortedDictionary<WindowKey, WindowSum> sums = SumsOf(model, windows, from, to);
        BoundVersions(sums);
        AddEmpty(model, windows, from, to, sums);
        if (sums.Count == 0) return;
        NoteOvertaken(windows.Model);
        LossCounts known = KnownLosses(windows.Model, model);
        foreach (IGrouping<(long End, int Window), KeyValuePair<WindowKey, WindowSum>> versions in sums.GroupBy(s => (s.Key.End, s.Key.Window)))
        {
            (long end, int index) = versions.Key;
            WindowSettings window = windows.Windows[index];
            long start = end - window.Size;
            bool complete = !_incomplete.Touch(windows, start, end);
            // Lost rows name no version, so the first version's window tells of all.
            Losses? lost = LossesOf(model, window, known, versions.Sum(v => v.Value.Panes.Rows)) with
            {
                OtherVersions = versions.Where(v => v.Key.Rest).Sum(v => v.Value.Panes.Rows),
            };
            int empty = CountEmpty(model, window, lost.Rows);
            foreach ((WindowKey key, WindowSum sum) in versions)
            {
                string version = key.Rest ? ClosedWindow.OtherVersions : key.Version;
                long late = Math.Max(0, known.Late + known.Overtaken - model.LateShown);
                model.LateShown = known.Late + known.Overtaken;
                closed.Add(new ClosedWindow(
                    windows.Model, version, window, start, end, complete && !sum.Cut && !sum.Torn && sum.Panes.Fault is null,
                    sum.Panes.Rows, late,
                    WindowCounts.BySignal(sum.Panes.Signals.All))
                {
                    Rest = key.Rest,
                    Fault = sum.Panes.Fault,
                    Epochs = [.. sum.Panes.Epochs],
                    Lost = lost,
                    Empty = empty,
                });
                lost = null;
            }
        }
    }

    private static SortedDictionary<WindowKey, WindowSum> SumsOf(ModelState model, ModelWindows windows, long from, long to)
    {
        var sums = new SortedDictionary<WindowKey, WindowSum>();
        foreach ((EntryKey key, PaneSum pane) in model.Sealed)
        {
            for (int i = 0; i < windows.Windows.Length; i++)
            {
                WindowSettings window = windows.Windows[i];
                foreach (long start in ModelState.Starts(key.End - 1, window))
                {
                    long end = start + window.Size;
                    if (end <= from || end > to) continue;
                    var of = new WindowKey(end, i, key.Rest, key.Version);
                    if (!sums.TryGetValue(of, out WindowSum? sum)) sums.Add(of, sum = new WindowSum());
                    sum.Add(key, pane, start, end);
                }
            }
        }

        return sums;
    }

    private static void CloseUnowned(ModelState model, long from, long to, List<UnownedWindow> unowned)
    {
        WindowSettings window = model.Windows!.Windows[0];
        var sums = new SortedDictionary<(long End, int Window, string Value), long>(EndOrder);
        foreach ((EntryKey key, PaneSum pane) in model.Sealed)
        {
            if (!key.Unowned) continue;
            long end = ModelState.Starts(key.Start, window).First() + window.Size;
            if (end > from && end <= to) sums[(end, 0, key.Model)] = sums.GetValueOrDefault((end, 0, key.Model)) + pane.Rows;
        }

        foreach (((long end, _, string value), long rows) in sums) unowned.Add(new UnownedWindow(value, end - window.Size, end, rows));
    }

    private void Forget(string name, ModelState model, ModelWindows windows)
    {
        long longest = windows.Windows.Max(w => w.Size);
        model.Kept = Math.Max(model.Kept, model.SealedUpto - longest + 1);
        foreach (EntryKey key in model.Sealed.Keys.Where(k => k.Start < model.Kept).ToArray()) model.Sealed.Remove(key);
        _incomplete.Forget(name, model.SealedUpto - longest);
    }

    // A folded segment is needed while a pane with rows of it is open, that is, one that ends no later than the segment's last pane.
    private void ForgetFolded()
    {
        var first = new Dictionary<SourcePartition, long>();
        foreach ((EntryKey key, PaneSum pane) in _models.Values.SelectMany(m => m.Open))
        {
            foreach ((SourcePartition source, _) in pane.RowsBySource) first[source] = Math.Min(key.End, first.GetValueOrDefault(source, long.MaxValue));
        }

        foreach (SegmentKey key in _folded.Where(f => f.Value.LastEnd < first.GetValueOrDefault(f.Key.Source, long.MaxValue)).Select(f => f.Key).ToArray())
            _folded.Remove(key);
    }

    private static readonly IComparer<(long End, int Window, string Name)> EndOrder =
        Comparer<(long End, int Window, string Name)>.Create((a, b) =>
        {
            int order = a.End.CompareTo(b.End);
            if (order == 0) order = a.Window.CompareTo(b.Window);
            return order != 0 ? order : string.CompareOrdinal(a.Name, b.Name);
        });
}
