using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>What a model said of some rows, beside what turned out to be true.</summary>
/// <param name="Confusion">Decisions beside labels that are positive or not.</param>
/// <param name="Scores">Scores beside such labels.</param>
/// <param name="Selected">Of the rows that were selected, how many have a label.</param>
/// <param name="Rejected">Of the rows that were not.</param>
/// <param name="Undecided">Of the rows without a decision, and of all rows where labels are numbers or classes.</param>
public sealed record OutcomeCounts(Confusion Confusion, ScoredLabels Scores, LabelCoverage Selected, LabelCoverage Rejected, LabelCoverage Undecided)
{
    /// <summary>What labels are.</summary>
    public LabelKind Kind => Residuals is not null ? LabelKind.Number : Classes is not null ? LabelKind.Class : LabelKind.Binary;

    /// <summary>How far predictions are off, where labels are numbers; else null.</summary>
    public ResidualCounts? Residuals { get; private init; }

    /// <summary>Decisions beside labels that are classes; else null.</summary>
    public ClassConfusion? Classes { get; private init; }

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

    /// <summary>Those of the outcomes of a model, in whatever cells these are.</summary>
    /// <param name="outcome">A signal of role <see cref="SignalRole.Outcome"/>.</param>
    /// <param name="counts">Rows by its cells; none at all is the same as no row.</param>
    /// <param name="labels">Where labels are numbers, the signal of these; else null.</param>
    /// <param name="ofLabels">Rows by its cells.</param>
    public static OutcomeCounts Of(BaselineSignal outcome, ReadOnlySpan<long> counts, BaselineSignal? labels = null, ReadOnlySpan<long> ofLabels = default)
    {
        Layout layout = outcome.Layout;
        switch (outcome.LabelKind)
        {
            case LabelKind.Number:
                long missing = counts.IsEmpty ? 0 : counts[layout.MissingCell];
                return Of(ResidualCounts.Of(layout, counts, labels?.Layout, ofLabels), CoverageOf(counts, missing));
            case LabelKind.Class:
                long without = 0;
                for (int cell = layout.Second!.MissingCell; cell < counts.Length; cell += layout.Second.Cells) without += counts[cell];
                return Of(ClassConfusion.Of(layout, counts), CoverageOf(counts, without));
            case LabelKind.Binary:
            default:
                return Of(layout, counts);
        }
    }

    internal static OutcomeCounts Of(Confusion confusion, ScoredLabels scores) => new(confusion, scores, default, default, default);

    internal static OutcomeCounts Of(ClassConfusion classes, LabelCoverage coverage) => None(coverage) with { Classes = classes };

    private static OutcomeCounts Of(ResidualCounts residuals, LabelCoverage coverage) => None(coverage) with { Residuals = residuals };

    private static OutcomeCounts None(LabelCoverage coverage) => new(default, ScoredLabels.Of([]), default, default, coverage);

    private static LabelCoverage CoverageOf(ReadOnlySpan<long> counts, long missing)
    {
        long rows = CountPair.Sum(counts);
        return new LabelCoverage(rows, rows - missing);
    }
}

/// <summary>The rows that a metric is of.</summary>
/// <param name="Words">For people.</param>
/// <param name="Rows">How many there are; of a metric of one class, by its name.</param>
/// <param name="OfScores">It is of scores; otherwise of decisions.</param>
internal sealed record OutcomeBasis(string Words, Func<OutcomeCounts, string?, long> Rows, bool OfScores)
{
    /// <summary>A metric that compares rows of both labels needs as many of each.</summary>
    public const long LeastOfLabel = 10;

    public static OutcomeBasis Decided { get; } = new("rows with a decision and a label", (o, _) => o.Classes?.Rows ?? o.Confusion.Rows, false);

    public static OutcomeBasis Selected { get; } =
        new("selected rows with a label", (o, _) => o.Confusion.TruePositive + o.Confusion.FalsePositive, false);

    public static OutcomeBasis Positive { get; } =
        new("rows with a decision and a positive label", (o, _) => o.Confusion.TruePositive + o.Confusion.FalseNegative, false);

    public static OutcomeBasis Negative { get; } =
        new("rows with a decision and a negative label", (o, _) => o.Confusion.TrueNegative + o.Confusion.FalsePositive, false);

    public static OutcomeBasis Scored { get; } = new("rows with a score and a label", (o, _) => o.Residuals?.Rows ?? o.Scores.Rows, true);

    public static OutcomeBasis DecidedAs { get; } = new("rows that are decided to be of the class", (o, c) => o.Classes!.RowsOf(c!).Decided, false);

    public static OutcomeBasis TrulyOf { get; } = new("rows with a label of the class", (o, c) => o.Classes!.RowsOf(c!).True, false);

    public static OutcomeBasis DecidedOrTrue { get; } = new("rows that are of the class, or decided to be",
        (o, c) => o.Classes!.RowsOf(c!) is var of ? of.Decided + of.True - of.Right : 0, false);

    /// <summary>Rows with a positive and with a negative label.</summary>
    public (long Positive, long Negative) Labels(Confusion confusion, ScoredLabels scores) => OfScores
        ? (scores.Positives, scores.Negatives)
        : (confusion.TruePositive + confusion.FalseNegative, confusion.TrueNegative + confusion.FalsePositive);
}
