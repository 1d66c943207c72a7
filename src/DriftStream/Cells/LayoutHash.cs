using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace DriftStream.Cells;

/// <summary>
/// The content hash of a layout: SHA-256 over kind, flags, and the exact bits of every edge or the text of every category; of a sliced layout the
/// hash of the inner one and every value, of a joint one the hashes of both.
/// </summary>
internal static class LayoutHash
{
    public static (string Hash, ulong Key) Of(Layout layout)
    {
        using var content = new MemoryStream();
        content.WriteByte((byte)layout.Kind);
        content.WriteByte((byte)((layout.Exact ? 1 : 0) | (layout.Labelled ? 2 : 0) | (layout.Folded ? 4 : 0) | (layout.SecondFolded ? 8 : 0)));
        Span<byte> word = stackalloc byte[8];
        if (layout.Inner is { } inner) Write(inner.Hash);
        if (layout.Second is { } second) Write(second.Hash);
        foreach (double edge in layout.Edges)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(word, edge);
            content.Write(word);
        }

        foreach (string category in layout.Categories) Write(category);
        foreach (ImmutableArray<string> slice in layout.Slices)
        {
            content.WriteByte((byte)slice.Length);
            foreach (string value in slice) Write(value);
        }

        byte[] hash = SHA256.HashData(content.ToArray());
        return ("sha256:" + Convert.ToHexStringLower(hash), BinaryPrimitives.ReadUInt64BigEndian(hash));

        void Write(string name)
        {
            byte[] text = Encoding.UTF8.GetBytes(name);
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
            content.Write(length);
            content.Write(text);
        }
    }
}
