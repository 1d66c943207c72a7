namespace DriftStream.Batches;

/// <summary>One dictionary of a schema, and what the current message has said about it so far.</summary>
internal sealed class DictionarySlot(long id, ColumnPlan values)
{
    private const int LargestRemembered = 1 << 20;

    private byte[] _remembered = [];
    private int _rememberedLength;
    private long _rememberedVersion;

    public long Id { get; } = id;

    public ColumnPlan Values { get; } = values;

    /// <summary>The values in force, or null before the message has sent any.</summary>
    public Column? Current { get; private set; }

    public long Version { get; private set; }

    /// <summary>Bytes kept from message to message.</summary>
    public int Weight => _remembered.Length;

    /// <summary>Begins a new message.</summary>
    public void Reset()
    {
        Current = null;
        Version = 0;
    }

    public void Extend(Column merged, ref long lastVersion)
    {
        Current = merged;
        Version = ++lastVersion;
    }

    /// <summary>
    /// Sets the values. Producers send the same dictionary in every message: while its bytes stay the same, so does
    /// its version, and whatever a counter has looked up stays right. Bytes are compared, not hashes: this decides what is counted.
    /// </summary>
    public void Replace(Column values, ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> body, ref long lastVersion)
    {
        Current = values;
        int length = metadata.Length + body.Length;
        bool same = length == _rememberedLength
            && metadata.SequenceEqual(_remembered.AsSpan(0, metadata.Length))
            && body.SequenceEqual(_remembered.AsSpan(metadata.Length, body.Length));
        Version = same ? _rememberedVersion : ++lastVersion;
        if (same || length > LargestRemembered) return;
        if (_remembered.Length < length) _remembered = new byte[length];
        metadata.CopyTo(_remembered);
        body.CopyTo(_remembered.AsSpan(metadata.Length));
        (_rememberedLength, _rememberedVersion) = (length, Version);
    }
}
