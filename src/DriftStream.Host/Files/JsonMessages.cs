using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DriftStream.Batches;
using DriftStream.Time;

namespace DriftStream.Host.Files;

/// <summary>
/// Writes rows as messages that hold an array of JSON objects. Numbers are written so that they read back as the same double, times as
/// ISO 8601 text. Nulls are left out, and so are NaN and infinities, which JSON does not have. Columns that cannot be read are left out.
/// </summary>
internal sealed class JsonMessages(IReadOnlyList<Batch> batches) : IMessageWriter
{
    private const double LargestInteger = 1L << 53;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly JsonEncodedText[] _names =
        [.. batches[0].Schema.Fields.Select(f => JsonEncodedText.Encode(f.Name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping))];

    public static bool CanWrite(ColumnType type) => type.IsText || type.IsNumber || type.Kind == ColumnKind.Bool || ColumnTimes.CanRead(type);

    /// <summary>How many values were left out because JSON cannot hold them.</summary>
    public long LeftOut { get; private set; }

    /// <summary>The message of these rows, in this order.</summary>
    public byte[] Write(List<RowSpan> spans)
    {
        _buffer.ResetWrittenCount();
        using var json = new Utf8JsonWriter(_buffer, Options);
        json.WriteStartArray();
        foreach (RowSpan span in spans)
        {
            for (int row = span.Start; row < span.Start + span.Rows; row++)
            {
                json.WriteStartObject();
                for (int i = 0; i < _names.Length; i++) Write(json, _names[i], batches[span.Batch].Columns[i], row);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.Flush();
        return _buffer.WrittenSpan.ToArray();
    }

    private void WriteDouble(Utf8JsonWriter json, JsonEncodedText name, double value)
    {
        if (!double.IsFinite(value))
        {
            LeftOut++;
        }
        else if (Math.Abs(value) <= LargestInteger)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            // With an exponent, so that nobody takes it for an integer that must be exact.
            json.WritePropertyName(name);
            json.WriteRawValue(value.ToString("E16", CultureInfo.InvariantCulture));
        }
    }

    private void Write(Utf8JsonWriter json, JsonEncodedText name, Column column, int row)
    {
        if (!ColumnText.HasValue(column, row)) return;
        ColumnType type = column.Type;
        if (type.IsText)
        {
            json.WriteString(name, Encoding.UTF8.GetString(ColumnText.Utf8(column, row)));
        }
        else if (type.Kind is ColumnKind.Int64 or ColumnKind.UInt64)
        {
            // A double would round integers beyond 2^53.
            ReadOnlySpan<byte> value = column.Values.Span.Slice(row * sizeof(long), sizeof(long));
            if (type.Kind == ColumnKind.Int64) json.WriteNumber(name, BitConverter.ToInt64(value));
            else json.WriteNumber(name, BitConverter.ToUInt64(value));
        }
        else if (type.IsNumber || type.Kind == ColumnKind.Bool)
        {
            Span<double> one = stackalloc double[1];
            ColumnNumbers.Widen(column, row, one);
            if (type.Kind == ColumnKind.Bool) json.WriteBoolean(name, one[0] != 0);
            else WriteDouble(json, name, one[0]);
        }
        else if (ColumnTimes.CanRead(type))
        {
            Span<long> one = stackalloc long[1];
            if (ColumnTimes.Read(column, row, one)) json.WriteString(name, EventTime.Format(one[0]));
            else LeftOut++;
        }
    }
}
