namespace DriftStream.Batches;

/// <summary>Why a message, or a row of it, could not be counted. Names are stable: they are the <c>reason</c> of a reject record.</summary>
public enum RejectReason
{
    /// <summary>The bytes are neither an Arrow stream nor what the source's format says.</summary>
    NotArrow,
    /// <summary>Schema Registry framing (a zero byte and a four-byte id) before the payload.</summary>
    SchemaRegistryFramed,
    /// <summary>The message ends before what it announces.</summary>
    Truncated,
    /// <summary>Lengths, offsets or counts contradict each other.</summary>
    Malformed,
    /// <summary>Big-endian, an unknown compression, a metadata version before V4.</summary>
    Unsupported,
    /// <summary>A limit of the configuration is exceeded.</summary>
    LimitExceeded,
    /// <summary>A column that a rule needs has a type it cannot be read as.</summary>
    ColumnType,
    /// <summary>A column that the model's configuration names is missing.</summary>
    ColumnMissing,
    /// <summary>A row without an event time where one is configured.</summary>
    TimeNull,
    /// <summary>A row whose event time cannot be read (text that is no ISO 8601 time, or out of range).</summary>
    TimeUnreadable,
    /// <summary>A label that names no row.</summary>
    IdNull,
    /// <summary>A row of a source of labels without one.</summary>
    LabelNull,
    /// <summary>Not JSON, or not an object or array of objects.</summary>
    NotJson,
    /// <summary>A JSON value of the wrong type for its column.</summary>
    ValueType,
    /// <summary>The program failed on the message, or on the rows of one model in it: a bug, not the producer's doing.</summary>
    InternalError,
}

/// <summary>A reason and a sentence that says what was found, where in the message, and what was expected.</summary>
public sealed record Reject(RejectReason Reason, string Detail);
