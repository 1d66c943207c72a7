using DriftStream.Frames;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.References;

/// <summary>The rows of some messages of a topic, spread over all that it holds: as many as are needed to see what it carries.</summary>
/// <param name="Rows">Rows of one schema, that of the first readable message.</param>
/// <param name="Format">How the messages that were read are written.</param>
/// <param name="Messages">How many messages were read.</param>
/// <param name="PassedOver">How many messages could not be read, or had another schema or format.</param>
/// <param name="First">Why the first of these was passed over, or null.</param>
internal sealed record TopicRows(DataFile Rows, MessageFormat Format, int Messages, int PassedOver, string? First)
{
    /// <summary>What was looked at, for people.</summary>
    public string Seen { get; private init; } = "";

    /// <summary>The share of the topic's messages that were read, 0 to 1.</summary>
    public double Share { get; private init; } = 1;

    // A small topic is read as a whole; of a large one so many messages are enough to see what it carries.
    private const int MostMessages = 2000, MostOfSmall = 200_000;
    private const long MostBytes = 32 << 20;

    /// <summary>Null with a failure, or without one where the topic has no message that can be read.</summary>
    public static TopicRows? Read(KafkaSettings kafka, string topic, ILogger logger, out KafkaFailure? failure, CancellationToken cancel)
    {
        var sample = new TopicMessages(topic);
        (int records, long bytes, long oldest, long newest) = (0, 0, long.MaxValue, long.MinValue);
        LogSample? log = LogSample.Read(kafka, topic, MostMessages, MostBytes, logger, Take, out failure, cancel);
        if (log is { Held: <= MostOfSmall } && log.Held > records && records > 0 && (double)bytes / records * log.Held <= MostBytes)
        {
            sample = new TopicMessages(topic);
            (records, bytes) = (0, 0);
            log = LogSample.Read(kafka, topic, MostOfSmall, MostBytes, logger, Take, out failure, cancel);
        }

        if (log is null || sample.Rows(WantedColumns.All) is not { } rows) return null;
        string times = records == 0 ? "" : $", sent from {EventTime.Format(oldest)} to {EventTime.Format(newest)}";
        return rows with
        {
            Share = Math.Clamp((double)records / Math.Max(1, log.Held), 1e-9, 1),
            Seen = FormattableString.Invariant(
                $"{records:N0} of {log.Held:N0} messages, spread over all offsets of {log.Partitions} partitions{times}"),
        };

        void Take(LogRecord record)
        {
            (records, bytes) = (records + 1, bytes + (record.Value?.Length ?? 0));
            (oldest, newest) = (Math.Min(oldest, record.Timestamp), Math.Max(newest, record.Timestamp));
            if (record.Value is { } value) sample.Add(value, $"{topic}:{record.Partition}:{record.Offset}");
        }
    }
}
