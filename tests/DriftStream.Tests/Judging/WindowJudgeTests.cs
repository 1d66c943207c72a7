using System.Collections.Immutable;
using CsCheck;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

public sealed class WindowJudgeTests
{
    private static readonly Rule Psi = new("psi", "*", null, "psi", null,
        new Alarm(AlarmKind.Calibrated, 0.01, MinEffect: 0.02), Severity.Warning);
    private static readonly Rule Missing = new("missing", "*", null, "missing", null,
        new Alarm(AlarmKind.AboveBaselineBy, 0.02), Severity.Warning);
    private static readonly Rule Parity = new("parity", null, "*", "demographic_parity_ratio", null,
        new Alarm(AlarmKind.Below, 0.8, Confidence: 0.95, MinRows: 100), Severity.Warning);

    private static readonly Layout Ages = Layout.Numeric([0, 18, 25, 35, 45, 55, 65]);
    private static readonly Layout Relations = Layout.Categorical(["0", "1", "16", "17"]);
    private static readonly Layout Scores = Layout.Numeric([0, 0.25, 0.5, 0.75, 1]);
    private static readonly Layout Answers = Layout.Categorical(["0", "1"]);
    private static readonly Layout Sexes = Layout.Table(["1", "2"], labelled: false), Labelled = Layout.Table(["1", "2"], labelled: true);

    [Fact]
    public void SameShares_AreSteady()
    {
        Verdict verdict = Judge([Psi, Missing], ("AGEP", [0, 100, 50, 100, 100, 100, 50, 20, 0, 0]), ("RELP", [260, 130, 15, 35, 0, 0]));
        Assert.Equal(Judgement.Steady, verdict.Judgement);
        Assert.Equal("0 of 2 signals", verdict.Why);
        Assert.All(verdict.Signals, s => Assert.Equal((Judgement.Steady, null), (s.Judgement, s.Why)));
        Assert.Equal(["psi", "missing", "ks"], verdict.Signals[0].Statistics.Select(s => s.Name));
        Assert.Equal(["psi", "missing"], verdict.Signals[1].Statistics.Select(s => s.Name));
        Assert.Equal(Judgement.Unjudged, verdict.Signals[0].Statistics[2].Judgement);
    }

    [Fact]
    public void VanishedCategories_AreNamed()
    {
        Verdict verdict = Judge([Psi, Missing], ("AGEP", [0, 100, 50, 100, 100, 100, 50, 20, 0, 0]), ("RELP", [280, 160, 0, 0, 0, 0]));
        Assert.Equal(Judgement.Drifting, verdict.Judgement);
        Assert.Equal("1 of 2 signals: RELP", verdict.Why);
        JudgedSignal relation = verdict.Signals[1];
        Assert.Equal("RELP has drifted: 16 and 17 (12 % of the baseline) no longer arrive", relation.Why);
        Assert.Equal(["17", "16"], relation.Cells.Take(2).Select(c => c.Cell));
        JudgedStatistic psi = relation.Statistics[0];
        Assert.Equal(("psi", "merged-cells", "x2-cells", true, "psi"), (psi.Name, psi.Convention, psi.Test, psi.Rejected, psi.Rule));
        Assert.True(psi.PValue < 1e-6 && psi.Value > 0.1);
    }

    [Fact]
    public void NullsJump_IsDrift()
    {
        Verdict verdict = Judge([Psi, Missing], ("AGEP", [0, 100, 50, 100, 100, 100, 50, 20, 0, 0]), ("RELP", [180, 90, 10, 25, 0, 165]));
        Assert.Equal("RELP: missing in 35 % of rows (baseline 0 %)", verdict.Signals[1].Why);
        Assert.Equal(165, verdict.Signals[1].Missing);
        Assert.Equal("missing", verdict.Signals[1].Cells[0].Cell);
    }

    [Fact]
    public void AbsentColumn_IsAllMissing()
    {
        Verdict verdict = Judge([Psi, Missing], ("AGEP", [0, 100, 50, 100, 100, 100, 50, 20, 0, 0]));
        JudgedSignal relation = verdict.Signals[1];
        Assert.Equal((520, 520, Judgement.Drifting), (relation.Rows, relation.Missing, relation.Judgement));
        Assert.Equal("RELP: missing in 100 % of rows (baseline 0 %)", relation.Why);
    }

