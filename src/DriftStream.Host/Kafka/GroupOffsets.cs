using Confluent.Kafka;

namespace DriftStream.Host.Kafka;

/// <summary>What a member of a group has done with, said to the group.</summary>
/// <remarks>
/// The client commits it in the background, and once more when a partition or the consumer is given up. A call of Commit waits for the
/// broker instead, in an outage for minutes: counting, judging and stopping would wait with it.
/// </remarks>
internal static class GroupOffsets
{
    /// <summary>The next offset of each partition, to be committed soon. One that the group has given to another member is that member's to say.</summary>
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
