using DriftStream.Cells;
using DriftStream.Statistics;

namespace DriftStream.Judging;

/// <summary>The outcomes of a window beside those of the baseline.</summary>
internal sealed record OutcomePair(BaselineSignal Signal, OutcomeCounts Before, OutcomeCounts Now, bool IsMixed)
{
    public LabelKind Kind => Signal.LabelKind;

    /// <param name="reading">The outcomes of the window, in the cells of the baseline's.</param>
    public static OutcomePair Of(SignalReading reading)
    {
        BaselineSignal signal = reading.Signal;
        BaselineSignal? labels = reading.Labels?.Signal;
        return new OutcomePair(
            signal,
            OutcomeCounts.Of(signal, signal.Counts.AsSpan(), labels, labels is null ? [] : labels.Counts.AsSpan()),
            OutcomeCounts.Of(signal, reading.Counts.AsSpan(), labels, reading.Labels is { } of ? of.Counts.AsSpan() : []),
            reading.IsMixed);
    }

    public string? Lacks(CatalogEntry entry) => Kind != LabelKind.Binary ? null : entry.Basis!.OfScores
        ? OutcomeCells.ScoreOf(Signal) is null ? "score" : null
        : OutcomeCells.HasDecision(Signal) ? null : "decision";
}
