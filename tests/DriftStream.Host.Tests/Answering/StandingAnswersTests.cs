using System.Text;
using System.Text.Json;
using DriftStream.Desk;
using DriftStream.Host.Answering;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Commands;
using DriftStream.Host.Tests.Worker;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Answering;

/// <summary>Silences and absences as the commands list them, and an action as <c>episodes</c> shows it, from records alone.</summary>
public sealed class StandingAnswersTests
{
    private static readonly EventTime Now = EventTime.From(DateTime.UtcNow);

    [Fact]
    public void Listed_IsWhatTheDeskHeard_AndNobodyEnded()
    {
        using var broker = new EmbeddedBroker();
        DriftPlan plan = DemoRun.Paced(PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan!, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        string far = EventTime.Format(Now + Duration.FromDays(9)), near = EventTime.Format(Now + Duration.FromDays(2));
        string past = EventTime.Format(Now - Duration.FromDays(1));
        Say("labour-insights", "far", "done", $$""" "kind": "silence", "model": "employment", "until": "{{far}}", "reason": "known" """);
        Say("ml-platform", "near", "done", $$""" "kind": "silence", "model": "employment", "signal": "AGEP", "until": "{{near}}", "reason": "known" """);
        Say("ml-platform", "pattern", null, $$""" "kind": "silence", "owner": "income-research", "model": "*", "until": "{{near}}", "reason": "known" """);
        Say("income-research", "refused", "refused", $$""" "kind": "silence", "model": "employment", "until": "{{far}}", "reason": "mine" """);
        Say("labour-insights", "past", "done", $$""" "kind": "silence", "model": "employment", "until": "{{past}}", "reason": "old" """);
        Say("labour-insights", "ended", "done", $$""" "kind": "silence", "model": "employment", "until": "{{far}}", "reason": "old" """);
        Say("ml-platform", "end1", "done", """ "kind": "end", "silence": "ended" """);
        Say("income-research", "end2", "refused", """ "kind": "end", "silence": "far" """);
        Say("income-research", "gone", "done", $$""" "kind": "away", "to": "ml-platform", "until": "{{far}}" """);
        Say("labour-insights", "back", "done", $$""" "kind": "away", "to": "ml-platform", "until": "{{far}}" """);
        Say("labour-insights", "end3", "done", """ "kind": "end", "away": "back" """);
        Send(new TopicNames(plan.Topics.Prefix).AnswersOf("ml-platform"), "x", "no answer at all", []);

        Assert.Equal(
            ["near labour-insights True", "pattern income-research False", "far labour-insights True"],
            Read(AnswerKind.Silence).Select(s => $"{s.Answer.Id} {s.Owner} {s.Heard}"));
        Assert.Equal(["gone income-research True"], Read(AnswerKind.Away).Select(s => $"{s.Answer.Id} {s.Owner} {s.Heard}"));

        IReadOnlyList<StandingAnswer> Read(AnswerKind kind)
        {
            IReadOnlyList<StandingAnswer> read = StandingAnswers.Read(
                plan, kind, Now, TextWriter.Null, NullLogger.Instance, out KafkaFailure? failure, CancellationToken.None);
            Assert.Null(failure);
            return read;
        }

        void Say(string owner, string id, string? outcome, string fields)
        {
            var names = new TopicNames(plan.Topics.Prefix);
            Send(names.AnswersOf(owner), id, $$"""{"id": "{{id}}", "by": "anna", {{fields}}}""", []);
            if (outcome is null) return;
            Send(names.AlertsOf(owner), id, $$"""{"answer": "{{id}}", "outcome": "{{outcome}}"}""", Encoding.UTF8.GetBytes(RecordKinds.Reply));
        }

        void Send(string topic, string key, string value, byte[] type)
        {
            using var producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
            var record = new OutgoingRecord(topic, 0, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
            if (type.Length > 0) record = record with { Headers = new Confluent.Kafka.Headers { { "ce_type", type } } };
            Assert.Null(producer.Send(record, CancellationToken.None));
            Assert.Null(producer.Barrier(CancellationToken.None));
        }
    }

    /// <summary>What the former owner was told last is no longer how it stands.</summary>
    [Fact]
    public void HandedOver_IsNoLongerTheFormerOwners()
    {
        JsonElement alert = JsonDocument.Parse("""
            {"episode": "e1", "revision": 2, "status": "firing", "severity": "warning", "model": "m", "owner": {"id": "new"}, "summary": "s",
             "because": "handover", "acknowledged": {"by": "anna", "owner": "new", "until": "2026-12-01T00:00:00Z", "note": "on it\nnow"}, "decision": null}
            """).RootElement;
        var told = new ToldEpisode(alert);
        Assert.Equal((true, false), (told.IsHandedOver("former"), told.IsHandedOver("new")));
        Assert.Equal(("anna (new) until 2026-12-01T00:00:00Z: on it\\u{A}now", null), (told.Acknowledged, told.Decision));
    }

    [Theory]
    [InlineData("--by", "", "by: empty")]
    [InlineData("--by", "a name of 300 characters", "by: longer than 256 characters")]
    [InlineData("--note", "4000 letters of three bytes", "it has 12")]
    public void WhatNoDeskCanHear_IsNotSaid(string option, string value, string why)
    {
        string text = value.Length == 0 ? "" : option == "--by" ? new string('x', 300) : new string('ก', 4000);
        string config = Path.Combine(SampleRun.Folder, "driftstream.yaml");
        CliResult run = Cli.Run("away", "-c", config, "--owner", "labour-insights", "--to", "ml-platform", "--until", "1d", option, text);
        Assert.Equal(2, run.Code);
        Assert.Contains(why, run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-11-29T12:00:00Z", "c1", "accepted")]
    [InlineData("2026-11-29T12:00:01Z", "c1", "accepted")]
    [InlineData("2026-11-29T11:59:59Z", "c1", "recommended")]
    [InlineData("2026-11-29T12:00:01Z", "other", "recommended")]
    public void Decision_ShowsInTheEpisode_UnlessItWasToldSince(string heard, string action, string state)
    {
        JsonElement alert = JsonDocument.Parse("""
            {"episode": "e1", "revision": 1, "status": "firing", "severity": "warning", "model": "m", "owner": {"id": "team"}, "summary": "s",
             "told": "2026-11-29T12:00:00Z", "actions": [{"kind": "check_upstream", "id": "c1", "state": "recommended"}, {"kind": "investigate"}]}
            """).RootElement;
        Assert.True(EventTime.TryParse(heard, out EventTime at));
        ToldEpisode told = new ToldEpisode(alert).With(new ActionReply(action, "accepted", at));
        Assert.Equal([state, null], told.Actions.Select(a => a.TryGetProperty("state", out JsonElement of) ? of.GetString() : null));
        Assert.Equal(("e1", 1, "m"), (told.Id, told.Revision, told.Model));
    }
}
