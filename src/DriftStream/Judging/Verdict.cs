using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>What is said of a signal, a group or a whole window.</summary>
public enum Judgement : byte
{
    /// <summary>Enough rows, and no rule speaks.</summary>
    Steady,
    /// <summary>A rule speaks.</summary>
    Drifting,
    /// <summary>Too few rows, or too sparse, to say either.</summary>
    Insufficient,
    /// <summary>No rule looks at it.</summary>
    Unjudged,
}

/// <summary>A number with its meaning, and what the rules made of it.</summary>
/// <param name="Name">The statistic's name in the config and in every message.</param>
/// <param name="Convention">How it was computed, where tools disagree: <c>merged-cells</c>, <c>reference-deciles</c> ...</param>
/// <param name="Value">The value, or null where it is undefined.</param>
/// <param name="Low">Lower end of its interval, or null.</param>
/// <param name="High">Upper end of its interval, or null.</param>
/// <param name="PValue">The p-value, or null where the statistic has none.</param>
/// <param name="Test">The test that gave the p-value, such as <c>x2-cells</c>, or null.</param>
/// <param name="ReferenceRows">Rows of the baseline behind it.</param>
/// <param name="WindowRows">Rows of the window behind it.</param>
/// <param name="Rule">The id of the rule that looked at it, or null.</param>
/// <param name="Rejected">The rule speaks.</param>
/// <param name="Judgement">What this rule says of this value.</param>
public sealed record JudgedStatistic(
    string Name,
    string? Convention,
    double? Value,
    double? Low,
    double? High,
    double? PValue,
    string? Test,
    long ReferenceRows,
    long WindowRows,
    string? Rule,
    bool Rejected,
    Judgement Judgement)
{
    /// <summary>
    /// The least value that the rule would find in four of five windows with so many rows: steady means no more than that. Null where it is not known.
    /// </summary>
    public double? Detectable { get; init; }

    /// <summary>The name of the baseline that it compares the window with; null of the leading one.</summary>
    public string? Against { get; init; }

    /// <summary>What the detector of a trend says; null for rules of other kinds.</summary>
    public TrendReading? Trend { get; init; }

    /// <summary>
    /// Whether the reason for an insufficient judgement is that an interval holds the limit: there are rows enough, and nobody can say all the same.
    /// </summary>
    /// <param name="why">The reason, or null.</param>
    public static bool IsUndecided(string? why) =>
        why?.Contains(Look.Straddles, StringComparison.Ordinal) == true || why?.Contains(Look.Beyond, StringComparison.Ordinal) == true;

    /// <summary>Of a number that is only counted: no convention, interval or test, and no row of the baseline behind it.</summary>
    internal static JudgedStatistic OfCount(string name, double? value, long windowRows, string rule, Judgement judgement) => new(
        name,
        Convention: null,
        value,
        Low: null,
        High: null,
        PValue: null,
        Test: null,
        ReferenceRows: 0,
        windowRows,
        rule,
        Rejected: judgement == Judgement.Drifting,
        judgement);
}

/// <summary>A cell and its part in a statistic.</summary>
/// <param name="Cell">Its name, or that of a run of merged cells.</param>
/// <param name="Reference">Its share of the baseline, 0 to 1.</param>
/// <param name="Window">Its share of the window, 0 to 1.</param>
/// <param name="Contribution">Its term in the statistic.</param>
public sealed record CellContribution(string Cell, double Reference, double Window, double Contribution);

/// <summary>One signal of a closed window.</summary>
public sealed record JudgedSignal(
    string Signal,
    long Rows,
    long Missing,
    long Unseen,
    Judgement Judgement,
    string? Why,
    ImmutableArray<JudgedStatistic> Statistics,
    ImmutableArray<CellContribution> Cells)
{
    /// <summary>The rows that were looked at; null for all rows of the window.</summary>
    public Slice? Slice { get; init; }

    /// <summary>How the two columns of a pair depend on each other, in the reference and in the window; null of every other signal.</summary>
    public JudgedPair? Pair { get; init; }

    /// <summary>For people: <c>amount</c>, or <c>amount among country = DE</c>.</summary>
    public string Subject => Slice is null ? Signal : $"{Signal} among {Slice.Text}";

    /// <summary>Rows that are elsewhere than in the reference (<see cref="RowsMoved"/>); 0 where no rule speaks.</summary>
    public long Moved { get; init; }

    /// <summary>A rule speaks, and all but a hundredth of the rows are in one cell, which has less than half of the reference.</summary>
    public bool IsOneCell { get; init; }

    /// <summary>What can be drawn of it against the leading baseline; null where a sample is empty, and of slices that do not drift.</summary>
    public SignalShares? Shares { get; init; }

    /// <summary>So many rows of the window count as one, because rows that follow each other are alike; null where that was not measured.</summary>
    public double? DesignEffect { get; init; }
}

/// <summary>Two columns that are judged together.</summary>
public sealed record JudgedPair(string First, string Second, PairDependence Reference, PairDependence Window);

