using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Windows;

public sealed class WindowLedgerTests
{
    private static readonly SourcePartition Source = new("t", 0);

    private static readonly WindowingSettings Settings = new(
        ImmutableSortedDictionary<string, ModelWindows>.Empty.Add("m", new ModelWindows("m", ["t"], new(10), new(0), new(0),
            [new WindowSettings("10", new(10), new(10), new(0), 0)])),
        new ModelWindows("", [], new(10), new(0), new(0), [new WindowSettings("10", new(10), new(10), new(0), 0)]),
        new(40),
        new(18),
        new(20),
        new(12));

    // Entries of a segment are a semilattice: any order, any repetition, the greatest upto stays.
    [Fact]
    public void Frames_InAnyOrderAndRepeated_GiveTheGreatest()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            Frame[] frames = [Frame(2, 1), Frame(5, 3), Frame(9, 7)];
            Frame[] sent = [.. frames.Concat(Enumerable.Range(0, 4).Select(_ => frames[random.Next(3)])).OrderBy(_ => random.Next())];
            var ledger = new WindowLedger(Settings);
            for (int i = 0; i < sent.Length; i++) Assert.True(ledger.Apply(i, sent[i]).IsEmpty);
            Assert.Equal(7, Assert.Single(ledger.Apply(9, Header(9, watermark: 30, complete: true)).Closed).Rows.Value);
        }
    }

    [Fact]
    public void Rows_AfterTheirPaneWasSealed_AreOvertakenAndShownNext()
    {
        var ledger = new WindowLedger(Settings);
        ledger.Apply(0, Frame(2, 1));
        Assert.Equal((1, 0), Rows(ledger.Apply(1, Header(2, watermark: 30, complete: false))));
        ledger.Apply(2, Frame(5, 4));
        ledger.Apply(3, Frame(5, 2, start: 30));
        Assert.True(ledger.Apply(4, Header(5, watermark: 35, complete: true)).IsEmpty);
        SourceAccount account = Assert.Single(ledger.Accounts());
        Assert.Equal((1, 2, 3), (account.Sealed.Value, account.Open.Value, account.Overtaken.Value));
        Assert.Equal((2, 3), Rows(ledger.Apply(5, Header(6, watermark: 40, complete: true, segment: 5))));
    }

    [Fact]
    public void Horizon_NeverGoesBack()
    {
        var ledger = new WindowLedger(Settings);
        ledger.Apply(0, Frame(2, 1));
        Assert.Equal((1, 0), Rows(ledger.Apply(1, Header(2, watermark: 30, complete: false))));
        // A partition appears whose time is far behind.
        SegmentHeader late = Header(1, watermark: 3, complete: false).All[0] with { Source = Source with { Partition = 1 }, Partitions = 2 };
        Assert.True(ledger.Apply(2, new SegmentHeaders([late])).IsEmpty);
        Assert.True(ledger.Apply(3, new SegmentHeaders([late with { Upto = new(3), Watermark = new(30) }])).IsEmpty);
    }

    [Fact]
    public void IdleClaim_LapsesWhenItIsNotRenewed()
    {
        LedgerOutput After(long stamp)
        {
            var ledger = new WindowLedger(Settings);
            ledger.Apply(0, Frame(2, 1));
            ledger.Apply(1, Loud(stamp: 0));
            ledger.Apply(2, Loud(stamp));
            return ledger.Apply(3, Silent(stamp: 12));
        }

        Assert.Single(After(12 + Settings.IdleLease).Closed);
        Assert.True(After(13 + Settings.IdleLease).IsEmpty);
    }

    // The burst begins in partition 0 at 100: what partition 1 says before 112 cannot know of it.
    [Theory]
    [InlineData(111, false)]
    [InlineData(112, true)]
    public void IdleClaim_FreesOnlyWhatOthersHadIdleAfterEarlier_AlsoAfterARestart(long claim, bool closes)
    {
        var ledger = new WindowLedger(Settings);
        ledger.Apply(0, Silent(stamp: 95));
        ledger.Apply(1, Frame(2, 1));
        Assert.True(ledger.Apply(2, Loud(stamp: 100)).IsEmpty);
        ledger = WindowLedger.Restore(Settings, ledger.Save());
        ledger.Rebuild([(1, Frame(2, 1))]);
        Assert.Equal(closes, ledger.Apply(3, Silent(claim)).Closed.Count == 1);
    }

    // Both partitions are quiet: event time still comes as far as they had it idle_after ago, long before close_after_idle.
    [Fact]
    public void WindowThatARecordEnded_ClosesWhereAllAreQuiet()
    {
        var ledger = new WindowLedger(Settings);
        ledger.Apply(0, Frame(2, 1));
        ledger.Apply(1, Loud(stamp: 100));
        Assert.True(ledger.Apply(2, new SegmentHeaders([Loud(stamp: 111).All[0] with { Idle = true }, Silent(stamp: 111).All[0]])).IsEmpty);
        Assert.Single(ledger.Apply(3, new SegmentHeaders([Loud(stamp: 115).All[0] with { Idle = true }, Silent(stamp: 115).All[0]])).Closed);
    }

    [Fact]
    public void History_IsBoundedAndFreeOfOrder()
    {
        var random = new Random(1);
        WatermarkStep[] heard = [.. Enumerable.Range(0, 2000).Select(_ => new WatermarkStep(new(random.Next(1000)), new(random.Next(-50, 50))))];
        var there = new WatermarkHistory(new(10));
        var back = new WatermarkHistory(new(10));
        foreach (WatermarkStep step in heard) there.Note(step.Stamp, step.Watermark);
        foreach (WatermarkStep step in heard.Reverse()) back.Note(step.Stamp, step.Watermark);
        Assert.Equal(there.Steps, back.Steps);
        for (int stamp = -10; stamp < 1010; stamp++)
        {
            // A stamp is known from the next multiple of 10 on.
            WatermarkStep[] known = [.. heard.Where(h => (h.Stamp + 9) / 10 * 10 <= stamp)];
            Assert.Equal(known.Length == 0 ? EventTime.None : known.Max(h => h.Watermark), there.At(new(stamp)));
        }

        back.Forget(new(500));
        for (int stamp = 500; stamp < 1010; stamp++) Assert.Equal(there.At(new(stamp)), back.At(new(stamp)));
        Assert.True(back.Steps.Count(s => s.Stamp <= 500) <= 1);
        Assert.True(there.Steps.Length <= 101);
    }

    [Fact]
    public void WindowAfterAGap_IsIncomplete_AlsoAfterARestart()
    {
        var ledger = new WindowLedger(Settings);
        ledger.Apply(0, new Gap(Source, new(0), new(4), Stamp: new(3)));
        ledger = WindowLedger.Restore(Settings, ledger.Save());
        ledger.Apply(1, Frame(6, 1) with { Segment = new(4) });
        ledger.Apply(2, Frame(6, 1, start: 50) with { Segment = new(4) });
        LedgerOutput output = ledger.Apply(3, Header(6, watermark: 90, complete: false, segment: 4));
        // Up to the stamp and max_future after it.
        Assert.Equal([(0, false), (50, true)], output.Closed.Select(w => (w.Start.Microseconds, w.Complete)));
        Assert.Equal(["records of t were not counted: they were deleted before, or the topic was made again"], output.Closed[0].Incomplete);
        Assert.Empty(output.Closed[1].Incomplete);
    }

    [Fact]
    public void ModelThatThePlanNoLongerHas_ClosesNothingAndStopsNothing()
    {
        var ledger = new WindowLedger(Settings);
        ledger.Apply(0, Frame(2, 1, model: "gone"));
        ledger.Apply(1, Frame(2, 1));
        ledger.Apply(2, Idle(stamp: 100));
        Assert.Equal("m", Assert.Single(ledger.Apply(3, Idle(stamp: 150)).Closed).Model);
    }

    // Its rows wait a day for a plan that has it; then no restart needs to read their frames again.
    [Fact]
    public void ModelThatThePlanNoLongerHas_HoldsTheLowOffsetForADay()
    {
        WindowLedger ledger = WithoutModel(out Frame gone);
        ledger.Apply(3, Quiet(EventTime.Day - 1));
        Assert.Equal(0, ledger.Low(4));
        Assert.Equal((5, 0), (Account(ledger).Open.Value, Account(ledger).Dropped.Value));
        ledger.Apply(4, Quiet(EventTime.Day));
        Assert.Equal(5, ledger.Low(5));
        Assert.Equal((0, 5), (Account(ledger).Open.Value, Account(ledger).Dropped.Value));
        // A restart forgets none of it, and what comes later for those panes is overtaken.
        ledger = WindowLedger.Restore(Settings, ledger.Save());
        ledger.Rebuild([]);
        ledger.Apply(5, gone with { Segment = new(2), Upto = new(7) });
        ledger.Apply(6, Header(7, watermark: 5, complete: true, segment: 2));
        Assert.Equal((0, 5, 5), (Account(ledger).Open.Value, Account(ledger).Dropped.Value, Account(ledger).Overtaken.Value));
    }

    // What an open segment holds of it needs no frame either, and is not counted again when the segment is folded.
    [Fact]
    public void ModelThatThePlanNoLongerHas_IsLetGoOfInAnOpenSegment()
    {
        var ledger = new WindowLedger(Settings);
        ledger.Apply(0, Frame(2, 5, model: "gone"));
        ledger.Apply(1, Header(2, watermark: 5, complete: false));
        ledger.Apply(2, new SegmentHeaders([Header(2, watermark: 5, complete: false).All[0] with { Stamp = new(EventTime.Day) }]));
        Assert.Equal((0, 5, 3), (Account(ledger).Open.Value, Account(ledger).Dropped.Value, ledger.Low(3)));
        ledger = WindowLedger.Restore(Settings, ledger.Save());
        ledger.Apply(3, Header(2, watermark: 5, complete: true));
        Assert.Equal((0, 5, 0), (Account(ledger).Open.Value, Account(ledger).Dropped.Value, Account(ledger).Overtaken.Value));
    }

    [Theory]
    [InlineData(-1, true, 5)]
    [InlineData(0, false, 0)]
    public void ModelThatComesBack_HasItsRowsWithinADay_AndIsMarkedAfter(long after, bool complete, long rows)
    {
        WindowLedger ledger = WithoutModel(out Frame gone);
        ledger.Apply(3, Quiet(EventTime.Day + after));
        WindowingSettings both = Settings with
        {
            Models = Settings.Models.Add("gone", Settings.Models["m"] with
            {
                Model = "gone",
                Windows = [new WindowSettings("20", new(20), new(20), new(0), 0)],
            }),
        };
        ledger = WindowLedger.Restore(both, ledger.Save());
        ledger.Rebuild([(0, gone)]);
        ledger.Apply(4, Frame(7, 1, start: 10, model: "gone") with { Segment = new(2) });
        LedgerOutput output = ledger.Apply(5, Header(7, watermark: 40, complete: true, segment: 2));
        ClosedWindow window = Assert.Single(output.Closed, w => w.Model == "gone");
        Assert.Equal((complete, rows + 1), (window.Complete, window.Rows));
    }

    private static WindowLedger WithoutModel(out Frame gone)
    {
        var ledger = new WindowLedger(Settings);
        gone = Frame(2, 5, model: "gone");
        ledger.Apply(0, gone);
        ledger.Apply(1, Frame(2, 1));
        // A window of another model closes in between: what a rebuild must know of the segment is kept all the same.
        Assert.Single(ledger.Apply(2, Header(2, watermark: 30, complete: true)).Closed);
        return ledger;
    }

    private static SourceAccount Account(WindowLedger ledger) => Assert.Single(ledger.Accounts());

    // The next segment has begun, and nothing is in it.
    private static SegmentHeaders Quiet(long stamp) => new([Header(2, watermark: 30, complete: false, segment: 2).All[0] with { Stamp = new(stamp) }]);

    private static (long Rows, long Late) Rows(LedgerOutput output)
    {
        ClosedWindow window = Assert.Single(output.Closed);
        return (window.Rows, window.LateRows);
    }

    private static Frame Frame(long upto, long rows, long start = 0, string model = "m") => new(
        Source, new(0), new Variant(0, EventTime.None), new(upto), [new Entry(new EntryKey(model, "", new(start), new(10), 0), new(rows),
            [new SignalCounts("x", 1, [rows])])]);

    private static SegmentHeaders Header(long upto, long watermark, bool complete, long segment = 0) =>
        new([new SegmentHeader(Source, new(segment), new Variant(0, EventTime.None), new(upto), new(watermark), default, [], complete, false, new(0), 1)]);

    // Partition 0 of two, with an event time that ends the first window.
    private static SegmentHeaders Loud(long stamp) => new([Header(2, watermark: 30, complete: false).All[0] with { Stamp = new(stamp), Partitions = 2 }]);

    // Partition 1 of two, which never has a record.
    private static SegmentHeaders Silent(long stamp) =>
        new([Idle(stamp).All[0] with { Source = Source with { Partition = 1 }, Watermark = EventTime.None, Partitions = 2 }]);

    private static SegmentHeaders Idle(long stamp) =>
        new([Header(2, watermark: 5, complete: false).All[0] with { Idle = true, Stamp = new(stamp) }]);
}
