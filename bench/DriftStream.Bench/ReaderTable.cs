using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Host.Machine;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Bench;

/// <summary>
/// <c>reader [FILE]</c>: what a message costs before and while it is counted, on one thread, without Kafka: the walk over a batch's
/// header beside Apache.Arrow's, and the counting at several numbers of edges.
/// </summary>
internal static class ReaderTable
{
    private const int Rounds = 7;

    private static readonly int[] Edges = [15, 255, 1023];

    public static int Run(string[] args)
    {
        var text = new StringBuilder();
        text.AppendLine("# Messages: read and counted, one thread").AppendLine();
        text.AppendLine($"{KernelsData.Cpu}; .NET {Environment.Version}; float32 columns and an event time, uncompressed;");
        text.AppendLine($"medians of {Rounds} rounds.").AppendLine();
        text.Append("| columns | message | rows | read us | read B | Apache.Arrow us | Apache.Arrow B | x |");
        foreach (int edges in Edges) text.Append($" count E={edges} us |");
        text.AppendLine().Append("|---|---|---|---|---|---|---|---|");
        foreach (int _ in Edges) text.Append("---|");
        text.AppendLine();
        foreach (int columns in (int[])[10, 100, 1000])
        {
            foreach (int size in (int[])[16 << 10, 256 << 10, 1 << 20])
            {
                var topic = new EndToEndTopic("", columns, size, "none");
                string row = Row(topic);
                Console.Error.WriteLine(row);
                text.AppendLine(row);
            }
        }

        text.AppendLine().AppendLine("JSON: an array of objects, each with a time in ISO 8601 and that many numbers.").AppendLine();
        text.AppendLine("| columns | bytes | rows | read us | read B | MB/s | JsonDocument.Parse us |").AppendLine("|---|---|---|---|---|---|---|");
        foreach (int columns in (int[])[10, 100])
        {
            foreach (int rows in (int[])[1, 100]) text.AppendLine(JsonRow(columns, rows));
        }

        Console.Write(text);
        if (args.Length > 0) File.WriteAllText(args[0], text.ToString());
        return 0;
    }

    private static string Row(EndToEndTopic topic)
    {
        byte[] message = topic.Message(0);
        using var reader = new ArrowMessageReader(new InputLimits());
        (double ours, long bytes) = Measure(() =>
        {
            if (reader.Read(message) is { } reject) throw new InvalidOperationException(reject.Detail);
        });
        (double theirs, long theirBytes) = Measure(() => ReadWithApacheArrow(message));
        var row = new StringBuilder();
        row.Append(CultureInfo.InvariantCulture, $"| {topic.Columns} | {topic.MessageBytes / 1024} KiB | {topic.RowsPerMessage} | {ours:0.0} | {bytes} ");
        row.Append(CultureInfo.InvariantCulture, $"| {theirs:0.0} | {theirBytes} | {theirs / ours:0} |");
        foreach (int edges in Edges) row.Append(CultureInfo.InvariantCulture, $" {Counting(topic, message, edges):0.0} |");
        return row.ToString();
    }

    private static string JsonRow(int columns, int rows)
    {
        var random = new Random(7);
        string[] names = [.. Enumerable.Range(0, columns).Select(c => $"feature_{c:000}")];
        byte[] message = JsonSerializer.SerializeToUtf8Bytes(Enumerable.Range(0, rows).Select(_ =>
        {
            var row = names.ToDictionary(name => name, object (_) => Math.Round(random.NextDouble() * 1e4) / 1e3);
            row["event_time"] = "2026-01-01T00:00:00.123Z";
            return row;
        }));
        var time = new JsonColumn("event_time", JsonKind.Time, JsonPath.Field("event_time"));
        var reader = new JsonMessageReader(new InputLimits(),
            [time, .. names.Select(name => new JsonColumn(name, JsonKind.Number, JsonPath.Field(name)))]);
        (double micros, long bytes) = Measure(() =>
        {
            if (reader.Read(message) is { } reject) throw new InvalidOperationException(reject.Detail);
        });
        double theirs = Measure(() => JsonDocument.Parse(message).Dispose()).Micros;
        return string.Create(CultureInfo.InvariantCulture,
            $"| {columns} | {message.Length} | {rows} | {micros:0.0} | {bytes} | {message.Length / micros:0} | {theirs:0.0} |");
    }

    private static void ReadWithApacheArrow(byte[] message)
    {
        using var reader = new ArrowStreamReader(message.AsMemory());
        while (reader.ReadNextRecordBatch() is { } batch)
        {
            using RecordBatch _ = batch;
            GC.KeepAlive(batch.Column(batch.ColumnCount - 1));
        }
    }

    private static double Counting(EndToEndTopic topic, byte[] message, int edges)
    {
        DriftPlan plan = EndToEndRun.Plan(topic, edges, 1);
        using var lane = new CountingLane(plan.Counting, plan.Limits);
        var counter = new PartitionCounter(plan.Counting, new SourcePartition(topic.Name, 0), new(0), EventTime.None);
        long now = EventTime.From(new DateTime(2026, 2, 1, 0, 0, 0, DateTimeKind.Utc)), offset = 0;
        return Measure(() => counter.Add(new SourceRecord(new SourceOffset(offset++), new EventTime(now), message, false, [], message.Length), lane)).Micros;
    }

    private static (double Micros, long Bytes) Measure(Action action)
    {
        for (int i = 0; i < 20; i++) action();
        long began = Stopwatch.GetTimestamp();
        action();
        int times = (int)Math.Clamp(0.1 / Stopwatch.GetElapsedTime(began).TotalSeconds, 10, 100_000);
        var micros = new List<double>();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < Rounds; round++)
        {
            began = Stopwatch.GetTimestamp();
            for (int i = 0; i < times; i++) action();
            micros.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds / times);
        }

        return (micros.Order().ElementAt(Rounds / 2), (GC.GetAllocatedBytesForCurrentThread() - allocated) / (times * Rounds));
    }
}
