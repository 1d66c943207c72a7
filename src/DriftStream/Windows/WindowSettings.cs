using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>One window of a model, and where all windows of its name begin and end. All durations in microseconds.</summary>
/// <remarks>
/// Windows are made of steps, which follow each other without a gap: as many of them as <see cref="Overlap"/> says. Steps are equally long, but those of whole
/// days in a zone, which last as long as its days do.
/// </remarks>
/// <param name="Name">As written in the config, else its size: <c>7d</c>.</param>
/// <param name="Size">Length; of days in a zone, 24 hours for each of them.</param>
/// <param name="Every">Step from one start to the next; equal to <paramref name="Size"/> for windows that do not overlap.</param>
/// <param name="Offset">Shift of the starts, which are otherwise multiples of the step since 1970-01-01T00:00Z, or since that day in the zone.</param>
/// <param name="MinRows">With fewer rows the judgement is <c>insufficient</c>.</param>
public sealed record WindowSettings(string Name, Duration Size, Duration Every, Duration Offset, long MinRows)
{
    /// <summary>A window with fewer than <see cref="MinRows"/> rows grows into the next ones up to this length; 0 where it is judged as it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Duration ExtendTo { get; init; }

    /// <summary>Whose days and hours it is about; null for UTC.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Zone? Zone { get; init; }

    /// <summary>The zone whose days it is made of: of 23 or 25 hours where clocks change. Null where every step is equally long.</summary>
    [JsonIgnore]
    public Zone? DaysOf => Every >= EventTime.Day ? Zone : null;

    /// <summary>The greatest length that a window may have.</summary>
    [JsonIgnore]
    public Duration Longest => (ExtendTo > Size ? ExtendTo : Size) + Slack;

    /// <summary>By how much a window may be longer than its size: clocks were never put back by more than a day.</summary>
    [JsonIgnore]
    public Duration Slack => DaysOf is null ? Duration.Zero : Duration.FromDays(1) + DaysOf.Grain;

    /// <summary>How many windows hold an instant, which is how many steps a window is made of.</summary>
    [JsonIgnore]
    public long Overlap => Size / Every;

    /// <summary>Starts of the windows that hold a time, last first.</summary>
    public IEnumerable<EventTime> Starts(EventTime time)
    {
        long last = StepAt(time);
        for (long step = last; step > last - Overlap; step--)
        {
            if (IsWindow(step)) yield return StartOf(step);
        }
    }

    /// <summary>The end of the window that starts at a time.</summary>
    public EventTime EndOf(EventTime start) => StartOf(StepAt(start) + Overlap);

    /// <summary>The start of the window that ends at a time; of one that has grown, that of its last part.</summary>
    public EventTime StartBefore(EventTime end) => StartOf(StepAt(end - Duration.Microsecond) + 1 - Overlap);

    /// <summary>The first end of a window after a time.</summary>
    public EventTime EndAfter(EventTime time)
    {
        long end = StepAt(time) + 1;
        while (!IsWindow(end - Overlap)) end++;
        return StartOf(end);
    }

    /// <summary>The last time up to the given one at which a window ends.</summary>
    public EventTime EndUpto(EventTime time) => StartOf(StepAt(time));

    /// <summary>The time so many steps later, or earlier.</summary>
    public EventTime Shift(EventTime time, long steps)
    {
        if (DaysOf is null) return time + new Duration(steps * Every);
        long step = StepAt(time);
        return StartOf(step + steps) + (time - StartOf(step));
    }

    /// <summary>How many windows, each beginning where the one before ends, lie between two times.</summary>
    public long Sizes(EventTime start, EventTime end) => DaysOf is null ? (end - start) / Size : (StepAt(end) - StepAt(start)) / Overlap;

    /// <summary>Windows that start at these times are whole sizes apart, so that they share no row.</summary>
    public bool AreApart(EventTime start, EventTime other) => DaysOf is null
        ? (other - start) % Size == 0
        : StartOf(StepAt(start)) == start && StartOf(StepAt(other)) == other && (StepAt(other) - StepAt(start)) % Overlap == 0;

    /// <summary>It has the same name, and its windows begin and end as the other's do.</summary>
    public bool HasSameSpans(WindowSettings other) =>
        (Name, Size, Every, Offset, DaysOf) == (other.Name, other.Size, other.Every, other.Offset, other.DaysOf);

    // Steps are numbered from 1970 on.
    private long StepAt(EventTime time) => DaysOf is { } zone
        ? EventTime.Floor(zone.DayAt(time) - (Offset / EventTime.Day), Every / EventTime.Day) / (Every / EventTime.Day)
        : EventTime.Floor(time - Offset, Every) / Every;

    private EventTime StartOf(long step) => DaysOf is { } zone
        ? zone.StartOfDay(((step * Every) + Offset) / EventTime.Day)
        : new EventTime((step * Every) + Offset);

    // A day that a zone left out has no time: no window begins or ends with it, else two would begin or end at once.
    private bool IsWindow(long step) => DaysOf is null
        || (StartOf(step) < StartOf(step + 1) && StartOf(step + Overlap - 1) < StartOf(step + Overlap));
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
    /// <summary>After how long labels were joined; null of rows as they came. Then <see cref="Model"/> is a <see cref="JoinedName"/>.</summary>
    public Duration? Delay { get; init; }

    /// <summary>The model that people know: <see cref="Model"/> without a delay.</summary>
    public string ModelId => Delay is null ? Model : JoinedName.ModelOf(Model);

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
