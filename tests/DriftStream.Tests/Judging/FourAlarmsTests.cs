using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Tests.Tidy;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>
/// What the four alarms of a model say of drawn streams in which scores shift, what they mean changes, both or neither: the table of docs/statistics.md.
/// Of each kind 20 runs of 20 windows of 2,000 rows, the first ten of which are like the baseline (40,000 rows).
/// </summary>
public sealed class FourAlarmsTests
{
    private const int Runs = 20, Calm = 10, Changed = 10, WindowRows = 2_000, BaselineRows = 40_000;

    private static readonly double[] Edges = [.. Enumerable.Range(0, 21).Select(i => i / 20.0).Append(Math.BitIncrement(1.0)).Where(e => e is not 1.0)];

    private static readonly Layout Scores = Layout.Numeric([.. Edges]), Cells = Layout.Outcome(Scores);

    private static readonly Rule[] Rules =
    [
        new("drift", "score", null, "psi", null, new Alarm(AlarmKind.Calibrated, 0.01, MinEffect: 0.02), Severity.Warning),
        new("estimate", null, null, "estimated_accuracy", null, new Alarm(AlarmKind.BelowBaselineBy, 0.03, Confidence: 0.95), Severity.Warning),
        new("realised", null, null, "accuracy", null, new Alarm(AlarmKind.BelowBaselineBy, 0.03, Confidence: 0.95), Severity.Warning),
        new("detector", null, null, "accuracy", null, new Alarm(AlarmKind.Detector, 0) { Detector = ErrorDetectorKind.HddmA }, Severity.Warning),
    ];

    [Theory]
    [InlineData("nothing", 0, 1)]
    [InlineData("scores, to where the model is unsure", -1, 1)]
    [InlineData("scores, to where it is sure", 1, 1)]
    [InlineData("what scores mean", 0, 0.5)]
    [InlineData("both, scores to where it is unsure", -1, 0.5)]
    [InlineData("both, scores to where it is sure", 1, 0.5)]
    public void Alarms_SayWhatTheTableSays(string what, int shift, double worth)
    {
        var spoke = new Dictionary<string, int>();
        (int calm, var off) = (0, new List<double>());
        for (int run = 0; run < Runs; run++)
        {
            var random = new Random(1000 + run);
            var baseline = new Baseline("m", BaselineRows, Signals(Draw(random, BaselineRows, 0, 1)), "sha256:00");
            (Trends trends, HashSet<string> said) = (new Trends(), []);
            for (int at = 0; at < Calm + Changed; at++)
            {
                long[] rows = at < Calm ? Draw(random, WindowRows, 0, 1) : Draw(random, WindowRows, shift, worth);
                ComparedPerformance late = Judge(baseline, at, Labelled(rows), trends, later: false).Performance!;
                Verdict early = Judge(baseline, at, Unlabelled(rows), null, later: true);
                string[] speaks =
                [
                    .. early.Signals[0].Statistics.Concat(early.Performance!.Judged.Select(j => j.Statistic)).Concat(late.Judged.Select(j => j.Statistic))
                        .Where(s => s is { Rule: not null, Judgement: Judgement.Drifting }).Select(s => s.Rule!).Distinct(),
                ];
                if (at < Calm) calm += speaks.Length;
                else said.UnionWith(speaks);
                double realised = late.Window.Metrics.Single(m => m.Name == "accuracy").Value!.Value;
                if (at >= Calm) off.Add(realised - late.Estimate!.Comparable.Metric("accuracy").Value!.Value);
            }

            foreach (string rule in said) spoke[rule] = spoke.GetValueOrDefault(rule) + 1;
        }

        Assert.Equal(0, calm);
        string cells = string.Join(" | ", Rules.Select(r => spoke.GetValueOrDefault(r.Id) is var runs && runs == 0 ? "silent" : $"{runs} of {Runs}"));
        string row = string.Create(CultureInfo.InvariantCulture, $"| {what} | {cells} | {off.Average() * 100:+0.0;-0.0;0.0} |");
        Assert.Contains(row + "\n", Repository.Read("docs/statistics.md"), StringComparison.Ordinal);
    }

