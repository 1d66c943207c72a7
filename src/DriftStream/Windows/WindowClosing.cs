using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>Closes windows over sealed panes: those with rows, those that time has passed without one, and those that a failure ends.</summary>
internal sealed class WindowClosing(VersionBounds versions, RowAccounts rows, IncompleteMarks incomplete)
{
    private static readonly IComparer<(EventTime End, string Value)> EndOrder = Comparer<(EventTime End, string Value)>.Create((a, b) =>
        a.End.CompareTo(b.End) is var order && order != 0 ? order : string.CompareOrdinal(a.Value, b.Value));

    /// <summary>Closes a model's windows that end after <paramref name="from"/> and by <paramref name="to"/>, event time.</summary>
    public void Close(ModelState model, ModelWindows windows, EventTime from, EventTime to, List<ClosedWindow> closed)
    {
        SortedDictionary<WindowKey, WindowSum> now = SumsOf(model, windows, from, to);
        versions.Bound(now);
        AddEmpty(model, windows, from, to, now);
        AddLosing(model, windows, from, to, now);
        SortedDictionary<WindowKey, GrownWindow> sums = WindowGrowth.Close(model, windows, to, Grew(model, windows, from), now);
        if (sums.Count == 0) return;
        rows.NoteOvertaken(windows.Model);
        LossCounts known = rows.Known(windows.Model, model);
        foreach (IGrouping<(EventTime End, int Window), KeyValuePair<WindowKey, GrownWindow>> same in sums.GroupBy(s => (s.Key.End, s.Key.Window)))
        {
            (EventTime end, int index) = same.Key;
            WindowSettings window = windows.Windows[index];
            // Lost rows name no version, so the first version's window tells of all.
            Losses? lost = rows.Show(model, window, known, RowCount.Sum(same.Select(v => v.Value.Sum.Panes.Rows))) with
            {
                OtherVersions = RowCount.Sum(same.Where(v => v.Key.Rest).Select(v => v.Value.Sum.Panes.Rows)),
            };
            int empty = CountEmpty(model, window, lost.Rows);
            foreach ((WindowKey key, (EventTime start, WindowSum sum)) in same)
            {
                ImmutableArray<string> lacking =
                [
                    .. incomplete.Touch(windows, start, end), .. sum.Cut ? (string[])[Incomplete.CutPane] : [], .. sum.Torn ? (string[])[Incomplete.Torn] : [],
                ];
                string version = key.Rest ? ClosedWindow.OtherVersions : key.Version;
                RowCount late = RowCount.Max(RowCount.Zero, known.Late + known.Overtaken - model.LateShown);
                model.LateShown = known.Late + known.Overtaken;
                closed.Add(new ClosedWindow(
                    windows.ModelId, version, window, start, end, lacking.IsEmpty && sum.Panes.Fault is null,
                    sum.Panes.Rows, late,
                    WindowCounts.BySignal(sum.Panes.Signals.All))
                {
                    Incomplete = lacking,
                    Delay = windows.Delay,
                    Rest = key.Rest,
                    Fault = sum.Panes.Fault,
                    Epochs = [.. sum.Panes.Epochs],
                    Lost = lost,
                    Empty = empty,
                    Panes = [.. sum.Digests.Values],
                    Errors = [.. sum.Errors.Values],
                });
                lost = null;
            }
        }
    }

    // What grows is summed up anew each time: panes are kept and rebuilt, sums are not.
    private SortedDictionary<WindowKey, WindowSum> Grew(ModelState model, ModelWindows windows, EventTime from)
    {
        if (model.Growing.IsEmpty) return [];
        SortedDictionary<WindowKey, WindowSum> before = SumsOf(model, windows, model.Growing.Min(g => g.Start), from);
        versions.Bound(before);
        return before;
    }

    /// <summary>Does the same for rows that no model claims, whose windows know neither versions nor losses.</summary>
    public static void CloseUnowned(ModelState model, EventTime from, EventTime to, List<UnownedWindow> unowned)
    {
        WindowSettings window = model.Windows!.Windows[0];
        var sums = new SortedDictionary<(EventTime End, string Value), RowCount>(EndOrder);
        foreach ((EntryKey key, PaneSum pane) in model.Sealed)
        {
            if (!key.Unowned) continue;
            EventTime end = window.EndOf(window.Starts(key.Start).First());
            if (end > from && end <= to) sums[(end, key.Model)] = sums.GetValueOrDefault((end, key.Model)) + pane.Rows;
        }

        foreach (((EventTime end, string value), RowCount count) in sums) unowned.Add(new UnownedWindow(value, window.StartBefore(end), end, count));
    }

