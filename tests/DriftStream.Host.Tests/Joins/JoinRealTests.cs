using System.Collections.Immutable;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Host.Commands;
using DriftStream.Host.Kafka;
using DriftStream.Host.Reading;
using DriftStream.Host.Tests.Worker;
using DriftStream.Joins;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Joins;

/// <summary>
/// Labels that come later on a real Apache Kafka, while those who count and join are killed and started, stand still and go on: sealed panes hold to the row
/// what a plain join in memory finds.
/// </summary>
[Trait("needs", "kafka")]
public sealed class JoinRealTests
{
    private const int Kills = 20, Shift = 100;

    /// <summary>The environment variable by which the config names the folder of joiners: each worker has its own.</summary>
    private const string Folder = "DRIFTSTREAM_TEST_JOINS";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    private static readonly TimeSpan[] Delays = [TimeSpan.FromDays(1), TimeSpan.FromDays(2)];

    private static readonly ImmutableArray<(string Model, Corrections Corrections, JoinTraffic Traffic)> Models =
    [
        ("once", Corrections.First, new JoinTraffic("once", 1, isNightly: false)),
        ("newest", Corrections.Last, new JoinTraffic("newest", 2, isNightly: true)),
    ];

    [Fact]
    public void Counts_AreThoseOfAPlainJoin_WhoeverDies()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        string folder = Directory.CreateTempSubdirectory("driftstream-joins").FullName;
        var workers = new Dictionary<string, WorkerProcess>();
        try
        {
            (DriftPlan plan, string config) = Prepare(folder, cluster, Models.Select(m => (m.Model, m.Corrections)));
            foreach (string name in (string[])["counter a", "counter b", "joiner a", "joiner b", "judge"]) Start(name);
            for (int part = 0; part < Kills; part++)
            {
                foreach ((_, _, JoinTraffic traffic) in Models) traffic.Send(plan, part, Kills);
                string joiner = part % 2 == 0 ? "joiner a" : "joiner b";
                // A plan that counts otherwise, and the former one again.
                if (part == 8) File.WriteAllText(config, File.ReadAllText(config) + Model("beside", Corrections.First));
                if (part == 13) File.WriteAllText(config, File.ReadAllText(config).Replace(Model("beside", Corrections.First), "", StringComparison.Ordinal));
                // One that stands still does not know that another one has its partitions.
                if (part % 7 == 3) workers[part % 2 == 0 ? "joiner b" : "joiner a"].Pause();
                workers[joiner].Kill();
                if (part % 6 == 5) Restart(part % 4 == 1 ? "counter a" : "counter b");
                Start(joiner);
                Thread.Sleep(500);
                if (part % 7 == 5) foreach (string paused in (string[])["joiner a", "joiner b"]) workers[paused].GoOn();
            }

            Dictionary<(string, DateTime, TimeSpan, string, int, int), long> want = Models.SelectMany(
                m => m.Traffic.Joined(m.Corrections, Delays), (m, c) => (m.Model, c)).ToDictionary(
                m => (m.Model, m.c.Key.Day, m.c.Key.Delay, m.c.Key.Group, m.c.Key.Decision, m.c.Key.Label), m => m.c.Value);
            Dictionary<(string, DateTime, TimeSpan, string, int, int), long> got = [];
            bool same = SpinWait.SpinUntil(() => Same(want, got = Sealed(plan)), Patience);
            Assert.True(same, Difference(want, got) + string.Join("\n---\n", workers.Select(w => w.Key + "\n" + w.Value.Output)));

            Assert.True(Plans(plan) >= 3);
            FatesAreWhole(plan);
            // Whoever has folded it all again writes a snapshot; the next one begins with it, and comes to the same.
            workers["joiner b"].Kill();
            foreach (string told in (string[])["a snapshot of", "ids remembered from a snapshot"])
            {
                Restart("joiner a");
                Assert.True(
                    SpinWait.SpinUntil(() => workers["joiner a"].Output.Contains(told, StringComparison.Ordinal), Patience), workers["joiner a"].Output);
            }

            workers.Remove("joiner b", out WorkerProcess? killed);
            killed!.Dispose();
            foreach (WorkerProcess worker in workers.Values) Assert.Equal(0, worker.Stop());
            Assert.True(Same(want, Sealed(plan)));
            Assert.All(workers.Values, w => Assert.DoesNotContain("is of no use", w.Output, StringComparison.Ordinal));

            void Restart(string name)
            {
                workers[name].Kill();
                Start(name);
            }

            void Start(string name)
            {
                if (workers.Remove(name, out WorkerProcess? before)) before.Dispose();
                workers.Add(name, WorkerProcess.Run(config, name.Split(' ')[0], (Folder, Path.Combine(folder, name))));
            }
        }
        finally
        {
            foreach (WorkerProcess worker in workers.Values) worker.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void FatesAreWhole(DriftPlan plan)
    {
        // The last rows, which only move time on, may still be on their way.
        IReadOnlyList<LabelStand> stands = [];
        int labels = Models.Sum(m => m.Traffic.Labels);
        SpinWait.SpinUntil(() => (stands = JoinStands.Read(plan, NullLogger.Instance, out _)).Sum(s => s.Fates.Labels) == labels, Patience);
        foreach ((string model, _, JoinTraffic traffic) in Models)
        {
            JoinFates fates = stands.Single(s => s.Model == model).Fates;
            Assert.True(fates.IsWhole);
            Assert.Equal((traffic.Predictions, traffic.Labels), ((int)fates.Predictions, (int)fates.Labels));
        }
    }

    [Fact]
    public void TopicsThatAreMadeAgain_AreCountedWhole_WhoeverIsThere()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        string folder = Directory.CreateTempSubdirectory("driftstream-joins").FullName;
        WorkerProcess? worker = null;
        try
        {
            (DriftPlan plan, string config) = Prepare(folder, cluster, [("again", Corrections.First)]);
            JoinTraffic[] lives = [.. Enumerable.Range(0, 3).Select(life => new JoinTraffic("again", 3 + life, isNightly: false, later: life * Shift))];
            worker = WorkerProcess.Run(config);
            var want = new Dictionary<(string, DateTime, TimeSpan, string, int, int), long>();
            foreach ((int life, JoinTraffic traffic) in lives.Index())
            {
                // Once while the worker runs; once while none does, so that the new topics are longer than the former ones had been read.
                if (life > 0)
                {
                    if (life == 2) Assert.Equal(0, worker.Stop());
                    Delete(plan, "again");
                    Create(plan, "again");
                }

                traffic.Send(plan, 0, 1);
                if (life == 2)
                {
                    worker.Dispose();
                    worker = WorkerProcess.Run(config);
                }

                foreach (var cell in traffic.Joined(Corrections.First, Delays))
                    want[("again", cell.Key.Day, cell.Key.Delay, cell.Key.Group, cell.Key.Decision, cell.Key.Label)] = cell.Value;
                Dictionary<(string, DateTime, TimeSpan, string, int, int), long> got = [];
                Assert.True(SpinWait.SpinUntil(() => Same(want, got = Sealed(plan)), Patience), $"life {life}: {Difference(want, got)}{worker.Output}");
            }

            Assert.Contains("was made again", worker.Output, StringComparison.Ordinal);
            JoinFates fates = JoinStands.Read(plan, NullLogger.Instance, out _).Single().Fates;
            Assert.Equal((lives.Sum(l => l.Predictions), lives.Sum(l => l.Labels)), ((int)fates.Predictions, (int)fates.Labels));
            Assert.Equal(0, worker.Stop());
        }
        finally
        {
            worker?.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Plans(DriftPlan plan)
    {
        int plans = 0;
        using LogTail? tail = LogTail.Topic(plan.Kafka, new TopicNames(plan.Topics.Prefix).Plan, follow: false, NullLogger.Instance, out _);
        while (tail is not null && tail.TryRead(out _)) plans++;
        return plans;
    }

    private static void Delete(DriftPlan plan, string model)
    {
        using IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(plan.Kafka)).Build();
        admin.DeleteTopicsAsync([model, $"{model}.truth"]).GetAwaiter().GetResult();
        // The broker forgets them a moment later.
        Assert.True(SpinWait.SpinUntil(
            () => !admin.GetMetadata(TimeSpan.FromSeconds(5)).Topics.Exists(t => t.Topic.StartsWith(model, StringComparison.Ordinal)),
            TimeSpan.FromSeconds(30)));
    }

    private static (DriftPlan Plan, string Config) Prepare(string folder, KafkaCluster cluster, IEnumerable<(string Model, Corrections Corrections)> models)
    {
        string[] rows = [.. Enumerable.Range(0, 2000).Select(i => $"{(i / 2 % 2 == 0 ? "f" : "m")},{i % 2},{i / 4 % 2}")];
        File.WriteAllLines(Path.Combine(folder, "reference.csv"), ["sex,granted,y", .. rows]);
        // As the processes of workers have it, each its own.
        Environment.SetEnvironmentVariable(Folder, folder);
        File.WriteAllText(Path.Combine(folder, "secret"), "0123456789abcdef0123456789abcdef");
        string config = Path.Combine(folder, "driftstream.yaml");
        File.WriteAllText(config, $$"""
            kafka: { bootstrap: "{{cluster.Bootstrap}}" }
            engine:
              { segment: 64KiB, flush: 200ms, counts_partitions: 3, threads: 2, id_secret: { file: secret }, joins: { folder: "${{{Folder}}}", table: file } }
            web: { listen: none }
            time: { idle_after: 5m, close_after_idle: 20m }
            owners: [{ id: team, name: Team, contact: team@example.org }]
            models:
            {{string.Concat(models.Select(m => Model(m.Model, m.Corrections)))}}
            """);
        DriftPlan plan = PlanFile.Load(config, Console.Error)!;
        Create(plan, [.. plan.Models.Select(m => m.Id), "beside"]);
        Assert.All(
            TopicCheck.Run(plan, apply: true, NullLogger.Instance, out KafkaFailure? failure),
            t => Assert.True(t.State is TopicState.Fine or TopicState.Created, t.ToString()));
        Assert.Null(failure);
        return (plan, config);
    }

    private static void Create(DriftPlan plan, params string[] models)
    {
        using IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(plan.Kafka)).Build();
        admin.CreateTopicsAsync(models.SelectMany(m => (TopicSpecification[])
        [
            new() { Name = m, NumPartitions = JoinTraffic.PredictionPartitions, ReplicationFactor = 1 },
            new() { Name = $"{m}.truth", NumPartitions = JoinTraffic.LabelPartitions, ReplicationFactor = 1 },
        ])).GetAwaiter().GetResult();
    }

