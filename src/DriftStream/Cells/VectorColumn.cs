using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>
/// A float64 column made from several number columns of a batch, from one column of lists of numbers, whose elements are as good as columns, or from the sizes
/// of one column. A row in which one of them has no value has none; otherwise NaN in one of them gives NaN.
/// </summary>
/// <remarks>
/// Each row is summed by itself in float64, in the order of the columns, one rounding a product and one a sum. Vectors of the machine hold different
/// rows and never parts of a sum, so that the result is the same bits at every width.
/// </remarks>
public sealed class VectorColumn
{
    private const int Block = 512, ListElements = 1 << 16;

    private readonly string _name;
    private readonly Derivation _derived;
    private readonly bool _ofLists;
    private readonly BoundColumn[] _columns;
    private readonly Column?[] _found;
    private readonly Column _made = new() { Type = ColumnTypes.Float64 };
    private bool[]? _minus;
    private double _root;
    private double[] _elements = [];
    private byte[] _values = [], _validity = [];

    /// <param name="name">The signal's name.</param>
    /// <param name="columns">The columns that it is made from; one column is of lists, but of absolute values.</param>
    /// <param name="derived">What is made of them. Where it does not say how long lists are, the first list does.</param>
    public VectorColumn(string name, ImmutableArray<string> columns, Derivation derived)
    {
        (_name, _derived) = (name, derived);
        _ofLists = columns.Length == 1 && derived.As != VectorMeasure.Absolute;
        _columns = [.. columns.Select(c => new BoundColumn(c))];
        _found = new Column?[columns.Length];
        int length = _ofLists ? derived.Length : columns.Length;
        if (length > 0) Turn(length);
    }

    /// <summary>How many numbers a vector has; 0 while no list has said so.</summary>
    public int Length { get; private set; }

    /// <summary>The column of the batch that was read last; the next one overwrites it.</summary>
    public Column Column => _made;

    /// <summary>Makes the column, or says why one of the batch's cannot be used. Without one of them every row is missing.</summary>
    public Reject? Read(Batch batch)
    {
        bool whole = true;
        for (int i = 0; i < _columns.Length; i++)
        {
            _found[i] = _columns[i].In(batch);
            if (_found[i] is { } column && (_ofLists ? CheckLists(column) : CheckNumbers(column, i)) is { } reject) return reject;
            whole &= _found[i] is { Type.Kind: not ColumnKind.Null };
        }

        // Lists of which none has a value do not say how long they are.
        whole &= Length > 0;
        _made.Type = whole ? ColumnTypes.Float64 : ColumnTypes.Null;
        _made.Rows = batch.Rows;
        _made.Nulls = batch.Rows;
        _made.Values = _made.Validity = default;
        if (!whole) return null;
        if (_values.Length < batch.Rows * sizeof(double))
            (_values, _validity) = (new byte[batch.Rows * sizeof(double)], new byte[Bits.BytesFor(batch.Rows)]);
        int block = !_ofLists ? Block : Math.Clamp(ListElements / Length, 1, Block);
        for (int start = 0; start < batch.Rows; start += block) Sum(start, Math.Min(block, batch.Rows - start));
        _made.Values = _values.AsMemory(0, batch.Rows * sizeof(double));
        MarkMissing(batch.Rows);
        return null;
    }

    private void Turn(int length)
    {
        Length = length;
        _root = Math.Sqrt(length);
        _minus = _derived.As switch
        {
            VectorMeasure.Norm or VectorMeasure.Absolute => null,
            VectorMeasure.Projection => ProjectionSigns.Minus(_name, _derived.Seed, length),
        };
    }

    private Reject? CheckNumbers(Column column, int i) => ColumnNumbers.CanWiden(column.Type)
        ? null
        : new Reject(RejectReason.ColumnType, $"column '{_columns[i].Name}' is {column.Type.Name}; "
            + (_derived.As == VectorMeasure.Absolute ? "an attribution is a number" : "a vector is made of numbers"));