    /// <summary>
    /// Closes one window of each name in place of all that a failure kept from closing, and says why. Windows that reach back into that time
    /// are incomplete.
    /// </summary>
    public void GiveUp(ModelState model, ModelWindows windows, EventTime from, string reason, List<ClosedWindow> closed)
    {
        foreach (WindowSettings window in windows.Windows)
        {
            EventTime end = window.EndUpto(model.SealedUpto);
            if (from != EventTime.None && end <= from) continue;
            closed.Add(new ClosedWindow(
                windows.ModelId, "", window, window.StartBefore(end), end, false, RowCount.Zero, RowCount.Zero,
                ImmutableSortedDictionary<string, WindowCounts>.Empty)
            { Delay = windows.Delay, Fault = reason });
        }

        incomplete.MarkWhole(windows.Model, EventTime.None, model.SealedUpto, IncompleteCause.Failed);
    }

    /// <summary>Forgets the sealed panes and the marks that no window of the model needs any more.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="model">The model.</param>
    /// <param name="windows">Its windows.</param>
    /// <param name="from">Windows that ended by this time have been judged; those that ended since may still ask for their references.</param>
    public void Forget(string name, ModelState model, ModelWindows windows, EventTime from)
    {
        Duration longest = windows.Windows.Max(w => w.Longest);
        if (windows.References.IsEmpty) model.Kept = EventTime.Max(model.Kept, model.SealedUpto - longest + Duration.Microsecond);
        else if (from != EventTime.None) model.Kept = EventTime.Max(model.Kept, from - longest - windows.Reach + Duration.Microsecond);
        foreach (EntryKey key in model.Sealed.Keys.Where(k => k.Start < model.Kept).ToArray()) model.Sealed.Remove(key);
        incomplete.Forget(name, model.SealedUpto - longest);
    }

    private static SortedDictionary<WindowKey, WindowSum> SumsOf(ModelState model, ModelWindows windows, EventTime from, EventTime to)
    {
        EventTime earliest = from == EventTime.None ? from : from - windows.Windows.Max(w => w.Size + w.Slack);
        var sums = new SortedDictionary<WindowKey, WindowSum>();
        foreach ((EntryKey key, PaneSum pane) in model.Sealed)
        {
            if (key.End <= earliest) continue; // kept for references alone
            for (int i = 0; i < windows.Windows.Length; i++)
            {
                WindowSettings window = windows.Windows[i];
                foreach (EventTime start in window.Starts(key.End - Duration.Microsecond))
                {
                    EventTime end = window.EndOf(start);
                    if (end <= from || end > to) continue;
                    var of = new WindowKey(end, i, key.Rest, key.Version);
                    if (!sums.TryGetValue(of, out WindowSum? sum)) sums.Add(of, sum = new WindowSum());
                    sum.Add(key, pane, start, end);
                }
            }
        }

        return sums;
    }

    /// <summary>
    /// Adds windows without rows to those that close, since missing data must be told too, as windows of the version without a name: from the
    /// first one missed, until as many in a row have closed as the model's rules need.
    /// </summary>
    private static void AddEmpty(
        ModelState model, ModelWindows windows, EventTime from, EventTime to, SortedDictionary<WindowKey, WindowSum> sums)
    {
        // Nothing can be missing before the first row.
        if (from == EventTime.None) return;
        for (int i = 0; i < windows.Windows.Length; i++)
        {
            WindowSettings window = windows.Windows[i];
            long most = windows.MostEmptyOf(window);
            if (most == 0) continue;
            EventTime next = window.EndAfter(from);
            EventTime[] full = [.. sums.Keys.Where(k => k.Window == i).Select(k => k.End).Distinct(), EventTime.Never];
            int empty = model.Shown(window.Name).Empty;
            foreach (EventTime end in full)
            {
                for (; next < end && next <= to && empty < most; next = window.EndAfter(next), empty++)
                    sums.Add(new WindowKey(next, i, false, ""), new WindowSum());
                (next, empty) = (end == EventTime.Never ? next : window.EndAfter(end), 0);
            }
        }
    }

    /// <summary>
    /// Adds the last window that ends by now where rows of the model were lost, nobody has told of them, and no window closes that could: all rows since the
    /// window before were lost, so there is none that holds a row.
    /// </summary>
    private void AddLosing(ModelState model, ModelWindows windows, EventTime from, EventTime to, SortedDictionary<WindowKey, WindowSum> sums)
    {
        if (from == EventTime.None) return;
        LossCounts? known = null;
        for (int i = 0; i < windows.Windows.Length; i++)
        {
            WindowSettings window = windows.Windows[i];
            EventTime end = window.EndUpto(to);
            if (end <= from || sums.Keys.Any(k => k.Window == i)) continue;
            LossCounts untold = (known ??= rows.Known(windows.Model, model)) - model.Shown(window.Name).Counts;
            if (untold.Late + untold.Future + untold.Rejected > 0) sums.Add(new WindowKey(end, i, false, ""), new WindowSum());
        }
    }

    // In the order of their ends: how many windows of the name were empty in a row, up to this one.
    private static int CountEmpty(ModelState model, WindowSettings window, RowCount counted)
    {
        ShownLosses shown = model.Shown(window.Name);
        return shown.Empty = counted > 0 ? 0 : shown.Empty + 1;
    }
}
