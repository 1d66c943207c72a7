using System.Text.Json;
using CsCheck;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>Values of a group that few rows have are told together, in verdicts and in what they say in words.</summary>
public sealed class SmallValuesTests
{
    private const int K = 20;

    [Fact]
    public void Values_OfFewRows_AreOther_WithTheNextSmallestWhereTheyAreTooFew()
    {
        Assert.Equal([("a", 500, 50, null), ("b", 40, 4, null), ("other", 24, 3, 2), ("missing", 3, 0, (int?)null)],
            Told(3, ("a", 500, 50), ("c", 19, 2), ("b", 40, 4), ("d", 5, 1)));
        Assert.Equal([("a", 500, 50, null), ("other", 45, 5, (int?)2)], Told(0, ("a", 500, 50), ("b", 40, 4), ("d", 5, 1)));
        Assert.Equal([("other", 505, 51, (int?)2)], Told(0, ("a", 500, 50), ("d", 5, 1)));
    }

    /// <summary>That nobody has a value is nobody's secret, and 20 rows are not few.</summary>
    [Fact]
    public void Values_OfNoRow_OrOfEnough_StandByThemselves() =>
        Assert.Equal([("a", 20, 5, null), ("b", 0, 0, (int?)null)], Told(0, ("a", 20, 5), ("b", 0, 0)));

    /// <summary>By each rate of labels too, which is of fewer rows than there are.</summary>
    [Fact]
    public void Together_NothingIsLost_AndNoValueOfFewRowsIsTold() => Gen.Select(Gen.Long[0, 30], Gen.Long[0, 30], Gen.Long[0, 9]).Array[1, 12].Sample(cells =>
    {
        Layout table = Layout.Table([.. cells.Select((_, i) => $"v{i:00}")], labelled: true);
        long[] counts = new long[table.Cells];
        for (int i = 0; i < cells.Length; i++)
        {
            (counts[table.TableCell(i, 1, 1)], counts[table.TableCell(i, 0, 0)], counts[table.TableCell(i, 1, 2)]) = cells[i];
            counts[table.TableCell(i, 0, 1)] = cells[i].Item3;
        }

        foreach (string statistic in (string[])["demographic_parity_ratio", "equal_opportunity_difference", "accuracy_difference"])
        {
            (JudgedGroup told, JudgedGroup all) = (Judged(table, counts, K, statistic), Judged(table, counts, 0, statistic));
            Assert.Equal(all.By.Sum(g => g.Rows), told.By.Sum(g => g.Rows));
            Assert.Equal(all.By.Sum(g => g.Selected), told.By.Sum(g => g.Selected));
            Assert.Equal(all.LabelledBy.Sum(c => c.Selected.Labelled + c.Rejected.Rows), told.LabelledBy.Sum(c => c.Selected.Labelled + c.Rejected.Rows));
            Assert.Equal(cells.Length, told.By.Sum(g => g.Values ?? 1));
            if (!told.LabelledBy.IsEmpty) Assert.Equal(told.By.Select(g => g.Value), told.LabelledBy.Select(c => c.Value));
            Assert.All(told.By.Where(g => g.Values is null), g => Assert.False(g.Rows is > 0 and < K));
            Assert.All(told.LabelledBy.Where(g => g.Value != "other"), g => Assert.False(g.Selected.Rows + g.Rejected.Rows is > 0 and < K));
            if (told.By.FirstOrDefault(g => g.Values is not null) is { Rows: > 0 and < K } few)
                Assert.All(told.By.Where(g => g != few), g => Assert.Equal(0, g.Rows));
        }
    });

    [Fact]
    public void Verdict_TellsThemTogether_AndItsWordsHaveNoNumberOfThem()
    {
        Layout races = Layout.Table(["1", "2", "3", "4"], labelled: false);
        long[] counts = new long[races.Cells];
        foreach ((int group, long selected, long rejected) in ((int, long, long)[])[(0, 100, 900), (1, 100, 880), (2, 3, 10), (3, 6, 34)])
            (counts[races.TableCell(group, 1, 0)], counts[races.TableCell(group, 0, 0)]) = (selected, rejected);
        JudgedGroup told = Judged(races, counts, K);
        Assert.Equal([("1", 1000L), ("2", 980L), ("other", 53L)], told.By.Select(g => (g.Value, g.Rows)));
        Assert.Contains("left out: 3 (fewer than 100), 4 (fewer than 100)", told.Why, StringComparison.Ordinal);
        // 53 less 40 are the 13 that nobody is told.
        Assert.DoesNotContain("40 rows", told.Why, StringComparison.Ordinal);
        JsonElement other = JsonDocument.Parse(VerdictJson.Write(Verdict(races, counts, K, "demographic_parity_ratio"))[0]).RootElement
            .GetProperty("groups")[0].GetProperty("by")[2];
        Assert.Equal("""{"value":"other","values":2,"rows":53,"selected":9}""", other.GetRawText());

        JudgedGroup all = Judged(races, counts, 0);
        Assert.Equal([1000, 980, 13, 40], all.By.Select(g => g.Rows));
        Assert.Contains("3 (13 rows, fewer than 100)", all.Why, StringComparison.Ordinal);
        // What is judged is the same.
        Assert.Equal(all.Statistic, told.Statistic);
    }

    private static JudgedGroup Judged(Layout table, long[] counts, int k, string statistic = "demographic_parity_ratio") =>
        Verdict(table, counts, k, statistic).Groups[0];

    private static Verdict Verdict(Layout table, long[] counts, int k, string statistic)
    {
        var signal = new BaselineSignal("R", SignalRole.Group, ["R"], table, [.. Enumerable.Repeat(100L, table.Cells)]);
        var parity = new Rule("p", null, "*", statistic, null, new Alarm(AlarmKind.Below, 0.5), Severity.Warning);
        var window = new ClosedWindow("m", "", new WindowSettings("7d", new(7), new(7), new(0), 100), new(0), new(7), true, new(counts.Sum()), new(0),
            WindowCounts.BySignal([new SignalCounts("group:R", table.Key, counts)]));
        return WindowJudge.Judge(window, new JudgementSettings("m", new Baseline("m", 1000, [signal], "sha256:"), [parity]) { PrivacyRows = k });
    }

    private static IEnumerable<(string, int, int, int?)> Told(int missing, params (string Value, int Rows, int Selected)[] by)
    {
        Layout table = Layout.Table([.. by.Select(g => g.Value)], labelled: false);
        long[] counts = new long[table.Cells];
        for (int i = 0; i < by.Length; i++)
            (counts[table.TableCell(i, 1, 0)], counts[table.TableCell(i, 0, 0)]) = (by[i].Selected, by[i].Rows - by[i].Selected);
        counts[table.TableCell(by.Length + 1, 0, 0)] = missing;
        return Judged(table, counts, K).By.Select(g => (g.Value, (int)g.Rows, (int)g.Selected, g.Values));
    }
}
