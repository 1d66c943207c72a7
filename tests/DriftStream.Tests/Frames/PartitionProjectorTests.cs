using System.Buffers;
using DriftStream.Frames;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Frames;

/// <summary>What a session tells each partition of joins follows from one projection to the next.</summary>
public sealed class PartitionProjectorTests
{
    private static readonly LabelCell Cell = new("m", 0);

    private readonly PartitionProjector _projector = new(new SourcePartition("t", 0), 1, new(10), 0, joins: 2, step: new(5));

    [Fact]
    public void WhoHasNothingToHear_HearsNothing_AndNextTimeFromWhereItWas()
    {
        Flush(10, 100);
        Add(11, 0);
        Assert.Equal(["0: 10-12 1 rows"], Flush(12, 101));
        Add(12, 1);
        Assert.Equal(["1: 10-13 1 rows"], Flush(13, 102));
        Add(14, 0);
        Assert.Equal(["0: 12-15 1 rows"], Flush(15, 102));
    }

    [Fact]
    public void TimeThatMoves_IsTold()
    {
        Assert.Equal(["0: 10-11 0 rows", "1: 10-11 0 rows"], Flush(11, 100));
        Assert.Empty(Flush(12, 104));
        Assert.Equal(["0: 11-13 0 rows", "1: 11-13 0 rows"], Flush(13, 105));
    }

    [Fact]
    public void IdleAndComplete_AreToldToAll()
    {
        Flush(11, 100);
        Assert.Equal(["0: 11-11 0 rows idle", "1: 11-11 0 rows idle"], Flush(11, 100, idle: true));
        Assert.Equal(["0: 11-12 0 rows complete", "1: 11-12 0 rows complete"], Flush(12, 100, complete: true));
        _projector.Begin(new(12), 3);
        Add(12, 1);
        Assert.Equal(["1: 12-13 1 rows of segment 12 under 3"], Flush(13, 100));
    }

    [Fact]
    public void AGap_IsToldToAll()
    {
        Flush(10, 100);
        Add(10, 0);
        Flush(11, 100);
        Assert.Equal(["0: 11-90 gap", "1: 10-90 gap"],
            _projector.Lose(new(90), new(100), new(1), 1)
                .Select(t => $"{t.Partition}: {t.Projection.From}-{t.Projection.Upto}{(t.Projection.IsGap ? " gap" : "")}"));
    }

    [Fact]
    public void MoreRowsThanARecordHolds_GoIntoSeveral_OfWholeMessages()
    {
        for (int message = 0; message < 3; message++)
        {
            for (int row = 0; row < 20_000; row++) Add(10 + message, 0);
        }

        (int Partition, Projection Projection)[] told = [.. _projector.Flush(new(20), new(100), new(1), 1, idle: false, complete: true)];
        Assert.Equal([(10, 11, 20_000, false), (11, 12, 20_000, false), (12, 20, 20_000, true)],
            told.Where(t => t.Partition == 0).Select(t => ((int)t.Projection.From, (int)t.Projection.Upto, t.Projection.Rows.Length, t.Projection.Complete)));
        // Time moves when all rows are there.
        Assert.Equal([EventTime.None, EventTime.None, new(100)], told.Where(t => t.Partition == 0).Select(t => t.Projection.Watermark));
        Assert.All(told, t => Assert.Null(ProjectionCodec.Refusal(t.Projection)));
    }

    [Fact]
    public void AMessageThatNoRecordHolds_GoesIntoPartsThatAreAlwaysTheSame()
    {
        for (int row = 0; row < 70_000; row++) Add(13, 0);
        Add(14, 0);
        (int Partition, Projection Projection)[] told = [.. _projector.Flush(new(20), new(100), new(1), 1, idle: false, complete: false)];
        Assert.Equal([(10, 13, 0, 0, 1), (13, 14, 32_768, 0, 3), (13, 14, 32_768, 1, 3), (13, 14, 4_464, 2, 3), (14, 20, 1, 0, 1)],
            told.Where(t => t.Partition == 0).Select(t => t.Projection)
                .Select(p => ((int)p.From, (int)p.Upto, p.Rows.Length, p.Part, p.Parts)));
        Assert.All(told, t => Assert.Null(ProjectionCodec.Refusal(t.Projection)));
    }

    /// <summary>Eight bytes more a row: a record stays below a megabyte.</summary>
    [Fact]
    public void RowsWithNumbers_AreFewerInARecord()
    {
        for (int row = 0; row < 30_000; row++)
            _projector.Add(new ProjectedRow(new(13), (UInt128)(2 * row), new(row), Cell) { Number = row / 3.0 });
        for (int row = 0; row < 30_000; row++) Add(14, 0);
        Projection[] told =
        [
            .. _projector.Flush(new(20), new(100), new(1), 1, idle: false, complete: false).Where(t => t.Partition == 0).Select(t => t.Projection),
        ];
        Assert.Equal([(13, 0, 0, 1), (14, 24_576, 0, 2), (14, 5_424, 1, 2), (20, 30_000, 0, 1)],
            told.Select(p => ((int)p.Upto, p.Rows.Length, p.Part, p.Parts)));
        foreach (Projection projection in told)
        {
            var output = new ArrayBufferWriter<byte>();
            ProjectionCodec.Write(projection, output);
            Assert.InRange(output.WrittenCount, 0, 1_000_000);
        }
    }

    private void Add(long offset, int partition) => _projector.Add(new ProjectedRow(new(offset), (UInt128)partition, new(1), Cell));

    private string[] Flush(long upto, long watermark, bool idle = false, bool complete = false) =>
        [.. _projector.Flush(new(upto), new(watermark), new(1), 1, idle, complete).Select(t => $"{t.Partition}: {Text(t.Projection)}")];

    private static string Text(Projection p) =>
        $"{p.From}-{p.Upto} {p.Rows.Length} rows{(p.Idle ? " idle" : "")}{(p.Complete ? " complete" : "")}"
        + (p.Segment == 10 ? "" : $" of segment {p.Segment} under {p.Epoch}");
}
