using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>One record of a source partition, as the broker gave it.</summary>
/// <param name="Offset">Its offset.</param>
/// <param name="Timestamp">Its Kafka timestamp in microseconds.</param>
/// <param name="Payload">Its value; valid only during the call. Empty for a tombstone.</param>
/// <param name="Tombstone">It has no value.</param>
/// <param name="Headers">At least those that a selector of the topic names.</param>
/// <param name="Refused">Why the value was not even copied (it is too large), or null.</param>
/// <param name="Bytes">Length of the value.</param>
public readonly record struct SourceRecord(
    SourceOffset Offset,
    EventTime Timestamp,
    ReadOnlyMemory<byte> Payload,
    bool Tombstone,
    ImmutableArray<RecordHeader> Headers,
    int Bytes,
    Reject? Refused = null)
{
    /// <summary>The value of the last header of that name, or null.</summary>
    public string? Header(string name)
    {
        if (Headers.IsDefaultOrEmpty) return null;
        for (int i = Headers.Length - 1; i >= 0; i--)
        {
            if (Headers[i].Name == name) return Headers[i].Value;
        }

        return null;
    }
}

/// <summary>A header of a record, its value read as UTF-8.</summary>
public readonly record struct RecordHeader(string Name, string Value);

/// <summary>What could not be counted of one message, and why.</summary>
/// <param name="Source">Its partition.</param>
/// <param name="Offset">Its offset.</param>
/// <param name="Model">The model, where it is known.</param>
/// <param name="Rows">Rows refused; 0 where the whole message was refused and its rows are unknown.</param>
/// <param name="Reject">Reason and sentence.</param>
public sealed record RejectedRows(SourcePartition Source, SourceOffset Offset, string? Model, RowCount Rows, Reject Reject);
