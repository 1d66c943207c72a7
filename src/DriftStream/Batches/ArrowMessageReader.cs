using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace DriftStream.Batches;

/// <summary>
/// Reads messages that each hold one Arrow IPC stream: a schema, dictionaries, record batches. Nothing in a message is believed:
/// every offset, length and count is checked before it is used, memory is bounded by the message and the limits, and a message is
/// either wholly readable or rejected. Batches, columns and buffers are reused by the next message, and an uncompressed message
/// with a schema seen before allocates nothing. One thread at a time.
/// </summary>
/// <remarks>
/// The format: arrow.apache.org/docs/format/Columnar.html, "Serialization and Interprocess Communication"; metadata V4 and V5, with
/// and without continuation marks, lz4 and zstd buffers, dictionary replacement and deltas. Types that no rule can use are passed over.
/// Text is not checked to be UTF-8. Checksums of compressed frames are not verified.
/// </remarks>
public sealed class ArrowMessageReader : IMessageReader, IDisposable
{
    // For all batches of a message together: a column without values costs a message 16 bytes, but us many more.
    private const int MostBatchColumns = 1 << 17, MostBatches = 1 << 14;
    private const byte SchemaHeader = 1, DictionaryHeader = 2, BatchHeader = 3;
    private const short V4 = 3, V5 = 4;

    private readonly InputLimits _limits;
    private readonly bool _binary;
    private readonly IReadOnlySet<string> _lists;
    private readonly Arena _arena;
    private readonly BufferReader _buffers;
    private readonly ColumnReader _columns;
    private readonly DictionaryReader _dictionaries;
    private readonly SchemaCache _schemas = new();
    private readonly List<Batch> _batches = [];

    /// <param name="limits">What one message may cost.</param>
    /// <param name="binary">Also read columns of bytes, to show them to people: no rule can use them.</param>
    /// <param name="lists">Columns of which also lists of numbers are read, for vectors; null for none.</param>
    public ArrowMessageReader(InputLimits limits, bool binary = false, IReadOnlySet<string>? lists = null)
    {
        (_limits, _binary, _lists) = (limits, binary, lists ?? ImmutableHashSet<string>.Empty);
        _arena = new Arena(limits.DecompressedBytes);
        _buffers = new BufferReader(_arena);
        _columns = new ColumnReader(_buffers, _arena, limits.DecompressedBytes);
        _dictionaries = new DictionaryReader(_columns, _arena, limits);
    }

    /// <summary>The batches of the message read last, none after a reject. Valid until the next message is read.</summary>
    public ReadOnlySpan<Batch> Batches => CollectionsMarshal.AsSpan(_batches);

    /// <summary>Rows of all batches.</summary>
    public int Rows { get; private set; }

    /// <summary>The schema of the message read last: one instance for the same bytes. Null after a reject.</summary>
    public Schema? Schema { get; private set; }

