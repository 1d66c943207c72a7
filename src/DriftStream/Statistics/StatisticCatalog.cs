using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>The statistics that follow from counts alone, by name and convention, and those that do not.</summary>
public static class StatisticCatalog
{
    private const double Share = 1, Any = double.PositiveInfinity;

    private const string Ratios = "koopman-bonferroni", Differences = "miettinen-nurminen-bonferroni";

    /// <summary>The fairness statistic that is told where no rule asks for one.</summary>
    internal const string UsualOfGroups = "demographic_parity_ratio";

    /// <summary>Everything that can be judged in a stream. What lies beside signals and groups is <c>LossJudge</c>'s.</summary>
    public static ImmutableArray<CatalogEntry> Entries { get; } =
    [
        Both("psi", null, Any, Psi, hasPValue: true),
        Both("psi", "merged-cells", Any, Psi, hasPValue: true),
        Numeric("psi", "reference-deciles", Any, DecilesFloored),
        Both("psi", "floor-1e-4", Any, (in CountPair p, CellGroups g, string? c, double? _) => PsiBy(p, g, c, PopulationStability.Floored)),
        Categorical("psi", "azure", Any, (in CountPair p, CellGroups g, string? c, double? _) => PsiBy(p, g, c, PopulationStability.Laplace)),
        Categorical("psi", "evidently", Any,
            (in CountPair p, CellGroups g, string? c, double? _) => Statistic.Of("psi", c, PopulationStability.Evidently(g), p)),
        Both("psi", "fiddler", Any, (in CountPair p, CellGroups g, string? c, double? _) => PsiBy(p, g, c, PopulationStability.Laplace)),
        Numeric("psi", "scouter", Any, (in CountPair p, CellGroups g, string? c, double? _) => PsiBy(p, g, c, PopulationStability.PlusTiny)),
        Numeric("ks", null, Share, (in CountPair p, CellGroups _, string? _, double? _) => KolmogorovSmirnov.Statistic(p), hasPValue: true),
        Numeric("ks", "hunter-worsley", Share, TiedKs, hasPValue: true),
        Numeric("ks", "exact", Share, ExactKs, hasPValue: true),
        Numeric("mann_whitney", null, Share, RankSum, hasPValue: true),
        Numeric(CramerVonMises.Name, null, Any, (in CountPair p, CellGroups _, string? c, double? _) => CramerVonMises.Statistic(p, c), hasPValue: true),
        Numeric(CramerVonMises.Name, "scipy", Any, (in CountPair p, CellGroups _, string? c, double? _) => CramerVonMises.Statistic(p, c)),
        Numeric(AndersonDarling.Name, null, Any, (in CountPair p, CellGroups _, string? _, double? _) => AndersonDarling.Statistic(p)),
        Numeric(Kuiper.Name, null, Share, (in CountPair p, CellGroups _, string? _, double? _) => Kuiper.Statistic(p), hasPValue: true),
        Numeric(Energy.Name, null, Any, (in CountPair p, CellGroups _, string? _, double? _) => Energy.Statistic(p)),
        Numeric("wasserstein", null, Any, Distance),
        Numeric("wasserstein", "nannyml", Any, Distance),
        Both("jensen_shannon", null, Share, Bits),
        Both("jensen_shannon", "distance-bits", Share, Bits),
        Both("jensen_shannon", "distance-nats", Share, Nats),
        Categorical("jensen_shannon", "nannyml", Share, Bits),
        Categorical("jensen_shannon", "azure", Share, Bits),
        Categorical("jensen_shannon", "evidently", Share, Nats),
        Both("kl", null, Any, Kl),
        Categorical("kl", "evidently", Any,
            (in CountPair p, CellGroups g, string? c, double? _) => Statistic.Of("kl", c, Evidently.KullbackLeibler(g), p)),
        Both("kl_reverse", null, Any, (in CountPair p, CellGroups g, string? _, double? _) =>
            Statistic.Of("kl_reverse", "floor-1e-4", Divergences.KullbackLeibler(g.Window, g.Reference, PopulationStability.Floored), p)),
        Both("hellinger", null, Share, Hellinger),
        Categorical("hellinger", "nannyml", Share, Hellinger),
        Categorical("hellinger", "evidently", Share, Hellinger),
        Both("chi2", null, Any, Chi2, hasPValue: true),
        Categorical("chi2", "nannyml", Any, Chi2, hasPValue: true),
        Categorical("chi2", "evidently", Any,
            (in CountPair p, CellGroups g, string? c, double? _) => Statistic.Of("chi2", c, Evidently.ChiSquare(g)?.Value, p)),
        Both("g_test", null, Any, GTest, hasPValue: true),
        Both("cramers_v", null, Share, (in CountPair p, CellGroups g, string? _, double? _) =>
            Statistic.Of("cramers_v", null, ChiSquare.Pearson(g.Reference, g.Window)?.CramersV, p)),
        Both("total_variation", null, Share, TotalVariation),
        Both("l_infinity", null, Share, LInfinity),
        Categorical("l_infinity", "nannyml", Share, LInfinity),
        Categorical(RateDifference.Name, null, Share,
            (in CountPair p, CellGroups _, string? _, double? q) => RateDifference.Statistic(p, q), hasPValue: true),
        Categorical(RateDifference.Name, RateDifference.Fisher, Share,
            (in CountPair p, CellGroups _, string? c, double? q) => RateDifference.Exact(p, c!, q), hasPValue: true),
        Categorical(RateDifference.Name, RateDifference.Binomial, Share,
            (in CountPair p, CellGroups _, string? c, double? q) => RateDifference.Exact(p, c!, q), hasPValue: true),
        Numeric(MeanShift.Name, null, Any, (in CountPair p, CellGroups _, string? _, double? q) => MeanShift.Statistic(p, q), hasPValue: true),
        Numeric(Mean.Name, null, Any, (in CountPair p, CellGroups _, string? _, double? q) => Mean.Statistic(p, q)) with { Least = double.NegativeInfinity },
        Numeric(QuantileShift.Median, null, Any, (in CountPair p, CellGroups _, string? _, double? _) =>
            QuantileShift.Statistic(p, QuantileShift.Median, [10])),
        Numeric(QuantileShift.Deciles, null, Any, (in CountPair p, CellGroups _, string? _, double? _) =>
            QuantileShift.Statistic(p, QuantileShift.Deciles, [2, 4, 6, 8, 10, 12, 14, 16, 18])),
        Numeric(Spread.Ratio, null, Any, (in CountPair p, CellGroups _, string? _, double? _) =>
            Statistic.Of(Spread.Ratio, null, Spread.RatioOf(p), p) with
            {
                ReferenceRows = CountPair.Sum(p.ReferenceValues),
                WindowRows = CountPair.Sum(p.WindowValues),
            }),
        Both(Spread.Entropy, null, Any,
            (in CountPair p, CellGroups g, string? _, double? _) => Statistic.Of(Spread.Entropy, null, Spread.EntropyOf(g), p)),
        Categorical(Spread.Cardinality, null, Any, (in CountPair p, CellGroups _, string? _, double? _) =>
            Statistic.Of(Spread.Cardinality, null, Spread.CardinalityOf(p), p)),
        Both("missing", null, Share, (in CountPair p, CellGroups _, string? _, double? q) => RowRates.Of(p, RowRates.Missing, q)),
        Numeric("nan", null, Share, (in CountPair p, CellGroups _, string? _, double? q) => RowRates.Of(p, RowRates.Nan, q)),
        Categorical("unseen", null, Share, (in CountPair p, CellGroups _, string? _, double? q) => RowRates.Of(p, RowRates.Unseen, q)),
        Numeric("out_of_range", null, Share, (in CountPair p, CellGroups _, string? _, double? _) => RowRates.OutOfRangeOf(p)),
        new(RowRates.Share, null, Numeric: false, Categorical: true, Table: false, HasPValue: false) { Most = Share, OfCells = true },
        Both("volume", null, Any, (in CountPair p, CellGroups _, string? _, double? _) => RowRates.VolumeOf(p)),
        Pair(JointDependence.DependenceShift, Any, hasPValue: true),
        Pair(JointDependence.CorrelationShift, 2, hasPValue: true) with { OfNumbers = true },
        Pair(JointDependence.AssociationShift, Share),
        Pair(JointDependence.InformationShift, Any),
        Ratio("demographic_parity_ratio", RateOf.Selected),
        Difference("demographic_parity_difference", RateOf.Selected),
        Ratio("equal_opportunity_ratio", RateOf.TruePositive),
        Difference("equal_opportunity_difference", RateOf.TruePositive),
        Ratio("equalized_odds_ratio", RateOf.TruePositive, RateOf.FalsePositive),
        Difference("equalized_odds_difference", RateOf.TruePositive, RateOf.FalsePositive),
        Groups("equalized_odds_mean_difference", GroupDisparity.Mean, Differences, RateOf.TruePositive, RateOf.FalsePositive),
        Ratio("false_positive_rate_ratio", RateOf.FalsePositive),
        Difference("false_positive_rate_difference", RateOf.FalsePositive),
        Ratio("predictive_parity_ratio", RateOf.Precision),
        Difference("predictive_parity_difference", RateOf.Precision),
        Ratio("accuracy_ratio", RateOf.Accuracy),
        Difference("accuracy_difference", RateOf.Accuracy),
        new(GroupCalibration.Name, null, Numeric: false, Categorical: false, Table: true, HasPValue: false)
        {
            Most = 2,
            Interval = GroupCalibration.Interval,
            OfScoresOfGroups = true,
        },
        .. Enum.GetValues<ErrorOf>().Select(Errors),
        Rate("accuracy", OutcomeBasis.Decided, c => c.Accuracy),
        Decisions("balanced_accuracy", 0, c => c.BalancedAccuracy),
        Rate("precision", OutcomeBasis.Selected, c => c.Precision),
        Rate("recall", OutcomeBasis.Positive, c => c.Recall),
        Rate("specificity", OutcomeBasis.Negative, c => c.Specificity),
        Decisions("f1", 0, c => c.F1),
        Decisions("mcc", -1, c => c.Matthews),
        Scores("roc_auc", s => s.RocAuc),
        Outcomes("pr_auc", 0, Share, OutcomeBasis.Scored, (o, q, _) => Performance.AveragePrecision(o.Scores, q)) with { HasError = true, OfBothLabels = true },
        Scores("score_ks", s => s.Separation, hasError: false),
        Probabilities("log_loss", Any, s => s.LogLoss),
        Probabilities("brier", Share, s => s.Brier),
        Probabilities("brier_reliability", Share, s => s.Reliability, hasError: false),
        Probabilities("brier_resolution", Share, s => s.Resolution, hasError: false, greaterIsBetter: true),
        Probabilities("brier_uncertainty", Share, s => s.Uncertainty, hasError: false, greaterIsBetter: null),
        Probabilities("ece", Share, s => s.CalibrationError, hasError: false),
        Probabilities("calibration_bias", Share, s => s.CalibrationBias, greaterIsBetter: null, least: -1),
        Probabilities("calibration_slope", Any, s => s.CalibrationSlope, greaterIsBetter: null, least: double.NegativeInfinity, bothLabels: true),
        Probabilities("calibration_intercept", Any, s => s.CalibrationIntercept, greaterIsBetter: null, least: double.NegativeInfinity, bothLabels: true),
        .. EstimatedPerformance.Names.Select(Estimated),
        Numbers("mae", 0, Any, r => r.MeanAbsolute, greaterIsBetter: false),
        Numbers("rmse", 0, Any, r => r.RootMeanSquare, greaterIsBetter: false),
        Numbers("bias", -Any, Any, r => r.Bias, greaterIsBetter: null),
        Numbers("r2", -Any, Share, r => r.Explained, greaterIsBetter: true),
        .. Residuals.Quantiles.Select(Quantile),
        Classes("accuracy", 0, (o, q) => Performance.Accuracy("accuracy", o.Classes!, q), isShare: true),
        Classes("balanced_accuracy", 0, c => c.Macro(ClassSums.Recall, truth: true)),
        Classes("macro_precision", 0, c => c.Macro(ClassSums.Precision)),
        Classes("macro_recall", 0, c => c.Macro(ClassSums.Recall)),
        Classes("macro_f1", 0, c => c.Macro(ClassSums.F1)),
        Classes("micro_f1", 0, (o, q) => Performance.Accuracy("micro_f1", o.Classes!, q), isShare: true),
        Classes("weighted_precision", 0, c => c.Weighted(ClassSums.Precision)),
        Classes("weighted_recall", 0, c => c.Weighted(ClassSums.Recall)),
        Classes("weighted_f1", 0, c => c.Weighted(ClassSums.F1)),
        Classes("mcc", -1, c => c.Matthews),
        Classes("cohen_kappa", -1, c => c.Kappa),
        OfOneClass("precision", OutcomeBasis.DecidedAs, (name, of, q) => Performance.Metric(name, new Share(of.Right, of.Decided), q)),
        OfOneClass("recall", OutcomeBasis.TrulyOf, (name, of, q) => Performance.Metric(name, new Share(of.Right, of.True), q)),
        OfOneClass("f1", OutcomeBasis.DecidedOrTrue,
            (name, of, q) => Performance.Metric(name, new Confusion(of.Right, of.Decided - of.Right, of.True - of.Right, 0).F1, q, 0, Share)) with
        {
            IsShare = false,
        },
        new(AttributionRanking.Name, null, Numeric: false, Categorical: false, Table: false, HasPValue: false) { Most = Share, OfAttributions = true },
    ];

