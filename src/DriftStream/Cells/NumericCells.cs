using System.Runtime.InteropServices;
using DriftStream.Batches;
using DriftStream.Kernels;

namespace DriftStream.Cells;

/// <summary>Counts a number column by the edges of its layout. Types other than float32 and float64 are widened in blocks;
/// a float32 is the decimal it was made from (<see cref="Float32Decimals"/>).</summary>
internal sealed class NumericCells : ICellCounter
{
    private const int Block = 512;

    private readonly BoundColumn _column;
    private readonly INumberCounter _numbers;
    private readonly int _lane;
    private EdgeIndex<double>? _edges;
    private EdgeIndex<float>? _edges32;
    private Column? _bound;
    private int _rows;

    /// <param name="column">The name of the column.</param>
    /// <param name="layout">A numeric layout.</param>
    /// <param name="numbers">Counts them.</param>
    /// <param name="lane">The lane that the counts belong to.</param>
    public NumericCells(string column, Layout layout, INumberCounter numbers, int lane)
    {
        (_column, _numbers, _lane) = (new BoundColumn(column), numbers, lane);
        Layout = layout;
    }

    /// <inheritdoc/>
    public Layout Layout { get; }

    /// <inheritdoc/>
    public Reject? Bind(Batch batch)
    {
        _rows = batch.Rows;
        return BindFound(_column.In(batch));
    }

    /// <summary>Binds a column that is in no batch.</summary>
    public Reject? Bind(Column made)
    {
        _rows = made.Rows;
        return BindFound(made);
    }

    private Reject? BindFound(Column? column)
    {
        _bound = column;
        if (_bound is null) return null;
        if (ColumnNumbers.CanWiden(_bound.Type))
        {
            // A column usually keeps its type, so the edges for the other one are never made.
            if (_bound.Type.Kind == ColumnKind.Float32) _edges32 ??= Layout.Indexes.Floats;
            else if (_bound.Type.Kind != ColumnKind.Null) _edges ??= Layout.Indexes.Doubles;
            return null;
        }

        return new Reject(RejectReason.ColumnType, $"column '{_column.Name}' is {_bound.Type.Name}; its baseline holds numbers");
    }

    /// <inheritdoc/>
    public void Count(int start, int length, long[] counts)
    {
        if (_bound is null || _bound.Type.Kind == ColumnKind.Null)
        {
            counts[Layout.MissingCell] += length;
            return;
        }

        ReadOnlySpan<byte> validity = _bound.Validity.Span;
        if (_bound.Nulls > 0) counts[Layout.MissingCell] += length - ValidRows.Count(_bound, start, length);
        switch (_bound.Type.Kind)
        {
            case ColumnKind.Float32:
                _numbers.Count(_lane, _edges32!, ColumnNumbers.Float32(_bound).Slice(start, length), validity, start, counts);
                break;
            case ColumnKind.Float64:
                _numbers.Count(_lane, _edges!, ColumnNumbers.Float64(_bound).Slice(start, length), validity, start, counts);
                break;
            default:
                for (int done = 0; done < length;)
                {
                    Span<double> block = _numbers.Block(_lane, _edges!, length - done);
                    block = block[..Math.Min(block.Length, length - done)];
                    ColumnNumbers.Widen(_bound, start + done, block);
                    _numbers.Count(_lane, _edges!, block, validity, start + done, counts);
                    done += block.Length;
                }

                break;
        }
    }

    /// <inheritdoc/>
    public void Rank(Span<int> cells)
    {
        if (_bound is null || _bound.Type.Kind == ColumnKind.Null)
        {
            cells[.._rows].Fill(Layout.MissingCell);
            return;
        }

        Span<uint> ranks = MemoryMarshal.Cast<int, uint>(cells[.._rows]);
        if (_bound.Type.Kind == ColumnKind.Float32) CountKernels.Rank(_edges32!, ColumnNumbers.Float32(_bound), ranks);
        else RankWide(_bound, ranks);
        if (_bound.Nulls == 0) return;
        for (int row = 0; row < _rows; row++)
        {
            if (!_bound.IsValid(row)) cells[row] = Layout.MissingCell;
        }
    }

    private void RankWide(Column column, Span<uint> ranks)
    {
        Span<double> wide = stackalloc double[Block];
        for (int done = 0; done < ranks.Length; done += Block)
        {
            Span<double> block = wide[..Math.Min(Block, ranks.Length - done)];
            ColumnNumbers.Widen(column, done, block);
            CountKernels.Rank(_edges!, block, ranks.Slice(done, block.Length));
        }
    }
}
