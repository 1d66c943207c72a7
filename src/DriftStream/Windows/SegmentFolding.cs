using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>
/// Holds what frames bring until headers vouch for it, and folds finished segments into open panes: which segments count, and what a break in
/// the chain costs.
/// </summary>
internal sealed class SegmentFolding(
    LedgerPlans plans, TopicClocks clocks, SegmentChains chains, ModelStates models, VersionBounds versions, RowAccounts rows,
    IncompleteMarks incomplete, Standstills standstills)
{
    /// <summary>Holds the entries of a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="offset">Its offset in the counts topic.</param>
    /// <param name="live">False in a rebuild: what is in sealed panes has been held and marked before.</param>
    public void Hold(Frame frame, long offset, bool live)
    {
        SourceState source = chains.Source(frame.Source);
        if (frame.Segment < source.Point) return;
        SegmentState segment = chains.Segment(new SegmentKey(frame.Source, frame.Segment));
        VariantState variant = segment.Under(frame.Variant);
        if (live) MarkMixed(segment, frame.Source.Topic);
        foreach (Entry entry in frame.Entries)
        {
            bool isSealed = models.IsSealed(entry.Key);
            if (isSealed && !live) continue;
            variant.Hold(entry, frame.Upto, offset);
            // Makes the model known as well: time must not meet a new model while it moves.
            if (!isSealed) models.Of(entry.Key).Waits = true;
            if (segment.Mixed) incomplete.Mark(entry.Key);
        }
    }

    public void Hear(Gap gap)
    {
        if (gap.To > chains.Source(gap.Source).Point) Jump(gap.Source, gap.To, gap.Stamp);
    }

    public void Hear(SegmentHeader header)
    {
        SourceState source = chains.Source(header.Source);
        if (header.Segment > source.Point)
        {
            Jump(header.Source, header.Segment, header.Stamp);
        }
        else if (header.Segment < source.Point && header.Upto > source.Point)
        {
            // The segment lies off the chain and across the point: only a header that vouches for everything before it may move the chain.
            if (!header.Complete && !header.Idle) return;
            Jump(header.Source, header.Upto, header.Stamp);
        }

        if (header.LostUpto != EventTime.None)
            incomplete.Mark(header.Source.Topic, header.LostUpto + plans.Settings.MaxFuture + Duration.Microsecond, IncompleteCause.Refused);
        source.Hear(header);
        clocks.NoteWatermark(header.Source.Topic, header.Stamp, header.Watermark);
        if (header.Segment < source.Point) return;
        SegmentState segment = chains.Segment(new SegmentKey(header.Source, header.Segment));
        HeaderMark? before = segment.Chosen?.Header;
        VariantState variant = segment.Under(header.Variant);
        MarkMixed(segment, header.Source.Topic);
        SegmentReach reach = header.Complete ? SegmentReach.Complete : header.Idle ? SegmentReach.Idle : SegmentReach.Open;
        if (variant.Header is not { } mark || header.Upto > mark.Upto || (header.Upto == mark.Upto && reach >= mark.Reach))
            variant.Header = new HeaderMark(header.Upto, reach, header.Fates, header.Lost);
        standstills.Hear(header, before, segment.Chosen?.Header);
        if (header.Complete && segment.Choice == header.Variant) Finish(header.Source, header.Segment, header.Upto, header.Variant);
    }

    /// <summary>
    /// Merges the frames from a checkpoint's low offset up to its next one. Headers are not acted on.
    /// </summary>
    public void Rebuild(IEnumerable<(long Offset, Frame Frame)> frames)
    {
        // In the order of the partitions' logs, not of the counts topic: the first versions must be the same ones again.
        var folded = new SortedDictionary<SegmentKey, Dictionary<EntryKey, HeldEntry>>();
        foreach ((long offset, Frame frame) in frames)
        {
            if (frame.Segment >= chains.Source(frame.Source).Point)
            {
                Hold(frame, offset, live: false);
                continue;
            }

            var key = new SegmentKey(frame.Source, frame.Segment);
            if (chains.Folded(key) is not { } choice || choice.Variant != frame.Variant || frame.Upto > choice.Upto) continue;
            if (!folded.TryGetValue(key, out Dictionary<EntryKey, HeldEntry>? entries)) folded.Add(key, entries = []);
            foreach (Entry entry in frame.Entries)
            {
                if (models.IsSealed(entry.Key) || choice.LeftOut.Contains(entry.Key)) continue;
                if (!entries.TryGetValue(entry.Key, out HeldEntry held) || frame.Upto > held.Upto)
                    entries[entry.Key] = new HeldEntry(frame.Upto, entry, offset);
            }
        }

        foreach ((SegmentKey key, Dictionary<EntryKey, HeldEntry> entries) in folded)
            AddToPanes(key.Source, chains.Folded(key)!.Variant, [.. entries.Values]);
    }

    private void MarkMixed(SegmentState segment, string topic)
    {
        if (segment.Mixed || segment.Variants.Count < 2) return;
        Variant first = segment.Variants.Keys.First();
        if (segment.Variants.Keys.All(v => v.Watermark == first.Watermark && plans.HaveSameFates(v.Epoch, first.Epoch, topic))) return;
        segment.Mixed = true;
        foreach (VariantState variant in segment.Variants.Values)
        {
            foreach (EntryKey key in variant.Entries.Keys) incomplete.Mark(key);
        }

        foreach (EntryKey key in segment.Used.Keys) incomplete.Mark(key);
    }

    private void Finish(SourcePartition source, SourceOffset start, SourceOffset upto, Variant variant)
    {
        var key = new SegmentKey(source, start);
        Fold(key, variant, new SourceOffset(long.MaxValue));
        chains.Remove(key);
        chains.Source(source).Point = upto;
        DropSegments(source, upto, keepUpto: null);
    }

    // The chain breaks: what ends at or before the new point is kept, the rest is dropped, and every window that may hold some of it is marked.
    private void Jump(SourcePartition source, SourceOffset to, EventTime stamp)
    {
        incomplete.Mark(source.Topic, EventTime.Max(stamp, clocks.Now) + plans.Settings.MaxFuture + Duration.Microsecond, IncompleteCause.Uncounted);
        DropSegments(source, to, keepUpto: to);
        chains.Source(source).Point = to;
    }

    private void DropSegments(SourcePartition source, SourceOffset before, SourceOffset? keepUpto)
    {
        SourceState state = chains.Source(source);
        SourceOffset point = state.Point;
        foreach (SourceOffset start in state.Segments.Where(start => start < before).ToArray())
        {
            var key = new SegmentKey(source, start);
            if (keepUpto is { } upto && start == point && chains.Segment(key).Choice is { } choice) Fold(key, choice, upto);
            chains.Remove(key);
        }
    }

    private void Fold(SegmentKey key, Variant variant, SourceOffset upto)
    {
        SourceState source = chains.Source(key.Source);
        SegmentState segment = chains.Segment(key);
        VariantState chosen = segment.Variants[variant];
        EventTime lastEnd = EventTime.None;
        RowCount folded = default;
        var leftOut = ImmutableArray.CreateBuilder<EntryKey>();
        var taken = new List<HeldEntry>(chosen.Entries.Count);
        foreach ((EntryKey entry, HeldEntry held) in chosen.Entries)
        {
            if (held.Upto > upto) continue;
            if (!entry.Unowned) folded += held.Entry.Rows;
            if (models.IsSealed(entry) || segment.IsUsedOtherwise(entry))
            {
                if (!entry.Unowned) rows.Overtake(source, entry, held.Entry.Rows - segment.Used.GetValueOrDefault(entry));
                if (!models.IsSealed(entry)) leftOut.Add(entry);
                continue;
            }

            taken.Add(held);
            lastEnd = EventTime.Max(lastEnd, entry.End);
        }

        AddToPanes(key.Source, variant, taken);

        foreach ((EntryKey used, RowCount sealedRows) in segment.UsedElsewhere(chosen)) rows.Overtake(source, used, RowCount.Zero - sealedRows);

        if (chosen.Header is { } header && header.Upto <= upto)
        {
            source.Folded += header.Fates;
            source.FoldedRows += folded;
            rows.Lose(header.Lost);
        }

        if (lastEnd != EventTime.None) chains.NoteFolded(new FoldedSnapshot(key.Source, key.Start, variant, upto, lastEnd, leftOut.ToImmutable()));
    }

    private void AddToPanes(SourcePartition source, Variant variant, List<HeldEntry> entries)
    {
        foreach ((EntryKey into, HeldEntry held) in versions.Rank(source, variant, entries))
            models.Open(into).Add(held.Entry, variant.Epoch, source, held.Offset);
    }
}
