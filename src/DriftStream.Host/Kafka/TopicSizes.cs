using Confluent.Kafka;

namespace DriftStream.Host.Kafka;

/// <summary>
/// How many partitions topics have, asked again every half minute. A topic never has fewer than before, so the last answer serves while a
/// broker is too busy to answer.
/// </summary>
internal sealed class TopicSizes(Handle handle, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30), Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (int Partitions, long Asked)> _known = new(StringComparer.Ordinal);

    /// <exception cref="KafkaException">The broker has never answered, or knows no such topic.</exception>
    public int Of(string topic)
    {
        if (_known.TryGetValue(topic, out (int Partitions, long Asked) known) && time.GetElapsedTime(known.Asked) < Fresh) return known.Partitions;
        using IAdminClient admin = new DependentAdminClientBuilder(handle).Build();
        int partitions = known.Partitions;
        try
        {
            TopicMetadata found = admin.GetMetadata(topic, Patience).Topics[0];
            if (found.Error.IsError) throw new KafkaException(found.Error);
            partitions = found.Partitions.Count;
        }
        catch (KafkaException e) when (known.Partitions > 0 && KafkaFailure.KindOf(e.Error.Code) == KafkaErrorKind.Unreachable)
        {
            // It is asked again in half a minute.
        }

        _known[topic] = (partitions, time.GetTimestamp());
        return partitions;
    }
}
