using System.Diagnostics;
using System.Globalization;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Plan;

namespace DriftStream.Bench;

/// <summary>
/// <c>counting [columns] [message bytes] [edges]</c>: what one thread does with the messages of <c>end-to-end</c> without Kafka, which
/// lie in more memory than a cache holds. Copying is what the empty consumer does too.
/// </summary>
internal static class CountingAlone
{
    private const int Memory = 128 << 20, Rounds = 9;

    public static int Run(string[] args)
    {
        int columns = Number(args, 0, 100), bytes = Number(args, 1, 256 << 10), edges = Number(args, 2, 15);
        var topic = new EndToEndTopic("", columns, bytes, "none");
        byte[][] distinct = [.. Enumerable.Range(0, 16).Select(topic.Message)];
        byte[][] messages = [.. Enumerable.Range(0, Memory / distinct[0].Length).Select(i => (byte[])distinct[i % 16].Clone())];
        double size = (double)messages.Length * distinct[0].Length;
        DriftPlan plan = EndToEndRun.Plan(topic, edges, threads: 1);
        using var pool = new PayloadPool(plan.Limits.MessageBytes);
        using var lane = new CountingLane(plan.Counting, plan.Limits);
        var counter = new PartitionCounter(plan.Counting, new SourcePartition(topic.Name, 0), 0, EventTime.None);
        var copying = new List<double>();
        var counting = new List<double>();
        long offset = 0, now = EventTime.From(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        for (int round = 0; round < Rounds; round++)
        {
            long began = Stopwatch.GetTimestamp();
            foreach (byte[] message in messages) pool.Copy(message).Dispose();
            copying.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            began = Stopwatch.GetTimestamp();
            foreach (byte[] message in messages)
            {
                Payload payload = pool.Copy(message);
                counter.Add(new SourceRecord(offset++, now, payload.Memory, false, [], payload.Length), lane);
                payload.Dispose();
            }

            counting.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        double copy = copying.Order().ElementAt(Rounds / 2), both = counting.Order().ElementAt(Rounds / 2);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{columns} columns, {topic.RowsPerMessage} rows a message, {edges} edges: copy {copy / size * 1e12:0} ms/GB, "
            + $"count {(both - copy) / size * 1e12:0} ms/GB, {(both - copy) / messages.Length / columns * 1e9:0} ns a column"));
        return 0;
    }

    private static int Number(string[] args, int at, int otherwise) =>
        args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
}
