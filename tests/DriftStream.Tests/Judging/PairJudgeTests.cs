using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Statistics;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>What the default rules say of pairs of columns.</summary>
public sealed class PairJudgeTests
{
    private static readonly BaselineSettings Settings = BaselineSettings.Of("m") with { Pairs = [["income", "hours"], ["size", "income"]] };

    private static readonly Rule[] Rules = [.. ModelDefaults.Rules, .. ModelDefaults.RulesOfPairs];

    [Fact]
    public void CorrelationThatIsGone_WhileBothColumnsStay_IsToldInWords()
    {
        Verdict verdict = Judge(Build(1), Rows(new Random(2), 4_000, correlation: 0.11));
        JudgedSignal found = Assert.Single(verdict.Signals, s => s.Judgement == Judgement.Drifting);
        Assert.Equal("income x hours", found.Signal);
        Assert.Matches(
            "^income and hours were correlated 0.[45][0-9], now 0.(0[6-9]|1[0-3]); .* fifth x .* fifth in .* % of rows where .* % were to be expected$",
            found.Why);
        Assert.Equal(["correlation_shift", "dependence_shift"], found.Statistics.Where(s => s.Rejected).Select(s => s.Name).Order());
        Assert.InRange(found.Moved, 600, 2_000);
        Assert.Equal("1 of 5 signals: income x hours", verdict.Why);

        JsonElement pair = JsonDocument.Parse(VerdictJson.Write(verdict).Single()).RootElement.GetProperty("signals").EnumerateArray()
            .Single(s => s.GetProperty("signal").GetString() == "income x hours").GetProperty("pair");
        Assert.Equal("""["income","hours"]""", pair.GetProperty("columns").GetRawText());
        Assert.InRange(pair.GetProperty("reference").GetProperty("correlation").GetDouble(), 0.45, 0.6);
        JsonElement interval = pair.GetProperty("window").GetProperty("interval");
        Assert.InRange(0.09, interval[0].GetDouble(), interval[1].GetDouble());
    }

    [Fact]
    public void MarginsThatMove_AreNoNewsOfThePairs()
    {
        Verdict verdict = Judge(Build(1), Rows(new Random(3), 4_000, correlation: 0.62, times: 1.3, small: 0.6));
        Assert.Equal(["size", "income"], verdict.Signals.Where(s => s.Judgement == Judgement.Drifting).Select(s => s.Signal).OrderDescending());
        Assert.All(verdict.Signals.Where(s => s.Pair is not null), s => Assert.Equal(Judgement.Steady, s.Judgement));
    }

    [Fact]
    public void CategoryThatHasChangedItsPlace_IsToldByTheAssociation()
    {
        (string Size, double? Income, double Hours)[] rows = Rows(new Random(4), 4_000, correlation: 0.62);
        for (int i = 0; i < rows.Length; i++) rows[i].Size = i % 2 == 0 ? "small" : "large";
        JudgedSignal found = Assert.Single(Judge(Build(1), rows).Signals, s => s.Judgement == Judgement.Drifting && s.Pair is not null);
        Assert.Matches("^size and income were associated 0.[3-9][0-9] \\(Cramer's V\\), now 0.0[0-9]; (small|large) x .* fifth in ", found.Why);
        Assert.DoesNotContain(found.Statistics, s => s.Name == JointDependence.CorrelationShift);
    }

    [Fact]
    public void SteadyRows_HardlyAlarm()
    {
        int alarms = 0;
        for (int b = 0; b < 4; b++)
        {
            Baseline baseline = Build(100 + b);
            for (int w = 0; w < 20; w++)
            {
                Verdict verdict = Judge(baseline, Rows(new Random((b * 100) + w), 1_000, 0.62));
                alarms += verdict.Signals.Count(s => s.Pair is not null && s.Judgement == Judgement.Drifting);
            }
        }

        Assert.InRange(alarms, 0, 2);
    }

    [Fact]
    public void RowsWithoutAValue_AreLeftOut_AndTooFewAreInsufficient()
    {
        (string Size, double? Income, double Hours)[] rows = Rows(new Random(5), 400, 0.62);
        for (int i = 0; i < 350; i++) rows[i].Income = null;
        JudgedSignal pair = Judge(Build(1), rows).Signals.Single(s => s.Signal == "income x hours");
        Assert.Equal((400, 350, Judgement.Insufficient), (pair.Rows, pair.Missing, pair.Judgement));
        Assert.Equal("dependence_shift: 50 rows, fewer than 100", pair.Why!.Replace(" with a value", "", StringComparison.Ordinal));
        Assert.Equal(50, pair.Pair!.Window.Rows);
    }

    [Fact]
    public void PairThatTwoBaselinesCounted_IsInsufficient()
    {
        Baseline first = Build(1), second = Build(9);
        ClosedWindow window = Close(first, Rows(new Random(2), 4_000, 0.11));
        Verdict verdict = WindowJudge.Judge(window, new JudgementSettings("m", second, [.. Rules]), [first, second]);
        JudgedSignal pair = verdict.Signals.Single(s => s.Signal == "income x hours");
        Assert.Equal((Judgement.Insufficient, "counted under two baselines, whose cells differ"), (pair.Judgement, pair.Why));
        Assert.Null(pair.Pair);
    }

    private static Baseline Build(int seed) => BaselineBuilder.Build([Batch(Rows(new Random(seed), 20_000, 0.62))], Settings).Baseline!;

    private static Verdict Judge(Baseline baseline, (string, double?, double)[] rows) =>
        WindowJudge.Judge(Close(baseline, rows), new JudgementSettings("m", baseline, [.. Rules]));

    private static ClosedWindow Close(Baseline baseline, (string, double?, double)[] rows)
    {
        Batch batch = Batch(rows);
        var counts = new List<SignalCounts>();
        foreach ((ICellCounter counter, BaselineSignal signal) in CellCounters.ForAll(baseline.Signals, null, null).Zip(baseline.Signals))
        {
            var cells = new long[signal.Layout.Cells];
            Assert.Null(counter.Bind(batch));
            counter.Count(0, batch.Rows, cells);
            counts.Add(new SignalCounts(signal.Key, signal.Layout.Key, cells));
        }

        return new ClosedWindow("m", "", new WindowSettings("w", new(1), new(1), new(0), 100), new(0), new(1), true, new(rows.Length), new(0),
            WindowCounts.BySignal(counts));
    }

    // Two normal columns whose rank correlation in each size is about as given; the size goes with the first.
    private static (string Size, double? Income, double Hours)[] Rows(Random random, int rows, double correlation, double times = 1, double small = 0.3) =>
    [
        .. Enumerable.Range(0, rows).Select(_ =>
        {
            double normal = 2 * Math.Sin(Math.PI * correlation / 6), x = Gauss(), y = (normal * x) + (Math.Sqrt(1 - (normal * normal)) * Gauss());
            bool isSmall = random.NextDouble() < small;
            return (isSmall ? "small" : "large", (double?)(times * ((isSmall ? 0 : 1.5) + x)), y);

            double Gauss() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        }),
    ];

    private static Batch Batch((string Size, double? Income, double Hours)[] rows) => new BatchBuilder()
        .Add("size", Columns.Text([.. rows.Select(r => r.Size)]))
        .Add("income", Columns.Of<double>([.. rows.Select(r => r.Income)]))
        .Add("hours", Columns.Of<double>([.. rows.Select(r => r.Hours)])).Build();
}
