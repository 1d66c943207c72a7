using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>Whose rows a pane holds: those of one version, or those of all versions without counts of their own.</summary>
/// <param name="Name">Empty for rows without a version, and for the rest.</param>
/// <param name="Seen">How many versions of the pane came before this one.</param>
/// <param name="IsRest">The rows are of all versions without counts of their own.</param>
internal readonly record struct PaneVersion(string Name, int Seen = 0, bool IsRest = false);

/// <summary>
/// The counts of one pane of one version of a model within the open segment. Rows are decided in the partition's order; the cells
/// lie apart for each lane that counts them, and are added up when an entry is made.
/// </summary>
internal sealed class PaneCounts
{
    private readonly ImmutableArray<Range> _parts;
    private readonly SignalCounts[]?[] _lanes;
    private readonly CellPool _pool;
    private readonly Lock _gate = new();
    private (SourceOffset Offset, string Reason)? _fault;

    public PaneCounts(ModelCounter? counter, string value, PaneVersion version, EventTime start, Duration size, int lanes, CellPool pool)
    {
        _pool = pool;
        Model = counter?.Model;
        _parts = counter?.Parts ?? [];
        _lanes = new SignalCounts[lanes][];
        (Value, Version, IsRest, Seen, Start, Size) = (value, version.Name, version.IsRest, version.Seen, start, size);
    }

    /// <summary>Null for rows that no model claims.</summary>
    public CountedModel? Model { get; }

    /// <summary>The model's id, or the unclaimed value.</summary>
    public string Value { get; }

    /// <summary>Empty for rows without a version, and for the rest.</summary>
    public string Version { get; }

    /// <summary>The rows are of all versions without counts of their own.</summary>
    public bool IsRest { get; }

    /// <summary>Versions of the pane that came before this one.</summary>
    public int Seen { get; }

    public EventTime Start { get; }

    public Duration Size { get; }

    public EventTime End => Start + Size;

    public long Rows { get; set; }

    /// <summary>Rows have come since the entry was last written.</summary>
    public bool Dirty { get; set; }

    /// <summary>Some of its rows are in only a part of its cells, so it no longer has counts.</summary>
    public bool IsBroken => _fault is not null;

    /// <summary>Gives the counts up. The reason kept is that of the message with the least offset, whichever lane failed first.</summary>
    public void Break(SourceOffset offset, string reason)
    {
        lock (_gate)
        {
            if (_fault is not { } known || offset < known.Offset) _fault = (offset, reason);
        }
    }

    /// <summary>The counts that this lane alone adds to.</summary>
    public SignalCounts[] Of(int lane) => _lanes[lane] ??= _pool.Rent(Model!);

    /// <summary>The counts of all lanes.</summary>
    public IEnumerable<long[]> Cells => _lanes.SelectMany(lane => lane ?? []).Select(signal => signal.Cells);

    /// <summary>The counts in parts, in cells rented from the pool. No lane may be counting, and the counts must be settled.</summary>
    /// <param name="source">Whose messages were counted.</param>
    /// <param name="lent">The rented cells are added here.</param>
    public IEnumerable<Entry> Entries(SourcePartition source, List<(CountedModel Model, SignalCounts[] Cells)> lent)
    {
        var key = new EntryKey(Value, Version, Start, Size, 0, Model is null, IsRest);
        if (Model is null)
        {
            yield return new Entry(key, new RowCount(Rows), []);
            yield break;
        }

        if (_fault is { } fault)
        {
            // Every part is written: one left out would keep the counts that were written before.
            yield return PaneFault.In(new Entry(key, new RowCount(Rows), []) { Seen = Seen }, $"{source} at offset {fault.Offset}: {fault.Reason}");
            for (int part = 1; part < _parts.Length; part++) yield return new Entry(key with { Part = part }, RowCount.Zero, []) { Seen = Seen };
            yield break;
        }

        SignalCounts[] sums = _pool.Rent(Model);
        lent.Add((Model, sums));
        foreach (SignalCounts[]? lane in _lanes)
        {
            for (int i = 0; i < lane?.Length; i++) sums[i].Add(lane[i]);
        }

        for (int part = 0; part < _parts.Length; part++)
            yield return new Entry(key with { Part = part }, part == 0 ? new RowCount(Rows) : RowCount.Zero, [.. sums[_parts[part]]]) { Seen = Seen };
    }

    /// <summary>Gives the cells back, since the segment is over.</summary>
    public void Release()
    {
        foreach (SignalCounts[]? lane in _lanes)
        {
            if (lane is not null) _pool.Return(Model!, lane);
        }
    }
}
