using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>What is lost: known from headers, folded or not, and from entries that came for sealed panes.</summary>
public sealed partial class WindowLedger
{
    /// <summary>All that a model has ever lost: in folded segments, and by the headers of open ones.</summary>
    private LossCounts KnownLosses(string name, ModelState model)
    {
        LossCounts known = model.Lost;
        foreach ((SegmentKey key, SegmentState segment) in _segments)
        {
            if (!IsUsable(key) || segment.Chosen?.Header is not { } header) continue;
            foreach (LostRows lost in header.Lost)
            {
                if (lost.Model == name) known += Counts(lost);
            }
        }

        return known;
    }

    // A segment may stay open for an hour: rows that it holds for panes already sealed are told now, and not again later.
    private void NoteOvertaken(string name)
    {
        foreach ((SegmentKey key, SegmentState segment) in _segments)
        {
            if (!IsUsable(key) || segment.Chosen is not { } chosen) continue;
            foreach ((EntryKey entry, HeldEntry held) in chosen.Entries)
            {
                if (entry.Unowned || entry.Model != name || !IsSealed(entry)) continue;
                Overtake(Source(key.Source), entry, held.Entry.Rows - segment.Used.GetValueOrDefault(entry));
                segment.Used[entry] = held.Entry.Rows;
            }
        }
    }

    private void Overtake(SourceState source, EntryKey entry, long rows)
    {
        if (rows == 0) return;
        source.Overtaken += rows;
        ModelState model = Model(entry);
        model.Lost += new LossCounts(0, rows, 0, 0, 0);
        foreach (WindowSettings window in model.Windows?.Windows ?? [])
        {
            foreach (long start in ModelState.Starts(entry.Start, window))
            {
                if (start + window.Size <= model.SealedUpto) model.Shown(window.Name).Overtake(start, rows);
            }
        }
    }

    private void Lose(IEnumerable<LostRows> all)
    {
        foreach (LostRows lost in all) Model(new EntryKey(lost.Model, "", 0, 0, 0)).Lost += Counts(lost);
    }

    private Losses LossesOf(ModelState model, WindowSettings window, LossCounts known, long rows)
    {
        (LossCounts counts, ImmutableArray<OvertakenRows> overtaken) = model.Shown(window.Name).Show(known);
        return new Losses(counts, rows, overtaken, counts.Sum == 0 ? null : Furthest(model.Windows!)) { RowsPerMessage = RowsPerMessage(model.Windows!) };
    }

    private double RowsPerMessage(ModelWindows windows)
    {
        FateCounts all = default;
        foreach (SourcePartition source in windows.Topics.Distinct().SelectMany(t => _sourcesOf.GetValueOrDefault(t) ?? []))
        {
            SourceState state = _sources[source];
            all += state.Folded;
            if (_segments.GetValueOrDefault(new SegmentKey(source, state.Point))?.Chosen?.Header is { } header) all += header.Fates;
        }

        long read = all.Messages - all.Unreadable - all.Tombstones;
        return read == 0 || all.Rows == 0 ? 1 : (double)all.Rows / read;
    }

    private FurthestRecord? Furthest(ModelWindows windows)
    {
        FurthestRecord? furthest = null;
        foreach ((SourcePartition source, SourceState state) in _sources.OrderBy(s => s.Key))
        {
            if (state.Mover is null || !windows.Topics.Contains(source.Topic) || state.Watermark <= (furthest?.Watermark ?? EventTime.None)) continue;
            furthest = new FurthestRecord(source, state.Watermark, state.Mover);
        }

        return furthest;
    }

    private static LossCounts Counts(LostRows lost) => new(lost.Late, 0, lost.Future, lost.Rejected, 0, lost.Unreadable);
}
