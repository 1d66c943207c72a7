using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DriftStream.Batches;
using DriftStream.Host.Terminal;
using DriftStream.Plan;

namespace DriftStream.Host.Inspect;

/// <summary>A message for people: a line about the whole, then a line for each column with its type, nulls and first values.</summary>
internal static class MessageText
{
    private const int LongestName = 40, LongestType = 32, LongestValue = 60;

    public static void Write(TextWriter output, InspectedMessage message, int most)
    {
        string bytes = message.Bytes.ToString("N0", CultureInfo.InvariantCulture);
        if (message.Reject is { } reject)
        {
            InputLimits limits = message.Limits;
            output.WriteLine($"{message.Place}: refused: {InspectedMessage.Code(reject.Reason)}");
            output.WriteLine($"  {Printable.Of(reject.Detail)}");
            output.WriteLine($"  {bytes} bytes; limits: message {Quantity.Size(limits.MessageBytes)}, decompressed "
                + $"{Quantity.Size(limits.DecompressedBytes)}, columns {limits.Columns}, rows {limits.Rows}");
            return;
        }

        string[] parts = [Count(message.Rows, "row"), Count(message.Batches.Length, "batch"), Count(message.Schema.Fields.Length, "column")];
        output.WriteLine($"{message.Place}: {message.Format}, {bytes} bytes: {string.Join(", ", parts)}");
        foreach (Reject refusal in message.Refusals)
            output.WriteLine($"rows refused: {InspectedMessage.Code(refusal.Reason)}: {Printable.Of(refusal.Detail)}");
        if (message.Schema.Fields.IsEmpty) return;
        int name = Width(message.Schema.Fields.Select(f => f.Name), "column", LongestName);
        int type = Width(message.Schema.Fields.Select(f => f.Type.Name), "type", LongestType);
        output.WriteLine($"{"column".PadRight(name)}  {"type".PadRight(type)}  {"nulls",8}  values");
        for (int i = 0; i < message.Schema.Fields.Length; i++)
        {
            Field field = message.Schema.Fields[i];
            bool readable = field.Type.Kind != ColumnKind.Unreadable;
            string nulls = readable ? message.Batches.Sum(b => Nulls(b.Columns[i])).ToString(CultureInfo.InvariantCulture) : "";
            string values = readable ? Values(message, i, most) : "(not read)";
            output.WriteLine($"{Cut(field.Name, name).PadRight(name)}  {Cut(field.Type.Name, type).PadRight(type)}  {nulls,8}  {values}".TrimEnd());
        }
    }

    // In a dictionary column the dictionary's own value may be null.
    private static int Nulls(Column column) => column.Type.Kind == ColumnKind.Dictionary
        ? Enumerable.Range(0, column.Rows).Count(row => !ColumnText.HasValue(column, row))
        : column.Nulls;

    private static string Values(InspectedMessage message, int column, int most) =>
        string.Join(", ", message.FirstRows(most).Select(at => Value(at.Batch.Columns[column], at.Row)));

    private static string Value(Column column, int row)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            ValueJson.Write(json, column, row);
        string text = Encoding.UTF8.GetString(stream.ToArray());
        // Text keeps its quotes, so that an empty one can be seen; what is a string only for JSON's sake loses them.
        return Cut(column.Type.IsText ? text : text.Trim('"'), LongestValue);
    }

    private static int Width(IEnumerable<string> texts, string heading, int most) =>
        texts.Append(heading).Max(t => Math.Min(Printable.Of(t).Length, most));

    private static string Cut(string text, int most)
    {
        string line = Printable.Of(text);
        return line.Length <= most ? line : line[..(most - 3)] + "...";
    }

    private static string Count(int count, string noun)
    {
        string plural = count == 1 ? "" : noun.EndsWith("ch", StringComparison.Ordinal) ? "es" : "s";
        return $"{count.ToString("N0", CultureInfo.InvariantCulture)} {noun}{plural}";
    }
}
