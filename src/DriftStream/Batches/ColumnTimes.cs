using System.Numerics;
using System.Numerics.Tensors;
using DriftStream.Time;

namespace DriftStream.Batches;

/// <summary>The values of a column as event times (<see cref="EventTime"/>: microseconds since 1970-01-01T00:00Z).</summary>
public static class ColumnTimes
{
    private const long MicrosecondsPerMillisecond = 1000, NanosecondsPerMicrosecond = 1000;

    /// <summary>Timestamps, dates and text; integers if their unit is given.</summary>
    public static bool CanRead(ColumnType type, TimeUnit? integers = null) =>
        type.Kind is ColumnKind.Timestamp or ColumnKind.Date32 or ColumnKind.Date64 or ColumnKind.Null
        || type.IsText || (type.IsInteger && integers is not null);

    /// <summary>
    /// Writes the times of the rows from <paramref name="start"/> on. Nanoseconds are rounded down to the microsecond. A null row reads as
    /// <see cref="EventTime.None"/>, and so does a time outside <see cref="EventTime.Earliest"/> to <see cref="EventTime.Latest"/>
    /// or a text that is not an ISO 8601 time (<see cref="IsoTime"/>); <see cref="ColumnText.HasValue"/> tells which.
    /// </summary>
    /// <param name="column">A column that <see cref="CanRead"/> allows.</param>
    /// <param name="start">The first row.</param>
    /// <param name="times">One a row: microseconds since 1970-01-01T00:00Z.</param>
    /// <param name="integers">The unit of an integer column.</param>
    /// <returns>False where some row has a value that is not a time.</returns>
    /// <exception cref="InvalidOperationException">The column's type is not a time (<see cref="CanRead"/>).</exception>
    public static bool Read(Column column, int start, Span<long> times, TimeUnit? integers = null)
    {
        ColumnType type = column.Type;
        if (!CanRead(type, integers)) throw new InvalidOperationException($"a column of type {type.Name} holds no times");
        if (type.Kind == ColumnKind.Null) times.Fill(EventTime.None);
        if (type.Kind == ColumnKind.Null) return true;
        if (type.IsText) return ReadText(column, start, times);

        ReadOnlySpan<byte> bytes = column.Values.Span;
        switch (type.Kind)
        {
            case ColumnKind.Int8: Widen<sbyte>(bytes, start, times); break;
            case ColumnKind.Int16: Widen<short>(bytes, start, times); break;
            case ColumnKind.Int32 or ColumnKind.Date32: Widen<int>(bytes, start, times); break;
            case ColumnKind.UInt8: Widen<byte>(bytes, start, times); break;
            case ColumnKind.UInt16: Widen<ushort>(bytes, start, times); break;
            case ColumnKind.UInt32: Widen<uint>(bytes, start, times); break;
            case ColumnKind.UInt64: Widen<ulong>(bytes, start, times); break;
            default: ColumnNumbers.Of<long>(bytes).Slice(start, times.Length).CopyTo(times); break;
        }

        bool whole = type.Kind switch
        {
            ColumnKind.Date32 => Scale(times, EventTime.Day),
            ColumnKind.Date64 => Scale(times, MicrosecondsPerMillisecond),
            ColumnKind.Timestamp => Scale(times, type.Unit),
            _ => Scale(times, integers!.Value),
        };
        return HideNulls(column, start, times, whole);
    }

    /// <summary>Turns an integer time in its unit into an event time. False outside the calendar.</summary>
    internal static bool TryScale(ref long time, TimeUnit unit) => Scale(new Span<long>(ref time), unit);

    private static bool Scale(Span<long> times, TimeUnit unit) => unit switch
    {
        TimeUnit.Second => Scale(times, EventTime.Second),
        TimeUnit.Millisecond => Scale(times, MicrosecondsPerMillisecond),
        TimeUnit.Microsecond => Scale(times, 1),
        _ => Cut(times),
    };

    private static bool Scale(Span<long> times, long factor)
    {
        // Both are rounded towards zero: a value inside them does not leave the calendar, one outside does.
        long earliest = EventTime.Earliest / factor, latest = EventTime.Latest / factor;
        bool whole = true;
        for (int i = 0; i < times.Length; i++)
        {
            long value = times[i];
            bool inside = value >= earliest && value <= latest;
            times[i] = inside ? value * factor : EventTime.None;
            whole &= inside;
        }

        return whole;
    }

    // All of int64's nanoseconds lie inside the calendar.
    private static bool Cut(Span<long> times)
    {
        for (int i = 0; i < times.Length; i++)
        {
            (long quotient, long rest) = Math.DivRem(times[i], NanosecondsPerMicrosecond);
            times[i] = rest < 0 ? quotient - 1 : quotient;
        }

        return true;
    }

    // A null row holds anything: its time is none, and must not change the answer.
    private static bool HideNulls(Column column, int start, Span<long> times, bool whole)
    {
        if (column.Nulls == 0) return whole;
        ReadOnlySpan<byte> validity = column.Validity.Span;
        whole = true;
        for (int i = 0; i < times.Length; i++)
        {
            if (!Bits.IsSet(validity, start + i)) times[i] = EventTime.None;
            else whole &= times[i] != EventTime.None;
        }

        return whole;
    }

    private static bool ReadText(Column column, int start, Span<long> times)
    {
        bool whole = true;
        for (int i = 0; i < times.Length; i++)
        {
            times[i] = EventTime.None;
            if (!ColumnText.HasValue(column, start + i)) continue;
            bool read = IsoTime.TryParse(ColumnText.Utf8(column, start + i), out long time);
            if (read) times[i] = time;
            whole &= read;
        }

        return whole;
    }

    private static void Widen<T>(ReadOnlySpan<byte> bytes, int start, Span<long> times) where T : unmanaged, INumber<T> =>
        TensorPrimitives.ConvertSaturating(ColumnNumbers.Of<T>(bytes).Slice(start, times.Length), times);
}