    /// <summary>Those that say how well a model does, by labels of that kind.</summary>
    public static ImmutableArray<CatalogEntry> OfOutcomes(LabelKind kind) => ByLabels[(int)kind];

    private static readonly ImmutableArray<CatalogEntry>[] ByLabels =
        [.. Enum.GetValues<LabelKind>().Select(k => Entries.Where(e => e.Outcome && e.Labels == k).ToImmutableArray())];

    /// <summary>Those that say how well it does before labels come, in the order of <see cref="EstimatedPerformance.Metrics"/>.</summary>
    public static ImmutableArray<CatalogEntry> OfEstimates { get; } = [.. Entries.Where(e => e.Estimates is not null)];

    /// <summary>Conventions that, for numeric signals, need the raw rows of both samples: <c>compare</c> shows those of <see cref="RowConventions"/>.</summary>
    public static ImmutableArray<(string Statistic, string Convention)> NeedRows { get; } =
    [
        ("psi", "evidently"), ("psi", "azure"), ("psi", "frouros"), ("psi", "deepchecks"),
        ("jensen_shannon", "evidently"), ("jensen_shannon", "azure"), ("jensen_shannon", "nannyml"),
        ("wasserstein", "evidently"), ("wasserstein", "azure"), ("wasserstein", "deepchecks"),
        ("hellinger", "nannyml"), ("hellinger", "evidently"), ("kl", "evidently"), ("ks", "whylogs"),
    ];