/// <summary>One value of a protected attribute: the rows that the statistic's rate is of, and how many of them count (were selected, mostly).</summary>
public sealed record GroupCount(string Value, long Rows, long Selected)
{
    /// <summary>So many values that are told together, since few rows have each; null of one by itself.</summary>
    public int? Values { get; init; }

    /// <summary>Of calibration, rows with a score, whether or not their label is known; <see cref="Selected"/> has a positive one. Else null.</summary>
    public long? Scored { get; init; }

    /// <summary>Of calibration, mean score less the share of positive labels; null where no row has both, or scores are no probabilities.</summary>
    public double? Bias { get; init; }

    /// <summary>Of differences of errors, its rows, whether or not they have score and label; else null. <see cref="Selected"/> says nothing then.</summary>
    public long? All { get; init; }

    /// <summary>Of differences of errors, the metric that is compared; null where no row has both.</summary>
    public double? Error { get; init; }
}

/// <summary>One fairness statistic of one group of a closed window.</summary>
public sealed record JudgedGroup(
    string Group,
    JudgedStatistic Statistic,
    string? Why,
    ImmutableArray<GroupCount> By)
{
    /// <summary>Rows that would have to be selected for parity (<see cref="RowsMoved"/>); 0 where no rule speaks.</summary>
    public long Moved { get; init; }

    /// <summary>The value with the lowest rate; null where nothing could be compared.</summary>
    public string? Least { get; init; }

    /// <summary>The rate that <see cref="By"/> is of: of a statistic of several, the one that is furthest apart.</summary>
    public RateOf Of { get; init; }

    /// <summary>How many rows of the window have a label, of those that are selected and of the others; null of a statistic that needs none.</summary>
    public (LabelCoverage Selected, LabelCoverage Rejected)? Labelled { get; init; }

    /// <summary>The same by value; empty of a statistic that needs none.</summary>
    public ImmutableArray<GroupCoverage> LabelledBy { get; init; } = [];
}

/// <summary>A metric of how well a model does, and what a rule made of it.</summary>
/// <param name="Statistic">What the rule looked at, with an interval of its confidence.</param>
/// <param name="Metric">The same with what its cells leave open.</param>
/// <param name="Why">Why it drifts or cannot be said, and of how many rows labels are known; null where there is nothing to say.</param>
public sealed record JudgedMetric(JudgedStatistic Statistic, PerformanceMetric Metric, string? Why)
{
    /// <summary>Cells leave open what the metric of the rows is, also where no bound is known (<see cref="PerformanceMetric.LeftOpen"/> is null).</summary>
    public bool OfCells { get; init; }
}

/// <summary>How well a model did on the rows of one group, on the reference and in a window.</summary>
/// <param name="Group">The column, or several: <c>SEX x RAC1P</c>.</param>
/// <param name="Value">The value that the rows have there.</param>
/// <param name="Reference">On the reference.</param>
/// <param name="Window">In the window.</param>
public sealed record GroupPerformance(string Group, string Value, Performance Reference, Performance Window);

/// <summary>How far the errors of the values of a group are apart, of rows that are at hand.</summary>
/// <param name="Group">The column, or several.</param>
/// <param name="Statistic">Its name: <c>mae_difference</c>.</param>
/// <param name="Difference">With an interval of 95 %; null where fewer than two values are large enough, which is not fair.</param>
/// <param name="LeftOut">Values with too few rows, or whose error rests on too few of them.</param>
public sealed record GroupDifference(string Group, string Statistic, GroupErrors? Difference, ImmutableArray<string> LeftOut)
{
    /// <summary>Why each of <see cref="LeftOut"/> is, in its order: <c>2 (99 rows, fewer than 100)</c>.</summary>
    public ImmutableArray<string> Reasons { get; init; } = [];
}

/// <summary>What a rule with a detector of errors made of a window.</summary>
/// <param name="Detector">The name of the detector.</param>
/// <param name="Reading">What it says; null where it did not see the window.</param>
/// <param name="Judged">What that makes of the metric.</param>
public sealed record JudgedErrors(string Detector, ErrorReading? Reading, JudgedMetric Judged);

/// <summary>How well a model is estimated to do, by its scores and what they meant in the reference.</summary>
/// <param name="Reference">What that says of the reference's own rows.</param>
/// <param name="Window">Of all rows of the window.</param>
public sealed record OutcomeEstimate(EstimatedPerformance Reference, EstimatedPerformance Window)
{
    /// <summary>Of the rows of the window whose label is known; null where none is, or all are.</summary>
    public EstimatedPerformance? Labelled { get; init; }

    /// <summary>What is to be held beside what labels show: an estimate of the same rows.</summary>
    public EstimatedPerformance Comparable => Labelled ?? Window;
}

/// <summary>How well a model did on the reference, and in a window.</summary>
public sealed record ComparedPerformance(Performance Reference, Performance Window)
{
    /// <summary>One for each rule that looks at a metric, in the order of the rules.</summary>
    public ImmutableArray<JudgedMetric> Judged { get; init; } = [];

    /// <summary>What was to be expected of the window before its labels came, from its scores; null where nobody knows what scores mean.</summary>
    public OutcomeEstimate? Estimate { get; init; }

