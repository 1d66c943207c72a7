using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Host.Files;
using DriftStream.Statistics;

namespace DriftStream.Host.Compare;

/// <summary>Which columns say what a model decided and what turned out to be true.</summary>
/// <param name="Score">The score's column, or null.</param>
/// <param name="Decision">What counts as selected, or null.</param>
/// <param name="Label">What counts as positive.</param>
internal sealed record OutcomeNames(string? Score, BinaryColumn? Decision, BinaryColumn Label)
{
    public OutcomeColumns Columns() => new(Score, Decision, Label);

    /// <summary>Columns that are read, and these among them.</summary>
    public WantedColumns Among(WantedColumns wanted) =>
        wanted.And(Score, JsonKind.Number).And(Decision?.Column, JsonKind.Category).And(Label.Column, JsonKind.Category);
}

/// <summary>What a model decided, and what turned out to be true, of some rows: 16 bytes a row with a score, and as many more if it has a label.</summary>
internal sealed class Outcomes
{
    private const int Block = 512;

    private readonly LabelCoverage[] _coverage = new LabelCoverage[3];
    private readonly long[,] _counts = new long[2, 2];
    private readonly List<(double Score, bool Positive)> _scores = [];
    private readonly List<(double Score, int Decision)> _said = [];

    /// <summary>Those of all rows of a file.</summary>
    /// <exception cref="DataFileException">It cannot be read, or a column has a type that says nothing.</exception>
    public static Outcomes Of(DataFile file, OutcomeNames names)
    {
        (Outcomes all, OutcomeColumns columns) = (new Outcomes(), names.Columns());
        foreach (Batch batch in file.Batches)
        {
            if (columns.Bind(batch) is { } reject) throw new DataFileException(file.Path, reject.Detail);
            all.Add(columns, 0, batch.Rows);
        }

        return all;
    }

    public void Add(OutcomeColumns columns, int start, int rows)
    {
        Span<double> scores = stackalloc double[Block];
        Span<int> decisions = stackalloc int[Block], labels = stackalloc int[Block];
        for (int at = start; at < start + rows; at += Block)
        {
            int length = Math.Min(Block, start + rows - at);
            columns.Read(at, scores[..length], decisions[..length], labels[..length]);
            for (int i = 0; i < length; i++) Add(scores[i], decisions[i], labels[i]);
        }
    }

    /// <summary>Decisions beside labels.</summary>
    public Confusion Confusion => new(_counts[1, 1], _counts[1, 0], _counts[0, 1], _counts[0, 0]);

    public Performance Performance() => new(
        _coverage[OutcomeColumns.Yes], _coverage[OutcomeColumns.No], _coverage[OutcomeColumns.Missing],
        Statistics.Performance.Of(Confusion, ScoredLabels.Of(_scores)));

    /// <summary>What scores mean by the labels of these rows; null where too few have one.</summary>
    public ScoreCalibration? Calibration() => ScoredLabels.Of(_scores).Isotonic();

    /// <summary>What is to be expected of these rows by what scores mean elsewhere, whatever labels they have.</summary>
    public EstimatedPerformance Estimate(ScoreCalibration calibration) => EstimatedPerformance.Of(calibration, _said
        .GroupBy(s => s.Score)
        .Select(s => new ScoredDecisions(s.Key, Count(s, OutcomeColumns.No), Count(s, OutcomeColumns.Yes), Count(s, OutcomeColumns.Missing))));

    private static long Count(IEnumerable<(double Score, int Decision)> rows, int decision) => rows.Count(r => r.Decision == decision);

    private void Add(double score, int decision, int label)
    {
        bool isKnown = label != OutcomeColumns.Missing;
        LabelCoverage before = _coverage[decision];
        _coverage[decision] = new LabelCoverage(before.Rows + 1, before.Labelled + (isKnown ? 1 : 0));
        if (double.IsFinite(score)) _said.Add((score, decision));
        if (!isKnown) return;
        if (decision != OutcomeColumns.Missing) _counts[decision, label]++;
        if (double.IsFinite(score)) _scores.Add((score, label == OutcomeColumns.Yes));
    }
}
