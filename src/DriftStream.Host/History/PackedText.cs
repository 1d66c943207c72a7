using System.Buffers;
using System.IO.Compression;

namespace DriftStream.Host.History;

/// <summary>JSON of a record as it lies in the database: Brotli, a fifth of its size.</summary>
internal static class PackedText
{
    private const int Quality = 4, Window = 18;

    public static byte[] Pack(byte[] text)
    {
        byte[] packed = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(text.Length));
        try
        {
            return BrotliEncoder.TryCompress(text, packed, out int written, Quality, Window)
                ? packed[..written]
                : throw new InvalidOperationException("the buffer is as long as the longest result");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packed);
        }
    }

    public static byte[] Unpack(byte[] packed)
    {
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var text = new MemoryStream(packed.Length * 6);
        brotli.CopyTo(text);
        return text.ToArray();
    }
}
