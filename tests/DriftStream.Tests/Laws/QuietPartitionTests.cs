using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Laws;

/// <summary>
/// Quiet partitions hold the others back by <c>idle_after</c>: a burst after quiet loses no row, in whatever order it reaches the
/// partitions, and a topic that only trickles closes its windows in time all the same.
/// </summary>
public sealed class QuietPartitionTests(ITestOutputHelper output)
{
    private const long Never = 1_000_000 * EventTime.Day, Slack = EventTime.Second;

    private static readonly QuietRule
        FreesAll = new(-Never),
        FreesByItsOwnStamp = new(0),
        HistoryLostAtRestart = new(QuietWorld.IdleAfter, ForgetsHistory: true),
        AllQuietHolds = new(Never);

    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("DRIFTSTREAM_SIMULATION_SEEDS"), out int seeds) ? seeds : 12;

    [Fact]
    public void BurstAfterQuiet_AtAnyPaceWithinIdleAfter_LosesNothingAndSaysTheSame()
    {
        (int bursts, int rows, int verdicts) = (0, 0, 0);
        for (int seed = 0; seed < Seeds; seed++)
        {
            var world = new Bursts(seed);
            using QuietWorld disturbed = world.Play(QuietRule.Real), calm = world.PlayCalmly();
            Assert.True(disturbed.Overtaken == 0, $"seed {seed}: {disturbed.Overtaken} rows are overtaken");
            Assert.Equal(world.Rows.Length, disturbed.Judges.Sum(j => j.Verdicts.Sum(v => v.Window.Rows)));
            Assert.Equal(Said(calm), Said(disturbed));
            foreach (SimulatedJudge judge in disturbed.Judges) judge.CheckUninterrupted();
            (bursts, rows, verdicts) = (bursts + world.Count, rows + world.Rows.Length, verdicts + Said(disturbed).Length);
        }

        output.WriteLine($"{Seeds} seeds, {bursts} bursts, {rows} rows, {verdicts} verdicts");
        Assert.True(verdicts > 10 * Seeds, "too little was said to prove anything");
    }

    [Fact]
    public void Trickle_ClosesEveryWindowWithinIdleAfterAndTwoFlushes()
    {
        long worst = Enumerable.Range(0, Seeds).Max(seed => new Trickle(seed).Worst(QuietRule.Real));
        output.WriteLine($"{Seeds} seeds, the slowest window closed {worst / 1e6:0.0} s after the record that ended it");
        Assert.InRange(worst, QuietWorld.IdleAfter / 2, Trickle.Bound);
    }

    [Fact]
    public void MutantsThatFreeTooMuch_LoseRows()
    {
        foreach (QuietRule mutant in (QuietRule[])[FreesAll, FreesByItsOwnStamp])
        {
            int losing = Enumerable.Range(0, Seeds).Count(seed =>
            {
                using QuietWorld world = new Bursts(seed).Play(mutant);
                return world.Overtaken > 0;
            });
            output.WriteLine($"{mutant}: rows are overtaken in {losing} of {Seeds} worlds");
            Assert.True(losing > 0, $"{mutant} is not caught");
        }
    }

    [Fact]
    public void MutantsThatFreeTooLittle_AreLate()
    {
        foreach (QuietRule mutant in (QuietRule[])[HistoryLostAtRestart, AllQuietHolds])
        {
            int late = Enumerable.Range(0, Seeds).Count(seed => new Trickle(seed).Worst(mutant) > Trickle.Bound);
            output.WriteLine($"{mutant}: windows close too late in {late} of {Seeds} worlds");
            Assert.True(late > 0, $"{mutant} is not caught");
        }
    }

    private static string[] Said(QuietWorld world) =>
    [
        .. world.Judges.SelectMany(j => j.Verdicts).Select(v => $"{VerdictJson.IdOf(v, 0)} {v.Window.Complete} {v.Window.Rows}")
            .Order(StringComparer.Ordinal),
    ];

    // One to three counters whose clocks are up to d apart.
    private static ImmutableArray<long> Clocks(Random random, long apart) =>
        [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.NextInt64(-apart / 2, (apart / 2) + 1))];

    /// <summary>
    /// Two to four bursts of ten days each, after silences shorter and longer than close_after_idle. A burst's first record reaches every
    /// partition within idle_after less what the clocks differ by; some partitions never have a record.
    /// </summary>
    private sealed class Bursts
    {
        private readonly Random _random;
        private readonly Dictionary<string, int> _topics;
        private readonly Dictionary<string, string[]> _models;
        private readonly int _seed;
        private readonly long _apart;

        public Bursts(int seed)
        {
            (_seed, _random) = (seed, new Random(seed));
            _topics = new() { ["a"] = _random.Next(1, 7) };
            _models = new() { ["m0"] = ["a"], ["m1"] = ["a"] };
            if (_random.Next(3) == 0)
            {
                _topics.Add("b", _random.Next(1, 4));
                _models["m1"] = ["a", "b"];
            }

            _apart = _random.NextInt64(6 * EventTime.Second);
            Count = _random.Next(2, 5);
            var rows = new List<TimedRow>();
            long at = 100 * EventTime.Second;
            for (int burst = 0; burst < Count; burst++)
            {
                at += _random.NextInt64(900 * EventTime.Second);
                // Long past: silence closes the last windows of a burst by the counters' clocks.
                at = Burst(rows, at, (burst - 1000) * 10 * EventTime.Day) + (60 * EventTime.Second);
            }

            Rows = [.. rows.OrderBy(r => r.Append)];
        }

        public int Count { get; }

        public ImmutableArray<TimedRow> Rows { get; }

        public QuietWorld Play(QuietRule rule)
        {
            var world = new QuietWorld(_seed, _topics, _models, EventTime.Day, rule);
            world.Run(Rows, Rows[^1].Append + (2 * QuietWorld.CloseAfterIdle), Clocks(_random, _apart), moves: 0.02, deaths: 0.05);
            return world;
        }

        /// <summary>The same rows, in the order of their event time, into one counter that nothing interrupts.</summary>
        public QuietWorld PlayCalmly()
        {
            var world = new QuietWorld(_seed, _topics, _models, EventTime.Day, QuietRule.Real);
            TimedRow[] calm = [.. Rows.OrderBy(r => r.Time).Select((r, i) => r with { Append = EventTime.Second + i })];
            world.Run(calm, 2 * QuietWorld.CloseAfterIdle, [0], moves: 0, deaths: 0);
            return world;
        }

        private long Burst(List<TimedRow> rows, long at, long from)
        {
            // Every record reaches its partition before another one could know for idle_after that it was quiet.
            long within = QuietWorld.IdleAfter - _apart - (2 * QuietWorld.FetchDelay), last = at;
            SourcePartition[] all = [.. _topics.SelectMany(t => Enumerable.Range(0, t.Value).Select(p => new SourcePartition(t.Key, p)))];
            foreach (SourcePartition source in all)
            {
                if (all.Length > 1 && _random.NextDouble() < 0.15) continue;
                long begin = at + _random.NextInt64(_random.Next(2) == 0 ? within : 3 * EventTime.Second);
                long takes = _random.NextInt64(20 * EventTime.Second);
                int count = _random.Next(1, 41);
                string[] models = [.. _models.Where(m => m.Value.Contains(source.Topic)).Select(m => m.Key)];
                for (int i = 0; i < count; i++)
                {
                    long append = begin + (takes * i / count), time = from + (10 * EventTime.Day * i / count);
                    rows.Add(new TimedRow(append, source, models[_random.Next(models.Length)], time));
                    last = Math.Max(last, append);
                }
            }

            return last;
        }
    }

    /// <summary>A few records, seconds or minutes apart, over many partitions, one of which never has any; event time is the time they come.</summary>
    private sealed class Trickle(int seed)
    {
        private const long Window = 10 * EventTime.Second, Apart = 4 * EventTime.Second;

        /// <summary>idle_after and two flushes, and what lies outside: fetching, delivery, clocks, the grain of the history.</summary>
        public const long Bound = QuietWorld.IdleAfter + (2 * QuietWorld.Flush) + QuietWorld.FetchDelay + QuietWorld.Delivery + Apart + Slack;

        /// <summary>The longest from the record that ended a window to its verdict, in microseconds.</summary>
        public long Worst(QuietRule rule)
        {
            var random = new Random(seed);
            int partitions = random.Next(1, 13);
            long gap = ((ReadOnlySpan<long>)[2, 10, 45, 60, 200])[random.Next(5)] * EventTime.Second, at = 100 * EventTime.Second;
            bool two = random.Next(3) == 0;
            var topics = new Dictionary<string, int> { ["a"] = partitions };
            if (two) topics.Add("b", 2);
            var models = new Dictionary<string, string[]> { ["m0"] = two ? ["a", "b"] : ["a"] };
            var rows = new List<TimedRow>();
            for (int i = 0; i < 60; i++)
            {
                at += (long)(-Math.Log(1 - random.NextDouble()) * gap);
                SourcePartition to = two && random.Next(3) == 0 ? new("b", 0) : new("a", random.Next(Math.Max(1, partitions - 1)));
                rows.Add(new TimedRow(at, to, "m0", at));
            }

            using var world = new QuietWorld(seed, topics, models, Window, rule);
            world.Run(rows, at + (3 * EventTime.Minute), Clocks(random, Apart), moves: 0, deaths: 0.1);
            long worst = 0;
            foreach (TimedRow row in rows)
            {
                long ends = EventTime.Floor(row.Time, Window) + Window;
                if (rows.Find(r => r.Time >= ends) is not { } ending) continue;
                long closed = world.ClosedAt.GetValueOrDefault(("m0", ends), Never);
                worst = Math.Max(worst, closed - ending.Append);
            }

            return worst;
        }
    }
}
