using System.Globalization;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftStream.Host.Commands;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Joins;

/// <summary>
/// Two real sets of people, decided on by a model, whose labels come days later by a seeded law, played through a real Kafka. Of one, half of the women who
/// deserve it are refused from some day on; of the other, the truth changes for all. Each owner is told of that, and of nothing else.
/// </summary>
[Trait("needs", "kafka")]
public sealed class DelayedLabelsTests
{
    private const int Days = 40, Fault = 20;

    private static readonly DateTime Start = new(2026, 2, 2, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void AlertsNameTheFault_AndNoOther()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        string folder = Directory.CreateTempSubdirectory("driftstream-delayed").FullName;
        WorkerProcess? worker = null;
        try
        {
            (DriftPlan plan, string config) = Prepare(folder, cluster);
            worker = WorkerProcess.Run(config);
            Person[] adult = Read("adult.csv"), german = Read("german-credit.csv");
            // A decision that is taken back does not change the score, and a truth that is another one for all is as unfair to nobody.
            Play(plan, "income", adult, 1200, 3, (p, late, random) =>
                late && p is { Sex: "Female", Label: 1 } && random.Next(2) == 0 ? p with { Decision = 0 } : p);
            Play(plan, "credit", german, 500, 5, (p, late, random) => late && random.NextDouble() < 0.3 ? p with { Label = 1 - p.Label } : p);

            Assert.True(SpinWait.SpinUntil(() => Joined(plan) == 2 * Days / 2, TimeSpan.FromSeconds(150)), $"{Joined(plan)} windows\n{worker.Output}");
            // Delivery follows what is judged.
            Assert.True(SpinWait.SpinUntil(() => Told(plan, "labour").Length > 0 && Told(plan, "bank").Length > 0, TimeSpan.FromSeconds(30)), worker.Output);
            Assert.Equal(["income equal_opportunity_difference sex 1"], Told(plan, "labour"));
            Assert.Equal(["credit roc_auc  1"], Told(plan, "bank"));
            Assert.Equal(0, worker.Stop());
        }
        finally
        {
            worker?.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Person[] Read(string file) =>
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "data", file)).Skip(1).Select(line => line.Split(',')).Select(f => new Person(
            int.Parse(f[0], CultureInfo.InvariantCulture), f[1], double.Parse(f[2], CultureInfo.InvariantCulture), f[3] == "1" ? 1 : 0, f[4] == "1" ? 1 : 0)),
    ];

    // Each day some people of the file, at any hour; a label comes a day or two later, rarely weeks, and of one in ten never.
    private static void Play(DriftPlan plan, string model, Person[] people, int rows, int seed, Func<Person, bool, Random, Person> change)
    {
        var random = new Random(seed);
        var sent = new List<(DateTime At, string Topic, object Row)>();
        for (int i = 0; i < Days * rows; i++)
        {
            DateTime at = Start.AddDays((double)i / rows), known = at.AddHours(1) + TimeSpan.FromDays(-1.5 * Math.Log(1 - random.NextDouble()));
            Person p = change(people[random.Next(people.Length)], i / rows >= Fault, random);
            sent.Add((at, model, new { id = i, at, age = p.Age, sex = p.Sex, score = p.Score, decision = p.Decision }));
            if (random.Next(10) > 0) sent.Add((known, $"{model}.truth", new { id = i, known_at = known, label = p.Label }));
        }

        // Whoever comes last moves time beyond all that may be waited for.
        DateTime end = Start.AddDays(Days + 60);
        sent.Add((end, model, new { id = -1, at = end, age = 40, sex = people[0].Sex, score = 0.5, decision = 1 }));
        sent.Add((end, $"{model}.truth", new { id = -2, known_at = end, label = 1 }));
        using var producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
        foreach ((DateTime At, string Topic, object Row)[] some in sent.OrderBy(s => s.At).Chunk(400))
        {
            foreach (IGrouping<string, object> message in some.GroupBy(s => s.Topic, s => s.Row))
            {
                byte[] value = JsonSerializer.SerializeToUtf8Bytes(message);
                Assert.Null(producer.Send(new OutgoingRecord(message.Key, 0, null, value), TestContext.Current.CancellationToken));
            }
        }

        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    // Windows of joined rows that have a verdict, but for the one of whoever came last.
    private static int Joined(DriftPlan plan) => Values(plan, new TopicNames(plan.Topics.Prefix).Verdicts)
        .Count(v => v.TryGetProperty("delay", out _) && v.GetProperty("window").GetProperty("start").GetDateTime() < Start.AddDays(Days));

    // What an owner's alerts are about: model, statistic, group, and how many episodes there are. None may begin before the fault.
    private static string[] Told(DriftPlan plan, string owner)
    {
        JsonElement[] alerts = [.. Values(plan, new TopicNames(plan.Topics.Prefix).AlertsOf(owner))];
        JsonElement[] symptoms = [.. alerts.SelectMany(a => a.GetProperty("symptoms").EnumerateArray())];
        Assert.All(alerts, a => Assert.True(a.GetProperty("window").GetProperty("start").GetDateTime() >= Start.AddDays(Fault - 1), a.ToString()));
        int episodes = alerts.Select(a => a.GetProperty("episode").GetString()).Distinct().Count();
        return
        [
            .. symptoms.Select(s => $"{alerts[0].GetProperty("model")} {s.GetProperty("statistic").GetProperty("name")} {s.GetProperty("group")} {episodes}")
                .Distinct().Order(StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<JsonElement> Values(DriftPlan plan, string topic)
    {
        using LogTail? tail = LogTail.Topic(plan.Kafka, topic, follow: false, NullLogger.Instance, out _);
        while (tail is not null && tail.TryRead(out LogRecord record)) yield return JsonDocument.Parse(record.Value!).RootElement;
    }

    private static (DriftPlan Plan, string Config) Prepare(string folder, KafkaCluster cluster)
    {
        foreach (string file in (string[])["adult.csv", "german-credit.csv"])
            File.Copy(Path.Combine(AppContext.BaseDirectory, "data", file), Path.Combine(folder, file));
        File.WriteAllText(Path.Combine(folder, "secret"), "0123456789abcdef0123456789abcdef");
        string config = Path.Combine(folder, "driftstream.yaml");
        File.WriteAllText(config, $$"""
            kafka: { bootstrap: "{{cluster.Bootstrap}}" }
            engine: { counts_partitions: 2, id_secret: { file: secret } }
            web: { listen: none }
            time: { idle_after: 5m, close_after_idle: 20m }
            owners:
              - { id: labour, name: Labour, contact: labour@example.org }
              - { id: bank, name: Bank, contact: bank@example.org }
            root_owner: bank
            models:
            {{Model("income", "labour", "adult.csv")}}
            {{Model("credit", "bank", "german-credit.csv")}}
            """);
        DriftPlan plan = PlanFile.Load(config, Console.Error)!;
        using IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(plan.Kafka)).Build();
        admin.CreateTopicsAsync(plan.Models.SelectMany(m => (TopicSpecification[])
            [new() { Name = m.Id, NumPartitions = 1, ReplicationFactor = 1 }, new() { Name = $"{m.Id}.truth", NumPartitions = 1, ReplicationFactor = 1 }]))
            .GetAwaiter().GetResult();
        Assert.All(
            TopicCheck.Run(plan, apply: true, NullLogger.Instance, out KafkaFailure? failure),
            t => Assert.True(t.State is TopicState.Fine or TopicState.Created, t.ToString()));
        Assert.Null(failure);
        return (plan, config);
    }

    // The default rules, and those that need the label.
    private static string Model(string id, string owner, string file) => $$"""
          - id: {{id}}
            owner: {{owner}}
            sources:
              - { topic: {{id}}, format: json }
              - { topic: {{id}}.truth, format: json, provides: [label] }
            columns: { id: id, time: at, score: score, decision: decision, label: { column: label, time: known_at }, groups: [sex], features: [age] }
            labels: { within: 14d, judge_at: [7d] }
            baseline: { data: {{file}} }
            allowed_lateness: 1h
            window: { size: 2d, min_rows: 200 }
            rules:
              - { signal: "*", statistic: psi, alarm: { calibrated: 1%, min_effect: 0.02 } }
              - { signal: score, statistic: mean_shift, alarm: { calibrated: 1%, min_effect: 0.1 } }
              - { signal: decision, statistic: rate_difference, alarm: { calibrated: 1%, min_effect: 0.05 } }
              - { group: sex, statistic: equal_opportunity_difference, alarm: { above: 0.3, confidence: 95%, min_rows: 50 } }
              - { statistic: roc_auc, alarm: { below_baseline_by: 0.05, confidence: 99% } }
              - { statistic: lost, alarm: { above: 1% } }
              - { statistic: rejected, alarm: { above: 5% } }
        """;

    private sealed record Person(int Age, string Sex, double Score, int Decision, int Label);
}
