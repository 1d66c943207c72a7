using System.Text.Json;
using CsCheck;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>What pages can draw of a signal: few cells, none of few rows, and all rows in them.</summary>
public sealed class SignalSharesTests
{
    private const int K = 20;

    [Fact]
    public void Shares_OfCategories_AreThoseOfTheCounts()
    {
        SignalShares shares = Shares(["a", "b"], [600, 300, 0, 100], [200, 700, 40, 60])!;

        Assert.Equal(["a", "b", "unseen", "missing"], shares.Cells);
        Assert.Equal([0.6, 0.3, 0, 0.1], shares.Reference);
        Assert.Equal([0.2, 0.7, 0.04, 0.06], shares.Window);
    }

    [Fact]
    public void Shares_OfNumbers_AreDecilesOfTheReference()
    {
        Layout layout = Layout.Numeric([.. Enumerable.Range(1, 99).Select(i => (double)i)]);
        long[] reference = [.. Enumerable.Repeat(100L, 100), 0, 0], window = [.. Enumerable.Repeat(50L, 100), 70, 30];
        SignalShares shares = Shares(layout, reference, window)!;

        Assert.Equal(["< 10", "[10, 20)"], shares.Cells.Take(2));
        Assert.Equal(12, shares.Cells.Length);
        Assert.All(shares.Reference.Take(10), share => Assert.Equal(0.1, share));
        Assert.Equal((0.013725, 0.005882), (shares.Window[^2], shares.Window[^1]));
    }

    /// <summary>Three values of few rows: together they are told, and the next smallest joins them where they are too few even so.</summary>
    [Fact]
    public void Shares_OfFewRows_AreOther()
    {
        SignalShares shares = Shares(["a", "b", "c", "d"], [500, 400, 60, 40, 0, 0], [500, 440, 19, 41, 0, 0])!;

        Assert.Equal(["a", "b", "other"], shares.Cells);
        Assert.Equal([0.5, 0.44, 0.06], shares.Window);
    }

    /// <summary>An alert's cells tell of the same values as the distribution does, and nothing of one of few rows: neither its name nor its count.</summary>
    [Fact]
    public void CellsOfAlerts_OfFewRows_AreOtherToo()
    {
        Layout layout = Layout.Categorical(["a", "b", "c", "d"]);
        JudgedSignal judged = Judge(layout, [500, 400, 60, 40, 0, 0], [300, 620, 19, 61, 0, 0], K).Signals[0];
        Assert.Equal(["a", "b", "other"], judged.Cells.Select(c => c.Cell));
        Assert.Equal((0.1, 0.08), (judged.Cells[2].Reference, judged.Cells[2].Window));
        Assert.Equal(4, Judge(layout, [500, 400, 60, 40, 0, 0], [300, 620, 19, 61, 0, 0], 0).Signals[0].Cells.Length);
        // Missing rows are no value of anybody.
        Assert.Contains("missing", Judge(layout, [500, 400, 60, 40, 0, 0], [480, 380, 60, 71, 0, 9], K).Signals[0].Cells.Select(c => c.Cell));
    }

    [Fact]
    public void Shares_OfManyCategories_KeepTheLargest()
    {
        string[] names = [.. Enumerable.Range(0, 300).Select(i => $"c{i:000}")];
        long[] reference = [.. Enumerable.Range(0, 300).Select(i => i == 7 ? 0L : 1000 - i), 0, 50], window = [.. Enumerable.Repeat(100L, 300), 50, 0];
        SignalShares shares = Shares(names, reference, window)!;

        Assert.Equal(SignalShares.Most, shares.Cells.Length);
        Assert.Equal(["other", "unseen", "missing"], shares.Cells[^3..]);
        Assert.DoesNotContain("c299", shares.Cells);
        Assert.Equal("c000", shares.Cells[0]);
    }

    [Fact]
    public void Shares_OfAnEmptySample_AreNone()
    {
        Assert.Null(Shares(["a"], [10, 0, 0], [0, 0, 0]));
        Assert.Null(Shares(["a"], [0, 0, 0], [10, 0, 0]));
    }

    [Fact]
    public void Names_TooLongToDraw_AreCut()
    {
        string name = Shares([new string('x', 98) + "😀" + new string('y', 5000), "b"], [100, 100, 0, 0], [100, 100, 0, 0])!.Cells[0];

        Assert.Equal(new string('x', 98) + "…", name);
    }

