using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace DriftStream.Batches;

/// <summary>
/// Makes columns from values in memory, which are copied. Where a method takes nulls, a null row holds zero bytes.
/// </summary>
public static class Columns
{
    /// <summary>A column of integers, Half, float or double.</summary>
    public static Column Of<T>(ReadOnlySpan<T> values) where T : unmanaged, INumber<T> =>
        Fixed(ColumnTypes.Number<T>(), values.Length, MemoryMarshal.AsBytes(values).ToArray());

    /// <inheritdoc cref="Of{T}(ReadOnlySpan{T})"/>
    public static Column Of<T>(ReadOnlySpan<T?> values) where T : unmanaged, INumber<T>
    {
        Column column = Of<T>(Plain(values, out byte[] validity, out int nulls));
        return WithNulls(column, validity, nulls);
    }

    /// <summary>A column of bits, one a row.</summary>
    public static Column Of(ReadOnlySpan<bool> values)
    {
        byte[] bits = new byte[Bits.BytesFor(values.Length)];
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i]) Bits.Set(bits, i);
        }

        return Fixed(ColumnTypes.Bool, values.Length, bits);
    }

    /// <inheritdoc cref="Of(ReadOnlySpan{bool})"/>
    public static Column Of(ReadOnlySpan<bool?> values)
    {
        Column column = Of(Plain(values, out byte[] validity, out int nulls));
        return WithNulls(column, validity, nulls);
    }

    /// <summary>A column of event times: microseconds since 1970-01-01T00:00Z.</summary>
    public static Column Times(ReadOnlySpan<long> values) =>
        Fixed(ColumnTypes.Time, values.Length, MemoryMarshal.AsBytes(values).ToArray());

    /// <inheritdoc cref="Times(ReadOnlySpan{long})"/>
    public static Column Times(ReadOnlySpan<long?> values)
    {
        Column column = Times(Plain(values, out byte[] validity, out int nulls));
        return WithNulls(column, validity, nulls);
    }

    /// <summary>Text, one value a row.</summary>
    public static Column Text(ReadOnlySpan<string?> values)
    {
        int[] offsets = new int[values.Length + 1];
        byte[] validity = new byte[Bits.BytesFor(values.Length)];
        int length = 0, nulls = 0;
        foreach (string? value in values) length = checked(length + (value is null ? 0 : Encoding.UTF8.GetByteCount(value)));
        byte[] data = new byte[length];
        for (int i = 0; i < values.Length; i++)
        {
            string? value = values[i];
            if (value is null) nulls++;
            else Bits.Set(validity, i);
            offsets[i + 1] = offsets[i] + Encoding.UTF8.GetBytes(value ?? "", data.AsSpan(offsets[i]));
        }

        Column column = Fixed(ColumnTypes.Text, values.Length, MemoryMarshal.AsBytes(offsets.AsSpan()).ToArray());
        column.Data = data;
        return WithNulls(column, validity, nulls);
    }

    /// <summary>A column of text as indices into a dictionary, whose values are in the order of their first rows.</summary>
    /// <param name="values">The texts, one a row; null for a null row.</param>
    /// <param name="version">See <see cref="Column.DictionaryVersion"/>.</param>
    public static Column Categories(ReadOnlySpan<string?> values, long version)
    {
        var codeOf = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] codes = new int[values.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            if (values[i] is not { } value) codes[i] = ColumnCodes.NoCode;
            else if (!codeOf.TryGetValue(value, out codes[i])) codeOf.Add(value, codes[i] = codeOf.Count);
        }

        return Categories(codes, Text([.. codeOf.Keys]), version);
    }

    /// <summary>A column of indices into a dictionary.</summary>
    /// <param name="codes">The indices, one a row; a negative one is a null row.</param>
    /// <param name="dictionary">A text column, kept by reference.</param>
    /// <param name="version">See <see cref="Column.DictionaryVersion"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside the dictionary.</exception>
    public static Column Categories(ReadOnlySpan<int> codes, Column dictionary, long version)
    {
        int[] indices = codes.ToArray();
        byte[] validity = new byte[Bits.BytesFor(codes.Length)];
        int nulls = 0;
        for (int i = 0; i < indices.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(indices[i], dictionary.Rows, nameof(codes));
            if (indices[i] >= 0) Bits.Set(validity, i);
            else (indices[i], nulls) = (0, nulls + 1);
        }

        Column column = Fixed(ColumnTypes.Category, indices.Length, MemoryMarshal.AsBytes(indices.AsSpan()).ToArray());
        column.Dictionary = dictionary;
        column.DictionaryVersion = version;
        return WithNulls(column, validity, nulls);
    }

    /// <summary>Lists of integers, Half, float or double, one a row; a null list is a null row.</summary>
    public static Column Lists<T>(ReadOnlySpan<T?[]?> values) where T : unmanaged, INumber<T>
    {
        int[] offsets = new int[values.Length + 1];
        byte[] validity = new byte[Bits.BytesFor(values.Length)];
        var items = new List<T?>();
        int nulls = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is { } list)
            {
                items.AddRange(list);
                Bits.Set(validity, i);
            }
            else
            {
                nulls++;
            }

            offsets[i + 1] = items.Count;
        }

        Column column = Fixed(ColumnTypes.List<T>(), values.Length, MemoryMarshal.AsBytes(offsets.AsSpan()).ToArray());
        column.Items = Of<T>(CollectionsMarshal.AsSpan(items));
        return WithNulls(column, validity, nulls);
    }

    /// <summary>A column that holds only nulls.</summary>
    public static Column Nulls(int rows) => new() { Type = ColumnTypes.Null, Rows = rows, Nulls = rows };

    private static Column Fixed(ColumnType type, int rows, byte[] values) => new() { Type = type, Rows = rows, Values = values };

    private static Column WithNulls(Column column, byte[] validity, int nulls)
    {
        column.Nulls = nulls;
        if (nulls > 0) column.Validity = validity;
        return column;
    }

    private static T[] Plain<T>(ReadOnlySpan<T?> values, out byte[] validity, out int nulls) where T : struct
    {
        var plain = new T[values.Length];
        validity = new byte[Bits.BytesFor(values.Length)];
        nulls = 0;
        for (int i = 0; i < plain.Length; i++)
        {
            if (values[i] is { } value)
            {
                plain[i] = value;
                Bits.Set(validity, i);
            }
            else
            {
                nulls++;
            }
        }

        return plain;
    }
}
