using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>How far one model's panes are sealed, and which of its rows came too late since its last window closed.</summary>
internal sealed class ModelState
{
    /// <summary>The name under which rows that no model claims share one horizon; it cannot be a model's id.</summary>
    public const string UnownedName = "";

    /// <summary>The name under which an entry's model is kept: all rows that no model claims share one.</summary>
    public static string NameOf(EntryKey key) => key.Unowned ? UnownedName : key.Model;

    /// <summary>Null for a model that the plan does not have: none of its windows closes, and its rows are dropped after a while.</summary>
    public ModelWindows? Windows { get; set; }

    /// <summary>The plan does not have the model, and rows are held for it.</summary>
    public bool Waits { get; set; }

    /// <summary>The counters' clock when the first of those rows was met; null where none is held.</summary>
    public EventTime? WaitsSince { get; set; }

    /// <summary>Its panes of folded segments that are not sealed.</summary>
    public Dictionary<EntryKey, PaneSum> Open { get; } = [];

    /// <summary>Its sealed panes that a window may still need.</summary>
    public SortedDictionary<EntryKey, PaneSum> Sealed { get; } = [];

    /// <summary>Panes that end at or before this are sealed. Never goes back.</summary>
    public EventTime SealedUpto { get; set; } = EventTime.None;

    /// <summary>Sealed panes that start before this are forgotten: no window that may still close holds them. Never goes back.</summary>
    public EventTime Kept { get; set; } = EventTime.None;

    /// <summary>End of the last pane that held a row.</summary>
    public EventTime LastEnd { get; set; } = EventTime.None;

    /// <summary>Rows lost in folded segments, and overtaken rows noted so far.</summary>
    public LossCounts Lost { get; set; }

    /// <summary>Why a row of the last folded segment with a refused one was refused; null where none was.</summary>
    public string? Refused { get; set; }

    /// <summary>Its rows are lost and nothing goes on; null where that is not so.</summary>
    public Standstill? Standstill { get; set; }

    /// <summary>Rows lost in standstills that are over and that its owner was told of.</summary>
    public LossCounts Told { get; set; }

    /// <summary>Lost rows of which a standstill has told, also the one that is on.</summary>
    public LossCounts ToldOf => Standstill is { ToldUpto: not null } on ? Told + on.Lost : Told;

    /// <summary>Late and overtaken rows that a verdict has shown.</summary>
    public RowCount LateShown { get; set; }

    /// <summary>Its windows that have too few rows and grow.</summary>
    public ImmutableArray<GrowingWindow> Growing { get; set; } = [];

    /// <summary>What verdicts have shown, by the name of a window.</summary>
    public SortedDictionary<string, ShownLosses> LossesShown { get; } = new(StringComparer.Ordinal);

    public ShownLosses Shown(string window)
    {
        if (!LossesShown.TryGetValue(window, out ShownLosses? shown)) LossesShown.Add(window, shown = new ShownLosses());
        return shown;
    }

    public ModelProgress Save(string name) => new(
        name,
        SealedUpto,
        LastEnd,
        Lost,
        LateShown,
        WaitsSince,
        [
            .. LossesShown.Select(s => new ShownSnapshot(
                s.Key, s.Value.Counts, s.Value.Empty, [.. s.Value.Overtaken.Select(o => new OvertakenRows(o.Key, o.Value))]) { Told = s.Value.Told }),
        ],
        Kept)
    {
        Growing = Growing,
        Refused = Refused,
        Standstill = Standstill,
        Told = Told,
    };

    public void Restore(ModelProgress progress)
    {
        (SealedUpto, LastEnd, Kept) = (progress.SealedUpto, progress.LastEnd, progress.Kept);
        (Lost, LateShown, Refused) = (progress.Lost, progress.LateTold, progress.Refused);
        (Standstill, Told) = (progress.Standstill, progress.Told);
        Growing = progress.Growing.IsDefault ? [] : progress.Growing;
        foreach (ShownSnapshot saved in progress.Shown.IsDefault ? [] : progress.Shown)
        {
            ShownLosses shown = Shown(saved.Window);
            (shown.Counts, shown.Empty, shown.Told) = (saved.Counts, saved.Empty, saved.Told);
            foreach (OvertakenRows overtaken in saved.Overtaken) shown.Overtake(overtaken.Start, overtaken.Rows);
        }

        if (Windows is null) (Waits, WaitsSince) = (progress.WaitsSince is not null, progress.WaitsSince);
    }

    /// <summary>End of the last window that holds the row before <see cref="LastEnd"/>.</summary>
    public EventTime LastWindowEnd => LastEnd == EventTime.None || Windows is null
        ? EventTime.None
        : Windows.Windows.Max(w => w.EndOf(w.Starts(LastEnd - Duration.Microsecond).First()));
}

/// <summary>Event times for which rows may be missing: windows that touch them are marked incomplete.</summary>
internal sealed class IncompleteMarks
{
    /// <summary>By topic and cause: everything up to this time, in every window that is still open.</summary>
    public SortedDictionary<(string Topic, IncompleteCause Why), EventTime> Topics { get; } = new(Comparer<(string Topic, IncompleteCause Why)>.Create((a, b) =>
        string.CompareOrdinal(a.Topic, b.Topic) is var order && order != 0 ? order : a.Why.CompareTo(b.Why)));

    /// <summary>Panes of single models.</summary>
    public SortedSet<MarkedPane> Panes { get; } = new(Comparer<MarkedPane>.Create((a, b) =>
        string.CompareOrdinal(a.Model, b.Model) is var order && order != 0 ? order : (a.Start, a.End, a.Why).CompareTo((b.Start, b.End, b.Why))));

    public void Mark(string topic, EventTime upto, IncompleteCause why) =>
        Topics[(topic, why)] = EventTime.Max(upto, Topics.GetValueOrDefault((topic, why), EventTime.None));

    /// <summary>Windows of rows that no model claims never say whether they are complete, so they need no mark.</summary>
    public void Mark(EntryKey key)
    {
        if (!key.Unowned) Panes.Add(new MarkedPane(key.Model, key.Start, key.End) { Why = IncompleteCause.OtherPlan });
    }

    /// <summary>Replaces all marks of a model by one, from the first of them, or the given start if that is earlier, to the last.</summary>
    public void MarkWhole(string model, EventTime start, EventTime end, IncompleteCause why)
    {
        foreach (MarkedPane pane in Panes.Where(p => p.Model == model)) (start, end) = (EventTime.Min(start, pane.Start), EventTime.Max(end, pane.End));
        Panes.RemoveWhere(p => p.Model == model);
        Panes.Add(new MarkedPane(model, start, end) { Why = why });
    }

    /// <summary>Why rows of a window may be missing; nothing where all are there.</summary>
    public ImmutableArray<string> Touch(ModelWindows model, EventTime start, EventTime end)
    {
        var why = new SortedSet<string>(StringComparer.Ordinal);
        foreach (((string topic, IncompleteCause cause), EventTime upto) in Topics)
        {
            if (start < upto && model.Topics.Contains(topic)) why.Add(Incomplete.Text(cause, topic));
        }

        foreach (MarkedPane pane in Panes)
        {
            if (pane.Model == model.Model && pane.Start < end && start < pane.End) why.Add(Incomplete.Text(pane.Why, null));
        }

        return [.. why];
    }

    /// <summary>Forgets marks that no open window of the model can touch.</summary>
    public void Forget(string model, EventTime before) => Panes.RemoveWhere(p => p.Model == model && p.End <= before);
}
