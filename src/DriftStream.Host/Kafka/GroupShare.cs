using System.Buffers.Binary;
using System.Text;
using Confluent.Kafka;

namespace DriftStream.Host.Kafka;

/// <summary>Which partitions the members of a consumer group have, as its coordinator knows it.</summary>
internal static class GroupShare
{
    private const string Settled = "Stable";

    /// <summary>Asks the coordinator.</summary>
    /// <returns>Null where the group is being rebalanced, or nobody answers.</returns>
    public static HashSet<TopicPartition>? Of(IAdminClient admin, string group, TimeSpan patience)
    {
        try
        {
            GroupInfo? found = admin.ListGroup(group, patience);
            if (found is null || found.Error.IsError || found.State != Settled) return null;
            var share = new HashSet<TopicPartition>();
            return found.Members.All(m => Read(m.MemberAssignment, share)) ? share : null;
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    /// <summary>
    /// Adds the partitions of one member, read from the consumer protocol's assignment: big-endian, a version, an array of topics with their partitions,
    /// and data of the assignor's own (ConsumerProtocolAssignment.json of Apache Kafka).
    /// </summary>
    /// <returns>False where it cannot be read.</returns>
    internal static bool Read(ReadOnlySpan<byte> assignment, HashSet<TopicPartition> share)
    {
        if (assignment.IsEmpty) return true; // of a member that has been given nothing yet
        if (!Take(ref assignment, 2, out _) || !TakeInt32(ref assignment, out int topics)) return false;
        for (int t = 0; t < topics; t++)
        {
            if (!Take(ref assignment, 2, out ReadOnlySpan<byte> length)) return false;
            if (!Take(ref assignment, BinaryPrimitives.ReadInt16BigEndian(length), out ReadOnlySpan<byte> name)) return false;
            if (!TakeInt32(ref assignment, out int partitions)) return false;
            string topic = Encoding.UTF8.GetString(name);
            for (int p = 0; p < partitions; p++)
            {
                if (!TakeInt32(ref assignment, out int partition)) return false;
                share.Add(new TopicPartition(topic, partition));
            }
        }

        return true;
    }

    private static bool TakeInt32(ref ReadOnlySpan<byte> left, out int value)
    {
        value = Take(ref left, 4, out ReadOnlySpan<byte> taken) ? BinaryPrimitives.ReadInt32BigEndian(taken) : -1;
        return value >= 0;
    }

    private static bool Take(ref ReadOnlySpan<byte> left, int bytes, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (bytes < 0 || bytes > left.Length) return false;
        taken = left[..bytes];
        left = left[bytes..];
        return true;
    }
}
