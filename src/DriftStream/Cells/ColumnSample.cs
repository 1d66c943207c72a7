using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Text;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>The values of one baseline column, collected over batches until its layout can be made.</summary>
internal sealed class ColumnSample(string name, bool categorical)
{
    /// <summary>With more distinct values than this a column is an identifier, not a category.</summary>
    private const int MaxCategories = 65_535;

    /// <summary>With at most this many distinct values, a column of integers beyond 2^53 is still counted, by categories.</summary>
    private const int FewValues = 255;

    private const long LargestInteger = 1L << 53;
    private const int Block = 1024;

    private readonly List<double> _values = [];
    private readonly SortedSet<string> _categories = new(StringComparer.Ordinal);

    private readonly SortedSet<string> _large = new(StringComparer.Ordinal);
    private bool _float32 = true;

    public string Name { get; } = name;

    public bool Categorical { get; } = categorical;

    public bool TooManyCategories => _categories.Count > MaxCategories;

    public void Add(Column column)
    {
        if (Categorical) AddCategories(column);
        else AddNumbers(column);
    }

    /// <summary>
    /// The first integer beyond 2^53 in a column with too many values to count each as a category: the edges of a numeric layout
    /// cannot tell such integers apart. Null where there is no such problem.
    /// </summary>
    public string? TooLarge { get; private set; }

    /// <summary>One of the integers beyond 2^53, or null where there is none.</summary>
    public string? Large => _large.Min;

    private bool AreCategories => Categorical || _large.Count > 0;

    /// <summary>The categories seen, in ordinal order.</summary>
    public ImmutableArray<string> Categories => [.. _categories];

    public Layout Layout(int edges)
    {
        if (AreCategories) return Cells.Layout.Categorical(Categories);
        (ImmutableArray<double> found, bool exact) = QuantileEdges.Of(SortedNumbers.Of(_values, _float32), edges);
        return Cells.Layout.Numeric(_float32 ? [.. found.Select(Float32Decimals.EdgeOf)] : found, exact);
    }

    /// <summary>Says that all rows have been added.</summary>
    public void Close()
    {
        if (_large.Count == 0) return;
        Span<byte> text = stackalloc byte[NumberText.Longest];
        foreach (double value in _values.Distinct())
        {
            if (_categories.Count + _large.Count > FewValues) break;
            _categories.Add(Encoding.UTF8.GetString(text[..NumberText.Write(value, text)]));
        }

        if (_categories.Count + _large.Count > FewValues) TooLarge = _large.Min;
        _categories.UnionWith(_large);
    }

    private void AddNumbers(Column column)
    {
        _float32 &= column.Type.Kind is ColumnKind.Float32 or ColumnKind.Null;
        bool wide = column.Type.Kind is ColumnKind.Int64 or ColumnKind.UInt64;
        Span<double> block = stackalloc double[Block];
        for (int start = 0; start < column.Rows; start += Block)
        {
            Span<double> values = block[..Math.Min(Block, column.Rows - start)];
            if (column.Type.Kind == ColumnKind.Null) return;
            ColumnNumbers.Widen(column, start, values);
            if (!wide && column.Nulls == 0 && !TensorPrimitives.IsNaNAny<double>(values))
            {
                _values.AddRange(values);
                continue;
            }

            for (int i = 0; i < values.Length; i++)
            {
                if (double.IsNaN(values[i]) || !column.IsValid(start + i)) continue;
                if (wide && Math.Abs(values[i]) >= LargestInteger) AddLarge(column, start + i);
                else _values.Add(values[i]);
            }
        }
    }

    private void AddLarge(Column column, int row)
    {
        Span<byte> text = stackalloc byte[NumberText.Longest];
        if (_large.Count <= FewValues) _large.Add(Encoding.UTF8.GetString(text[..CategoryText.Write(column, row, text)]));
    }

    private void AddCategories(Column column)
    {
        Span<byte> text = stackalloc byte[1024];
        string? last = null;
        for (int row = 0; row < column.Rows && !TooManyCategories; row++)
        {
            if (!CategoryText.HasValue(column, row)) continue;
            string value = Encoding.UTF8.GetString(text[..CategoryText.Copy(column, row, text)]);
            if (value == last) continue;
            _categories.Add(value);
            last = value;
        }
    }
}
