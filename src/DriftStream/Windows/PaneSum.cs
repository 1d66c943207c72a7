using System.Runtime.InteropServices;
using DriftStream.Cells;
using DriftStream.Frames;

namespace DriftStream.Windows;

/// <summary>The counts of a pane, over segments and source partitions.</summary>
internal sealed class PaneSum
{
    private readonly Dictionary<SourcePartition, long> _rowsBySource = [];

    public long Rows { get; private set; }

    /// <summary>In the order they first came.</summary>
    public List<SignalCounts> Signals { get; } = [];

    /// <summary>Least counts offset that must be read again to rebuild it.</summary>
    public long Offset { get; private set; } = long.MaxValue;

    /// <summary>Counts of one signal under two layouts met here: the later ones were left out.</summary>
    public bool Mixed { get; private set; }

    public IEnumerable<KeyValuePair<SourcePartition, long>> RowsBySource => _rowsBySource;

    public void Add(Entry entry, SourcePartition source, long offset)
    {
        Add(entry);
        Offset = Math.Min(Offset, offset);
        CollectionsMarshal.GetValueRefOrAddDefault(_rowsBySource, source, out _) += entry.Rows;
    }

    public void Add(Entry entry)
    {
        Rows += entry.Rows;
        foreach (SignalCounts signal in entry.Signals) Add(signal);
    }

    public void Add(PaneSum other)
    {
        Rows += other.Rows;
        Mixed |= other.Mixed;
        Offset = Math.Min(Offset, other.Offset);
        foreach (SignalCounts signal in other.Signals) Add(signal);
        foreach ((SourcePartition source, long rows) in other._rowsBySource)
            CollectionsMarshal.GetValueRefOrAddDefault(_rowsBySource, source, out _) += rows;
    }

    private void Add(SignalCounts signal)
    {
        SignalCounts? own = Signals.Find(s => s.Signal == signal.Signal);
        if (own is null) Signals.Add(signal.Copy());
        else if (own.Layout == signal.Layout && own.Cells.Length == signal.Cells.Length) own.Add(signal);
        else Mixed = true;
    }
}
