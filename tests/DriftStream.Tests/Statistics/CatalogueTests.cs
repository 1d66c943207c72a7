using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Tests.Tidy;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>Whoever adds a statistic is told here what is left: a value from elsewhere, and its rows of docs/statistics.md.</summary>
public sealed class CatalogueTests
{
    private static readonly Layout Letters = Layout.Categorical(["a", "b", "c"]), Numbers = ExactLayout.Of(new double[] { 1, 2, 3 }),
        Groups = CatalogueRows.Groups, Outcomes = CatalogueRows.Outcomes;

    private static readonly long[] LettersOfBaseline = [500, 300, 150, 0, 50], LettersOfWindow = [90, 80, 20, 0, 10];

    // 1, 2, 3 with edges on both sides of each; NaN and missing last.
    private static readonly long[] NumbersOfBaseline = Values(400, 300, 250, 20, 30), NumbersOfWindow = Values(60, 80, 50, 4, 6);

    /// <summary>
    /// Computed in Python from the formulas of docs/statistics.md over these counts, numbers where categories have no such statistic. Where
    /// merging, tests or intervals matter the reference files are compared, by the other tests of this folder.
    /// </summary>
    private static readonly Dictionary<(string Name, string? Convention), double> Expected = new()
    {
        // Less 3 (1/1000 + 1/200): nothing is rare, nothing new.
        [("psi", null)] = 0.03630948843347763,
        [("psi", "merged-cells")] = 0.03630948843347763,
        [("psi", "reference-deciles")] = 0.06056464683195387,
        [("psi", "floor-1e-4")] = 0.05430948843347763,
        [("psi", "azure")] = 0.05143919547892466,
        [("psi", "evidently")] = 0.05430948843347763,
        [("psi", "fiddler")] = 0.05143919547892466,
        [("psi", "scouter")] = 0.05753641447368956,
        [("ks", null)] = 0.10526315789473684,
        [("ks", "hunter-worsley")] = 0.10526315789473684,
        [("ks", "exact")] = 0.10526315789473684,
        [("mann_whitney", null)] = 0.538781163434903,
        // Rows of a value side by side in any order, and scipy's: mid-ranks of 1140 rows.
        [("cramer_von_mises", null)] = 0.4310480147737765,
        [("cramer_von_mises", "scipy")] = 38.45221298861186,
        [("anderson_darling", null)] = 3.8417046421954044,
        [("kuiper", null)] = 0.10526315789473684,
        [("energy", null)] = 0.14886458551295736,
        [("wasserstein", null)] = 0.10526315789473684,
        [("wasserstein", "nannyml")] = 0.10526315789473684,
        [("jensen_shannon", null)] = 0.0987466872448703,
        [("jensen_shannon", "distance-bits")] = 0.0987466872448703,
        [("jensen_shannon", "distance-nats")] = 0.08221200980226379,
        [("jensen_shannon", "nannyml")] = 0.0987466872448703,
        [("jensen_shannon", "azure")] = 0.0987466872448703,
        [("jensen_shannon", "evidently")] = 0.08221200980226379,
        // Without the floor 0.027195402309603496; the empty cell `unseen` is floored too, and all shares are made to sum to 1 again.
        [("kl", null)] = 0.027195402309603496 / 1.0001,
        [("kl", "evidently")] = 0.027195402309603496,
        [("kl_reverse", null)] = 0.02711137498637551,
        [("hellinger", null)] = 0.08230250495464121,
        [("hellinger", "nannyml")] = 0.08230250495464121,
        [("hellinger", "evidently")] = 0.08230250495464121,
        [("chi2", "evidently")] = 11,
        [("chi2", null)] = 9.051791992443722,
        [("chi2", "nannyml")] = 9.051791992443722,
        [("g_test", null)] = 9.020806603052366,
        [("cramers_v", null)] = 0.08685136725292873,
        [("total_variation", null)] = 0.1,
        [("l_infinity", null)] = 0.1,
        [("l_infinity", "nannyml")] = 0.1,
        [("rate_difference", null)] = 0.10526315789473684,
        [("rate_difference", "fisher")] = 0.10526315789473684,
        [("rate_difference", "binomial")] = 0.10526315789473684,
        [("mean", null)] = 370 / 190.0,
        [("mean_shift", null)] = 0.12957249477429433,
        // 2 and 2; the fourth decile went from 1 to 2, and the quartiles are 1 and 3.
        [("median_shift", null)] = 0,
        [("quantile_shift", null)] = 0.5,
        [("sd_ratio", null)] = 0.9368291398716772,
        [("entropy", null)] = 0.05226907788083901,
        [("cardinality", null)] = 1.0,
        [("missing", null)] = 0.05,
        [("nan", null)] = 0.02,
        [("unseen", null)] = 0,
        [("out_of_range", null)] = 0,
        [("share", null)] = 0.15, // of c and missing
        // The case "three by three" of reference/pairs.json.
        [("dependence_shift", null)] = PairValue("effect"),
        [("correlation_shift", null)] = Math.Abs(PairValue("of_window", "correlation") - PairValue("of_reference", "correlation")),
        [("association_shift", null)] = Math.Abs(PairValue("of_window", "cramers_v") - PairValue("of_reference", "cramers_v")),
        [("mutual_information_shift", null)] =
            Math.Abs(PairValue("of_window", "mutual_information") - PairValue("of_reference", "mutual_information")),
        [("volume", null)] = 200,
        [("attribution_ndcg", null)] = 0.7510729752717334, // of AttributionRankingTests
    };

