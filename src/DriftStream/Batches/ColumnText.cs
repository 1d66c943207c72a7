using System.Buffers.Binary;
using System.Numerics;

namespace DriftStream.Batches;

/// <summary>The text of utf8, large_utf8, utf8_view and dictionary columns, as the producer's bytes (not checked to be UTF-8).</summary>
public static class ColumnText
{
    /// <summary>Views of at most this many bytes hold their text themselves.</summary>
    internal const int InlineView = 12;

    internal const int ViewSize = 16;

    /// <summary>Whether the row has a value. In a dictionary column the index may be there while the dictionary's value is null.</summary>
    public static bool HasValue(Column column, int row)
    {
        if (!column.IsValid(row)) return false;
        return column.Dictionary is not { } dictionary || dictionary.IsValid(ColumnCodes.At(column, row));
    }

    /// <summary>The bytes of a row's text, or an empty span for a row without a value. Valid as long as the column is.</summary>
    /// <exception cref="InvalidOperationException">The column's type is not text.</exception>
    public static ReadOnlySpan<byte> Utf8(Column column, int row)
    {
        if (!column.IsValid(row)) return default;
        switch (column.Type.Kind)
        {
            case ColumnKind.Utf8: return Between<int>(column, row);
            case ColumnKind.LargeUtf8: return Between<long>(column, row);
            case ColumnKind.Utf8View: return View(column, row);
            case ColumnKind.Dictionary:
                return Utf8(column.Dictionary!, ColumnCodes.At(column, row));
            default:
                throw new InvalidOperationException($"a column of type {column.Type.Name} holds no text");
        }
    }

    /// <summary>The bytes of a row of a binary column, or an empty span for a row without a value. Valid as long as the column is.</summary>
    /// <exception cref="InvalidOperationException">The column's type is not binary.</exception>
    public static ReadOnlySpan<byte> Binary(Column column, int row)
    {
        if (!column.IsValid(row)) return default;
        int width = column.Type.Width;
        return column.Type.Kind switch
        {
            ColumnKind.Binary => Between<int>(column, row),
            ColumnKind.LargeBinary => Between<long>(column, row),
            ColumnKind.BinaryView => View(column, row),
            ColumnKind.FixedBinary => column.Values.Span.Slice(row * width, width),
            _ => throw new InvalidOperationException($"a column of type {column.Type.Name} holds no bytes"),
        };
    }

    private static ReadOnlySpan<byte> Between<T>(Column column, int row) where T : unmanaged, IBinaryInteger<T>
    {
        ReadOnlySpan<T> offsets = ColumnNumbers.Of<T>(column.Values.Span);
        return column.Data.Span[int.CreateTruncating(offsets[row])..int.CreateTruncating(offsets[row + 1])];
    }

    // A view: its length, then either the text itself, or its first four bytes, the number of a data buffer and an offset in it.
    private static ReadOnlySpan<byte> View(Column column, int row)
    {
        ReadOnlySpan<byte> view = column.Values.Span.Slice(row * ViewSize, ViewSize);
        int length = BinaryPrimitives.ReadInt32LittleEndian(view);
        if (length <= InlineView) return view.Slice(4, length);
        int buffer = BinaryPrimitives.ReadInt32LittleEndian(view[8..]);
        return column.ViewBuffers[buffer].Span.Slice(BinaryPrimitives.ReadInt32LittleEndian(view[12..]), length);
    }
}
