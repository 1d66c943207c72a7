using System.Runtime.InteropServices;

namespace DriftStream.Batches;

/// <summary>A FieldNode of the format: rows of a column or child, and how many of them are null.</summary>
internal readonly record struct FieldNode(long Length, long NullCount);

/// <summary>A Buffer of the format: where its bytes lie in the body.</summary>
internal readonly record struct BufferPlace(long Offset, long Length);

/// <summary>
/// The nodes, buffers and view counts of one record batch, taken in the schema's order. <see cref="Open"/> has checked that there
/// are exactly as many as the plan takes, and that all buffers lie in the body, are aligned and do not overlap: so the work
/// that a message causes is bounded by its size.
/// </summary>
internal ref struct BatchCursor
{
    private const int PairSize = 16, Alignment = 8;

    private ReadOnlySpan<FieldNode> _nodes;
    private ReadOnlySpan<BufferPlace> _buffers;
    private ReadOnlySpan<long> _views;
    private ReadOnlyMemory<byte> _body;

    public int Rows { get; private set; }

    public Compression Compression { get; private set; }

    public static Reject? Open(FlatTable batch, ReadOnlyMemory<byte> body, ColumnPlan whole, int largestRows, out BatchCursor cursor)
    {
        cursor = default;
        long rows = batch.Int64(0);
        ReadOnlySpan<byte> nodes = batch.Vector(1, PairSize), buffers = batch.Vector(2, PairSize), views = batch.Vector(4, sizeof(long));
        FlatTable compression = batch.Table(3);
        int codec = compression.IsAbsent ? -1 : compression.UInt8(0), method = compression.UInt8(1);
        if (batch.IsAbsent || batch.Broken) return Malformed("a record batch points outside its own metadata");
        if (codec > 1 || method != 0)
            return new Reject(RejectReason.Unsupported, $"buffers are compressed by codec {codec}, method {method}; known are 0 and 1");
        if (rows < 0) return Malformed($"a record batch has {rows} rows");
        if (rows > largestRows)
            return new Reject(RejectReason.LimitExceeded, $"a record batch has {rows} rows where the limit leaves room for {largestRows}");
        cursor = new BatchCursor
        {
            Rows = (int)rows,
            Compression = codec switch { 0 => Compression.Lz4, 1 => Compression.Zstd, _ => Compression.None },
            _nodes = MemoryMarshal.Cast<byte, FieldNode>(nodes),
            _buffers = MemoryMarshal.Cast<byte, BufferPlace>(buffers),
            _views = MemoryMarshal.Cast<byte, long>(views),
            _body = body,
        };
        return cursor.CheckCounts(whole) ?? cursor.CheckPlaces();
    }

    public FieldNode NextNode()
    {
        FieldNode node = _nodes[0];
        _nodes = _nodes[1..];
        return node;
    }

    public ReadOnlyMemory<byte> NextBuffer()
    {
        BufferPlace place = _buffers[0];
        _buffers = _buffers[1..];
        return _body.Slice((int)place.Offset, (int)place.Length);
    }

    /// <summary>How many data buffers the next view column has.</summary>
    public int NextViewCount()
    {
        int count = (int)_views[0];
        _views = _views[1..];
        return count;
    }

    /// <summary>Passes over a column whose first node has already been taken.</summary>
    public void Skip(ColumnPlan plan)
    {
        int buffers = plan.Buffers;
        for (int i = 0; i < plan.Views; i++) buffers += NextViewCount();
        _nodes = _nodes[(plan.Nodes - 1)..];
        _buffers = _buffers[buffers..];
    }

    private readonly Reject? CheckCounts(ColumnPlan whole)
    {
        if (_nodes.Length != whole.Nodes) return Malformed($"a record batch has {_nodes.Length} field nodes, its schema {whole.Nodes}");
        if (_views.Length != whole.Views)
            return Malformed($"a record batch counts the buffers of {_views.Length} view columns, its schema has {whole.Views}");
        long buffers = whole.Buffers;
        foreach (long count in _views)
        {
            if (count < 0 || count > _buffers.Length)
                return Malformed($"a view column has {count} data buffers, the record batch {_buffers.Length} buffers");
            buffers += count;
        }

        return _buffers.Length != buffers ? Malformed($"a record batch has {_buffers.Length} buffers, its schema {buffers}") : null;
    }

    private readonly Reject? CheckPlaces()
    {
        long end = 0;
        foreach ((long offset, long length) in _buffers)
        {
            if (offset < 0 || length < 0 || offset > _body.Length || length > _body.Length - offset)
                return Malformed($"a buffer at {offset} of {length} bytes lies outside the body of {_body.Length} bytes");
            if (length == 0) continue;
            if (offset % Alignment != 0) return Malformed($"a buffer at {offset} is not aligned to {Alignment} bytes");
            if (offset < end) return Malformed($"a buffer at {offset} overlaps the one before it, which ends at {end}");
            end = offset + length;
        }

        return null;
    }

    private static Reject Malformed(string detail) => new(RejectReason.Malformed, detail);
}
