using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Tests.Batches;
using DriftStream.Time;
using Xunit;
using static DriftStream.Tests.Batches.ArrowBytes;

namespace DriftStream.Tests.Frames;

/// <summary>Every reason of a reject record, by a message that a producer could send: it is refused for that reason and says why.</summary>
public sealed class RejectReasonTests
{
    private const long Now = 1_700_000_000_000_000;

    private static readonly InputLimits Limits = new(MessageBytes: 100_000);

    public static TheoryData<RejectReason, MessageFormat, byte[], string> Messages => new()
    {
        { RejectReason.NotArrow, MessageFormat.Arrow, "plain text"u8.ToArray(), "Arrow" },
        { RejectReason.SchemaRegistryFramed, MessageFormat.Arrow, [0, 0, 0, 0, 9, .. Times(Now)], "Schema Registry" },
        { RejectReason.Truncated, MessageFormat.Arrow, Times(Now)[..^20], "byte" },
        { RejectReason.Malformed, MessageFormat.Arrow, Stream(Schema(TimeField), Batch(2, [(1, 0)], [[], Bytes(Now)])), "'time'" },
        { RejectReason.Unsupported, MessageFormat.Arrow, Stream(Schema(new FlatTables([TimeField]), endianness: 1)), "big-endian" },
        { RejectReason.LimitExceeded, MessageFormat.Arrow, new byte[100_001], "100000" },
        { RejectReason.ColumnType, MessageFormat.Arrow, Stream(
            Schema(TimeField, Field("x", Utf8)), Batch(1, [(1, 0), (1, 0)], [[], Bytes(Now), [], Bytes(0, 1), [65]])), "'x'" },
        { RejectReason.ColumnMissing, MessageFormat.Arrow, Stream(Schema(Field("x", Float64)), Batch(1, [(1, 0)], [[], new byte[8]])), "'time'" },
        { RejectReason.TimeNull, MessageFormat.Arrow, Stream(Schema(TimeField), Batch(1, [(1, 1)], [[0], Bytes(Now)])), "'time'" },
        { RejectReason.TimeUnreadable, MessageFormat.Arrow, Times(long.MaxValue), "'time'" },
        { RejectReason.NotJson, MessageFormat.Json, "{\"time\": }"u8.ToArray(), "byte" },
        { RejectReason.ValueType, MessageFormat.Json, "{\"time\": 1700000000000000, \"x\": \"seven\"}"u8.ToArray(), "'x'" },
    };

    private static FlatNode TimeField => Field("time", Int(64));

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_IsRefusedForThatReason(RejectReason reason, MessageFormat format, byte[] message, string says)
    {
        var model = new CountedModel(
            "m", "time", new VersionSource(), null, null, [new("x", SignalRole.Feature, ["x"], Layout.Numeric([0, 1]), [])],
            Duration.FromMinutes(1), new(0), new(0), TimeUnit.Microsecond);
        var settings = new CountingSettings(
            0, ImmutableSortedDictionary<string, SourceTopic>.Empty.Add("t", new SourceTopic("t", format, null, [model])),
            Duration.FromMinutes(1), 1 << 30, Duration.FromHours(1), Duration.FromHours(1));
        using var lane = new CountingLane(settings, Limits);
        var counter = new PartitionCounter(settings, new SourcePartition("t", 5), new(0), EventTime.None);
        counter.Add(new SourceRecord(new(41), new(Now), message, false, [], message.Length), lane);

        RejectedRows rejected = Assert.Single(counter.Rejects.ToArray());
        Assert.Equal((reason, 41, 5), (rejected.Reject.Reason, rejected.Offset.Value, rejected.Source.Partition));
        Assert.Contains(says, rejected.Reject.Detail, StringComparison.Ordinal);
        Assert.Equal(0, counter.Fates.Counted.Value);
        Assert.Equal(1, counter.Fates.Unreadable + counter.Fates.Rejected);
    }

    // An internal error is what no message should bring about: CountingFaultTests. Of labels that come later: ProjectionCountingTests.
    [Fact]
    public void EveryReason_HasAMessage() =>
        Assert.Equal(
            Enum.GetValues<RejectReason>()[..^1].Except([RejectReason.IdNull, RejectReason.LabelNull]),
            Messages.Select(m => m.Data.Item1).Distinct().Order());

    private static byte[] Times(long time) => Stream(Schema(TimeField), Batch(1, [(1, 0)], [[], Bytes(time)]));

    private static byte[] Bytes(params long[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static byte[] Bytes(params int[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
