using System.Collections.Immutable;
using System.Text;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>The values of one baseline column, collected over batches until its layout can be made.</summary>
internal sealed class ColumnSample(string name, bool categorical)
{
    /// <summary>Categories after which a column is an identifier, not a category.</summary>
    private const int MaxCategories = 65_535;

    private const int Block = 1024;

    private readonly List<double> _values = [];
    private readonly SortedSet<string> _categories = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    public bool Categorical { get; } = categorical;

    public bool TooManyCategories => _categories.Count > MaxCategories;

    public void Add(Column column)
    {
        if (Categorical) AddCategories(column);
        else AddNumbers(column);
    }

    /// <summary>The categories seen, in ordinal order.</summary>
    public ImmutableArray<string> Categories => [.. _categories];

    public Layout Layout(int edges)
    {
        if (Categorical) return Cells.Layout.Categorical(Categories);
        double[] sorted = [.. _values];
        Array.Sort(sorted);
        (ImmutableArray<double> found, bool exact) = QuantileEdges.Of(sorted, edges);
        return Cells.Layout.Numeric(found, exact);
    }

    private void AddNumbers(Column column)
    {
        Span<double> block = stackalloc double[Block];
        for (int start = 0; start < column.Rows; start += Block)
        {
            Span<double> values = block[..Math.Min(Block, column.Rows - start)];
            if (column.Type.Kind == ColumnKind.Null) return;
            ColumnNumbers.Widen(column, start, values);
            for (int i = 0; i < values.Length; i++)
            {
                if (!double.IsNaN(values[i]) && column.IsValid(start + i)) _values.Add(values[i]);
            }
        }
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
