using DriftStream.Cells;

namespace DriftStream.Frames;

/// <summary>
/// Reuses the counts of a model's signals: at full speed a partition ends many segments a second, and each of them needs cells for
/// its panes. Thread-safe.
/// </summary>
internal sealed class CellPool
{
    /// <summary>The most cells that are kept, 32 MiB; what comes back beyond that is left to the garbage collector.</summary>
    private const long MostCells = 4L << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<CountedModel, Stack<SignalCounts[]>> _free = new(ReferenceEqualityComparer.Instance);
    private long _cells;

    /// <summary>Counts that are all zero, in the order of the model's signals.</summary>
    public SignalCounts[] Rent(CountedModel model)
    {
        SignalCounts[]? counts = null;
        lock (_gate)
        {
            if (_free.TryGetValue(model, out Stack<SignalCounts[]>? free) && free.TryPop(out counts)) _cells -= CellsOf(counts);
        }

        if (counts is null) return [.. model.Signals.Select(s => new SignalCounts(s.Key, s.Layout))];
        foreach (SignalCounts signal in counts) signal.Cells.AsSpan().Clear();
        return counts;
    }

    /// <summary>Takes back counts that nobody looks at any more.</summary>
    public void Return(CountedModel model, SignalCounts[] counts)
    {
        long cells = CellsOf(counts);
        lock (_gate)
        {
            if (_cells + cells > MostCells) return;
            if (!_free.TryGetValue(model, out Stack<SignalCounts[]>? free)) _free.Add(model, free = []);
            free.Push(counts);
            _cells += cells;
        }
    }

    private static long CellsOf(SignalCounts[] counts)
    {
        long cells = 0;
        foreach (SignalCounts signal in counts) cells += signal.Cells.Length;
        return cells;
    }
}
