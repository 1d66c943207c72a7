using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>What the pages and the log of workers say while something is wrong with the broker, or with how it is reached.</summary>
[Trait("needs", "kafka")]
public sealed class OutageTests(DemoOnce demo) : IDisposable
{
    /// <summary>What is wrong is to be said within so long.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Outage = TimeSpan.FromSeconds(60);

    private readonly HttpClient _web = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-outage-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task BrokerStoppedForAMinute_UnderTwoWorkers_PagesAndLogSaySo_AndNoRowIsLost()
    {
        using KafkaCluster cluster = KafkaCluster.StartStoppable();
        using var run = new SampleRun(cluster.Bootstrap, rowsPerMessage: 400, replication: 1);
        using WorkerProcess first = WorkerProcess.RunWithPages(run.Config), second = WorkerProcess.RunWithPages(run.Config);
        WorkerProcess[] workers = [first, second];
        foreach (WorkerProcess worker in workers)
        {
            await Until(worker, ready: true, Patience);
            await UntilSaidReady(worker, 1);
        }

        run.Send(weeks: 40);

        int[] before = [.. workers.Select(w => w.Output.Length)];
        cluster.Stop();
        long stopped = Stopwatch.GetTimestamp();
        foreach (WorkerProcess worker in workers) await Until(worker, ready: false, Soon, "no broker answers");
        while (Stopwatch.GetElapsedTime(stopped) < Outage)
        {
            foreach (WorkerProcess worker in workers)
            {
                (HttpStatusCode alive, string body) = await Page(worker, "livez");
                Assert.True(alive == HttpStatusCode.OK, body);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Page(worker, "readyz")).Status);
            }

