using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace DriftStream.Batches;

/// <summary>The values of one column of the message that is being read, in memory that the next message reuses.</summary>
internal sealed class JsonValues(JsonColumn column, JsonText text)
{
    /// <summary>Doubles hold all integers up to this one.</summary>
    public const long LargestInteger = 1L << 53;

    private const int SafeDigits = 15, LongestTime = 64, InMessage = 0, InText = 1;

    private static readonly SearchValues<byte> Fractional = SearchValues.Create(".eE"u8);

    private byte[] _values = [], _validity = [], _refused = [];
    private int _valid;
    private Reject? _refusal;

    public JsonColumn Column { get; } = column;

    /// <summary>Bytes a value.</summary>
    public int Width { get; } = column.Type.ValueWidth;

    /// <summary>Forgets the values of that many rows.</summary>
    public void Clear(int rows)
    {
        _validity.AsSpan(0, Bits.BytesFor(rows)).Clear();
        if (_refusal is not null) _refused.AsSpan().Clear();
        (_valid, _refusal) = (0, null);
    }

    /// <summary>Makes room for that many rows.</summary>
    public void Grow(int rows)
    {
        Array.Resize(ref _values, rows * Width);
        Array.Resize(ref _validity, Bits.BytesFor(rows));
    }

    /// <summary>Takes the text, number or boolean that the reader is at.</summary>
    public void Take(ref Utf8JsonReader reader, int row)
    {
        string? problem = Column.Kind switch
        {
            JsonKind.Number => TakeNumber(ref reader, row),
            JsonKind.Category => TakeCategory(ref reader, row),
            _ => TakeTime(ref reader, row),
        };
        if (problem is not null) Refuse(reader, row, problem);
        else Accept(row);
    }

    /// <summary>Marks the row: it has a value that cannot be used.</summary>
    /// <param name="reader">At the value.</param>
    /// <param name="row">Its row.</param>
    /// <param name="problem">Ends the sentence "column 'x' ...".</param>
    public void Refuse(in Utf8JsonReader reader, int row, string problem)
    {
        if (_refused.Length < _validity.Length) Array.Resize(ref _refused, _validity.Length);
        Bits.Set(_refused, row);
        if (_refusal is not null) return;
        bool time = Column.Kind == JsonKind.Time && reader.TokenType is JsonTokenType.String or JsonTokenType.Number;
        string detail = $"row {row + 1}, byte {reader.TokenStartIndex}: column {SchemaWalk.Quote(Column.Name)} {problem}";
        _refusal = new Reject(time ? RejectReason.TimeUnreadable : RejectReason.ValueType, detail);
    }

    /// <summary>Hands the values over; returns whether some were refused.</summary>
    public bool Publish(Column target, int rows, ReadOnlyMemory<byte> message)
    {
        int bits = Bits.BytesFor(rows);
        if (_refusal is not null && _refused.Length < bits) Array.Resize(ref _refused, bits);
        target.Rows = rows;
        target.Nulls = rows - _valid;
        target.Values = _values.AsMemory(0, rows * Width);
        target.Validity = _valid == rows ? default : _validity.AsMemory(0, bits);
        target.Refused = _refusal is null ? default : _refused.AsMemory(0, bits);
        target.Refusal = _refusal;
        if (Column.Kind != JsonKind.Category) return _refusal is not null;
        if (target.ViewBuffers.Length == 0) target.ViewBuffers = new ReadOnlyMemory<byte>[2];
        target.ViewBufferCount = 2;
        target.ViewBuffers[InMessage] = message;
        target.ViewBuffers[InText] = text.Bytes;
        return _refusal is not null;
    }

    private string? TakeNumber(ref Utf8JsonReader reader, int row)
    {
        double value;
        switch (reader.TokenType)
        {
            case JsonTokenType.True: value = 1; break;
            case JsonTokenType.False: value = 0; break;
            case JsonTokenType.Number:
                if (Problem(ref reader, out value) is { } problem) return problem;
                break;
            default: return "is text where a number is expected";
        }

        MemoryMarshal.Cast<byte, double>(_values.AsSpan())[row] = value;
        return null;
    }

