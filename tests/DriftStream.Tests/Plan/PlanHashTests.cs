using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

public sealed class PlanHashTests
{
    private static readonly string Example = Configs.Text("example.yaml");

    [Theory]
    [InlineData("bootstrap: localhost:9092", "bootstrap: elsewhere:9092")]
    [InlineData("listen: 127.0.0.1:9464", "listen: none")]
    [InlineData("segment: 64MiB, flush: 5s, counts_partitions: 12", "segment: 1MiB, flush: 1s, counts_partitions: 3")]
    [InlineData("engine: {", "gpu: require\nengine: {")]
    [InlineData("idle_after: 30s, close_after_idle: 10m", "idle_after: 1m, close_after_idle: 1h")]
    [InlineData("prefix: driftstream., replication: 1", "prefix: other., replication: 3")]
    [InlineData("groups: 1000, open_windows: 100000", "groups: 5, open_windows: 7")]
    [InlineData("file: baselines/employment.baseline", "file: elsewhere/employment.baseline")]
    [InlineData("calibrated: 1%, min_effect: 0.02", "min_effect: 2%, calibrated: 0.010")]
    [InlineData("size: 7d, min_rows: 500", "min_rows: 500, offset: 0s, size: 168h")]
    [InlineData("max_future: 5m", "max_future: 300s")]
    [InlineData("      id: id\n", "")]
    public void Hash_StaysWhereVerdictsStay(string written, string other) => Assert.Equal(Hash(Example), Hash(Changed(written, other)));

    [Theory]
    [InlineData("max_future: 5m", "max_future: 6m")]
    [InlineData("versions: 100", "versions: 101")]
    [InlineData("contact: labour-insights@example.org", "contact: other@example.org")]
    [InlineData("after: 4h", "after: 5h")]
    [InlineData("root_owner: ml-platform", "root_owner: labour-insights")]
    [InlineData("    owner: labour-insights", "    owner: ml-platform")]
    [InlineData("topic: employment.predictions", "topic: other")]
    [InlineData("time: event_time", "time: { column: event_time, unit: ms }")]
    [InlineData("decision: prediction", "decision: { column: prediction, positive: \"0\" }")]
    [InlineData("features: all", "features: { except: [AGEP] }")]
    [InlineData("groups: [SEX, RAC1P]", "groups: [SEX]")]
    [InlineData("allowed_lateness: 10m", "allowed_lateness: 11m")]
    [InlineData("size: 7d", "size: 14d")]
    [InlineData("min_rows: 500", "min_rows: 501")]
    [InlineData("calibrated: 1%", "calibrated: 2%")]
    [InlineData("statistic: missing, alarm", "statistic: unseen, alarm")]
    [InlineData("confidence: 95%", "confidence: 99%")]
    [InlineData("after: 2 of 3", "after: 1 of 3")]
    [InlineData("runbook: https://example.org/", "runbook: https://example.net/")]
    public void Hash_ChangesWithWhatVerdictsRestOn(string written, string other) =>
        Assert.NotEqual(Hash(Example), Hash(Changed(written, other)));

    [Fact]
    public void Hash_CoversTheBaseline()
    {
        var other = Configs.Employment with { Hash = "sha256:" + new string('b', 64) };
        Assert.NotEqual(Hash(Example), Configs.Read(Example, _ => BaselineLoad.Of(other)).Plan!.Hash);
    }

    [Fact]
    public void Hash_IsFixed() // a change of the canonical text would rename every plan and rule that was ever run
    {
        DriftPlan plan = Configs.Read(Configs.Text("minimal.yaml")).Plan!;
        Assert.Equal("sha256:f521352f1fd950529e4a83c2e8ec566b3d8d755033ab07f91277dfd58ffae80f", plan.Hash);
        // SHA-256, computed apart, of {"rule":["","*",null,"psi",null,"Warning","Calibrated"],"value":0.01,"min_effect":0.02} and so on.
        Assert.Equal(
            [
                "1962034aa5e6eaa6", "1ab5bf855e6e4b5e", "adad9122b14d313f", "5e6ea8aa52d7405e", "e18f60a8078dd745",
                "a9afb29ec8232883", "130bd2718e5d5468", "d08c6b2df78965e3", "d986555936bd686e",
            ],
            plan.Models[0].Judgement.Rules.Select(r => r.Id));
    }

