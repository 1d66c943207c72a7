using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Frames;

/// <summary>
/// The counts of one pane of one version of a model within the open segment. Rows are decided in the partition's order; the cells
/// lie apart for each lane that counts them, and are added up when an entry is made.
/// </summary>
internal sealed class PaneCounts
{
    private readonly ImmutableArray<Range> _parts;
    private readonly SignalCounts[]?[] _lanes;

    public PaneCounts(ModelCounter? counter, string value, string version, long start, long size, int lanes)
    {
        Model = counter?.Model;
        _parts = counter?.Parts ?? [];
        _lanes = new SignalCounts[lanes][];
        (Value, Version, Start, Size) = (value, version, start, size);
    }

    /// <summary>Null for rows that no model claims.</summary>
    public CountedModel? Model { get; }

    /// <summary>The model's id, or the unclaimed value.</summary>
    public string Value { get; }

    public string Version { get; }

    public long Start { get; }

    public long Size { get; }

    public long End => Start + Size;

    public long Rows { get; set; }

    /// <summary>Rows have come since the entry was last written.</summary>
    public bool Dirty { get; set; }

    /// <summary>The counts that one lane, and nobody else, adds to.</summary>
    public SignalCounts[] Of(int lane) => _lanes[lane] ??= Zeros();

    /// <summary>The counts of all lanes.</summary>
    public IEnumerable<long[]> Cells => _lanes.SelectMany(lane => lane ?? []).Select(signal => signal.Cells);

    /// <summary>A copy of the counts, in parts. No lane may be counting, and the counts are settled.</summary>
    public IEnumerable<Entry> Entries()
    {
        var key = new EntryKey(Value, Version, Start, Size, 0, Model is null);
        if (Model is null)
        {
            yield return new Entry(key, Rows, []);
            yield break;
        }

        SignalCounts[] sums = Zeros();
        foreach (SignalCounts[]? lane in _lanes)
        {
            for (int i = 0; i < lane?.Length; i++) sums[i].Add(lane[i]);
        }

        for (int part = 0; part < _parts.Length; part++)
            yield return new Entry(key with { Part = part }, part == 0 ? Rows : 0, [.. sums[_parts[part]]]);
    }

    private SignalCounts[] Zeros()
    {
        ImmutableArray<BaselineSignal> signals = Model!.Signals;
        var zeros = new SignalCounts[signals.Length];
        for (int i = 0; i < zeros.Length; i++) zeros[i] = new SignalCounts(signals[i].Key, signals[i].Layout);
        return zeros;
    }
}