    private static Verdict Judge(Baseline baseline, int at, ImmutableArray<SignalCounts> counts, Trends? trends, bool later)
    {
        (EventTime start, EventTime end) = (new(at * 10), new((at + 1) * 10));
        var window = new ClosedWindow("m", "", new WindowSettings("w", new(10), new(10), new(0), 100), start, end, true, new(WindowRows), new(0),
            WindowCounts.BySignal(counts))
        {
            Errors = later ? [] : [Errors(counts[^1].Cells, start, end)],
        };
        ImmutableArray<Rule> rules = [.. Rules.Where(r => r.Id is "realised" or "detector" != later)];
        ImmutableArray<BaselineSignal> signals = later ? baseline.Signals : baseline.Signals[1..];
        Verdict verdict = WindowJudge.Judge(
            window, new JudgementSettings("m", baseline with { Signals = signals }, rules) { LabelsComeLater = later }, trends: trends);
        trends?.Commit();
        return verdict;
    }

    // Scores by score cell, positive or not; selected from a half on. At worth 1 a score is the probability of a positive label, at 0 it says nothing.
    private static long[] Draw(Random random, int rows, int shift, double worth)
    {
        var counts = new long[40];
        for (int i = 0; i < rows; i++)
        {
            double score = random.NextDouble();
            // Half of what lies on the one side of 0.25 and 0.75 goes to the other.
            if (shift != 0 && Math.Abs(score - 0.5) > 0.25 == shift < 0 && random.NextDouble() < 0.5) score = score < 0.5 ? 0.5 - score : 1.5 - score;
            bool positive = random.NextDouble() < 0.5 + (worth * (score - 0.5));
            counts[(Math.Min(19, (int)(score * 20)) * 2) + (positive ? 1 : 0)]++;
        }

        return counts;
    }

    private static ImmutableArray<BaselineSignal> Signals(long[] rows) =>
    [
        new BaselineSignal("score", SignalRole.Score, ["score"], Scores, [.. ScoresOf(rows)]),
        new BaselineSignal("y", SignalRole.Outcome, ["score", "d", "y"], Cells, [.. OutcomesOf(rows, isKnown: true)]),
    ];

    private static ImmutableArray<SignalCounts> Unlabelled(long[] rows) =>
        [new SignalCounts("score", Scores.Key, ScoresOf(rows)), new SignalCounts("outcome:y", Cells.Key, OutcomesOf(rows, isKnown: false))];

    private static ImmutableArray<SignalCounts> Labelled(long[] rows) => [new SignalCounts("outcome:y", Cells.Key, OutcomesOf(rows, isKnown: true))];

    private static long[] ScoresOf(long[] rows)
    {
        var counts = new long[Scores.Cells];
        for (int cell = 0; cell < 20; cell++) counts[cell + 1] = rows[2 * cell] + rows[(2 * cell) + 1];
        return counts;
    }

    private static long[] OutcomesOf(long[] rows, bool isKnown)
    {
        var counts = new long[Cells.Cells];
        for (int i = 0; i < rows.Length; i++)
        {
            (int score, int decision) = ((i / 2) + 1, i / 2 >= 10 ? OutcomeColumns.Yes : OutcomeColumns.No);
            counts[OutcomeCells.Cell(Cells, score, decision, isKnown ? i % 2 : OutcomeColumns.Missing)] += rows[i];
        }

        return counts;
    }

    private static PaneErrors Errors(long[] outcomes, EventTime start, EventTime end)
    {
        Confusion confusion = OutcomeCounts.Of(Cells, outcomes).Confusion;
        return new PaneErrors(start, end, confusion.Rows, confusion.FalsePositive + confusion.FalseNegative);
    }
}
