using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>What the default rules say of rows that are judged by slice: a country with many rows, nine with 2 to 20 % each.</summary>
public sealed class SliceJudgeTests
{
    private const int Countries = 10, ReferenceRows = 40_000, WindowRows = 4_000;

    private static readonly BaselineSettings Settings = BaselineSettings.Of("m") with { Slices = [["country"]] };

    /// <summary>Columns that do not change: 5 signals, 40 slices of them; 1 % of windows may say otherwise.</summary>
    [Fact]
    public void SteadyRows_HardlyAlarm()
    {
        const int windows = 80;
        int alarms = 0;
        Baseline? baseline = null;
        for (int i = 0; i < windows; i++)
        {
            var random = new Random(i);
            if (i % 20 == 0) baseline = Build(random);
            Verdict verdict = Judge(baseline!, Rows(random, WindowRows, _ => false));
            Assert.Equal((5, 4 * Countries), (verdict.Signals.Length, verdict.Slices.Length));
            alarms += verdict.Judgement == Judgement.Drifting ? 1 : 0;
        }

        Assert.InRange(alarms, 0, 3); // three happen once in 150 times at a true 1 %
    }

    /// <summary>In a country with 2 % of the rows amounts are three times as large: nothing in the whole.</summary>
    [Fact]
    public void DriftInASmallCountry_IsFoundThere_AndNowhereElse()
    {
        var random = new Random(5);
        Baseline baseline = Build(random);
        Verdict verdict = Judge(baseline, Rows(random, 10_000, country => country == 9));
        Assert.DoesNotContain(verdict.Signals, s => s.Judgement == Judgement.Drifting);
        JudgedSignal found = Assert.Single(verdict.Slices, s => s.Judgement == Judgement.Drifting);
        Assert.Equal(("amount", "country = c9"), (found.Signal, found.Slice!.Text));
        Assert.StartsWith("among country = c9: amount has drifted: ", found.Why, StringComparison.Ordinal);
        Assert.Equal(Judgement.Drifting, verdict.Judgement);
        Assert.Equal("0 of 5 signals; 1 of 40 slices: amount among country = c9", verdict.Why);
        Assert.Equal([.. verdict.Signals, found], verdict.Shown);
    }

    [Fact]
    public void FewRows_AreInsufficient_AndMakeNoNoise()
    {
        var random = new Random(6);
        Verdict verdict = Judge(Build(random), Rows(random, 600, _ => false));
        Assert.Equal(Judgement.Steady, verdict.Judgement);
        JudgedSignal[] small = [.. verdict.Slices.Where(s => s.Judgement == Judgement.Insufficient)];
        Assert.All(small, s => Assert.True(s.Rows < 100 || s.Why!.Contains("straddles", StringComparison.Ordinal), s.Why));
        Assert.All(verdict.Slices.Except(small), s => Assert.InRange(s.Rows, 100, 600));
        Assert.Equal($"0 of 5 signals; 0 of 40 slices; {small.Length} slices insufficient", verdict.Why);
        Assert.Equal(verdict.Signals, verdict.Shown);
        Assert.Equal(45, Judge(Build(random), Rows(random, 600, _ => false), all: true).Shown.Length);
    }

    /// <summary>A threshold without a confidence would speak by chance in many small slices; a column that is empty in one is told at once.</summary>
    [Fact]
    public void Nulls_InOneCountry_AreTold()
    {
        var random = new Random(8);
        (int Country, double?[] Values)[] rows = Rows(random, WindowRows, _ => false);
        foreach ((int country, double?[] values) in rows) if (country == 8) values[1] = null;
        Verdict verdict = Judge(Build(random), rows);
        JudgedSignal found = Assert.Single(verdict.Slices, s => s.Judgement == Judgement.Drifting);
        Assert.Equal("among country = c8: x1: missing in 100 % of rows (baseline 9.3 %)", found.Why);
        Assert.Contains(found.Statistics, s => s.Rejected && s.Name == "missing" && s.Low is not null);
    }

    [Fact]
    public void CountsOfTheSlices_AreJudgedAsIfTheyWereAlone()
    {
        var random = new Random(9);
        Baseline baseline = Build(random);
        (int Country, double?[] Values)[] rows = Rows(random, WindowRows, country => country == 3);
        Verdict verdict = Judge(baseline, rows, all: true);
        BaselineSignal sliced = baseline.Signals.Single(s => s.Role == SignalRole.Slice && s.Name == "amount");
        var alone = new BaselineSignal("amount", SignalRole.Feature, ["amount"], sliced.Layout.Inner!, sliced.Layout.OfSlice(sliced.Counts, 3));
        Verdict expected = Judge(
            new Baseline("m", alone.Counts.Sum(), [alone], "sha256:"), [.. rows.Where(r => r.Country == 3)], all: true);
        JudgedSignal slice = verdict.Slices.Single(s => s.Signal == "amount" && s.Slice!.Values[0] == "c3");
        Assert.Equal(Numbers(expected.Signals[0]), Numbers(slice));

        static IEnumerable<object?> Numbers(JudgedSignal s) =>
            s.Statistics.Where(n => n.Name is not ("volume" or "missing")).Select(n => (object?)(n.Name, n.Convention, n.Value, n.PValue)).Distinct();
    }

    private static Baseline Build(Random random) => BaselineBuilder.Build([Batch(Rows(random, ReferenceRows, _ => false))], Settings).Baseline!;

    private static Verdict Judge(Baseline baseline, (int Country, double?[] Values)[] rows, bool all = false)
    {
        Batch batch = Batch(rows);
        ICellCounter[] counters = CellCounters.ForAll(baseline.Signals, null, null);
        var counts = new List<SignalCounts>();
        foreach ((ICellCounter counter, BaselineSignal signal) in counters.Zip(baseline.Signals))
        {
            var cells = new long[signal.Layout.Cells];
            Assert.Null(counter.Bind(batch));
            counter.Count(0, batch.Rows, cells);
            counts.Add(new SignalCounts(signal.Key, signal.Layout.Key, cells));
        }

        var closed = new ClosedWindow("m", "", new WindowSettings("w", new(1), new(1), new(0), 100), new(0), new(1), true, new(rows.Length), new(0),
            WindowCounts.BySignal(counts));
        return WindowJudge.Judge(closed, new JudgementSettings("m", baseline, ModelDefaults.Rules) { ShowAll = all });
    }

    // Amounts depend on the country, as they do; x1 is often missing.
    private static (int Country, double?[] Values)[] Rows(Random random, int rows, Predicate<int> drifts) =>
    [
        .. Enumerable.Range(0, rows).Select(_ =>
        {
            int country = random.Next(100) switch { < 30 => 0, < 50 => 1, < 98 and var n => 2 + ((n - 50) / 7), _ => 9 };
            double amount = (country + 1) * -Math.Log(1 - random.NextDouble()) * (drifts(country) ? 3 : 1);
            double? missing = random.Next(10) == 0 ? null : random.NextDouble();
            return (country, new double?[] { amount, missing, random.Next(4), random.NextDouble() + random.NextDouble() });
        }),
    ];

    private static Batch Batch((int Country, double?[] Values)[] rows)
    {
        var builder = new BatchBuilder().Add("country", Columns.Text([.. rows.Select(r => $"c{r.Country}")]));
        string[] names = ["amount", "x1", "x2", "x3"];
        for (int i = 0; i < names.Length; i++)
        {
            int at = i;
            builder.Add(names[i], Columns.Of<double>(rows.Select(r => r.Values[at]).ToArray()));
        }

        return builder.Build();
    }
}
