using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>What a model said of some rows, beside what turned out to be true.</summary>
/// <param name="Confusion">Decisions beside labels.</param>
/// <param name="Scores">Scores beside labels.</param>
/// <param name="Selected">Of the rows that were selected, how many have a label.</param>
/// <param name="Rejected">Of the rows that were not.</param>
/// <param name="Undecided">Of the rows without a decision.</param>
public sealed record OutcomeCounts(Confusion Confusion, ScoredLabels Scores, LabelCoverage Selected, LabelCoverage Rejected, LabelCoverage Undecided)
{
    /// <param name="outcome">An outcome layout.</param>
    /// <param name="counts">Rows by its cells; none at all is the same as no row.</param>
    public static OutcomeCounts Of(Layout outcome, ReadOnlySpan<long> counts)
    {
        if (counts.IsEmpty) counts = new long[outcome.Cells];
        Span<long> states = stackalloc long[Layout.Decisions * 3];
        for (int cell = 0; cell < counts.Length; cell++) states[cell % states.Length] += counts[cell];
        return new OutcomeCounts(
            new Confusion(
                TruePositive: Rows(states, OutcomeColumns.Yes, OutcomeColumns.Yes), FalsePositive: Rows(states, OutcomeColumns.Yes, OutcomeColumns.No),
                FalseNegative: Rows(states, OutcomeColumns.No, OutcomeColumns.Yes), TrueNegative: Rows(states, OutcomeColumns.No, OutcomeColumns.No)),
            ScoredLabels.Of(outcome, counts),
            Coverage(states, OutcomeColumns.Yes), Coverage(states, OutcomeColumns.No), Coverage(states, OutcomeColumns.Missing));

        long Rows(ReadOnlySpan<long> of, int decision, int label) => of[OutcomeCells.Cell(outcome, 0, decision, label)];

        LabelCoverage Coverage(ReadOnlySpan<long> of, int decision)
        {
            long labelled = Rows(of, decision, OutcomeColumns.No) + Rows(of, decision, OutcomeColumns.Yes);
            return new LabelCoverage(labelled + Rows(of, decision, OutcomeColumns.Missing), labelled);
        }
    }
}

/// <summary>The rows that a metric is of.</summary>
/// <param name="Words">For people.</param>
/// <param name="Rows">How many there are.</param>
/// <param name="OfScores">It is of scores; otherwise of decisions.</param>
internal sealed record OutcomeBasis(string Words, Func<Confusion, ScoredLabels, long> Rows, bool OfScores)
{
    /// <summary>A metric that compares rows of both labels needs as many of each.</summary>
    public const long LeastOfLabel = 10;

    public static OutcomeBasis Decided { get; } = new("rows with a decision and a label", (c, _) => c.Rows, false);

    public static OutcomeBasis Selected { get; } = new("selected rows with a label", (c, _) => c.TruePositive + c.FalsePositive, false);

    public static OutcomeBasis Positive { get; } = new("rows with a decision and a positive label", (c, _) => c.TruePositive + c.FalseNegative, false);

    public static OutcomeBasis Negative { get; } = new("rows with a decision and a negative label", (c, _) => c.TrueNegative + c.FalsePositive, false);

    public static OutcomeBasis Scored { get; } = new("rows with a score and a label", (_, s) => s.Rows, true);

    /// <summary>Rows with a positive and with a negative label.</summary>
    public (long Positive, long Negative) Labels(Confusion confusion, ScoredLabels scores) => OfScores
        ? (scores.Positives, scores.Negatives)
        : (confusion.TruePositive + confusion.FalseNegative, confusion.TrueNegative + confusion.FalsePositive);
}
