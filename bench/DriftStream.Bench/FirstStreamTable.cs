using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Kafka;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace DriftStream.Bench;

/// <summary>
/// The first stream end to end on a real Kafka with empty topics: an empty consumer, a worker process on the same topic, and the
/// time until an alert can be read. Every row of the sample is sent several times, so that a run lasts long enough to be measured.
/// </summary>
/// <remarks><c>first-stream --bootstrap HOST:PORT [--copies 20] [--out FILE]</c></remarks>
internal static class FirstStreamTable
{
    private const int Partitions = 4;

    private const string Topic = "throughput.predictions";

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "samples", "employment");

    public static int Run(string[] args)
    {
        string? bootstrap = Value(args, "--bootstrap"), output = Value(args, "--out");
        int copies = int.Parse(Value(args, "--copies") ?? "20", CultureInfo.InvariantCulture);
        if (bootstrap is null)
        {
            Console.Error.WriteLine("usage: first-stream --bootstrap HOST:PORT [--copies 20] [--out FILE]");
            Console.Error.WriteLine("The broker must not have the sample's topics yet.");
            return 2;
        }

        string config = WriteConfig(bootstrap);
        DriftPlan plan = PlanFile.Load(config, Console.Error) ?? throw new InvalidOperationException("the sample's config is not valid");
        CreateTopics(plan);
        int signals = plan.Models.Single(m => m.Id == "employment").Counting.Signals.Length;
        (long rows, long bytes) = Send(plan, copies);
        Console.WriteLine($"sent {rows:N0} rows, {bytes / 1e6:N0} MB");
        double empty = EmptyConsumer(plan, rows);
        (double worker, long memory) = WorkerProcess(config, rows);
        ImmutableArray<double> latencies = Latencies(plan);
        string table = Table(rows, bytes, signals, empty, worker, memory, latencies, copies, plan);
        Console.Write(table);
        if (output is not null) File.WriteAllText(output, table);
        File.Delete(config);
        return 0;
    }

    private static string Table(
        long rows,
        long bytes,
        int signals,
        double empty,
        double worker,
        long memory,
        ImmutableArray<double> latencies,
        int copies,
        DriftPlan plan)
    {
        var text = new StringBuilder();
        string model = File.ReadLines("/proc/cpuinfo").First(l => l.StartsWith("model name", StringComparison.Ordinal)).Split(':')[1].Trim();
        text.AppendLine("# The first stream, end to end").AppendLine();
        text.AppendLine($"{model}, {Environment.ProcessorCount} cores for broker, producer and worker together; .NET {Environment.Version};");
        text.AppendLine($"Apache Kafka on the same machine. The employment sample, every row {copies} times: {rows:N0} rows, {signals} signals,");
        text.AppendLine($"{bytes / 1e6:N0} MB of uncompressed Arrow in messages of at most 400 rows, {Partitions} partitions. Made by").AppendLine();
        text.AppendLine($"    dotnet run -c Release --project bench/DriftStream.Bench -- first-stream --bootstrap HOST:PORT --copies {copies}").AppendLine();
        text.AppendLine("| | rows/s | values/s | of the empty consumer |").AppendLine("|---|---|---|---|");
        text.AppendLine($"| a consumer that does nothing, same settings | {empty:N0} | {empty * signals:N0} | 1 |");
        text.Append($"| `driftstream run`: counter, judge and delivery in one process | {worker:N0} | {worker * signals:N0} ");
        text.AppendLine($"| {worker / empty:0.00} |").AppendLine();
        text.AppendLine($"Memory of the worker process at its peak: {memory / 1e6:N0} MB.").AppendLine();
        text.AppendLine("From the acknowledgement of the record that moves the last partition's watermark past a window's end and lateness");
        text.AppendLine($"to the alert being readable in the owner's topic, flush {plan.Engine.Flush / 1e6:0.#} s, {latencies.Length} windows:");
        text.AppendLine($"median {Median(latencies):0.00} s, worst {latencies.Max():0.00} s.");
        return text.ToString();
    }

    private static (long Rows, long Bytes) Send(DriftPlan plan, int copies)
    {
        DemoStream stream = DemoScript.Read(Folder).Streams[0] with { Topic = Topic };
        DemoScript script = DemoScript.Read(Folder) with { Streams = [.. Enumerable.Repeat(stream, copies)] };
        using var producer = new DemoProducer(Folder, script, plan.Kafka, new() { [Topic] = Partitions }, NullLogger.Instance);
        for (long time = producer.First; time <= producer.Last; time += 7 * EventTime.Day) Require(producer.SendUntil(time));
        Require(producer.SendUntil(long.MaxValue));
        return (producer.Sent, producer.Bytes);
    }

    private static double EmptyConsumer(DriftPlan plan, long rows)
    {
        using var pool = new PayloadPool(plan.Limits.MessageBytes);
        using IConsumer<Ignore, Payload?> consumer = new ConsumerBuilder<Ignore, Payload?>(ClientSettings.Consumer(plan.Kafka, "empty"))
            .SetValueDeserializer(pool).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffset(Topic, p, Offset.Beginning)));
        long began = 0;
        for (int ends = 0; ends < Partitions;)
        {
            ConsumeResult<Ignore, Payload?>? result = consumer.Consume(TimeSpan.FromSeconds(1));
            if (result is null) continue;
            if (began == 0) began = Stopwatch.GetTimestamp();
            if (result.IsPartitionEOF) ends++;
            else result.Message.Value?.Dispose();
        }

        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        consumer.Close();
        return rows / seconds;
    }

    private static (double RowsPerSecond, long Memory) WorkerProcess(string config, long rows)
    {
        using var worker = new BenchWorker(config);
        long began = 0, last;
        double before = 0;
        while (true)
        {
            double counted = worker.Counted();
            if (counted > 0 && began == 0) (began, before) = (Stopwatch.GetTimestamp(), counted);
            if (counted >= rows) break;
            Thread.Sleep(20);
        }

        last = Stopwatch.GetTimestamp();
        long memory = worker.PeakMemory();
        return ((rows - before) / Stopwatch.GetElapsedTime(began, last).TotalSeconds, memory);
    }

    private static ImmutableArray<double> Latencies(DriftPlan plan)
    {
        string path = Path.Combine(Folder, "driftstream.yaml");
        DriftPlan sample = PlanFile.Load(path, Console.Error) ?? throw new InvalidOperationException("the sample's config is not valid");
        DriftPlan own = sample with { Kafka = plan.Kafka, Topics = plan.Topics with { Prefix = "latency." }, Engine = plan.Engine };
        CreateTopics(own);
        DemoScript script = DemoScript.Read(Folder);
        var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var worker = new Host.Worker.Worker(own, WorkerRole.All, status, TimeProvider.System, NullLogger.Instance);
        Task running = Task.Run(() => worker.Run(stop.Token));
        using var reader = new DemoReader(own, NullLogger.Instance);
        Dictionary<string, int> partitions = own.Counting.Sources.Keys.ToDictionary(t => t, _ => Partitions);
        // A day must reach every partition: one that gets nothing holds the horizon until it is idle.
        using var producer = new DemoProducer(Folder, script, own.Kafka, partitions, NullLogger.Instance, rowsPerMessage: 20);
        var latencies = ImmutableArray.CreateBuilder<double>();
        foreach (string end in (string[])["2016-05-19", "2016-06-23", "2017-03-16", "2017-10-12", "2018-06-21"])
        {
            if (!EventTime.TryParse(end, out EventTime time)) throw new FormatException(end);
            Require(producer.SendUntil(time));
            Wait(() => status.Counters.Values.Sum(c => c.Fates.Rows) >= producer.Sent);
            Thread.Sleep(TimeSpan.FromMicroseconds(2 * own.Engine.Flush));
            reader.Drain(_ => { });
            int known = reader.Alerts.Count;
            Require(producer.SendUntil(time + EventTime.Day));
            long began = Stopwatch.GetTimestamp();
            Wait(() =>
            {
                reader.Drain(_ => { });
                return reader.Alerts.Count > known || Stopwatch.GetElapsedTime(began).TotalSeconds > 30;
            });
            if (reader.Alerts.Count > known) latencies.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        stop.Cancel();
        running.Wait();
        return latencies.ToImmutable();
    }

    private static void Require(KafkaFailure? failure)
    {
        if (failure is not null) throw new InvalidOperationException(failure.Detail);
    }

    private static void Wait(Func<bool> done)
    {
        for (long began = Stopwatch.GetTimestamp(); !done(); Thread.Sleep(5))
        {
            if (Stopwatch.GetElapsedTime(began).TotalMinutes > 3) throw new TimeoutException("the worker does not follow");
        }
    }

    private static double Median(ImmutableArray<double> values) => values.Order().ElementAt(values.Length / 2);

    private static void CreateTopics(DriftPlan plan)
    {
        using IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(plan.Kafka)).Build();
        HashSet<string> there = [.. admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Select(t => t.Topic)];
        admin.CreateTopicsAsync(plan.Counting.Sources.Keys.Where(t => !there.Contains(t)).Select(
            t => new TopicSpecification { Name = t, NumPartitions = Partitions, ReplicationFactor = 1 })).GetAwaiter().GetResult();
        CreateOurs(plan);
    }

    private static void CreateOurs(DriftPlan plan)
    {
        TopicCheck.Run(plan, apply: true, NullLogger.Instance, out KafkaFailure? failure);
        Require(failure);
    }

    private static string WriteConfig(string bootstrap)
    {
        string text = File.ReadAllText(Path.Combine(Folder, "driftstream.yaml"))
            .Replace("bootstrap: localhost:9092", $"bootstrap: {bootstrap}", StringComparison.Ordinal)
            .Replace("topic: employment.predictions", "topic: " + Topic, StringComparison.Ordinal)
            // The copies of a week follow one another: none of their rows may be late.
            .Replace("allowed_lateness: 10m", "allowed_lateness: 8d", StringComparison.Ordinal)
            .Replace("data: ", $"data: {Folder}/", StringComparison.Ordinal);
        string path = Path.Combine(Path.GetTempPath(), $"driftstream-bench-{Environment.ProcessId}.yaml");
        File.WriteAllText(path, text + "\nweb: { listen: \"127.0.0.1:19464\" }\nengine: { counts_partitions: 3 }\n");
        return path;
    }

    private static string? Value(string[] args, string name)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }
}
