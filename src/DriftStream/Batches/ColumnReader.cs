namespace DriftStream.Batches;

/// <summary>Reads the columns of record batches, one after the other, and checks all that a reader of the column relies on.</summary>
/// <param name="buffers">Where bytes come from.</param>
/// <param name="largestText">Bytes that the texts of a message's views may have together.</param>
internal sealed class ColumnReader(BufferReader buffers, int largestText)
{
    private long _viewedText;

    /// <summary>A new message begins.</summary>
    public void Reset() => _viewedText = 0;

    /// <summary>Takes the column's nodes and buffers from the cursor; a dictionary column's dictionary is set already.</summary>
    public Reject? Read(ref BatchCursor cursor, ColumnPlan plan, Column column)
    {
        FieldNode node = cursor.NextNode();
        column.Rows = cursor.Rows;
        column.Type = plan.Type;
        column.Nulls = 0;
        column.Validity = column.Values = column.Data = default;
        column.ViewBufferCount = 0;
        if (node.Length != cursor.Rows) return Malformed(plan, $"has {node.Length} rows, its batch {cursor.Rows}");
        switch (plan.Type.Kind)
        {
            case ColumnKind.Null:
                column.Nulls = column.Rows;
                return null;
            case ColumnKind.Unreadable:
                cursor.Skip(plan);
                return null;
        }

        if (ReadValidity(ref cursor, plan, node, column) is { } reject) return reject;
        if (Bytes(ref cursor, plan, out ReadOnlyMemory<byte> values) is { } unread) return unread;
        return plan.Type.Kind switch
        {
            ColumnKind.Utf8 or ColumnKind.LargeUtf8 or ColumnKind.Binary or ColumnKind.LargeBinary => ReadText(ref cursor, plan, values, column),
            ColumnKind.Utf8View or ColumnKind.BinaryView => ReadViews(ref cursor, plan, values, column),
            ColumnKind.Dictionary => Keep(plan, values, plan.Type.ValueWidth, column) ?? CheckIndices(plan, column),
            ColumnKind.Bool => Keep(plan, values, 0, column),
            _ => Keep(plan, values, plan.Type.ValueWidth, column),
        };
    }

    private Reject? ReadValidity(ref BatchCursor cursor, ColumnPlan plan, FieldNode node, Column column)
    {
        if (node.NullCount < 0 || node.NullCount > node.Length)
            return Malformed(plan, $"says that {node.NullCount} of {node.Length} rows are null");
        if (Bytes(ref cursor, plan, out ReadOnlyMemory<byte> bits) is { } reject) return reject;
        if (bits.IsEmpty || column.Rows == 0)
            return node.NullCount == 0 ? null : Malformed(plan, $"says that {node.NullCount} rows are null, and has no validity bitmap");
        int length = Bits.BytesFor(column.Rows);
        if (bits.Length < length) return Malformed(plan, $"has {bits.Length} bytes of validity for {column.Rows} rows");
        int nulls = column.Rows - Bits.CountOnes(bits.Span, column.Rows);
        if (nulls != node.NullCount) return Malformed(plan, $"says that {node.NullCount} rows are null, its bitmap says {nulls}");
        column.Nulls = nulls;
        if (nulls > 0) column.Validity = bits[..length];
        return null;
    }

    // Fixed-width values; a width of 0 means bits.
    private static Reject? Keep(ColumnPlan plan, ReadOnlyMemory<byte> values, int width, Column column)
    {
        long length = width == 0 ? Bits.BytesFor(column.Rows) : (long)column.Rows * width;
        if (values.Length < length)
            return Malformed(plan, $"has {values.Length} bytes of values, {length} are needed for {column.Rows} rows");
        column.Values = values[..(int)length];
        return null;
    }

    private Reject? ReadText(ref BatchCursor cursor, ColumnPlan plan, ReadOnlyMemory<byte> offsets, Column column)
    {
        if (Bytes(ref cursor, plan, out ReadOnlyMemory<byte> data) is { } reject) return reject;
        if (column.Rows == 0) return null; // offsets may be missing altogether
        int width = plan.Type.ValueWidth;
        long length = (column.Rows + 1L) * width;
        if (offsets.Length < length)
            return Malformed(plan, $"has {offsets.Length} bytes of offsets, {length} are needed for {column.Rows} rows");
        column.Values = offsets[..(int)length];
        column.Data = data;
        bool sound = width == sizeof(int)
            ? ColumnChecks.OffsetsRise(ColumnNumbers.Of<int>(column.Values.Span), data.Length)
            : ColumnChecks.OffsetsRise(ColumnNumbers.Of<long>(column.Values.Span), data.Length);
        return sound ? null : Malformed(plan, $"has text offsets that fall, or lie outside its {data.Length} bytes of text");
    }

    private Reject? ReadViews(ref BatchCursor cursor, ColumnPlan plan, ReadOnlyMemory<byte> views, Column column)
    {
        int count = cursor.NextViewCount();
        if (column.ViewBuffers.Length < count) column.ViewBuffers = new ReadOnlyMemory<byte>[count];
        for (int i = 0; i < count; i++)
        {
            if (Bytes(ref cursor, plan, out column.ViewBuffers[i]) is { } reject) return reject;
        }

        column.ViewBufferCount = count;
        if (Keep(plan, views, ColumnText.ViewSize, column) is { } unkept) return unkept;
        if (!ColumnChecks.ViewsFit(column, out long textBytes)) return Malformed(plan, "has text views that lie outside its buffers");
        _viewedText += textBytes;
        return _viewedText <= largestText
            ? null
            : new Reject(RejectReason.LimitExceeded, $"the text views of the message show more than {largestText} bytes");
    }

    private static Reject? CheckIndices(ColumnPlan plan, Column column)
    {
        ReadOnlySpan<byte> indices = column.Values.Span, validity = column.Validity.Span;
        int count = column.Dictionary!.Rows;
        bool sound = plan.Type.ValueWidth switch
        {
            1 => ColumnChecks.IndicesFit(indices, validity, count),
            2 => ColumnChecks.IndicesFit(ColumnNumbers.Of<ushort>(indices), validity, count),
            4 => ColumnChecks.IndicesFit(ColumnNumbers.Of<uint>(indices), validity, count),
            _ => ColumnChecks.IndicesFit(ColumnNumbers.Of<ulong>(indices), validity, count),
        };
        return sound ? null : Malformed(plan, $"has an index outside its dictionary of {count} values");
    }

    private Reject? Bytes(ref BatchCursor cursor, ColumnPlan plan, out ReadOnlyMemory<byte> bytes)
    {
        bytes = cursor.NextBuffer();
        if (cursor.Compression == Compression.None || bytes.IsEmpty) return null;
        Reject? reject = buffers.Read(bytes, cursor.Compression, out bytes);
        return reject is null ? null : reject with { Detail = $"column {SchemaWalk.Quote(plan.Name)}: {reject.Detail}" };
    }

    private static Reject Malformed(ColumnPlan plan, string what) =>
        new(RejectReason.Malformed, $"column {SchemaWalk.Quote(plan.Name)} {what}");
}
