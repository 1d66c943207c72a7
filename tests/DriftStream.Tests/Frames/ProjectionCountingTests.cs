using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Frames;

/// <summary>What a counter tells the topic <c>joins</c>: every row that labels may meet and every label, once each, whatever is late or flushed when.</summary>
public sealed partial class ProjectionCountingTests
{
    private const long Minute = 60_000_000, Now = 1_700_000_000_000_000 / (60 * Minute) * (60 * Minute);

    private static readonly RowSecret Secret = new("sixteen bytes or more"u8);

    [Fact]
    public void Predictions_AreToldWithTheirCells_LateOnesToo()
    {
        using var session = new Session("p", start: 0);
        session.Add("""[{"id":"a","t":0,"d":1,"g":"f"},{"id":7,"t":5,"d":0,"g":"m"},{"id":null,"t":5,"d":null,"g":"x"}]""");
        session.Add("""[{"id":"b","t":-9,"d":1,"g":"m"},{"id":"c","t":60,"d":1,"g":"m"},{"id":"d","t":"soon","d":1,"g":"m"}]""");
        FateCounts fates = session.Counter.Fates;
        Assert.Equal((6, 3, 1, 1, 1), ((int)fates.Rows, (int)fates.Counted, (int)fates.Late, (int)fates.Future, (int)fates.Rejected));

        ProjectedRow[] rows = session.Told();
        Assert.Equal(["0 0 1 0", "0 5 0 1", "0 5 2 2", "1 -9 1 1"], rows.Select(r => (PredictionCell)r.Cell is var c
            ? $"{r.Offset} {(r.Time - Now) / Minute} {c.Decision} {c.Groups.Single()}" : ""));
        RowIds ids = Secret.Of("m");
        Assert.Equal([ids.Of("a"u8), ids.Of("7"u8), ids.Of("b"u8)], rows.Where((_, i) => i != 2).Select(r => r.Id));
        // One without an id is found by none: not by an empty one, and it is another one in another place.
        Assert.DoesNotContain(rows[2].Id, (UInt128[])[ids.Of(""u8), ids.Of("null"u8)]);
        using var other = new Session("p", start: 7);
        other.Add("""[{"id":null,"t":5,"d":null,"g":"x"}]""");
        Assert.NotEqual(rows[2].Id, Assert.Single(other.Told()).Id);
    }

    [Fact]
    public void Labels_AreInNoPane_AndMoveTime()
    {
        using var session = new Session("l", start: 0);
        session.Add("""[{"id":"a","u":3,"y":1},{"id":7,"u":-600,"y":false},{"id":"b","u":60,"y":1},{"id":null,"u":1,"y":1},{"id":"c","u":1,"y":null}]""");
        FateCounts fates = session.Counter.Fates;
        Assert.Equal((5, 0, 2, 1, 2), ((int)fates.Rows, (int)fates.Counted, (int)fates.Labels, (int)fates.Future, (int)fates.Rejected));
        Assert.Equal([RejectReason.IdNull, RejectReason.LabelNull], session.Counter.Rejects.ToArray().Select(r => r.Reject.Reason));
        Assert.Equal(Now + (3 * Minute), session.Counter.Watermark);
        Assert.Equal(["3 1", "-600 0"], session.Told().Select(r => $"{(r.Time - Now) / Minute} {((LabelCell)r.Cell).Cell}"));
        Assert.Empty(session.Flushed.SelectMany(f => f.Entries));
        // No prediction is lost with them.
        Assert.Empty(session.Flushed[^1].Header.Lost);
        Assert.Equal(2L, session.Flushed[^1].Header.Fates.Labels.Value);
    }

    [Theory]
    [InlineData("""[{"u":3,"y":1}]""", RejectReason.IdNull)]
    [InlineData("""[{"id":"a","u":3}]""", RejectReason.LabelNull)]
    public void LabelsThatLackAColumn_AreRefused(string message, RejectReason reason)
    {
        using var session = new Session("l", start: 0);
        session.Add(message);
        Assert.Equal(reason, Assert.Single(session.Counter.Rejects.ToArray()).Reject.Reason);
    }

