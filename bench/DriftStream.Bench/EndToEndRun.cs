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
internal sealed record EndToEndRun(EndToEndTopic Topic, int Edges, int Threads, Reading Empty, Reading Counter)
{
    public double Ratio => Counter.Speed / Empty.Speed;

    private double ValuesPerSecond => Counter.Speed / Topic.Bytes * Topic.Rows * Topic.Columns;

    public object Json => new
    {
        columns = Topic.Columns,
        message_bytes = Topic.MessageBytes,
        rows_per_message = Topic.RowsPerMessage,
        edges = Edges,
        codec = Topic.Codec,
        values = Topic.Constant ? "constant" : "normal",
        threads = Threads,
        empty_mb_per_s = Empty.Speed / 1e6,
        counter_mb_per_s = Counter.Speed / 1e6,
        ratio = Ratio,
        empty_cpu_ms_per_gb = Empty.CpuMsPerGb,
        counter_cpu_ms_per_gb = Counter.CpuMsPerGb,
        values_per_s = ValuesPerSecond,
        seconds = Counter.Seconds,
        allocated_bytes_per_message = Counter.Allocated,
        gen0 = Counter.Collections[0],
        gen1 = Counter.Collections[1],
        gen2 = Counter.Collections[2],
    };

    public string Row => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"| {Topic.Columns} | {Topic.MessageBytes / 1024} KiB | {Topic.Codec}{(Topic.Constant ? ", constant" : "")} "
        + $"| {Edges} | {Empty.Speed / 1e6:N0} | {Counter.Speed / 1e6:N0} "
        + $"| {Ratio:0.00} | {Empty.CpuMsPerGb:N0} | {Counter.CpuMsPerGb:N0} | {ValuesPerSecond / 1e6:N0} | {Counter.Allocated} "
        + $"| {Counter.Collections[0]}/{Counter.Collections[1]}/{Counter.Collections[2]} in {Counter.Seconds:0.0} s |");

    public static string Table(IEnumerable<EndToEndRun> runs, int megabytes, int rounds)
    {
        var text = new StringBuilder();
        text.AppendLine("# From Kafka to counts").AppendLine();
        text.AppendLine($"{KernelsData.Cpu}, {Environment.ProcessorCount} cores for broker and counter together; .NET {Environment.Version};");
        text.AppendLine($"Apache Kafka on the same machine, {EndToEndTopic.Partitions} partitions, {megabytes:N0} MB of float32 columns a topic,");
        text.AppendLine($"medians of {rounds} rounds in which a consumer that does nothing (same settings) and the counter read the topic");
        text.AppendLine("in turns, measured from the first eighth of the topic on. Codec: of the Kafka batches.");
        text.AppendLine("CPU: milliseconds a GB of the reading process, kernel and client library included; the broker takes the rest of the cores.");
        text.AppendLine("Allocated: managed bytes a message; gen: collections of generation 0/1/2 in one reading by the counter.");
        text.AppendLine($"Environment: {Variable("MALLOC_ARENA_MAX")}, {Variable("DOTNET_GCgen0size")} (the image sets 1 and 0x2000000).").AppendLine();
        text.AppendLine("| columns | message | codec | edges | empty MB/s | counter MB/s | ratio | empty CPU | counter CPU | M values/s | allocated | gen |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (EndToEndRun run in runs) text.AppendLine(run.Row);
        return text.ToString();
    }

    public static EndToEndRun Measure(EndToEndTopic topic, int edges, int rounds, int? threads, string client)
    {
        var empty = new List<Reading>();
        var counter = new List<Reading>();
        DriftPlan plan = Plan(topic, edges, threads, client);
        for (int round = 0; round < rounds; round++)
        {
            empty.Add(ReadOnly(topic, plan));
            counter.Add(Count(topic, plan with { Topics = plan.Topics with { Prefix = $"bench.{Guid.NewGuid():N}." } }));
        }

        return new EndToEndRun(topic, edges, CountingThreads.LanesOf(plan), Median(empty), Median(counter));
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

    private static Reading Median(List<Reading> readings) => readings.OrderBy(r => r.Speed).ElementAt(readings.Count / 2);

    private static string Variable(string name) => $"{name} {Environment.GetEnvironmentVariable(name) ?? "not set"}";

    private static DriftPlan Plan(EndToEndTopic topic, int edges, int? threads, string client, string folder)
    {
        string path = Path.Combine(folder, "driftstream.yaml");
        File.WriteAllText(path, $$"""
            kafka: { bootstrap: "{{(topic.Bootstrap.Length > 0 ? topic.Bootstrap : "localhost:9092")}}", client: { {{client}} } }
            web: { listen: none }
            engine: { counts_partitions: 3, threads: {{threads?.ToString() ?? "auto"}} }
            owners: [{ id: bench, name: Bench, contact: bench@example.org }]
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

    // From the first eighth of the topic on: how long a consumer takes to find its speed is not the question.
    private static Reading ReadOnly(EndToEndTopic topic, DriftPlan plan)
    {
        using var pool = new PayloadPool(plan.Limits.MessageBytes);
        ConsumerConfig config = ClientSettings.Consumer(plan.Kafka, "bench-empty");
        config.ConsumeResultFields = "timestamp,topic";
        using IConsumer<Ignore, Payload?> consumer = new ConsumerBuilder<Ignore, Payload?>(config).SetValueDeserializer(pool).Build();
        consumer.Assign(Enumerable.Range(0, EndToEndTopic.Partitions).Select(p => new TopicPartitionOffset(topic.Name, p, Offset.Beginning)));
        Reading.Start start = default;
        long read = 0, warm = topic.Messages / 8;
        while (read < topic.Messages)
        {
            ConsumeResult<Ignore, Payload?>? result = consumer.Consume(TimeSpan.FromSeconds(1));
            if (result is null || result.IsPartitionEOF) continue;
            result.Message.Value?.Dispose();
            if (++read == warm) start = Reading.Begin();
        }

        Reading reading = start.End(topic.Messages - warm, topic.Bytes / topic.Messages);
        consumer.Close();
        return reading;
    }

    private static Reading Count(EndToEndTopic topic, DriftPlan plan)
    {
        TopicCheck.Run(plan, apply: true, NullLogger.Instance, out KafkaFailure? failure);
        if (failure is not null) throw new InvalidOperationException(failure.Detail);
        var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var worker = new Host.Worker.Worker(plan, WorkerRole.Counter, status, TimeProvider.System, NullLogger.Instance);
        Task running = Task.Run(() => worker.Run(stop.Token));
        while (status.Metrics.RowsIn < topic.Rows / 8) Thread.Sleep(2);
        Reading.Start start = Reading.Begin();
        long first = status.Metrics.RowsIn;
        while (status.Metrics.RowsIn < topic.Rows) Thread.Sleep(2);
        Reading reading = start.End((topic.Rows - first) / topic.RowsPerMessage, topic.Bytes / topic.Messages);
        stop.Cancel();
        running.Wait();
        DeleteTopics(plan);
        return reading;
    }

    // Hundreds of workers' topics slow a broker down.
    private static void DeleteTopics(DriftPlan plan)
    {
        using IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(plan.Kafka)).Build();
        string[] own = [.. admin.GetMetadata(TimeSpan.FromSeconds(30)).Topics.Select(t => t.Topic)
            .Where(t => t.StartsWith(plan.Topics.Prefix, StringComparison.Ordinal))];
        admin.DeleteTopicsAsync(own).GetAwaiter().GetResult();
    }
}
