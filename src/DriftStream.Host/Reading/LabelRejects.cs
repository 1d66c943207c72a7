using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Reading;

/// <summary>What was rejected of a topic that brings labels, before a joiner could see it: as far back as the topic <c>rejects</c> goes.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Rows">Rows rejected, by reason; of a topic of several models those of all where a record names none.</param>
/// <param name="Messages">Messages that could not be read, so that nobody knows their rows.</param>
internal sealed record LabelRejects(string Topic, ImmutableSortedDictionary<string, long> Rows, long Messages)
{
    /// <summary>Of every model's label topics, those that have any.</summary>
    /// <param name="failure">Why <c>rejects</c> cannot be read, or null.</param>
    public static ILookup<string, LabelRejects> Read(DriftPlan plan, ILogger logger, out KafkaFailure? failure)
    {
        string topic = new TopicNames(plan.Topics.Prefix).Rejects;
        var records = new List<byte[]>();
        using LogTail? tail = LogTail.Topic(plan.Kafka, topic, follow: false, logger, out failure);
        while (tail is not null && tail.TryRead(out LogRecord record))
        {
            if (record.Value is not null) records.Add(record.Value);
        }

        failure ??= tail?.Failure;
        return Of(plan, records);
    }

    internal static ILookup<string, LabelRejects> Of(DriftPlan plan, IEnumerable<byte[]> records)
    {
        // What is counted again after a restart is rejected again, under the same id.
        RejectRecord[] rejects = [.. records.Select(Parse).OfType<RejectRecord>().DistinctBy(r => r.Id)];
        return plan.Models.Where(m => m.Labels is not null).SelectMany(m => m.Labels!.Topics, (m, topic) => (m.Id, Topic: topic))
            .Select(of => (of.Id, Rejects: Sum(of.Topic, rejects.Where(r => r.Topic == of.Topic && (r.Model is null || r.Model == of.Id)))))
            .Where(of => of.Rejects is not null).ToLookup(of => of.Id, of => of.Rejects!, StringComparer.Ordinal);
    }

    private static LabelRejects? Sum(string topic, IEnumerable<RejectRecord> of)
    {
        RejectRecord[] all = [.. of];
        return all.Length == 0 ? null : new LabelRejects(
            topic,
            all.Where(r => r.Rows is not null).GroupBy(r => r.Reason)
                .ToImmutableSortedDictionary(g => g.Key, g => g.Sum(r => r.Rows!.Value.Value), StringComparer.Ordinal),
            all.Where(r => r.Rows is null).Sum(r => r.Messages ?? 1));
    }

    private static RejectRecord? Parse(byte[] value)
    {
        try
        {
            return JsonSerializer.Deserialize(value, WorkerJson.Default.RejectRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
