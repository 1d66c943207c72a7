using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using DriftStream.Batches;
using DriftStream.Host.Commands;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Commands;
using DriftStream.Host.Tests.Worker;
using DriftStream.Plan;
using DriftStream.Tests.Judging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Init;

/// <summary>
/// A month of a shop in a topic, the configuration that <c>init</c> writes for it, and a worker that runs it: each fault is told once, with its story, and
/// nothing else is.
/// </summary>
public sealed class ShopMonthTests : IDisposable
{
    private const int Days = 30, Partitions = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // A broker of its own: the month is most of what an embedded one can hold.
    private readonly EmbeddedBroker _broker = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-shop").FullName;

    private string Config => Path.Combine(_folder, "driftstream.yaml");

    public void Dispose()
    {
        _broker.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Init_WritesWhatTellsEachFaultAndNothingElse()
    {
        long rows = Send();
        CliResult init = Cli.Run("init", "--from", "topic:shop.orders", "--bootstrap", _broker.Bootstrap, "-o", Config);
        Assert.True(init.Code == 0, init.Errors);
        Assert.Contains("the rows of 2026-03-02 to 2026-03-16 are the baseline", init.Errors);
        string written = File.ReadAllText(Config);
        Assert.Contains("calendar: hour_of_week", written);
        Assert.Contains("window: { size: 1d, min_rows: 500 }", written);
        // Hours beside the days, as the comment says; and paces at which the last window need not be waited for.
        string windows = Regex.Match(written, @"(?<=larger changes only: )window: .*").Value;
        string filled = Regex.Replace(written, "^( +(- )?(id|owner):)(?= +# fill in)", "$1 team", RegexOptions.Multiline)
            .Replace("window: { size: 1d, min_rows: 500 }", windows, StringComparison.Ordinal);
        File.WriteAllText(Config, Regex.Replace(filled, "^( +contact:)(?= +# fill in)", "$1 team@example.org", RegexOptions.Multiline)
            + "engine: { flush: 1s, counts_partitions: 2 }\ntime: { idle_after: 2s, close_after_idle: 5s }\n");

        DriftPlan plan = PlanFile.Load(Config, TextWriter.Null)!;
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) _broker.CreateTopic(topic.Name, topic.Partitions);
        using WorkerProcess worker = WorkerProcess.Run(Config);
        long began = Stopwatch.GetTimestamp();
        while (Read(plan, "verdicts").Where(IsDay).Sum(v => v.GetProperty("rows").GetInt64()) < rows)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, worker.Output);
            TestContext.Current.CancellationToken.WaitHandle.WaitOne(500);
        }

        TestContext.Current.CancellationToken.WaitHandle.WaitOne(2000);
        Assert.Equal(0, worker.Stop());
        JsonElement[] verdicts = Read(plan, "verdicts"), alerts = Read(plan, "alerts.team");
        string told = string.Join('\n', alerts.Select(a => $"{Window(a)} {Text(a, "status")} {Text(a, "summary")}"));
        TestContext.Current.TestOutputHelper!.WriteLine(told);
        Assert.Equal(Days, verdicts.Count(IsDay));
        Assert.DoesNotContain(verdicts, v => Text(v, "judgement") == "insufficient"); // the small hours grow

        // The age is told with its first window, and is well again; the mix is told as what it is; what else is told follows from the mix.
        JsonElement[] age = [.. alerts.Where(a => Text(a, "signal") == "age")];
        Assert.Equal(["firing", "resolved"], age.Select(a => Text(a, "status")));
        Assert.Equal(("age: missing in 100 % of rows (baseline 0 %)", "critical"), (Text(age[0], "summary"), Text(age[0], "severity")));
        Assert.StartsWith("2026-03-19T0", age[0].GetProperty("window").GetProperty("start").GetString(), StringComparison.Ordinal);
        JsonElement mix = alerts.First(a => Text(a, "signal") == "category");
        Assert.InRange(Window(mix)[..10], "2026-03-27", "2026-03-29");
        Assert.Matches("grocery fell from .* gaming rose from|gaming rose from .* grocery fell from", Text(mix, "summary"));
        Assert.DoesNotContain(alerts, a => Text(a, "signal") is not ("age" or "category" or "items" or "basket"));
        Assert.All(alerts.Where(a => Text(a, "signal") != "age"), a => Assert.True(string.CompareOrdinal(Window(a), "2026-03-26") > 0, Text(a, "summary")));
    }

    private long Send()
    {
        KafkaSettings kafka = _broker.Settings;
        _broker.CreateTopic("shop.orders", Partitions);
        long rows = 0;
        using var producer = new AckedProducer(kafka, NullLogger.Instance);
        int next = 0;
        foreach (Batch hour in new Shop(1) { AgeMissing = (24 * 17)..(24 * 22), MixShift = 24 * 25 }.Hours(Days))
        {
            byte[] message = new ArrowMessages([hour], ArrowCompression.Lz4).Write(0, hour.Rows);
            Assert.Null(producer.Send(new OutgoingRecord("shop.orders", next++ % Partitions, null, message), TestContext.Current.CancellationToken));
            rows += hour.Rows;
        }

        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
        return rows;
    }

    private static JsonElement[] Read(DriftPlan plan, string topic)
    {
        using LogTail? tail = LogTail.Topic(plan.Kafka, plan.Topics.Prefix + topic, follow: false, NullLogger.Instance, out KafkaFailure? failure);
        if (failure is not null) return [];
        var found = new List<JsonElement>();
        while (tail!.TryRead(out LogRecord record)) found.Add(JsonDocument.Parse(record.Value!).RootElement);
        return [.. found.DistinctBy(f => Text(f, "id")).OrderBy(Window)];
    }

    private static bool IsDay(JsonElement said) => said.GetProperty("window").GetProperty("name").GetString() == "1d";

    private static string Window(JsonElement said) => said.GetProperty("window").GetProperty("end").GetString()!;

    private static string Text(JsonElement said, string name) => said.GetProperty(name).GetString()!;
}
