namespace DriftStream.Batches;

/// <summary>
/// Memory for the bytes of one message that do not lie in the message itself: decompressed buffers, merged dictionaries. It is
/// reused by the next message and bounded: a message announces what it needs, and what is too much is refused before it is allocated.
/// </summary>
/// <param name="limit">The most bytes of one message.</param>
internal sealed class Arena(int limit)
{
    private const int FirstBlock = 1 << 16;

    private byte[] _block = [];
    private int _blockUsed;
    private long _used;

    /// <summary>Takes all memory back.</summary>
    public void Reset()
    {
        // A message that did not fit makes the block larger, for the next one like it.
        if (_used > _block.Length) _block = GC.AllocateUninitializedArray<byte>((int)Math.Min(limit, _used + (_used >> 2)));
        _blockUsed = 0;
        _used = 0;
    }

    /// <summary>Uninitialised bytes, or a reject where the message asks for more than the limit.</summary>
    public Reject? Take(long length, out Memory<byte> memory)
    {
        memory = default;
        if (length > limit - _used)
            return new Reject(RejectReason.LimitExceeded, $"the message needs more than {limit} bytes after decompression");
        _used += length;
        if (length > _block.Length - _blockUsed)
        {
            _block = GC.AllocateUninitializedArray<byte>((int)Math.Max(length, Math.Min(limit, Math.Max(FirstBlock, 2L * _block.Length))));
            _blockUsed = 0;
        }

        memory = _block.AsMemory(_blockUsed, (int)length);
        _blockUsed += (int)length;
        return null;
    }
}
