namespace DriftStream.Batches;

/// <summary>
/// Reads the messages of a topic into batches. Nothing in a message is believed, memory is bounded by the message and the limits,
/// and a message is either wholly readable or rejected. One thread at a time.
/// </summary>
public interface IMessageReader
{
    /// <summary>The batches of the message read last, none after a reject. Valid until the next message is read.</summary>
    ReadOnlySpan<Batch> Batches { get; }

    /// <summary>Reads a whole message. Columns point into its memory, which must stay until the next call.</summary>
    /// <returns>Null, or why the message cannot be read.</returns>
    Reject? Read(ReadOnlyMemory<byte> message);
}
