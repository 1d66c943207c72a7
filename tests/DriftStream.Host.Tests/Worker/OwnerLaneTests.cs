using Confluent.Kafka;
using DriftStream.Host.Kafka;
using DriftStream.Host.Worker;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

public sealed class OwnerLaneTests
{
    private static readonly KafkaFailure Gone = new(KafkaErrorKind.Missing, "gone"), Large = new(KafkaErrorKind.TooLarge, "large");

    private readonly SetClock _clock = new();
    private readonly OwnerLane _lane;

    public OwnerLaneTests() => _lane = new OwnerLane("t", _clock);

    [Fact]
    public void ManyAreInFlight_InTheirOrder_UpToTheBound()
    {
        Delivery[] all = Add(OwnerLane.MaxInFlight + 1);
        foreach (Delivery expected in all[..^1])
        {
            Assert.True(_lane.TryNext(out Delivery next, out KafkaFailure? instead));
            Assert.Same(expected, next);
            Assert.Null(instead);
        }

        Assert.False(_lane.TryNext(out _, out _));
        _lane.Ended(null);
        Assert.True(_lane.TryNext(out Delivery last, out _));
        Assert.Same(all[^1], last);
    }

    [Fact]
    public void AfterAFailure_NothingIsTriedForAWhile_ThenOneIs()
    {
        Delivery[] all = Add(5);
        Assert.True(_lane.TryNext(out _, out _));
        Assert.True(_lane.TryNext(out _, out _));
        _lane.Ended(Gone);
        Assert.True(_lane.TryNext(out _, out _) is false, "the second is in flight: what is given back keeps its order");
        _lane.Ended(Gone);
        Assert.True(_lane.TryNext(out Delivery third, out KafkaFailure? instead));
        Assert.Same(all[2], third);
        Assert.Same(Gone, instead);

        _clock.Pass(OwnerLane.Rest);
        Assert.True(_lane.TryNext(out _, out instead));
        Assert.Null(instead);
        Assert.False(_lane.TryNext(out _, out _), "one is tried, the others wait");
        _lane.Ended(Gone);
        Assert.True(_lane.TryNext(out _, out instead));
        Assert.Same(Gone, instead);
    }

    [Fact]
    public void AfterASuccess_AllGoesOn()
    {
        Add(4);
        _lane.TryNext(out _, out _);
        _lane.Ended(Gone);
        _clock.Pass(OwnerLane.Rest);
        _lane.TryNext(out _, out _);
        _lane.Ended(null);
        Assert.True(_lane.TryNext(out _, out KafkaFailure? third));
        Assert.True(_lane.TryNext(out _, out KafkaFailure? fourth));
        Assert.Null(third);
        Assert.Null(fourth);
    }

    [Fact]
    public void OneThatIsTooLarge_SaysNothingAboutTheNext()
    {
        Add(2);
        _lane.TryNext(out _, out _);
        _lane.Ended(Large);
        Assert.True(_lane.TryNext(out _, out KafkaFailure? instead));
        Assert.Null(instead);
    }

    [Fact]
    public void DoneOffsets_StopAtTheFirstThatIsNotDone()
    {
        var (done, one, two) = (new DoneOffsets(), new TopicPartition("t", 1), new TopicPartition("t", 2));
        Outgoing[] records = [.. Enumerable.Range(1, 3).Select(i => new Outgoing(new(), i * 10, 0) { Left = 1 })];
        foreach (Outgoing record in records) done.Add(one, record);
        done.Add(two, new Outgoing(new(), 7, 0));
        Assert.Equal([new TopicPartitionOffset(two, 7)], done.Take());
        records[2].Left = records[1].Left = 0;
        Assert.Empty(done.Take());
        records[0].Left = 0;
        Assert.Equal([new TopicPartitionOffset(one, 30)], done.Take());
        Assert.Empty(done.Take());
    }

    private Delivery[] Add(int count)
    {
        Delivery[] all = [.. Enumerable.Range(0, count).Select(i => new Delivery(new Outgoing(new(), i, 0), "o"))];
        foreach (Delivery delivery in all) _lane.Add(delivery);
        return all;
    }
}
