using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using DriftStream.Batches;

namespace DriftStream.Host.Kafka;

/// <summary>Copies each message once, from librdkafka's memory into a pooled native block; the consumer's value deserializer.</summary>
/// <remarks>
/// A byte array for each message costs a gen-2 collection every few milliseconds; this costs none. The length of a block is a power of two
/// and its start 64-byte aligned. An Arrow stream is placed so that its first record batch's body starts on that boundary: vector loads then do
/// not cross cache lines. The payload of a block is made with it and reused with it. Blocks in use are bounded by the caller's
/// queue, idle ones by <c>idleBytes</c>. Thread-safe.
/// </remarks>
public sealed unsafe class PayloadPool : IDeserializer<Payload?>, IDisposable
{
    private const int Alignment = 64;
    private const int SmallestBlock = 4096;

    private readonly int _maxMessage;
    private readonly long _idleLimit;
    private readonly Lock _gate = new();
    private readonly Stack<Payload>[] _idle;
    private long _idleBytes;
    private long _rented;
    private long _returned;
    private bool _disposed;

    /// <param name="maxMessage">A larger message is refused without a copy (<c>limits.message</c>).</param>
    /// <param name="idleBytes">Memory kept for later messages; 64 MiB by default.</param>
    public PayloadPool(int maxMessage, long idleBytes = 64L << 20)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxMessage);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxMessage, 1 << 30);
        (_maxMessage, _idleLimit) = (maxMessage, idleBytes);
        _idle = [.. Enumerable.Range(0, ClassOf(maxMessage) + 1).Select(_ => new Stack<Payload>())];
    }

    /// <summary>Blocks handed out so far.</summary>
    public long Rented => Interlocked.Read(ref _rented);

    /// <summary>Blocks given back so far; equal to <see cref="Rented"/> when no payload is alive.</summary>
    public long Returned => Interlocked.Read(ref _returned);

    /// <summary>Bytes of idle blocks.</summary>
    public long IdleBytes => Interlocked.Read(ref _idleBytes);

    /// <summary>A tombstone is null, an oversize message a refused payload, anything else a copy. Never throws: Kafka's client
    /// would skip the message.</summary>
    public Payload? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => isNull ? null : Copy(data);

    /// <summary>A copy of a message's bytes, or a refused payload where there are too many.</summary>
    public Payload Copy(ReadOnlySpan<byte> data)
    {
        if (data.Length > _maxMessage)
        {
            return new(data.Length, new(RejectReason.LimitExceeded,
                $"message of {data.Length} bytes; limits.message allows {_maxMessage}"));
        }
        Payload payload = Rent(data.Length);
        int lead = -BodyOffset(data) & (Alignment - 1);
        data.CopyTo(payload.Rent(lead, data.Length));
        return payload;
    }

    /// <summary>Frees the idle blocks; those in use are freed when they come back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var payloads in _idle)
            {
                while (payloads.TryPop(out Payload? payload))
                    NativeMemory.AlignedFree((void*)payload.Block);
            }
            _idleBytes = 0;
        }
    }

    internal void Return(Payload payload)
    {
        Interlocked.Increment(ref _returned);
        int size = payload.SizeClass;
        lock (_gate)
        {
            if (!_disposed && _idleBytes + BytesOf(size) <= _idleLimit)
            {
                _idle[size].Push(payload);
                _idleBytes += BytesOf(size);
                return;
            }
        }
        NativeMemory.AlignedFree((void*)payload.Block);
    }

    /// <summary>Where the body of an Arrow stream's second message starts (the first is the schema, without a body); 0 where the
    /// bytes are something else. Only a hint for where to copy to: whether the stream is sound is for the reader to say.</summary>
    internal static int BodyOffset(ReadOnlySpan<byte> data)
    {
        const int Prefix = 8; // a continuation marker, then the length of the metadata
        int at = 0;
        for (int message = 0; message < 2; message++)
        {
            if (data.Length - at < Prefix || BinaryPrimitives.ReadInt32LittleEndian(data[at..]) != -1)
                return 0;
            int metadata = BinaryPrimitives.ReadInt32LittleEndian(data[(at + 4)..]);
            if (metadata <= 0 || metadata % 8 != 0 || metadata > data.Length - at - Prefix)
                return 0;
            at += Prefix + metadata;
        }
        return at;
    }

    private Payload Rent(int length)
    {
        Interlocked.Increment(ref _rented);
        int size = ClassOf(length);
        lock (_gate)
        {
            if (_idle[size].TryPop(out Payload? idle))
            {
                _idleBytes -= BytesOf(size);
                return idle;
            }
        }
        try
        {
            return new(this, (nint)NativeMemory.AlignedAlloc((nuint)BytesOf(size), Alignment), size);
        }
        catch (OutOfMemoryException e)
        {
            // An exception here would skip the message and make counts wrong; a restarted process counts it.
            Environment.FailFast($"no memory for a message of {length} bytes", e);
            throw;
        }
    }

    private static int ClassOf(int length) =>
        BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, SmallestBlock)) / SmallestBlock);

    private static long BytesOf(int size) => ((long)SmallestBlock << size) + Alignment;
}
