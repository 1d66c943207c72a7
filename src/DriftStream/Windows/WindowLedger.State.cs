using System.Collections.Immutable;
using DriftStream.Frames;

namespace DriftStream.Windows;

/// <summary>Checkpoint and rebuild: load the state, merge the frames again from <see cref="Low"/> on, then go live.</summary>
public sealed partial class WindowLedger
{
    /// <summary>The least offset whose frames a rebuild at <paramref name="next"/> must read.</summary>
    public long Low(long next)
    {
        foreach (PaneSum pane in _models.Values.SelectMany(m => m.Open.Values)) next = Math.Min(next, pane.Offset);
        foreach (SegmentState segment in _segments.Values)
        {
            foreach (VariantState variant in segment.Variants.Values)
            {
                foreach ((EntryKey key, HeldEntry held) in variant.Entries)
                {
                    if (!IsSealed(key)) next = Math.Min(next, held.Offset);
                }
            }
        }

        return next;
    }

    /// <summary>All that a checkpoint keeps: everything but the counts of panes.</summary>
    public LedgerState Save() => new(
        _now,
        [.. _sources.OrderBy(s => s.Key).Select(s => Snapshot(s.Key, s.Value))],
        [.. _partitions.Select(p => new TopicPartitions(p.Key, p.Value))],
        [.. _histories.Select(h => new TopicWatermarks(h.Key, h.Value.Steps))],
        [.. _models.Select(m => Snapshot(m.Key, m.Value))],
        [.. _segments.Select(s => Snapshot(s.Key, s.Value))],
        [.. _folded.Select(f => new FoldedSnapshot(f.Key.Source, f.Key.Start, f.Value.Variant, f.Value.Upto, f.Value.LastEnd, f.Value.LeftOut))],
        [.. _incomplete.Topics.Select(t => new MarkedTopic(t.Key, t.Value))],
        [.. _incomplete.Panes.Select(p => new MarkedPane(p.Model, p.Start, p.End))],
        Epoch);

    /// <summary>
    /// A ledger as it was saved, but without counts: <see cref="Rebuild"/> and <see cref="RestoreSealed"/> bring them back.
    /// </summary>
    public static WindowLedger Restore(WindowingSettings settings, LedgerState state) => Restore(_ => settings, state);

    /// <inheritdoc cref="Restore(WindowingSettings, LedgerState)"/>
    public static WindowLedger Restore(Func<long, WindowingSettings> plans, LedgerState state)
    {
        var ledger = new WindowLedger(plans, state.Epoch) { _now = state.Now };
        foreach (SourceSnapshot source in state.Sources) ledger.Add(source.Source, Restore(source));
        foreach (TopicPartitions topic in state.Partitions) ledger._partitions.Add(topic.Topic, topic.Partitions);
        foreach (TopicWatermarks topic in state.Watermarks.IsDefault ? [] : state.Watermarks)
        {
            foreach (WatermarkStep step in topic.Steps) ledger.History(topic.Topic).Note(step.Stamp, step.Watermark);
        }

        foreach (ModelProgress progress in state.Models)
        {
            bool unowned = progress.Model == ModelState.UnownedName;
            ModelState model = ledger.Model(new EntryKey(progress.Model, "", 0, 0, 0, unowned));
            (model.SealedUpto, model.LastEnd, model.Kept) = (progress.SealedUpto, progress.LastEnd, progress.Kept);
            (model.Lost, model.LateShown) = (progress.Lost, progress.LateTold);
            foreach (ShownSnapshot shown in progress.Shown.IsDefault ? [] : progress.Shown)
            {
                (model.Shown(shown.Window).Counts, model.Shown(shown.Window).Empty) = (shown.Counts, shown.Empty);
                foreach (OvertakenRows overtaken in shown.Overtaken) model.Shown(shown.Window).Overtake(overtaken.Start, overtaken.Rows);
            }

            if (model.Windows is null) (model.Waits, model.WaitsSince) = (progress.WaitsSince is not null, progress.WaitsSince);
        }

        foreach (SegmentSnapshot segment in state.Segments) ledger.Add(new SegmentKey(segment.Source, segment.Start), Restore(segment));
        foreach (FoldedSnapshot f in state.Folded)
            ledger._folded.Add(new SegmentKey(f.Source, f.Start), new FoldedSegment(f.Variant, f.Upto, f.LastEnd, f.LeftOut));
        foreach (MarkedTopic mark in state.MarkedTopics) ledger._incomplete.Mark(mark.Topic, mark.Upto);
        foreach (MarkedPane mark in state.MarkedPanes) ledger._incomplete.Panes.Add((mark.Model, mark.Start, mark.End));
        return ledger;
    }

