using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using DriftStream.Frames;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Files;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Bench;

/// <summary>
/// <c>projection [rows per message]</c>: what it costs one counting thread that the labels of a model come later: each row is named, and told to the topic
/// <c>joins</c>. The same messages, in turns, by two configurations that differ in labels alone; without Kafka.
/// </summary>
internal static class ProjectionTable
{
    private const int Rounds = 9, Joins = 12;

    private static readonly string[] Names = ["without labels", "labels later, counted and named", "and written as projections"];

    public static int Run(string[] args)
    {
        int rowsPerMessage = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 400;
        string folder = Path.Combine(AppContext.BaseDirectory, "samples", "employment");
        DemoStream stream = DemoScript.Read(folder).Streams[0];
        DriftPlan[] plans = [Plan(folder, stream.Topic, later: false), Plan(folder, stream.Topic, later: true)];
        var messages = new ArrowMessages([.. DataFile.Open(Path.Combine(folder, stream.File)).Batches]);
        var payloads = new List<byte[]>();
        for (long row = 0; row < messages.Rows; row += rowsPerMessage) payloads.Add(messages.Write(row, Math.Min(messages.Rows, row + rowsPerMessage)));
        var seconds = new List<double>[] { [], [], [] };
        for (int round = 0; round < Rounds; round++)
        {
            for (int p = 0; p < plans.Length; p++)
            {
                (double counted, double written) = Round(plans[p], stream.Topic, payloads);
                // The first one warms up.
                if (round == 0) continue;
                seconds[p].Add(counted);
                if (p == 1) seconds[2].Add(counted + written);
            }
        }

        int signals = plans[0].Counting.Sources[stream.Topic].Models[0].Signals.Length;
        Console.WriteLine($"{messages.Rows:N0} rows of {signals} signals, {rowsPerMessage} rows a message");
        foreach ((string name, List<double> of) in Names.Zip(seconds))
        {
            of.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {Millions(of[of.Count / 2]):0.00} M rows/s | {Millions(of[^1]):0.00} to {Millions(of[0]):0.00} |"));
        }

        return 0;

        double Millions(double took) => messages.Rows / took / 1e6;
    }

    private static (double Counted, double Written) Round(DriftPlan plan, string topic, List<byte[]> payloads)
    {
        using var lane = new CountingLane(plan.Counting, plan.Limits);
        var counter = new PartitionCounter(
            plan.Counting, new SourcePartition(topic, 0), default, EventTime.None, joins: new Projecting(Joins, Duration.FromSeconds(5)));
        EventTime record = EventTime.From(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var output = new ArrayBufferWriter<byte>();
        double written = 0;
        long began = Stopwatch.GetTimestamp(), offset = 0;
        foreach (byte[] payload in payloads)
        {
            counter.Add(new SourceRecord(new SourceOffset(offset++), record, payload, false, [], payload.Length), lane);
            Flushed? flushed = counter.IsFull ? counter.Finish(new SourceOffset(offset), record, 1)
                : offset % 50 == 0 ? counter.Flush(record, 1, idle: false) : null;
            if (flushed is null) continue;
            long since = Stopwatch.GetTimestamp();
            foreach ((_, Projection projection) in flushed.Projections)
            {
                output.ResetWrittenCount();
                ProjectionCodec.Write(projection, output);
            }

            written += Stopwatch.GetElapsedTime(since).TotalSeconds;
            flushed.Release();
        }

        return (Stopwatch.GetElapsedTime(began).TotalSeconds - written, written);
    }

    private static DriftPlan Plan(string folder, string topic, bool later)
    {
        string path = Path.Combine(Path.GetTempPath(), $"driftstream-projection-{later}.yaml");
        File.WriteAllText(path, $$"""
            owners: [{ id: o, name: O, contact: o@example.org }]
            models:
              - id: employment
                owner: o
                sources:
                  - { topic: {{topic}}, format: arrow }
            {{(later ? "      - { topic: truth, format: arrow, provides: [label] }" : "")}}
                columns:
                  id: id
                  time: event_time
                  score: predicted_probability
                  decision: prediction
                  groups: [SEX, RAC1P]
                  features: { except: [employed] }
            {{(later ? "      label: employed" : "")}}
            {{(later ? "    labels: { within: 92d }" : "")}}
                baseline: { data: {{Path.Combine(folder, "reference-2015.parquet")}} }
                window: { size: 7d }
            """);
        return PlanFile.Load(path, Console.Error)!;
    }
}
