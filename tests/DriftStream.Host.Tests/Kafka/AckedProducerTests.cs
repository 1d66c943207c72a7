using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Kafka;

[Trait("needs", "kafka")]
public sealed class AckedProducerTests(Brokers brokers)
{
    [Theory]
    [InlineData(Brokers.Embedded)]
    [InlineData(Brokers.Real)]
    public void Barrier_AllIsInTheLog_AsSent(string broker)
    {
        string topic = brokers.NewTopic(broker, 3);
        using var producer = new AckedProducer(brokers[broker], NullLogger.Instance);
        // Not 1970: retention counts from a record's own timestamp, and a check of it may come before the reading.
        long start = DateTimeOffset.UtcNow.ToUnixTimeSeconds() * 1_000_000;
        for (int i = 0; i < 300; i++)
        {
            var headers = new Headers { { "n", [(byte)i] } };
            Assert.Null(producer.Send(new(topic, i % 3, Text($"k{i}"), i % 7 == 0 ? null : Text($"v{i}"), new(start + (1000 * i)), headers),
                TestContext.Current.CancellationToken));
        }

        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));

        Assert.Equal((0, 0L), producer.Outstanding);
        for (int p = 0; p < 3; p++)
        {
            using var log = LogTail.Partition(brokers[broker], topic, p, null, NullLogger.Instance);
            int n = 0;
            while (log.TryRead(out var record, TestContext.Current.CancellationToken))
            {
                int i = (n++ * 3) + p;
                Assert.Equal($"k{i}", Encoding.UTF8.GetString(record.Key!));
                Assert.Equal(i % 7 == 0 ? null : $"v{i}", record.Value is { } v ? Encoding.UTF8.GetString(v) : null);
                Assert.Equal(start + (1000 * i), record.Timestamp);
                Assert.Equal([(byte)i], record.Headers.GetLastBytes("n"));
            }
            Assert.Null(log.Failure);
            Assert.Equal(100, n);
        }
    }

    [Fact]
    public void Barrier_NoSuchTopic_FailsWithinSeconds()
    {
        // The embedded broker creates topics by itself, so only a real one can say that there is none.
        var clock = Stopwatch.StartNew();
        using var producer = new AckedProducer(brokers[Brokers.Real], NullLogger.Instance);
        producer.Send(new("there-is-no-such-topic", 0, null, [1]), TestContext.Current.CancellationToken);

        var failure = producer.Barrier(TestContext.Current.CancellationToken);

        Assert.Equal(KafkaErrorKind.Missing, failure?.Kind);
        Assert.Contains("there-is-no-such-topic[0]", failure!.Detail);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), clock.Elapsed.ToString());
    }

    [Theory]
    [InlineData(Brokers.Embedded)]
    [InlineData(Brokers.Real)]
    public void Barrier_NoSuchPartition_FailsAndStaysFailed(string broker)
    {
        string topic = brokers.NewTopic(broker, 2);
        using var producer = new AckedProducer(brokers[broker], NullLogger.Instance);
        producer.Send(new(topic, 0, null, [1]), TestContext.Current.CancellationToken);
        producer.Send(new(topic, 7, null, [1]), TestContext.Current.CancellationToken);

        var first = producer.Barrier(TestContext.Current.CancellationToken);

        Assert.Equal(KafkaErrorKind.Missing, first?.Kind);
        Assert.Same(first, producer.Send(new(topic, 0, null, [2]), TestContext.Current.CancellationToken));
        Assert.Same(first, producer.Barrier(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(Brokers.Embedded)]
    [InlineData(Brokers.Real)]
    public void Send_LargerThanAllowed_IsTooLarge(string broker)
    {
        string topic = brokers.NewTopic(broker, 1);
        using var producer = new AckedProducer(brokers[broker], NullLogger.Instance);

        var failure = producer.Send(new(topic, 0, null, new byte[ClientSettings.MaxMessageBytes + 1]),
            TestContext.Current.CancellationToken);

        Assert.Equal(KafkaErrorKind.TooLarge, failure?.Kind);
    }

    [Fact]
    public void Barrier_BrokerDeniesTheTopic_IsDenied()
    {
        const short Produce = 0;
        using var broker = new EmbeddedBroker();
        broker.CreateTopic("t", 1);
        using var producer = new AckedProducer(broker.Settings, NullLogger.Instance);
        broker.FailNext(Produce, (int)ErrorCode.TopicAuthorizationFailed);
        producer.Send(new("t", 0, null, [1]), TestContext.Current.CancellationToken);

        Assert.Equal(KafkaErrorKind.Denied, producer.Barrier(TestContext.Current.CancellationToken)?.Kind);
    }

    [Fact]
    public void Barrier_NoBroker_EndsAfterTheMessageTimeout()
    {
        var client = ImmutableSortedDictionary<string, string>.Empty.Add("message.timeout.ms", "1000");
        using var producer = new AckedProducer(new KafkaSettings("127.0.0.1:1", client), NullLogger.Instance);
        producer.Send(new("t", 0, null, [1]), TestContext.Current.CancellationToken);

        Assert.Equal(KafkaErrorKind.Unreachable, producer.Barrier(TestContext.Current.CancellationToken)?.Kind);
    }

    [Fact]
    public void Barrier_Cancelled_ReturnsAtOnce()
    {
        using var producer = new AckedProducer(new KafkaSettings("127.0.0.1:1", ImmutableSortedDictionary<string, string>.Empty),
            NullLogger.Instance);
        producer.Send(new("t", 0, null, [1]), TestContext.Current.CancellationToken);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        Assert.ThrowsAny<OperationCanceledException>(() => producer.Barrier(soon.Token));
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
