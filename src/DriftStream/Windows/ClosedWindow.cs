using System.Collections.Immutable;

namespace DriftStream.Windows;

/// <summary>All that is known of a window when it closes: integer counts, one vector a signal.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Version">The version whose rows these are; empty where the model has none.</param>
/// <param name="Window">Which of the model's windows.</param>
/// <param name="Start">Event time in microseconds, inclusive.</param>
/// <param name="End">Event time in microseconds, exclusive.</param>
/// <param name="Complete">False where rows of it may be missing, and the record says so.</param>
/// <param name="Rows">Rows counted.</param>
/// <param name="LateRows">Late and overtaken rows of the model since its last closed window.</param>
/// <param name="Counts">By the signal's key in the baseline. A signal that no plan that took part counted is absent.</param>
public sealed record ClosedWindow(
    string Model,
    string Version,
    WindowSettings Window,
    long Start,
    long End,
    bool Complete,
    long Rows,
    long LateRows,
    ImmutableSortedDictionary<string, WindowCounts> Counts)
{
    /// <summary>What is shown in place of a version where <see cref="Rest"/> is set; a model may have a version of that name.</summary>
    public const string OtherVersions = "(other versions)";

    /// <summary>The rows of all versions that came after as many as have counts of their own.</summary>
    public bool Rest { get; init; }

    /// <summary>Offsets in the plan topic of the plans that its rows were counted by, ascending; empty where there is one plan alone.</summary>
    public ImmutableArray<long> Epochs { get; init; } = [];

    /// <summary>
    /// The epoch of the plan that does not have this window and so ended it before its time; null for any other. Should a later plan have
    /// the window again, it closes once more: the two are told apart by this.
    /// </summary>
    public long? CutBy { get; init; }

    /// <summary>Why its counts cannot be trusted: counting failed on the way, and the window is not to be judged. Null for all others.</summary>
    public string? Fault { get; init; }

    /// <summary>What the model has lost; null where another version's window of the same name and time tells it.</summary>
    public Losses? Lost { get; init; }

    /// <summary>Windows of the name in a row without a row of any version, this one the last of them; 0 where it has rows.</summary>
    public int Empty { get; init; }
}
