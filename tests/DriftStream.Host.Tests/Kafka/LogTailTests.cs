using System.Collections.Immutable;
using System.Text;
using Confluent.Kafka;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Kafka;

[Trait("needs", "kafka")]
public sealed class LogTailTests(Brokers brokers)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Brokers.Embedded)]
    [InlineData(Brokers.Real)]
    public void TryRead_EmptyPartition_EndsAtOnce(string broker)
    {
        string topic = brokers.NewTopic(broker, 1);
        using var log = LogTail.Partition(brokers[broker], topic, 0, null, NullLogger.Instance);

        Assert.False(log.TryRead(out _, Cancel));

        Assert.Null(log.Failure);
        Assert.Equal(0, log.Ends[0]);
    }

    [Theory]
    [InlineData(Brokers.Embedded)]
    [InlineData(Brokers.Real)]
    public void TryRead_FromAnOffset_ReadsTheRestOnly(string broker)
    {
        string topic = brokers.NewTopic(broker, 1);
        Fill(brokers[broker], topic, 0, 10);
        using var log = LogTail.Partition(brokers[broker], topic, 0, 6, NullLogger.Instance);

        Assert.Equal([6L, 7, 8, 9], Read(log).Select(r => r.Offset));

        Assert.Equal(10, log.Ends[0]);
    }

    [Theory]
    [InlineData(Brokers.Embedded)]
    [InlineData(Brokers.Real)]
    public void TryRead_FromTheEnd_ReadsNothing(string broker)
    {
        string topic = brokers.NewTopic(broker, 1);
        Fill(brokers[broker], topic, 0, 10);
        using var log = LogTail.Partition(brokers[broker], topic, 0, 10, NullLogger.Instance);

        Assert.Empty(Read(log));

        Assert.Null(log.Failure);
    }

    [Fact]
    public void TryRead_FromAnOffsetThatIsGone_Fails()
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 1);
        for (int i = 0; i < 5; i++) // batches of their own: the broker drops whole batches only
            Fill(brokers[Brokers.Embedded], topic, 0, 1);
        brokers.Mock.DropBefore(topic, 0, 3);
        using var log = LogTail.Partition(brokers[Brokers.Embedded], topic, 0, 1, NullLogger.Instance);

        Assert.Empty(Read(log));

        Assert.Equal(KafkaErrorKind.OffsetGone, log.Failure?.Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TryRead_LogEndsWithTransactionMarkers_EndsBehindThem(bool commit)
    {
        string topic = brokers.NewTopic(Brokers.Real, 1);
        Fill(brokers[Brokers.Real], topic, 0, 5);
        Transaction(brokers[Brokers.Real], topic, 3, commit);
        using var log = LogTail.Partition(brokers[Brokers.Real], topic, 0, null, NullLogger.Instance);

        Assert.Equal(commit ? 8 : 5, Read(log).Count);

        Assert.Null(log.Failure);
        Assert.Equal(9, log.Ends[0]); // 5 records, 3 of the transaction, 1 marker
    }

    [Theory]
    [InlineData(Brokers.Embedded)]
    [InlineData(Brokers.Real)]
    public void Topic_AllPartitions_EachInItsOrder(string broker)
    {
        string topic = brokers.NewTopic(broker, 4);
        for (int p = 0; p < 3; p++) // the last stays empty
            Fill(brokers[broker], topic, p, 20 * (p + 1));
        using var log = LogTail.Topic(brokers[broker], topic, follow: false, NullLogger.Instance, out _)!;

        var read = Read(log);

        Assert.Equal(120, read.Count);
        foreach (var partition in read.GroupBy(r => r.Partition))
            Assert.Equal(Enumerable.Range(0, 20 * (partition.Key + 1)).Select(i => (long)i), partition.Select(r => r.Offset));
        Assert.Equal([20L, 40, 60, 0], log.Ends.Values);
    }

    [Fact]
    public void Topic_Follow_SeesWhatComesLater()
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 1);
        Fill(brokers[Brokers.Embedded], topic, 0, 1);
        using var log = LogTail.Topic(brokers[Brokers.Embedded], topic, follow: true, NullLogger.Instance, out _)!;
        Assert.True(log.TryRead(out _, Cancel));

        Fill(brokers[Brokers.Embedded], topic, 0, 1);

        Assert.True(log.TryRead(out var later, Cancel));
        Assert.Equal(1, later.Offset);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        Assert.ThrowsAny<OperationCanceledException>(() => log.TryRead(out _, soon.Token));
    }

    [Fact]
    public void Topic_NoSuchTopic_IsMissing()
    {
        Assert.Null(LogTail.Topic(brokers[Brokers.Real], "no-such-topic", false, NullLogger.Instance, out var failure));
        Assert.Equal(KafkaErrorKind.Missing, failure?.Kind);
    }

    [Theory]
    [InlineData("no-such-topic", 0)]
    [InlineData(null, 5)]
    public void TryRead_NoSuchTopicOrPartition_IsMissing(string? topic, int partition)
    {
        topic ??= brokers.NewTopic(Brokers.Real, 2);
        using var log = LogTail.Partition(brokers[Brokers.Real], topic, partition, null, NullLogger.Instance);

        Assert.Empty(Read(log));

        Assert.Equal(KafkaErrorKind.Missing, log.Failure?.Kind);
    }

    [Fact]
    public void TryRead_NoBroker_IsUnreachableAfterThePatience()
    {
        var nobody = new KafkaSettings("127.0.0.1:1", ImmutableSortedDictionary<string, string>.Empty);
        using var log = LogTail.Partition(nobody, "t", 0, null, NullLogger.Instance, TimeSpan.FromMilliseconds(500));

        Assert.Empty(Read(log));

        Assert.Equal(KafkaErrorKind.Unreachable, log.Failure?.Kind);
    }

    private static List<LogRecord> Read(LogTail log)
    {
        var read = new List<LogRecord>();
        while (log.TryRead(out var record, Cancel))
            read.Add(record);
        return read;
    }

    private static void Fill(KafkaSettings kafka, string topic, int partition, int records)
    {
        using var producer = new AckedProducer(kafka, NullLogger.Instance);
        for (int i = 0; i < records; i++)
            producer.Send(new(topic, partition, Encoding.UTF8.GetBytes($"k{i}"), [(byte)i]), Cancel);
        Assert.Null(producer.Barrier(Cancel));
    }

    private static void Transaction(KafkaSettings kafka, string topic, int records, bool commit)
    {
        using var producer = new ProducerBuilder<Null, byte[]>(ClientSettings.Producer(kafka, $"x-{topic}")).Build();
        producer.InitTransactions(TimeSpan.FromSeconds(20));
        producer.BeginTransaction();
        for (int i = 0; i < records; i++)
            producer.Produce(new TopicPartition(topic, 0), new Message<Null, byte[]> { Value = [(byte)i] });
        producer.Flush(TimeSpan.FromSeconds(20)); // else an abort would purge them, and no marker be written
        if (commit)
            producer.CommitTransaction(TimeSpan.FromSeconds(20));
        else
            producer.AbortTransaction(TimeSpan.FromSeconds(20));
    }
}
