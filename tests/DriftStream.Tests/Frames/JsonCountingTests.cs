using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Frames;

/// <summary>Rows that come as JSON are counted as the same rows that come as Arrow; a value of a wrong type costs its row alone.</summary>
public sealed class JsonCountingTests : IDisposable
{
    private const long Now = 1_700_000_000_000_000;

    private static readonly System.Text.Json.JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly CountingLane _lane;
    private readonly PartitionCounter _counter;
    private long _offset;

    public JsonCountingTests()
    {
        CountedModel Model(string id, string signal, Layout layout) => new(
            id, "time", new VersionSource(Column: "version"), null, null, [new(signal, SignalRole.Feature, [signal], layout, [])],
            Duration.FromMinutes(1), new(0), new(0), Paths: ImmutableSortedDictionary<string, JsonPath>.Empty.Add("x", JsonPath.Parse("in.x[0]")!));
        var topic = new SourceTopic(
            "t", MessageFormat.Json, new ModelSelector(Column: "model"),
            [Model("m", "x", Layout.Numeric([0, 1])), Model("other", "y", Layout.Categorical(["a", "2"]))]);
        var settings = new CountingSettings(
            0, ImmutableSortedDictionary<string, SourceTopic>.Empty.Add("t", topic),
            Duration.FromMinutes(1), 1 << 30, Duration.FromHours(1), Duration.FromHours(1));
        _lane = new CountingLane(settings, new InputLimits());
        _counter = new PartitionCounter(settings, new SourcePartition("t", 3), new(0), EventTime.None);
    }

    public void Dispose() => _lane.Dispose();

    [Fact]
    public void Messages_OfEveryKind_AreCountedAsRowByRow()
    {
        FateCounts all = default;
        for (int seed = 0; seed < 250; seed++)
        {
            var random = new Random(seed);
            List<RandomMessage> messages = [.. RandomMessages.Make(random, random.Next(1, 7)).Select(WithoutNaN)];
            CountingSettings settings = PartitionCounterTests.Settings(random, messages);
            SourceTopic topic = settings.Sources["t"] with { Format = MessageFormat.Json };
            settings = settings with { Sources = settings.Sources.SetItem("t", topic) };
            var plain = new PlainCounting(settings);
            foreach (RandomMessage message in messages) plain.Add(message);
            using var lane = new CountingLane(settings, new InputLimits());
            var counter = new PartitionCounter(settings, PartitionCounterTests.Source, new(0), EventTime.None);
            for (int i = 0; i < messages.Count; i++) counter.Add(PartitionCounterTests.Record(messages[i], i), lane);

            var cells = new SortedDictionary<string, long>(StringComparer.Ordinal);
            PlainCounting.AddTo(cells, counter.Flush(new(0), 1, idle: true).Entries);
            Assert.True(plain.Fates == counter.Fates, $"seed {seed}: {counter.Fates} instead of {plain.Fates}");
            Assert.Equal(plain.Watermark, counter.Watermark);
            Assert.True(plain.Cells.SequenceEqual(cells), $"seed {seed}: {string.Join("; ", cells.Except(plain.Cells).Take(3))} instead of "
                + string.Join("; ", plain.Cells.Except(cells).Take(3)));
            all += plain.Fates;
        }

        Assert.True(Math.Min(Math.Min(all.Counted, all.Late), Math.Min(all.Future, Math.Min(all.Rejected, all.Unowned))) > 100, "some fate hardly occurs");
    }

    [Fact]
    public void WrongTypes_RejectTheirRows_AndNoOthers()
    {
        Add("""
            [{"model": "m", "time": "2023-11-14T22:13:20Z", "in": {"x": [0.5]}},
             {"model": "m", "time": "2023-11-14T22:13:20Z", "in": {"x": ["0.5"]}},
             {"model": "m", "time": "2023-11-14T22:13:20Z", "in": {"x": [9007199254740993]}},
             {"model": "m", "time": "2023-11-14T22:13:20Z", "y": {"not": "m's"}},
             {"model": "m", "time": 1700000000, "in": {"x": [2]}},
             {"model": "m", "time": "soon"},
             {"model": "m"},
             {"model": "other", "time": "2023-11-14T22:13:20Z", "in": {"x": ["not other's"]}, "y": 2},
             {"model": "other", "time": "2023-11-14T22:13:20Z", "y": []},
             {"model": "ghost", "time": "soon", "in": {"x": [[]]}, "y": []}]
            """);
        Assert.Equal(new FateCounts { Rows = new(10), Counted = new(3), Rejected = new(6), Unowned = new(1), Messages = 1 }, _counter.Fates);
        Assert.Equal(
            [("m", RejectReason.ValueType, 2), ("m", RejectReason.TimeUnreadable, 2), ("m", RejectReason.TimeNull, 1), ("other", RejectReason.ValueType, 1)],
            _counter.Rejects.ToArray().Select(r => (r.Model!, r.Reject.Reason, (int)r.Rows)));
        Assert.Contains("row 2, byte", _counter.Rejects[0].Reject.Detail, StringComparison.Ordinal);
        ImmutableArray<Entry> entries = _counter.Flush(new(Now), 1, idle: true).Entries;
        // m: one row in [0, 1), one missing; other: one row of the category 2.
        Assert.Equal([0, 1, 0, 0, 1], Assert.Single(entries, e => e.Key.Model == "m").Signals[0].Cells);
        Assert.Equal([0, 1, 0, 0], Assert.Single(entries, e => e.Key.Model == "other").Signals[0].Cells);
    }

