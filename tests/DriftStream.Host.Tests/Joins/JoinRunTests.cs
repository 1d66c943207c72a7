using System.Text.Json;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Kafka;
using DriftStream.Host.Reading;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Joins;

/// <summary>
/// Labels in a topic of their own, from a config to an alert: of one group the truth turns out otherwise than it was decided, days after the predictions, and a
/// worker that was started meanwhile tells its owner.
/// </summary>
public sealed class JoinRunTests
{
    private const int Rows = 400;

    private static readonly DateTime Start = new(2026, 1, 1);

    [Fact]
    public async Task LaterLabels_MeetTheirPredictions_AndAreToldByGroup()
    {
        using var broker = new EmbeddedBroker();
        string folder = Directory.CreateTempSubdirectory("driftstream-joins").FullName;
        try
        {
            DriftPlan plan = Prepare(folder, broker);
            for (int day = 0; day < 3; day++) Predict(plan, day);
            await Run(plan, () => Verdicts(plan).Count >= 2);
            // Labels of the first three days come in the fourth, by another worker; of a third of the rows none comes.
            for (int day = 0; day < 3; day++) Label(plan, day, fair: day < 1);
            for (int day = 3; day < 8; day++) Predict(plan, day);
            Label(plan, 9, fair: true);
            await Run(plan, () => Verdicts(plan).Count(v => v.TryGetProperty("delay", out _)) >= 3);

            JsonElement[] late = [.. Verdicts(plan).Where(v => v.TryGetProperty("delay", out _))];
            Assert.All(late, v => Assert.Equal(("shop", "2d", "1d@2d"), (Text(v, "model"), Text(v, "delay"), Text(v.GetProperty("window"), "name"))));
            Assert.Equal([Rows, Rows, Rows], late.Take(3).Select(v => v.GetProperty("rows").GetInt32()));
            JsonElement[] groups = [.. late.Take(3).Select(v => v.GetProperty("groups").EnumerateArray().Single())];
            Assert.All(groups, g => Assert.Equal("equal_opportunity_difference", Text(g, "statistic")));
            Assert.Equal(["steady", "drifting", "drifting"], groups.Select(g => Text(g, "judgement")));
            Assert.Equal([0.0, 0.5, 0.5], groups.Select(g => g.GetProperty("value").GetDouble()));
            Assert.All(groups, g => Assert.Equal((400, 300), (
                g.GetProperty("labels").GetProperty("rows").GetInt32(), g.GetProperty("labels").GetProperty("known").GetInt32())));
            Assert.Equal(
                ["0 of 2 metrics; 0 of 1 group", "2 of 2 metrics: recall, accuracy; 1 of 1 group: sex", "1 of 2 metrics: recall; 1 of 1 group: sex"],
                late.Take(3).Select(v => Text(v, "why")!.Split("; ")).Select(w => string.Join("; ", w[..2])));
            // 75 of the 300 whose label is known were refused and would have paid back.
            Assert.Equal([(0, "null"), (25, "4500"), (25, "4500")], late.Take(3).Select(v => v.GetProperty("kpis")[0])
                .Select(k => (k.GetProperty("value").GetInt32(), k.GetProperty("cost").GetRawText())));
            // One in four of either group is never known.
            Assert.All(groups, g => Assert.Equal([("f", 200, 150), ("m", 200, 150)], g.GetProperty("labels_by").EnumerateArray()
                .Select(l => (Text(l, "value"), l.GetProperty("rows").GetInt32(), l.GetProperty("known").GetInt32()))));
            // Rows as they came are judged by the other rules, and say nothing of labels.
            JsonElement[] asTheyCame = [.. Verdicts(plan).Where(v => !v.TryGetProperty("delay", out _))];
            Assert.All(asTheyCame, v => Assert.DoesNotContain("equal_opportunity", v.GetProperty("groups").GetRawText(), StringComparison.Ordinal));

            // All who pay back were granted a loan, until the half of the women who would have were refused: 150 of 225.
            JsonElement[] recall = [.. late.Take(3).Select(v => v.GetProperty("performance").GetProperty("metrics").EnumerateArray()
                .Single(m => Text(m, "name") == "recall"))];
            Assert.Equal([1.0, 150 / 225.0, 150 / 225.0], recall.Select(m => m.GetProperty("value").GetDouble()));
            Assert.Equal(["steady", "drifting", "drifting"], recall.Select(m => Text(m, "judgement")));

            // Scores were always right, and nothing in them has changed: what they lead to expect is told at once, and held beside the labels later.
            JsonElement[] early = [.. asTheyCame.Take(3).Select(v => v.GetProperty("performance"))];
            Assert.All(early, p => Assert.Equal(("labels come later", 0, 400, 1.0), (Text(p, "coverage"), p.GetProperty("metrics").GetArrayLength(),
                p.GetProperty("estimated").GetProperty("rows").GetInt32(), Accuracy(p).GetProperty("value").GetDouble())));
            Assert.Equal([0.0, -0.25, -0.25], late.Take(3).Select(v => Accuracy(v.GetProperty("performance")).GetProperty("difference").GetDouble()));
            Assert.Equal("steady", Text(early[0].GetProperty("estimated").GetProperty("metrics").EnumerateArray().Single(m => Text(m, "name") == "recall"),
                "judgement"));
            // No error in the 300 rows of the first day, 75 in those of the next.
            JsonElement[] detectors = [.. late.Take(3).Select(v => v.GetProperty("performance").GetProperty("detectors").EnumerateArray().Single())];
            Assert.Equal([0, 1, 0], detectors.Select(d => d.GetProperty("drifts").GetInt32()));
            JsonElement pane = detectors[1].GetProperty("panes").EnumerateArray().Single();
            Assert.Equal(("2026-01-02T00:00:00Z", 75, 300), (Text(pane, "start"), pane.GetProperty("errors").GetInt32(), pane.GetProperty("rows").GetInt32()));

            JsonElement alert = Values(plan, new TopicNames(plan.Topics.Prefix).AlertsOf("team"))[^1];
            Assert.Equal("shop", Text(alert, "model"));
            Assert.All(alert.GetProperty("symptoms").EnumerateArray(), s => Assert.EndsWith(
                " (by labels known up to 2d later)", Text(s, "summary"), StringComparison.Ordinal));
            Assert.Equal("2d", Text(alert.GetProperty("window"), "delay"));
            Assert.Equal(["cost_per_row", "equal_opportunity_difference", "recall"], alert.GetProperty("symptoms").EnumerateArray()
                .Select(s => Text(s.GetProperty("statistic"), "name")).Distinct().Order());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Whether a score means the same for women as for men shows only once labels have come: then all women pay back.</summary>
    [Fact]
    public async Task LaterLabels_ShowThatScoresMeanSomethingElseOfOneGroup()
    {
        using var broker = new EmbeddedBroker();
        string folder = Directory.CreateTempSubdirectory("driftstream-joins").FullName;
        try
        {
            DriftPlan plan = Prepare(
                folder, broker, rule: "{ group: sex, statistic: calibration_difference, alarm: { above: 0.2, confidence: 95%, min_rows: 50 } }");
            for (int day = 0; day < 8; day++) Predict(plan, day);
            for (int day = 0; day < 3; day++) Label(plan, day, fair: day < 1);
            Label(plan, 9, fair: true);
            await Run(plan, () => Verdicts(plan).Count(v => v.TryGetProperty("delay", out _)) >= 3);

            Assert.All(Verdicts(plan).Where(v => !v.TryGetProperty("delay", out _)),
                v => Assert.DoesNotContain("calibration", v.GetProperty("groups").GetRawText(), StringComparison.Ordinal));
            JsonElement[] groups = [.. Verdicts(plan).Where(v => v.TryGetProperty("delay", out _)).Take(3)
                .Select(v => v.GetProperty("groups").EnumerateArray().Single(g => Text(g, "statistic") == "calibration_difference"))];
            Assert.Equal(["steady", "drifting", "drifting"], groups.Select(g => Text(g, "judgement")));
            Assert.Equal([0, 0.5, 0.5], groups.Select(g => Math.Round(g.GetProperty("value").GetDouble(), 12)));
            Assert.Equal([("f", 150, 150, 200, -0.45), ("m", 150, 75, 200, 0.05)], groups[1].GetProperty("by").EnumerateArray().Select(b => (
                Text(b, "value"), b.GetProperty("rows").GetInt32(), b.GetProperty("selected").GetInt32(), b.GetProperty("scored").GetInt32(),
                Math.Round(b.GetProperty("bias").GetDouble(), 12))));
            Assert.Equal("sex: scores of m are 5 percentage points above its share of positive labels, those of f 45 below: 50 apart; "
                + "labels are known of 75 % of rows with a score", Text(groups[1], "why"));
            JsonElement alert = Values(plan, new TopicNames(plan.Topics.Prefix).AlertsOf("team"))[^1];
            Assert.Contains("sex", alert.GetProperty("symptoms").EnumerateArray().Select(s => Text(s, "group")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task MoreThanMayBeRemembered_IsRefused_AndTold()
    {
        using var broker = new EmbeddedBroker();
        string folder = Directory.CreateTempSubdirectory("driftstream-joins").FullName;
        try
        {
            // 5 ids a partition of joins, where 400 come a day.
            DriftPlan plan = Prepare(folder, broker, "limits: { pending: 60 }");
            for (int day = 0; day < 6; day++) Predict(plan, day);
            Label(plan, 9, fair: true);
            string alerts = new TopicNames(plan.Topics.Prefix).AlertsOf("team");
            await Run(plan, () => Verdicts(plan).Any(v => v.TryGetProperty("delay", out _)) && Values(plan, alerts).Count > 0);

            JsonElement late = Verdicts(plan).First(v => v.TryGetProperty("delay", out _));
            Assert.False(late.GetProperty("window").GetProperty("complete").GetBoolean());
            Assert.True(late.GetProperty("lost").GetProperty("rejected").GetInt64() > 0);
            JsonElement alert = Values(plan, alerts)[^1];
            Assert.Contains("rejected", alert.GetProperty("symptoms").EnumerateArray().Select(s => Text(s.GetProperty("statistic"), "name")));
            LabelStand stand = JoinStands.Read(plan, NullLogger.Instance, out KafkaFailure? failure).Single();
            Assert.Null(failure);
            Assert.True(stand.Fates.UnjoinedPredictions > 1000);
            Assert.Contains($"{stand.Fates.UnjoinedPredictions:N0} unjoined", LabelsCommand.Text(stand), StringComparison.Ordinal);
            Assert.Equal(stand.Fates.UnjoinedPredictions, JsonDocument.Parse(LabelsCommand.Json(stand)).RootElement.GetProperty("unjoined").GetInt64());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    internal static DriftPlan Prepare(string folder, EmbeddedBroker broker, string more = "", string rule = "{ statistic: rejected, alarm: { above: 5% } }")
    {
        string[] rows = [.. Enumerable.Range(0, 2000).Select(i => $"{(i / 2 % 2 == 0 ? "f" : "m")},{i % 2},{i % 2},{(i % 2 == 1 ? 0.9 : 0.2)}")];
        File.WriteAllLines(Path.Combine(folder, "reference.csv"), ["sex,granted,paid_back,probability", .. rows]);
        string config = Path.Combine(folder, "driftstream.yaml");
        File.WriteAllText(config, $$"""
            {{more}}
            owners: [{ id: team, name: Team, contact: team@example.org }]
            models:
              - id: shop
                owner: team
                sources:
                  - { topic: loans, format: json }
                  - { topic: payments, format: json, provides: [label] }
                columns:
                  id: loan
                  time: at
                  score: probability
                  decision: granted
                  label: { column: paid_back, time: paid_at }
                  groups: [sex]
                labels: { within: 3d, judge_at: [2d] }
                goal: { text: lend to whom pays back, false_positive: 50, false_negative: 100, unit: EUR }
                kpis:
                  - { id: loss, statistic: cost_per_row, at_most: 10, min_rows: 50 }
                baseline: { data: reference.csv }
                allowed_lateness: 0s
                window: { size: 1d, min_rows: 100 }
                rules:
                  - { group: sex, statistic: equal_opportunity_difference, alarm: { above: 0.2, confidence: 95%, min_rows: 50 } }
                  - { statistic: recall, alarm: { below: 0.9, confidence: 95%, min_rows: 50 } }
                  - { statistic: accuracy, alarm: { detector: hddm_a } }
                  - { statistic: estimated_recall, alarm: { below: 0.9, min_rows: 50 } }
                  - { signal: granted, statistic: total_variation, alarm: { above: 0.2 } }
                  - {{rule}}
                fire: { after: 1 }
            """);
        DriftPlan plan = DemoRun.Paced(PlanFile.Load(config, Console.Error)!, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        broker.CreateTopic("loans", 2);
        broker.CreateTopic("payments", 3);
        return plan;
    }

    // Half of each group is granted, or all.
    internal static void Predict(DriftPlan plan, int day, bool toAll = false) => Send(plan, "loans", 2, Enumerable.Range(0, Rows).Select(i => (object)new
    {
        loan = $"{day}-{i}",
        at = Start.AddDays(day).AddMinutes(i),
        granted = toAll ? 1 : i % 2,
        probability = i % 2 == 1 ? 0.9 : 0.2,
        sex = i / 2 % 2 == 0 ? "f" : "m",
    }));

    // Who was granted pays back; where it is not fair, half of the women who would have were refused. One in four of either group is never known.
    internal static void Label(DriftPlan plan, int day, bool fair) =>
        Send(plan, "payments", 3, Enumerable.Range(0, Rows).Where(i => i / 4 % 4 != 3).Select(i => (object)new
        {
            loan = $"{day}-{i}",
            paid_at = Start.AddDays(day + 1.5).AddMinutes(i),
            paid_back = (i % 2 == 1) || (!fair && i / 2 % 2 == 0) ? 1 : 0,
        }));

    internal static void Send(DriftPlan plan, string topic, int partitions, IEnumerable<object> rows)
    {
        using var producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
        foreach ((int i, object[] some) in rows.Chunk(50).Index())
        {
            Assert.Null(producer.Send(
                new OutgoingRecord(topic, i % partitions, null, JsonSerializer.SerializeToUtf8Bytes(some)), TestContext.Current.CancellationToken));
        }

        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    internal static async Task Run(DriftPlan plan, Func<bool> done)
    {
        var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = new Host.Worker.Worker(plan, WorkerRole.All, status, TimeProvider.System, NullLogger.Instance);
        Task worker = Task.Run(() => running.Run(stop.Token), TestContext.Current.CancellationToken);
        try
        {
            Assert.True(SpinWait.SpinUntil(() => done(), TimeSpan.FromSeconds(60)), string.Join("; ", status.Health.States) + "; " + string.Join("; ",
                status.Joins.Values.SelectMany(j => j.Models.Select(m => $"{j.Partition}: {m}"))));
            // Delivery follows what is judged.
            await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await worker.WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None);
        }
    }

    private static JsonElement Accuracy(JsonElement performance) =>
        performance.GetProperty("estimated").GetProperty("metrics").EnumerateArray().Single(m => Text(m, "name") == "accuracy");

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    internal static List<JsonElement> Verdicts(DriftPlan plan) => Values(plan, new TopicNames(plan.Topics.Prefix).Verdicts);

    internal static List<JsonElement> Values(DriftPlan plan, string topic)
    {
        var values = new List<JsonElement>();
        using LogTail? tail = LogTail.Topic(plan.Kafka, topic, follow: false, NullLogger.Instance, out _);
        while (tail is not null && tail.TryRead(out LogRecord record)) values.Add(JsonDocument.Parse(record.Value!).RootElement);
        return values;
    }
}
