using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Host.Commands;
using DriftStream.Host.Kafka;
using DriftStream.Judging;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Kafka;

public sealed class TopicCatalogueTests
{
    private static readonly KafkaSettings Nobody = new("127.0.0.1:1", ImmutableSortedDictionary<string, string>.Empty);

    [Fact]
    public void Of_HasEveryTopicOnce_WithItsPartitions()
    {
        var topics = TopicCatalogue.Of(Plans.Small(Nobody, "d.", countsPartitions: 5)).ToDictionary(t => t.Name, t => t.Partitions);

        Assert.Equal(new SortedDictionary<string, int>
        {
            ["d.actions"] = 5,
            ["d.alerts"] = 5,
            ["d.alerts.platform"] = 1,
            ["d.alerts.team"] = 1,
            ["d.answers.platform"] = 1,
            ["d.answers.team"] = 1,
            ["d.baselines"] = 1,
            ["d.checkpoints"] = 5,
            ["d.counts"] = 5,
            ["d.desk"] = 5,
            ["d.desk-checkpoints"] = 5,
            ["d.panes"] = 5,
            ["d.plan"] = 1,
            ["d.positions"] = 1,
            ["d.rejects"] = 1,
            ["d.undeliverable"] = 1,
            ["d.verdicts"] = 5,
        }, new SortedDictionary<string, int>(topics));
    }

    [Theory]
    [InlineData(7, 8)]
    [InlineData(30, 31)]
    public void Of_PanesAreKept_TheLongestWindowAndADay(long windowDays, long atLeastDays)
    {
        var panes = TopicCatalogue.Of(Plans.Small(Nobody, windowDays: windowDays)).Single(t => t.Name == "driftstream.panes");

        Assert.InRange(long.Parse(panes.Config["retention.ms"]) / 86_400_000.0, atLeastDays, atLeastDays + 0.01);
    }

    [Fact]
    public void Of_StateIsCompacted_AllElseIsNot()
    {
        string[] compacted = [.. TopicCatalogue.Of(Plans.Small(Nobody)).Where(t => t.Config["cleanup.policy"] == "compact")
            .Select(t => t.Name)];

        Assert.Equal(
            [
                "driftstream.answers.platform", "driftstream.answers.team", "driftstream.checkpoints", "driftstream.desk-checkpoints",
                "driftstream.positions",
            ],
            compacted);
    }

    [Fact]
    public void Acls_NameEveryTopic_AndEachRoleOnlyItsOwn()
    {
        var plan = Plans.Small(Nobody, "d.");
        using var output = new StringWriter();

        Assert.Equal(0, TopicsCommand.Run(plan, false, acls: true, json: false, output, TextWriter.Null, NullLogger.Instance));

        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(TopicCatalogue.Of(plan), t => Assert.Contains(lines, l => l.EndsWith($"--topic {t.Name}", StringComparison.Ordinal)));
        Assert.All(lines, l => Assert.StartsWith("kafka-acls --bootstrap-server 127.0.0.1:1 --add --allow-principal User:", l));
        Assert.DoesNotContain(lines, l => l.Contains("counter --operation Write") && l.Contains("d.alerts"));
        Assert.DoesNotContain(lines, l => l.Contains("Write") && l.EndsWith("predictions", StringComparison.Ordinal));
        Assert.Equal(lines.Length, lines.Distinct().Count());
    }

    [Fact]
    public void Acls_AreForThePrincipalsOfTheConfiguration_EachOnce()
    {
        DriftPlan plan = Plans.Small(Nobody, "d.");
        var who = new Principals("User:worker", "User:worker", "User:desk", "User:post", "User:CN=admin, O=It's", "User:pager");
        string[] lines = [.. AccessRules.Commands(plan with { Topics = plan.Topics with { Principals = who } })];

        Assert.Equal(lines.Length, lines.Distinct().Count());
        Assert.DoesNotContain(lines, l => l.Contains("driftstream-counter"));
        // Who may write there speaks for the owner: nobody else may.
        Assert.Equal(["--topic d.answers.team"], Of("User:team"));
        Assert.Contains("--topic d.answers.team", Of("User:desk"));
        Assert.Equal(["--topic d.alerts.platform", "--group driftstream-reader", "--topic d.alerts.team"], Of("User:pager"));
        Assert.Contains("--topic d.alerts.team", Of("User:post"));
        Assert.Contains("--topic d.counts", Of("User:worker"));
        Assert.Contains(lines, l => l.Contains(@"--allow-principal 'User:CN=admin, O=It'\''s' --operation Create"));

        // Whoever posts to webhooks reads what it posts, and writes how far it is.
        Assert.DoesNotContain("--topic d.positions", Of("User:post"));
        Webhook webhook = new("w", WebhookFormat.Slack, "https://hooks.example.org", null, Severity.Info, null, false, false);
        DriftPlan posting = plan with { Owners = plan.Owners.SetItem("team", plan.Owners["team"] with { Webhooks = [webhook] }) };
        string[] more = [.. AccessRules.Commands(posting with { Topics = plan.Topics with { Principals = who } }).Except(lines)];
        Assert.Equal(
            ["Read --topic d.positions", "Read --topic d.alerts.team", "Write --topic d.positions", "Read --group d.webhook"],
            more.Select(l => l[(l.IndexOf("--operation", StringComparison.Ordinal) + "--operation ".Length)..]));
        Assert.All(more, l => Assert.Contains("User:post", l));

        string[] Of(string principal) =>
            [.. lines.Where(l => l.Contains($"--allow-principal {principal} ")).Select(l => l[l.LastIndexOf("--", StringComparison.Ordinal)..])];
    }
}