    // A JSON number as a double, or why it cannot be one.
    private static string? Problem(ref Utf8JsonReader reader, out double value)
    {
        bool read = reader.TryGetDouble(out value) && double.IsFinite(value);
        if (!read) return "is a number beyond what a double holds";
        return IsInteger(ref reader, out long whole) && whole is < -LargestInteger or > LargestInteger
            ? "is an integer beyond 2^53, which JSON does not carry exactly"
            : null;
    }

    // Whether the number is written as an integer; one beyond 64 bits counts as the greatest.
    private static bool IsInteger(ref Utf8JsonReader reader, out long value)
    {
        value = long.MaxValue;
        if (reader.ValueSpan.ContainsAny(Fractional)) return false;
        if (!reader.TryGetInt64(out value)) value = long.MaxValue;
        return true;
    }

    private string? TakeCategory(ref Utf8JsonReader reader, int row)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.True: View(row, "true"u8, 0, 0); return null;
            case JsonTokenType.False: View(row, "false"u8, 0, 0); return null;
            case JsonTokenType.Number:
                Span<byte> digits = text.Room(NumberText.Longest);
                if (Written(ref reader, digits, out int length) is { } problem) return problem;
                KeepView(row, digits[..length]);
                return null;
        }

        ReadOnlySpan<byte> written = reader.ValueSpan;
        if (!reader.ValueIsEscaped)
        {
            View(row, written, InMessage, (int)reader.TokenStartIndex + 1);
            return null;
        }

        Span<byte> room = text.Room(written.Length);
        if (!JsonText.TryUnescape(ref reader, room, out int unescaped)) return "holds half of a surrogate pair, which is no text";
        KeepView(row, room[..unescaped]);
        return null;
    }

    // A number as the text of a category: an integer with all of its digits, since it may be an id.
    private static string? Written(ref Utf8JsonReader reader, Span<byte> digits, out int length)
    {
        length = 0;
        if (reader.ValueSpan.ContainsAny(Fractional))
        {
            if (Problem(ref reader, out double value) is { } problem) return problem;
            length = NumberText.Write(value, digits);
            return null;
        }

        if (reader.TryGetInt64(out long whole)) length = NumberText.Write(whole, digits);
        else if (reader.TryGetUInt64(out ulong large)) length = NumberText.Write(large, digits);
        else return "is an integer of more than 64 bits";
        return null;
    }

    private string? TakeTime(ref Utf8JsonReader reader, int row)
    {
        long time = 0;
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                Span<byte> unescaped = stackalloc byte[LongestTime];
                if (reader.ValueSpan.Length > LongestTime || !JsonText.TryUnescape(ref reader, unescaped, out int length)
                    || !IsoTime.TryParse(unescaped[..length], out time))
                    return "holds a text that is no ISO 8601 time";
                break;
            case JsonTokenType.Number when Column.Integers is { } unit:
                if (!reader.TryGetInt64(out time)) return "holds a time that is no integer of 64 bits";
                if (!ColumnTimes.TryScale(ref time, unit)) return "holds a time outside the years 1 to 9999";
                break;
            case JsonTokenType.Number: return "holds a number, and no unit is configured for it (columns: { time: { column, unit } })";
            default: return "is a boolean where a time is expected";
        }

        MemoryMarshal.Cast<byte, long>(_values.AsSpan())[row] = time;
        return null;
    }

    private void Accept(int row)
    {
        Bits.Set(_validity, row);
        _valid++;
    }

    private void KeepView(int row, ReadOnlySpan<byte> value)
    {
        int start = value.Length > ColumnText.InlineView ? text.Keep(value.Length) : 0;
        View(row, value, InText, start);
    }

    // An Arrow view: its length, then either the text itself, or its first four bytes and where it lies.
    private void View(int row, ReadOnlySpan<byte> value, int buffer, int offset)
    {
        Span<byte> view = _values.AsSpan(row * ColumnText.ViewSize, ColumnText.ViewSize);
        view.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(view, value.Length);
        if (value.Length <= ColumnText.InlineView)
        {
            value.CopyTo(view[4..]);
            return;
        }

        value[..4].CopyTo(view[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(view[8..], buffer);
        BinaryPrimitives.WriteInt32LittleEndian(view[12..], offset);
    }
}
