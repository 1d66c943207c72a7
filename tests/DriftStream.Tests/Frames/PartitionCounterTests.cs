using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Frames;

public sealed class PartitionCounterTests
{
    internal static readonly SourcePartition Source = new("t", 0);

    [Fact]
    public void Messages_OfEveryKind_AreCountedAsRowByRow()
    {
        (long counted, long late, long future, long rejected, long unowned) = (0, 0, 0, 0, 0);
        for (int seed = 0; seed < 250; seed++)
        {
            var random = new Random(seed);
            List<RandomMessage> messages = RandomMessages.Make(random, random.Next(1, 7));
            CountingSettings settings = Settings(random, messages);
            var plain = new PlainCounting(settings);
            foreach (RandomMessage message in messages) plain.Add(message);
            using var lane = new CountingLane(settings, new InputLimits());
            var counter = new PartitionCounter(settings, Source, new(0), EventTime.None);
            for (int i = 0; i < messages.Count; i++) counter.Add(Record(messages[i], i), lane);

            Flushed flushed = counter.Flush(new(0), 1, idle: true);
            var cells = new SortedDictionary<string, long>(StringComparer.Ordinal);
            PlainCounting.AddTo(cells, flushed.Entries);
            Assert.True(plain.Fates == counter.Fates, $"seed {seed}: {counter.Fates} instead of {plain.Fates}");
            Assert.Equal(plain.Watermark, counter.Watermark);
            Assert.True(plain.Cells.SequenceEqual(cells), $"seed {seed}: {string.Join("; ", cells.Except(plain.Cells).Take(3))} instead of "
                + string.Join("; ", plain.Cells.Except(cells).Take(3)));
            Assert.Equal(plain.Lost.Values, flushed.Header.Lost.Select(l => l with { Why = null }));
            FateCounts f = plain.Fates;
            (counted, late, future, rejected, unowned) = (counted + f.Counted, late + f.Late, future + f.Future, rejected
                + f.Rejected, unowned + f.Unowned);
        }

        Assert.True(Math.Min(Math.Min(counted, late), Math.Min(future, Math.Min(rejected, unowned))) > 100, "some fate hardly occurs");
    }

    [Fact]
    public void SeveralLanes_InAnyInterleaving_CountAsOneDoes()
    {
        int beside = 0;
        for (int seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            List<RandomMessage> messages = RandomMessages.Make(random, 12);
            CountingSettings settings = Settings(random, messages);
            CountingLane[] lanes = [.. Enumerable.Range(0, 3).Select(n => new CountingLane(settings, new InputLimits(), n))];
            var one = new PartitionCounter(settings, Source, new(0), EventTime.None);
            var many = new PartitionCounter(settings, Source, new(0), EventTime.None, lanes.Length);
            var open = new Queue<CountingLane>();
            var counting = new List<CountingLane>();
            var free = new Stack<CountingLane>(lanes);
            for (int i = 0; i < messages.Count; i++) one.Add(Record(messages[i], i), lanes[0]);
            for (int next = 0; next < messages.Count || open.Count + counting.Count > 0;)
            {
                // Messages are opened and decided in order; the counting behind that ends in any.
                int step = random.Next(3);
                if (step == 0 && next < messages.Count && free.TryPop(out CountingLane? lane))
                {
                    lane.Open("t", Record(messages[next], next++));
                    open.Enqueue(lane);
                }
                else if (step == 1 && open.TryDequeue(out lane))
                {
                    many.Decide(lane);
                    counting.Add(lane);
                    if (counting.Count > 1) beside++;
                }
                else if (step == 2 && counting.Count > 0)
                {
                    lane = counting[random.Next(counting.Count)];
                    lane.Count();
                    counting.Remove(lane);
                    free.Push(lane);
                }
            }

            Assert.Equal(one.Fates, many.Fates);
            var (expected, cells) = (new SortedDictionary<string, long>(StringComparer.Ordinal), new SortedDictionary<string, long>(StringComparer.Ordinal));
            Flushed alone = one.Flush(new(0), 1, idle: true), together = many.Flush(new(0), 1, idle: true);
            PlainCounting.AddTo(expected, alone.Entries);
            PlainCounting.AddTo(cells, together.Entries);
            Assert.Equal(expected, cells);
            Assert.Equal(alone.Header with { Lost = [] }, together.Header with { Lost = [] });
            Assert.Equal(alone.Header.Lost, together.Header.Lost);
            foreach (CountingLane lane in lanes) lane.Dispose();
        }

        Assert.True(beside > 300, "lanes hardly ever count side by side");
    }

