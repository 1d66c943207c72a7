using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>The values of one baseline column, collected over batches until its layout can be made.</summary>
/// <param name="name">The column.</param>
/// <param name="categorical">It is counted by categories.</param>
/// <param name="sliced">It is also counted in fewer cells, inside slices or in a pair, for which it is needed how often each category comes.</param>
internal sealed class ColumnSample(string name, bool categorical, bool sliced = false)
{
    /// <summary>The most edges of a number inside a slice: 40 quantile ranges, 20 where values repeat, so that deciles are found.</summary>
    public const int SliceEdges = 42;

    /// <summary>The most categories inside a slice; where there are more, the last of these stands for the others.</summary>
    public const int SliceCategories = 50;

    private const string Others = "all others";

    /// <summary>With more distinct values than this a column is an identifier, not a category.</summary>
    private const int MaxCategories = 65_535;

    /// <summary>With at most this many distinct values, a column of integers beyond 2^53 is still counted, by categories.</summary>
    private const int FewValues = 255;

    private const long LargestInteger = 1L << 53;
    private const int Block = 1024;

    private readonly ValueSample _values = new();
    private readonly SortedSet<string> _categories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _rows = new(StringComparer.Ordinal);

    private readonly SortedSet<string> _large = new(StringComparer.Ordinal);
    private readonly VectorColumn? _vector;
    private bool _float32 = true;

    public string Name { get; } = name;

    public bool Categorical { get; } = categorical;

    public bool TooManyCategories => _categories.Count > MaxCategories;

    /// <summary>What the numbers are made from, where they are no column of the batch.</summary>
    public VectorSignal? Vector
    {
        get;
        init => (field, _vector) = (value, value is null ? null : new VectorColumn(value.Name, value.Columns, value.Derived));
    }

    /// <summary>How the numbers are made; of lists, also how long these are. Null where they are a column of the batch.</summary>
    public Derivation? Derived => Vector is { IsOfLists: true } ? Vector.Derived with { Length = _vector!.Length } : Vector?.Derived;

    public void Add(Batch batch)
    {
        // Columns of a type that is no number were refused by the schema; a later batch of another one is refused when it is counted.
        if (_vector?.Read(batch) is not null) return;
        Add(_vector?.Column ?? batch.Find(Name)!);
    }

    private void Add(Column column)
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

    /// <summary>The column holds whole numbers, none of them twice, in a thousand rows or more; known once there is a layout.</summary>
    public bool IsDistinct { get; private set; }

    /// <summary>Ranges were found from one value in so many; 1: from all.</summary>
    public long OneIn => _values.OneIn;

    private bool AreCategories => Categorical || _large.Count > 0;

    /// <summary>The categories seen, in ordinal order.</summary>
    public ImmutableArray<string> Categories => [.. _categories];

    /// <summary>The cells of all rows and, where the sample is sliced or one of a pair, the fewer ones inside a slice or a pair.</summary>
    /// <param name="edges">The most edges of a number.</param>
    public (Layout Whole, Layout? InSlice) Layouts(int edges)
    {
        if (AreCategories) return (Layout.Categorical(Categories), sliced ? Layout.Categorical(MostFrequent()) : null);
        double[] sorted = _values.Sorted(edges, _float32);
        IsDistinct = !_values.Repeats && AreDistinct(sorted) && sorted[^1] - sorted[0] >= _values.Count - 1;
        if (Vector is { Derived.As: VectorMeasure.Absolute }) return (Layout.Numeric(AttributionEdges.Of(sorted)), null);
        if (!sliced) return (Numeric(sorted, edges), null);
        int coarse = Math.Min(edges, SliceEdges);
        return (Numeric(sorted, edges), Numeric(_values.Sorted(coarse, _float32), coarse));
    }

    /// <summary>Edges of other cells of the same numbers.</summary>
    /// <param name="most">The most edges.</param>
    public ImmutableArray<double> Edges(int most) => Numeric(_values.Sorted(most, _float32), most).Edges;

    /// <summary>How many cells it has inside a slice or a pair, where they are more than a pair can have; else 0.</summary>
    public int TooManyForPair => AreCategories && !Folds && _categories.Count + 2 > Layout.MostJoint ? _categories.Count + 2 : 0;

    /// <summary>The last category inside a slice stands for others.</summary>
    public bool Folds => Categorical && _categories.Count > SliceCategories;

    /// <summary>Says that all rows have been added.</summary>
    public void Close()
    {
        if (_large.Count == 0) return;
        Span<byte> text = stackalloc byte[NumberText.Longest];
        foreach (double value in _values.Distinct)
        {
            if (_categories.Count + _large.Count > FewValues) break;
            _categories.Add(Encoding.UTF8.GetString(text[..NumberText.Write(value, text)]));
        }

        if (_categories.Count + _large.Count > FewValues) TooLarge = _large.Min;
        _categories.UnionWith(_large);
    }

    private Layout Numeric(double[] sorted, int edges)
    {
        (ImmutableArray<double> found, bool exact) = QuantileEdges.Of(sorted, edges);
        return Layout.Numeric(_float32 ? [.. found.Select(Float32Decimals.EdgeOf)] : found, exact);
    }

    // Integers that are counted by categories are few, and how often each comes is not known.
    private ImmutableArray<string> MostFrequent()
    {
        if (!Folds) return Categories;
        string[] kept =
        [
            .. _rows.OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal)
                .Take(SliceCategories - 1).Select(r => r.Key).Order(StringComparer.Ordinal),
        ];
        string others = Others;
        while (kept.Contains(others)) others += " ";
        return [.. kept, others];
    }

    private static bool AreDistinct(double[] sorted)
    {
        const int least = 1000;
        if (sorted.Length < least) return false;
        for (int i = 0; i < sorted.Length; i++)
        {
            if (sorted[i] != Math.Floor(sorted[i]) || (i > 0 && sorted[i] == sorted[i - 1])) return false;
        }

        return true;
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
            if (sliced) CollectionsMarshal.GetValueRefOrAddDefault(_rows, value, out _)++;
            if (value == last) continue;
            _categories.Add(value);
            last = value;
        }
    }
}
