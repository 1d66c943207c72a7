using System.Text.Json;
using DriftStream.Batches;
using DriftStream.Frames;

namespace DriftStream.Host.Inspect;

/// <summary>What one message holds, or why it was refused.</summary>
/// <param name="Place">The file, or the topic, partition and offset.</param>
/// <param name="Format">Its format for people: <c>Arrow stream</c>, <c>JSON</c>.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Limits">The limits under which it was read.</param>
/// <param name="Schema">Empty for a refused message.</param>
/// <param name="Batches">None for a refused message.</param>
/// <param name="Reject">Why it was refused, or null.</param>
internal sealed record InspectedMessage(
    string Place, string Format, int Bytes, InputLimits Limits, Schema Schema, Batch[] Batches, Reject? Reject)
{
    /// <summary>Rows of all batches.</summary>
    public int Rows => Batches.Sum(b => b.Rows);

    /// <summary>The first refused value of each column.</summary>
    public IEnumerable<Reject> Refusals => Batches.SelectMany(b => b.Columns).Select(c => c.Refusal).OfType<Reject>();

    /// <summary>
    /// Reads one message as a counter would: as JSON if it starts as JSON does, otherwise as Arrow, with its columns of bytes.
    /// Batches point into the message.
    /// </summary>
    /// <param name="place">The file, or the topic, partition and offset.</param>
    /// <param name="message">Null for a record without a value.</param>
    /// <param name="limits">What a message may cost.</param>
    /// <param name="source">The topic as a configuration has it; null makes every value of a JSON message a column.</param>
    public static InspectedMessage Read(string place, byte[]? message, InputLimits limits, SourceTopic? source = null)
    {
        if (message is null) return new InspectedMessage(place, "a record without a value (a tombstone)", 0, limits, new Schema([]), [], null);
        return (source?.Format ?? MessageFormats.Guess(message)) switch
        {
            MessageFormat.Arrow => ReadArrow(place, message, limits),
            MessageFormat.Json => ReadJson(place, message, limits, source),
        };
    }

    private static InspectedMessage ReadArrow(string place, byte[] message, InputLimits limits)
    {
        using var reader = new ArrowMessageReader(limits, binary: true);
        Reject? reject = reader.Read(message);
        return new InspectedMessage(place, "Arrow stream", message.Length, limits, reader.Schema ?? new Schema([]), [.. reader.Batches], reject);
    }

    private static InspectedMessage ReadJson(string place, byte[] message, InputLimits limits, SourceTopic? source)
    {
        var reader = new JsonMessageReader(limits, source is null ? [] : CountedColumns.Of(source));
        Reject? reject = reader.Read(message);
        if (reject is null && source is null)
        {
            reader = new JsonMessageReader(limits, JsonShape.Of(message, limits.Columns).Columns);
            reject = reader.Read(message);
        }

        return new InspectedMessage(place, MessageFormat.Json.Name(), message.Length, limits, reader.Schema, [.. reader.Batches], reject);
    }

    /// <summary>The reason as reject records spell it.</summary>
    public static string Code(RejectReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());

    /// <summary>The first rows, over all batches.</summary>
    public IEnumerable<(Batch Batch, int Row)> FirstRows(int most)
    {
        foreach (Batch batch in Batches)
        {
            for (int row = 0; row < batch.Rows && most > 0; row++, most--) yield return (batch, row);
        }
    }
}