    [Fact]
    public void Segments_CutAnywhere_GiveTheSameSums()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            List<RandomMessage> messages = RandomMessages.Make(random, 12);
            CountingSettings settings = Settings(random, messages);
            using var lane = new CountingLane(settings, new InputLimits());
            var whole = new PartitionCounter(settings, Source, new(0), EventTime.None);
            var part = new PartitionCounter(settings, Source, new(0), EventTime.None);
            var cells = new SortedDictionary<string, long>(StringComparer.Ordinal);
            FateCounts fates = default;
            int first = 0;
            for (int i = 0; i < messages.Count; i++)
            {
                whole.Add(Record(messages[i], i), lane);
                part.Add(Record(messages[i], i), lane);
                if (random.Next(3) > 0) continue;
                fates += part.Fates;
                Flushed flushed = part.Finish(new(i + 1), new(0), 1);
                PlainCounting.AddTo(cells, flushed.Entries);
                RecordMark Mark(int of) => new(new(of), Record(messages[of], of).Timestamp);
                Assert.Equal(new Position(Source, new(i + 1), whole.Watermark) { First = Mark(first), Last = Mark(i) }, flushed.Position);
                first = i + 1;
                // Whoever takes over there knows no more than the position.
                if (random.Next(2) == 0) part = new PartitionCounter(settings, Source, flushed.Position!.Next,
                    flushed.Position.Watermark);
            }

            PlainCounting.AddTo(cells, part.Flush(new(0), 1, idle: true).Entries);
            var expected = new SortedDictionary<string, long>(StringComparer.Ordinal);
            PlainCounting.AddTo(expected, whole.Flush(new(0), 1, idle: true).Entries);
            Assert.Equal(whole.Fates, fates + part.Fates);
            Assert.Equal(expected, cells);
        }
    }

    [Fact]
    public void WhereNoPositionIsKnown_TheFirstFlushWithARecordTellsTheTopic_Once()
    {
        List<RandomMessage> messages = RandomMessages.Make(new Random(1), 3);
        CountingSettings settings = Settings(new Random(1), messages);
        using var lane = new CountingLane(settings, new InputLimits());
        var counter = new PartitionCounter(settings, Source, new(5), EventTime.None) { TellsStart = true };
        Assert.Null(counter.Flush(new(0), 1, idle: false).Position);
        counter.Add(Record(messages[0], 7), lane);
        counter.Add(Record(messages[1], 8), lane);
        var mark = new RecordMark(new(7), Record(messages[0], 7).Timestamp);
        Assert.Equal(new Position(Source, new(5), EventTime.None) { First = mark }, counter.Flush(new(0), 1, idle: false).Position);
        Assert.Null(counter.Flush(new(0), 1, idle: false).Position);
    }

    [Fact]
    public void Flush_WritesAPaneOnceItsWatermarkHasSealedIt_AndNothingElse()
    {
        var random = new Random(4);
        List<RandomMessage> messages = RandomMessages.Make(random, 30);
        CountingSettings settings = Settings(random, messages);
        using var lane = new CountingLane(settings, new InputLimits());
        var counter = new PartitionCounter(settings, Source, new(0), EventTime.None);
        var written = new HashSet<EntryKey>();
        for (int i = 0; i < messages.Count; i++)
        {
            counter.Add(Record(messages[i], i), lane);
            foreach (Entry entry in counter.Flush(new(0), 1, idle: false).Entries)
            {
                long lateness = entry.Key.Unowned ? 0 : settings.Sources["t"].Models.First(m => m.Id == entry.Key.Model).AllowedLateness;
                Assert.True(entry.Key.End + lateness <= counter.Watermark, $"{entry.Key} is not sealed at {counter.Watermark}");
                Assert.True(written.Add(entry.Key), $"{entry.Key} is written again although its pane was sealed");
            }
        }

        Assert.True(written.Count > 5);
    }

    internal static SourceRecord Record(RandomMessage message, long offset) =>
        new(new(offset), new(message.Timestamp), message.Payload, false, [], message.Payload.Length);

    // Edges at values that occur and right behind them, where an error of one bit counts.
    internal static CountingSettings Settings(Random random, List<RandomMessage> messages)
    {
        double[] values = [.. messages.SelectMany(m => m.Rows).Select(r => r.Number).OfType<double>().Where(v => !double.IsNaN(v))];
        double[] chosen = [.. values.OrderBy(_ => random.Next()).Take(random.Next(12))];
        ImmutableArray<double> edges = [.. chosen.SelectMany(v => (double[])[v + 0.0, Math.BitIncrement(v), v / 3]).Distinct().Order()];
        ImmutableArray<BaselineSignal> signals =
        [
            new("number", SignalRole.Feature, ["number"], Layout.Numeric(edges), []),
            new("category", SignalRole.Feature, ["category"], Layout.Categorical(["alpha", "true", "thirteen byte", ""]), []),
        ];
        CountedModel Model(string id, long size, long offset, long lateness) =>
            new(id, "time", new VersionSource(Column: "version"), null, null, signals, new(size), new(offset), new(lateness), TimeUnit.Microsecond);
        var topic = new SourceTopic("t", MessageFormat.Arrow, new ModelSelector(Column: "model"), [Model("a", 50, 0, 20), Model("b",
            80, 30, 0)]);
        return new CountingSettings(
            0, ImmutableSortedDictionary<string, SourceTopic>.Empty.Add("t", topic), MaxFuture: new(100), 1 << 20, Duration.FromHours(1),
                UnownedPane: new(40));
    }
}