    /// <summary>The labels of these rows come later, so that nothing is known yet but the estimate.</summary>
    public bool AwaitsLabels { get; init; }

    /// <summary>
    /// What detectors of concept drift say of the window's errors, after those of the reference and of the windows before; empty where none looks.
    /// </summary>
    public ImmutableArray<DetectedErrors> Detectors { get; init; } = [];

    /// <summary>One for each rule with a detector of errors, in the order of the rules; they are in <see cref="Judged"/>, too.</summary>
    public ImmutableArray<JudgedErrors> Errors { get; init; } = [];

    /// <summary>What errors cost; null where nobody says what one does.</summary>
    public OutcomeCosts? Costs { get; init; }

    /// <summary>How well the model did on the rows of single groups, by group and then by value; empty where none was asked for.</summary>
    public ImmutableArray<GroupPerformance> Groups { get; init; } = [];

    /// <summary>How far the errors of groups are apart, where labels are numbers, likewise.</summary>
    public ImmutableArray<GroupDifference> Differences { get; init; } = [];
}

/// <summary>Which features a model relies on in a window, by their mean |attribution|.</summary>
/// <param name="Ranking">Beside the reference's; without features where it cannot be told.</param>
/// <param name="Judged">One for each rule that looks at it, in the order of the rules; one that is unjudged where none does.</param>
/// <param name="Why">Why it drifts or cannot be told; null where there is nothing to say.</param>
public sealed record JudgedAttributions(AttributionRanking Ranking, ImmutableArray<JudgedStatistic> Judged, string? Why)
{
    /// <summary>Drifting where a rule speaks.</summary>
    public Judgement Judgement => Judged.Any(j => j.Judgement == Judgement.Drifting) ? Judgement.Drifting
        : Judged.Any(j => j.Judgement == Judgement.Insufficient) ? Judgement.Insufficient
        : Judged[0].Judgement;
}

/// <summary>All judgements of a closed window of one model version.</summary>
/// <param name="Window">What was judged.</param>
/// <param name="Judgement">Drifting if anything is; otherwise insufficient if nothing could be judged, else steady.</param>
/// <param name="Why">One line: <c>1 of 18 signals</c>.</param>
/// <param name="Signals">In the baseline's order.</param>
/// <param name="Groups">In the baseline's order.</param>
/// <param name="BaselineHash">Hash of the baseline it was judged against.</param>
public sealed record Verdict(
    ClosedWindow Window,
    Judgement Judgement,
    string Why,
    ImmutableArray<JudgedSignal> Signals,
    ImmutableArray<JudgedGroup> Groups,
    string BaselineHash)
{
    /// <summary>Hashes of all baselines whose cells its rows were counted in, oldest first, if there are several; otherwise empty.</summary>
    public ImmutableArray<string> Baselines { get; init; } = [];

    /// <summary>What it was judged against beside the baseline, in the config's order; empty where the model has no more.</summary>
    public ImmutableArray<WindowReference> References { get; init; } = [];

    /// <summary>How well the model did on rows whose label is known; null where nobody has asked, or nobody knows.</summary>
    public ComparedPerformance? Performance { get; init; }

    /// <summary>Which features the model relies on; null where its messages bring no attributions.</summary>
    public JudgedAttributions? Attributions { get; init; }

    /// <summary>The KPIs of the model, in the config's order.</summary>
    public ImmutableArray<JudgedKpi> Kpis { get; init; } = [];

    /// <summary>Signals inside slices, by slices and then in the baseline's order.</summary>
    public ImmutableArray<JudgedSignal> Slices { get; init; } = [];

    /// <summary>Slices that drift while neither all rows of their signal nor a wider slice does.</summary>
    public IEnumerable<JudgedSignal> SlicesAlone
    {
        get
        {
            JudgedSignal[] drifting = [.. Signals.Concat(Slices).Where(s => s.Judgement == Judgement.Drifting)];
            return drifting.Where(s => s.Slice is { } slice
                && !Array.Exists(drifting, d => d.Signal == s.Signal && (d.Slice is null || d.Slice.Holds(slice))));
        }
    }

    /// <summary>Every slice is shown; otherwise those that drift, since there are many.</summary>
    public bool ShowsAllSlices { get; init; }

    /// <summary>What messages and people are shown of signals: all of them, then slices.</summary>
    public ImmutableArray<JudgedSignal> Shown => [.. Signals, .. Slices.Where(s => ShowsAllSlices || s.Judgement == Judgement.Drifting)];

    /// <summary>Hash of the plan whose rules judged it.</summary>
    public string Plan { get; init; } = "";

    /// <summary>Hashes of all plans that counted its rows, oldest first, if there are several; otherwise empty.</summary>
    public ImmutableArray<string> Plans { get; init; } = [];

    /// <summary>Statistics of the whole model, as <see cref="LossJudge"/> judged them; they do not enter <see cref="Judgement"/>.</summary>
    public ImmutableArray<JudgedStatistic> OfModel { get; init; } = [];
}
