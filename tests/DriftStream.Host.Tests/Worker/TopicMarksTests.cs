using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Kafka;
using DriftStream.Host.Worker;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>Which topics are taken for another one of the same name. How it goes on then, on a real Kafka: <see cref="Joins.JoinRealTests"/>.</summary>
public sealed class TopicMarksTests(Brokers brokers)
{
    private const int Records = 5;

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, false, true)]
    public void ARecordThatIsAnother_TellsOfAnotherTopic(bool first, bool last, bool isAgain) =>
        Assert.Equal(isAgain, IsAgain(first ? 1 : -1, last ? 4 : -4, Records));

    [Fact]
    public void ALogThatEndsBeforeAllOfThem_IsAnother() => Assert.True(IsAgain(7, 9, 10));

    [Fact]
    public void ALogThatHasLostItsEnd_IsTheSame() => Assert.False(IsAgain(3, 9, 10));

    [Fact]
    public void WithoutMarks_ItIsTheSame()
    {
        var position = new Position(new SourcePartition(NewTopic(out _), 0), new(3), EventTime.None);
        Assert.Empty(TopicMarks.MadeAgain(
            brokers[Brokers.Embedded], [new TopicMarks.Known(position, 0, Records)], NullLogger.Instance, out KafkaFailure? failure));
        Assert.Null(failure);
    }

    // A negative offset: the mark has another timestamp than the record there.
    private bool IsAgain(int first, int last, int next)
    {
        string topic = NewTopic(out EventTime[] times);
        RecordMark Mark(int of) => new(new SourceOffset(Math.Abs(of)).In(2), of >= 0 && of < Records ? times[of] : new EventTime(1));
        var position = new Position(new SourcePartition(topic, 0), new SourceOffset(next).In(2), EventTime.None) { First = Mark(first), Last = Mark(last) };
        HashSet<SourcePartition> again = TopicMarks.MadeAgain(
            brokers[Brokers.Embedded], [new TopicMarks.Known(position, 0, Records)], NullLogger.Instance, out KafkaFailure? failure);
        Assert.Null(failure);
        return again.Contains(position.Source);
    }

    private string NewTopic(out EventTime[] times)
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 1);
        using (var producer = new AckedProducer(brokers[Brokers.Embedded], NullLogger.Instance))
        {
            for (int i = 0; i < Records; i++)
                Assert.Null(producer.Send(new OutgoingRecord(topic, 0, null, [(byte)i]), TestContext.Current.CancellationToken));
            Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
        }

        var read = new List<EventTime>();
        using LogTail tail = LogTail.Partition(brokers[Brokers.Embedded], topic, 0, null, NullLogger.Instance);
        while (tail.TryRead(out LogRecord record)) read.Add(record.Timestamp);
        times = [.. read];
        Assert.Equal(Records, times.Length);
        return topic;
    }
}
