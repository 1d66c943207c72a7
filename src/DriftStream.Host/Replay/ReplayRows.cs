using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Host.Files;

namespace DriftStream.Host.Replay;

/// <summary>The rows of one message, and the key they share; null for none.</summary>
internal readonly record struct ReplayMessage(List<RowSpan> Rows, byte[]? Key)
{
    public int RowCount => Rows.Sum(r => r.Rows);
}

/// <summary>Cuts a file's rows into messages.</summary>
internal static class ReplayRows
{
    private const int LongestKey = 1024;

    /// <summary>Messages in the file's order, each with as many rows as allowed.</summary>
    public static IEnumerable<ReplayMessage> InOrder(IReadOnlyList<Batch> batches, int most)
    {
        var rows = new List<RowSpan>();
        int count = 0;
        for (int batch = 0; batch < batches.Count; batch++)
        {
            for (int start = 0, take; start < batches[batch].Rows; start += take)
            {
                take = Math.Min(most - count, batches[batch].Rows - start);
                rows.Add(new RowSpan(batch, start, take));
                count += take;
                if (count < most) continue;
                yield return new ReplayMessage(rows, null);
                (rows, count) = ([], 0);
            }
        }

        if (count > 0) yield return new ReplayMessage(rows, null);
    }

    /// <summary>
    /// The rows of a message share the key's value, and the rows of a value keep their order. A message is sent when it is full;
    /// what is left at the end follows, ordered by the place of its first row.
    /// </summary>
    public static IEnumerable<ReplayMessage> ByKey(IReadOnlyList<Batch> batches, string column, int most)
    {
        var open = new OrderedDictionary<string, List<RowSpan>>(StringComparer.Ordinal);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int batch = 0; batch < batches.Count; batch++)
        {
            Column keys = batches[batch].Find(column)!;
            for (int row = 0; row < batches[batch].Rows; row++)
            {
                string key = Text(keys, row) is { } text ? "=" + text : ""; // a null is not the empty text
                if (!open.TryGetValue(key, out List<RowSpan>? rows)) open.Add(key, rows = []);
                if (rows.Count > 0 && rows[^1] is var last && last.Batch == batch && last.Start + last.Rows == row)
                    rows[^1] = last with { Rows = last.Rows + 1 };
                else rows.Add(new RowSpan(batch, row, 1));
                int count = counts[key] = counts.GetValueOrDefault(key) + 1;
                if (count < most) continue;
                yield return new ReplayMessage(rows, Bytes(key));
                open.Remove(key);
                counts[key] = 0;
            }
        }

        foreach ((string key, List<RowSpan> rows) in open) yield return new ReplayMessage(rows, Bytes(key));
    }

    private static byte[]? Bytes(string key) => key.Length == 0 ? null : Encoding.UTF8.GetBytes(key, 1, key.Length - 1);

    private static string? Text(Column column, int row)
    {
        if (!ColumnText.HasValue(column, row)) return null;
        Span<byte> text = stackalloc byte[LongestKey];
        return Encoding.UTF8.GetString(text[..CategoryText.Copy(column, row, text)]);
    }
}