    /// <summary>The entry for a signal of this kind; null where it is not built or not meant for that kind.</summary>
    public static CatalogEntry? Find(string name, string? convention, LayoutKind kind) =>
        Entries.FirstOrDefault(e => e.Name == name && e.Convention == convention && e.Suits(kind));

    /// <summary>The entry of a statistic of groups; null for any other name.</summary>
    public static CatalogEntry? OfGroups(string name) => Entries.FirstOrDefault(e => e.Table && e.Name == name);

    /// <summary>The entry of a metric of how well a model does whose labels are of that kind; null for any other name.</summary>
    public static CatalogEntry? Outcome(string name, LabelKind kind) => OfOutcomes(kind).FirstOrDefault(e => e.Name == name);

    /// <summary>Whether it is a metric of how well a model does, of labels of whatever kind.</summary>
    public static bool IsOutcome(string name) => Entries.Any(e => e.Outcome && e.Name == name);

    /// <summary>What a metric of one class is called: <c>recall of B</c>.</summary>
    public static string NameOf(string statistic, string? ofClass) => ofClass is null ? statistic : $"{statistic} of {ofClass}";

    /// <summary>The entry of an estimate of how well a model does; null for any other name.</summary>
    public static CatalogEntry? Estimate(string name) => OfEstimates.FirstOrDefault(e => e.Name == name);

