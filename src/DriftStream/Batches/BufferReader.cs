using System.Buffers.Binary;
using ZstdSharp;

namespace DriftStream.Batches;

/// <summary>How the buffers of a record batch are compressed.</summary>
internal enum Compression : byte { None, Lz4, Zstd }

/// <summary>
/// The bytes of buffers. A compressed buffer starts with its decompressed length, -1 for a buffer stored as it is; a length of 0
/// needs no frame (Java writes none).
/// </summary>
internal sealed class BufferReader(Arena arena) : IDisposable
{
    private const int PrefixSize = 8;
    private const long Stored = -1;

    private readonly Decompressor _zstd = new();

    /// <param name="buffer">A compressed buffer, not empty.</param>
    /// <param name="compression">How it is compressed.</param>
    /// <param name="bytes">Its content.</param>
    public Reject? Read(ReadOnlyMemory<byte> buffer, Compression compression, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (buffer.Length < PrefixSize)
            return new Reject(RejectReason.Malformed, $"a compressed buffer of {buffer.Length} bytes has no room for its length");
        long length = BinaryPrimitives.ReadInt64LittleEndian(buffer.Span);
        ReadOnlyMemory<byte> frame = buffer[PrefixSize..];
        if (length == Stored) bytes = frame;
        if (length is Stored or 0) return null;
        if (length < 0 || (compression == Compression.Lz4 && length > (long)frame.Length * Lz4Frame.LargestRatio))
            return new Reject(RejectReason.Malformed, $"a compressed buffer of {frame.Length} bytes says that it holds {length}");
        if (arena.Take(length, out Memory<byte> target) is { } reject) return reject;
        bool decoded = compression == Compression.Lz4 ? Lz4Frame.TryDecode(frame.Span, target.Span) : TryZstd(frame.Span, target.Span);
        if (!decoded) return new Reject(RejectReason.Malformed, $"a compressed buffer does not hold the {length} bytes that it announces");
        bytes = target;
        return null;
    }

    public void Dispose() => _zstd.Dispose();

    private bool TryZstd(ReadOnlySpan<byte> frame, Span<byte> target)
    {
        try
        {
            return _zstd.Unwrap(frame, target) == target.Length;
        }
        catch (ZstdException)
        {
            return false;
        }
    }
}
