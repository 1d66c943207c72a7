using System.Collections.Immutable;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>
/// Finds the slice of each row: the columns of a batch are read once for all signals that are sliced by them. Counters that share it may be bound and
/// counted by several threads, as long as all of them are at the same batch.
/// </summary>
internal sealed class SliceReader
{
    private const int Outside = -1;

    private readonly Lock _gate = new();
    private readonly CategoryColumn[] _columns;
    private readonly int[][] _next; // by column: of a prefix of values and the code of the next one, the longer prefix
    private readonly int _slices;
    private Batch? _batch;
    private int _filled;
    private Reject? _reject;
    private int[] _codes = [], _column = [];

    /// <param name="columns">At least one.</param>
    /// <param name="values">Of each slice one value a column.</param>
    public SliceReader(ImmutableArray<string> columns, ImmutableArray<ImmutableArray<string>> values)
    {
        _slices = values.Length;
        _columns = new CategoryColumn[columns.Length];
        _next = new int[columns.Length][];
        int[] prefixes = new int[values.Length]; // of each slice; all begin with the empty one
        int known = 1;
        for (int i = 0; i < columns.Length; i++)
        {
            string[] distinct = [.. values.Select(v => v[i]).Distinct(StringComparer.Ordinal)];
            var index = new CategoryIndex(distinct);
            _columns[i] = new CategoryColumn(columns[i], index);
            int codes = index.Missing + 1;
            _next[i] = new int[known * codes];
            Array.Fill(_next[i], Outside);
            known = 0;
            for (int slice = 0; slice < values.Length; slice++)
            {
                ref int next = ref _next[i][(prefixes[slice] * codes) + Array.IndexOf(distinct, values[slice][i])];
                if (next == Outside) next = i == columns.Length - 1 ? slice : known++;
                prefixes[slice] = next;
            }
        }
    }

    /// <summary>The slice of every row of the bound batch; their number for rows in none.</summary>
    public ReadOnlySpan<int> Codes => _codes;

    /// <summary>Reads the columns of a batch, unless another counter has had them read.</summary>
    public Reject? Bind(Batch batch)
    {
        lock (_gate)
        {
            if (ReferenceEquals(batch, _batch) && batch.Filled == _filled) return _reject;
            _batch = null;
            _reject = Read(batch);
            (_batch, _filled) = (batch, batch.Filled);
            return _reject;
        }
    }

    private Reject? Read(Batch batch)
    {
        foreach (CategoryColumn column in _columns)
        {
            if (column.Bind(batch) is { } reject) return reject;
        }

        if (_codes.Length < batch.Rows) (_codes, _column) = (new int[batch.Rows], new int[batch.Rows]);
        Span<int> prefixes = _codes.AsSpan(0, batch.Rows), codes = _column.AsSpan(0, batch.Rows);
        prefixes.Clear();
        for (int i = 0; i < _columns.Length; i++)
        {
            _columns[i].Read(0, codes);
            int[] next = _next[i];
            int width = _columns[i].Index.Missing + 1;
            for (int row = 0; row < codes.Length; row++)
            {
                if (prefixes[row] != Outside) prefixes[row] = next[(prefixes[row] * width) + codes[row]];
            }
        }

        prefixes.Replace(Outside, _slices);
        return null;
    }
}