    // SHA-256, computed apart, as above: the words of a kind, and what is left out where nobody wrote it.
    [Theory]
    [InlineData("59ca0c98cb5ef83b", "signal: AGEP, statistic: ks, alarm: { above: 0.1 }")]
    [InlineData("ecdcd8eceb2bfaf1", "signal: AGEP, statistic: volume, severity: info, alarm: { below: 50 }")]
    [InlineData("8705f0ff682ac032", "signal: \"*\", statistic: missing, severity: critical, alarm: { above_baseline_by: 2%, confidence: 95%, min_rows: 40 }")]
    [InlineData("65ff289e1347beba", "statistic: silence_probability, alarm: { below: 0.01% }")]
    [InlineData("f3c7bc4227b8ea7c", "signal: \"*\", statistic: psi, alarm: { calibrated: 5%, min_effect: 0.1 }")]
    [InlineData("774cecab6b68a301", "signal: prediction, statistic: share, cells: [\"1\"], goal: approve 30 %, alarm: { below: 30% }")]
    public void RuleId_IsFixed(string id, string rule) =>
        Assert.Equal(id, Configs.Read(Configs.WithModel($"rules: [{{ {rule} }}]")).Plan!.Models[0].Judgement.Rules[0].Id);

    [Theory]
    [InlineData("example.yaml")]
    [InlineData("minimal.yaml")]
    public void Effective_ReadsBackAsTheSamePlan(string name)
    {
        PlanResult first = Configs.Read(Configs.Text(name));
        PlanResult second = Configs.Read(first.Effective!);
        Assert.Empty(Configs.Places(second));
        Assert.Equal(first.Plan!.Hash, second.Plan!.Hash);
        Assert.Equal(first.Effective, second.Effective);
        Assert.Equal(first.Plan.Kafka.Client, second.Plan.Kafka.Client);
        Assert.Equal((first.Plan.Engine, first.Plan.Time, first.Plan.Topics, first.Plan.Limits, first.Plan.WebListen),
            (second.Plan.Engine, second.Plan.Time, second.Plan.Topics, second.Plan.Limits, second.Plan.WebListen));
        Assert.DoesNotContain("s3cret", first.Effective, StringComparison.Ordinal);
    }

    [Fact]
    public void Effective_KeepsAwkwardTexts()
    {
        PlanResult first = Configs.Read(Configs.WithModel(
            "purpose: \"says \\\"no\\\" # to \\\\ $${HOME}\\n\\u2028: yes\"|tags: [\"yes\", \"1\", \"a, b\", \" \"]"
            + "|columns: { score: \"predicted_probability\", version: { value: \"null\" } }"
            + "|rules: [{ id: \"- x\", signal: AGEP, statistic: psi, convention: fiddler, severity: critical, alarm: { above: 0.25 } }]"
            + "|window: [{ name: \"a: b\", size: 1d, offset: 6h }, { size: 7d, every: 1d }]"));
        Assert.Empty(Configs.Places(first));
        Assert.Equal("says \"no\" # to \\ ${HOME}\n\u2028: yes", first.Plan!.Models[0].Alerts.Purpose);
        PlanResult second = Configs.Read(first.Effective!);
        Assert.Empty(Configs.Places(second));
        Assert.Equal(first.Plan.Hash, second.Plan!.Hash);
    }

    private static string Hash(string text) => Configs.Read(text).Plan!.Hash;

    private static string Changed(string written, string other)
    {
        Assert.Contains(written, Example, StringComparison.Ordinal);
        return Example.Replace(written, other, StringComparison.Ordinal);
    }
}