    /// <summary>The entry for a signal with this layout; null where it is not built or not meant for it.</summary>
    public static CatalogEntry? Find(string name, string? convention, Layout layout) =>
        Entries.FirstOrDefault(e => e.Name == name && e.Convention == convention && e.Suits(layout));

    private static CatalogEntry Both(string name, string? convention, double most, StatisticFunction compute, bool hasPValue = false) =>
        new(name, convention, true, true, false, hasPValue) { Most = most, Compute = compute };

    private static CatalogEntry Numeric(string name, string? convention, double most, StatisticFunction compute, bool hasPValue = false) =>
        new(name, convention, true, false, false, hasPValue) { Most = most, Compute = compute };

    private static CatalogEntry Categorical(string name, string? convention, double most, StatisticFunction compute, bool hasPValue = false) =>
        new(name, convention, false, true, false, hasPValue) { Most = most, Compute = compute };

    private static CatalogEntry Pair(string name, double most, bool hasPValue = false) =>
        new(name, null, false, false, false, hasPValue)
        {
            Most = most,
            OfPairs = true,
            Compute = (in CountPair _, CellGroups g, string? _, double? q) => g.Dependence!.Statistic(name, q),
        };

    private static CatalogEntry Ratio(string name, params RateOf[] of) =>
        Groups(name, (rates, which, rows, q, r) => GroupDisparity.Worst(rates, which, ratio: true, rows, q, r), Ratios, of);

