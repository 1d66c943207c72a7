using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Plan;

public sealed class PlanReaderTests
{
    [Fact]
    public void Example_IsReadWhole()
    {
        PlanResult result = Configs.Read(Configs.Text("example.yaml"));
        Assert.Empty(Configs.Places(result));
        DriftPlan plan = result.Plan!;
        Assert.Equal("s3cret", plan.Kafka.Client["sasl.password"]);
        Assert.Equal("SASL_SSL", plan.Kafka.Client["security.protocol"]);
        Assert.Equal(new EngineSettings(64 << 20, Duration.FromSeconds(5), 12), plan.Engine);
        Assert.Equal(new TimeSettings(Duration.FromMinutes(5), Duration.FromSeconds(30), Duration.FromMinutes(10)), plan.Time);
        Assert.Equal(new TopicSettings("driftstream.", 1), plan.Topics);
        Assert.Equal(new InputLimits(), plan.Limits);
        Assert.Equal(("127.0.0.1:9464", 1000, 100_000), (plan.WebListen, plan.Groups, plan.OpenWindows));
        Assert.Equal("ml-platform", plan.Root.Id);
        Owner owner = plan.Owners["labour-insights"];
        Assert.Equal([new EscalationStep("ml-platform", Duration.FromHours(4), Severity.Critical)], owner.Escalate);
    }

    [Theory]
    [InlineData("", GpuUse.Auto)]
    [InlineData("gpu: auto\n", GpuUse.Auto)]
    [InlineData("gpu: off\n", GpuUse.Off)]
    [InlineData("gpu: require\n", GpuUse.Require)]
    public void Gpu_IsAutoUnlessItSaysElse(string line, GpuUse use)
    {
        PlanResult result = Configs.Read(line + Configs.Text("example.yaml"));
        Assert.Equal(use, result.Plan!.Gpu);
        Assert.Equal(use, Configs.Read(result.Effective!).Plan!.Gpu);
    }

    [Fact]
    public void Example_GivesEveryStageItsSettings()
    {
        DriftPlan plan = Configs.Read(Configs.Text("example.yaml")).Plan!;
        ModelPlan model = Assert.Single(plan.Models);
        Assert.Equal(("event_time", "model_version"), (model.Counting.TimeColumn, model.Counting.Version.Column));
        Assert.Equal((new BinaryColumn("prediction", "1"), new BinaryColumn("employed", "1")),
            (model.Counting.Decision!, model.Counting.Label!));
        Assert.Equal(["AGEP", "SEX", "RAC1P", "predicted_probability", "prediction", "group:SEX", "group:RAC1P", "outcome:employed"],
            model.Counting.Signals.Select(s => s.Key));
        Assert.Equal(model.Counting.Signals, model.Judgement.Baseline.Signals);
        Assert.Equal(Configs.Employment.Hash, model.Judgement.Baseline.Hash);
        Assert.Equal((EventTime.Day, 0L, 10 * EventTime.Minute),
            (model.Windows.PaneSize, model.Windows.PaneOffset, model.Windows.AllowedLateness));
        Assert.Equal(new WindowSettings("7d", Duration.FromDays(7), Duration.FromDays(7), new(0), 500), Assert.Single(model.Windows.Windows));
        Assert.Equal((2, 3, 3), (model.Alerts.FireAfter, model.Alerts.FireOf, model.Alerts.ResolveAfter));
        Assert.Equal("labour-insights", model.Alerts.Owner.Id);
        SourceTopic source = Assert.Single(plan.Counting.Sources.Values);
        Assert.Equal(("employment.predictions", MessageFormat.Arrow, null), (source.Topic, source.Format, source.Selector));
        Assert.Same(model.Counting, Assert.Single(source.Models));
    }

    // Its default may be written out, as check --show does.
    [Theory]
    [InlineData("100000", 0)]
    [InlineData("99999", 1)]
    public void OpenWindows_ThatDifferFromTheDefault_AreSaidToRefuseNothing(string value, int warnings)
    {
        PlanResult result = Configs.Read(Configs.WithFile($"limits: {{ open_windows: {value} }}"));
        Assert.Equal(int.Parse(value, System.Globalization.CultureInfo.InvariantCulture), result.Plan!.OpenWindows);
        Assert.Equal(Enumerable.Repeat("1:25 not_enforced", warnings), Configs.Places(result));
    }

