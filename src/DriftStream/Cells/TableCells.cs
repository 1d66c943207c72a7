using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using DriftStream.Batches;
using DriftStream.Kernels;

namespace DriftStream.Cells;

/// <summary>Counts group x decision (x label). Several columns are one group whose values are written <c>a x b</c>.</summary>
public sealed class TableCells : ICellCounter
{
    private const int Block = 512, TableBlock = 4096;

    private readonly CategoryColumn? _group;
    private readonly string[] _together;
    private readonly CategoryIndex _groups;
    private readonly CategoryColumn _decision;
    private readonly CategoryColumn? _label;
    private readonly Column?[] _columns;
    private readonly byte[] _text;
    private int _rows;

    /// <param name="columns">The names of its columns, at least one.</param>
    /// <param name="layout">A table layout.</param>
    /// <param name="decision">What counts as selected.</param>
    /// <param name="label">What counts as positive; needed where the layout is labelled.</param>
    public TableCells(IReadOnlyList<string> columns, Layout layout, BinaryColumn decision, BinaryColumn? label)
    {
        Layout = layout;
        _groups = layout.Indexes.Categories;
        _together = columns.Count > 1 ? [.. columns] : [];
        _columns = new Column?[_together.Length];
        _text = TextFor(_together.Length);
        _group = columns.Count == 1 ? new CategoryColumn(columns[0], _groups) : null;
        _decision = new CategoryColumn(decision.Column, new CategoryIndex(decision));
        _label = layout.Labelled ? new CategoryColumn(label!.Column, new CategoryIndex(label)) : null;
    }

    /// <summary>Stands between the values of several columns.</summary>
    public const string Separator = " x ";

    private const int LongestValue = 100;

    /// <inheritdoc/>
    public Layout Layout { get; }

    /// <inheritdoc/>
    public Reject? Bind(Batch batch)
    {
        _rows = batch.Rows;
        for (int i = 0; i < _together.Length; i++)
        {
            Column? column = _columns[i] = batch.Find(_together[i]);
            if (column is { Type.Kind: ColumnKind.Unreadable })
                return new Reject(RejectReason.ColumnType, $"column '{_together[i]}' is {column.Type.Name}; a group needs categories");
        }

        return _group?.Bind(batch) ?? _decision.Bind(batch) ?? _label?.Bind(batch);
    }

    /// <inheritdoc/>
    public void Count(int start, int length, long[] counts)
    {
        bool groupsAreBytes = _groups.Missing <= byte.MaxValue;
        for (int done = 0; done < length; done += TableBlock)
        {
            int rows = Math.Min(TableBlock, length - done);
            if (groupsAreBytes) CountTable(start + done, rows, counts);
            else CountCells(start + done, rows, counts);
        }
    }

    /// <inheritdoc/>
    public void Rank(Span<int> cells)
    {
        for (int done = 0; done < _rows; done += Block) Rank(done, cells[done..Math.Min(_rows, done + Block)]);
    }

    private void CountTable(int start, int rows, long[] counts)
    {
        Span<int> codes = stackalloc int[Block];
        Span<byte> groups = stackalloc byte[TableBlock], bits = stackalloc byte[4 * TableBlock / 8];
        Span<byte> yes = bits[..(TableBlock / 8)], decided = bits.Slice(TableBlock / 8, TableBlock / 8);
        Span<byte> positive = bits.Slice(TableBlock / 4, TableBlock / 8), known = bits[(3 * TableBlock / 8)..];
        for (int row = 0; row < rows; row += Block)
        {
            Span<int> block = codes[..Math.Min(Block, rows - row)];
            ReadGroups(start + row, block);
            TensorPrimitives.ConvertTruncating<int, byte>(block, groups[row..]);
            _decision.Read(start + row, block);
            ToBits(codes, yes[(row / 8)..], decided[(row / 8)..]);
            if (_label is null) continue;
            _label.Read(start + row, block);
            ToBits(codes, positive[(row / 8)..], known[(row / 8)..]);
        }

        BitColumn labels = _label is null ? default : new(positive, 0, known, 0);
        CountKernels.CountTable(groups[..rows], new(yes, 0, decided, 0), labels, Layout.Labelled, counts);
    }

    /// <summary>Turns the codes 0 yes, 1 no, 2 null into two bitmaps; bits after the last row mean nothing.</summary>
    private static void ToBits(ReadOnlySpan<int> codes, Span<byte> yes, Span<byte> known)
    {
        ReadOnlySpan<Vector512<int>> vectors = MemoryMarshal.Cast<int, Vector512<int>>(codes);
        for (int i = 0; i < vectors.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(yes[(2 * i)..],
                (ushort)Vector512.Equals(vectors[i], Vector512<int>.Zero).ExtractMostSignificantBits());
            BinaryPrimitives.WriteUInt16LittleEndian(known[(2 * i)..],
                (ushort)~Vector512.Equals(vectors[i], Vector512.Create(2)).ExtractMostSignificantBits());
        }
    }

    private void CountCells(int start, int rows, long[] counts)
    {
        Span<int> cells = stackalloc int[Block];
        for (int row = 0; row < rows; row += Block)
        {
            Span<int> block = cells[..Math.Min(Block, rows - row)];
            Rank(start + row, block);
            foreach (int cell in block) counts[cell]++;
        }
    }

    private void ReadGroups(int start, Span<int> codes)
    {
        if (_group is not null) _group.Read(start, codes);
        else ReadTogether(start, codes);
    }

    private void Rank(int start, Span<int> cells)
    {
        Span<int> decisions = stackalloc int[Block], labels = stackalloc int[Block];
        ReadGroups(start, cells);
        _decision.Read(start, decisions[..cells.Length]);
        _label?.Read(start, labels[..cells.Length]);
        for (int i = 0; i < cells.Length; i++)
        {
            int label = _label is null ? 0 : BinaryColumn.State(labels[i]);
            cells[i] = Layout.TableCell(cells[i], BinaryColumn.State(decisions[i]), label);
        }
    }

    private void ReadTogether(int start, Span<int> codes)
    {
        for (int i = 0; i < codes.Length; i++)
        {
            int length = Text(_columns, start + i, _text);
            codes[i] = length < 0 ? _groups.Missing : _groups.CodeOf(_text.AsSpan(0, length));
        }
    }

    /// <summary>Room for the text of so many columns.</summary>
    internal static byte[] TextFor(int columns) => new byte[columns * (LongestValue + Separator.Length)];

    /// <summary>Writes <c>a x b x c</c>; -1 where any of them is null or NaN. Values that do not fit are cut, and so are unseen.</summary>
    internal static int Text(ReadOnlySpan<Column?> columns, int row, Span<byte> text)
    {
        int length = 0;
        for (int i = 0; i < columns.Length; i++)
        {
            if (columns[i] is not { } column || !CategoryText.HasValue(column, row)) return -1;
            if (i > 0) length += Encoding.UTF8.GetBytes(Separator, text[length..]);
            length += CategoryText.Copy(column, row, text.Slice(length, LongestValue));
        }

        return length;
    }
}
