using System.Buffers.Text;
using DriftStream.Batches;
using DriftStream.Kernels;

namespace DriftStream.Cells;

/// <summary>
/// Reads a column as category codes: text and dictionaries as they are, booleans as <c>true</c> and <c>false</c>, numbers by
/// their shortest decimal text, so that 1 and 1.0 are one category. NaN is no category: a row that holds it is like one with a null.
/// </summary>
internal sealed class CategoryColumn(string name, CategoryIndex index)
{
    /// <summary>Larger dictionaries are counted row by row: clearing so many counts for each run would cost more than it saves.</summary>
    private const int MostCounted = 4096;

    private const int Block = 512;

    private readonly BoundColumn _column = new(name);
    private Column? _bound;
    private long _dictionaryVersion = -1;
    private int[] _codeOfValue = [];
    private long[] _byIndex = [];
    private int _values;

    public CategoryIndex Index { get; } = index;

    public Reject? Bind(Batch batch)
    {
        _bound = _column.In(batch);
        if (_bound is null) return null;
        ColumnType type = _bound.Type;
        if (!type.IsText && !type.IsNumber && type.Kind is not (ColumnKind.Bool or ColumnKind.Null))
            return new Reject(RejectReason.ColumnType, $"column '{_column.Name}' is {type.Name}; its baseline holds categories");
        if (type.Kind == ColumnKind.Dictionary) Learn(_bound.Dictionary!, _bound.DictionaryVersion);
        return null;
    }

    /// <summary>
    /// Writes the codes of the rows from <paramref name="start"/> on: a category's, <see cref="CategoryIndex.Unseen"/> or <see
    /// cref="CategoryIndex.Missing"/>.
    /// </summary>
    public void Read(int start, Span<int> codes)
    {
        if (_bound is null || _bound.Type.Kind == ColumnKind.Null)
        {
            codes.Fill(Index.Missing);
            return;
        }

        if (_bound.Type.Kind == ColumnKind.Dictionary)
        {
            ReadDictionary(_bound, start, codes);
            return;
        }

        if (_bound.Type.IsNumber) ReadNumbers(_bound, start, codes);
        else for (int i = 0; i < codes.Length; i++) codes[i] = _bound.IsValid(start + i) ? Index.CodeOf(_bound, start + i) : Index.Missing;
    }

    /// <summary>Adds the rows to the counts of their codes; dictionaries are counted by index first, so that a row costs one increment.</summary>
    public void Count(int start, int length, Span<long> counts)
    {
        if (_bound is { Type.Kind: ColumnKind.Dictionary } column && _values <= MostCounted)
        {
            Span<long> byIndex = _byIndex.AsSpan(0, _values);
            byIndex.Clear();
            CountIndices(column, start, length, byIndex);
            for (int i = 0; i < byIndex.Length; i++) counts[_codeOfValue[i]] += byIndex[i];
            counts[Index.Missing] += length - ValidRows.Count(column, start, length);
            return;
        }

        Span<int> codes = stackalloc int[Block];
        for (int done = 0; done < length; done += codes.Length)
        {
            Span<int> block = codes[..Math.Min(codes.Length, length - done)];
            Read(start + done, block);
            foreach (int code in block) counts[code]++;
        }
    }

    private static void CountIndices(Column column, int start, int length, Span<long> counts)
    {
        ReadOnlySpan<byte> validity = column.Validity.Span;
        switch (column.Type.Index)
        {
            case ColumnKind.Int8: CountKernels.CountCodes(ColumnCodes.Of<sbyte>(column).Slice(start, length), validity, start, counts); break;
            case ColumnKind.UInt8: CountKernels.CountCodes(ColumnCodes.Of<byte>(column).Slice(start, length), validity, start, counts); break;
            case ColumnKind.Int16: CountKernels.CountCodes(ColumnCodes.Of<short>(column).Slice(start, length), validity, start, counts); break;
            case ColumnKind.UInt16: CountKernels.CountCodes(ColumnCodes.Of<ushort>(column).Slice(start, length), validity, start, counts); break;
            case ColumnKind.Int32: CountKernels.CountCodes(ColumnCodes.Of<int>(column).Slice(start, length), validity, start, counts); break;
            case ColumnKind.UInt32: CountKernels.CountCodes(ColumnCodes.Of<uint>(column).Slice(start, length), validity, start, counts); break;
            case ColumnKind.Int64: CountKernels.CountCodes(ColumnCodes.Of<long>(column).Slice(start, length), validity, start, counts); break;
            default: CountKernels.CountCodes(ColumnCodes.Of<ulong>(column).Slice(start, length), validity, start, counts); break;
        }
    }