    [Fact]
    public void TooFewRows_AreInsufficientNeverSteady()
    {
        long[] few = [0, 10, 5, 10, 10, 10, 5, 2, 0, 0];
        Verdict verdict = Judge([Psi, Missing, Parity], ("AGEP", few), ("RELP", [45, 0, 0, 0, 0, 7]), ("group:SEX", Table(20, 10, 20, 2)));
        Assert.Equal(Judgement.Insufficient, verdict.Judgement);
        Assert.All(verdict.Signals, s => Assert.Equal(Judgement.Insufficient, s.Judgement));
        Assert.Equal("psi: 52 rows, fewer than 100", verdict.Signals[0].Why);
        Assert.Equal(Judgement.Insufficient, verdict.Groups[0].Statistic.Judgement);
        Verdict volume = Judge([Psi with { Statistic = "volume", Alarm = new Alarm(AlarmKind.Below, 60) }], ("AGEP", few));
        Assert.Equal("AGEP: 52 rows in the window", volume.Signals[0].Why);
    }

    [Fact]
    public void SmallEffect_IsSteadyHoweverSmallItsPValue()
    {
        var settings = Settings([Psi]);
        long[] window = [26_000, 14_000, 1_450, 3_550, 0, 0];
        Verdict verdict = WindowJudge.Judge(Window(("RELP", window)), settings);
        JudgedStatistic psi = verdict.Signals[1].Statistics[0];
        Assert.True(psi.PValue < 1e-3 && psi.Value < 0.02);
        Assert.Equal(Judgement.Steady, psi.Judgement);
    }

    [Fact]
    public void Numeric_ShiftIsDescribedInRanges()
    {
        Verdict verdict = Judge([Psi], ("AGEP", [0, 10, 50, 100, 100, 150, 90, 20, 0, 0]));
        Assert.Equal(
            "AGEP has drifted: < 18 fell from 19 % to 1.9 %, [55, 65) rose from 9.6 % to 17 %, [45, 55) rose from 19 % to 29 %",
            verdict.Signals[0].Why);
    }

    [Theory]
    [InlineData(300, 700, 300, 700, Judgement.Steady)]
    [InlineData(500, 500, 320, 680, Judgement.Drifting)]
    [InlineData(50, 50, 40, 60, Judgement.Insufficient)]
    public void Parity_NearEndOfItsInterval(long selected1, long rejected1, long selected2, long rejected2, Judgement expected)
    {
        Verdict verdict = Judge([Parity], ("group:SEX", Table(selected1, rejected1, selected2, rejected2)));
        Assert.Equal(expected, verdict.Groups[0].Statistic.Judgement);
        string? why = verdict.Groups[0].Why;
        if (expected == Judgement.Drifting) Assert.Equal("SEX: 2 is selected 0.64 times as often as 1", why);
        if (expected == Judgement.Insufficient) Assert.Contains("straddles 0.8", why, StringComparison.Ordinal);
        GroupCount first = new("1", selected1 + rejected1, selected1), second = new("2", selected2 + rejected2, selected2);
        Assert.Equal([first, second], verdict.Groups[0].By);
    }

    [Fact]
    public void Threshold_WithConfidence_TakesTheNearEnd()
    {
        Rule unsure = Missing with { Alarm = new Alarm(AlarmKind.Above, 0.03, Confidence: 0.95) };
        JudgedSignal relation = Judge([unsure], ("RELP", [300, 150, 15, 35, 0, 20])).Signals[1];
        Assert.Equal(Judgement.Insufficient, relation.Judgement); // 3.8 %, but perhaps under 3 %
        Assert.Equal(Judgement.Drifting, Judge([unsure], ("RELP", [300, 150, 15, 35, 0, 60])).Signals[1].Judgement);
        Rule plain = Missing with { Alarm = new Alarm(AlarmKind.Above, 0.03) };
        Assert.Equal(Judgement.Drifting, Judge([plain], ("RELP", [300, 150, 15, 35, 0, 20])).Signals[1].Judgement);
    }

