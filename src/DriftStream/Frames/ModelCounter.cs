using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Kernels;

namespace DriftStream.Frames;

/// <summary>Counts the rows of one model for one lane: its cell counters, bound to one batch at a time.</summary>
internal sealed class ModelCounter
{
    /// <summary>
    /// Cells in one part of an entry. A part stays below the message limit of a broker with default settings; and its bytes, of which most
    /// cells take one or two, stay below the size of objects that only a full collection frees.
    /// </summary>
    private const int CellsPerPart = 16 * 1024;

    private readonly int _lane;
    private readonly ICellCounter[] _counters;
    private readonly HashSet<string> _columns;
    private int[] _cells = [];

    public ModelCounter(CountedModel model, INumberCounter numbers, int lane, RowSecret secret)
    {
        Model = model;
        Projector = model.IdColumn is null ? null : new RowProjector(model, secret);
        _lane = lane;
        _counters = CellCounters.ForAll(model.Signals, model.Decision, model.Label, numbers, lane);
        _columns = [.. CountedColumns.Of(model, null).Select(c => c.Name)];
        Parts = Split(model);
    }

    public CountedModel Model { get; }

    /// <summary>Tells its rows to the topic <c>joins</c>; null where none of its labels come later.</summary>
    public RowProjector? Projector { get; }

    /// <summary>Which signals go into which part of an entry.</summary>
    public ImmutableArray<Range> Parts { get; }

    /// <summary>Whether the model's rows need a column; if so, an unreadable value in it rejects its row.</summary>
    public bool Reads(string column) => _columns.Contains(column);

    /// <summary>All reasons why the batch cannot be counted, or null.</summary>
    public Reject? Bind(Batch batch)
    {
        Reject? first = null;
        foreach (ICellCounter counter in _counters)
        {
            Reject? reject = counter.Bind(batch);
            if (reject is null) continue;
            first = first is null ? reject : first with { Detail = first.Detail + "; " + reject.Detail };
        }

        return first ?? Projector?.Bind(batch);
    }

    /// <summary>Counts a run of rows of the bound batch into one pane.</summary>
    public void Count(PaneCounts pane, int start, int length)
    {
        SignalCounts[] signals = pane.Of(_lane);
        for (int i = 0; i < _counters.Length; i++) _counters[i].Count(start, length, signals[i].Cells);
    }

    /// <summary>Counts rows of the bound batch into panes, one pane a row; rows whose pane is null or another model's are skipped.</summary>
    public void Scatter(ReadOnlySpan<PaneCounts?> panes)
    {
        if (_cells.Length < panes.Length) _cells = new int[panes.Length];
        for (int i = 0; i < _counters.Length; i++)
        {
            _counters[i].Rank(_cells);
            for (int row = 0; row < panes.Length; row++)
            {
                if (panes[row] is { } pane && ReferenceEquals(pane.Model, Model)) pane.Of(_lane)[i].Cells[_cells[row]]++;
            }
        }
    }

    private static ImmutableArray<Range> Split(CountedModel model)
    {
        var parts = ImmutableArray.CreateBuilder<Range>();
        int start = 0, cells = 0;
        for (int i = 0; i < model.Signals.Length; i++)
        {
            if (i > start && cells + model.Signals[i].Layout.Cells > CellsPerPart)
            {
                parts.Add(start..i);
                (start, cells) = (i, 0);
            }

            cells += model.Signals[i].Layout.Cells;
        }

        parts.Add(start..model.Signals.Length);
        return parts.ToImmutable();
    }
}
