using System.Text.Json.Serialization;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>
/// Rows of a model come and are lost, and nothing goes on: since then event time has not moved, or no row at all was counted. Windows close by event time, so
/// none might ever close that could tell of it; this is known from headers alone.
/// </summary>
/// <param name="At">How far event time had come when it began, or <see cref="EventTime.None"/>.</param>
/// <param name="Since">The counters' clock when the first of the lost rows was heard of.</param>
/// <param name="Lost">Rows of the model lost since then.</param>
/// <param name="Counted">Rows counted since then, of all models, by the source partitions that hold event time back.</param>
/// <param name="CountedBeyond">Likewise, by partitions that are further.</param>
public sealed record Standstill(EventTime At, EventTime Since, LossCounts Lost, RowCount Counted, RowCount CountedBeyond)
{
    /// <summary>Rows that the open segments of its sources had counted when it began, of all models: at most an hour of them.</summary>
    public RowCount CountedBefore { get; init; }

    /// <summary>The counters' clock when a lost row was heard of last.</summary>
    public EventTime LastLost { get; init; } = Since;

    /// <summary>What was wrong with one of the rejected rows or unreadable messages; null where there is none, or nobody said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Why { get; init; }

    /// <summary>End of the stretch that the model's owner was told of, by the counters' clock; null while nobody was told.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EventTime? ToldUpto { get; init; }

    /// <summary>
    /// Whether it has lasted long enough to be told. A burst that ends with bad rows, after which nothing comes, is a matter of its window: it lasts where
    /// rows go on being lost, where more were lost than the hour had brought, or where nothing better has come for a day.
    /// </summary>
    /// <param name="now">The counters' clock.</param>
    /// <param name="wait">How long rows have to be lost.</param>
    /// <param name="lost">Rows lost, with those of unreadable messages.</param>
    internal bool Lasts(EventTime now, Duration wait, RowCount lost) =>
        now > Since && now - Since >= wait && (LastLost - Since >= wait || lost > Counted + CountedBefore || HasNothingBetter(now));

    /// <summary>A day has passed since it began.</summary>
    internal bool HasNothingBetter(EventTime now) => now - Since >= Duration.FromDays(1);

    /// <summary>Event time has moved and rows were counted: whatever is lost, windows close and tell of it.</summary>
    internal bool IsOver(EventTime horizon) => horizon > At && Counted + CountedBeyond > 0;
}

/// <summary>A standstill that has lasted, or is over.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Upto">End of the stretch that is told of, by the counters' clock; it begins with <see cref="Standstill.Since"/>.</param>
/// <param name="Standstill">What is known of it.</param>
/// <param name="Losses">The same as losses of a window: its rows are those that were counted where event time is held back.</param>
/// <param name="IsOver">Rows are counted again, and its owner was told of it.</param>
public sealed record StandstillStretch(string Model, EventTime Upto, Standstill Standstill, Losses Losses, bool IsOver);
