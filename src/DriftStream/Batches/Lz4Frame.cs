using System.Buffers.Binary;
using K4os.Compression.LZ4;

namespace DriftStream.Batches;

/// <summary>
/// The LZ4 frame format (lz4_Frame_format.md, version 1): header, blocks, end mark. Checksums are skipped: an uncompressed
/// buffer has none either. A frame that needs a dictionary is refused.
/// </summary>
internal static class Lz4Frame
{
    private const uint Magic = 0x184D2204, StoredBlock = 0x80000000;
    private const int Window = 1 << 16;

    /// <summary>Compressed bytes decompress to at most this many times as many.</summary>
    public const int LargestRatio = 255;

    /// <summary>Fills the target exactly; false for a frame that would not.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> frame, Span<byte> target)
    {
        if (frame.Length < 7 || BinaryPrimitives.ReadUInt32LittleEndian(frame) != Magic) return false;
        byte flags = frame[4];
        bool version1 = flags >> 6 == 1, linked = (flags & 0x20) == 0, blockChecksums = (flags & 0x10) != 0;
        bool sized = (flags & 0x08) != 0, dictionary = (flags & 0x01) != 0;
        if (!version1 || dictionary) return false;
        int position = 7 + (sized ? 8 : 0), written = 0;
        while (position <= frame.Length - 4)
        {
            uint header = BinaryPrimitives.ReadUInt32LittleEndian(frame[position..]);
            position += 4;
            if (header == 0) return written == target.Length;
            int length = (int)(header & ~StoredBlock);
            if (length > frame.Length - position) return false;
            ReadOnlySpan<byte> block = frame.Slice(position, length);
            Span<byte> rest = target[written..];
            if ((header & StoredBlock) != 0)
            {
                if (!block.TryCopyTo(rest)) return false;
                written += length;
            }
            else
            {
                ReadOnlySpan<byte> before = linked ? target[Math.Max(0, written - Window)..written] : default;
                int decoded = rest.IsEmpty ? -1 : LZ4Codec.Decode(block, rest, before);
                if (decoded < 0) return false;
                written += decoded;
            }

            position += length + (blockChecksums ? 4 : 0);
        }

        return false;
    }
}