    private static readonly Dictionary<(string Name, string? Convention), double> ExpectedOfGroups = new()
    {
        // Of 1000 and 600 selected among 2000 each.
        [("demographic_parity_ratio", null)] = 0.6,
        [("demographic_parity_difference", null)] = 0.2,
        // Of 1000 and 750 positive labels 800 and 450 selected, of 1000 and 1250 negative ones 200 and 150.
        [("equal_opportunity_ratio", null)] = 0.75,
        [("equal_opportunity_difference", null)] = 0.2,
        [("equalized_odds_ratio", null)] = 0.6,
        [("equalized_odds_difference", null)] = 0.2,
        [("equalized_odds_mean_difference", null)] = 0.14,
        [("false_positive_rate_ratio", null)] = 0.6,
        [("false_positive_rate_difference", null)] = 0.08,
        [("predictive_parity_ratio", null)] = 0.9375, // 800 of 1000, 450 of 600
        [("predictive_parity_difference", null)] = 0.05,
        [("accuracy_ratio", null)] = 0.96875, // 1600 and 1550 of 2000
        [("accuracy_difference", null)] = 0.025,
        [("calibration_difference", null)] = 0.11, // 0.47 - 0.45 and 0.5 - 0.59
        // Of 1000 rows each 1.9 and 1.6, the roots of 4.3 and 3.2, 1.9 and 1.
        [("mae_difference", null)] = 0.3,
        [("rmse_difference", null)] = 0.28478975333294065,
        [("bias_difference", null)] = 0.9,
    };

    /// <summary>Of <see cref="CatalogueRows.OfOutcomes"/>, computed in Python from the formulas; slope and intercept by bisection of their equations.</summary>
    private static readonly Dictionary<(string Name, string? Convention), double> ExpectedOfOutcomes = new()
    {
        [("accuracy", null)] = 0.8272727272727273,
        [("precision", null)] = 0.825,
        [("recall", null)] = 0.7333333333333333,
        [("specificity", null)] = 0.8923076923076924,
        [("balanced_accuracy", null)] = 0.8128205128205128,
        [("f1", null)] = 0.7764705882352941,
        [("mcc", null)] = 0.6394537504003702,
        [("roc_auc", null)] = 0.8777777777777778,
        [("pr_auc", null)] = 0.7955555555555556,
        [("score_ks", null)] = 0.6581196581196582,
        [("log_loss", null)] = 0.42077759857839153,
        [("brier", null)] = 0.12863636363636363,
        [("ece", null)] = 0.05909090909090909,
        [("calibration_bias", null)] = 0.05,
        [("brier_reliability", null)] = 0.0060413223140495876,
        [("brier_resolution", null)] = 0.1191404958677686,
        [("brier_uncertainty", null)] = 0.24173553719008267,
        [("calibration_intercept", null)] = -0.31916926474511753,
        [("calibration_slope", null)] = 1.2819394817207428,
        // By the shares of positive labels of the three scores: 1 of 11, 13 of 25 and 9 of 10 of 550, 250 and 300 rows.
        [("estimated_accuracy", null)] = 894 / 1100.0,
        [("estimated_balanced_accuracy", null)] = ((322 / 450.0) + (572 / 650.0)) / 2,
        [("estimated_precision", null)] = 322 / 400.0,
        [("estimated_recall", null)] = 322 / 450.0,
        [("estimated_specificity", null)] = 572 / 650.0,
        [("estimated_f1", null)] = 644 / 850.0,
        [("estimated_roc_auc", null)] = 0.8777777777777778,
    };

