using System.Diagnostics;
using DriftStream.Frames;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Files;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Bench;

/// <summary><c>counter [rows per message]</c>: how fast one thread counts messages that are in memory, without Kafka.</summary>
internal static class CounterTable
{
    public static int Run(string[] args)
    {
        int rowsPerMessage = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 400;
        string folder = Path.Combine(AppContext.BaseDirectory, "samples", "employment");
        DriftPlan plan = PlanFile.Load(Path.Combine(folder, "driftstream.yaml"), Console.Error)!;
        DemoStream stream = DemoScript.Read(folder).Streams[0];
        var messages = new ArrowMessages([.. DataFile.Open(Path.Combine(folder, stream.File)).Batches]);
        var payloads = new List<byte[]>();
        for (long row = 0; row < messages.Rows; row += rowsPerMessage)
            payloads.Add(messages.Write(row, Math.Min(messages.Rows, row + rowsPerMessage)));
        using var lane = new CountingLane(plan.Counting, plan.Limits);
        long record = EventTime.From(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        int signals = plan.Counting.Sources[stream.Topic].Models[0].Signals.Length;
        for (int round = 0; round < 8; round++)
        {
            var counter = new PartitionCounter(plan.Counting, new SourcePartition(stream.Topic, 0), new(0), EventTime.None);
            long began = Stopwatch.GetTimestamp(), offset = 0;
            foreach (byte[] payload in payloads)
            {
                counter.Add(new SourceRecord(new SourceOffset(offset++), new EventTime(record), payload, false, [], payload.Length), lane);
                if (counter.IsFull) counter.Finish(new SourceOffset(offset), new EventTime(record), 1);
            }

            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            Console.WriteLine($"{messages.Rows / seconds:N0} rows/s, {signals * messages.Rows / seconds:N0} values/s, {rowsPerMessage} rows a message");
        }

        return 0;
    }
}
