using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>
/// A mean that drifts by a thousandth of a standard deviation a window, 8,000 rows each: after 60 windows it is 0.06 off, which no alarm of a window calls
/// drift, and which the trend of the same statistic tells.
/// </summary>
public sealed class SlowTrendTests
{
    private const int Calm = 60, Slow = 60, Rows = 8_000;

    private static readonly ImmutableArray<double> Edges = [.. Enumerable.Range(-30, 61).Select(i => i / 10.0)];

    private static readonly ImmutableArray<Rule> Rules =
    [
        new("psi", "*", null, "psi", null, new Alarm(AlarmKind.Calibrated, 0.01, 0.02), Severity.Warning),
        new("mean", "*", null, "mean_shift", null, new Alarm(AlarmKind.Calibrated, 0.01, 0.1), Severity.Warning),
        Trend("cusum", new TrendSettings(TrendDetector.Cusum) { Threshold = 8, Delta = 0.5, MinInstances = 50, Mode = TrendMode.Up }),
        Trend("page_hinkley", new TrendSettings(TrendDetector.PageHinkley)
        {
            Threshold = 0.15, Delta = 0.005, MinInstances = 30, Alpha = 0.9999, Mode = TrendMode.Up,
        }),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Trend_IsFound_WhereNoWindowShowsIt(int seed)
    {
        var random = new Random(seed);
        Layout layout = Layout.Numeric(Edges);
        long[] reference = Drawn(random, layout, 200_000, 0);
        var baseline = new Baseline("m", 200_000, [new BaselineSignal("x", SignalRole.Feature, ["x"], layout, [.. reference])], "sha256:00");
        var settings = new JudgementSettings("m", baseline, Rules);
        var trends = new Trends();
        var found = new Dictionary<string, List<int>>();
        for (int i = 0; i < Calm + Slow; i++)
        {
            long[] counts = Drawn(random, layout, Rows, 0.001 * Math.Max(0, i + 1 - Calm));
            var daily = new WindowSettings("1d", new(10), new(10), new(0), 500);
            var window = new ClosedWindow("m", "", daily, new(i * 10), new((i + 1) * 10), true, new(Rows), new(0),
                WindowCounts.BySignal([new SignalCounts("x", layout.Key, counts)]));
            foreach (JudgedStatistic s in WindowJudge.Judge(window, settings, trends: trends).Signals[0].Statistics.Where(s => s.Rejected))
            {
                if (!found.TryGetValue(s.Rule!, out List<int>? windows)) found.Add(s.Rule!, windows = []);
                windows.Add(i);
            }

            trends.Commit();
        }

        Assert.Equal(["cusum", "page_hinkley"], found.Keys.Order());
        Assert.All(found.Values, at => Assert.InRange(at[0], Calm, Calm + Slow - 1));
    }

    private static Rule Trend(string id, TrendSettings settings) =>
        new(id, "*", null, "mean_shift", null, new Alarm(AlarmKind.Trend, settings.Threshold!.Value) { Trend = settings }, Severity.Warning);

    private static long[] Drawn(Random random, Layout layout, int rows, double mean)
    {
        var counts = new long[layout.Cells];
        for (int i = 0; i < rows; i++)
        {
            double value = mean + (Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            counts[(int)Math.Clamp(Math.Floor((value * 10) + 30) + 1, 0, Edges.Length)]++;
        }

        return counts;
    }
}
