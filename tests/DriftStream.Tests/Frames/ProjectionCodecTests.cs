using System.Buffers;
using System.Collections.Immutable;
using CsCheck;
using DriftStream.Frames;
using DriftStream.Tests.Batches;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Frames;

[Collection(Alone.Name)]
public sealed class ProjectionCodecTests
{
    private static readonly Gen<long> Time = Gen.Long[EventTime.Earliest, EventTime.Latest];

    private static readonly string[] Names = ["a", "model-7", "Ünïcödé 日本語"];

    private static readonly Gen<string> Name = Gen.Int[0, 2].Select(i => Names[i]);

    private static readonly Gen<ImmutableArray<int>> Codes = Gen.Int[0, 70_000].Array[0, 3].Select(c => c.ToImmutableArray());

    private static readonly Gen<IProjectedCell> Cells = Gen.Frequency(
        (2, Gen.Select(Name, Gen.Bool.Select(b => b ? "v1" : ""), Gen.Int[-1, 200], Gen.Int[-1, 3], Codes, Codes,
            IProjectedCell (model, version, score, decision, groups, slices) => new PredictionCell(model, version, score, decision, groups, slices))),
        (1, Gen.Select(Name, Gen.Int[0, 10], IProjectedCell (model, cell) => new LabelCell(model, cell))));

    private static readonly Gen<double?> Numbers = Gen.Frequency(
        (2, Gen.Const((double?)null)), (2, Gen.Double.Select(d => (double?)d)), (1, Gen.Const((double?)double.NaN)));

    private static readonly Gen<Projection> Projections =
        from source in Gen.Select(Name, Gen.Int[0, 99], (topic, partition) => new SourcePartition(topic, partition))
        from topic in Gen.Select(Gen.ULong, Gen.ULong, (high, low) => new UInt128(high, low))
        from segment in Gen.Long[0, 1000]
        from epoch in Gen.Long[0, 1L << 40]
        from span in Gen.Int[0, 50]
        from times in Gen.Select(Gen.Frequency((1, Gen.Const(EventTime.None.Microseconds)), (3, Time)), Time)
        from flags in Gen.Int[0, 3]
        from cells in Cells.Array[1, 4]
        from rows in span == 0
            ? Gen.Const(Array.Empty<ProjectedRow>())
            : Gen.Select(Gen.Int[0, span - 1], Gen.ULong, Gen.ULong, Time, Gen.Int[0, cells.Length - 1], Numbers, (at, high, low, time, cell, number) =>
                new ProjectedRow(new(segment + at), new UInt128(high, low), new(time), cells[cell])
                {
                    Number = cells[cell] is LabelCell && number is { } of && !double.IsFinite(of) ? 0 : number,
                }).Array[0, 20]
        select new Projection(source, topic, 100, new(segment), epoch, new(segment), new(segment + span), new(times.Item1), new(times.Item2),
            [.. rows.OrderBy(r => r.Offset)])
        {
            Idle = (flags & 1) != 0,
            Complete = (flags & 2) != 0,
        };

    private static readonly Projection Small = new(new SourcePartition("t", 2), 7, 3, new(5), 1, new(5), new(9), new(100), new(200),
        [new ProjectedRow(new(6), new UInt128(2, 1), new(90), new PredictionCell("m", "v", 3, 1, [4], [])), Label(8)]);

    [Fact]
    public void Projection_ReadsBack() => Projections.Sample(
        projection =>
        {
            Projection? read = ProjectionCodec.Read(Bytes(projection), out string why);
            Assert.Equal("", why);
            Assert.Equal(projection with { Rows = [] }, read! with { Rows = [] });
            Assert.Equal(projection.Rows, read.Rows);
        },
        iter: 2000);

    [Fact]
    public void Bytes_AreThoseOfVersionOne() => Assert.Equal(
        "0101" + "0174" + "04" + "07000000000000000000000000000000" + "06" + "0A" + "02" + "0A" + "12" + "00" + "02" + "C801" + "9003" + "00"
            + "02" + "01016D0176" + "06" + "02" + "01" + "08" + "00" + "02016D" + "02"
            + "02" + "02" + "B401" + "00" + "01000000000000000200000000000000" + "04" + "06" + "01" + "01000000000000000200000000000000",
        Convert.ToHexString(Bytes(Small)));

