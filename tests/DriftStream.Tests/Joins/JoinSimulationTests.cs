using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit;

namespace DriftStream.Tests.Joins;

/// <summary>
/// Counters and joiners that crash, lag, lose messages and run twice, among labels that come at any time: what is counted is what a plain join in memory
/// counts, and the laws notice what is done wrong.
/// </summary>
public sealed class JoinSimulationTests(ITestOutputHelper output)
{
    private const int Steps = 600;

    // How often each step happens; scenes change some.
    private static readonly Dictionary<char, int> Weights = new()
    {
        ['P'] = 60,
        ['c'] = 80,
        ['f'] = 60,
        ['d'] = 160,
        ['m'] = 120,
        ['x'] = 3,
        ['n'] = 15,
        ['j'] = 110,
        ['g'] = 40,
        ['J'] = 8,
        ['k'] = 25,
        ['e'] = 1,
        ['t'] = 0,
        ['a'] = 8,
        ['R'] = 0,
        ['N'] = 0,
    };

    private static readonly Dictionary<JoinScene, (char Step, int Weight)[]> Changed = new()
    {
        [JoinScene.Two] = [('x', 6), ('J', 14)],
        [JoinScene.Loss] = [('x', 1)],
        [JoinScene.Nightly] = [('t', 25)],
        [JoinScene.Never] = [('t', 25)],
        [JoinScene.Gap] = [('R', 3), ('x', 4)],
        [JoinScene.Recreated] = [('N', 1)],
        [JoinScene.Epochs] = [('e', 10)],
    };

    /// <summary>What each mutant breaks, by which seed of which scene.</summary>
    private static readonly Dictionary<JoinMutant, (JoinScene Scene, int Seed, string Law)> Mutants = new()
    {
        [JoinMutant.PositionBeforeAllPartitions] = (JoinScene.Loss, 31, JoinCheck.Projected),
        [JoinMutant.BeginsAtTheLastFlush] = (JoinScene.Base, 0, JoinCheck.Feigned),
        [JoinMutant.LateRowsLeftOut] = (JoinScene.Late, 0, JoinCheck.Projected),
        [JoinMutant.NoDedupe] = (JoinScene.Base, 0, JoinCheck.Projected),
        [JoinMutant.DedupeBySession] = (JoinScene.Base, 0, JoinCheck.Projected),
        [JoinMutant.RestartsAtTheSegment] = (JoinScene.Base, 0, JoinCheck.Restart),
        [JoinMutant.RestartsWithTheNewestPoints] = (JoinScene.Base, 0, JoinCheck.Restart),
        [JoinMutant.HorizonOverPredictionsAlone] = (JoinScene.Base, 0, JoinCheck.Counts),
        [JoinMutant.ExpiresByTheClock] = (JoinScene.Base, 0, JoinCheck.Restart),
        [JoinMutant.CorrectionsOnlyAdd] = (JoinScene.Corrected, 1, JoinCheck.Counts),
        [JoinMutant.DelayNotFrozen] = (JoinScene.Nightly, 0, JoinCheck.SealedChanged),
        [JoinMutant.HeaderBeforeEntries] = (JoinScene.Loss, 0, JoinCheck.SealedChanged),
        [JoinMutant.UnreportedIgnored] = (JoinScene.Unreported, 0, JoinCheck.Unreported),
        [JoinMutant.TimeBeforeRows] = (JoinScene.Base, 1, JoinCheck.Counts),
        [JoinMutant.ZeroNotWritten] = (JoinScene.Corrected, 1, JoinCheck.Counts),
        [JoinMutant.RestartsWithoutRefusals] = (JoinScene.Full, 1, JoinCheck.Restart),
        [JoinMutant.RestartsWithoutNumbers] = (JoinScene.Duplicates, 16, JoinCheck.Restart),
        [JoinMutant.SnapshotWithoutReplay] = (JoinScene.Base, 0, JoinCheck.Restart),
        [JoinMutant.SnapshotWithItsOwnRefusals] = (JoinScene.Full, 1, JoinCheck.Restart),
    };

    public static TheoryData<JoinMutant> ByChance => [.. Mutants.Keys];

    public static TheoryData<JoinScene> Scenes => [.. Enum.GetValues<JoinScene>()];

    // All scenes together. More than a test run has time for: DRIFTSTREAM_SIMULATION_SEEDS=10000.
    private static int Seeds =>
        (int.TryParse(Environment.GetEnvironmentVariable("DRIFTSTREAM_SIMULATION_SEEDS"), out int seeds) ? seeds : 210) / Enum.GetValues<JoinScene>().Length;