    /// <summary>What is predicted and what is true are told as they are; the decision is no matter of that.</summary>
    [Fact]
    public void Numbers_AreToldAsTheyAre()
    {
        using Session predictions = new("pn", start: 0), labels = new("ln", start: 0);
        predictions.Add("""[{"id":"a","t":0,"s":0.1,"d":1},{"id":"b","t":1,"s":null},{"id":"c","t":2,"s":-1e300}]""");
        Assert.Equal([0.1, double.NaN, -1e300], predictions.Told().Select(r => r.Number));
        Assert.Single(predictions.Told().Select(r => r.Cell).Distinct());
        labels.Add("""[{"id":"a","u":0,"y":7},{"id":"b","u":1,"y":-0.25},{"id":"c","u":2,"y":null}]""");
        Assert.Equal([7, -0.25], labels.Told().Select(r => r.Number));
        Assert.Equal(RejectReason.LabelNull, Assert.Single(labels.Counter.Rejects.ToArray()).Reject.Reason);
    }

    /// <summary>Where residuals are counted by group a prediction brings its group too, also of several columns; of labels no such column is read.</summary>
    [Fact]
    public void NumbersByGroup_AreToldWithTheirGroups()
    {
        using Session predictions = new("pg", start: 0), labels = new("lg", start: 0);
        predictions.Add(
            """[{"id":1,"t":0,"s":1,"g":"m","h":7},{"id":2,"t":1,"s":2,"g":"x","h":7},{"id":3,"t":2,"s":3,"g":null,"h":8},{"id":4,"t":3,"s":4,"g":"f"}]""");
        Assert.Equal([(1, "1 0"), (2, "2 1"), (3, "3 2"), (4, "0 2")],
            predictions.Told().Select(r => ((int)r.Number!.Value, string.Join(' ', ((PredictionCell)r.Cell).Groups))));
        labels.Add("""[{"id":1,"u":0,"y":7,"g":{},"h":[]}]""");
        Assert.Equal([7], labels.Told().Select(r => r.Number));
        Assert.Empty(labels.Counter.Rejects.ToArray());
    }

    /// <summary>Classes are told by their place in the table; one that it lacks is the place behind them.</summary>
    [Fact]
    public void Classes_AreToldByTheirPlace()
    {
        using Session predictions = new("pc", start: 0), labels = new("lc", start: 0);
        predictions.Add("""[{"id":1,"t":0,"d":"b"},{"id":2,"t":1,"d":"new"},{"id":3,"t":2,"d":null}]""");
        Assert.Equal([1, 2, 3], predictions.Told().Select(r => ((PredictionCell)r.Cell).Decision));
        labels.Add("""[{"id":1,"u":0,"y":"a"},{"id":2,"u":1,"y":"new"},{"id":3,"u":2,"y":null}]""");
        Assert.Equal([0, 2], labels.Told().Select(r => ((LabelCell)r.Cell).Cell));
        Assert.All(labels.Told().Concat(predictions.Told()), r => Assert.Null(r.Number));
        Assert.Equal(RejectReason.LabelNull, Assert.Single(labels.Counter.Rejects.ToArray()).Reject.Reason);
    }

    [Fact]
    public void ASession_BeginsWithWhatLiesBeforeIt()
    {
        using var session = new Session("p", start: 5);
        session.Add("""[{"id":"a","t":0,"d":1,"g":"f"}]""");
        session.Told();
        Projection[] first = [.. session.Flushed.SelectMany(f => f.Projections).Where(p => p.Partition == 0).Select(p => p.Projection)];
        Assert.Equal((true, 0, 5), (first[0].IsGap, (int)first[0].From, (int)first[0].Upto));
        Assert.Equal((5, 6), ((int)first[1].From, (int)first[1].Upto));
    }

    [Fact]
    public void HoweverItIsFlushed_TheSameRowsAreTold()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            using Session often = new("p", 0), once = new("p", 0);
            for (int message = 0; message < 12; message++)
            {
                string rows = string.Join(',', Enumerable.Range(0, random.Next(1, 5)).Select(_ =>
                    $$"""{"id":{{random.Next(9)}},"t":{{random.Next(-20, 20)}},"d":{{random.Next(2)}},"g":"{{"fmx"[random.Next(3)]}}"}"""));
                often.Add($"[{rows}]");
                once.Add($"[{rows}]");
                if (random.Next(3) == 0) often.Flush(idle: random.Next(2) == 0);
            }