    private static CatalogEntry Difference(string name, params RateOf[] of) =>
        Groups(name, (rates, which, rows, q, r) => GroupDisparity.Worst(rates, which, ratio: false, rows, q, r), Differences, of);

    private static CatalogEntry Groups(string name, GroupFunction compare, string interval, params RateOf[] of) =>
        new(name, null, false, false, true, false) { Most = Share, Rates = [.. of], Compare = compare, Interval = interval, IsRatio = interval == Ratios };

    private static CatalogEntry Errors(ErrorOf of) => new(GroupErrors.NameOf(of) + "_difference", null, false, false, true, false)
    {
        Most = Any,
        ErrorsOfGroups = of,
        Interval = GroupErrors.Interval,
    };

    private static CatalogEntry Rate(string name, OutcomeBasis basis, Func<Confusion, Share> of) =>
        Outcomes(name, 0, Share, basis, (o, q, _) => Performance.Metric(name, of(o.Confusion), q)) with { HasError = true, IsShare = true };

    private static CatalogEntry Decisions(string name, double least, Func<Confusion, Estimate?> of) =>
        Outcomes(name, least, Share, OutcomeBasis.Decided, (o, q, _) => Performance.Metric(name, of(o.Confusion), q, least, Share)) with
        {
            HasError = true,
            OfBothLabels = true,
        };

    private static CatalogEntry Scores(string name, Func<ScoredLabels, Estimate?> of, bool hasError = true) =>
        Outcomes(name, 0, Share, OutcomeBasis.Scored, (o, q, _) => Performance.Metric(name, of(o.Scores), q, 0, Share)) with
        {
            HasError = hasError,
            OfBothLabels = true,
        };

    private static CatalogEntry Probabilities(
        string name, double most, Func<ScoredLabels, Estimate?> of, bool hasError = true, bool? greaterIsBetter = false, double least = 0,
        bool bothLabels = false) =>
        Outcomes(name, least, most, OutcomeBasis.Scored,
            (o, q, _) => Performance.Metric(name, of(o.Scores), q, least, most) with { GreaterIsBetter = greaterIsBetter }) with
        {
            HasError = hasError,
            OfBothLabels = bothLabels,
            OfProbabilities = true,
        };

