using DriftStream.Plan;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Host.Compare;

/// <summary>How rows are cut into windows: all in one, a number of rows each in the file's order, or by event time.</summary>
/// <param name="Rows">How many rows a chunk has, or 0.</param>
/// <param name="Span">How much event time a chunk spans, or none.</param>
/// <param name="Offset">By how much the starts are shifted from the multiples of the span.</param>
internal sealed record Chunking(long Rows, Duration Span, Duration Offset = default)
{
    /// <summary>Whose days chunks of days are; null for UTC.</summary>
    public Zone? Zone { get; init; }

    /// <summary>The chunk of a row that has no time.</summary>
    public const long Nowhere = long.MinValue;

    public static Chunking All { get; } = new(0, default);

    public bool ByTime => Span > 0;

    /// <summary><c>rows:5000</c> or <c>time:7d</c>; null for any other text.</summary>
    public static Chunking? Parse(string text)
    {
        if (text.StartsWith("rows:", StringComparison.Ordinal) && Quantity.TryWhole(text.AsSpan(5), out long rows) && rows > 0)
            return new Chunking(rows, default);
        if (text.StartsWith("time:", StringComparison.Ordinal) && Quantity.TryDuration(text.AsSpan(5), out long span) && span > 0)
            return new Chunking(0, new Duration(span));
        return null;
    }

    /// <summary>The windows that chunks by time are: named by their span.</summary>
    /// <param name="minRows">With fewer rows one is insufficient.</param>
    public WindowSettings Windows(long minRows) => new(Quantity.Duration(Span), Span, Span, Offset, minRows) { Zone = Zone };

    /// <summary>The chunk of a row: its start in time, or its number.</summary>
    /// <param name="row">The row's place in the file, from 0.</param>
    /// <param name="time">Its event time, or <see cref="EventTime.None"/>.</param>
    public long Of(long row, long time) => ByTime
        ? time == EventTime.None ? Nowhere
            : Zone is null ? EventTime.Floor(time - Offset, Span) + Offset : Windows(0).EndUpto(new EventTime(time))
        : Rows > 0 ? row / Rows : 0;
}