    [Theory]
    [MemberData(nameof(Scenes))]
    public void TheLawsHold(JoinScene scene)
    {
        var broken = new ConcurrentQueue<string>();
        long began = Stopwatch.GetTimestamp();
        (int done, int cells, int restarts, int lower, int resumed, int over, int refused) = (0, 0, 0, 0, 0, 0, 0);
        Parallel.For(0, Seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            (JoinWorld world, string? law) = Run(seed, scene, JoinMutant.None);
            if (law is not null) broken.Enqueue($"{scene} {seed}: {law}");
            Interlocked.Add(ref cells, world.Judge.Sealed.Sum(s => s.Value.Count));
            Interlocked.Add(ref restarts, world.Restarts.Restarts);
            Interlocked.Add(ref lower, world.Restarts.FromLower);
            Interlocked.Add(ref resumed, world.Restarts.Resumed);
            Interlocked.Add(ref over, (int)world.Judge.Late);
            Interlocked.Add(ref refused, (int)world.References.Sum(r => r.Joiner.Models[0].Fates.UnjoinedPredictions));
            int so = Interlocked.Increment(ref done);
            if (so % 100 == 0)
                output.WriteLine($"{scene}: {so} of {Seeds} seeds, {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s, {broken.Count} broken laws");
        });
        output.WriteLine(
            $"{scene}: of a seed {cells / Seeds} cells, {restarts / Seeds} restarts; in all {lower} of them from a segment between, "
            + $"{resumed} from a snapshot, {over} rows overtaken");
        Assert.Empty(broken);
        Assert.True(resumed > Seeds, "hardly anybody went on from a snapshot");
        Assert.Equal(scene == JoinScene.Full, refused > 0);
    }

    /// <summary>Each by the law that is there for it. What chance rarely hits has a schedule, in <see cref="JoinScheduleTests"/>.</summary>
    [Theory]
    [MemberData(nameof(ByChance))]
    public void WhatIsDoneWrong_BreaksALaw(JoinMutant mutant)
    {
        (JoinScene scene, int seed, string law) = Mutants[mutant];
        if (Run(seed, scene, mutant).Broken == law) return;
        // The seed is there to find it at once; after a change of the simulation another one does.
        int other = Enumerable.Range(0, 200).FirstOrDefault(s => Run(s, scene, mutant).Broken == law, -1);
        Assert.Fail($"seed {seed} of {scene} does not notice it; the first that does is {other}");
    }

    [Fact]
    public void EverythingThatIsDoneWrong_HasALaw() =>
        Assert.Equal(Enum.GetValues<JoinMutant>().Where(m => m != JoinMutant.None), Mutants.Keys.Union(JoinScheduleTests.Laws.Keys).Order());

    internal static (JoinWorld World, string? Broken) Run(int seed, JoinScene scene, JoinMutant mutant)
    {
        (JoinWorld world, string? broken, var counts) = Run(seed, scene, mutant, 2 + (seed % 2));
        if (broken is not null || counts is null) return (world, broken);
        (_, broken, var alone) = Run(seed, scene, mutant, 1);
        bool same = broken is null && alone!.Count == counts.Count && counts.All(c => alone.ContainsKey(c.Key) && JoinCheck.AreSame(c.Value, alone[c.Key]));
        return (world, broken ?? (same ? null : JoinCheck.Spread));
    }

    private static (JoinWorld World, string? Broken, Dictionary<(long, long), Dictionary<(int, int), long>>? Counts) Run(
        int seed, JoinScene scene, JoinMutant mutant, int joins)
    {
        var world = new JoinWorld(scene, seed, joins, mutant);
        try
        {
            foreach ((char step, int chance) in Schedule(seed, scene)) world.Step(step, new Random(chance));
            world.Drain();
            return (world, null, JoinCheck.Of(world));
        }
        catch (BrokenLaw law)
        {
            return (world, law.Message, null);
        }
    }

    // Each step has chance of its own, so that the data do not depend on what else happens.
    private static List<(char Step, int Chance)> Schedule(int seed, JoinScene scene)
    {
        var random = new Random((seed * 1013) + (int)scene);
        var weights = new Dictionary<char, int>(Weights);
        foreach ((char step, int weight) in Changed.GetValueOrDefault(scene, [])) weights[step] = weight;
        var scaled = weights.Select(w => (Step: w.Key, Weight: w.Value * new[] { .3, 1, 1, 2 }[random.Next(4)])).ToArray();
        double sum = scaled.Sum(s => s.Weight);
        var steps = new List<(char Step, int Chance)>();
        for (int i = 0; i < Steps; i++)
        {
            double at = random.NextDouble() * sum;
            char step = scaled.First(s => (at -= s.Weight) < 0 || s.Step == scaled[^1].Step).Step;
            steps.Add((step, random.Next(1 << 30)));
        }

        return scene == JoinScene.Replay ? [.. steps.Where(s => s.Step == 'P'), .. steps.Where(s => s.Step != 'P')] : steps;
    }
}
