using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DriftStream.Batches;

namespace DriftStream.Host.Inspect;

/// <summary>
/// A message as one document: <c>{rows, batches, columns: [{name, type, values}]}</c>, or <c>{rejected: {reason, detail, limits}}</c>.
/// A column that cannot be read has <c>values: null</c>; where values of JSON rows were refused, <c>refused: [{reason, detail, rows}]</c> follows.
/// </summary>
internal static class MessageJson
{
    /// <param name="output">Where it is written.</param>
    /// <param name="message">What was found.</param>
    /// <param name="most">The most rows whose values are written.</param>
    public static void Write(TextWriter output, InspectedMessage message, int most)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        if (message.Reject is { } reject) WriteReject(json, reject, message.Limits);
        else WriteRows(json, message, most, Flush);
        json.WriteEndObject();
        Flush();
        output.WriteLine();

        void Flush()
        {
            json.Flush();
            output.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
            buffer.ResetWrittenCount();
        }
    }

    private static void WriteReject(Utf8JsonWriter json, Reject reject, InputLimits limits)
    {
        json.WriteStartObject("rejected");
        json.WriteString("reason", InspectedMessage.Code(reject.Reason));
        json.WriteString("detail", reject.Detail);
        json.WriteStartObject("limits");
        json.WriteNumber("message", limits.MessageBytes);
        json.WriteNumber("columns", limits.Columns);
        json.WriteNumber("rows", limits.Rows);
        json.WriteNumber("decompressed", limits.DecompressedBytes);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteRows(Utf8JsonWriter json, InspectedMessage message, int most, Action flush)
    {
        json.WriteNumber("rows", message.Rows);
        json.WriteStartArray("batches");
        foreach (Batch batch in message.Batches) json.WriteNumberValue(batch.Rows);
        json.WriteEndArray();
        json.WriteStartArray("columns");
        for (int i = 0; i < message.Schema.Fields.Length; i++)
        {
            json.WriteStartObject();
            json.WriteString("name", message.Schema.Fields[i].Name);
            json.WriteString("type", message.Schema.Fields[i].Type.Name);
            if (message.Schema.Fields[i].Type.Kind == ColumnKind.Unreadable)
            {
                json.WriteNull("values");
            }
            else
            {
                json.WriteStartArray("values");
                foreach ((Batch batch, int row) in message.FirstRows(most)) ValueJson.Write(json, batch.Columns[i], row);
                json.WriteEndArray();
            }

            json.WriteEndObject();
            flush();
        }

        json.WriteEndArray();
        Column[] refused = [.. message.Batches.SelectMany(b => b.Columns).Where(c => c.Refusal is not null)];
        if (refused.Length == 0) return;
        json.WriteStartArray("refused");
        foreach (Column column in refused)
        {
            json.WriteStartObject();
            json.WriteString("reason", InspectedMessage.Code(column.Refusal!.Reason));
            json.WriteString("detail", column.Refusal.Detail);
            json.WriteNumber("rows", Enumerable.Range(0, column.Rows).Count(column.IsRefused));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
