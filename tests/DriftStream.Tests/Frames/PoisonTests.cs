using System.Collections.Immutable;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using Xunit;
using Field = Apache.Arrow.Field;
using TimeUnit = Apache.Arrow.Types.TimeUnit;

namespace DriftStream.Tests.Frames;

/// <summary>What a broken or hostile producer sends is counted under its fate, and the partition goes on.</summary>
public sealed class PoisonTests : IDisposable
{
    private const long Now = 1_700_000_000_000_000;

    private readonly CountingLane _lane;
    private readonly PartitionCounter _counter;
    private long _offset;

    public PoisonTests()
    {
        ImmutableArray<BaselineSignal> signals = [new("x", SignalRole.Feature, ["x"], Layout.Numeric([0, 1]), [])];
        var model = new CountedModel("m", "time", new VersionSource(Column: "version"), null, null, signals, Duration.FromMinutes(1), new(0), new(0));
        var topic = new SourceTopic("t", MessageFormat.Arrow, new ModelSelector(Column: "model"), [model]);
        var settings = new CountingSettings(
            0, ImmutableSortedDictionary<string, SourceTopic>.Empty.Add("t", topic),
            Duration.FromMinutes(1), 1 << 30, Duration.FromHours(1), Duration.FromHours(1));
        _lane = new CountingLane(settings, new InputLimits(MessageBytes: 100_000));
        _counter = new PartitionCounter(settings, new SourcePartition("t", 3), new(0), EventTime.None);
    }

    public void Dispose() => _lane.Dispose();

    [Fact]
    public void PlainText_IsUnreadable() => Refused(RejectReason.NotArrow, Encoding.UTF8.GetBytes("{\"x\": 1}"));

    [Fact]
    public void TruncatedMessage_IsUnreadable() => Refused(RejectReason.Truncated, Message((Now, "m", 0.5))[..^40]);

    [Fact]
    public void OversizeMessage_IsUnreadable() => Refused(RejectReason.LimitExceeded, new byte[100_001]);

    [Fact]
    public void MessageThatWasNotEvenCopied_IsUnreadable()
    {
        _counter.Add(new SourceRecord(new(0), new(Now), default, false, [], 1 << 30, new Reject(RejectReason.LimitExceeded, "too large")), _lane);
        Assert.Equal(new FateCounts { Messages = 1, Unreadable = 1 }, _counter.Fates);
        Assert.Equal("too large", _counter.Rejects[0].Reject.Detail);
        Assert.True(_counter.IsFull, "its bytes count as all others do");
    }