    /// <summary>Reads a whole message. Columns point into its memory, which must stay until the next call.</summary>
    /// <returns>Null, or why the message cannot be read.</returns>
    public Reject? Read(ReadOnlyMemory<byte> message)
    {
        Forget();
        _arena.Reset();
        _columns.Reset();
        Reject? reject = ReadStream(message);
        if (reject is not null) Forget();
        _schemas.Trim();
        return reject;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffers.Dispose();

    private void Forget()
    {
        _batches.Clear();
        Rows = 0;
        Schema = null;
    }

    private Reject? ReadStream(ReadOnlyMemory<byte> message)
    {
        if (message.Length > _limits.MessageBytes)
            return new Reject(RejectReason.LimitExceeded, $"the message has {message.Length} bytes, the limit is {_limits.MessageBytes}");
        ReadOnlySpan<byte> bytes = message.Span;
        int position = 0;
        if (ReadSchema(bytes, ref position, out SchemaPlan? plan) is { } unread)
            return ArrowFraming.Opening(bytes, unread, _limits.MessageBytes);
        Schema = plan!.Schema;
        _dictionaries.Reset(plan);
        while (true)
        {
            if (ArrowFraming.Next(bytes, ref position, out int length) is { } cut) return cut;
            if (length == 0) return ArrowFraming.End(bytes, position);
            if (ReadNext(message, ref position, length, plan) is { } reject) return reject;
        }
    }

    private Reject? ReadSchema(ReadOnlySpan<byte> message, ref int position, out SchemaPlan? plan)
    {
        plan = null;
        if (ArrowFraming.Next(message, ref position, out int length) is { } reject) return reject;
        if (length == 0) return Malformed("the stream ends before its schema");
        ReadOnlySpan<byte> metadata = message.Slice(position, length);
        position += length;
        plan = _schemas.Find(metadata);
        if (plan is not null) return null;

        bool broken = false;
        FlatTable root = FlatTable.Root(metadata, ref broken);
        short version = root.Int16(0);
        byte header = root.UInt8(1);
        long bodyLength = root.Int64(3);
        FlatTable schema = root.Table(2);
        if (broken) return Malformed("the first metadata points outside its own bytes");
        if (header != SchemaHeader || schema.IsAbsent) return Malformed("the stream does not start with a schema");
        if (version is not (V4 or V5))
            return new Reject(RejectReason.Unsupported, $"the metadata has version V{version + 1}; V4 and V5 are read");
        if (bodyLength != 0) return Malformed($"the schema has a body of {bodyLength} bytes");
        if (new SchemaWalk(_limits, version == V4, _binary, _lists).Read(schema, metadata, out plan) is { } unread) return unread;
        _schemas.Add(plan!);
        return null;
    }

    private Reject? ReadNext(ReadOnlyMemory<byte> message, ref int position, int length, SchemaPlan plan)
    {
        ReadOnlySpan<byte> metadata = message.Span.Slice(position, length);
        bool broken = false;
        FlatTable root = FlatTable.Root(metadata, ref broken);
        byte header = root.UInt8(1);
        long bodyLength = root.Int64(3);
        FlatTable table = root.Table(2);
        if (broken || table.IsAbsent) return Malformed($"the metadata at byte {position} points outside its own bytes");
        position += length;
        if (bodyLength < 0) return Malformed($"the body at byte {position} has {bodyLength} bytes");
        int there = message.Length - position;
        if (bodyLength > there)
            return new Reject(RejectReason.Truncated, $"the body at byte {position} is {bodyLength} bytes long, {there} are there");
        ReadOnlyMemory<byte> body = message.Slice(position, (int)bodyLength);
        position += (int)bodyLength;
        return header switch
        {
            DictionaryHeader => _dictionaries.Read(table, metadata, body, plan),
            BatchHeader => ReadBatch(table, body, plan),
            SchemaHeader => Malformed("the stream has a second schema"),
            _ => new Reject(RejectReason.Unsupported, $"the stream has a message of kind {header}, neither dictionary nor record batch"),
        };
    }

    private Reject? ReadBatch(FlatTable table, ReadOnlyMemory<byte> body, SchemaPlan plan)
    {
        if (BatchCursor.Open(table, body, plan.Whole, _limits.Rows - Rows, out BatchCursor cursor) is { } reject) return reject;
        long columns = (_batches.Count + 1L) * plan.Columns.Length;
        if (_batches.Count == MostBatches || (_batches.Count > 0 && columns > MostBatchColumns))
            return new Reject(RejectReason.LimitExceeded, $"the message has more than {_batches.Count} batches");
        Batch batch = plan.Batch(_batches.Count);
        batch.Rows = cursor.Rows;
        for (int i = 0; i < plan.Columns.Length; i++)
        {
            ColumnPlan column = plan.Columns[i];
            if (column.Dictionary >= 0) DictionaryReader.Attach(batch.Columns[i], plan.Dictionaries[column.Dictionary]);
            if (_columns.Read(ref cursor, column, batch.Columns[i]) is { } unread) return unread;
        }

        Rows += cursor.Rows;
        _batches.Add(batch);
        return null;
    }

    private static Reject Malformed(string detail) => new(RejectReason.Malformed, detail);
}