    [Fact]
    public void Statistics_HaveAValueFromElsewhere()
    {
        (string, string?)[] expectedOnes = [.. Expected.Keys, .. ExpectedOfGroups.Keys, .. ExpectedOfOutcomes.Keys];
        Assert.Equal(Spelled(Here.Select(e => (e.Name, e.Convention))), Spelled(expectedOnes));
        foreach (CatalogEntry entry in Here)
        {
            JudgedStatistic statistic = Compute(entry, LettersOfBaseline, LettersOfWindow, NumbersOfBaseline, NumbersOfWindow);
            double expected = (entry.Table ? ExpectedOfGroups : IsOfOutcomes(entry) ? ExpectedOfOutcomes : Expected)[(entry.Name, entry.Convention)];
            Reference.Near(expected, statistic.Value, $"{entry.Name} {entry.Convention}", absolute: 1e-12);
        }
    }

    /// <summary>What the catalogue says of an entry is true: its name, its range, whether it has a p-value.</summary>
    [Fact]
    public void Statistics_AreAsTheCatalogueSays() =>
        Gen.Select(Gen.Long[20, 300].Array[5], Gen.Long[20, 300].Array[5]).Sample((r, w) =>
        {
            long[] letters = [r[0], r[1], r[2], 0, r[4]];
            foreach (CatalogEntry entry in Here)
            {
                JudgedStatistic statistic = Compute(entry, letters, w, Values(r), Values(w));
                Assert.Equal(entry.Name, statistic.Name);
                if (entry.Convention is not null) Assert.Equal(entry.Convention, statistic.Convention ?? entry.Convention);
                if (statistic.Value is { } value) Assert.InRange(value, entry.Least - 1e-12, entry.Most + 1e-12);
                // A metric has a p-value where it has an error, but no calibrated alarm is set on it.
                bool hasPValue = entry.Outcome ? entry.HasError : entry.HasPValue;
                Assert.True(hasPValue == statistic.PValue is not null, $"{entry.Name} {entry.Convention}: p {statistic.PValue}");
            }
        }, iter: 200);

    [Fact]
    public void Conventions_OfOneStatistic_HaveOneRange() =>
        Assert.All(StatisticCatalog.Entries.GroupBy(e => e.Name), same => Assert.Single(same.Select(e => e.Most).Distinct()));

    [Fact]
    public void Statistics_OfGroups_HaveASentence()
    {
        foreach (CatalogEntry entry in StatisticCatalog.Entries.Where(e => e.Table))
        {
            var rules = new[] { new Alarm(AlarmKind.Above, 0), new Alarm(AlarmKind.Below, 9) }
                .Select((alarm, i) => new Rule($"{i}", null, "*", entry.Name, null, alarm, Severity.Warning));
            Assert.Contains(JudgeGroups(entry, [.. rules]), g => g.Statistic.Rejected && g.Why is not null);
        }
    }

    [Fact]
    public void Statistics_OfOutcomes_HaveASentence()
    {
        foreach (CatalogEntry entry in Here.Where(IsOfOutcomes))
        {
            var rules = new[] { new Alarm(AlarmKind.Above, entry.Least), new Alarm(AlarmKind.Below, 9) }
                .Select((alarm, i) => new Rule($"{i}", null, null, entry.Name, null, alarm, Severity.Warning));
            Verdict verdict = Judge(Outcomes, CatalogueRows.OfOutcomes, CatalogueRows.OfOutcomes, [.. rules]);
            Assert.Contains(verdict.Performance!.Judged, m => m.Statistic.Rejected && m.Why!.StartsWith($"{entry.Name} is ", StringComparison.Ordinal));
            Assert.Equal(Judgement.Drifting, verdict.Judgement);
        }
    }

