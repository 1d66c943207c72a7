using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DriftStream.Cells;

/// <summary>
/// The content hash of a layout: SHA-256 over kind, flags, and the exact bits of every edge or the text of every category.
/// </summary>
internal static class LayoutHash
{
    public static (string Hash, ulong Key) Of(Layout layout)
    {
        using var content = new MemoryStream();
        content.WriteByte((byte)layout.Kind);
        content.WriteByte((byte)((layout.Exact ? 1 : 0) | (layout.Labelled ? 2 : 0)));
        Span<byte> word = stackalloc byte[8];
        foreach (double edge in layout.Edges)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(word, edge);
            content.Write(word);
        }

        foreach (string category in layout.Categories)
        {
            byte[] text = Encoding.UTF8.GetBytes(category);
            BinaryPrimitives.WriteInt64LittleEndian(word, text.Length);
            content.Write(word);
            content.Write(text);
        }

        byte[] hash = SHA256.HashData(content.ToArray());
        return ("sha256:" + Convert.ToHexStringLower(hash), BinaryPrimitives.ReadUInt64BigEndian(hash));
    }
}
