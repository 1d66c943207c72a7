using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Types;
using DriftStream.Batches;
using Column = DriftStream.Batches.Column;

namespace DriftStream.Host.Files;

/// <summary>The dictionaries of a sequence of batches as one, with the narrowest indices that reach all its values.</summary>
internal sealed class CategoryCodes
{
    // With more values a text names rows instead of grouping them, and its dictionary would be most of every message.
    private const int MostValues = ushort.MaxValue;

    private readonly Column[] _parts;
    private readonly int[][] _codeOf;

    private CategoryCodes(Column[] parts, int[][] codeOf, string[] values)
    {
        _parts = parts;
        _codeOf = codeOf;
        IArrowType index = values.Length <= sbyte.MaxValue + 1 ? Int8Type.Default
            : values.Length <= short.MaxValue + 1 ? Int16Type.Default
            : Int32Type.Default;
        Type = new DictionaryType(index, StringType.Default, false);
        Dictionary = new StringArray.Builder().AppendRange(values).Build().Data;
    }

    public DictionaryType Type { get; }

    public ArrayData Dictionary { get; }

    /// <summary>Null where there are too many values.</summary>
    public static CategoryCodes? Of(Column[] parts)
    {
        var merged = new Dictionary<string, int>(StringComparer.Ordinal);
        int[][] codeOf = new int[parts.Length][];
        for (int p = 0; p < parts.Length; p++)
        {
            Column values = parts[p].Dictionary!;
            if (p > 0 && ReferenceEquals(values, parts[p - 1].Dictionary))
            {
                codeOf[p] = codeOf[p - 1];
                continue;
            }

            codeOf[p] = new int[values.Rows];
            for (int i = 0; i < values.Rows; i++)
            {
                if (!ColumnText.HasValue(values, i)) continue;
                string text = Encoding.UTF8.GetString(ColumnText.Utf8(values, i));
                if (!merged.TryGetValue(text, out int code)) merged.Add(text, code = merged.Count);
                codeOf[p][i] = code;
            }

            if (merged.Count > MostValues) return null;
        }

        return new CategoryCodes(parts, codeOf, [.. merged.Keys]);
    }

    /// <summary>Little-endian indices of the type's width; 0 for null rows.</summary>
    public byte[] Indices(List<RowSpan> spans, int rows) => Type.IndexType switch
    {
        Int8Type => Indices<sbyte>(spans, rows),
        Int16Type => Indices<short>(spans, rows),
        _ => Indices<int>(spans, rows),
    };

    private byte[] Indices<T>(List<RowSpan> spans, int rows) where T : unmanaged, INumber<T>
    {
        byte[] bytes = new byte[rows * Unsafe.SizeOf<T>()];
        Span<T> indices = MemoryMarshal.Cast<byte, T>(bytes.AsSpan());
        int[] codes = new int[rows];
        int at = 0;
        foreach ((int batch, int start, int count) in spans)
        {
            ColumnCodes.Read(_parts[batch], start, codes.AsSpan(0, count));
            int[] codeOf = _codeOf[batch];
            for (int i = 0; i < count; i++)
                indices[at++] = codes[i] == ColumnCodes.NoCode ? T.Zero : T.CreateTruncating(codeOf[codes[i]]);
        }

        return bytes;
    }
}