    [Fact]
    public void Statistics_AreDocumented()
    {
        string text = Repository.Read("docs/statistics.md");
        IEnumerable<string> signals = StatisticCatalog.Entries.Where(e => !e.Table && !IsOfOutcomes(e)).Select(e => e.Name);
        IEnumerable<string> outcomes = StatisticCatalog.Entries.Where(IsOfOutcomes).Select(e => e.Name);
        IEnumerable<string> groups = StatisticCatalog.Entries.Where(e => e.Table).Select(e => e.Name);
        string[] wrong =
        [
            .. Missing("Which rows count", [.. signals, .. groups, .. outcomes, .. LossJudge.Names]),
            .. Missing("Signals", signals.Concat(LossJudge.Names)),
            .. Missing("Groups", groups),
            .. Missing("Performance", outcomes),
            .. StatisticCatalog.Entries.Select(e => $"`{e.Convention}`").Where(c => c != "``" && !text.Contains(c, StringComparison.Ordinal)),
        ];
        Assert.True(wrong.Length == 0, $"not in docs/statistics.md: {string.Join(", ", wrong.Distinct())}");

        IEnumerable<string> Missing(string heading, IEnumerable<string> names)
        {
            string section = Regex.Match(text, $@"^## {heading}$(.*?)^##", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;
            IEnumerable<string> cells = section.Split('\n').Where(l => l.StartsWith('|')).Select(l => l.Split('|')[1]);
            string[] told = [.. cells.SelectMany(c => Regex.Matches(c, @"[\w*]+").Select(m => m.Value))];
            return names.Where(n => !told.Contains(n) && !told.Any(t => t.EndsWith('*') && n.StartsWith(t[..^1], StringComparison.Ordinal)))
                .Select(n => $"{n} ({heading})");
        }
    }

    /// <summary>Those of labels that are numbers or classes are <see cref="OutcomeKindTests"/>'s.</summary>
    private static IEnumerable<CatalogEntry> Here => StatisticCatalog.Entries.Where(e => e.Labels == LabelKind.Binary);

    private static bool IsOfOutcomes(CatalogEntry entry) => entry.Outcome || entry.Estimates is not null;

    private static ImmutableArray<JudgedGroup> JudgeGroups(CatalogEntry entry, params ImmutableArray<Rule> rules) => entry.OfScoresOfGroups
        ? Judge(CatalogueRows.Calibration, CatalogueRows.Labels, CatalogueRows.Labels, rules).Groups
        : entry.ErrorsOfGroups is not null ? Judge(CatalogueRows.GroupResiduals, CatalogueRows.Residuals, CatalogueRows.Residuals, rules).Groups
        : Judge(Groups, CatalogueRows.Selected, CatalogueRows.Selected, rules).Groups;

    private static JudgedStatistic Compute(CatalogEntry entry, long[] letters, long[] lettersNow, long[] numbers, long[] numbersNow)
    {
        if (entry.Table)
        {
            var ofGroups = new Rule("r", null, "*", entry.Name, entry.Convention, new Alarm(AlarmKind.Above, 9), Severity.Info);
            return JudgeGroups(entry, ofGroups).Single().Statistic;
        }

        if (IsOfOutcomes(entry))
        {
            var ofOutcomes = new Rule("r", null, null, entry.Name, entry.Convention, new Alarm(AlarmKind.Above, 9), Severity.Info);
            long[] rows = CatalogueRows.OfOutcomes;
            return Judge(Outcomes, [.. rows.Select(n => n * 3)], rows, [ofOutcomes]).Performance!.Judged.Single().Statistic;
        }

        var rule = new Rule("r", "*", null, entry.Name, entry.Convention, new Alarm(AlarmKind.Above, 9), Severity.Info)
        {
            Cells = entry.OfCells ? ["c", "missing"] : null,
        };
        if (entry.OfPairs) return OfPair(rule);
        if (entry.OfAttributions) return OfAttributions(rule with { Signal = null });
        Verdict verdict = entry.Categorical ? Judge(Letters, letters, lettersNow, [rule]) : Judge(Numbers, numbers, numbersNow, [rule]);
        return verdict.Signals.Single().Statistics.Single(s => s.Rule == "r");
    }

    // Of a, b, c and d, each row of one at its mean; in the window the order is b, c, d, a.
    private static JudgedStatistic OfAttributions(Rule rule)
    {
        double[] means = [0.04, 0.16, 0.39, 0.79];
        Layout layout = Layout.Numeric([.. means.SelectMany(m => (double[])[m, Math.BitIncrement(m)])]);
        BaselineSignal[] signals = [.. "abcd".Select((f, i) => new BaselineSignal($"|{f}|", SignalRole.Feature, [$"{f}"], layout, At(3 - i))
        {
            Derived = new Derivation(VectorMeasure.Absolute),
        })];
        int[] now = [0, 3, 2, 1];
        var settings = new JudgementSettings("m", new Baseline("m", 100, [.. signals], "sha256:00"), [rule]);
        var counts = WindowCounts.BySignal([.. signals.Select((s, i) => new SignalCounts(s.Key, layout.Key, [.. At(now[i])]))]);
        var window = new WindowSettings("1d", new Duration(10), new Duration(10), Duration.Zero, 10);
        return WindowJudge.Judge(
            new ClosedWindow("m", "", window, new EventTime(0), new EventTime(10), true, new RowCount(100), RowCount.Zero, counts), settings)
            .Attributions!.Judged.Single();

        ImmutableArray<long> At(int mean)
        {
            var cells = new long[layout.Cells];
            cells[(2 * mean) + 1] = 100;
            return [.. cells];
        }
    }

    private static JudgedStatistic OfPair(Rule rule)
    {
        JsonElement known = PairCase();
        Layout layout = Layout.Joint(Numbers, Numbers, false, false);
        return Judge(layout, Cells("reference"), Cells("window"), [rule]).Signals.Single().Statistics.Single(s => s.Rule == "r");

        long[] Cells(string sample)
        {
            var cells = new long[layout.Cells];
            foreach ((int i, JsonElement row) in known.GetProperty(sample).EnumerateArray().Index())
            {
                foreach ((int j, long count) in row.Longs().Index()) cells[(((2 * i) + 1) * Numbers.Cells) + (2 * j) + 1] = count;
            }

            return cells;
        }
    }

    private static JsonElement PairCase() => Reference.Load("pairs.json").GetProperty("cases").EnumerateArray().Last();

    private static double PairValue(params string[] path) => path.Aggregate(PairCase(), (at, name) => at.GetProperty(name)).GetDouble();

    private static Verdict Judge(Layout layout, long[] baseline, long[] window, ImmutableArray<Rule> rules)
    {
        SignalRole role = layout.Kind switch
        {
            LayoutKind.Table => SignalRole.Group,
            LayoutKind.Outcome => SignalRole.Outcome,
            LayoutKind.Joint => SignalRole.Pair,
            LayoutKind.Calibration => SignalRole.Calibration,
            LayoutKind.Sliced => SignalRole.GroupResiduals,
            LayoutKind.Numeric or LayoutKind.Categorical => SignalRole.Feature,
        };
        ImmutableArray<string> columns = role switch
        {
            SignalRole.Outcome => ["score", "decision", "x"],
            SignalRole.Pair => ["x", "y"],
            SignalRole.Calibration => ["score", "x", "y"],
            SignalRole.GroupResiduals => ["score", "y", "x"],
            _ => ["x"],
        };
        var signal = new BaselineSignal("x", role, columns, layout, [.. baseline]);
        var closed = new ClosedWindow("m", "", new WindowSettings("1d", new(7), new(7), new(0), 1), new(0), new(7), true, new(window.Sum()), new(0),
            WindowCounts.BySignal([new SignalCounts(signal.Key, layout.Key, window)]));
        return WindowJudge.Judge(closed, new JudgementSettings("m", new Baseline("m", baseline.Sum(), [signal], "sha256:00"), rules));
    }

    private static long[] Values(params long[] counts) => [0, counts[0], 0, counts[1], 0, counts[2], 0, counts[3], counts[4]];

    private static IEnumerable<string> Spelled(IEnumerable<(string Name, string? Convention)> entries) =>
        entries.Select(e => $"{e.Name} {e.Convention}".TrimEnd()).Order(StringComparer.Ordinal);
}