    private static CatalogEntry Numbers(string name, double least, double most, Func<ResidualCounts, Estimate?> of, bool? greaterIsBetter) =>
        Outcomes(name, least, most, OutcomeBasis.Scored,
            (o, q, _) => Performance.Metric(name, of(o.Residuals!), q, least, most) with { GreaterIsBetter = greaterIsBetter }) with
        {
            HasError = true,
            Labels = LabelKind.Number,
        };

    private static CatalogEntry Quantile((string Name, double At) quantile) =>
        Outcomes(quantile.Name, -Any, Any, OutcomeBasis.Scored,
            (o, q, _) => Performance.Metric(quantile.Name, o.Residuals!.Quantile(quantile.At, q))) with
        {
            HasError = true,
            Labels = LabelKind.Number,
        };

    private static CatalogEntry Classes(string name, double least, Func<ClassSums, Estimate?> of) =>
        Classes(name, least, (o, q) => Performance.Metric(name, of(o.Classes!.Sums), q, least, Share));

    private static CatalogEntry Classes(string name, double least, Func<OutcomeCounts, double, PerformanceMetric> of, bool isShare = false) =>
        Outcomes(name, least, Share, OutcomeBasis.Decided, (o, q, _) => of(o, q)) with { HasError = true, IsShare = isShare, Labels = LabelKind.Class };

    // The name of what is of one class says of which.
    private static CatalogEntry OfOneClass(
        string name, OutcomeBasis basis, Func<string, (long Right, long Decided, long True), double, PerformanceMetric> of) =>
        Outcomes(name, 0, Share, basis, (o, q, c) => of(NameOf(name, c), o.Classes!.RowsOf(c!), q)) with
        {
            HasError = true,
            IsShare = true,
            Labels = LabelKind.Class,
            OfClass = true,
        };

    private static CatalogEntry Estimated(string metric) => new("estimated_" + metric, null, false, false, false, false)
    {
        Most = Share,
        Estimates = metric,
        HasError = true,
    };

    private static CatalogEntry Outcomes(string name, double least, double most, OutcomeBasis basis, OutcomeFunction measure) =>
        new(name, null, false, false, false, false) { Least = least, Most = most, Basis = basis, Measure = measure };

    private static Statistic Psi(in CountPair pair, CellGroups groups, string? convention, double? confidence) =>
        PopulationStability.Merged(pair, groups);

    private static Statistic PsiBy(in CountPair pair, CellGroups groups, string? convention, ShareRule share) =>
        Statistic.Of("psi", convention, PopulationStability.Of(groups, share), pair);

    private static Statistic DecilesFloored(in CountPair pair, CellGroups groups, string? convention, double? confidence) =>
        Statistic.Of("psi", convention, DecilePsi.Of(pair).Value, pair) with
        {
            ReferenceRows = CountPair.Sum(pair.ReferenceValues),
            WindowRows = CountPair.Sum(pair.WindowValues),
        };

    private static Statistic TiedKs(in CountPair pair, CellGroups groups, string? convention, double? confidence)
    {
        TiedKolmogorovSmirnov? ks = TiedKolmogorovSmirnov.Of(pair.ReferenceValues, pair.WindowValues);
        // The bound is dear: where rows are independent it is the same.
        TiedKolmogorovSmirnov? alike = pair.Design.Ranks > 1 ? TiedKolmogorovSmirnov.Of(pair.ReferenceValues, pair.WindowValues, pair.Design.Ranks) : ks;
        return KolmogorovSmirnov.Statistic(pair) with
        {
            Convention = convention,
            PValue = Statistic.Reported(ks?.PValue),
            PValueOfAlike = Statistic.Reported(alike?.PValue),
            Test = ks is null ? null : TiedKolmogorovSmirnov.Test,
        };
    }

