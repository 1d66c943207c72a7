using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>All that is known of a window when it closes: integer counts, one vector a signal.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Version">The version whose rows these are; empty where the model has none.</param>
/// <param name="Window">Which of the model's windows.</param>
/// <param name="Start">Event time in microseconds, inclusive.</param>
/// <param name="End">Event time in microseconds, exclusive.</param>
/// <param name="Complete">False where rows of it may be missing.</param>
/// <param name="Rows">Rows counted.</param>
/// <param name="LateRows">Late and overtaken rows of the model since its last closed window.</param>
/// <param name="Counts">By the signal's key in the baseline. A signal that none of the plans counted is absent.</param>
public sealed record ClosedWindow(
    string Model,
    string Version,
    WindowSettings Window,
    EventTime Start,
    EventTime End,
    bool Complete,
    RowCount Rows,
    RowCount LateRows,
    ImmutableSortedDictionary<string, WindowCounts> Counts)
{
    /// <summary>What is shown in place of a version where <see cref="Rest"/> is set; a model may also have a version of that name.</summary>
    public const string OtherVersions = "(other versions)";

    /// <summary>Why it is not complete; empty where it is, or where <see cref="Fault"/> says it.</summary>
    public ImmutableArray<string> Incomplete { get; init; } = [];

    /// <summary>After how long labels were joined; null of rows as they came.</summary>
    public Duration? Delay { get; init; }

    /// <summary>The model as counts name it, with its delay.</summary>
    public string CountsName => Delay is { } delay ? JoinedName.Of(Model, delay) : Model;

    /// <summary>The rows are of all versions without counts of their own.</summary>
    public bool Rest { get; init; }

    /// <summary>Offsets in the plan topic of the plans that counted its rows, ascending; empty where there was only one.</summary>
    public ImmutableArray<long> Epochs { get; init; } = [];

    /// <summary>
    /// The epoch of the plan that lacks this window and so ended it early; otherwise null. Should a later plan have the window again,
    /// it closes once more, and this tells the two apart.
    /// </summary>
    public long? CutBy { get; init; }

    /// <summary>Why its counts cannot be trusted and the window is not to be judged: counting failed. Otherwise null.</summary>
    public string? Fault { get; init; }

    /// <summary>SHA-256 of the record of each of its panes in the panes topic, 32 bytes, in the order of their names (<see cref="EntryKey"/>).</summary>
    public ImmutableArray<byte[]> Panes { get; init; } = [];

    /// <summary>How often the model was wrong in each of its panes, in the order of time; panes without a row that tells are left out.</summary>
    public ImmutableArray<PaneErrors> Errors { get; init; } = [];

    /// <summary>What the model has lost; null where another version's window of the same name and time carries it.</summary>
    public Losses? Lost { get; init; }

    /// <summary>How many windows of the name in a row, up to this one, had no row of any version; 0 where this one has rows.</summary>
    public int Empty { get; init; }

    /// <summary>What the model's own volume makes of its rows; null where none of the rules asks.</summary>
    public VolumeReading? Volume { get; init; }
}
