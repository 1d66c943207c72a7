using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using DriftStream.Host.Commands;
using DriftStream.Host.Kafka;
using DriftStream.Host.Machine;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;

namespace DriftStream.Bench;

/// <summary>One combination: the topic read in turns by a consumer that does nothing and by the counter, medians of the rounds.</summary>
internal sealed record EndToEndRun(EndToEndTopic Topic, int Edges, int Threads, double Empty, double Counter, long Allocated, int[] Collections)
{
    public double Ratio => Counter / Empty;

    public object Json => new
    {
        columns = Topic.Columns,
        message_bytes = Topic.MessageBytes,
        rows_per_message = Topic.RowsPerMessage,
        edges = Edges,
        codec = Topic.Codec,
        threads = Threads,
        empty_mb_per_s = Empty / 1e6,
        counter_mb_per_s = Counter / 1e6,
        ratio = Ratio,
        values_per_s = Counter / Topic.Bytes * Topic.Rows * Topic.Columns,
        allocated_bytes_per_message = Allocated,
        gen0 = Collections[0],
        gen1 = Collections[1],
        gen2 = Collections[2],
    };

    public string Row => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"| {Topic.Columns} | {Topic.MessageBytes / 1024} KiB | {Topic.Codec} | {Edges} | {Empty / 1e6:N0} | {Counter / 1e6:N0} | {Ratio:0.00} "
        + $"| {Counter / Topic.Bytes * Topic.Rows * Topic.Columns / 1e6:N0} | {Allocated} | {Collections[0]}/{Collections[1]}/{Collections[2]} |");

    public static string Table(IEnumerable<EndToEndRun> runs, int megabytes, int rounds)
    {
        var text = new StringBuilder();
        text.AppendLine("# From Kafka to counts").AppendLine();
        text.AppendLine($"{KernelsData.Cpu}, {Environment.ProcessorCount} cores for broker and counter together; .NET {Environment.Version};");
        text.AppendLine($"Apache Kafka on the same machine, {EndToEndTopic.Partitions} partitions, {megabytes:N0} MB of float32 columns a topic,");
        text.AppendLine($"medians of {rounds} rounds in which a consumer that does nothing (same settings) and the counter read the topic");
        text.AppendLine("in turns, measured from the first eighth of the topic on. Codec: of the Kafka batches.");
        text.AppendLine("Allocated: managed bytes a message; gen: collections of generation 0/1/2 in one reading by the counter.").AppendLine();
        text.AppendLine("| columns | message | codec | edges | empty MB/s | counter MB/s | ratio | M values/s | allocated | gen |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (EndToEndRun run in runs) text.AppendLine(run.Row);
        return text.ToString();
    }

    public static EndToEndRun Measure(EndToEndTopic topic, int edges, int rounds, int? threads, string client)
    {
        var empty = new List<double>();
        var counter = new List<(double Speed, long Allocated, int[] Collections)>();
        DriftPlan plan = Plan(topic, edges, threads, client);
        for (int round = 0; round < rounds; round++)
        {
            empty.Add(ReadOnly(topic, plan));
            counter.Add(Count(topic, plan with { Topics = plan.Topics with { Prefix = $"bench.{Guid.NewGuid():N}." } }));
        }

        (_, long allocated, int[] collections) = counter[rounds / 2];
        return new EndToEndRun(
            topic, edges, CountingThreads.Lanes(plan), Median(empty), Median(counter.Select(c => c.Speed)), allocated, collections);
    }

    /// <summary>One model that is fed by the topic.</summary>
    public static DriftPlan Plan(EndToEndTopic topic, int edges, int? threads, string client = "")
    {
        string folder = Directory.CreateTempSubdirectory("driftstream-bench").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, "reference.arrows"), topic.Reference());
            return Plan(topic, edges, threads, client, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private static DriftPlan Plan(EndToEndTopic topic, int edges, int? threads, string client, string folder)
    {
        string path = Path.Combine(folder, "driftstream.yaml");
        File.WriteAllText(path, $$"""
            kafka: { bootstrap: "{{(topic.Bootstrap.Length > 0 ? topic.Bootstrap : "localhost:9092")}}", client: { {{client}} } }
            web: { listen: none }
            engine: { counts_partitions: 3, threads: {{threads?.ToString() ?? "auto"}} }
            owners: [{ id: bench, name: Bench }]
            root_owner: bench
            models:
              - id: bench
                owner: bench
                sources: [{ topic: {{topic.Name}}, format: arrow }]
                columns: { time: event_time }
                baseline: { data: reference.arrows }
                window: { size: 1d }
                edges: {{edges}}
            """);
        return PlanFile.Load(path, Console.Error) ?? throw new InvalidOperationException("the config of the bench is not valid");
    }

    // Bytes a second, from the first eighth of the topic on: how long a consumer takes to find its speed is not the question.
    private static double ReadOnly(EndToEndTopic topic, DriftPlan plan)
    {
        using var pool = new PayloadPool(plan.Limits.MessageBytes);
        ConsumerConfig config = ClientSettings.Consumer(plan.Kafka, "bench-empty");
        config.ConsumeResultFields = "timestamp,topic";
        using IConsumer<Ignore, Payload?> consumer = new ConsumerBuilder<Ignore, Payload?>(config).SetValueDeserializer(pool).Build();
        consumer.Assign(Enumerable.Range(0, EndToEndTopic.Partitions).Select(p => new TopicPartitionOffset(topic.Name, p, Offset.Beginning)));
        long began = 0, read = 0, warm = topic.Messages / 8;
        while (read < topic.Messages)
        {
            ConsumeResult<Ignore, Payload?>? result = consumer.Consume(TimeSpan.FromSeconds(1));
            if (result is null || result.IsPartitionEOF) continue;
            result.Message.Value?.Dispose();
            if (++read == warm) began = Stopwatch.GetTimestamp();
        }

        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        consumer.Close();
        return (double)topic.Bytes * (topic.Messages - warm) / topic.Messages / seconds;
    }

    private static (double Speed, long Allocated, int[] Collections) Count(EndToEndTopic topic, DriftPlan plan)
    {
        TopicCheck.Run(plan, apply: true, NullLogger.Instance, out KafkaFailure? failure);
        if (failure is not null) throw new InvalidOperationException(failure.Detail);
        var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var worker = new Host.Worker.Worker(plan, WorkerRole.Counter, status, TimeProvider.System, NullLogger.Instance);
        Task running = Task.Run(() => worker.Run(stop.Token));
        while (status.Metrics.RowsIn < topic.Rows / 8) Thread.Sleep(1);
        long began = Stopwatch.GetTimestamp(), first = status.Metrics.RowsIn, allocated = GC.GetTotalAllocatedBytes();
        int[] before = [.. Enumerable.Range(0, 3).Select(GC.CollectionCount)];
        while (status.Metrics.RowsIn < topic.Rows) Thread.Sleep(1);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        allocated = (GC.GetTotalAllocatedBytes() - allocated) * topic.Rows / (topic.Rows - first) / topic.Messages;
        int[] collections = [.. Enumerable.Range(0, 3).Select(g => GC.CollectionCount(g) - before[g])];
        stop.Cancel();
        running.Wait();
        return ((double)topic.Bytes * (topic.Rows - first) / topic.Rows / seconds, allocated, collections);
    }
}
