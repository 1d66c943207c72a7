using DriftStream.Frames;
using DriftStream.Host.Worker;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>The order that counting threads keep: on it rests that their number changes no count.</summary>
public sealed class PartitionOrderTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public void Turns_GoInTheOrderOfTheirTickets_WhateverThreadsTheyAreTakenBy()
    {
        const int Messages = 20_000;
        var turns = new PartitionOrder();
        long next = -1, beside = 0;
        int counting = 0;
        var order = new List<long>(Messages);
        long[] tickets = [.. Enumerable.Range(0, Messages).Select(_ => turns.Issue())];
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (long at = Interlocked.Increment(ref next); at < Messages; at = Interlocked.Increment(ref next))
            {
                Assert.True(turns.Enter(tickets[at]));
                order.Add(tickets[at]);
                turns.Leave();
                if (Interlocked.Increment(ref counting) > 1) Interlocked.Increment(ref beside);
                Thread.SpinWait(50);
                Interlocked.Decrement(ref counting);
                turns.Counted();
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        Assert.All(threads, t => Assert.True(t.Join(Soon)));
        Assert.Equal(tickets, order);
        turns.EnterBetween();
        turns.LeaveBetween();
    }

    [Fact]
    public void BetweenTwoTurns_NothingIsBeingCounted()
    {
        var order = new PartitionOrder();
        long first = order.Issue(), second = order.Issue();
        Assert.True(order.Enter(first));
        order.Leave();
        Thread flush = Started(() =>
        {
            Assert.True(order.EnterBetween());
            order.LeaveBetween();
        });
        Assert.False(flush.Join(50), "a message is still being counted");
        order.Counted();
        Assert.True(flush.Join(Soon));
        Assert.True(order.Enter(second));
    }

    [Fact]
    public void TheEndOfASegment_WaitsForTheOtherMessages_NotForItsOwn()
    {
        var order = new PartitionOrder();
        long first = order.Issue(), second = order.Issue();
        Assert.True(order.Enter(first));
        order.Leave();
        Assert.True(order.Enter(second));
        Thread finish = Started(() => order.AwaitOthers());
        Assert.False(finish.Join(50), "the first message is still being counted");
        order.Counted();
        Assert.True(finish.Join(Soon));
    }

    [Fact]
    public void ClosedPartition_TurnsAwayWhoWaits()
    {
        var order = new PartitionOrder();
        order.Issue();
        long second = order.Issue();
        bool entered = true;
        Thread waiting = Started(() => entered = order.Enter(second));
        Assert.False(waiting.Join(50));
        order.Close();
        Assert.True(waiting.Join(Soon));
        Assert.False(entered);
    }

    [Fact]
    public void PartitionThatIsClosed_WhileAMessageIsBeingCounted_IsNotFlushed_AndItsSegmentIsNotFinished()
    {
        var order = new PartitionOrder();
        long first = order.Issue(), second = order.Issue();
        Assert.True(order.Enter(first));
        order.Leave();
        Assert.True(order.Enter(second));
        bool finished = true, flushed = true;
        Thread finish = Started(() =>
        {
            finished = order.AwaitOthers();
            order.Leave();
            order.Counted();
        });
        Thread flush = Started(() => flushed = order.EnterBetween());
        Assert.False(finish.Join(50), "the first message is still being counted");
        order.Close(); // it was counted in part
        order.Counted();
        Assert.True(finish.Join(Soon) && flush.Join(Soon));
        Assert.False(finished || flushed);
        Assert.False(order.EnterBetween());
        Assert.False(order.Enter(order.Issue()));
    }

    [Fact]
    public void FullQueue_HoldsTheConsumer_UntilARecordIsTaken()
    {
        var queue = new CountingQueue();
        int put = 0;
        while (queue.TryPut(Message(1 << 20), TimeSpan.Zero)) put++;
        Assert.Equal(16, put);
        Assert.False(queue.TryPut(Message(1), TimeSpan.FromMilliseconds(20)));
        Assert.True(queue.Take(out _));
        Assert.True(queue.TryPut(Message(1), TimeSpan.Zero));

        var small = new CountingQueue();
        for (put = 0; small.TryPut(Message(10), TimeSpan.Zero);) put++;
        Assert.Equal(1024, put);
        small.Close();
        Assert.False(small.Take(out _));
        Assert.True(small.TryPut(Message(10), TimeSpan.Zero), "a closed queue holds nobody");
    }

    private static Thread Started(ThreadStart work)
    {
        var thread = new Thread(work) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static QueuedMessage Message(int bytes) =>
        new(null!, 0, new SourceMessage(default, new SourceRecord(new(0), new(0), default, false, [], bytes), null, false));
}
