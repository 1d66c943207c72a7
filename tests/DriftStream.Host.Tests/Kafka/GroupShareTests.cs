using Confluent.Kafka;
using DriftStream.Host.Kafka;
using Xunit;

namespace DriftStream.Host.Tests.Kafka;

public sealed class GroupShareTests
{
    // Version 1, topic "ab" with partitions 0 and 258, topic "c" with none, no data.
    private static readonly byte[] Assignment =
        [0, 1, 0, 0, 0, 2, 0, 2, (byte)'a', (byte)'b', 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 2, 0, 1, (byte)'c', 0, 0, 0, 0, 255, 255, 255, 255];

    [Fact]
    public void Assignment_IsRead()
    {
        var share = new HashSet<TopicPartition>();
        Assert.True(GroupShare.Read(Assignment, share));
        Assert.Equal([new TopicPartition("ab", 0), new TopicPartition("ab", 258)], share);
        Assert.True(GroupShare.Read([], share));
    }

    [Fact]
    public void CutAssignment_IsNone()
    {
        for (int length = 1; length < Assignment.Length - 4; length++) Assert.False(GroupShare.Read(Assignment.AsSpan(0, length), []));
    }
}
