using System.Text.Json;
using CsCheck;
using DriftStream.Alerts;
using DriftStream.Desk;
using Xunit;

namespace DriftStream.Tests.Desk;

/// <summary>What the rows that have moved are worth.</summary>
public sealed class AtStakeTests
{
    private static readonly DeskPlan Plan = ActionScript.Plan(m => m with { Goal = new Goal("approve 30 %", 0.12, "EUR") });

    [Fact]
    public void Rows_AreThoseOfTheLargestSymptomOfEachWindow_AndVersion()
    {
        DeskScript script = new DeskScript(Plan)
            .Window(1.1, 1, "7=5000", "+7/age#1000 +7/job#400")
            .Window(2.1, 2, "6=500 7=5000", "=7/age#100 =7/job#1120 +6/age#1000")
            .Window(3.1, 3, "7=5000", "=7/age")
            .Window(4.1, 4, "7=5000", "-7/age -7/job -6/age");
        Assert.Equal([1000, 3120], script.Alerts.Select(a => a.AtStake!.Rows));
        JsonElement stake = JsonDocument.Parse(DeskAlertJson.Write(script.Alerts[^1])).RootElement.GetProperty("at_stake");
        Assert.Equal("""{"rows":3120,"amount":374.40,"unit":"EUR","formula":"rows moved x 0.12","estimate":true}""", stake.GetRawText());
    }

    [Fact]
    public void WithoutAGoalThatSaysWhatARowIsWorth_OrWithoutRows_ThereIsNone()
    {
        Assert.Null(Alert(ActionScript.Plan(), "+7/age#1000").AtStake);
        Assert.Null(Alert(ActionScript.Plan(m => m with { Goal = new Goal("approve 30 %") }), "+7/age#1000").AtStake);
        Assert.Null(Alert(Plan, "+7/age").AtStake);
        Assert.Equal(JsonValueKind.Null, JsonDocument.Parse(DeskAlertJson.Write(Alert(Plan, "+7/age"))).RootElement.GetProperty("at_stake").ValueKind);

        static DeskAlert Alert(DeskPlan plan, string symptoms) => new DeskScript(plan).Window(1.1, 1, "7=5000", symptoms).Alerts.Single();
    }

    /// <summary>
    /// Windows of an hour, and of a day each hour, at random: of each name those that share no row are added, from the first on. Summed here over a list of all
    /// rows that moved, by looking through it again for each window.
    /// </summary>
    [Fact]
    public void TheSum_IsThatOfASlowOne() => Gen.Select(Gen.Int[0, 500].Array[60], Gen.Bool.Array[60]).Sample((moved, ofDay) =>
    {
        DeskScript script = new DeskScript(Plan).Window(24, 24, "7=5000", "+7/age +7/job").Window(24, 24, "7=5000", "+7/age +7/job", size: 24);
        var told = new List<(string Name, double From, double To, long Rows)>();
        for (int i = 0; i < moved.Length; i += 2)
        {
            double to = 25 + i, size = ofDay[i] ? 24 : 1;
            script.Window(to, to, "7=5000", $"=7/age#{moved[i]} =7/job#{moved[i + 1]}", size);
            told.Add((ofDay[i] ? "1d" : "1h", to - size, to, Math.Max(moved[i], moved[i + 1])));
        }

        long most = 0;
        foreach (string name in (string[])["1h", "1d"])
        {
            var taken = new List<(string Name, double From, double To, long Rows)>();
            foreach (var window in told.Where(t => t.Name == name && t.Rows > 0))
            {
                if (!taken.Exists(t => t.From < window.To && window.From < t.To)) taken.Add(window);
            }

            most = Math.Max(most, taken.Sum(t => t.Rows));
        }

        Assert.Equal(most, Assert.Single(script.Episodes).RowsMoved);
    }, iter: 200);
}
