using System.Text.Json;
using DriftStream.Batches;

namespace DriftStream.Host.Inspect;

/// <summary>What one message holds, or why it was refused.</summary>
/// <param name="Place">The file, or the topic, partition and offset.</param>
/// <param name="Format">For people: <c>Arrow stream</c>.</param>
/// <param name="Bytes">Of the message.</param>
/// <param name="Limits">Those it was read under.</param>
/// <param name="Schema">Empty for a refused message.</param>
/// <param name="Batches">None for a refused message.</param>
/// <param name="Reject">Why it was refused, or null.</param>
internal sealed record InspectedMessage(
    string Place, string Format, int Bytes, InputLimits Limits, Schema Schema, Batch[] Batches, Reject? Reject)
{
    /// <summary>Rows of all batches.</summary>
    public int Rows => Batches.Sum(b => b.Rows);

    /// <summary>Reads one message as a counter would, and its columns of bytes too. Batches point into the message.</summary>
    /// <param name="message">Null for a record without a value.</param>
    public static InspectedMessage Read(string place, byte[]? message, InputLimits limits)
    {
        if (message is null) return new InspectedMessage(place, "a record without a value (a tombstone)", 0, limits, new Schema([]), [], null);
        using var reader = new ArrowMessageReader(limits, binary: true);
        Reject? reject = reader.Read(message);
        return new InspectedMessage(place, "Arrow stream", message.Length, limits, reader.Schema ?? new Schema([]), [.. reader.Batches], reject);
    }

    /// <summary>As reject records spell it.</summary>
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
