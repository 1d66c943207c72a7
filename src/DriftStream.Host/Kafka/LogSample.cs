using System.Numerics;
using Confluent.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Kafka;

/// <summary>Records of a topic, spread evenly over all offsets that it holds: in short runs, the first of which lie far apart.</summary>
/// <param name="Held">How many offsets the topic holds, with transaction markers and gaps.</param>
/// <param name="Partitions">How many partitions the topic has.</param>
internal sealed record LogSample(long Held, int Partitions)
{
    private const int Places = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A run of offsets of one partition.</summary>
    private sealed record Run(int Partition, long Start, long Records, int Turn);

    /// <param name="most">The most records; all of the topic, where it has no more.</param>
    /// <param name="bytes">Roughly the most bytes of their values.</param>
    /// <param name="take">Called with each record.</param>
    /// <returns>Null with a failure.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static LogSample? Read(
        KafkaSettings kafka, string topic, int most, long bytes, ILogger logger, Action<LogRecord> take, out KafkaFailure? failure, CancellationToken cancel)
    {
        int partitions = Kafka.Partitions.Of(kafka, topic, Patience, logger, out failure);
        if (failure is not null) return null;
        using IConsumer<byte[]?, byte[]?> consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Reader(kafka)).LogTo(logger).Build();
        try
        {
            WatermarkOffsets[] marks =
                [.. Enumerable.Range(0, partitions).Select(p => consumer.QueryWatermarkOffsets(new TopicPartition(topic, p), Patience))];
            long held = marks.Sum(m => m.High.Value - m.Low.Value);
            List<Run> runs = Runs(marks, held, most);
            foreach (Run run in runs) ReadRun(consumer, topic, run, bytes / runs.Count, take, cancel);
            return new LogSample(held, partitions);
        }
        catch (KafkaException e)
        {
            failure = KafkaFailure.From(e.Error, topic);
            return null;
        }
        finally
        {
            consumer.Close();
        }
    }

    // Whoever looks only at the first runs has still looked at the whole retention.
    private static List<Run> Runs(WatermarkOffsets[] marks, long held, int most)
    {
        var runs = new List<Run>();
        for (int p = 0; p < marks.Length; p++)
        {
            (long low, long here) = (marks[p].Low.Value, marks[p].High.Value - marks[p].Low.Value);
            if (here == 0) continue;
            long length = held <= most ? here : Math.Min(here, Math.Max(1, most / Places));
            long count = held <= most ? 1 : Math.Max(1, Places * here / held);
            for (int i = 0; i < count; i++)
                runs.Add(new Run(p, low + (count == 1 ? 0 : (here - length) * i / (count - 1)), length, Turn(i)));
        }

        return [.. runs.OrderBy(r => r.Turn).ThenBy(r => r.Partition)];
    }

    // The number with its bits in reverse order: 0, 128, 64, 192, 32 ...
    private static int Turn(int number)
    {
        int turn = 0;
        for (int bit = 0; bit < BitOperations.Log2(256); bit++) turn = (turn << 1) | ((number >> bit) & 1);
        return turn;
    }

    private static void ReadRun(
        IConsumer<byte[]?, byte[]?> consumer, string topic, Run run, long bytes, Action<LogRecord> take, CancellationToken cancel)
    {
        consumer.Assign(new TopicPartitionOffset(topic, run.Partition, run.Start));
        for (long read = 0; read < run.Records && bytes > 0; read++)
        {
            cancel.ThrowIfCancellationRequested();
            ConsumeResult<byte[]?, byte[]?>? result = consumer.Consume(Patience)
                ?? throw new KafkaException(new Error(ErrorCode.Local_TimedOut, $"no record of partition {run.Partition} came"));
            if (result.IsPartitionEOF) return;
            bytes -= result.Message.Value?.Length ?? 0;
            take(LogRecord.Of(result));
        }
    }
}
