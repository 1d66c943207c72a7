using System.Runtime.InteropServices;

namespace DriftStream.Batches;

/// <summary>Reads the columns of record batches, one after the other, and checks all that a reader of the column relies on.</summary>
/// <param name="buffers">Where bytes come from.</param>
/// <param name="arena">Memory for values that are stored once for many rows.</param>
/// <param name="largestText">The most bytes that all texts of a message's views may have together.</param>
internal sealed class ColumnReader(BufferReader buffers, Arena arena, int largestText)
{
    private readonly List<Column> _children = [];
    private int[] _places = [];
    private long _viewedText, _lastRuns = -1;
    private int _usedChildren;

    /// <summary>Begins a new message.</summary>
    public void Reset() => (_viewedText, _usedChildren) = (0, 0);

    /// <summary>Takes the column's nodes and buffers from the cursor; a dictionary column's dictionary is set already.</summary>
    public Reject? Read(ref BatchCursor cursor, ColumnPlan plan, Column column)
    {
        FieldNode node = cursor.NextNode();
        return node.Length == cursor.Rows
            ? Read(ref cursor, plan, node, column)
            : Malformed(plan, $"has {node.Length} rows, its batch {cursor.Rows}");
    }

    private Reject? Read(ref BatchCursor cursor, ColumnPlan plan, FieldNode node, Column column)
    {
        ColumnType type = plan.Stored ?? plan.Type;
        column.Rows = (int)node.Length;
        column.Type = type;
        column.Nulls = 0;
        column.Validity = column.Values = column.Data = default;
        column.ViewBufferCount = 0;
        if (plan.Runs is { } runs) return ReadRuns(ref cursor, plan, runs, column);
        if (plan.Items is { } items) return ReadLists(ref cursor, plan, node, items, column);
        switch (type.Kind)
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
        return type.Kind switch
        {
            ColumnKind.Utf8 or ColumnKind.LargeUtf8 or ColumnKind.Binary or ColumnKind.LargeBinary => ReadText(ref cursor, plan, values, column),
            ColumnKind.Utf8View or ColumnKind.BinaryView => ReadViews(ref cursor, plan, values, column),
            ColumnKind.Dictionary => Keep(plan, values, type.ValueWidth, column) ?? CheckIndices(plan, column) ?? Resolve(plan, column),
            ColumnKind.Bool => Keep(plan, values, 0, column),
            _ => Keep(plan, values, type.ValueWidth, column),
        };
    }

    // Numbers by a dictionary: the values replace their indices.
    private Reject? Resolve(ColumnPlan plan, Column column)
    {
        if (plan.Stored is null) return null;
        Column dictionary = column.Dictionary!;
        Span<int> places = Places(column.Rows);
        ColumnCodes.Read(column, 0, places);
        column.Type = plan.Type;
        column.Dictionary = null;
        // A message whose indices are all null need not bring a dictionary.
        return dictionary.Type.Kind == plan.Type.Kind ? ColumnGather.Read(dictionary, places, column, arena) : AllNull(plan, column);
    }

    private Reject? AllNull(ColumnPlan plan, Column column)
    {
        long length = plan.Type.ValueWidth == 0 ? Bits.BytesFor(column.Rows) : (long)column.Rows * plan.Type.ValueWidth;
        if (arena.Take(length, out Memory<byte> values) is { } full) return full;
        values.Span.Clear();
        column.Values = values;
        return null;
    }

