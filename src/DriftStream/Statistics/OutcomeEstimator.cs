using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>
/// Estimates how well a model does from an outcome table whose labels are not known yet: <see cref="EstimatedPerformance"/> of the cells of scores, each score
/// being the middle of its cell, by what the labels of a reference in the same cells say.
/// </summary>
public sealed class OutcomeEstimator
{
    // A cell with so many labels of the reference is known; of one with fewer a window may have so many times the share that the reference has there.
    private const long Known = 10, MostTimes = 10;

    private readonly Layout _outcome;
    private readonly ScoreCalibration _calibration;
    private readonly long[] _labelled;
    private readonly long _allLabelled;

    private OutcomeEstimator(Layout outcome, ScoreCalibration calibration, ReadOnlySpan<long> reference)
    {
        (_outcome, _calibration) = (outcome, calibration);
        _labelled = new long[outcome.Inner!.ValueCells];
        for (int score = 0; score < _labelled.Length; score++)
        {
            for (int decision = 0; decision < Layout.Decisions; decision++)
                _labelled[score] += RowsOf(reference, score, decision, labelled: true);
        }

        _allLabelled = CountPair.Sum(_labelled);
        OfReference = Of(reference);
    }

    /// <summary>What it says of the reference's own rows: what a window is compared with.</summary>
    public EstimatedPerformance OfReference { get; }

    /// <summary>
    /// Null where the model has no score, where its labels are numbers or classes, or where the reference has too few labels
    /// (<see cref="ScoreCalibration.LeastRows"/>).
    /// </summary>
    /// <param name="outcome">The layout of outcomes.</param>
    /// <param name="reference">The reference's rows by its cells.</param>
    public static OutcomeEstimator? For(Layout outcome, ReadOnlySpan<long> reference)
    {
        if (outcome.Kind != LayoutKind.Outcome || outcome.Inner!.Edges.IsEmpty || reference.Length != outcome.Cells) return null;
        return ScoredLabels.Of(outcome, reference).Isotonic() is { } calibration ? new OutcomeEstimator(outcome, calibration, reference) : null;
    }

    /// <summary>Of all rows with a score, whether their label is known or not.</summary>
    /// <param name="counts">Rows by the cells of the outcome layout.</param>
    public EstimatedPerformance Of(ReadOnlySpan<long> counts) => Of(counts, labelled: false);

    /// <summary>Of the rows whose label is known: what is to be compared with what their labels show.</summary>
    /// <inheritdoc cref="Of(ReadOnlySpan{long})"/>
    public EstimatedPerformance OfLabelled(ReadOnlySpan<long> counts) => Of(counts, labelled: true);

    private EstimatedPerformance Of(ReadOnlySpan<long> counts, bool labelled)
    {
        var rows = new List<ScoredDecisions>();
        var cells = new List<int>();
        for (int score = 0; score < _labelled.Length; score++)
        {
            if (ScoredLabels.MiddleOf(_outcome.Inner!, score) is not { } middle) continue;
            rows.Add(new ScoredDecisions(
                middle,
                RowsOf(counts, score, OutcomeColumns.No, labelled),
                RowsOf(counts, score, OutcomeColumns.Yes, labelled),
                RowsOf(counts, score, OutcomeColumns.Missing, labelled)));
            cells.Add(score);
        }

        long all = rows.Sum(r => r.Rows);
        return EstimatedPerformance.Of(_calibration, rows, rows.Zip(cells, (r, cell) => Unknown(r.Rows, all, _labelled[cell])).Sum());
    }

    // Rows beyond what the reference lets expect of a cell of which it has hardly a label: there the calibration is a line drawn between scores that it knows.
    private long Unknown(long rows, long all, long labelled) =>
        labelled >= Known ? 0 : Math.Max(0, rows - (long)((Int128)all * MostTimes * (labelled + 1) / _allLabelled));

    private long RowsOf(ReadOnlySpan<long> counts, int score, int decision, bool labelled)
    {
        long rows = counts[OutcomeCells.Cell(_outcome, score, decision, OutcomeColumns.No)]
            + counts[OutcomeCells.Cell(_outcome, score, decision, OutcomeColumns.Yes)];
        return labelled ? rows : rows + counts[OutcomeCells.Cell(_outcome, score, decision, OutcomeColumns.Missing)];
    }
}