    private void ReadNumbers(Column column, int start, Span<int> codes)
    {
        Span<double> numbers = stackalloc double[Block];
        for (int done = 0; done < codes.Length; done += Block)
        {
            Span<double> block = numbers[..Math.Min(Block, codes.Length - done)];
            ColumnNumbers.Widen(column, start + done, block);
            for (int i = 0; i < block.Length; i++)
            {
                int row = start + done + i;
                if (!column.IsValid(row) || double.IsNaN(block[i])) codes[done + i] = Index.Missing;
                else if (!Index.TryCodeOf(block[i], out codes[done + i])) codes[done + i] = Index.CodeOf(column, row);
            }
        }
    }

    private void ReadDictionary(Column column, int start, Span<int> codes)
    {
        ColumnCodes.Read(column, start, codes);
        for (int i = 0; i < codes.Length; i++)
            codes[i] = codes[i] == ColumnCodes.NoCode ? Index.Missing : _codeOfValue[codes[i]];
    }

    private void Learn(Column dictionary, long version)
    {
        if (version == _dictionaryVersion && _values == dictionary.Rows) return;
        if (_codeOfValue.Length < dictionary.Rows)
        {
            _codeOfValue = new int[Math.Max(dictionary.Rows, 2 * _codeOfValue.Length)];
            _byIndex = new long[_codeOfValue.Length];
        }

        for (int i = 0; i < dictionary.Rows; i++)
            _codeOfValue[i] = CategoryText.HasValue(dictionary, i) ? Index.CodeOf(dictionary, i) : Index.Missing;
        (_dictionaryVersion, _values) = (version, dictionary.Rows);
    }
}

/// <summary>The text of a value, whatever its type.</summary>
public static class CategoryText
{
    internal static int CodeOf(this CategoryIndex index, Column column, int row)
    {
        if (column.Type.IsText) return index.CodeOf(ColumnText.Utf8(column, row));
        Span<byte> buffer = stackalloc byte[40];
        return index.CodeOf(buffer[..Write(column, row, buffer)]);
    }

    /// <summary>Whether the row has a category, that is, neither null nor NaN.</summary>
    public static bool HasValue(Column column, int row)
    {
        if (!ColumnText.HasValue(column, row)) return false;
        if (column.Type.IsText || !column.Type.IsNumber) return true;
        Span<double> value = stackalloc double[1];
        ColumnNumbers.Widen(column, row, value);
        return !double.IsNaN(value[0]);
    }

    /// <summary>Copies the text of a valid row of any readable column, cut to the buffer's length; returns the length of the copy.</summary>
    public static int Copy(Column column, int row, Span<byte> text)
    {
        if (!column.Type.IsText) return column.Type.IsNumber || column.Type.Kind == ColumnKind.Bool ? Write(column, row, text) : 0;
        ReadOnlySpan<byte> value = ColumnText.Utf8(column, row);
        value = value[..Math.Min(value.Length, text.Length)];
        value.CopyTo(text);
        return value.Length;
    }

    /// <summary>Writes the text of a valid row of a bool or number column; returns its length, at most 32 bytes.</summary>
    public static int Write(Column column, int row, Span<byte> text)
    {
        Span<double> value = stackalloc double[1];
        if (column.Type.Kind == ColumnKind.Bool)
        {
            bool yes = (column.Values.Span[row >> 3] >> (row & 7) & 1) != 0;
            (yes ? "true"u8 : "false"u8).CopyTo(text);
            return yes ? 4 : 5;
        }

        if (column.Type.Kind is ColumnKind.Int64 or ColumnKind.UInt64)
        {
            // Ids above 2^53 are different categories although they round to the same double.
            long whole = System.Runtime.InteropServices.MemoryMarshal.Read<long>(column.Values.Span[(row * 8)..]);
            if (column.Type.Kind == ColumnKind.Int64) return NumberText.Write(whole, text);
            Utf8Formatter.TryFormat((ulong)whole, text, out int length);
            return length;
        }

        ColumnNumbers.Widen(column, row, value);
        return NumberText.Write(column.Type.Kind == ColumnKind.Float32 ? Float32Decimals.Of((float)value[0]) : value[0], text);
    }
}
