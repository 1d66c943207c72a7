using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DriftStream.Cells;
using DriftStream.Frames;

namespace DriftStream.Windows;

/// <summary>The counts of a pane, summed over segments and source partitions.</summary>
internal sealed class PaneSum
{
    private readonly Dictionary<SourcePartition, RowCount> _rowsBySource = [];

    public RowCount Rows { get; private set; }

    /// <summary>In the order in which they came, until they are settled.</summary>
    public SignalSums Signals { get; } = new();

    /// <summary>The least offset of the counts topic that must be read again to rebuild it.</summary>
    public long Offset { get; private set; } = long.MaxValue;

    /// <summary>Epochs of the plans that counted it.</summary>
    public SortedSet<long> Epochs { get; } = [];

    /// <summary>Rank of its version among those of the pane; known once it is sealed.</summary>
    public int Seen { get; set; }

    /// <summary>Rows of its version may be among the pane's rest; known once it is sealed.</summary>
    public bool Torn { get; set; }

    /// <summary>Why the counts cannot be trusted, or null. Of several reasons the same one is kept, whichever came first.</summary>
    public string? Fault { get; private set; }

    /// <summary>SHA-256 of its record in the panes topic; known once it is sealed.</summary>
    public byte[] Digest { get; private set; } = [];

    private IEnumerable<SignalCounts> Written => Fault is null ? Signals.All : [PaneFault.Of(Fault)];

    public IEnumerable<KeyValuePair<SourcePartition, RowCount>> RowsBySource => _rowsBySource;

    public void Add(Entry entry, long epoch, SourcePartition source, long offset)
    {
        Epochs.Add(epoch);
        Offset = Math.Min(Offset, offset);
        CollectionsMarshal.GetValueRefOrAddDefault(_rowsBySource, source, out _) += entry.Rows;
        Add(entry);
    }

    public void Add(SealedPane pane)
    {
        Epochs.UnionWith(pane.Epochs);
        Add(pane.Entry);
        (Seen, Torn) = (pane.Entry.Seen, pane.Torn);
        Digest = DigestOf(pane);
    }

    /// <summary>The pane as it is to be written, now that its counts are final.</summary>
    /// <param name="key">Names it.</param>
    /// <param name="thrown">Why its counts cannot be written and are given up; otherwise null.</param>
    public SealedPane Seal(EntryKey key, out Exception? thrown)
    {
        Settle();
        var pane = new SealedPane(new Entry(key, Rows, [.. Written]) { Seen = Seen }, [.. Epochs]) { Torn = Torn };
        pane = FrameCodec.WithRecord(pane, out thrown);
        // A judge that starts again reads it so, and judges as this one does.
        if (thrown is not null) Break(CountingFault.Describe(thrown));
        Digest = DigestOf(pane);
        return pane;
    }

    private void Add(Entry entry)
    {
        Rows += entry.Rows;
        Add(entry.Signals);
    }

    public void Add(PaneSum other)
    {
        Rows += other.Rows;
        Epochs.UnionWith(other.Epochs);
        Offset = Math.Min(Offset, other.Offset);
        if (other.Fault is { } reason) Break(reason);
        Signals.Add(other.Signals);
        foreach ((SourcePartition source, RowCount rows) in other._rowsBySource)
            CollectionsMarshal.GetValueRefOrAddDefault(_rowsBySource, source, out _) += rows;
    }

    private static byte[] DigestOf(SealedPane pane) => SHA256.HashData(pane.Record.AsSpan());

    // Puts the counts of several plans into an order that does not depend on which of them came first: after a restart, segments are read in another order.
    private void Settle()
    {
        if (Epochs.Count < 2) Signals.Trim();
        else Signals.Sort();
    }

    // The law counts rows whatever becomes of their counts; a failure here concerns this pane alone.
    private void Add(ImmutableArray<SignalCounts> signals)
    {
        try
        {
            foreach (SignalCounts signal in signals)
            {
                if (PaneFault.In(signal) is { } reason) Break(reason);
                else Signals.Add(signal);
            }
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            Break(CountingFault.Describe(e));
        }
    }

    private void Break(string reason)
    {
        if (Fault is null || string.CompareOrdinal(reason, Fault) < 0) Fault = reason;
    }
}