            await Task.Delay(2000, Cancel);
        }

        for (int i = 0; i < workers.Length; i++)
        {
            string during = workers[i].Output[before[i]..];
            foreach (string role in (string[])["counter", "judge", "desk", "delivery"])
                Assert.Matches($"{role} is not ready: .*Local_Transport.*no broker answers", during);
            Assert.InRange(during.Split('\n').Length, 4, 80); // thousands without a limit
        }

        cluster.StartAgain();
        foreach (WorkerProcess worker in workers)
        {
            await Until(worker, ready: true, Patience);
            Assert.Equal(HttpStatusCode.OK, (await Page(worker, "livez")).Status);
            await UntilSaidReady(worker, 2);
        }

        run.Send();
        run.SaysWhatItSays(demo.Result, TimeSpan.FromSeconds(150), () => first.Output + "\n---\n" + second.Output);
        Assert.All(workers, w => Assert.Equal(0, w.Stop()));
    }

    [Fact]
    public async Task SourceThatIsNotThere_IsSaidSoon()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        string config = Config($"bootstrap: \"{cluster.Bootstrap}\"");
        using WorkerProcess worker = WorkerProcess.RunWithPages(config);
        (_, string detail) = await Until(worker, ready: false, Patience, "UnknownTopicOrPart");
        Assert.Matches("^predictions: UnknownTopicOrPart: .*Unknown topic.*; there is no such source topic", detail);
        Assert.Matches("counter is not ready: predictions: UnknownTopicOrPart", worker.Output);
        Assert.Contains("topics --apply", (await Roles(worker)).Single(r => r.Role == "judge").Detail);
        Assert.Equal(HttpStatusCode.OK, (await Page(worker, "livez")).Status);
        AssertSoon(worker, "counter is not ready");
        Assert.Equal(0, worker.Stop());
    }

    [Fact]
    public async Task SourceThatComesLate_IsWaitedFor_UntilItIsCounted()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        // The consumer looks for new topics seldom, so that the watch sees this one long before.
        string config = Config($"bootstrap: \"{cluster.Bootstrap}\", client: {{ topic.metadata.refresh.interval.ms: 20000 }}", "predictions, late");
        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = cluster.Bootstrap }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = "predictions", NumPartitions = 1, ReplicationFactor = 1 }]);
        Commands.Cli.Run("topics", "-c", config, "--apply");
        using WorkerProcess worker = WorkerProcess.RunWithPages(config);
        await Until(worker, ready: false, Patience, "late: UnknownTopicOrPart");
        while (!worker.Output.Contains("counting predictions[0]", StringComparison.Ordinal)) await Task.Delay(200, Cancel);
        await admin.CreateTopicsAsync([new TopicSpecification { Name = "late", NumPartitions = 3, ReplicationFactor = 1 }]);
        await Until(worker, ready: true, Patience, pause: 50);
        // The group may say that a worker has the partitions before the worker does.
        long began = Stopwatch.GetTimestamp();
        while (Regex.Count(worker.Output, @"counting late\[\d\] from offset") < 3 && Stopwatch.GetElapsedTime(began) < Soon) await Task.Delay(100, Cancel);
        Assert.True(Regex.Count(worker.Output, @"counting late\[\d\] from offset") == 3, worker.Output);
        Assert.Equal(0, worker.Stop());
    }

    [Fact]
    public async Task WrongPassword_IsSaidSoon_InTheBrokersWordsAndOurs()
    {
        using KafkaCluster cluster = KafkaCluster.StartSecure();
        string password = Path.Combine(_folder, "password");
        await File.WriteAllTextAsync(password, "wrong", Cancel);
        string config = Config($"bootstrap: \"{cluster.SaslBootstrap}\", client: {{ security.protocol: SASL_SSL, sasl.mechanism: PLAIN, "
            + $"sasl.username: worker, sasl.password: {{ file: {password} }}, ssl.ca.location: {cluster.Authority} }}");
        using WorkerProcess worker = WorkerProcess.RunWithPages(config);
        (_, string detail) = await Until(worker, ready: false, Patience, "Local_Authentication");
        Assert.Contains("Invalid username or password; the broker does not let this client in: look at kafka.client", detail);
        AssertSoon(worker, "counter is not ready");
        Assert.Equal(HttpStatusCode.OK, (await Page(worker, "livez")).Status);
        worker.Kill();

        long began = Stopwatch.GetTimestamp();
        Commands.CliResult topics = Commands.Cli.Run("topics", "-c", config);
        Assert.True(Stopwatch.GetElapsedTime(began) < Soon, $"{Stopwatch.GetElapsedTime(began)}");
        Assert.Equal(3, topics.Code);
        Assert.Matches("Invalid username or password.*look at kafka.client", topics.Errors);
    }

    public void Dispose()
    {
        _web.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Config(string kafka, string topics = "predictions")
    {
        File.WriteAllLines(Path.Combine(_folder, "rows.csv"), ["x", .. Enumerable.Range(0, 50).Select(i => $"{i}")]);
        string config = Path.Combine(_folder, "driftstream.yaml");
        File.WriteAllText(config, $$"""
            kafka: { {{kafka}} }
            owners: [{ id: team, contact: team@example.org }]
            models:
              - { id: m, owner: team, sources: [{{string.Join(", ", topics.Split(", ").Select(t => $"{{ topic: {t} }}"))}}], baseline: { data: rows.csv } }
            """);
        return config;
    }

    // By the times of the log's own lines, so that the start of a process on a busy machine does not count.
    private static void AssertSoon(WorkerProcess worker, string line)
    {
        string[] lines = worker.Output.Split('\n');
        DateTimeOffset At(string text) => DateTimeOffset.Parse(lines.First(l => l.Contains(text, StringComparison.Ordinal)).Split(' ')[0]);
        Assert.True(At(line) - At("watching") < Soon, worker.Output);
    }

    // The page asks now; the log says it when the watch goes round next.
    private static async Task UntilSaidReady(WorkerProcess worker, int times)
    {
        long began = Stopwatch.GetTimestamp();
        while (Regex.Count(worker.Output, "counter is ready") < times && Stopwatch.GetElapsedTime(began) < Soon) await Task.Delay(500, Cancel);
        Assert.True(Regex.Count(worker.Output, "counter is ready") == times, worker.Output);
    }

    private async Task<(bool Ready, string Detail)> Until(WorkerProcess worker, bool ready, TimeSpan patience, string detail = "", int pause = 500)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (worker.Pages is not null)
            {
                (HttpStatusCode status, string body) = await Page(worker, "readyz");
                string said = (await Roles(worker)).Single(r => r.Role == "counter").Detail;
                if (status == HttpStatusCode.OK == ready && said.Contains(detail, StringComparison.Ordinal)) return (ready, said);
                Assert.True(Stopwatch.GetElapsedTime(began) < patience, $"{body}\n{worker.Output}");
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, worker.Output);
            await Task.Delay(pause, Cancel);
        }
    }

    private async Task<(string Role, string Detail)[]> Roles(WorkerProcess worker) =>
    [
        .. JsonDocument.Parse((await Page(worker, "readyz")).Body).RootElement.GetProperty("roles").EnumerateArray()
            .Select(r => (r.GetProperty("role").GetString()!, r.GetProperty("detail").GetString()!)),
    ];

    private async Task<(HttpStatusCode Status, string Body)> Page(WorkerProcess worker, string page)
    {
        using HttpResponseMessage answer = await _web.GetAsync(new Uri(worker.Pages!, page), Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }
}
