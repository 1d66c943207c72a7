using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>One window of a model. All durations in microseconds.</summary>
/// <param name="Name">As written in the config, else its size: <c>7d</c>.</param>
/// <param name="Size">Length.</param>
/// <param name="Every">Step from one start to the next; equal to <paramref name="Size"/> for windows that do not overlap.</param>
/// <param name="Offset">Shift of the starts, which are otherwise multiples of the step since 1970-01-01T00:00Z.</param>
/// <param name="MinRows">With fewer rows the judgement is <c>insufficient</c>.</param>
public sealed record WindowSettings(string Name, Duration Size, Duration Every, Duration Offset, long MinRows)
{
    /// <summary>A window with fewer than <see cref="MinRows"/> rows grows into the next ones up to this length; 0 where it is judged as it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Duration ExtendTo { get; init; }

    /// <summary>The greatest length that a window may have.</summary>
    [JsonIgnore]
    public Duration Longest => ExtendTo > Size ? ExtendTo : Size;
}

/// <summary>What the judge must know of a model before it can say which windows are closed.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Topics">Its source topics: the watermarks of all their partitions hold its horizon back.</param>
/// <param name="PaneSize">Microseconds.</param>
/// <param name="PaneOffset">Microseconds.</param>
/// <param name="AllowedLateness">Microseconds.</param>
/// <param name="Windows">In the config's order.</param>
public sealed record ModelWindows(
    string Model,
    ImmutableArray<string> Topics,
    Duration PaneSize,
    Duration PaneOffset,
    Duration AllowedLateness,
    ImmutableArray<WindowSettings> Windows)
{
    /// <summary>How many windows in a row may close without a row; 0 where none of the model's rules listens for that.</summary>
    public int MostEmpty { get; init; }

    /// <summary>References that are made of its own sealed panes, which are kept for them beyond the windows.</summary>
    public ImmutableArray<StreamReference> References { get; init; } = [];

    /// <summary>How long before the windows panes are kept.</summary>
    public Duration Reach => References.IsEmpty ? Duration.Zero : References.Max(r => r.Reach);

    /// <summary>How long windows close without a row, so that the rows of another hour or day can be missed; 0 where none of the rules asks.</summary>
    public Duration Silence { get; init; }

    /// <summary>How many windows of a name in a row may close without a row.</summary>
    public long MostEmptyOf(WindowSettings window) => Math.Max(MostEmpty, Silence == 0 ? 0 : Math.Max(1, Silence / window.Every));
}
