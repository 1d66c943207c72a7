using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Statistics;
using DriftStream.Tests.Statistics;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>What the default rules say of columns that do not change. The bench's <c>alarm-level</c> measures more of them.</summary>
public sealed class AlarmLevelTests
{
    private const int Windows = 300;

    public static TheoryData<string> Numeric => [.. SteadyColumn.All.Select(c => c.Name)];

    public static TheoryData<int, double> LongTails => new() { { 1_000, 1.0 }, { 1_000, 1.5 }, { 10_000, 1.0 }, { 10_000, 1.2 }, { 20_000, 0 } };

    /// <summary>300 windows, each against a baseline of its own, so that one unlucky baseline cannot speak for all.</summary>
    [Theory]
    [MemberData(nameof(Numeric))]
    public void SteadyNumbers_AlarmInAtMostThreeOfTwoHundred(string name)
    {
        SteadyColumn column = SteadyColumn.All.Single(c => c.Name == name);
        var random = new Random(3);
        int alarms = 0;
        for (int i = 0; i < Windows; i++)
        {
            (Layout layout, long[] reference) = column.Baseline(random, 5_000);
            alarms += Alarms(layout, reference, column.Window(random, layout, 1_000)) ? 1 : 0;
        }

        Assert.InRange(alarms, 0, Windows * 15 / 1000);
    }

    /// <summary>Columns in which new values are nothing new: shares as 1 / rank^s, or even ones.</summary>
    [Theory]
    [MemberData(nameof(LongTails))]
    public void LongTails_AlarmInAtMostThreeOfTwoHundred(int values, double exponent)
    {
        double[] upTo = new double[values];
        for (int i = 0; i < values; i++) upTo[i] = (i > 0 ? upTo[i - 1] : 0) + Math.Pow(i + 1, -exponent);
        var random = new Random(4);
        int Draw() => Math.Min(values - 1, ~Math.Min(-1, Array.BinarySearch(upTo, random.NextDouble() * upTo[^1])));
        int alarms = 0;
        for (int i = 0; i < Windows; i++)
        {
            var rows = new SortedDictionary<int, long>();
            for (int row = 0; row < 5_000; row++)
            {
                int value = Draw();
                rows[value] = rows.GetValueOrDefault(value) + 1;
            }

            // By name, as a baseline has them: cells in the order of their first row would tell of the reference's own chances.
            int[] names = [.. rows.Keys.OrderBy(v => (v * 7919L) % values)];
            Layout layout = Layout.Categorical([.. names.Select(v => $"v{v}")]);
            Dictionary<int, int> cells = names.Index().ToDictionary(n => n.Item, n => n.Index);
            var window = new long[layout.Cells];
            for (int row = 0; row < 1_000; row++) window[cells.GetValueOrDefault(Draw(), layout.UnseenCell)]++;
            alarms += Alarms(layout, [.. names.Select(n => rows[n]), 0, 0], window) ? 1 : 0;
        }

        Assert.InRange(alarms, 0, Windows * 15 / 1000);
    }

    /// <summary>Where few rows differ from a common value, a rank test by the normal law finds drift several times too often.</summary>
    [Fact]
    public void Ranks_OfARareFlag_HoldTheLevelBySkewAlone()
    {
        SteadyColumn flag = SteadyColumn.All.Single(c => c.Name == "flag, 0.2 %");
        var random = new Random(5);
        int normal = 0, skewed = 0;
        for (int b = 0; b < 40; b++)
        {
            (Layout layout, long[] reference) = flag.Baseline(random, 20_000);
            for (int i = 0; i < 250; i++)
            {
                var pair = new CountPair(layout, reference, flag.Window(random, layout, 1_000));
                MannWhitney ranks = MannWhitney.Of(pair.ReferenceValues, pair.WindowValues)!;
                normal += ranks.PValue <= 0.001 ? 1 : 0;
                skewed += ranks.SkewedPValue <= 0.001 ? 1 : 0;
            }
        }

        Assert.InRange(skewed, 0, 15); // 10 are nominal
        Assert.True(normal > 25, $"{normal}");
    }

    private static bool Alarms(Layout layout, long[] reference, long[] window)
    {
        var signal = new BaselineSignal("x", SignalRole.Feature, ["x"], layout, [.. reference]);
        var settings = new JudgementSettings("m", new Baseline("m", reference.Sum(), [signal], "sha256:"), ModelDefaults.Rules);
        var closed = new ClosedWindow("m", "", new WindowSettings("w", new(1), new(1), new(0), 500), new(0), new(1), true, new(window.Sum()), new(0),
            WindowCounts.BySignal([new SignalCounts("x", layout.Key, window)]));
        return WindowJudge.Judge(closed, settings).Judgement == Judgement.Drifting;
    }
}
