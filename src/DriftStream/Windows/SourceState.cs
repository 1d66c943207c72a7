using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>What is known of one source partition: its point on the chain of segments, its watermark, whether it is idle.</summary>
internal sealed class SourceState
{
    /// <summary>Offsets at which its open segments start.</summary>
    public SortedSet<SourceOffset> Segments { get; } = [];

    /// <summary>Only the segment that starts here is used; later ones wait, earlier ones are ignored.</summary>
    public SourceOffset Point { get; set; }

    public EventTime Watermark { get; set; } = EventTime.None;

    /// <summary>The record that moved the watermark to where it is; null where no header has named it.</summary>
    public WatermarkRecord? Mover { get; set; }

    /// <summary>Greatest offset that any header has reached; <see cref="SourceOffset.None"/> where none was seen.</summary>
    public SourceOffset Upto { get; set; } = SourceOffset.None;

    /// <summary>Stamp of the last idle claim that stands, or <see cref="EventTime.None"/>.</summary>
    public EventTime IdleStamp { get; set; } = EventTime.None;

    /// <summary>Stamp of the first idle claim since the partition last moved.</summary>
    public EventTime IdleSince { get; set; } = EventTime.None;

    /// <summary>A header on the chain has been seen.</summary>
    public bool Heard { get; set; }

    /// <summary>Fates of the rows of the folded segments.</summary>
    public FateCounts Folded { get; set; }

    /// <summary>
    /// Rows in the entries of the folded segments: over all counts partitions these are the rows that headers call counted.
    /// </summary>
    public RowCount FoldedRows { get; set; }

    /// <summary>Rows of this partition in sealed panes.</summary>
    public RowCount Sealed { get; set; }

    /// <summary>Rows that came for panes already sealed.</summary>
    public RowCount Overtaken { get; set; }

    /// <summary>Rows of models that the plan does not have, no longer held.</summary>
    public RowCount Dropped { get; set; }

    public static SourceState Restore(SourceSnapshot s) => new()
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

    public SourceSnapshot Save(SourcePartition source) => new(
        source,
        Point,
        Watermark,
        Upto,
        IdleStamp,
        IdleSince,
        Heard,
        Folded,
        FoldedRows,
        Sealed,
        Overtaken,
        Dropped,
        Mover);

    public void Hear(SegmentHeader header)
    {
        Heard = true;
        if (header.Watermark > Watermark) (Watermark, Mover) = (header.Watermark, header.Mover);
        if (header.Idle && header.Upto >= Upto)
        {
            if (IdleStamp == EventTime.None || header.Upto > Upto) IdleSince = header.Stamp;
            IdleStamp = EventTime.Max(IdleStamp, header.Stamp);
        }
        else if (!header.Idle && header.Upto > Upto)
        {
            IdleStamp = IdleSince = EventTime.None;
        }

        Upto = SourceOffset.Max(Upto, header.Upto);
    }
}
