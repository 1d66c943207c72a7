using System.Collections.Immutable;
using DriftStream.Frames;

namespace DriftStream.Windows;

/// <summary>Names a segment: its partition and the offset of its first message.</summary>
internal readonly record struct SegmentKey(SourcePartition Source, long Start) : IComparable<SegmentKey>
{
    public int CompareTo(SegmentKey other)
    {
        int order = Source.CompareTo(other.Source);
        return order != 0 ? order : Start.CompareTo(other.Start);
    }
}

/// <summary>The greatest entry seen under one key, and its offset in the counts topic.</summary>
internal readonly record struct HeldEntry(long Upto, Entry Entry, long Offset);

/// <summary>What a header says of what follows the rows that it vouches for; of two headers at one offset the greater value counts.</summary>
public enum SegmentReach
{
    /// <summary>More may come.</summary>
    Open = 0,

    /// <summary>There was nothing more to read.</summary>
    Idle = 1,

    /// <summary>The segment ends here.</summary>
    Complete = 2,
}

/// <summary>The greatest header seen of one variant.</summary>
internal sealed record HeaderMark(long Upto, SegmentReach Reach, FateCounts Fates, ImmutableArray<LostRows> Lost);

/// <summary>What counters wrote about a segment under one variant.</summary>
internal sealed class VariantState
{
    public HeaderMark? Header { get; set; }

    public Dictionary<EntryKey, HeldEntry> Entries { get; } = [];

    /// <summary>Keeps the entry with the greatest upto; a duplicate or a shorter prefix changes nothing.</summary>
    public void Hold(Entry entry, long upto, long offset)
    {
        if (!Entries.TryGetValue(entry.Key, out HeldEntry held) || upto > held.Upto) Entries[entry.Key] = new HeldEntry(upto, entry, offset);
    }
}

/// <summary>An open segment: the entries of all its variants stay until it is folded.</summary>
internal sealed class SegmentState
{
    public SortedDictionary<Variant, VariantState> Variants { get; } = [];

    /// <summary>Rows of each entry when its pane was sealed: later rows of it are overtaken.</summary>
    public Dictionary<EntryKey, long> Used { get; } = [];

    /// <summary>Variants that may differ in fates or panes wrote about it.</summary>
    public bool Mixed { get; set; }

    /// <summary>
    /// Whether rows of the entry are in sealed panes of another shape, which another plan counted. It cannot be told which rows they are, so none
    /// is counted again.
    /// </summary>
    public bool IsUsedOtherwise(EntryKey key)
    {
        if (!Mixed || key.Unowned) return false;
        foreach (EntryKey used in Used.Keys)
        {
            if (used.Model != key.Model || used.Unowned || (used.Start == key.Start && used.Size == key.Size)) continue;
            if (used.Start < key.End && key.Start < used.End) return true;
        }

        return false;
    }

    public VariantState Under(Variant variant)
    {
        if (!Variants.TryGetValue(variant, out VariantState? state)) Variants.Add(variant, state = new VariantState());
        return state;
    }

    /// <summary>Chosen by headers alone: greatest upto, then complete, then idle, then greater epoch, then greater watermark.</summary>
    public Variant? Choice
    {
        get
        {
            Variant? best = null;
            HeaderMark? mark = null;
            // In ascending order of epoch and watermark, so that a tie goes to the greater.
            foreach ((Variant variant, VariantState state) in Variants)
            {
                if (state.Header is not { } header) continue;
                if (mark is null || header.Upto > mark.Upto || (header.Upto == mark.Upto && header.Reach >= mark.Reach))
                    (best, mark) = (variant, header);
            }

            return best;
        }
    }

    public VariantState? Chosen => Choice is { } variant ? Variants[variant] : null;
}