    [Fact]
    public void RowOfAWrongType_IsRejected_WhereAllRowsWouldFallIntoOnePane()
    {
        var model = new CountedModel("m", null, new VersionSource(), null, null,
            [new("x", SignalRole.Feature, ["x"], Layout.Numeric([0, 1]), [])], Duration.FromMinutes(1), new(0), new(0));
        var topic = new SourceTopic("t", MessageFormat.Json, null, [model]);
        var settings = new CountingSettings(
            0, ImmutableSortedDictionary<string, SourceTopic>.Empty.Add("t", topic),
            Duration.FromMinutes(1), 1 << 30, Duration.FromHours(1), Duration.FromHours(1));
        using var lane = new CountingLane(settings, new InputLimits());
        var counter = new PartitionCounter(settings, new SourcePartition("t", 0), new(0), EventTime.None);
        foreach (string text in new[] { "[{\"x\": 0.5}, {\"x\": \"0.5\"}, {\"x\": 7}]", "[{\"x\": 0.5}, {}]" })
        {
            byte[] payload = Encoding.UTF8.GetBytes(text);
            counter.Add(new SourceRecord(new(0), new(Now), payload, false, [], payload.Length), lane);
        }

        Assert.Equal(new FateCounts { Rows = new(5), Counted = new(4), Rejected = new(1), Messages = 2 }, counter.Fates);
        Assert.Equal([0, 2, 1, 0, 1], Assert.Single(counter.Flush(new(Now), 1, idle: true).Entries).Signals[0].Cells);
    }

    [Theory]
    [InlineData("hello", RejectReason.NotJson)]
    [InlineData("[{\"model\": \"m\"}", RejectReason.Truncated)]
    [InlineData("{\"model\": \"m\", \"model\": \"m\"}", RejectReason.NotJson)]
    public void WhatIsNoMessage_IsUnreadable(string text, RejectReason reason)
    {
        Add(text);
        Assert.Equal(new FateCounts { Messages = 1, Unreadable = 1 }, _counter.Fates);
        Assert.Equal(reason, Assert.Single(_counter.Rejects.ToArray()).Reject.Reason);
        Add("[]");
        Add("""{"model": "m", "time": "2023-11-14T22:13:20Z", "in": {"x": [0.5]}}""");
        Assert.Equal((3, 1, 1), (_counter.Fates.Messages, _counter.Fates.Rows.Value, _counter.Fates.Counted.Value));
    }

    private void Add(string text)
    {
        byte[] payload = Encoding.UTF8.GetBytes(text);
        _counter.Add(new SourceRecord(new(_offset++), new(Now), payload, false, [], payload.Length), _lane);
    }

    // JSON has no NaN.
    private static RandomMessage WithoutNaN(RandomMessage message)
    {
        PlainRow[] rows = [.. message.Rows.Select(r => r.Number is { } n && !double.IsFinite(n) ? r with { Number = null } : r)];
        return message with { Rows = rows, Payload = Encoding.UTF8.GetBytes(new JsonArray([.. rows.Select(Row)]).ToJsonString(Plain)) };
    }

    private static JsonObject Row(PlainRow row)
    {
        var json = new JsonObject { ["model"] = row.Model, ["time"] = row.Time, ["version"] = row.Version, ["category"] = row.Category };
        // With an exponent: what is written as an integer must be below 2^53.
        if (row.Number is { } number) json["number"] = JsonNode.Parse(number.ToString("E16", CultureInfo.InvariantCulture));
        return json;
    }
}
