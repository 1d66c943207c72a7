using System.Collections.Immutable;
using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Frames;

/// <summary>Rows that are refused for their columns move event time, so that windows close and their owner is told; and say what was wrong.</summary>
public sealed class RefusedColumnsTests : IDisposable
{
    private const long Now = 1_700_000_000_000_000;

    private readonly CountingLane _lane;
    private readonly PartitionCounter _counter;

    public RefusedColumnsTests()
    {
        ImmutableArray<BaselineSignal> signals = [new("x", SignalRole.Feature, ["x"], Layout.Numeric([0, 1]), [])];
        var model = new CountedModel(
            "m", "time", new VersionSource(), null, null, signals, Duration.FromMinutes(1), new(0), new(0), TimeUnit.Microsecond);
        var settings = new CountingSettings(
            0, ImmutableSortedDictionary<string, SourceTopic>.Empty.Add("t", new SourceTopic("t", MessageFormat.Json, null, [model])),
            Duration.FromMinutes(1), 1 << 30, Duration.FromHours(1), Duration.FromHours(1));
        _lane = new CountingLane(settings, new InputLimits());
        _counter = new PartitionCounter(settings, new SourcePartition("t", 3), new(0), EventTime.None);
    }

    public void Dispose() => _lane.Dispose();

    [Theory]
    [InlineData("""{"time":1700000000000007,"x":"seven"}""", Now + 7)]
    [InlineData("""{"time":1700000000000007,"x":"seven"},{"time":1700000000000009,"x":8}""", Now + 9)]
    [InlineData("""{"time":1700000000000009,"x":"seven"},{"time":1700000000000007,"x":8}""", Now + 9)]
    [InlineData("""{"time":null,"x":1}""", null)]
    [InlineData("""{"time":"long ago","x":1}""", null)]
    [InlineData("""{"time":1700000070000000,"x":"ahead"}""", null)]
    public void Watermark_IsMovedByRowsWhoseTimeIsGood(string rows, long? moved)
    {
        Add(rows);

        Assert.Equal(moved is null ? EventTime.None : new EventTime(moved.Value), _counter.Watermark);
        Assert.True(_counter.Fates.Rejected + _counter.Fates.Future > 0);
    }

    [Fact]
    public void Header_SaysWhatWasWrongWithTheFirst()
    {
        Add($$"""{"time":{{Now}},"x":"seven"}""");
        Add($$"""{"time":null,"x":7}""");
        Add("", raw: "{");

        LostRows lost = Assert.Single(_counter.Flush(new(0), 1, idle: false).Header.Lost);

        Assert.Equal((2, 1), (lost.Rejected.Value, lost.Unreadable));
        Assert.Contains("'x'", lost.Why, StringComparison.Ordinal);
        Assert.DoesNotContain("seven", lost.Why, StringComparison.Ordinal); // no value leaves the worker
        Assert.Equal(303, new LostRows("m") { Why = new string('a', 1000) }.Why!.Length);
    }

    private void Add(string rows, string? raw = null) => _counter.Add(
        new SourceRecord(_counter.Upto, new(Now), Encoding.UTF8.GetBytes(raw ?? $"[{rows}]"), false, [], 1), _lane);
}
