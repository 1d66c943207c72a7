using System.Collections.Immutable;
using DriftStream.Frames;

namespace DriftStream.Windows;

/// <summary>Names a segment: its partition and the offset of its first message.</summary>
internal readonly record struct SegmentKey(SourcePartition Source, SourceOffset Start) : IComparable<SegmentKey>
{
    public int CompareTo(SegmentKey other)
    {
        int order = Source.CompareTo(other.Source);
        return order != 0 ? order : Start.CompareTo(other.Start);
    }
}

/// <summary>The greatest entry seen under one key, and its offset in the counts topic.</summary>
internal readonly record struct HeldEntry(SourceOffset Upto, Entry Entry, long Offset);

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
internal sealed record HeaderMark(SourceOffset Upto, SegmentReach Reach, FateCounts Fates, ImmutableArray<LostRows> Lost);

/// <summary>What counters wrote about a segment under one variant.</summary>
internal sealed class VariantState
{
    public HeaderMark? Header { get; set; }

    public Dictionary<EntryKey, HeldEntry> Entries { get; } = [];

    /// <summary>Keeps the entry with the greatest upto; a duplicate or a shorter prefix changes nothing.</summary>
    public void Hold(Entry entry, SourceOffset upto, long offset)
    {
        if (!Entries.TryGetValue(entry.Key, out HeldEntry held) || upto > held.Upto) Entries[entry.Key] = new HeldEntry(upto, entry, offset);
    }

    /// <summary>Without the entries that a rebuild reads again: those whose panes are not sealed.</summary>
    public VariantSnapshot Save(Variant variant, Func<EntryKey, bool> isSealed)
    {
        ImmutableArray<EntryRows> rows =
        [
            .. Entries.Where(e => isSealed(e.Key)).OrderBy(e => e.Key).Select(e => new EntryRows(e.Key, e.Value.Upto, e.Value.Entry.Rows)),
        ];
        return new VariantSnapshot(
            variant, Header is not null, Header?.Upto ?? default, Header?.Reach ?? SegmentReach.Open, Header?.Fates ?? default, Header?.Lost ?? [], rows);
    }

    public void Restore(VariantSnapshot s)
    {
        if (s.HasHeader) Header = new HeaderMark(s.Upto, s.Reach, s.Fates, s.Lost.IsDefault ? [] : s.Lost);
        // Their counts are in sealed panes, so no offset must be read again for them.
        foreach (EntryRows sealedEntry in s.Sealed) Hold(new Entry(sealedEntry.Key, sealedEntry.Rows, []), sealedEntry.Upto, long.MaxValue);
    }
}

/// <summary>An open segment: the entries of all its variants stay until it is folded.</summary>
internal sealed class SegmentState
{
    public SortedDictionary<Variant, VariantState> Variants { get; } = [];

    /// <summary>Rows of each entry when its pane was sealed: later rows of it are overtaken.</summary>
    public Dictionary<EntryKey, RowCount> Used { get; } = [];

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

    /// <summary>
    /// What sealed panes of another plan hold of the segment and the chosen variant lacks: these rows were counted there, not overtaken here.
    /// </summary>
    public IEnumerable<KeyValuePair<EntryKey, RowCount>> UsedElsewhere(VariantState chosen) =>
        Mixed ? Used.Where(u => !u.Key.Unowned && !chosen.Entries.ContainsKey(u.Key)) : [];

    public static SegmentState Restore(SegmentSnapshot s)
    {
        var segment = new SegmentState { Mixed = s.Mixed };
        foreach (EntryRows used in s.Used) segment.Used.Add(used.Key, used.Rows);
        foreach (VariantSnapshot variant in s.Variants) segment.Under(variant.Variant).Restore(variant);
        return segment;
    }

    public SegmentSnapshot Save(SegmentKey key, Func<EntryKey, bool> isSealed) => new(
        key.Source,
        key.Start,
        Mixed,
        [.. Used.OrderBy(u => u.Key).Select(u => new EntryRows(u.Key, default, u.Value))],
        [.. Variants.Select(v => v.Value.Save(v.Key, isSealed))]);

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