    [Fact]
    public void ExampleRules_AreTheDefaults()
    {
        var example = Configs.Read(Configs.Text("example.yaml")).Plan!.Models[0].Judgement.Rules;
        var minimal = Configs.Read(Configs.Text("minimal.yaml")).Plan!.Models[0].Judgement.Rules;
        Assert.Equal(minimal, example);
        Assert.Equal(new Alarm(AlarmKind.Calibrated, 0.01, 0.02), example[0].Alarm);
        Assert.Equal(new Alarm(AlarmKind.AboveBaselineBy, 0.02), example[1].Alarm);
        Assert.Equal(["missing", "nan", "unseen", "out_of_range"], example.Where(r => r.Urgent).Select(r => r.Statistic));
        Assert.All(example.Where(r => r.Urgent), r => Assert.Equal(new Alarm(AlarmKind.AboveBaselineBy, 0.5, MinRows: 30), r.Alarm));
        Assert.Equal(new Alarm(AlarmKind.Below, 0.8, 0, 0.95, 100), example[6].Alarm);
        Assert.All(example, r => Assert.Matches("^[0-9a-f]{16}$", r.Id));
    }

    [Theory]
    [InlineData("columns: { score: predicted_probability, decision: prediction }", "predicted_probability mean_shift 0.1, prediction rate_difference 0.05")]
    [InlineData("columns: { decision: prediction }", "prediction rate_difference 0.05")]
    [InlineData("columns: { decision: prediction }|rules: []", "")]
    [InlineData("tags: []", "")]
    public void DefaultRules_WatchAnswersInTheirOwnUnit(string lines, string expected)
    {
        PlanResult result = Configs.Read(Configs.WithModel(lines));
        IEnumerable<Rule> rules = result.Plan!.Models[0].Judgement.Rules.Where(r => r.Signal is not (null or "*"));
        Assert.All(rules, r => Assert.Equal((AlarmKind.Calibrated, 0.01), (r.Alarm.Kind, r.Alarm.Value)));
        Assert.Equal(expected, string.Join(", ", rules.Select(r => FormattableString.Invariant($"{r.Signal} {r.Statistic} {r.Alarm.MinEffect}"))));
    }

    [Fact]
    public void Minimal_IsEnough()
    {
        PlanResult result = Configs.Read(Configs.Text("minimal.yaml"));
        Assert.Empty(result.Findings);
        Assert.Equal("team", result.Plan!.Root.Id);
        Assert.Equal(new WindowSettings("1d", Duration.FromDays(1), Duration.FromDays(1), new(0), 500), Assert.Single(result.Plan.Models[0].Windows.Windows));
    }

    [Fact]
    public void Defaults_HoldForModelsThatSayNothing()
    {
        string defaults = "defaults:|  window: { size: 1h, every: 15m }|  fire: { after: 1 }"
            + "|  columns: { time: at, score: predicted_probability }";
        ModelPlan inherited = Configs.Read(Configs.WithFile(defaults)).Plan!.Models[0];
        Assert.Equal((EventTime.Hour, 15 * EventTime.Minute), (inherited.Windows.Windows[0].Size, inherited.Windows.PaneSize));
        Assert.Equal(("at", 1, 1), (inherited.Counting.TimeColumn, inherited.Alerts.FireAfter, inherited.Alerts.FireOf));
        ModelPlan own = Configs.Read(Configs.WithFile(defaults) + "    columns: { time: own }\n    window: { size: 2h }\n").Plan!.Models[0];
        Assert.Equal(("own", 2 * EventTime.Hour), (own.Counting.TimeColumn, own.Windows.Windows[0].Size));
        Assert.Contains(own.Counting.Signals, s => s.Role == SignalRole.Score);
    }