    /// <summary>A PSI of 0.02 may be news: the share of positive decisions. What chance does to 500 rows is none.</summary>
    [Theory]
    [InlineData(6500, 3500, 580, 420, Judgement.Drifting, "d has drifted: 1 rose from 35 % to 42 %, 0 fell from 65 % to 58 %")]
    [InlineData(65_000, 35_000, 770, 560, Judgement.Drifting, "d has drifted: 1 rose from 35 % to 42 %, 0 fell from 65 % to 58 %")]
    [InlineData(65_000, 35_000, 295, 205, Judgement.Steady, null)] // 41 % of 500: p = 0.006, one look of many
    [InlineData(65_000, 35_000, 12_200, 7_800, Judgement.Steady, null)] // 39 % of 20,000: certain, and not 5 points
    public void Decision_IsJudgedInItsOwnUnit(long no, long yes, long noNow, long yesNow, Judgement expected, string? why)
    {
        Rule rate = Psi with { Id = "rate", Signal = "d", Statistic = "rate_difference", Alarm = new Alarm(AlarmKind.Calibrated, 0.01, MinEffect: 0.05) };
        // Other signals of the model, which do not move: looks are corrected together.
        ImmutableArray<BaselineSignal> signals =
        [
            Signal("d", Answers, [no, yes, 0, 0], SignalRole.Decision),
            .. Enumerable.Range(0, 9).Select(i => Signal($"x{i}", Answers, [5000, 5000, 0, 0])),
        ];
        var settings = new JudgementSettings("m", new Baseline("m", no + yes, signals, "sha256:"), [Psi, rate]);
        ClosedWindow window = Window([.. signals.Select((s, i) => (s.Name, i == 0 ? new long[] { noNow, yesNow, 0, 0 } : [500, 500, 0, 0]))]);
        JudgedSignal decision = WindowJudge.Judge(window, settings).Signals[0];
        Assert.Equal((expected, why), (decision.Judgement, decision.Why));
        Assert.Equal("binomial-tail", decision.Statistics[1].Test);
    }

    [Fact]
    public void Score_SaysHowFarItsMeanMoved()
    {
        Rule mean = Psi with { Id = "mean", Signal = "s", Statistic = "mean_shift", Alarm = new Alarm(AlarmKind.Calibrated, 0.01, MinEffect: 0.1) };
        BaselineSignal signal = Signal("s", Scores, [0, 2500, 2500, 2500, 2500, 0, 0, 0], SignalRole.Score);
        var settings = new JudgementSettings("m", new Baseline("m", 10_000, [signal], "sha256:"), [mean]);
        JudgedSignal score = WindowJudge.Judge(Window(("s", [0, 210, 230, 270, 290, 0, 0, 0])), settings).Signals[0];
        Assert.Equal(Judgement.Drifting, score.Judgement);
        Assert.StartsWith("s has drifted: its mean rose by 0.13 standard deviations of the baseline", score.Why, StringComparison.Ordinal);
        Assert.Equal(Judgement.Steady, WindowJudge.Judge(Window(("s", [0, 240, 250, 250, 260, 0, 0, 0])), settings).Signals[0].Judgement);
    }