    /// <summary>
    /// Merges the frames from the checkpoint's low offset up to its next one. Headers are not acted on, and nothing closes.
    /// </summary>
    public void Rebuild(IEnumerable<(long Offset, Frame Frame)> frames)
    {
        // In the order of the partitions' logs, not of the counts topic: the first versions must be the same ones again.
        var folded = new SortedDictionary<SegmentKey, Dictionary<EntryKey, HeldEntry>>();
        foreach ((long offset, Frame frame) in frames)
        {
            if (frame.Segment >= Source(frame.Source).Point)
            {
                Hold(frame, offset, live: false);
                continue;
            }

            var key = new SegmentKey(frame.Source, frame.Segment);
            if (!_folded.TryGetValue(key, out FoldedSegment? choice) || choice.Variant != frame.Variant || frame.Upto > choice.Upto) continue;
            if (!folded.TryGetValue(key, out Dictionary<EntryKey, HeldEntry>? entries)) folded.Add(key, entries = []);
            foreach (Entry entry in frame.Entries)
            {
                if (IsSealed(entry.Key) || choice.LeftOut.Contains(entry.Key)) continue;
                if (!entries.TryGetValue(entry.Key, out HeldEntry held) || frame.Upto > held.Upto)
                    entries[entry.Key] = new HeldEntry(frame.Upto, entry, offset);
            }
        }

        foreach ((SegmentKey key, Dictionary<EntryKey, HeldEntry> entries) in folded)
            Fold(key.Source, _folded[key].Variant, [.. entries.Values]);
    }

    /// <summary>
    /// Brings back a sealed pane, unless it was sealed after the checkpoint or no open window needs it. A duplicate changes nothing.
    /// </summary>
    public void RestoreSealed(SealedPane pane)
    {
        ModelState model = Model(pane.Key);
        if (!IsSealed(pane.Key) || pane.Key.Start < model.Kept || model.Sealed.ContainsKey(pane.Key)) return;
        var sum = new PaneSum();
        sum.Add(pane);
        model.Sealed.Add(pane.Key, sum);
    }

    private static ModelProgress Snapshot(string name, ModelState model) => new(
        name,
        model.SealedUpto,
        model.LastEnd,
        model.Lost,
        model.LateShown,
        model.WaitsSince,
        [
            .. model.LossesShown.Select(s => new ShownSnapshot(
                s.Key, s.Value.Counts, s.Value.Empty, [.. s.Value.Overtaken.Select(o => new OvertakenRows(o.Key, o.Value))])),
        ],
        model.Kept);

    private static SourceSnapshot Snapshot(SourcePartition source, SourceState state) => new(
        source,
        state.Point,
        state.Watermark,
        state.Upto,
        state.IdleStamp,
        state.IdleSince,
        state.Heard,
        state.Folded,
        state.FoldedRows,
        state.Sealed,
        state.Overtaken,
        state.Dropped,
        state.Mover);

    private static SourceState Restore(SourceSnapshot s) => new()
    {
        Point = s.Point,
        Watermark = s.Watermark,
        Upto = s.Upto,
        IdleStamp = s.IdleStamp,
        IdleSince = s.IdleSince,
        Heard = s.Heard,
        Folded = s.Folded,
        FoldedRows = s.FoldedRows,
        Sealed = s.Sealed,
        Overtaken = s.Overtaken,
        Dropped = s.Dropped,
        Mover = s.Mover,
    };

    private SegmentSnapshot Snapshot(SegmentKey key, SegmentState segment) => new(
        key.Source,
        key.Start,
        segment.Mixed,
        [.. segment.Used.OrderBy(u => u.Key).Select(u => new EntryRows(u.Key, 0, u.Value))],
        [.. segment.Variants.Select(v => Snapshot(v.Key, v.Value))]);

    private VariantSnapshot Snapshot(Variant variant, VariantState state)
    {
        HeaderMark? header = state.Header;
        ImmutableArray<EntryRows> rows =
        [
            .. state.Entries.Where(e => IsSealed(e.Key)).OrderBy(e => e.Key).Select(e => new EntryRows(e.Key, e.Value.Upto, e.Value.Entry.Rows)),
        ];
        return new VariantSnapshot(
            variant, header is not null, header?.Upto ?? 0, header?.Reach ?? SegmentReach.Open, header?.Fates ?? default, header?.Lost ?? [], rows);
    }

    private static SegmentState Restore(SegmentSnapshot snapshot)
    {
        var segment = new SegmentState { Mixed = snapshot.Mixed };
        foreach (EntryRows used in snapshot.Used) segment.Used.Add(used.Key, used.Rows);
        foreach (VariantSnapshot v in snapshot.Variants)
        {
            VariantState variant = segment.Under(v.Variant);
            if (v.HasHeader) variant.Header = new HeaderMark(v.Upto, v.Reach, v.Fates, v.Lost.IsDefault ? [] : v.Lost);
            foreach (EntryRows sealedEntry in v.Sealed) variant.Hold(new Entry(sealedEntry.Key, sealedEntry.Rows, []), sealedEntry.Upto, long.MaxValue);
        }

        return segment;
    }
}