    [Theory]
    [InlineData("[{ size: 1h }, { size: 7d, every: 1d }]", EventTime.Hour, 0)]
    [InlineData("{ size: 90m, every: 45m }", 45 * EventTime.Minute, 0)]
    [InlineData("{ size: 36h }", 18 * EventTime.Hour, 0)]
    [InlineData("{ size: 7d, offset: 100h }", EventTime.Day, 4 * EventTime.Hour)]
    [InlineData("[{ size: 1d }, { size: 2d, offset: 6h }]", 6 * EventTime.Hour, 0)]
    [InlineData("{ size: 97h }", 69_840 * EventTime.Second, 0)]
    public void Pane_DividesSizesStepsAndOffsets(string window, long size, long offset)
    {
        ModelWindows windows = Configs.Read(Configs.WithModel($"window: {window}")).Plan!.Models[0].Windows;
        Assert.Equal((size, offset), (windows.PaneSize, windows.PaneOffset));
    }

    [Fact]
    public void Request_CarriesTheRolesOfColumns()
    {
        BaselineRequest? seen = null;
        Configs.Read(Configs.Text("example.yaml"), request =>
        {
            seen = request;
            return BaselineLoad.Of(Configs.Employment);
        });
        Assert.Equal((BaselineOrigin.File, Path.Combine("conf", "baselines/employment.baseline")), (seen!.Origin, seen.Path));
        Assert.Null(seen.Settings.Features);
        Assert.Equal(["employed", "event_time", "id", "model_version", "predicted_probability", "prediction"],
            seen.Settings.NotFeatures.Order(StringComparer.Ordinal));
        Assert.Equal(["SEX", "RAC1P"], seen.Settings.Groups.Select(BaselineBuilder.GroupName));
        Assert.Equal((1023, 1000), (seen.Settings.Edges, seen.Settings.MaxGroups));
    }

    [Fact]
    public void Columns_HaveTheirLongForms()
    {
        PlanResult result = Configs.Read(Configs.WithModel(
            "columns:|  time: { column: at, unit: ms }|  version: { value: \"7\" }|  decision: { column: prediction, positive: 0 }"
            + "|  groups: [SEX, [SEX, RAC1P]]|  features: { except: [AGEP] }|  categorical: [RAC1P]|edges: { AGEP: exact, \"*\": 255 }"));
        Assert.Empty(Configs.Places(result));
        CountedModel model = result.Plan!.Models[0].Counting;
        Assert.Equal(("at", TimeUnit.Millisecond, "7", "0"),
            (model.TimeColumn, model.IntegerTime, model.Version.Value, model.Decision!.Positive));
        Assert.Equal(["SEX", "RAC1P", "predicted_probability", "prediction", "group:SEX", "group:SEX x RAC1P"],
            model.Signals.Select(s => s.Key));
        BaselineSettings settings = Assert.Single(result.Requests).Settings;
        Assert.Equal((255, 65_535, true), (settings.Edges, settings.EdgesOf["AGEP"], settings.Categorical.Contains("RAC1P")));
    }

    [Fact]
    public void Environment_IsReplacedInText()
    {
        PlanResult result = Configs.Read(Configs.Text("minimal.yaml").Replace("employment.predictions", "\"${TOPIC}-$${x}-v2\"",
            StringComparison.Ordinal));
        Assert.Equal(["6:24 bad_id"], Configs.Places(result));
        result = Configs.Read(Configs.Text("minimal.yaml").Replace("employment.predictions", "'${TOPIC}-v2'", StringComparison.Ordinal));
        Assert.Equal("employment.predictions-v2", Assert.Single(result.Plan!.Counting.Sources.Keys));
    }

    [Fact]
    public void SharedTopic_WithOneSelector_HoldsBothModels()
    {
        string text = Configs.Text("minimal.yaml").Replace("{ topic: employment.predictions }",
            "{ topic: all, model: { header: model-id } }", StringComparison.Ordinal);
        text += "  - { id: another, owner: team, baseline: { file: b }, sources: [{ topic: all, model: { header: model-id } }] }\n";
        PlanResult result = Configs.Read(text);
        Assert.Empty(Configs.Places(result));
        SourceTopic topic = Assert.Single(result.Plan!.Counting.Sources.Values);
        Assert.Equal(new ModelSelector(Header: "model-id"), topic.Selector);
        Assert.Equal(["another", "employment"], topic.Models.Select(m => m.Id));
    }
}