    [Fact]
    public void Parity_NamesWhoIsLeftOut()
    {
        Layout races = Layout.Table(["1", "2", "3", "4", "5"], labelled: false);
        long[] counts = new long[races.Cells];
        void Put(int group, long selected, long rejected) =>
            (counts[races.TableCell(group, 1, 0)], counts[races.TableCell(group, 0, 0)]) = (selected, rejected);
        Put(0, 100, 900);
        Put(1, 100, 880);
        Put(2, 3, 37);
        Put(4, 1, 98 + 1);
        Put(5, 2, 9);
        Put(6, 0, 1);
        var settings = new JudgementSettings("m", new Baseline("m", 1000, [Signal("R", races, counts, SignalRole.Group)], "sha256:"), [Parity]);
        var window = new ClosedWindow("m", "", new WindowSettings("7d", new(7), new(7), new(0), 100), new(0), new(7), true, new(counts.Sum()), new(0),
            WindowCounts.BySignal([new SignalCounts("group:R", races.Key, counts)]));
        Assert.Equal(
            "left out: 3 (40 rows, fewer than 100), unseen (11 rows, nobody's group), missing (1 row, nobody's group)",
            WindowJudge.Judge(window, settings).Groups[0].Why?.Split("; ")[^1]);
        Put(1, 10, 80);
        Put(4, 0, 0);
        window = window with { Counts = WindowCounts.BySignal([new SignalCounts("group:R", races.Key, counts)]) };
        JudgedGroup alone = WindowJudge.Judge(window, settings).Groups[0];
        Assert.Equal(Judgement.Insufficient, alone.Statistic.Judgement);
        Assert.Contains("left out: 2 (90 rows, fewer than 100), 3 (40 rows", alone.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void NoRule_IsUnjudged()
    {
        Verdict verdict = Judge([], ("AGEP", [0, 100, 50, 100, 100, 100, 50, 20, 0, 0]), ("group:SEX", Table(30, 70, 30, 70)));
        Assert.Equal(Judgement.Unjudged, verdict.Judgement);
        Assert.All(verdict.Signals, s => Assert.Equal(Judgement.Unjudged, s.Judgement));
        Assert.Equal(Judgement.Unjudged, verdict.Groups[0].Statistic.Judgement);
        Assert.Equal(1, verdict.Groups[0].Statistic.Value);
    }

    [Fact]
    public void Family_OneSmallPAmongManyIsCorrected()
    {
        // p near 0.004 speaks alone at 1 %, not among twenty.
        long[] reference = [5000, 5000, 0, 0], odd = [570, 430, 0, 0], even = [500, 500, 0, 0];
        Layout layout = Layout.Categorical(["a", "b"]);
        Rule sensitive = Psi with { Alarm = new Alarm(AlarmKind.Calibrated, 0.01, MinEffect: 0) };
        Judgement Of(int signals)
        {
            ImmutableArray<BaselineSignal> all = [.. Enumerable.Range(0, signals).Select(i => Signal($"s{i:00}", layout, reference))];
            var settings = new JudgementSettings("m", new Baseline("m", 10_000, all, "sha256:"), [sensitive]);
            ClosedWindow window = Window([.. all.Select((s, i) => (s.Name, i == 0 ? odd : even))]);
            return WindowJudge.Judge(window, settings).Signals[0].Judgement;
        }

        Assert.Equal(Judgement.Drifting, Of(1));
        odd = [541, 459, 0, 0];
        Assert.Equal(Judgement.Steady, Of(20));
    }

    [Fact]
    public void OrderOfSignals_ChangesNothing() =>
        Gen.Select(Gen.Long[0, 60].Array[10], Gen.Long[0, 90].Array[6], Gen.Long[0, 80].Array[12]).Sample((ages, relations, sexes) =>
        {
            JudgementSettings settings = Settings([Psi, Missing, Parity]);
            var turned = settings with { Baseline = settings.Baseline with { Signals = [.. settings.Baseline.Signals.Reverse()] } };
            ClosedWindow window = Window(("AGEP", ages), ("RELP", relations), ("SEX", sexes));
            Verdict one = WindowJudge.Judge(window, settings), other = WindowJudge.Judge(window, turned);
            Assert.Equal(one.Judgement, other.Judgement);
            foreach (JudgedSignal signal in one.Signals)
            {
                JudgedSignal same = Assert.Single(other.Signals, s => s.Signal == signal.Signal);
                Assert.Equal((signal.Judgement, signal.Why), (same.Judgement, same.Why));
                Assert.Equal(signal.Statistics, same.Statistics);
            }
        });

    [Fact]
    public void NumbersInAVerdict_AreFinite() =>
        Gen.Select(Gen.Long[0, 3].Array[10], Gen.Long[0, 3].Array[6], Gen.Long[0, 300].Array[12]).Sample((ages, relations, sexes) =>
        {
            var above = new Alarm(AlarmKind.Above, 0.1);
            IEnumerable<Rule> all = StatisticCatalog.Entries.Where(e => !e.Table)
                .Select(e => new Rule(e.Name + e.Convention, "*", null, e.Name, e.Convention, above, Severity.Info));
            ClosedWindow window = Window(("AGEP", ages), ("RELP", relations), ("SEX", sexes));
            Verdict verdict = WindowJudge.Judge(window, Settings([.. all, Psi, Parity]));
            foreach (JudgedStatistic s in verdict.Signals.SelectMany(v => v.Statistics).Concat(verdict.Groups.Select(g => g.Statistic)))
            {
                foreach (double? number in (double?[])[s.Value, s.Low, s.High, s.PValue])
                    Assert.True(number is null || double.IsFinite(number.Value), s.Name);
                if (s.WindowRows == 0 && s.Name != "volume") Assert.Null(s.Value);
            }
        });

    /// <summary>The baseline's own difference is 5 points, whatever the reference: a rule on growth speaks above 5 + 4 of them.</summary>
    [Theory]
    [InlineData(300, 220, null, Judgement.Steady)]
    [InlineData(300, 200, null, Judgement.Drifting)]
    [InlineData(300, 200, "1", Judgement.Drifting)]
    [InlineData(200, 300, null, Judgement.Drifting)]
    [InlineData(200, 300, "1", Judgement.Steady)] // nobody is selected less often than the reference
    public void GroupsDifference_IsComparedWithTheBaselinesOwn(long selected1, long selected2, string? reference, Judgement judgement)
    {
        Rule rule = Parity with
        {
            Statistic = "demographic_parity_difference",
            Alarm = new Alarm(AlarmKind.AboveBaselineBy, 0.04, MinRows: 100),
            Reference = reference,
        };
        JudgementSettings settings = Settings([rule]);
        BaselineSignal sexes = Signal("SEX", Sexes, Table(3_000, 7_000, 2_500, 7_500), SignalRole.Group);
        settings = settings with { Baseline = settings.Baseline with { Signals = settings.Baseline.Signals.SetItem(2, sexes) } };
        long[] counts = Table(selected1, 1_000 - selected1, selected2, 1_000 - selected2);
        JudgedGroup group = Assert.Single(WindowJudge.Judge(Window(("group:SEX", counts)), settings).Groups);
        Assert.Equal(judgement, group.Statistic.Judgement);
    }

    /// <summary>Group 2 is refused though its label is positive; a part of the labels is not there.</summary>
    [Fact]
    public void Labels_OfGroups_AreJudged_AndWhatIsUnlabelledIsSaid()
    {
        Layout table = Labelled;
        var counts = new long[table.Cells];
        void Fill(int group, int decision, int label, long rows) => counts[table.TableCell(group, decision, label)] = rows;
        BaselineSignal of = Signal("labelled", table, new long[table.Cells], SignalRole.Group);
        Fill(0, 1, 1, 900);
        Fill(0, 0, 1, 100);
        Fill(0, 1, 0, 200);
        Fill(0, 0, 0, 800);
        Fill(1, 1, 1, 600);
        Fill(1, 0, 1, 400);
        Fill(1, 1, 0, 190);
        Fill(1, 0, 0, 810);
        Fill(1, 0, 2, 1_000);
        Rule rule = Parity with { Statistic = "equal_opportunity_difference", Alarm = new Alarm(AlarmKind.Above, 0.1, Confidence: 0.95, MinRows: 100) };
        JudgementSettings settings = Settings([rule]);
        settings = settings with { Baseline = settings.Baseline with { Signals = settings.Baseline.Signals.SetItem(2, of) } };
        JudgedGroup group = Assert.Single(WindowJudge.Judge(Window(("group:labelled", counts)), settings).Groups);
        Assert.Equal((Judgement.Drifting, RateOf.TruePositive), (group.Statistic.Judgement, group.Of));
        Assert.Equal(
            "labelled: of the rows with a positive label, 2 is selected 30 percentage points less often than 1; "
            + "labels are known of 80 % of rows: 100 % of the selected, 68 % of the others", group.Why);
        Assert.Equal([new("1", 1000, 900), new("2", 1000, 600)], group.By);

        // False positives are alike; in the odds the other rate stands for both.
        JudgedGroup odds = By("equalized_odds_difference");
        Assert.Equal((RateOf.TruePositive, 0.3), (odds.Of, Math.Round(odds.Statistic.Value!.Value, 12)));
        JudgedGroup wrong = By("false_positive_rate_difference");
        Assert.Equal((Judgement.Steady, "labels are known of 80 % of rows: 100 % of the selected, 68 % of the others"), (wrong.Statistic.Judgement, wrong.Why));

        // Whoever spells the positive label otherwise has none.
        long[] negative = [.. counts];
        for (int sex = 0; sex < 2; sex++)
        {
            for (int decision = 0; decision < 2; decision++)
                (negative[table.TableCell(sex, decision, 0)], negative[table.TableCell(sex, decision, 1)]) = (1_000, 0);
        }

        JudgedGroup spelled = Assert.Single(WindowJudge.Judge(Window(("group:labelled", negative)), settings).Groups);
        Assert.Equal(Judgement.Insufficient, spelled.Statistic.Judgement);
        Assert.EndsWith("none of 4000 rows with a label has the positive one", spelled.Why, StringComparison.Ordinal);

        // A table without labels says nothing of them, and nothing is fair by that.
        JudgedGroup none = Assert.Single(Judge([rule], ("group:SEX", Table(2_000, 3_000, 2_000, 3_000))).Groups);
        Assert.Equal((Judgement.Insufficient, "the model has no label"), (none.Statistic.Judgement, none.Why));

        JudgedGroup By(string statistic) => Assert.Single(
            WindowJudge.Judge(Window(("group:labelled", counts)), settings with { Rules = [rule with { Statistic = statistic }] }).Groups);
    }

    [Fact]
    public void NamedReference_ThatIsTooSmall_IsSaid()
    {
        Rule rule = Parity with { Reference = "1" };
        JudgedGroup group = Assert.Single(Judge([rule], ("group:SEX", Table(20, 30, 2_000, 3_000))).Groups);
        Assert.Equal(Judgement.Insufficient, group.Statistic.Judgement);
        Assert.StartsWith("the reference 1 has 50 rows, fewer than 101", group.Why, StringComparison.Ordinal);
    }

    private static Verdict Judge(ImmutableArray<Rule> rules, params (string Signal, long[] Counts)[] counts) =>
        WindowJudge.Judge(Window(counts), Settings(rules));

    private static JudgementSettings Settings(ImmutableArray<Rule> rules) => new("employment", new Baseline("employment", 52_000,
    [
        Signal("AGEP", Ages, [0, 10_000, 5_000, 10_000, 10_000, 10_000, 5_000, 2_000, 0, 0]),
        Signal("RELP", Relations, [26_500, 13_000, 1_540, 3_595, 0, 0]),
        Signal("SEX", Sexes, Table(3_000, 7_000, 3_000, 7_000), SignalRole.Group),
    ], "sha256:00"), rules);

    private static BaselineSignal Signal(string name, Layout layout, long[] counts, SignalRole role = SignalRole.Feature) =>
        new(name, role, [name], layout, [.. counts]);

    private static ClosedWindow Window(params (string Signal, long[] Counts)[] counts) => new(
        "employment", "7", new WindowSettings("7d", new(7), new(7), new(0), 100), new(0), new(7), true,
        new(counts.Length == 0 ? 0 : counts[0].Counts.Sum()), new(0),
        WindowCounts.BySignal(counts.Select(c => new SignalCounts(c.Signal == "SEX" ? "group:SEX" : c.Signal, LayoutOf(c.Signal).Key, c.Counts))));

    private static Layout LayoutOf(string signal) => signal switch
    {
        "AGEP" => Ages,
        "RELP" => Relations,
        "SEX" or "group:SEX" => Sexes,
        "group:labelled" => Labelled,
        "s" => Scores,
        _ when signal.StartsWith('s') => Layout.Categorical(["a", "b"]),
        _ => Answers,
    };

    private static long[] Table(long selected1, long rejected1, long selected2, long rejected2)
    {
        var counts = new long[Sexes.Cells];
        counts[Sexes.TableCell(0, 1, 0)] = selected1;
        counts[Sexes.TableCell(0, 0, 0)] = rejected1;
        counts[Sexes.TableCell(1, 1, 0)] = selected2;
        counts[Sexes.TableCell(1, 0, 0)] = rejected2;
        return counts;
    }
}
