using System.Buffers;
using DriftStream.Batches;

namespace DriftStream.Host.Kafka;

/// <summary>The value of one message in native memory that the garbage collector never sees. Dispose returns it to its pool.</summary>
/// <remarks>
/// It is used again for another message: it must be disposed once, and neither it nor its memory and spans may be used after that.
/// </remarks>
public sealed unsafe class Payload : MemoryManager<byte>
{
    private readonly PayloadPool? _pool;
    private readonly nint _block;
    private int _lead;
    private int _rented;

    internal Payload(PayloadPool pool, nint block, int sizeClass)
    {
        (_pool, _block, SizeClass) = (pool, block, sizeClass);
    }

    internal Payload(int length, Reject reject)
    {
        (Length, Reject) = (length, reject);
    }

    /// <summary>Bytes of the message, even of a refused one.</summary>
    public int Length { get; private set; }

    /// <summary>Why the bytes were not copied, or null. A refused payload has no memory.</summary>
    public Reject? Reject { get; }

    /// <summary>The message's bytes; empty for a refused one.</summary>
    /// <exception cref="ObjectDisposedException">After Dispose.</exception>
    public override Memory<byte> Memory => CreateMemory(Reject is null ? Length : 0);

    internal int SizeClass { get; }

    internal nint Block => _block;

    /// <summary>The message's bytes; empty for a refused one.</summary>
    /// <exception cref="ObjectDisposedException">After Dispose.</exception>
    public override Span<byte> GetSpan()
    {
        if (Reject is not null)
            return [];
        ObjectDisposedException.ThrowIf(_rented == 0, this);
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

    /// <summary>Returns the memory; a second call does nothing until the payload is rented again.</summary>
    public void Dispose() => Dispose(disposing: true);

    internal Span<byte> Rent(int lead, int length)
    {
        (_lead, Length, _rented) = (lead, length, 1);
        return GetSpan();
    }

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _rented, 0) == 1)
            _pool!.Return(this);
    }
}