    private static Statistic ExactKs(in CountPair pair, CellGroups groups, string? convention, double? confidence)
    {
        Statistic asymptotic = KolmogorovSmirnov.Statistic(pair) with { Convention = convention };
        (long n, long m) = (asymptotic.ReferenceRows, asymptotic.WindowRows);
        // Large samples need no exact law; rows that are alike have none, so there a rule goes by the asymptotic one.
        if (asymptotic.Value is not { } d || (Int128)n * m > ExactKolmogorovSmirnov.Most) return asymptotic;
        double? p = Statistic.Reported(ExactKolmogorovSmirnov.Survival(n, m, d));
        return asymptotic with
        {
            PValue = p,
            PValueOfAlike = pair.Design.Ranks > 1 ? asymptotic.PValueOfAlike : p,
            Test = ExactKolmogorovSmirnov.Test,
        };
    }

    private static Statistic RankSum(in CountPair pair, CellGroups groups, string? convention, double? confidence)
    {
        long n = CountPair.Sum(pair.ReferenceValues), m = CountPair.Sum(pair.WindowValues);
        MannWhitney? test = MannWhitney.Of(pair.ReferenceValues, pair.WindowValues);
        double? alike = MannWhitney.Of(pair.ReferenceValues, pair.WindowValues, pair.Design.Ranks, pair.Design.Chunks)?.PValue;
        return new Statistic("mann_whitney", convention, test?.U / ((double)n * m), null, null,
            Statistic.Reported(test?.PValue), test is null ? null : MannWhitney.Test, n, m)
        {
            PValueOfAlike = Statistic.Reported(alike),
        };
    }

    private static Statistic Distance(in CountPair pair, CellGroups groups, string? convention, double? confidence) =>
        Wasserstein.Statistic(pair, convention);

    private static Statistic Bits(in CountPair pair, CellGroups groups, string? convention, double? confidence) =>
        Statistic.Of("jensen_shannon", convention ?? "distance-bits", Divergences.JensenShannonBits(groups.Reference, groups.Window), pair);

    private static Statistic Nats(in CountPair pair, CellGroups groups, string? convention, double? confidence) =>
        Statistic.Of("jensen_shannon", convention, Divergences.JensenShannonNats(groups.Reference, groups.Window), pair);

    private static Statistic Kl(in CountPair pair, CellGroups groups, string? convention, double? confidence) =>
        Statistic.Of("kl", "floor-1e-4", Divergences.KullbackLeibler(groups.Reference, groups.Window, PopulationStability.Floored), pair);

    private static Statistic Hellinger(in CountPair pair, CellGroups groups, string? convention, double? confidence) =>
        Statistic.Of("hellinger", convention, Divergences.Hellinger(groups.Reference, groups.Window), pair);

    private static Statistic TotalVariation(in CountPair pair, CellGroups groups, string? convention, double? confidence) =>
        Statistic.Of("total_variation", convention, Divergences.TotalVariation(groups.Reference, groups.Window), pair);

    private static Statistic LInfinity(in CountPair pair, CellGroups groups, string? convention, double? confidence) =>
        Statistic.Of("l_infinity", convention, Divergences.LInfinity(groups.Reference, groups.Window), pair);

    private static Statistic Chi2(in CountPair pair, CellGroups groups, string? convention, double? confidence) =>
        Contingency(pair, groups, "chi2", convention, "chi2-contingency", ChiSquare.Pearson);

    private static Statistic GTest(in CountPair pair, CellGroups groups, string? convention, double? confidence) =>
        Contingency(pair, groups, "g_test", convention, "g-contingency", ChiSquare.Likelihood);

    private static Statistic Contingency(in CountPair pair, CellGroups groups, string name, string? convention, string test, ContingencyTest compute)
    {
        ChiSquare? independent = compute(groups.Reference, groups.Window, 1);
        ChiSquare? alike = groups.Design.Cells > 1 ? compute(groups.Reference, groups.Window, groups.Design.Cells) : independent;
        return Statistic.Of(name, convention, independent?.Value, pair) with
        {
            PValue = Statistic.Reported(independent?.PValue),
            PValueOfAlike = Statistic.Reported(alike?.PValue),
            Test = independent is null ? null : test,
        };
    }

    private delegate ChiSquare? ContingencyTest(ReadOnlySpan<long> reference, ReadOnlySpan<long> window, double design);
}
