using Confluent.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Kafka;

/// <summary>How many partitions a topic has.</summary>
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

    /// <summary>The same through a client that is there already.</summary>
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
