using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Host.Files;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Host.Compare;

/// <summary>Which columns say what a model decided and what turned out to be true.</summary>
/// <param name="Score">The score's column, or null.</param>
/// <param name="Decision">What counts as selected, or null.</param>
/// <param name="Label">What counts as positive.</param>
internal sealed record OutcomeNames(string? Score, BinaryColumn? Decision, BinaryColumn Label)
{
    /// <summary>What a label is.</summary>
    public LabelKind Kind { get; init; }

    /// <summary>Columns by whose values rows are also looked at apart, each entry one or several.</summary>
    public ImmutableArray<ImmutableArray<string>> By { get; init; } = [];

    public OutcomeColumns Columns() => new(Score, Decision, Label);

    /// <summary>Columns that are read, and these among them.</summary>
    public WantedColumns Among(WantedColumns wanted) =>
        By.SelectMany(b => b).Aggregate(
            wanted.And(Score, JsonKind.Number).And(Decision?.Column, JsonKind.Category)
                .And(Label.Column, LabelFile.JsonKindOf(Kind)),
            (all, column) => all.And(column, JsonKind.Category));
}

/// <summary>What a model decided, and what turned out to be true, of some rows: 16 bytes a row with a score, and as many more if it has a label.</summary>
internal sealed class Outcomes
{
    private const int Block = 512;

    /// <summary>Groups with fewer rows that have a label are not shown.</summary>
    private const long LeastOfGroup = 100;

    private readonly LabelCoverage[] _coverage = new LabelCoverage[3];
    private readonly long[,] _counts = new long[2, 2];
    private readonly List<(double Score, bool Positive)> _scores = [];
    private readonly List<(double Score, int Decision, bool IsKnown)> _said = [];
    private readonly List<(double Predicted, double Label)> _numbers = [];
    private readonly SortedDictionary<(string Group, string Value), Outcomes> _groups = [];
    private ClassConfusion? _classes;
    private long _odd;

