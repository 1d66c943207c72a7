using Confluent.Kafka;
using DriftStream.Host.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Kafka;

public sealed class EmbeddedBrokerTests
{
    [Fact]
    public void CreateTopic_HasSoManyPartitions_AndIsRefusedTwice()
    {
        using var broker = new EmbeddedBroker();
        broker.CreateTopic("t", 6);

        Assert.Equal(6, Partitions.Of(broker.Settings, "t", TimeSpan.FromSeconds(5), NullLogger.Instance, out var failure));

        Assert.Null(failure);
        Assert.Throws<InvalidOperationException>(() => broker.CreateTopic("t", 6));
    }

    [Fact]
    public void Dispose_Twice_AndUseAfter()
    {
        var broker = new EmbeddedBroker(2);
        Assert.Equal(2, broker.Bootstrap.Split(',').Length);
        broker.Dispose();
        broker.Dispose();
        Assert.Throws<ObjectDisposedException>(() => broker.CreateTopic("t", 1));
    }

    [Fact]
    public void Group_FirstAssignment_TakesLessThanASecond()
    {
        using var broker = new EmbeddedBroker();
        broker.CreateTopic("t", 2);
        var assigned = new TaskCompletionSource<int>();
        using var consumer = new ConsumerBuilder<Null, Null>(ClientSettings.Consumer(broker.Settings, "g"))
            .LogTo(NullLogger.Instance)
            .SetPartitionsAssignedHandler((_, partitions) =>
            {
                assigned.TrySetResult(partitions.Count);
                return partitions.Select(p => new TopicPartitionOffset(p, Offset.Beginning));
            })
            .Build();
        consumer.Subscribe("t");
        var started = DateTime.UtcNow;
        while (!assigned.Task.IsCompleted && DateTime.UtcNow - started < TimeSpan.FromSeconds(10))
            consumer.Consume(50);
        var taken = DateTime.UtcNow - started;
        consumer.Close();

        Assert.True(assigned.Task.IsCompleted);
        Assert.True(taken < TimeSpan.FromSeconds(2.5), taken.ToString()); // 3 s and more with the broker's own delay
    }
}
