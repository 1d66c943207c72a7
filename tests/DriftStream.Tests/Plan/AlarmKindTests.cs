using System.Text.Json;
using System.Text.RegularExpressions;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Tests.Alerts;
using DriftStream.Tests.Tidy;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>Every kind of alarm is read, judged, written and described. The schema's part is in <see cref="SchemaTests"/>.</summary>
public sealed class AlarmKindTests
{
    /// <summary>Those of signals; what looks at errors is in ErrorRuleTests.</summary>
    public static TheoryData<AlarmKind> Kinds => [.. Enum.GetValues<AlarmKind>().Where(k => k != AlarmKind.Detector)];

    // Limits of a psi of 0.09, p = 0.00003: one that is passed and one that is not. Who adds a kind is stopped here by the compiler.
    private static (double Speaks, double Silent) Limits(AlarmKind kind) => kind switch
    {
        AlarmKind.Above or AlarmKind.AboveBaselineBy => (0.05, 5),
        AlarmKind.Below => (5, 0.05),
        AlarmKind.Calibrated => (0.01, 1e-12),
        AlarmKind.BelowBaselineBy => (-5, 0.05), // nothing has less than none
        AlarmKind.Trend => (0.05, 5), // in units of the statistic, for the detector below
        AlarmKind.Detector => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    // One that knows what is normal, so that it finds a trend in one window: psi exceeds 0 by more than the limit.
    private static Alarm Of(AlarmKind kind, double limit) => new(kind, limit)
    {
        Trend = kind == AlarmKind.Trend
            ? new TrendSettings(TrendDetector.Cusum) { Threshold = limit, Delta = 0, MinInstances = 2, Mode = TrendMode.Both, Mean = 0, Sd = 1 } : null,
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Kind_IsReadAndWrittenOut(AlarmKind kind)
    {
        PlanResult first = Configs.Read(Configs.WithModel($"rules: [{{ signal: AGEP, statistic: psi, alarm: {{ {AlarmKeys.Text(kind, "0.25")} }} }}]"));
        Rule rule = Assert.Single(first.Plan!.Models[0].Judgement.Rules);
        Assert.Equal((kind, 0.25), (rule.Alarm.Kind, rule.Alarm.Value));
        Assert.Equal(rule, Assert.Single(Configs.Read(first.Effective!).Plan!.Models[0].Judgement.Rules));
        Assert.Equal(rule, Assert.Single(PlanDocument.Read(PlanDocument.Of(first.Plan).Text)!.Models[0].Rules));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Kind_IsJudged(AlarmKind kind)
    {
        (double speaks, double silent) = Limits(kind);
        Assert.Equal((Judgement.Drifting, Judgement.Steady), (Judge(speaks), Judge(silent)));

        Judgement Judge(double limit)
        {
            Layout layout = Layout.Categorical(["a", "b"]);
            var rule = new Rule("r", "x", null, "psi", null, Of(kind, limit), Severity.Warning);
            var baseline = new Baseline("m", 1000, [new BaselineSignal("x", SignalRole.Feature, ["x"], layout, [500, 500, 0, 0])], "sha256:00");
            var window = new ClosedWindow("m", "", new WindowSettings("1d", new(7), new(7), new(0), 100), new(0), new(7), true, new(200), new(0),
                WindowCounts.BySignal([new SignalCounts("x", layout.Key, [130, 70, 0, 0])]));
            return WindowJudge.Judge(window, new JudgementSettings("m", baseline, [rule]), trends: new Trends()).Signals[0].Judgement;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Kind_IsNamedInAlerts(AlarmKind kind)
    {
        var rule = new Rule("r", "x", null, "psi", null, Of(kind, 0.25), Severity.Warning);
        var statistic = new JudgedStatistic("psi", null, 1, null, null, null, null, 1, 1, "r", true, Judgement.Drifting);
        var signal = new JudgedSignal("x", 1, 0, 0, Judgement.Drifting, "why", [statistic], []);
        var turn = new SymptomTurn(SymptomStatus.Began, new OpenSymptom(new(0), Severity.Warning, []));
        var judged = new JudgementSettings("m", new Baseline("m", 100, [], "sha256:b"), [rule]);
        Symptom symptom = SymptomWriter.Signal(
            new Subject("m", "", "1d", "x", null), signal, [new RuledStatistic(rule, statistic)], turn, SymptomStory.Settings(1, 1, 1), judged);
        JsonElement told = JsonDocument.Parse(symptom.Detail.ToArray()).RootElement.GetProperty("rule");
        Assert.Equal(AlarmKeys.Of(kind), told.GetProperty("alarm").GetString());
        Assert.Equal(0.25, (told.TryGetProperty("threshold", out JsonElement limit) ? limit : told.GetProperty("level")).GetDouble());
    }

    [Theory]
    [InlineData("docs/configuration.md", @"^\| `alarm` \| .*`{0}: ")]
    [InlineData("docs/statistics.md", @"^\| [^|]*`{0}[`:]")]
    [InlineData("docs/topics.md", @"^\| `rule` \| .*`{0}`")]
    public void Kinds_AreDocumented(string document, string row)
    {
        string text = Repository.Read(document);
        string[] missing = [.. AlarmKeys.All.Where(k => !Regex.IsMatch(text, row.Replace("{0}", k, StringComparison.Ordinal), RegexOptions.Multiline))];
        Assert.True(missing.Length == 0, $"{document} lacks {string.Join(", ", missing)}");
    }
}
