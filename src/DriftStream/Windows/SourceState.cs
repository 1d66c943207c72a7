using DriftStream.Frames;

namespace DriftStream.Windows;

/// <summary>What is known of one source partition: its point on the chain of segments, its watermark, whether it is idle.</summary>
internal sealed class SourceState
{
    /// <summary>Offsets at which its open segments start.</summary>
    public SortedSet<SourceOffset> Segments { get; } = [];

    /// <summary>Only the segment that starts here is used; later ones wait, earlier ones are ignored.</summary>
    public SourceOffset Point { get; set; }

    /// <summary>What it says of time.</summary>
    public SourceTime Time { get; private init; } = new();

    /// <summary>The record that moved the watermark to where it is; null where no header has named it.</summary>
    public WatermarkRecord? Mover { get; set; }

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
        Time = SourceTime.Restore(s.Watermark, s.Upto, s.IdleStamp, s.IdleSince, s.Heard),
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
        Time.Watermark,
        Time.Upto,
        Time.IdleStamp,
        Time.IdleSince,
        Time.Heard,
        Folded,
        FoldedRows,
        Sealed,
        Overtaken,
        Dropped,
        Mover);

    public void Hear(SegmentHeader header)
    {
        if (header.Watermark > Time.Watermark) Mover = header.Mover;
        Time.Hear(header.Upto, header.Watermark, header.Idle, header.Stamp);
    }
}
