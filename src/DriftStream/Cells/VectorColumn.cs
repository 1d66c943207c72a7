using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>
/// A float64 column made from several number columns of a batch. A row in which one of them has no value has none; otherwise NaN in one of them gives NaN.
/// </summary>
/// <remarks>
/// Each row is summed by itself in float64, in the order of the columns, one rounding a product and one a sum. Vectors of the machine hold different
/// rows and never parts of a sum, so that the result is the same bits at every width.
/// </remarks>
public sealed class VectorColumn
{
    private const int Block = 512;

    private readonly BoundColumn[] _columns;
    private readonly Column?[] _found;
    private readonly bool[]? _minus;
    private readonly double _root;
    private readonly Column _made = new() { Type = ColumnTypes.Float64 };
    private byte[] _values = [], _validity = [];

    /// <param name="name">The signal's name.</param>
    /// <param name="columns">The columns that it is made from.</param>
    /// <param name="derived">What is made of them.</param>
    public VectorColumn(string name, ImmutableArray<string> columns, Derivation derived)
    {
        _columns = [.. columns.Select(c => new BoundColumn(c))];
        _found = new Column?[columns.Length];
        _root = Math.Sqrt(columns.Length);
        _minus = derived.As switch
        {
            VectorMeasure.Norm => null,
            VectorMeasure.Projection => ProjectionSigns.Minus(name, derived.Seed, columns.Length),
        };
    }

    /// <summary>The column of the batch that was read last; the next one overwrites it.</summary>
    public Column Column => _made;

    /// <summary>Makes the column, or says why one of the batch's cannot be used. Without one of them every row is missing.</summary>
    public Reject? Read(Batch batch)
    {
        bool whole = true;
        for (int i = 0; i < _columns.Length; i++)
        {
            _found[i] = _columns[i].In(batch);
            if (_found[i] is { } column && !ColumnNumbers.CanWiden(column.Type))
                return new Reject(RejectReason.ColumnType, $"column '{_columns[i].Name}' is {column.Type.Name}; a vector is made of numbers");
            whole &= _found[i] is { Type.Kind: not ColumnKind.Null };
        }

        _made.Type = whole ? ColumnTypes.Float64 : ColumnTypes.Null;
        _made.Rows = batch.Rows;
        _made.Nulls = batch.Rows;
        _made.Values = _made.Validity = default;
        if (!whole) return null;
        if (_values.Length < batch.Rows * sizeof(double))
            (_values, _validity) = (new byte[batch.Rows * sizeof(double)], new byte[Bits.BytesFor(batch.Rows)]);
        for (int start = 0; start < batch.Rows; start += Block) Sum(start, Math.Min(Block, batch.Rows - start));
        _made.Values = _values.AsMemory(0, batch.Rows * sizeof(double));
        MarkMissing(batch.Rows);
        return null;
    }

    private void Sum(int start, int rows)
    {
        Span<double> sums = MemoryMarshal.Cast<byte, double>(_values.AsSpan()).Slice(start, rows), wide = stackalloc double[Block];
        wide = wide[..rows];
        sums.Clear();
        for (int i = 0; i < _found.Length; i++)
        {
            ColumnNumbers.Widen(_found[i]!, start, wide);
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

    private void MarkMissing(int rows)
    {
        _made.Nulls = 0;
        if (Array.TrueForAll(_found, c => c!.Nulls == 0)) return;
        Span<byte> validity = _validity.AsSpan(0, Bits.BytesFor(rows));
        validity.Fill(byte.MaxValue);
        foreach (Column? column in _found)
        {
            if (column!.Nulls > 0) TensorPrimitives.BitwiseAnd(validity, column.Validity.Span[..validity.Length], validity);
        }

        _made.Nulls = rows - Bits.CountOnes(validity, rows);
        _made.Validity = _validity.AsMemory(0, validity.Length);
    }
}
