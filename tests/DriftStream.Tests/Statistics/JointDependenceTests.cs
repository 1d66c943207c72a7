using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>Statistics of pairs of columns, beside values of a plain Python program (reference/pairs.py) and in samples of which the answer is known.</summary>
public sealed class JointDependenceTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Reference.Load("pairs.json").GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Statistics_AreThoseOfAPlainProgram(int at)
    {
        JsonElement expected = Reference.Load("pairs.json").GetProperty("cases")[at];
        long[][] reference = Table(expected.GetProperty("reference")), window = Table(expected.GetProperty("window"));
        JointDependence names = Of(Names, reference, window), numbers = Of(Numbers, reference, window);
        (JsonElement was, JsonElement now) = (expected.GetProperty("of_reference"), expected.GetProperty("of_window"));
        foreach (JointDependence of in new[] { names, numbers }) // numbers of few values are groups, each by itself
        {
            foreach ((JsonElement values, PairDependence sample) in new[] { (was, of.Reference), (now, of.Window) })
            {
                Near(values, "cramers_v", sample.CramersV);
                Near(values, "mutual_information", sample.MutualInformation);
                if (ReferenceEquals(of, numbers)) Near(values, "correlation", sample.Correlation!.Value.Value);
                else Assert.Null(sample.Correlation);
            }

            Statistic shift = of.Statistic(JointDependence.DependenceShift, null);
            Near(expected, "effect", shift.Value);
            // Every cell holds enough, so that the score test is Pearson's X2 over all of them; the tail behind the expected value has 15 digits below 1.
            Reference.Near(expected.GetProperty("p_value").GetDouble(), shift.PValue, "p_value", 1e-7, 1e-13);
            Assert.Equal("homogeneous-association", shift.Test);
            Apart("mutual_information", of.Statistic(JointDependence.InformationShift, null));
            Apart("cramers_v", of.Statistic(JointDependence.AssociationShift, null));
        }

        Statistic moved = numbers.Statistic(JointDependence.CorrelationShift, null);
        Apart("correlation", moved);
        // The program leaves out one row after the other, which is the influence of a row up to a part of 1 / rows: in the logarithm a hundredth.
        Reference.Near(Math.Log(expected.GetProperty("correlation_p_value").GetDouble()), Math.Log(moved.PValue!.Value), "p of the correlation", 0.01);
        Assert.Null(names.Statistic(JointDependence.CorrelationShift, null).Value);

        void Apart(string name, Statistic statistic) =>
            Reference.Near(Math.Abs(now.GetProperty(name).GetDouble() - was.GetProperty(name).GetDouble()), statistic.Value, name, absolute: 1e-12);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Deviation_OfTheCorrelation_IsTheJackknifes(int at)
    {
        JsonElement expected = Reference.Load("pairs.json").GetProperty("cases")[at];
        foreach (string sample in (string[])["reference", "window"])
        {
            RankCorrelation rank = RankCorrelation.Of(Square(Table(expected.GetProperty(sample))))!.Value;
            Reference.Near(expected.GetProperty("of_" + sample).GetProperty("deviation").GetDouble(), rank.Deviation, sample, relative: 3.0 / rank.Rows);
        }
    }

    /// <summary>A change of unit or of level, or a bent scale, is none of the dependence; where ranges hold all rows, nothing can be said.</summary>
    [Theory]
    [InlineData(1, 0, true), InlineData(1.2, 0, true), InlineData(1, 0.5, true), InlineData(1.5, -0.8, true)]
    [InlineData(1000, 0, false), InlineData(1, 9, false)]
    public void Margins_Alone_ChangeNothing(double times, double plus, bool known)
    {
        JointDependence of = Normal(0.6, x => (times * x) + plus);
        Statistic correlation = of.Statistic(JointDependence.CorrelationShift, null), shift = of.Statistic(JointDependence.DependenceShift, null);
        Assert.Equal((known, known), (correlation.Value is not null, shift.Value is not null));
        if (!known) return;
        // By chance 0.015 at these sizes, and by ranges that grow when rows move into the last ones.
        Assert.InRange(correlation.Value!.Value, 0, 0.03);
        Assert.InRange(shift.Value!.Value, 0, 0.005);
        Assert.True(correlation.PValue > 0.01 && shift.PValue > 0.01, $"{correlation.PValue} {shift.PValue}");
        Assert.InRange(of.Window.Correlation!.Value.Value, of.Window.Correlation.Value.Low, of.Window.Correlation.Value.High);
    }

    [Fact]
    public void Dependence_ThatIsGone_IsFound_AndBounded()
    {
        JointDependence of = Normal(0.6, x => x, correlationNow: 0.1);
        Statistic correlation = of.Statistic(JointDependence.CorrelationShift, 0.99);
        // Spearman's of a normal law: 6 / pi asin(rho / 2).
        double expected = 6 / Math.PI * (Math.Asin(0.3) - Math.Asin(0.05));
        Assert.InRange(expected, correlation.Low!.Value, correlation.High!.Value);
        Assert.InRange(correlation.PValue!.Value, 0, 1e-30);
        Assert.InRange(of.Statistic(JointDependence.DependenceShift, null).PValue!.Value, 0, 1e-30);
        Assert.InRange(of.Moved, 400, 2000);
    }

    [Fact]
    public void Samples_ThatSayNothing_AreUndefined()
    {
        long[][] some = [[5, 5], [5, 5]], none = [[0, 0], [0, 0]], constant = [[9, 0], [7, 0]], one = [[1, 0], [0, 0]];
        foreach (long[][] window in new[] { none, constant, one })
        {
            foreach (Func<int, Layout> kind in new Func<int, Layout>[] { Names, Numbers })
            {
                JointDependence of = Of(kind, some, window);
                foreach (string name in Every) Assert.Null(of.Statistic(name, null).Value);
                Assert.All(Every, name => Assert.Null(of.Statistic(name, null).PValue));
                Assert.Null(of.Window.CramersV);
            }
        }

        // A perfect dependence has no spread; a single row that breaks it is no proof of anything, many are.
        long[][] perfect = [[500, 0], [0, 500]];
        Assert.Equal(1, Of(Numbers, perfect, perfect).Statistic(JointDependence.CorrelationShift, null).PValue);
        Assert.True(Of(Numbers, perfect, [[500, 1], [0, 500]]).Statistic(JointDependence.CorrelationShift, null).PValue > 0.01);
        Assert.True(Of(Numbers, perfect, [[400, 100], [100, 400]]).Statistic(JointDependence.CorrelationShift, null).PValue < 1e-9);
    }

    /// <summary>Rows that are alike count for less.</summary>
    [Fact]
    public void DesignEffect_DividesWhatIsKnown()
    {
        long[][] reference = [[400, 100], [150, 350]], window = [[90, 60], [80, 70]];
        Statistic alone = Of(Numbers, reference, window).Statistic(JointDependence.DependenceShift, null);
        Statistic alike = Of(Numbers, reference, window, new DesignEffect(4, 1, 2)).Statistic(JointDependence.DependenceShift, null);
        Reference.Near(0.00029692865618094656, alike.PValue, "p"); // erfc(sqrt(X2 / 8)) of "two by two"
        Assert.True(alike.PValue > alone.PValue && alike.Value < alone.Value);
    }

    /// <summary>
    /// Fifths are cut at ranks of the rows themselves. Where the second column follows the first in a U, a test that takes the cuts as given alarms in 2 % of
    /// windows at 1 %.
    /// </summary>
    [Fact]
    public void Level_HoldsWhereTheDependenceIsStrong()
    {
        const int baselines = 10, windows = 100;
        int alarms = 0;
        for (int b = 0; b < baselines; b++)
        {
            var random = new Random(b);
            (double X, double Y)[] before = [.. Draw(2_000)];
            Layout first = Edges(before.Select(r => r.X)), second = Edges(before.Select(r => r.Y)), layout = Layout.Joint(first, second, false, false);
            long[] reference = Count(before);
            for (int w = 0; w < windows; w++)
            {
                JointDependence of = JointDependence.Of(new CountPair(layout, reference, Count([.. Draw(500)])));
                if (of.Statistic(JointDependence.DependenceShift, null).PValue <= 0.01) alarms++;
            }

            long[] Count((double X, double Y)[] rows)
            {
                var cells = new long[layout.Cells];
                foreach ((double x, double y) in rows) cells[(first.Edges.Count(e => e <= x) * second.Cells) + second.Edges.Count(e => e <= y)]++;
                return cells;
            }

            IEnumerable<(double X, double Y)> Draw(int rows) => Enumerable.Range(0, rows).Select(_ =>
            {
                double x = Gauss();
                return (x, (x * x) + Gauss());
            });

            double Gauss() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        }

        Assert.InRange(alarms, 1, 15);
    }

    private static string[] Every =>
        [JointDependence.DependenceShift, JointDependence.CorrelationShift, JointDependence.AssociationShift, JointDependence.InformationShift];

    private static Layout Names(int groups) => Layout.Categorical([.. Enumerable.Range(0, groups).Select(i => $"g{i}")]);

    private static Layout Numbers(int values) => ExactLayout.Of([.. Enumerable.Range(0, values).Select(i => (double)i)]);

    private static JointDependence Of(Func<int, Layout> kind, long[][] reference, long[][] window, DesignEffect? design = null)
    {
        Layout first = kind(reference.Length), second = kind(reference[0].Length);
        Layout layout = Layout.Joint(first, second, false, false);
        return JointDependence.Of(new CountPair(layout, Cells(reference), Cells(window), design));

        long[] Cells(long[][] table)
        {
            var cells = new long[layout.Cells];
            for (int i = 0; i < table.Length; i++)
            {
                for (int j = 0; j < table[i].Length; j++) cells[(At(first, i) * second.Cells) + At(second, j)] = table[i][j];
            }

            return cells;
        }

        // Of numbers each value has a cell between two edges.
        static int At(Layout of, int group) => of.Kind == LayoutKind.Numeric ? (2 * group) + 1 : group;
    }

    // 20,000 rows of a baseline and 4,000 of a window, in forty ranges of the baseline.
    private static JointDependence Normal(double correlation, Func<double, double> now, double? correlationNow = null)
    {
        var random = new Random(7);
        (double X, double Y)[] before = [.. Draw(correlation, 20_000)], after = [.. Draw(correlationNow ?? correlation, 4_000).Select(r => (now(r.X), r.Y))];
        Layout first = Edges(before.Select(r => r.X)), second = Edges(before.Select(r => r.Y));
        Layout layout = Layout.Joint(first, second, false, false);
        return JointDependence.Of(new CountPair(layout, Count(before), Count(after)));

        IEnumerable<(double X, double Y)> Draw(double rho, int rows) => Enumerable.Range(0, rows).Select(_ =>
        {
            double x = Gauss();
            return (x, (rho * x) + (Math.Sqrt(1 - (rho * rho)) * Gauss()));
        });

        double Gauss() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

        long[] Count((double X, double Y)[] rows)
        {
            var cells = new long[layout.Cells];
            foreach ((double x, double y) in rows) cells[(first.Edges.Count(e => e <= x) * second.Cells) + second.Edges.Count(e => e <= y)]++;
            return cells;
        }
    }

    private static Layout Edges(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return Layout.Numeric([.. Enumerable.Range(1, 39).Select(i => sorted[i * sorted.Length / 40])]);
    }

    private static long[][] Table(JsonElement rows) => [.. rows.EnumerateArray().Select(r => r.Longs())];

    private static long[,] Square(long[][] rows)
    {
        var table = new long[rows.Length, rows[0].Length];
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < rows[i].Length; j++) table[i, j] = rows[i][j];
        }

        return table;
    }

    private static void Near(JsonElement from, string name, double? actual) =>
        Reference.Near(from.GetProperty(name).GetDouble(), actual, name, absolute: 1e-12);
}