    [Fact]
    public void DamagedBytes_NeverThrowAndStayBounded()
    {
        (long most, int read) = (0, 0);
        Gen.Select(Projections, Gen.Int).Sample(
            (projection, seed) =>
            {
                var random = new Random(seed);
                byte[] bytes = Bytes(projection);
                for (int mutant = 0; mutant < 40; mutant++)
                {
                    byte[] damaged = [.. bytes.Take(random.Next(6) == 0 ? random.Next(bytes.Length) : bytes.Length)];
                    for (int i = random.Next(1, 4); i > 0 && damaged.Length > 0; i--)
                        damaged[random.Next(damaged.Length)] = (byte)(random.Next(3) == 0 ? 0xFF : random.Next(256));
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    Projection? record = ProjectionCodec.Read(damaged, out string why);
                    most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before - (200L * damaged.Length));
                    Assert.Equal(record is null, why.Length > 0);
                    if (record is null) continue;
                    read++;
                    // What is read can be written, and is the same again.
                    Assert.Equal(record.Rows, ProjectionCodec.Read(Bytes(record), out _)!.Rows);
                }
            },
            iter: 1000,
            threads: 1);
        Assert.True(read > 1000, "too few are read to say anything");
        Assert.InRange(most, long.MinValue, 4096);
    }

    public static TheoryData<string, Projection> Refused => new()
    {
        { "its partition is not one of its topic", Small with { Partitions = 2 } },
        { "it ends before it begins", Small with { Upto = new(4) } },
        { "its watermark is no time of the calendar", Small with { Watermark = new(long.MaxValue) } },
        { "its stamp is no time of the calendar", Small with { Stamp = EventTime.None } },
        { "it is a gap, and more than that", Small with { IsGap = true } },
        { "a row is out of its place", Small with { From = new(7) } },
        { "a row is out of its place", Small with { Upto = new(8) } },
        { "a row is at no time of the calendar", Small with { Rows = [Label(8) with { Time = EventTime.Never }] } },
        { "a row is of no model", Small with { Rows = [Label(8) with { Cell = new LabelCell("", 1) }] } },
        { "a label has no cell", Small with { Rows = [Label(8) with { Cell = new LabelCell("m", -1) }] } },
        { "a code is negative", Small with { Rows = [Label(8) with { Cell = new PredictionCell("m", "", 0, 0, [-1], []) }] } },
        { "it is a part of fewer", Small with { Part = 1 } },
        { "it is a part, and not of one message", Small with { Parts = 2 } },
        { "it is not the last part, and ends something", Small with { Upto = new(6), Rows = [], Parts = 2, Complete = true } },
        { "a label is no finite number", Small with { Rows = [Label(8) with { Number = double.NaN }] } },
        { "it has more than 24576 rows", Small with { Rows = [.. Enumerable.Repeat(Label(8) with { Number = 1 }, ProjectionCodec.MaxNumbers + 1)] } },
        { "it has more than 32768 rows", Small with { Rows = [.. Enumerable.Repeat(Label(8), ProjectionCodec.MaxRows + 1)] } },
    };

    /// <summary>A writer refuses what a reader would.</summary>
    [Theory]
    [MemberData(nameof(Refused))]
    public void WhatMakesNoSense_IsRefused(string why, Projection projection)
    {
        Assert.Equal(why, ProjectionCodec.Refusal(projection));
        Assert.Throws<ArgumentException>(() => Bytes(projection));
    }

    [Theory]
    [InlineData("", "version 0, kind 0")]
    [InlineData("0201", "version 2, kind 1")]
    [InlineData("0105", "version 1, kind 5")]
    [InlineData("010101", "the bytes contradict themselves")]
    public void ForeignBytes_AreRefused(string hex, string why)
    {
        Assert.Null(ProjectionCodec.Read(Convert.FromHexString(hex), out string refused));
        Assert.Equal(why, refused);
    }

    /// <summary>Rows without a number are what they were before there were such, so that logs of earlier releases are read, and theirs are these.</summary>
    [Fact]
    public void BytesOfRowsWithoutANumber_AreWhatTheyWere()
    {
        const string known = "010101740407000000000000000000000000000000060a020a120002c8019003000201016d0176060201080002016d020202"
            + "b401000100000000000000020000000000000004060101000000000000000200000000000000";
        Assert.Equal(known, Convert.ToHexStringLower(Bytes(Small)));
        byte[] numbered = Bytes(Small with { Rows = [Small.Rows[0] with { Number = 1.5 }, Small.Rows[1]] });
        Assert.Equal(Bytes(Small).Length + 8, numbered.Length);
    }

    [Fact]
    public void BytesBehindAProjection_AreRefused()
    {
        Assert.Null(ProjectionCodec.Read([.. Bytes(Small), 0], out string why));
        Assert.Equal("there is more than one projection", why);
    }

    private static ProjectedRow Label(long offset) => new(new(offset), new UInt128(2, 1), new(93), new LabelCell("m", 1));

    private static byte[] Bytes(Projection projection)
    {
        var output = new ArrayBufferWriter<byte>();
        ProjectionCodec.Write(projection, output);
        return output.WrittenSpan.ToArray();
    }
}
