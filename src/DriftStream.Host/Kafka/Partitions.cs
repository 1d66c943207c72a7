using Confluent.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Kafka;

/// <summary>How many partitions a topic has, and which offsets they hold.</summary>
public static class Partitions
{
    /// <summary>Asks the broker; creates nothing.</summary>
    /// <returns>The count, or 0 with a failure.</returns>
    public static int Of(KafkaSettings kafka, string topic, TimeSpan patience, ILogger logger, out KafkaFailure? failure)
    {
        var words = new BrokerWords();
        using var admin = new AdminClientBuilder(ClientSettings.Admin(kafka)).LogTo(logger, words).Build();
        return Of(admin, topic, patience, words, out failure);
    }

    /// <summary>The oldest offset of a partition that exists, and the one after its newest.</summary>
    internal static (long Low, long High) Offsets(
        KafkaSettings kafka, string topic, int partition, TimeSpan patience, ILogger logger, out KafkaFailure? failure)
    {
        var words = new BrokerWords();
        using IConsumer<Ignore, Ignore> consumer = new ConsumerBuilder<Ignore, Ignore>(ClientSettings.Reader(kafka)).LogTo(logger, words).Build();
        try
        {
            WatermarkOffsets marks = words.Ask(patience, wait => consumer.QueryWatermarkOffsets(new TopicPartition(topic, partition), wait));
            failure = null;
            return (marks.Low.Value, marks.High.Value);
        }
        catch (KafkaException e)
        {
            failure = words.Failure(e.Error, $"{topic}[{partition}]");
            return default;
        }
        finally
        {
            consumer.Close();
        }
    }

    /// <summary>The count, asked through a client that already exists.</summary>
    internal static int Of(IAdminClient admin, string topic, TimeSpan patience, BrokerWords words, out KafkaFailure? failure)
    {
        try
        {
            var found = words.Ask(patience, wait => admin.GetMetadata(topic, wait)).Topics[0];
            failure = found.Error.IsError ? KafkaFailure.From(found.Error, topic) : null;
            return failure is null ? found.Partitions.Count : 0;
        }
        catch (KafkaException e)
        {
            failure = words.Failure(e.Error, topic);
            return 0;
        }
    }
}
