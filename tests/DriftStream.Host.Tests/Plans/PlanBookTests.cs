using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Host.Tests.Plans;

public sealed class PlanBookTests
{
    private static readonly DriftPlan First = Kafka.Plans.Small(new KafkaSettings("127.0.0.1:1", ImmutableSortedDictionary<string, string>.Empty));

    // A worker with shorter segments would count again, as rows of other segments, what the judge has of the open one.
    [Fact]
    public void SegmentsEnd_WhereTheFirstPlanSays_WhateverAWorkerIsStartedWith()
    {
        DriftPlan shorter = First with { Counting = First.Counting with { SegmentBytes = 64 << 10 } };
        var book = new PlanBook(shorter);
        Baseline part = PlanDocument.PartOf(First.Models[0]);
        book.Add(new Dictionary<string, byte[]> { [part.Hash] = BaselineFile.Write(part) });
        book.Add(0, PlanRecord.Read(PlanRecord.Of(First, "ann", 0).Write())!);
        book.Add(1, PlanRecord.Read(PlanRecord.Of(shorter, "bob", 0).Write())!);
        Assert.Null(book.Run());
        Assert.Equal((1, First.Counting.SegmentBytes), (book.Newest!.Epoch, book.Newest.Counting.SegmentBytes));
    }

    [Fact]
    public void RecordThatDoesNotSay_LeavesTheWorkersOwn()
    {
        var book = new PlanBook(First);
        Baseline part = PlanDocument.PartOf(First.Models[0]);
        book.Add(new Dictionary<string, byte[]> { [part.Hash] = BaselineFile.Write(part) });
        book.Add(0, PlanRecord.Of(First, "ann", 0) with { Segment = null });
        Assert.Null(book.Run());
        Assert.Equal(First.Counting.SegmentBytes, book.Newest!.Counting.SegmentBytes);
    }
}