            Assert.Equal(Texts(once), Texts(often));
        }
    }

    private static IEnumerable<string> Texts(Session session) =>
        session.Told().Select(r => $"{r.Offset} {r.Id} {r.Time} {r.Cell}").Order(StringComparer.Ordinal);

    private static long Minutes(Match time) => long.Parse(time.Groups[2].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("\"([tu])\":(-?\\d+)")]
    private static partial Regex Times();

    /// <summary>A counter of one partition, from a segment's start on.</summary>
    private sealed class Session : IDisposable
    {
        private static readonly CountingSettings Settings = Make();

        private readonly CountingLane _lane = new(Settings, new InputLimits());
        private readonly string _topic;
        private long _next;

        public Session(string topic, long start)
        {
            (_topic, _next) = (topic, start);
            Counter = new PartitionCounter(
                Settings, new SourcePartition(topic, 0), new(start), EventTime.None, joins: new Projecting(2, Duration.FromMinutes(1)));
        }

        public PartitionCounter Counter { get; }

        public List<Flushed> Flushed { get; } = [];

        public void Add(string json)
        {
            // Written in minutes from now on.
            byte[] bytes = Encoding.UTF8.GetBytes(Times().Replace(json, m => $"\"{m.Groups[1].Value}\":{Now + (Minutes(m) * Minute)}"));
            Counter.Add(new SourceRecord(new(_next++), new(Now + (10 * Minute)), bytes, false, [], bytes.Length), _lane);
        }

        public void Dispose() => _lane.Dispose();

        public void Flush(bool idle) => Flushed.Add(Counter.Flush(new(1), 1, idle));

        /// <summary>All rows told, over the partitions of joins, in the order of the log.</summary>
        public ProjectedRow[] Told()
        {
            Flush(idle: true);
            foreach (var partition in Flushed.SelectMany(f => f.Projections).GroupBy(p => p.Partition, p => p.Projection))
            {
                // Each begins where the one before has ended.
                Assert.All(partition.Zip(partition.Skip(1)), pair => Assert.Equal(pair.First.Upto, pair.Second.From));
                Assert.All(partition.SelectMany(p => p.Rows), r => Assert.Equal(partition.Key, RowIds.Partition(r.Id, 2)));
            }

            return [.. Flushed.SelectMany(f => f.Projections).SelectMany(p => p.Projection.Rows).OrderBy(r => r.Offset).ThenBy(Place)];
        }

        private static string Place(ProjectedRow row) => row.Cell is LabelCell ? "" : $"{row.Time.Microseconds:D20}";

        private static BaselineSignal Column => new("s", SignalRole.Score, ["s"], Layout.Numeric([0]), []);

        private static CountingSettings Make()
        {
            var group = new BaselineSignal("g", SignalRole.Group, ["g"], Layout.Table(["f", "m"], labelled: true), []);
            var integers = TimeUnit.Microsecond;
            CountedModel predictions = new(
                "m", "t", new VersionSource(), new BinaryColumn("d", "1"), new BinaryColumn("y", "1"), [group], Duration.FromMinutes(1), new(0), new(0),
                integers)
            {
                IdColumn = "id",
                Joined = [group],
            };
            CountedModel labels = new(
                "m", "u", new VersionSource(), null, new BinaryColumn("y", "1"), [], Duration.FromMinutes(1), new(0), new(0), integers)
            {
                IdColumn = "id",
                BringsLabels = true,
            };
            ImmutableSortedDictionary<string, SourceTopic> sources = ImmutableSortedDictionary<string, SourceTopic>.Empty
                .Add("p", new SourceTopic("p", MessageFormat.Json, null, [predictions]))
                .Add("l", new SourceTopic("l", MessageFormat.Json, null, [labels]));
            var residual = new BaselineSignal("y", SignalRole.Outcome, ["s", "y"], Layout.Numeric([0]), []);
            var names = Layout.Categorical(["a", "b"]);
            var classes = new BaselineSignal("y", SignalRole.Outcome, ["d", "y"], Layout.Joint(names, names, false, false), []);
            ImmutableArray<BaselineSignal> byGroup =
                [residual, GroupResidualCells.Signal(["g"], ["f", "m"], residual), GroupResidualCells.Signal(["g", "h"], ["m x 7"], residual)];
            foreach ((string topic, LabelKind kind, ImmutableArray<BaselineSignal> joined) in new (string, LabelKind, ImmutableArray<BaselineSignal>)[]
                { ("n", LabelKind.Number, [residual]), ("c", LabelKind.Class, [classes]), ("g", LabelKind.Number, byGroup) })
            {
                CountedModel[] both = [predictions, labels];
                foreach (CountedModel of in both)
                {
                    CountedModel counted = of with { LabelKind = kind, Joined = joined, Signals = of.BringsLabels ? [] : [Column] };
                    string name = (of.BringsLabels ? "l" : "p") + topic;
                    sources = sources.Add(name, new SourceTopic(name, MessageFormat.Json, null, [counted]));
                }
            }

            return new CountingSettings(0, sources, Duration.FromMinutes(5), 1 << 30, Duration.FromHours(1), Duration.FromHours(1)) { Ids = Secret };
        }
    }
}
