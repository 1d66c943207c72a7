using System.Text.Json;
using DriftStream.Host.Commands;
using DriftStream.Host.Kafka;
using DriftStream.Host.Plans;
using DriftStream.Host.Tests.Commands;
using DriftStream.Host.Tests.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Plans;

public sealed class PlansCommandTests : IDisposable
{
    private const string Rule = ", rules: [{ signal: \"*\", statistic: psi, alarm: { calibrated: 1% } }]";

    private static readonly long At = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000;

    private readonly ConfigFolder _files;

    public PlansCommandTests(Brokers brokers)
    {
        string prefix = $"t{Guid.NewGuid():N}.";
        _files = new ConfigFolder($"kafka: {{ bootstrap: \"{brokers[Brokers.Embedded].Bootstrap}\" }}\ntopics: {{ prefix: {prefix} }}");
        brokers.Mock.CreateTopic(prefix + "plan", 1);
        brokers.Mock.CreateTopic(prefix + "baselines", 1);
    }

    [Fact]
    public void Plans_SayWhoChangedWhatWhen_AndWhatCameBack()
    {
        CliResult none = Cli.Run("plans", "-c", _files.Config);
        Assert.Equal((0, "", "no plan was run yet"), (none.Code, none.Output, none.Errors.Trim()));

        DriftPlan first = Publish("ann@host", rule: Rule);
        DriftPlan strict = Publish("bob\e[2J", rule: Rule.Replace("1%", "5%", StringComparison.Ordinal));
        _files.Baseline(60);
        Publish("ann@host", rule: Rule, owners: "  - { id: crew, name: Crew, contact: c@example.org }\nroot_owner: team");
        Publish("ann@host", rule: Rule, models: "m");
        _files.Baseline(50);
        Publish("ann@host", rule: Rule);

        CliResult people = Cli.Run("plans", "-c", _files.Config);
        Assert.Equal((0, ""), (people.Code, people.Errors));
        Assert.Equal(
            [
                $"    0  2026-03-01T12:00:00Z  ann@host  {first.Hash[7..19]}  the first: 2 models of 1 owners",
                $@"    1  2026-03-01T12:00:00Z  bob\u{{1B}}[2J  {strict.Hash[7..19]}  rules of m",
            ],
            people.Lines[..2]);
        Assert.EndsWith("  owner crew added; baseline, rules of m", people.Lines[2]);
        Assert.EndsWith("  owner crew removed; sources; model n removed", people.Lines[3]);
        Assert.EndsWith($"  {first.Hash[7..19]}  sources; baseline of m; model n added (plan 0 again)", people.Lines[4]);

        string[] lines = Cli.Run("plans", "-c", _files.Config, "--json").Lines;
        Assert.Equal(5, lines.Length);
        JsonElement line = JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal((1, strict.Hash, "bob\e[2J", "2026-03-01T12:00:00Z", 2), (
            line.GetProperty("epoch").GetInt32(), line.GetProperty("hash").GetString(), line.GetProperty("by").GetString(),
            line.GetProperty("at").GetString(), line.GetProperty("models").GetInt32()));
        Assert.Equal(["m", "n"], line.GetProperty("baselines").EnumerateArray().Select(b => b.GetProperty("model").GetString()));
        Assert.Equal(strict.Models[0].Judgement.Baseline.Hash, line.GetProperty("baselines")[0].GetProperty("hash").GetString());
    }

    [Fact]
    public void Diff_OfAnyTwo_IsByPath_InTheWordsOfTheConfig()
    {
        DriftPlan first = Publish("ann", rule: Rule + ", allowed_lateness: 10m");
        _files.Baseline(60);
        DriftPlan second = Publish("ann", rule: Rule.Replace("1%", "5%", StringComparison.Ordinal) + ", allowed_lateness: 36h, window: { size: 2d }");
        Publish("ann", rule: Rule, models: "m");

        (string from, string to) = (first.Models[0].Judgement.Baseline.Hash, second.Models[0].Judgement.Baseline.Hash);
        string[] lines = Cli.Run("plans", "-c", _files.Config, "--diff", "0", "1").Lines;
        Assert.Contains($"models.m.baseline.hash: {from} -> {to}", lines);
        Assert.Contains("models.m.baseline.rows: 50 -> 60", lines);
        Assert.Single(lines, l => l.Contains("sha256:", StringComparison.Ordinal));
        Assert.Contains("models.m.allowed_lateness: 10m -> 36h", lines);
        Assert.Contains("models.m.window[1d]: removed (size 1d, every 1d, min_rows 500)", lines);
        Assert.Contains("models.m.window[2d]: added (size 2d, every 2d, min_rows 500)", lines);
        Assert.Contains("models.m.rules[psi].alarm.value: 0.01 -> 0.05", lines);
        Assert.All(lines, l => Assert.StartsWith("models.m.", l));

        string[] back = Cli.Run("plans", "-c", _files.Config, "--diff", "1", "0", "--json").Lines;
        Assert.Contains("""{"path":"models.m.rules[psi].alarm.value","from":"0.05","to":"0.01"}""", back);
        Assert.Contains("""{"path":"models.m.window[2d]","from":"size 2d, every 2d, min_rows 500","to":null}""", back);
        Assert.Equal(lines.Length, back.Length);
        Assert.Contains(Cli.Run("plans", "-c", _files.Config, "--diff", "0", "2").Lines, l => l.StartsWith(
            "models.n: removed (owner team, sources [n.rows], baseline sha256:", StringComparison.Ordinal));
        Assert.Empty(Cli.Run("plans", "-c", _files.Config, "--diff", "1", "1").Lines);
    }

    [Fact]
    public void Diff_OfAnEpochThatIsNone_IsRefused()
    {
        CliResult empty = Cli.Run("plans", "-c", _files.Config, "--diff", "0", "1");
        Assert.Equal((2, ""), (empty.Code, empty.Output));
        Assert.Contains("there is no plan 0; the plan topic is empty", empty.Errors);
        Publish("ann");
        CliResult unknown = Cli.Run("plans", "-c", _files.Config, "--diff", "0", "7");
        Assert.Equal((2, ""), (unknown.Code, unknown.Output));
        Assert.Contains("there is no plan 7; the plan topic has 1, from 0 to 0", unknown.Errors);
        Assert.Equal(2, Cli.Run("plans", "-c", _files.Config, "--diff", "0").Code);
        Assert.Equal(2, Cli.Run("plans", "-c", _files.Config, "--diff", "a", "b").Code);
    }

    [Fact]
    public void RunBy_NeedsAName()
    {
        CliResult blank = Cli.Run("run", "-c", _files.Config, "--by", " ");
        Assert.Equal(2, blank.Code);
        Assert.Contains("--by: a name of 1 to 200 characters", blank.Errors);
    }

    public void Dispose() => _files.Dispose();

    private DriftPlan Publish(string by, string rule = "", string models = "m, n", string owners = "")
    {
        _files.Write(rule, models, owners);
        DriftPlan plan = PlanFile.Read(_files.Config).Plan!;
        var log = new PlanLog(plan.Kafka, new TopicNames(plan.Topics.Prefix), NullLogger.Instance);
        Assert.Null(log.Publish(plan, PlanRecord.Of(plan, by, new(At)), [], TestContext.Current.CancellationToken));
        return plan;
    }
}
