using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>The chain of segments: which of them count, and what a break in the chain costs.</summary>
public sealed partial class WindowLedger
{
    private void Hold(Frame frame, long offset, bool live)
    {
        SourceState source = Source(frame.Source);
        if (frame.Segment < source.Point) return;
        SegmentState segment = Segment(new SegmentKey(frame.Source, frame.Segment));
        VariantState variant = segment.Under(frame.Variant);
        if (live) MarkMixed(segment, frame.Source.Topic);
        foreach (Entry entry in frame.Entries)
        {
            // Asked first, even where live: it makes the model known, and time must not meet a new model while it moves.
            bool isSealed = IsSealed(entry.Key);
            if (isSealed && !live) continue;
            variant.Hold(entry, frame.Upto, offset);
            if (!isSealed) Model(entry.Key).Waits = true;
            if (segment.Mixed) _incomplete.Mark(entry.Key);
        }
    }

    private void MarkMixed(SegmentState segment, string topic)
    {
        if (segment.Mixed || segment.Variants.Count < 2) return;
        Variant first = segment.Variants.Keys.First();
        if (segment.Variants.Keys.All(v => v.Watermark == first.Watermark && SameFates(v.Epoch, first.Epoch, topic))) return;
        segment.Mixed = true;
        foreach (VariantState variant in segment.Variants.Values)
        {
            foreach (EntryKey key in variant.Entries.Keys) _incomplete.Mark(key);
        }

        foreach (EntryKey key in segment.Used.Keys) _incomplete.Mark(key);
    }

    private void Hear(Gap gap)
    {
        _now = Math.Max(_now, gap.Stamp);
        if (gap.To > Source(gap.Source).Point) Jump(gap.Source, gap.To, gap.Stamp);
    }

    private void Hear(SegmentHeader header)
    {
        if (header.Plan > Epoch) Adopt(header.Plan);
        SourceState source = Source(header.Source);
        _partitions[header.Source.Topic] = Math.Max(header.Partitions, _partitions.GetValueOrDefault(header.Source.Topic));
        _now = Math.Max(_now, header.Stamp);
        MarkForeign(header);
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

        source.Hear(header);
        History(header.Source.Topic).Note(header.Stamp, header.Watermark);
        if (header.Segment < source.Point) return;
        SegmentState segment = Segment(new SegmentKey(header.Source, header.Segment));
        VariantState variant = segment.Under(header.Variant);
        MarkMixed(segment, header.Source.Topic);
        SegmentReach reach = header.Complete ? SegmentReach.Complete : header.Idle ? SegmentReach.Idle : SegmentReach.Open;
        if (variant.Header is not { } mark || header.Upto > mark.Upto || (header.Upto == mark.Upto && reach >= mark.Reach))
            variant.Header = new HeaderMark(header.Upto, reach, header.Fates, header.Lost);
        if (header.Complete && segment.Choice == header.Variant) Fold(header.Source, header.Segment, header.Upto, header.Variant);
    }

    private void Fold(SourcePartition source, long start, long upto, Variant variant)
    {
        var key = new SegmentKey(source, start);
        Take(key, _segments[key], variant, long.MaxValue);
        Remove(key);
        Source(source).Point = upto;
        DropSegments(source, upto, keepUpto: null);
    }

    // The chain breaks: what ends at or before the new point is kept, the rest is dropped, and every window that may hold some of it is marked.
    private void Jump(SourcePartition source, long to, long stamp)
    {
        _incomplete.Mark(source.Topic, Math.Max(stamp, _now) + _settings.MaxFuture + 1);
        DropSegments(source, to, keepUpto: to);
        Source(source).Point = to;
    }

    private void DropSegments(SourcePartition source, long before, long? keepUpto)
    {
        SourceState state = Source(source);
        long point = state.Point;
        foreach (long start in state.Segments.Where(start => start < before).ToArray())
        {
            var key = new SegmentKey(source, start);
            if (keepUpto is { } upto && start == point && _segments[key].Choice is { } choice) Take(key, _segments[key], choice, upto);
            Remove(key);
        }
    }

    private void Take(SegmentKey key, SegmentState segment, Variant variant, long upto)
    {
        SourceState source = Source(key.Source);
        VariantState chosen = segment.Variants[variant];
        long lastEnd = EventTime.None, rows = 0;
        var leftOut = ImmutableArray.CreateBuilder<EntryKey>();
        var taken = new List<HeldEntry>(chosen.Entries.Count);
        foreach ((EntryKey entry, HeldEntry held) in chosen.Entries)
        {
            if (held.Upto > upto) continue;
            if (!entry.Unowned) rows += held.Entry.Rows;
            if (IsSealed(entry) || segment.IsUsedOtherwise(entry))
            {
                if (!entry.Unowned) Overtake(source, entry, held.Entry.Rows - segment.Used.GetValueOrDefault(entry));
                if (!IsSealed(entry)) leftOut.Add(entry);
                continue;
            }

            taken.Add(held);
            lastEnd = Math.Max(lastEnd, entry.End);
        }

        Fold(key.Source, variant, taken);

        foreach ((EntryKey used, long sealedRows) in UsedElsewhere(segment, chosen)) Overtake(source, used, -sealedRows);

        if (chosen.Header is { } header && header.Upto <= upto)
        {
            source.Folded += header.Fates;
            source.FoldedRows += rows;
            Lose(header.Lost);
        }

        if (lastEnd != EventTime.None) _folded[key] = new FoldedSegment(variant, upto, lastEnd, leftOut.ToImmutable());
    }

    // Rows that another plan's panes sealed are not among this variant's entries: they were counted there, not overtaken here.
    private static IEnumerable<KeyValuePair<EntryKey, long>> UsedElsewhere(SegmentState segment, VariantState chosen) =>
        segment.Mixed ? segment.Used.Where(u => !u.Key.Unowned && !chosen.Entries.ContainsKey(u.Key)) : [];

    private void Fold(SourcePartition source, Variant variant, List<HeldEntry> entries)
    {
        foreach ((EntryKey into, HeldEntry held) in Ranked(source, variant, entries)) Open(into).Add(held.Entry, variant.Epoch, source, held.Offset);
    }

    private PaneSum Open(EntryKey key)
    {
        ModelState model = Model(key);
        if (model.Open.TryGetValue(key, out PaneSum? pane)) return pane;
        model.Waits = true;
        model.Open.Add(key, pane = new PaneSum());
        return pane;
    }
}
