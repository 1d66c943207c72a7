using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>
/// Rows of one source partition by fate, as one counts partition sees them: the fates of the counter are those of all models,
/// the rest only those of this partition's models.
/// </summary>
/// <param name="Source">The partition.</param>
/// <param name="Fates">As the counter decided.</param>
/// <param name="Open">Rows of these models in panes that are not sealed.</param>
/// <param name="Sealed">Rows of these models in sealed panes.</param>
/// <param name="Overtaken">Rows of these models that came for panes already sealed.</param>
/// <param name="Dropped">Rows of models that the plan does not have, dropped after waiting: they are in no window.</param>
/// <param name="Watermark">Largest event time accepted.</param>
/// <param name="Point">Where the chain of folded segments ends.</param>
/// <param name="FoldedCounted">Rows that the headers of the folded segments call counted, of all models.</param>
/// <param name="FoldedRows">Rows in the entries of the folded segments, of these models.</param>
public sealed record SourceAccount(
    SourcePartition Source, FateCounts Fates, RowCount Open, RowCount Sealed, RowCount Overtaken, RowCount Dropped, EventTime Watermark,
    SourceOffset Point, RowCount FoldedCounted, RowCount FoldedRows);