    [Theory]
    [InlineData("a", "a", "a")]
    [InlineData("nobody", "", null)]
    [InlineData(null, "", null)]
    public void UnreadableMessage_IsOfTheModelThatItsHeaderNames(string? header, string lost, string? rejected)
    {
        var topic = new SourceTopic("t", MessageFormat.Arrow, new ModelSelector(Header: "model-id"), [Model("a"), Model("b")]);
        Assert.Equal((lost, rejected), Unreadable(topic, header));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a", "b")]
    public void UnreadableMessage_OfATopicByColumn_MayBeOfEachModel(params string[] models)
    {
        ImmutableArray<CountedModel> all = [.. models.Select(Model)];
        Assert.Equal((string.Concat(models), null), Unreadable(new SourceTopic("t", MessageFormat.Arrow, new ModelSelector(Column: "model"), all), "a"));
        if (all is [var only]) Assert.Equal(("a", "a"), Unreadable(new SourceTopic("t", MessageFormat.Arrow, null, [only]), null));
    }

    private static CountedModel Model(string id) => new(id, "time", new VersionSource(), null, null, [], Duration.FromMinutes(1), new(0), new(0));

    // The models whose next verdict tells of it, and the one that the reject names.
    private static (string Lost, string? Rejected) Unreadable(SourceTopic topic, string? header)
    {
        var settings = new CountingSettings(
            0, ImmutableSortedDictionary<string, SourceTopic>.Empty.Add("t", topic),
            Duration.FromMinutes(1), 1 << 30, Duration.FromHours(1), Duration.FromHours(1));
        using var lane = new CountingLane(settings, new InputLimits());
        var counter = new PartitionCounter(settings, new SourcePartition("t", 3), new(0), EventTime.None);
        ImmutableArray<RecordHeader> headers = header is null ? [] : [new RecordHeader("model-id", header)];
        counter.Add(new SourceRecord(new(0), new(Now), "no arrow"u8.ToArray(), false, headers, 8), lane);
        string? rejected = Assert.Single(counter.Rejects.ToArray()).Model;
        ImmutableArray<LostRows> lost = counter.Flush(new(Now), 1, idle: true).Header.Lost;
        Assert.All(lost, l => Assert.Equal(new LostRows(l.Model, Unreadable: 1) { Why = "the message does not start as an Arrow stream does" }, l));
        return (string.Concat(lost.Select(l => l.Model)), rejected);
    }

    [Fact]
    public void Tombstone_IsCountedAndNoReject()
    {
        _counter.Add(new SourceRecord(new(0), new(Now), default, true, [], 0), _lane);
        Assert.Equal(new FateCounts { Messages = 1, Tombstones = 1 }, _counter.Fates);
        Assert.True(_counter.Rejects.IsEmpty);
    }

    [Fact]
    public void WrongColumnType_RejectsTheRowsWithTheModelsName()
    {
        Add(Message([(Now, "m", "abc"), (Now, "m", "1"), (Now, "ghost", "2")]));
        Assert.Equal((3, 2, 1), (_counter.Fates.Rows.Value, _counter.Fates.Rejected.Value, _counter.Fates.Unowned.Value));
        RejectedRows reject = Assert.Single(_counter.Rejects.ToArray());
        Assert.Equal((RejectReason.ColumnType, "m", 2, 0), (reject.Reject.Reason, reject.Model, reject.Rows.Value, reject.Offset.Value));
        Assert.Contains("'x'", reject.Reject.Detail, StringComparison.Ordinal);
        Assert.Equal(Now, _counter.Watermark.Microseconds); // else no window would close, and nobody be told
    }

    [Fact]
    public void UnknownModel_IsUnownedUnderItsName()
    {
        Add(Message((Now, "ghost", 0.5), (Now, "m", 0.5)));
        Assert.Equal((1, 1), (_counter.Fates.Unowned.Value, _counter.Fates.Counted.Value));
        Entry entry = Assert.Single(_counter.Flush(new(Now), 1, idle: true).Entries, e => e.Key.Unowned);
        Assert.Equal(("ghost", 1), (entry.Key.Model, entry.Rows.Value));
    }

    [Fact]
    public void RowOfTheYear9999_MovesNoWatermark()
    {
        Add(Message((EventTime.Latest, "m", 0.5), (Now, "m", 0.5)));
        Assert.Equal((1, 1, Now), (_counter.Fates.Future.Value, _counter.Fates.Counted.Value, _counter.Watermark.Microseconds));
    }

    [Fact]
    public void RowOf1970_IsLateOnceTimeHasCome()
    {
        Add(Message((Now, "m", 0.5), (0, "m", 0.5)));
        Assert.Equal((1, 1, Now), (_counter.Fates.Late.Value, _counter.Fates.Counted.Value, _counter.Watermark.Microseconds));
        Assert.Equal([new LostRows("m", new(1))], _counter.Flush(new(Now), 1, idle: true).Header.Lost);
    }

    [Fact]
    public void RowWithoutTime_IsRejected()
    {
        Add(Message((null, "m", 0.5), (Now, "m", 0.5)));
        Assert.Equal((1, 1), (_counter.Fates.Rejected.Value, _counter.Fates.Counted.Value));
        Assert.Equal(RejectReason.TimeNull, _counter.Rejects[0].Reject.Reason);
    }

    [Fact]
    public void RowsSpreadOverYears_OpenABoundedNumberOfPanes()
    {
        Add(Message([.. Enumerable.Range(0, 2500).Select(i => ((long?)i * EventTime.Hour, "m", 0.5))]));
        Assert.True(_counter.IsFull);
        Assert.Equal((2500, 2048, 452), (_counter.Fates.Rows.Value, _counter.Fates.Counted.Value, _counter.Fates.Rejected.Value));
        Assert.Equal((RejectReason.LimitExceeded, 452), (_counter.Rejects[0].Reject.Reason, _counter.Rejects[0].Rows.Value));
        Assert.Equal(2048, _counter.Finish(new(1), new(Now), 1).Entries.Length);
        Add(Message((Now, "m", 0.5)));
        Assert.Equal(1, _counter.Fates.Counted.Value);
    }

    private void Refused(RejectReason reason, byte[] payload)
    {
        Add(payload);
        Assert.Equal(new FateCounts { Messages = 1, Unreadable = 1 }, _counter.Fates);
        RejectedRows reject = Assert.Single(_counter.Rejects.ToArray());
        Assert.Equal((reason, 0), (reject.Reject.Reason, reject.Rows.Value));
        Add(Message((Now, "m", 0.5)));
        Assert.Equal((1, 2), (_counter.Fates.Counted.Value, _counter.Upto.Value));
        Assert.True(_counter.Rejects.IsEmpty);
    }

    private void Add(byte[] payload) => _counter.Add(new SourceRecord(new(_offset++), new(Now), payload, false, [], payload.Length), _lane);

    private static byte[] Message(params (long? Time, string Model, double X)[] rows)
    {
        var x = new DoubleArray.Builder();
        foreach ((_, _, double value) in rows) x.Append(value);
        return Message(rows.Select(r => (r.Time, r.Model)), DoubleType.Default, x.Build());
    }

    private static byte[] Message((long? Time, string Model, string X)[] rows)
    {
        var x = new StringArray.Builder();
        foreach ((_, _, string value) in rows) x.Append(value);
        return Message(rows.Select(r => (r.Time, r.Model)), StringType.Default, x.Build());
    }

    private static byte[] Message(IEnumerable<(long? Time, string Model)> rows, IArrowType type, IArrowArray x)
    {
        var times = new TimestampArray.Builder(new TimestampType(TimeUnit.Microsecond, "UTC"));
        var models = new StringArray.Builder();
        foreach ((long? time, string model) in rows)
        {
            if (time is { } at) times.Append(DateTimeOffset.UnixEpoch.AddTicks(at * 10));
            else times.AppendNull();
            models.Append(model);
        }

        var schema = new Apache.Arrow.Schema(
            [new Field("time", new TimestampType(TimeUnit.Microsecond, "UTC"), true), new Field("model", StringType.Default, false),
                new Field("x", type, true)], null);
        using var stream = new MemoryStream();
        using var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true);
        var batch = new RecordBatch(schema, [times.Build(), models.Build(), x], x.Length);
        writer.WriteRecordBatch(batch);
        GC.KeepAlive(batch);
        writer.WriteEnd();
        return stream.ToArray();
    }
}
