using System.Buffers;
using DriftStream.Batches;

namespace DriftStream.Host.Kafka;

/// <summary>The value of one message in native memory that the garbage collector never sees. Dispose returns the memory.</summary>
/// <remarks>Memory and spans of a disposed payload must not be used: their bytes belong to another message by then.</remarks>
public sealed unsafe class Payload : MemoryManager<byte>
{
    private readonly PayloadPool? _pool;
    private readonly int _lead;
    private nint _block;

    internal Payload(PayloadPool pool, nint block, int lead, int length)
    {
        (_pool, _block, _lead, Length) = (pool, block, lead, length);
    }

    internal Payload(int length, Reject reject)
    {
        (Length, Reject) = (length, reject);
    }

    /// <summary>Bytes of the message, those of a refused one too.</summary>
    public int Length { get; }

    /// <summary>Why the bytes were not copied, or null. A refused payload has no memory.</summary>
    public Reject? Reject { get; }

    /// <summary>The message's bytes; empty for a refused one.</summary>
    /// <exception cref="ObjectDisposedException">After Dispose.</exception>
    public override Memory<byte> Memory => CreateMemory(Reject is null ? Length : 0);

    /// <summary>The message's bytes; empty for a refused one.</summary>
    /// <exception cref="ObjectDisposedException">After Dispose.</exception>
    public override Span<byte> GetSpan()
    {
        if (Reject is not null)
            return [];
        ObjectDisposedException.ThrowIf(_block == 0, this);
        return new((byte*)_block + _lead, Length);
    }

    /// <summary>The memory is native and never moves: there is nothing to pin.</summary>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)GetSpan().Length, nameof(elementIndex));
        return new((byte*)_block + _lead + elementIndex);
    }

    public override void Unpin()
    {
    }

    /// <summary>Returns the memory; a second call does nothing.</summary>
    public void Dispose() => Dispose(disposing: true);

    protected override void Dispose(bool disposing)
    {
        nint block = Interlocked.Exchange(ref _block, 0);
        if (block != 0)
            _pool!.Return(block, Length);
    }
}
