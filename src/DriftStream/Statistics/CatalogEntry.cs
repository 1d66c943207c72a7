using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>Computes one statistic of one signal, with an interval of the confidence where a rule asks for one.</summary>
internal delegate Statistic StatisticFunction(in CountPair pair, CellGroups groups, string? convention, double? confidence);

/// <summary>Compares rates of groups, with an interval of the confidence where a rule asks for one.</summary>
/// <param name="rates">Of each of the entry's rates the groups.</param>
/// <param name="of">The entry's rates.</param>
/// <param name="minRows">Groups with fewer rows are not judged.</param>
/// <param name="confidence">0.95 for 95 %; null for the value alone.</param>
/// <param name="reference">The group that the others are compared with.</param>
internal delegate GroupDisparity? GroupFunction(
    ReadOnlySpan<ImmutableArray<GroupRate>> rates, ReadOnlySpan<RateOf> of, long minRows, double? confidence, string? reference);

/// <summary>Computes a metric of how well a model does, with an interval of the confidence.</summary>
/// <param name="outcomes">What is known of the rows.</param>
/// <param name="confidence">0.95 for 95 %.</param>
/// <param name="name">Of a metric of one class, which one; else null.</param>
internal delegate PerformanceMetric OutcomeFunction(OutcomeCounts outcomes, double confidence, string? name);

/// <summary>One statistic in one convention, and what it can be computed for.</summary>
/// <param name="Name">Its name in the config and in every message.</param>
/// <param name="Convention">As configured; null for our own.</param>
/// <param name="Numeric">Numeric signals have it.</param>
/// <param name="Categorical">Categorical signals have it.</param>
/// <param name="Table">It compares the values of a group.</param>
/// <param name="HasPValue">A calibrated alarm can be set on it.</param>
public sealed record CatalogEntry(string Name, string? Convention, bool Numeric, bool Categorical, bool Table, bool HasPValue)
{
    /// <summary>The greatest value it can take: limits of rules lie between 0 and this.</summary>
    public required double Most { get; init; }

    /// <summary>The least value it can take; negative of few.</summary>
    public double Least { get; init; }

    /// <summary>Pairs of columns have it, and nothing else.</summary>
    public bool OfPairs { get; init; }

    /// <summary>Of pairs, those of two numbers alone have it.</summary>
    public bool OfNumbers { get; init; }

    /// <summary>Of groups, it is of their scores, too: calibration tables have it, and no others.</summary>
    public bool OfScoresOfGroups { get; init; }

    /// <summary>Of groups, which metric of the errors of each it compares, where labels are numbers; null of every other statistic.</summary>
    public ErrorOf? ErrorsOfGroups { get; init; }

    /// <summary>Of groups, it compares all with each other: a rule names no reference.</summary>
    internal bool ComparesAll => OfScoresOfGroups || ErrorsOfGroups == ErrorOf.Bias;

    /// <summary>It is of the attributions of all features: it compares which of them the model relies on.</summary>
    public bool OfAttributions { get; init; }

    /// <summary>It is of the cells that a rule names, so that nothing computes it without a rule.</summary>
    public bool OfCells { get; init; }

    /// <summary>Computes it for a signal; null for a statistic of group tables, or of named cells.</summary>
    internal StatisticFunction? Compute { get; init; }

    /// <summary>The rates of groups that it compares; empty for a statistic of signals.</summary>
    public ImmutableArray<RateOf> Rates { get; init; } = [];

    /// <summary>It compares rates of groups by their ratio; otherwise by their difference.</summary>
    internal bool IsRatio { get; init; }

    /// <summary>It is of rows whose label is known.</summary>
    public bool NeedsLabel => Outcome || OfScoresOfGroups || ErrorsOfGroups is not null || Rates.Any(GroupRates.NeedsLabel);

    /// <summary>Outcome tables have it: it says how well a model does.</summary>
    public bool Outcome => Measure is not null;

    /// <summary>The metric that it estimates before labels come (<see cref="EstimatedPerformance"/>); null for every other statistic.</summary>
    public string? Estimates { get; init; }

    /// <summary>Of outcomes, what the labels are that it is of.</summary>
    public LabelKind Labels { get; init; }

    /// <summary>Of labels that are classes, it is of one class against the rest, which a rule names.</summary>
    public bool OfClass { get; init; }

    /// <summary>Computes it for an outcome table; null for a statistic of signals or groups, and for an estimate.</summary>
    internal OutcomeFunction? Measure { get; init; }

    /// <summary>Of an outcome table, the rows that it is of.</summary>
    internal OutcomeBasis? Basis { get; init; }

    /// <summary>Of an outcome table, it compares rows of both labels.</summary>
    internal bool OfBothLabels { get; init; }

    /// <summary>Of an outcome table, it is the share of its rows that are so.</summary>
    internal bool IsShare { get; init; }

    /// <summary>Of an outcome table, it is of scores that are probabilities.</summary>
    internal bool OfProbabilities { get; init; }

    /// <summary>Of an outcome table, it has a standard error, so that a rule may ask for a confidence.</summary>
    public bool HasError { get; init; }

    /// <summary>Computes it for a group table; null for a statistic of signals.</summary>
    internal GroupFunction? Compare { get; init; }

    /// <summary>How the interval of a group table is computed: its convention where a rule asks for a confidence.</summary>
    internal string? Interval { get; init; }

    /// <summary>Whether signals of that kind have it.</summary>
    public bool Suits(LayoutKind kind) => kind switch
    {
        LayoutKind.Numeric => Numeric,
        LayoutKind.Categorical => Categorical,
        LayoutKind.Table => Table && !OfScoresOfGroups && ErrorsOfGroups is null,
        LayoutKind.Calibration => OfScoresOfGroups,
        LayoutKind.Joint => OfPairs,
        LayoutKind.Sliced => false,
        LayoutKind.Outcome => Outcome && Labels == LabelKind.Binary,
    };

    /// <summary>Whether signals with this layout have it.</summary>
    public bool Suits(Layout layout) => Suits(layout.Kind) && (!OfNumbers || JointDependence.AreNumbers(layout));
}