    private Reject? CheckLists(Column column)
    {
        string name = _columns[0].Name;
        if (column.Type.Kind == ColumnKind.Null) return null;
        if (column.Type.Items is null)
            return new Reject(RejectReason.ColumnType, $"column '{name}' is {column.Type.Name}; a vector of one column is made of lists of numbers");
        for (int row = 0; row < column.Rows; row++)
        {
            if (!column.IsValid(row)) continue;
            int length = ColumnLists.LengthOf(column, row);
            if (Length == 0 && length is >= Derivation.LeastLength and <= Derivation.MostLength) Turn(length);
            if (length != Length) return new Reject(RejectReason.ColumnType, $"column '{name}' has a list of {length} numbers; {Wanted()}");
            if (column.Type.ListLength > 0) break;
        }

        return null;

        string Wanted() => Length > 0 ? $"the vector has {Length}" : $"a vector has {Derivation.LeastLength} to {Derivation.MostLength}";
    }

    private void Sum(int start, int rows)
    {
        Span<double> sums = MemoryMarshal.Cast<byte, double>(_values.AsSpan()).Slice(start, rows), wide = stackalloc double[Block];
        wide = wide[..rows];
        if (_derived.As == VectorMeasure.Absolute)
        {
            ColumnNumbers.Widen(_found[0]!, start, sums);
            TensorPrimitives.Abs(sums, sums);
            return;
        }

        sums.Clear();
        if (_ofLists) WidenLists(start, rows);
        for (int i = 0; i < Length; i++)
        {
            if (!_ofLists) ColumnNumbers.Widen(_found[i]!, start, wide);
            else ElementsAt(i, wide);
            if (_minus is null)
            {
                TensorPrimitives.Multiply(wide, wide, wide);
                TensorPrimitives.Add(sums, wide, sums);
            }
            else if (_minus[i]) TensorPrimitives.Subtract(sums, wide, sums);
            else TensorPrimitives.Add(sums, wide, sums);
        }

        if (_minus is null) TensorPrimitives.Sqrt(sums, sums);
        else TensorPrimitives.Divide(sums, _root, sums);
    }

    private void WidenLists(int start, int rows)
    {
        Column lists = _found[0]!;
        if (_elements.Length < rows * Length) _elements = new double[rows * Length];
        for (int row = 0; row < rows; row++)
        {
            Span<double> elements = _elements.AsSpan(row * Length, Length);
            if (lists.IsValid(start + row)) ColumnNumbers.Widen(lists.Items!, ColumnLists.StartOf(lists, start + row), elements);
            else elements.Clear();
        }
    }

    private void ElementsAt(int i, Span<double> wide)
    {
        for (int row = 0; row < wide.Length; row++) wide[row] = _elements[(row * Length) + i];
    }

    private void MarkMissing(int rows)
    {
        _made.Nulls = 0;
        if (Array.TrueForAll(_found, c => c!.Nulls == 0 && c.Items is not { Nulls: > 0 })) return;
        Span<byte> validity = _validity.AsSpan(0, Bits.BytesFor(rows));
        validity.Fill(byte.MaxValue);
        foreach (Column? column in _found)
        {
            if (column!.Nulls > 0) TensorPrimitives.BitwiseAnd(validity, column.Validity.Span[..validity.Length], validity);
            if (column.Items is { Nulls: > 0 } items) MarkElements(column, items, rows, validity);
        }

        _made.Nulls = rows - Bits.CountOnes(validity, rows);
        _made.Validity = _validity.AsMemory(0, validity.Length);
    }

    private void MarkElements(Column lists, Column items, int rows, Span<byte> validity)
    {
        for (int row = 0; row < rows; row++)
        {
            if (!lists.IsValid(row)) continue;
            int first = ColumnLists.StartOf(lists, row);
            for (int i = first; i < first + Length; i++)
            {
                if (!items.IsValid(i)) Bits.Clear(validity, row);
            }
        }
    }
}