    /// <summary>Whatever the counts: at most twenty cells, all rows in them, and no value of fewer rows than k, though the rows of a sample are
    /// known.</summary>
    [Fact]
    public void Shares_TellNoSmallCell() =>
        Gen.Select(Gen.Long[0, 60].Array[2, 40], Gen.Int[0, 60]).SelectMany((cells, spread) =>
            Gen.Select(Gen.Const(cells), Gen.Long[0, 60 + (spread * 40)].Array[cells.Length])).Sample((reference, window) =>
        {
            int values = reference.Length - 2;
            if (values < 1 || reference.Sum() == 0 || window.Sum() == 0) return;
            SignalShares shares = Shares([.. Enumerable.Range(0, values).Select(i => $"v{i:00}")], reference, window)!;

            Assert.InRange(shares.Cells.Length, 0, SignalShares.Most);
            Assert.Equal(shares.Cells.Length, shares.Cells.Distinct().Count());
            Assert.Equal(1, shares.Reference.Sum(), 4);
            Assert.Equal(1, shares.Window.Sum(), 4);
            bool enough = Enough(reference[..values]) && Enough(window[..values]);
            for (int i = 0; i < shares.Cells.Length; i++)
            {
                string cell = shares.Cells[i];
                if (cell is "unseen" or "missing") continue;
                long ofReference = (long)Math.Round(shares.Reference[i] * reference.Sum()), ofWindow = (long)Math.Round(shares.Window[i] * window.Sum());
                if (cell != SignalShares.Other) Assert.Equal((reference[At(cell)], window[At(cell)]), (ofReference, ofWindow));
                if (enough) Assert.True(ofReference is 0 or >= K && ofWindow is 0 or >= K, $"{cell}: {ofReference} and {ofWindow}");
            }
        });

    [Fact]
    public void Shares_AreInTheVerdict_UnlessNothingWasCounted()
    {
        Verdict verdict = Judge(Layout.Categorical(["a", "b"]), [600, 300, 0, 100], [200, 700, 40, 60], K);
        using JsonDocument json = JsonDocument.Parse(VerdictJson.Write(verdict).Single());
        JsonElement shares = json.RootElement.GetProperty("signals")[0].GetProperty("shares");

        Assert.Equal("""{"cells":["a","b","unseen","missing"],"reference":[0.6,0.3,0,0.1],"window":[0.2,0.7,0.04,0.06]}""", shares.GetRawText());
        using JsonDocument none = JsonDocument.Parse(VerdictJson.Write(Judge(Layout.Categorical(["a"]), [1, 0, 0], [0, 0, 0], K)).Single());
        Assert.False(none.RootElement.GetProperty("signals")[0].TryGetProperty("shares", out _));
    }

    /// <summary>A model of 200 signals with the most and longest cells stays one message, of which the distributions are a part that is known.</summary>
    [Fact]
    public void Shares_OfTheWidestSignal_TakeAtMostFourKibibytes()
    {
        string[] names = [.. Enumerable.Range(0, 300).Select(i => $"{i:000}" + new string('n', 500))];
        long[] counts = [.. Enumerable.Repeat(1000L, 300), 20, 20];
        int with = Length(K), without = VerdictJson.Write(Judge(Layout.Categorical([.. names]), counts, counts, K) is { } v
            ? v with { Signals = [v.Signals[0] with { Shares = null }] } : null!).Single().Length;

        Assert.InRange(with - without, 1000, 4096);

        int Length(int k) => VerdictJson.Write(Judge(Layout.Categorical([.. names]), counts, counts, k)).Single().Length;
    }

    private static bool Enough(long[] counts) => counts.Sum() is 0 or >= K;

    private static int At(string cell) => int.Parse(cell[1..]);

    private static SignalShares? Shares(string[] categories, long[] reference, long[] window) => Shares(Layout.Categorical([.. categories]), reference, window);

    private static SignalShares? Shares(Layout layout, long[] reference, long[] window) => Judge(layout, reference, window, K).Signals[0].Shares;

    private static Verdict Judge(Layout layout, long[] reference, long[] window, int k)
    {
        var signal = new BaselineSignal("x", SignalRole.Feature, ["x"], layout, [.. reference]);
        var closed = new ClosedWindow(
            "m", "1", new WindowSettings("1h", new(10), new(10), new(0), 1), new(0), new(10), true, new(window.Sum()), new(0),
            WindowCounts.BySignal([new SignalCounts(signal.Key, layout.Key, window)]));
        return WindowJudge.Judge(closed, new JudgementSettings("m", new Baseline("m", reference.Sum(), [signal], "sha256:b"), []) { PrivacyRows = k });
    }
}
