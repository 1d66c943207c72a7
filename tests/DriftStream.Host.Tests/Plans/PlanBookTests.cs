using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
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
        Baseline part = PlanDocument.PartsOf(First.Models[0]).Single();
        book.Add(new Dictionary<string, byte[]> { [part.Hash] = BaselineFile.Write(part) });
        book.Add(0, PlanRecord.Read(PlanRecord.Of(First, "ann", new(0)).Write())!);
        book.Add(1, PlanRecord.Read(PlanRecord.Of(shorter, "bob", new(0)).Write())!);
        Assert.Null(book.Run());
        Assert.Equal((1, First.Counting.SegmentBytes), (book.Newest!.Epoch, book.Newest.Counting.SegmentBytes));
    }

    [Fact]
    public void RecordThatDoesNotSay_LeavesTheWorkersOwn()
    {
        var book = new PlanBook(First);
        Baseline part = PlanDocument.PartsOf(First.Models[0]).Single();
        book.Add(new Dictionary<string, byte[]> { [part.Hash] = BaselineFile.Write(part) });
        book.Add(0, PlanRecord.Of(First, "ann", new(0)) with { Segment = null });
        Assert.Null(book.Run());
        Assert.Equal(First.Counting.SegmentBytes, book.Newest!.Counting.SegmentBytes);
    }

    // A topic takes 4 MiB.
    [Fact]
    public void LargePlan_IsPacked_AndReadBackAsItWas()
    {
        var tags = Enumerable.Range(0, 300_000).Select(n => $"tag {n}").ToImmutableArray();
        ModelPlan model = First.Models[0] with { Alerts = First.Models[0].Alerts with { Tags = tags } };
        PlanRecord record = PlanRecord.Of(First with { Models = [model] }, "ann", new(0));
        byte[] value = record.Write();
        Assert.True(record.Plan.Length > 1 << 20);
        Assert.InRange(value.Length, 1, 1 << 20);
        Assert.Equal(record, PlanRecord.Read(value));
        Assert.Equal(tags, PlanRecord.Read(value)!.Document!.Models[0].Tags);
        Assert.Equal((byte)'{', PlanRecord.Of(First, "ann", new(0)).Write()[0]);
        Assert.Null(PlanRecord.Read(value[..(value.Length / 2)]));
        value[value.Length / 2] ^= 0x55;
        PlanRecord.Read(value); // Refused or not: it does not throw.
    }

    // Two plans that count alike: counts name the first of them as their epoch, and the second one as the newest.
    [Fact]
    public void Hashes_TellWhetherAPlanIsStillWhereCountsNameIt()
    {
        DriftPlan renamed = First with { Owners = First.Owners.SetItem("team", First.Owners["team"] with { Name = "Crew" }) };
        PlanBook book = Book(First, renamed);
        Assert.Null(book.Run());
        ulong first = PlanName.Short(PlanDocument.Of(First).Hash), second = PlanName.Short(PlanDocument.Of(renamed).Hash);
        Assert.NotEqual(first, second);
        Assert.Equal((0, first), (book.Newest!.Counting.Epoch, book.Newest.Counting.EpochHash));
        var header = new SegmentHeader(new SourcePartition("t", 0), new(0), new Variant(0, new(0)), new(0), new(0), default, [], false, false, new(0), 1, 1)
        {
            PlanHash = second,
            EpochHash = first,
        };
        Assert.Null(book.Check(header));
        // A former version says nothing.
        Assert.Null(book.Check(header with { PlanHash = 0, EpochHash = 0 }));
        foreach (SegmentHeader foreign in new[] { header with { PlanHash = first }, header with { EpochHash = second }, header with { Plan = 7 } })
            Assert.Contains("made again", book.Check(foreign)!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void TopicThatIsReadAgainWithOtherPlans_IsNotRun()
    {
        DriftPlan renamed = First with { Owners = First.Owners.SetItem("team", First.Owners["team"] with { Name = "Crew" }) };
        PlanBook book = Book(First, renamed);
        book.Add(0, PlanRecord.Of(First, "ann", new(1)));
        Assert.Null(book.Run());
        book.Add(0, PlanRecord.Of(renamed, "ann", new(1)));
        Assert.Contains("made again", book.Run(), StringComparison.Ordinal);
    }

    private static PlanBook Book(params DriftPlan[] plans)
    {
        var book = new PlanBook(First);
        Baseline part = PlanDocument.PartsOf(First.Models[0]).Single();
        book.Add(new Dictionary<string, byte[]> { [part.Hash] = BaselineFile.Write(part) });
        for (int i = 0; i < plans.Length; i++) book.Add(i, PlanRecord.Read(PlanRecord.Of(plans[i], "ann", new(0)).Write())!);
        return book;
    }
}
