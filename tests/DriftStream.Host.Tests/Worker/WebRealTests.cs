using System.Diagnostics;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.History;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>Processes that show pages, each with a store of its own, and a real Apache Kafka.</summary>
[Trait("needs", "kafka")]
public sealed class WebRealTests
{
    private const int Models = 40, Days = 400;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] Places =
    [
        "/api/v1/models", "/api/v1/model/windows?id=m17&n=365", "/api/v1/model/verdicts?id=m17&window=1d&at=2026-04-11T00:00:00Z", "/api/v1/episodes",
        "/api/v1/episode?id=e3", "/api/v1/plans", "/api/v2/alerts",
    ];

    /// <summary>
    /// One is killed (SIGKILL) while it reads the topics for the first time, and started again; later its file is broken. Both times it shows what the other
    /// shows, to the byte.
    /// </summary>
    [Fact]
    public async Task TwoProcesses_OneKilledWhileItReads_AndItsFileBrokenLater_ShowTheSame()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        using var run = new SampleRun(cluster.Bootstrap, rowsPerMessage: 400, replication: 1);
        Send(run);
        string folder = Directory.CreateTempSubdirectory("driftstream-web-").FullName;
        string first = Config(run, folder, "first"), second = Config(run, folder, "second"), store = Path.Combine(folder, "first.db");
        using WorkerProcess other = WorkerProcess.RunPages(second);
        using (WorkerProcess killed = WorkerProcess.RunPages(first))
        {
            await Until(() => Task.FromResult(Read(store) is > 0), () => killed.Output);
            killed.Kill();
        }

        // It had written some, and not all.
        Assert.InRange(Read(store)!.Value, 1, (Models * Days) - 1);
        using (WorkerProcess again = WorkerProcess.RunPages(first))
        {
            string[] shown = await Shown(again);
            Assert.Contains($"\"id\":\"m{Models - 1}\"", shown[0], StringComparison.Ordinal);
            Assert.Equal(shown, await Shown(other));
            Assert.Equal(0, again.Stop());
        }

        // Its log too, from which the first page would be mended.
        foreach (string file in Directory.GetFiles(folder, "first.db*").Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)))
        {
            byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            bytes.AsSpan(0, Math.Min(bytes.Length, 4096)).Fill(7);
            await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        }

        using WorkerProcess last = WorkerProcess.RunPages(first);
        Assert.Equal(await Shown(other), await Shown(last));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(store)!, "first.db.broken-*"));
        Assert.Equal(0, last.Stop());
        Assert.Equal(0, other.Stop());
        Directory.Delete(folder, recursive: true);
    }

    private static void Send(SampleRun run)
    {
        var cancel = TestContext.Current.CancellationToken;
        Assert.Equal(Records.Topics.Verdicts, new TopicNames(run.Plan.Topics.Prefix).Verdicts);
        using var producer = new AckedProducer(run.Plan.Kafka, NullLogger.Instance);
        for (int day = 0; day < Days; day++)
        {
            for (int model = 0; model < Models; model++)
            {
                LogRecord verdict = Records.Verdict($"m{model}", day, judgement: (day + model) % 7 == 0 ? "drifting" : "steady");
                Assert.Null(producer.Send(new OutgoingRecord(verdict.Topic, model % 2, null, verdict.Value!), cancel));
            }
        }

        for (int episode = 0; episode < 5; episode++)
        {
            LogRecord alert = Records.Alert($"m{episode}", $"e{episode}", 1, episode == 0 ? "resolved" : "firing", "labour-insights");
            Assert.Null(producer.Send(new OutgoingRecord(alert.Topic, 0, null, alert.Value!), cancel));
        }

        Assert.Null(producer.Barrier(cancel));
    }

    private static string Config(SampleRun run, string folder, string name)
    {
        string path = Path.Combine(folder, name + ".yaml"), listen = "web: { listen: \"127.0.0.1:0\" }", text = File.ReadAllText(run.Config);
        Assert.Contains(listen, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(listen, $"web: {{ listen: \"127.0.0.1:0\", read: none, store: {name}.db }}", StringComparison.Ordinal));
        return path;
    }

    // How many verdicts a file holds; null where there is none, or it is being made.
    private static int? Read(string store)
    {
        try
        {
            using var file = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={store};Mode=ReadOnly;Pooling=False");
            file.Open();
            using Microsoft.Data.Sqlite.SqliteCommand command = file.CreateCommand();
            command.CommandText = "SELECT count(*) FROM verdict";
            return Convert.ToInt32(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Microsoft.Data.Sqlite.SqliteException)
        {
            return null;
        }
    }

    private static async Task<string[]> Shown(WorkerProcess worker)
    {
        using var client = new HttpClient();
        await Until(async () => worker.Pages is { } at && (await client.GetAsync(new Uri(at, "/readyz"))).IsSuccessStatusCode, () => worker.Output);
        var shown = new List<string>();
        foreach (string place in Places)
        {
            // Times at which something is asked or was read are of each process.
            string text = await client.GetStringAsync(new Uri(worker.Pages!, place), TestContext.Current.CancellationToken);
            shown.Add(System.Text.RegularExpressions.Regex.Replace(text, "\"(updatedAt|endsAt)\":\"[^\"]*\"", ""));
        }

        return [.. shown];
    }

    private static async Task Until(Func<Task<bool>> done, Func<string> log)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                if (await done()) return;
            }
            catch (HttpRequestException)
            {
                // Not there yet.
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, log());
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
