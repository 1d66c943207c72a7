using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Statistics;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>The dial: so many false episodes in so long, as a level of the calibrated rules.</summary>
public sealed class FalseAlarmsTests
{
    // sqrt(F m / (3 W)), by hand: one signal (features: [AGEP]), or the baseline's all.
    [Theory]
    [InlineData("columns: { features: [AGEP] }|window: { size: 1h }|false_alarms: 1 per 30d", 0.0215)] // sqrt(1 / 2160)
    [InlineData("columns: { features: [AGEP] }|window: { size: 1h }|false_alarms: 2 per 30d", 0.0304)] // sqrt(2 / 2160)
    [InlineData("columns: { features: [AGEP] }|window: { size: 1d }|false_alarms: 1 per 30d", 0.05)] // 0.105, but at most this
    [InlineData("columns: { features: [AGEP] }|window: [{ size: 1h }, { size: 1d, every: 6h }]|false_alarms: 1 per 30d", 0.0199)] // sqrt(1 / (3 x 840))
    [InlineData("columns: { features: [AGEP] }|window: { size: 1h }|fire: { after: 1 }|false_alarms: 1 per 30d", 0.00139)] // 1 / 720
    [InlineData("columns: { features: [AGEP] }|window: { size: 1h }|fire: { after: 3 of 4 }|false_alarms: 1 per 365d", 0.0306)] // (1 / (4 x 8760))^(1/3)
    public void Level_IsThatOfTheFormula(string lines, double level)
    {
        PlanResult result = Configs.Read(Configs.WithModel(lines));
        Assert.Empty(Configs.Places(result));
        Assert.Equal([level], Levels(result).Distinct());
        PlanResult again = Configs.Read(result.Effective!);
        Assert.Equal(result.Plan!.Hash, again.Plan!.Hash);
        Assert.Equal(result.Effective, again.Effective);
    }

    [Fact]
    public void Level_GrowsWithTheRootOfTheSignals()
    {
        int signals = Configs.Read(Configs.WithModel("tags: []")).Plan!.Models[0].Judgement.Baseline.Signals.Length;
        double level = Levels(Configs.Read(Configs.WithModel("window: { size: 1h }|false_alarms: 1 per 365d"))).Distinct().Single();
        Assert.InRange(level, 0.9999 * Math.Sqrt(signals / (3.0 * 8760)) - 0.00005, (1.0001 * Math.Sqrt(signals / (3.0 * 8760))) + 0.00005);
    }

    [Theory]
    [InlineData("false_alarms: 1", "bad_false_alarms")]
    [InlineData("false_alarms: 0 per 30d", "bad_false_alarms")]
    [InlineData("false_alarms: 1 per month", "bad_false_alarms")]
    [InlineData("false_alarms: 1 per 30d|rules: [{ signal: AGEP, statistic: psi, alarm: { calibrated: 1% } }]", "false_alarms")]
    [InlineData("false_alarms: 1 per 30d|rules: [{ signal: AGEP, statistic: missing, alarm: { above: 1% } }]", "false_alarms")]
    public void Dial_BesideAnotherLevel_IsRefused(string lines, string code) =>
        Assert.Equal([code], Configs.Read(Configs.WithModel(lines)).Findings.Select(f => f.Code));

    [Fact]
    public void DialOfDefaults_LeavesRulesOfAModelAlone()
    {
        const string dial = "defaults: { false_alarms: 1 per 365d, window: { size: 1h } }";
        Assert.Equal([0.01], Levels(Configs.Read(Both("rules: [{ signal: AGEP, statistic: psi, alarm: { calibrated: 1% } }]"))));
        Assert.NotEqual([0.01], Levels(Configs.Read(Both("tags: []"))));

        static string Both(string lines) => dial + "\n" + Configs.WithModel(lines);
    }

    // Independent p-values, no drift: as many false episodes as the dial says, within a factor of two (cautiously: a window must itself speak).
    [Fact]
    public void Episodes_OfIndependentSignals_AreAsManyAsTheDialSays()
    {
        const int signals = 5, windows = 5_000, runs = 80;
        double level = 0.0183; // sqrt(1 x 5 / (3 x 5000))
        var random = new Random(30);
        var settings = new WindowSettings("w", new(1), new(1), new(0), 1);
        var alerts = new AlertSettings("m", new Owner("o", "O", ""), [], null, null, [], 2, 3, 3);
        RuledStatistic[] speaks = [.. new[] { false, true }.Select(Ruled)];
        int opened = 0;
        for (int run = 0; run < runs; run++)
        {
            var symptoms = new Symptoms();
            for (int i = 0; i < windows; i++)
            {
                double[] adjusted = BenjaminiHochberg.Adjusted([.. Enumerable.Range(0, signals).Select(_ => random.NextDouble())]);
                var closed = new ClosedWindow(
                    "m", "", settings, new(i), new(i + 1), true, new(1), new(0), ImmutableSortedDictionary<string, WindowCounts>.Empty);
                for (int s = 0; s < signals; s++)
                {
                    var subject = new Subject("m", "", "w", $"{s}", null);
                    SymptomTurn? turn = symptoms.Note(subject, closed, [speaks[adjusted[s] <= level ? 1 : 0]], Story.None, alerts);
                    opened += turn is { Status: SymptomStatus.Began } ? 1 : 0;
                }
            }
        }

        Assert.InRange(opened / (double)runs, 0.5, 1.25);

        static RuledStatistic Ruled(bool rejects)
        {
            var rule = new Rule("r", "*", null, "psi", null, new Alarm(AlarmKind.Calibrated, 0.01), Severity.Warning);
            Judgement judgement = rejects ? Judgement.Drifting : Judgement.Steady;
            return new(rule, new JudgedStatistic("psi", null, 0, null, null, 0.5, null, 1, 1, "r", rejects, judgement));
        }
    }

    private static IEnumerable<double> Levels(PlanResult result) =>
        result.Plan!.Models[0].Judgement.Rules.Where(r => r.Alarm.Kind == AlarmKind.Calibrated).Select(r => r.Alarm.Value);
}
