using System.Text;
using DriftStream.Cells;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Plans;

/// <summary>The topics <c>plan</c> and <c>baselines</c>: every plan that ever ran, and the references that its counts are held against.</summary>
internal sealed class PlanLog(KafkaSettings kafka, TopicNames topics, ILogger logger)
{
    /// <summary>The most bytes of a baseline in one record: below a broker's default limit of 1 MB.</summary>
    private const int ChunkBytes = 512 * 1024;

    /// <summary>All plans, oldest first, with the offset after the last one.</summary>
    public List<(long Epoch, PlanRecord Record)> Read(out long next, out KafkaFailure? failure)
    {
        next = 0;
        var plans = new List<(long, PlanRecord)>();
        using LogTail tail = LogTail.Partition(kafka, topics.Plan, 0, null, logger);
        while (tail.TryRead(out LogRecord record))
        {
            if (PlanRecord.Read(record.Value) is { } plan) plans.Add((record.Offset, plan));
        }

        failure = tail.Failure;
        next = tail.Ends.GetValueOrDefault(0);
        return plans;
    }

    /// <summary>Goes on reading from an offset, without end.</summary>
    public LogTail Follow(long next) => LogTail.Partition(kafka, topics.Plan, 0, next, logger, follow: true);

    /// <summary>Adds the baselines of the topic, by the hash of their content, as files.</summary>
    public KafkaFailure? ReadBaselines(Dictionary<string, byte[]> files)
    {
        var chunks = new Dictionary<string, byte[]?[]>(StringComparer.Ordinal);
        using LogTail tail = LogTail.Partition(kafka, topics.Baselines, 0, null, logger);
        while (tail.TryRead(out LogRecord record))
        {
            if (record.Key is null || record.Value is null || Encoding.UTF8.GetString(record.Key).Split('/') is not [var hash, var at, var of]) continue;
            if (!int.TryParse(at, out int index) || !int.TryParse(of, out int count) || index < 0 || index >= count || files.ContainsKey(hash)) continue;
            if (!chunks.TryGetValue(hash, out byte[]?[]? parts) || parts.Length != count) chunks[hash] = parts = new byte[]?[count];
            parts[index] = record.Value;
            if (!parts.Contains(null)) files[hash] = [.. parts.SelectMany(p => p!)];
        }

        return tail.Failure;
    }

    /// <summary>Writes the baselines that are not there yet, and then the plan, so that whoever reads the plan finds them.</summary>
    /// <param name="plan">What is to run.</param>
    /// <param name="record">The same plan as a record.</param>
    /// <param name="known">Hashes of the baselines in the topic.</param>
    public KafkaFailure? Publish(DriftPlan plan, PlanRecord record, ICollection<string> known, CancellationToken cancel)
    {
        using var producer = new AckedProducer(kafka, logger);
        foreach (Baseline part in plan.Models.SelectMany(PlanDocument.PartsOf).DistinctBy(b => b.Hash).Where(b => !known.Contains(b.Hash)))
        {
            byte[][] chunks = [.. BaselineFile.Write(part).Chunk(ChunkBytes)];
            for (int i = 0; i < chunks.Length; i++)
            {
                byte[] key = Encoding.UTF8.GetBytes($"{part.Hash}/{i}/{chunks.Length}");
                if (producer.Send(new OutgoingRecord(topics.Baselines, 0, key, chunks[i]), cancel) is { } unsent) return unsent;
            }
        }

        if (producer.Barrier(cancel) is { } failure) return failure;
        return producer.Send(new OutgoingRecord(topics.Plan, 0, null, record.Write()), cancel) ?? producer.Barrier(cancel);
    }
}
