using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>Names a window while it closes, in the order in which verdicts are given: the rest after the versions.</summary>
internal readonly record struct WindowKey(EventTime End, int Window, bool Rest, string Version) : IComparable<WindowKey>
{
    public int CompareTo(WindowKey other)
    {
        int order = End.CompareTo(other.End);
        if (order == 0) order = Window.CompareTo(other.Window);
        if (order == 0) order = Rest.CompareTo(other.Rest);
        return order != 0 ? order : string.CompareOrdinal(Version, other.Version);
    }
}

/// <summary>The panes of a window while it closes.</summary>
internal sealed class WindowSum
{
    public PaneSum Panes { get; } = new();

    /// <summary>A pane of a plan with longer panes reaches beyond the window: its rows cannot be divided and are left out.</summary>
    public bool Cut { get; private set; }

    /// <summary>Some rows of the version may be in the rest.</summary>
    public bool Torn { get; set; }

    /// <summary>Where the version ranks among those of the window: by its first pane, and by its rank in that pane.</summary>
    public (EventTime Start, int Seen) First { get; private set; } = (EventTime.Never, int.MaxValue);

    /// <summary>Starts of its panes.</summary>
    public HashSet<EventTime> Starts { get; } = [];

    /// <summary>The digests of its panes, in their order.</summary>
    public SortedDictionary<EntryKey, byte[]> Digests { get; } = [];

    public void Add(EntryKey key, PaneSum pane, EventTime start, EventTime end)
    {
        if (key.Start < start || key.End > end)
        {
            Cut = true;
            return;
        }

        Panes.Add(pane);
        Digests[key] = pane.Digest;
        if (PaneErrors.Of(key, pane.Signals.All) is { } errors) Errors[key] = errors;
        Torn |= pane.Torn;
        Starts.Add(key.Start);
        (EventTime, int) first = (key.Start, pane.Seen);
        if (first.CompareTo(First) < 0) First = first;
    }

    /// <summary>How often the model was wrong in each of its panes, in their order; those without a row that tells are left out.</summary>
    public SortedDictionary<EntryKey, PaneErrors> Errors { get; } = [];

    /// <summary>Adds the next window of the same version.</summary>
    public void Join(WindowSum next)
    {
        Add(next);
        Torn |= next.Torn;
    }

    /// <summary>Adds the panes of a version that has no window of its own.</summary>
    public void Add(WindowSum version)
    {
        Panes.Add(version.Panes);
        foreach ((EntryKey key, byte[] digest) in version.Digests) Digests[key] = digest;
        foreach ((EntryKey key, PaneErrors errors) in version.Errors) Errors[key] = errors;
        Cut |= version.Cut;
    }
}
