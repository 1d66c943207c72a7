using System.Text;
using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// How far each webhook has read its owner's topic, in the topic <c>positions</c>: two webhooks of one owner share a topic, and none waits for the other.
/// </summary>
internal static class WebhookPositions
{
    private const string Prefix = "webhook/";

    /// <summary>Whether a record of <c>positions</c> is of a webhook: the key of a source partition has one slash, and this two.</summary>
    public static bool IsOne(ReadOnlySpan<byte> key) => key.StartsWith("webhook/"u8) && key[Prefix.Length..].Contains((byte)'/');

    public static OutgoingRecord Record(TopicNames topics, string owner, string webhook, long next) => new(
        topics.Positions, null, Encoding.UTF8.GetBytes($"{Prefix}{owner}/{webhook}"), Encoding.UTF8.GetBytes($$"""{"next":{{next}}}"""));

    /// <summary>
    /// The first offset that each webhook is not done with, by owner and name: what was written last, for a topic that is made again begins anew.
    /// </summary>
    public static Dictionary<(string Owner, string Webhook), long> Read(KafkaSettings kafka, TopicNames topics, ILogger logger, out KafkaFailure? failure)
    {
        var positions = new Dictionary<(string, string), long>();
        using LogTail? tail = LogTail.Topic(kafka, topics.Positions, follow: false, logger, out failure);
        if (tail is null) return positions;
        while (tail.TryRead(out LogRecord record))
        {
            if (record.Key is null || !IsOne(record.Key)) continue;
            string[] key = Encoding.UTF8.GetString(record.Key).Split('/');
            if (record.Value is null) positions.Remove((key[1], key[2]));
            else if (Next(record.Value) is { } next) positions[(key[1], key[2])] = next;
            else logger.CountsUnreadable(topics.Positions, record.Partition, record.Offset, record.Value.Length);
        }

        failure = tail.Failure;
        return positions;
    }

    private static long? Next(byte[] value)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(value);
            return json.RootElement.GetProperty("next").GetInt64();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }
}
