namespace DriftStream.Judging;

/// <summary>Rows that are errors or not, a bit each, in what a detector writes.</summary>
internal static class RowBits
{
    public static void Write(BinaryWriter to, IReadOnlyCollection<bool> rows)
    {
        var bytes = new byte[(rows.Count + 7) / 8];
        foreach ((int i, bool row) in rows.Index()) bytes[i / 8] |= (byte)(row ? 1 << (i % 8) : 0);
        to.Write(rows.Count);
        to.Write(bytes);
    }

    public static bool[] Read(BinaryReader from)
    {
        var rows = new bool[from.ReadInt32()];
        byte[] bytes = from.ReadBytes((rows.Length + 7) / 8);
        for (int i = 0; i < rows.Length; i++) rows[i] = (bytes[i / 8] >> (i % 8) & 1) == 1;
        return rows;
    }
}