    /// <summary>Those of all rows of a file.</summary>
    /// <exception cref="DataFileException">It cannot be read, or a column has a type that says nothing.</exception>
    /// <param name="file">The file.</param>
    /// <param name="names">Its columns.</param>
    /// <param name="errors">Where labels and scores are told that are NaN or infinite.</param>
    public static Outcomes Of(DataFile file, OutcomeNames names, TextWriter errors)
    {
        (Outcomes all, OutcomeReader reader) = (new Outcomes(), new OutcomeReader(names));
        foreach (Batch batch in file.Batches)
        {
            if (reader.Bind(batch) is { } reject) throw new DataFileException(file.Path, reject.Detail);
            reader.Add(all, 0, batch.Rows);
        }

        foreach (string odd in reader.Odd(file.Path)) errors.WriteLine(odd);
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

    /// <summary>Adds a row with a label of the kind number; NaN where there is none.</summary>
    public void Add(double predicted, double label)
    {
        Note(double.IsFinite(label));
        if (double.IsFinite(predicted) && double.IsFinite(label)) _numbers.Add((predicted, label));
    }

    /// <summary>Adds a row with a label of the kind class; null where there is none.</summary>
    public void Add(string? decided, string? label)
    {
        _classes ??= new ClassConfusion();
        Note(label is not null);
        if (decided is not null && label is not null) _classes.Add(decided, label);
    }

    /// <summary>Those of the rows of one group alone.</summary>
    public Outcomes Of(string group, string value)
    {
        if (!_groups.TryGetValue((group, value), out Outcomes? of)) _groups.Add((group, value), of = new Outcomes());
        return of;
    }

    /// <summary>The groups of these rows, each as it did before and as it does here: those with rows enough that have a label.</summary>
    /// <param name="before">Those of the reference.</param>
    /// <param name="kind">What labels are.</param>
    /// <param name="classes">Of classes, those that are shown each.</param>
    public ImmutableArray<GroupPerformance> Groups(Outcomes? before, LabelKind kind, ImmutableArray<string> classes) =>
    [
        .. _groups.Where(g => g.Value._coverage.Sum(c => c.Labelled) >= LeastOfGroup).Select(g => new GroupPerformance(
            g.Key.Group, g.Key.Value, (before?._groups.GetValueOrDefault(g.Key) ?? new Outcomes()).Performance(kind, classes),
            g.Value.Performance(kind, classes))),
    ];

    /// <summary>How far the errors of groups are apart, of each group by each metric, where labels are numbers.</summary>
    public ImmutableArray<GroupDifference> Differences() =>
    [
        .. _groups.GroupBy(g => g.Key.Group, StringComparer.Ordinal).SelectMany(by => Enum.GetValues<ErrorOf>().Select(of =>
        {
            GroupError[] errors = [.. by.Select(g => GroupError.OfRows(g.Key.Value, g.Value._coverage[OutcomeColumns.Missing], g.Value._numbers, of))];
            GroupError[] left = [.. errors.Where(e => e.Rows < LeastOfGroup || GroupErrors.RestsOnFew(e))];
            return new GroupDifference(
                by.Key, GroupErrors.NameOf(of) + "_difference",
                GroupErrors.Difference([.. errors], LeastOfGroup, Statistics.Performance.UsualConfidence), [.. left.Select(e => e.Value)])
            {
                Reasons = [.. left.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Value} ({e.Rows:N0} rows, {WhyLeft(e)})"))],
            };
        })),
    ];

    private static string WhyLeft(GroupError of) =>
        of.Rows < LeastOfGroup ? $"fewer than {LeastOfGroup}" : $"of which fewer than {GroupDisparity.LeastEvents} make up its error";

    /// <summary>The classes that are shown of these rows, where labels are classes.</summary>
    public ImmutableArray<string> Classes => _classes?.Classes ?? [];

    /// <summary>How well a model does whose labels are of that kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="classes">Of classes, those that are shown each.</param>
    public Performance Performance(LabelKind kind, ImmutableArray<string> classes) => (kind switch
    {
        LabelKind.Binary => Performance(),
        LabelKind.Number => new Performance(default, default, _coverage[OutcomeColumns.Missing], Residuals.Of(_numbers)),
        LabelKind.Class => new Performance(default, default, _coverage[OutcomeColumns.Missing], (_classes ?? new ClassConfusion()).Metrics(classes)),
    }) with
    { OddLabels = _odd };

    /// <summary>Notes that a row that was added has a label that is none.</summary>
    public void NoteOdd() => _odd++;

    private void Note(bool labelled)
    {
        LabelCoverage before = _coverage[OutcomeColumns.Missing];
        _coverage[OutcomeColumns.Missing] = new LabelCoverage(before.Rows + 1, before.Labelled + (labelled ? 1 : 0));
    }

    /// <summary>Decisions beside labels.</summary>
    public Confusion Confusion => new(_counts[1, 1], _counts[1, 0], _counts[0, 1], _counts[0, 0]);

    public Performance Performance() => new(
        _coverage[OutcomeColumns.Yes], _coverage[OutcomeColumns.No], _coverage[OutcomeColumns.Missing],
        Statistics.Performance.Of(Confusion, ScoredLabels.Of(_scores)));

    /// <summary>What scores mean by the labels of these rows; null where too few have one.</summary>
    public ScoreCalibration? Calibration() => ScoredLabels.Of(_scores).Isotonic();

    /// <summary>What is to be expected of these rows by what scores mean elsewhere, whatever labels they have.</summary>
    public EstimatedPerformance Estimate(ScoreCalibration calibration) => Estimate(calibration, _ => true);

    /// <summary>The same of rows whose label is known alone; null where that is so of none, or of all.</summary>
    public EstimatedPerformance? EstimateLabelled(ScoreCalibration calibration)
    {
        int known = _said.Count(s => s.IsKnown);
        return known == 0 || known == _said.Count ? null : Estimate(calibration, isKnown => isKnown);
    }

    private EstimatedPerformance Estimate(ScoreCalibration calibration, Predicate<bool> counts) => EstimatedPerformance.Of(calibration, _said
        .Where(s => counts(s.IsKnown))
        .GroupBy(s => s.Score, s => s.Decision)
        .Select(s => new ScoredDecisions(s.Key, Count(s, OutcomeColumns.No), Count(s, OutcomeColumns.Yes), Count(s, OutcomeColumns.Missing))));

    private static long Count(IEnumerable<int> decisions, int decision) => decisions.Count(d => d == decision);

    /// <summary>Adds a row whose label is positive or not; NaN and <see cref="OutcomeColumns.Missing"/> where something is not there.</summary>
    public void Add(double score, int decision, int label)
    {
        bool isKnown = label != OutcomeColumns.Missing;
        LabelCoverage before = _coverage[decision];
        _coverage[decision] = new LabelCoverage(before.Rows + 1, before.Labelled + (isKnown ? 1 : 0));
        if (double.IsFinite(score)) _said.Add((score, decision, isKnown));
        if (!isKnown) return;
        if (decision != OutcomeColumns.Missing) _counts[decision, label]++;
        if (double.IsFinite(score)) _scores.Add((score, label == OutcomeColumns.Yes));
    }
}
