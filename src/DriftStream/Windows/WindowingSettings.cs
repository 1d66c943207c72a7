using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>Everything of one plan on which the closing of windows depends, besides the counts partition. Durations in microseconds.</summary>
/// <param name="Models">By model id.</param>
/// <param name="Unowned">The windows of rows that no model claims; its topics are those that carry several models.</param>
/// <param name="CloseAfterIdle">How long every partition of a model must be silent before the last windows close.</param>
/// <param name="IdleLease">An idle claim that is older than this, against the greatest stamp seen, has lapsed: three flushes, and as much as
/// the clocks of two workers may differ.</param>
/// <param name="MaxFuture">How far an event time may be ahead of its record.</param>
/// <param name="IdleAfter">How long a quiet partition holds the others back.</param>
public sealed record WindowingSettings(
    ImmutableSortedDictionary<string, ModelWindows> Models,
    ModelWindows Unowned,
    Duration CloseAfterIdle,
    Duration IdleLease,
    Duration MaxFuture,
    Duration IdleAfter)
{
    /// <summary>What partitions in which nothing comes do to time.</summary>
    public QuietRule Quiet => new(IdleAfter, IdleLease, CloseAfterIdle);

    /// <summary>
    /// By source topic: a name for everything that decides the fate and the pane of a row there. Counts of one segment under plans with the same
    /// name differ only in cells.
    /// </summary>
    public ImmutableSortedDictionary<string, string> Fates { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>How many versions of a pane, and of a window, have counts of their own.</summary>
    public int Versions { get; init; } = CountingSettings.DefaultVersions;
}

/// <summary>Rows of one window that no model claims.</summary>
/// <param name="Value">The value that names no model.</param>
/// <param name="Start">Event time in microseconds, inclusive.</param>
/// <param name="End">Event time in microseconds, exclusive.</param>
/// <param name="Rows">How many.</param>
public sealed record UnownedWindow(string Value, EventTime Start, EventTime End, RowCount Rows);
