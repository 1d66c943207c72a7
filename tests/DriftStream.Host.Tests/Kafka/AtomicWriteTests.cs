using DriftStream.Host.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Kafka;

[Trait("needs", "kafka")]
public sealed class AtomicWriteTests(Brokers brokers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Brokers.Embedded)]
    [InlineData(Brokers.Real)]
    public void Write_AllIsThere(string broker)
    {
        string outputs = brokers.NewTopic(broker, 2), checkpoints = brokers.NewTopic(broker, 1);
        using var producer = new AckedProducer(brokers[broker], NullLogger.Instance, $"x-{outputs}");
        Assert.Null(producer.Open(Patience));

        for (byte i = 0; i < 3; i++)
            Assert.Null(producer.Write([new(outputs, 0, null, [i]), new(outputs, 1, null, [i])], new(checkpoints, 0, [0], [i]), Cancel));

        Assert.Equal([0, 1, 2], Values(broker, outputs, 0));
        Assert.Equal([0, 1, 2], Values(broker, outputs, 1));
        Assert.Equal([0, 1, 2], Values(broker, checkpoints, 0));
    }

    [Fact]
    public void Write_OneRecordFails_NothingIsSeen_AndTheEndIsReachedAtOnce()
    {
        string topic = brokers.NewTopic(Brokers.Real, 1);
        using (var producer = new AckedProducer(brokers[Brokers.Real], NullLogger.Instance, $"x-{topic}"))
        {
            Assert.Null(producer.Open(Patience));
            Assert.Null(producer.Write([], new(topic, 0, null, [1]), Cancel));
            Assert.Equal(KafkaErrorKind.Missing,
                producer.Write([new(topic, 0, null, [2])], new(topic, 99, null, [3]), Cancel)?.Kind);
        }

        Assert.Equal([1], Values(Brokers.Real, topic, 0));
    }

    [Fact]
    public void Open_TheSuccessor_FencesTheZombie_AndAbortsWhatItLeft()
    {
        string topic = brokers.NewTopic(Brokers.Real, 1);
        using var zombie = new AckedProducer(brokers[Brokers.Real], NullLogger.Instance, $"x-{topic}");
        Assert.Null(zombie.Open(Patience));
        Assert.Null(zombie.Write([], new(topic, 0, null, [1]), Cancel));

        using var successor = new AckedProducer(brokers[Brokers.Real], NullLogger.Instance, $"x-{topic}");
        Assert.Null(successor.Open(Patience));
        var fenced = zombie.Write([], new(topic, 0, null, [2]), Cancel);
        Assert.Null(successor.Write([], new(topic, 0, null, [3]), Cancel));

        Assert.Equal(KafkaErrorKind.ClientLost, fenced?.Kind);
        Assert.Equal([1, 3], Values(Brokers.Real, topic, 0));
    }

    // A broker writes the end of a transaction a little later than it says so.
    private List<int> Values(string broker, string topic, int partition)
    {
        for (int tries = 20; ; tries--)
        {
            using var log = LogTail.Partition(brokers[broker], topic, partition, null, NullLogger.Instance);
            var values = new List<int>();
            while (log.TryRead(out var record, Cancel))
                values.Add(record.Value![0]);
            Assert.Null(log.Failure);
            if (!log.IsHeldBack || tries == 0) return values;
            Thread.Sleep(100);
        }
    }
}