    private Reject? ReadRuns(ref BatchCursor cursor, ColumnPlan plan, RunPlan runs, Column column)
    {
        Column ends = Child(), values = Child();
        (values.Dictionary, values.DictionaryVersion) = (column.Dictionary, column.DictionaryVersion);
        if (ReadChild(ref cursor, runs.Ends, column.Rows, ends) is { } noEnds) return noEnds;
        if (ReadChild(ref cursor, runs.Values, column.Rows, values) is { } noValues) return noValues;
        Span<int> places = Places(column.Rows);
        if (ends.Nulls > 0 || values.Rows < ends.Rows || !ColumnChecks.RunsCover(ends, places))
            return Malformed(plan, $"has runs that do not rise to its {column.Rows} rows, or have no values");
        switch (values.Type.Kind)
        {
            case ColumnKind.Null:
                column.Nulls = column.Rows;
                return null;
            case ColumnKind.Utf8 or ColumnKind.LargeUtf8 or ColumnKind.Utf8View:
                (column.Dictionary, column.DictionaryVersion) = (values, --_lastRuns); // never one that a dictionary of the stream has
                if (arena.Take((long)places.Length * sizeof(int), out Memory<byte> indices) is { } full) return full;
                MemoryMarshal.AsBytes(places).CopyTo(indices.Span);
                column.Values = indices;
                return ColumnGather.Validity(values, places, column, arena);
            default:
                if (values.Type.Kind != ColumnKind.Dictionary) column.Dictionary = null;
                return ColumnGather.Read(values, places, column, arena);
        }
    }

    // Elements that lie outside every list are checked as well, and never read.
    private Reject? ReadLists(ref BatchCursor cursor, ColumnPlan plan, FieldNode node, ColumnPlan items, Column column)
    {
        if (ReadValidity(ref cursor, plan, node, column) is { } reject) return reject;
        ReadOnlyMemory<byte> offsets = default;
        if (plan.Type.HasOffsets && Bytes(ref cursor, plan, out offsets) is { } unread) return unread;
        FieldNode inside = cursor.NextNode();
        long needed = (long)column.Rows * plan.Type.ListLength;
        if (inside.Length < needed || inside.Length > Array.MaxLength)
            return Malformed(plan, $"has {inside.Length} elements in {column.Rows} lists");
        Column elements = Child();
        if (Read(ref cursor, items, inside, elements) is { } wrong) return wrong;
        (column.Items, column.FirstItem) = (elements, 0);
        return plan.Type.HasOffsets ? KeepOffsets(plan, offsets, elements.Rows, "list", column) : null;
    }

    private Reject? ReadChild(ref BatchCursor cursor, ColumnPlan plan, int rows, Column column)
    {
        FieldNode node = cursor.NextNode();
        return node.Length >= 0 && node.Length <= rows
            ? Read(ref cursor, plan, node, column)
            : Malformed(plan, $"has {node.Length} runs in {rows} rows");
    }

    private Column Child()
    {
        if (_usedChildren == _children.Count) _children.Add(new Column());
        return _children[_usedChildren++];
    }

    private Span<int> Places(int rows)
    {
        if (_places.Length < rows) _places = new int[rows];
        return _places.AsSpan(0, rows);
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
        if (column.Rows > 0) column.Data = data;
        return KeepOffsets(plan, offsets, data.Length, "text", column);
    }

    // Offsets into so many bytes of text, or elements of lists.
    private static Reject? KeepOffsets(ColumnPlan plan, ReadOnlyMemory<byte> offsets, int most, string of, Column column)
    {
        if (column.Rows == 0) return null; // offsets may be missing altogether
        int width = plan.Type.ValueWidth;
        long length = (column.Rows + 1L) * width;
        if (offsets.Length < length)
            return Malformed(plan, $"has {offsets.Length} bytes of offsets, {length} are needed for {column.Rows} rows");
        column.Values = offsets[..(int)length];
        bool sound = width == sizeof(int)
            ? ColumnChecks.OffsetsRise(ColumnNumbers.Of<int>(column.Values.Span), most)
            : ColumnChecks.OffsetsRise(ColumnNumbers.Of<long>(column.Values.Span), most);
        return sound ? null : Malformed(plan, $"has {of} offsets that fall, or lie outside its {most} {(of == "text" ? "bytes of text" : "elements")}");
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
        bool sound = column.Type.ValueWidth switch
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