    private static string Model(string id, Corrections corrections) => $$"""

          - id: {{id}}
            owner: team
            sources:
              - { topic: {{id}}, format: json }
              - { topic: {{id}}.truth, format: json, provides: [label] }
            columns: { id: id, time: at, decision: granted, label: { column: y, time: known_at }, groups: [sex] }
            labels: { within: 2d, judge_at: [1d, 2d], corrections: {{(corrections == Corrections.First ? "first" : "last")}} }
            baseline: { data: reference.csv }
            allowed_lateness: 1h
            window: { size: 1d, min_rows: 50 }
            rules: [{ group: sex, statistic: equal_opportunity_difference, alarm: { above: 0.5, min_rows: 20 } }]
        """;

    // What judges have sealed of joined rows, of the days that all rows are of.
    private static Dictionary<(string, DateTime, TimeSpan, string, int, int), long> Sealed(DriftPlan plan)
    {
        var counts = new Dictionary<(string, DateTime, TimeSpan, string, int, int), long>();
        using LogTail? tail = LogTail.Topic(plan.Kafka, new TopicNames(plan.Topics.Prefix).Panes, follow: false, NullLogger.Instance, out _);
        while (tail is not null && tail.TryRead(out LogRecord record))
        {
            if (FrameCodec.Read(record.Value) is not SealedPane pane || !pane.Key.Model.Contains('@', StringComparison.Ordinal)) continue;
            DateTime day = DateTime.UnixEpoch.AddMicroseconds(pane.Key.Start);
            // Of whoever comes last, to move time on.
            if ((day - JoinTraffic.Start).Days % Shift >= JoinTraffic.Days) continue;
            string model = JoinedName.ModelOf(pane.Key.Model);
            TimeSpan delay = Delays.Single(d => pane.Key.Model == JoinedName.Of(model, new Duration((long)d.TotalMicroseconds)));
            BaselineSignal group = plan.Models.Single(m => m.Id == model).Judgement.Baseline.Signals.Single(s => s.Role == SignalRole.Group);
            long[] cells = pane.Entry.Signals.Single(s => s.Signal == group.Key).Cells;
            for (int cell = 0; cell < cells.Length; cell++)
            {
                if (cells[cell] == 0) continue;
                int of = group.Layout.GroupOf(cell), decision = cell / group.Layout.Labels % Layout.Decisions;
                var key = (model, day, delay, group.Layout.Categories[of], decision, cell % group.Layout.Labels);
                counts[key] = counts.GetValueOrDefault(key) + cells[cell];
            }
        }

        return counts;
    }

    private static bool Same<TKey>(Dictionary<TKey, long> left, Dictionary<TKey, long> right)
        where TKey : notnull => left.Count == right.Count && left.All(l => right.TryGetValue(l.Key, out long count) && count == l.Value);

    private static string Difference<TKey>(Dictionary<TKey, long> want, Dictionary<TKey, long> got)
        where TKey : notnull => string.Concat(want.Keys.Union(got.Keys)
            .Where(k => want.GetValueOrDefault(k) != got.GetValueOrDefault(k)).Take(20)
            .Select(k => $"{k}: {want.GetValueOrDefault(k)} and not {got.GetValueOrDefault(k)}\n"));
}
