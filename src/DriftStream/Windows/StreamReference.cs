using System.Text.Json.Serialization;
using DriftStream.Cells;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>Whose rows a reference is made of.</summary>
public enum StreamRowsOf : byte
{
    /// <summary>All versions of the model, some time before the window.</summary>
    Rolling,

    /// <summary>The version that appeared before the window's own.</summary>
    Previous,

    /// <summary>A version that the config names.</summary>
    Version,
}

/// <summary>A reference that is made of the model's own sealed panes, anew for each window. Durations in microseconds.</summary>
/// <param name="Of">Whose rows.</param>
/// <param name="Length">How long the stretch of event time is that its panes lie in.</param>
public sealed record StreamReference(StreamRowsOf Of, Duration Length)
{
    /// <summary>How long before the start of the window a rolling one ends, so that drift has not yet come into it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Duration Ending { get; init; }

    /// <summary>The version that is named; null of the other kinds.</summary>
    public string? Version { get; init; }

    /// <summary>A rolling one takes panes of the hours that are like the window's own; null: of all hours.</summary>
    public CalendarKind? Calendar { get; init; }

    /// <summary>By whose clocks these hours are told; null for UTC.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Zone? CalendarZone { get; init; }

    /// <summary>For how long before a window its panes must be kept.</summary>
    [JsonIgnore]
    public Duration Reach => Length + Ending;

    /// <summary>
    /// The stretch of event time that whole panes are taken from. It follows from the window alone, and ends by its end, so that all of its panes are sealed
    /// when the window closes, however the log came.
    /// </summary>
    internal (long From, long To) For(ClosedWindow window)
    {
        long to = Of == StreamRowsOf.Rolling ? window.Start - Ending : window.End;
        return (to - Length, to);
    }
}

/// <summary>A stretch of event time.</summary>
/// <param name="Start">Inclusive.</param>
/// <param name="End">Exclusive.</param>
public readonly record struct Stretch(EventTime Start, EventTime End)
{
    /// <summary>Both have a time in common.</summary>
    internal bool Touches(long start, long end) => Start < end && start < End;
}
