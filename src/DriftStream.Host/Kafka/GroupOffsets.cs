using Confluent.Kafka;

namespace DriftStream.Host.Kafka;

/// <summary>Tells the group what a member has done with.</summary>
/// <remarks>
/// The client commits it in the background, and again when a partition or the consumer is given up. A call of Commit would wait for the
/// broker, in an outage for minutes: counting, judging and stopping would wait with it.
/// </remarks>
internal static class GroupOffsets
{
    /// <summary>The next offset of each partition, to be committed soon. Partitions that the group has given to another member are left out.</summary>
    public static void Keep<TKey, TValue>(this IConsumer<TKey, TValue> consumer, IEnumerable<TopicPartitionOffset> next)
    {
        foreach (TopicPartitionOffset partition in next)
        {
            try
            {
                consumer.StoreOffset(partition);
            }
            catch (KafkaException e) when (e.Error.Code is ErrorCode.Local_State or ErrorCode.Local_UnknownPartition)
            {
            }
        }
    }
}
