using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Tests.Batches;
using DriftStream.Time;
using Xunit;
using Field = Apache.Arrow.Field;
using Schema = Apache.Arrow.Schema;

namespace DriftStream.Tests.Cells;

public sealed class BaselineTests
{
    private static readonly ImmutableArray<BaselineSignal> Signals =
    [
        new("x", SignalRole.Feature, ["x"], Layout.Numeric([double.NegativeInfinity, -0.1, double.Epsilon, 0.1,
            Math.BitIncrement(0.1), double.PositiveInfinity], true), [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        new("c", SignalRole.Decision, ["c"], Layout.Categorical(["", "\"", "日本"]), [1, 2, 3, 4, long.MaxValue]),
        new("a x b", SignalRole.Group, ["a", "b"], Layout.Table(["1 x 2"], labelled: true), [.. Enumerable.Range(0,
            27).Select(i => (long)i)]),
    ];

    [Fact]
    public void File_ReadsBackBitByBit()
    {
        Baseline baseline = BaselineFile.Hashed("m", 17, Signals);
        Baseline read = BaselineFile.Read(BaselineFile.Write(baseline), out string problem)!;
        Assert.Equal("", problem);
        Assert.Equal((baseline.Id, baseline.Rows, baseline.Hash), (read.Id, read.Rows, read.Hash));
        foreach ((BaselineSignal expected, BaselineSignal actual) in baseline.Signals.Zip(read.Signals))
        {
            Assert.Equal((expected.Name, expected.Role, expected.Layout.Hash), (actual.Name, actual.Role, actual.Layout.Hash));
            Assert.Equal(expected.Columns, actual.Columns);
            Assert.Equal(expected.Counts, actual.Counts);
            Assert.Equal(expected.Layout.Edges.Select(BitConverter.DoubleToInt64Bits),
                actual.Layout.Edges.Select(BitConverter.DoubleToInt64Bits));
        }
    }

    [Fact]
    public void Hash_IsTheSameForEver_AndDependsOnEveryCount()
    {
        // SHA-256 of the canonical JSON, computed by Python's hashlib.
        Assert.Equal(
            "sha256:08d8eabc7415ca5e3b59ae6f18c61f7aa1d3735291bda376c77f14725edbbb66",
            BaselineFile.Hashed("m", 17, [Signals[1]]).Hash);
        string hash = BaselineFile.Hashed("m", 17, Signals).Hash;
        Assert.NotEqual(hash, BaselineFile.Hashed("n", 17, Signals).Hash);
        Assert.NotEqual(hash, BaselineFile.Hashed("m", 18, Signals).Hash);
        Assert.NotEqual(hash, BaselineFile.Hashed("m", 17, Signals.SetItem(0, Signals[0] with
        {
            Counts = Signals[0].Counts.SetItem(8,
            10)
        })).Hash);
    }

    [Fact]
    public void DamagedFile_GivesASentence()
    {
        byte[] file = BaselineFile.Write(BaselineFile.Hashed("m", 17, Signals));
        var random = new Random(3);
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = [.. file.Take(random.Next(5) == 0 ? random.Next(file.Length) : file.Length)];
            for (int n = random.Next(1, 4); n > 0 && damaged.Length > 0; n--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            Baseline? baseline = BaselineFile.Read(damaged, out string problem);
            Assert.NotEqual(baseline is null, problem.Length == 0);
        }
    }

    [Theory]
    [InlineData("\"m\"", "null")]
    [InlineData("\"name\":\"x\"", "\"name\":null")]
    [InlineData("\"name\":\"x\",", "")]
    [InlineData("[\"x\"]", "[]")]
    [InlineData("[\"x\"]", "[null]")]
    [InlineData("Numeric", "7")]
    [InlineData("Feature", "Nobody")]
    [InlineData("\"edges\":[]", "\"edges\":[null]")]
    [InlineData("\"edges\":[]", "\"edges\":[\"one\"]")]
    [InlineData("Numeric\",\"exact\":true,\"labelled\":false,\"edges\":[],\"categories\":[]",
        "Categorical\",\"edges\":[],\"categories\":[null]")]
    [InlineData("[1,2,3]", "[1,-2,3]")]
    [InlineData("[1,2,3]", "[1,2]")]
    [InlineData("true", "1")]
    public void WrongContent_GivesASentence(string part, string wrong)
    {
        const string Right = """
            {"id":"m","rows":1,"signals":[{"name":"x","role":"Feature","columns":["x"],
            "kind":"Numeric","exact":true,"labelled":false,"edges":[],"categories":[],"counts":[1,2,3]}]}
            """;
        Assert.NotNull(BaselineFile.Read(File(Right), out _));
        Assert.Contains(part, Right, StringComparison.Ordinal);
        Assert.Null(BaselineFile.Read(File(Right.Replace(part, wrong, StringComparison.Ordinal)), out string problem));
        Assert.StartsWith("the baseline is damaged: ", problem, StringComparison.Ordinal);
    }

    // The hash is that of the canonical text, whatever a file looks like; and every double is what it was, to the last bit.
    [Fact]
    public void Content_IsReadWhateverTheOrderOfItsFields()
    {
        double[] edges = [double.NegativeInfinity, -1e300, -0.1, 0, 5e-324, 1.0 / 3, 123456789.123456789, 1e21, double.MaxValue, double.PositiveInfinity];
        ImmutableArray<long> counts = [.. edges.Select((_, i) => (long)i), 1, 2, 3];
        BaselineSignal signal = new("x \u00e4\"", SignalRole.Feature, ["x \u00e4\""], Layout.Numeric([.. edges], exact: true), counts);
        Baseline written = BaselineFile.Hashed("m", 17, [signal]);
        Baseline read = BaselineFile.Read(BaselineFile.Write(written), out _)!;
        Assert.Equal((written.Hash, 17), (read.Hash, read.Rows));
        Assert.Equal(edges, read.Signals[0].Layout.Edges);
        Baseline other = BaselineFile.Read(File("""
            { "signals": [ { "new": {"a": [1, {}]}, "counts": [1, 2, 3], "categories": [], "edges": [], "labelled": false, "exact": true, "kind": "Numeric",
            "columns": ["x"], "role": "Feature", "name": "x" } ], "new": [[1]], "rows": 1, "id": "m" }
            """), out string problem)!;
        Assert.Equal("", problem);
        BaselineSignal same = new("x", SignalRole.Feature, ["x"], Layout.Numeric([], exact: true), [1, 2, 3]);
        Assert.Equal(BaselineFile.Hashed("m", 1, [same]).Hash, other.Hash);
        Assert.Null(BaselineFile.Read(File("""{"id":"m","rows":1,"signals":[]} 1"""), out _));
        Assert.Null(BaselineFile.Read(File("""{"rows":1,"signals":[]}"""), out _));
    }

    private static byte[] File(string json)
    {
        using var output = new MemoryStream();
        output.Write("DSBL\u0001"u8);
        using (var gzip = new System.IO.Compression.GZipStream(output, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(System.Text.Encoding.UTF8.GetBytes(json));
        return output.ToArray();
    }

    [Fact]
    public void Reference_CountedAsAWindow_HasTheBaselinesCounts()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            byte[] message = Message(random, out int rows);
            using var reader = new ArrowMessageReader(new InputLimits());
            Assert.Null(reader.Read(message));
            BaselineSettings settings = BaselineSettings.Of("m") with
            {
                Decision = new BinaryColumn("decision", "true"),
                Label = new BinaryColumn("label", "1"),
                Score = "n2",
                Groups = [["text"], ["text", "n3"]],
                Edges = random.Next(4, 80),
            };
            BaselineResult result = BaselineBuilder.Build(reader.Batches.ToArray(), settings);
            string[] large = [.. result.Problems.Select(p => Regex.Match(p, "^column '(.+)' holds integers beyond 2").Groups[1].Value)];
            settings = settings with { NotFeatures = [.. large], Score = large.Contains("n2") ? null : "n2" };
            if (large.Length > 0) result = BaselineBuilder.Build(reader.Batches.ToArray(), settings);
            Assert.Empty(result.Problems);
            Baseline baseline = result.Baseline!;
            Assert.Equal(rows, baseline.Rows);
            var model = new CountedModel("m", null, new VersionSource(), settings.Decision, settings.Label, baseline.Signals,
                Duration.FromDays(1), new(0), new(0));
            var counting = new CountingSettings(
                0, ImmutableSortedDictionary<string, SourceTopic>.Empty.Add("t", new SourceTopic("t", MessageFormat.Arrow, null, [model])),
                new(0), 1 << 30, Duration.FromDays(1), Duration.FromDays(1));
            var counter = new PartitionCounter(counting, new SourcePartition("t", 0), new(0), EventTime.None);
            using var lane = new CountingLane(counting, new InputLimits());
            counter.Add(new SourceRecord(new(0), new(EventTime.Day), message, false, [], message.Length), lane);
            Entry entry = Assert.Single(counter.Flush(new(0), 1, idle: true).Entries);
            Assert.All(baseline.Signals.Zip(entry.Signals), pair =>
            {
                Assert.Equal(pair.First.Key, pair.Second.Signal);
                Assert.Equal(rows, pair.First.Counts.Sum());
                Assert.Equal(pair.First.Counts, pair.Second.Cells);
                if (pair.First.Layout.UnseenCell >= 0) Assert.Equal(0, pair.First.Counts[pair.First.Layout.UnseenCell]);
            });
        }
    }

    private static byte[] Message(Random random, out int rows)
    {
        rows = random.Next(1, 400);
        var columns = new List<(string Name, RandomColumn Column)>();
        for (int kind = 0; kind < 11; kind++) columns.Add(($"n{kind}", RandomColumn.Of(random, kind, rows)));
        columns.Add(("decision", RandomColumn.Of(random, 11, rows)));
        columns.Add(("label", RandomColumn.Of(random, 0, rows)));
        columns.Add(("text", RandomColumn.Of(random, random.Next(13, 15), rows)));
        columns.Add(("dictionary", RandomColumn.Of(random, 14, rows)));
        columns.Add(("decimal", RandomColumn.Of(random, 15, rows)));
        var schema = new Schema([.. columns.Select(c => new Field(c.Name, c.Column.Type, true))], null);
        using var stream = new MemoryStream();
        using var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true);
        var batch = new RecordBatch(schema, columns.Select(c => c.Column.Array), rows);
        writer.WriteRecordBatch(batch);
        GC.KeepAlive(batch);
        writer.WriteEnd();
        return stream.ToArray();
    }
}
