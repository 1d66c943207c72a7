using Xunit;

namespace DriftStream.Tests.Joins;

/// <summary>What chance rarely hits, as schedules.</summary>
public sealed class JoinScheduleTests
{
    /// <summary>The laws that each mutant breaks by its schedule.</summary>
    internal static readonly Dictionary<JoinMutant, string> Laws = new()
    {
        [JoinMutant.ClaimsIdle] = JoinCheck.SealedChanged,
        [JoinMutant.ZeroNotWritten] = JoinCheck.Counts,
        [JoinMutant.PositionBeforeAllPartitions] = JoinCheck.Projected,
    };

    public static TheoryData<JoinMutant> Rare => [.. Laws.Keys];

    /// <summary>What each schedule is for: whoever does it wrong breaks the law, and who does not breaks none.</summary>
    [Theory]
    [MemberData(nameof(Rare))]
    public void WhatIsDoneWrong_BreaksALaw(JoinMutant mutant)
    {
        Assert.Null(Broken(mutant, JoinMutant.None));
        Assert.Equal(Laws[mutant], Broken(mutant, mutant));
    }

    private static string? Broken(JoinMutant schedule, JoinMutant mutant)
    {
        try
        {
            JoinWorld world = schedule switch
            {
                JoinMutant.ClaimsIdle => OneJoinerSleeps(mutant),
                JoinMutant.ZeroNotWritten => CorrectedTwice(mutant),
                _ => DiesBetweenTwoPartitions(mutant),
            };
            world.Drain();
            JoinCheck.Of(world);
            return null;
        }
        catch (BrokenLaw law)
        {
            return law.Message;
        }
    }

    // The joiner of one partition has read all that is there, and nothing comes for a while; then it sleeps, and the other one goes on.
    private static JoinWorld OneJoinerSleeps(JoinMutant mutant)
    {
        var world = new JoinWorld(JoinScene.Base, 3, 2, mutant);
        for (int n = 0; n < 12; n++) Live(world, n, 0, 1);
        for (int n = 12; n < 52; n++)
        {
            world.Step(n % 4 == 0 ? 'P' : 't', new Random(n));
            if (n == 40) Flush(world, 1);
        }

        for (int n = 52; n < 60; n++) Live(world, n, 0);
        return world;
    }

    // A label counts in one segment, is corrected in the next one, and corrected back when that has been written.
    private static JoinWorld CorrectedTwice(JoinMutant mutant)
    {
        var world = new JoinWorld(JoinScene.Corrected, 1, 1, mutant);
        int labels = world.Data.PredictionPartitions;
        world.Data.Append(0, [new JoinRow(false, 0, 0, 1, 1, 5, false)], new Random(1));
        world.Data.Append(labels, [new JoinRow(true, labels, 0, 1, 0, 6, false)], new Random(1));
        Live(world, null, 0);
        // Enough of one id that is in no window to end the segment.
        var unseen = new JoinRow(false, 0, 0, 0, JoinTerms.Unseen, 5, false);
        world.Data.Append(0, [.. Enumerable.Repeat(unseen, JoinTerms.JoinsSegment)], new Random(1));
        Live(world, null, 0);
        foreach (int cell in (int[])[2, 0])
        {
            world.Data.Append(labels, [new JoinRow(true, labels, 0, 1, cell, cell == 2 ? 7 : 8, false)], new Random(1));
            Live(world, null, 0);
        }

        return world;
    }

    // A counter that has told one partition of joins of a segment and not the other one dies once its position is written, if it is.
    private static JoinWorld DiesBetweenTwoPartitions(JoinMutant mutant)
    {
        var world = new JoinWorld(JoinScene.Base, 3, 2, mutant);
        for (int n = 0; n < 30; n++) world.Step('P', new Random(n));
        for (int n = 0; n < 4; n++)
        {
            foreach (SimulatedProjection counter in world.Counters) Read(counter);
            Deliver(world, 0, world.Joins);
        }

        foreach (SimulatedProjection counter in world.Counters) counter.Crash(new Nothing());
        return world;
    }

    // Everybody does what there is to do, but for the joiners of some partitions.
    private static void Live(JoinWorld world, int? produce, params int[] awake)
    {
        if (produce is { } chance) world.Step('P', new Random(chance));
        foreach (SimulatedProjection counter in world.Counters) Read(counter);
        Deliver(world, [.. Enumerable.Range(0, world.Joins + 1)]);
        foreach (int k in awake) Flush(world, k);
        while (world.Judge.Read())
        {
        }
    }

    private static void Read(SimulatedProjection counter)
    {
        counter.Notice();
        foreach (int source in counter.Owned)
        {
            for (int n = 0; n < 20; n++) counter.Poll(source);
            counter.Flush(source);
        }

        counter.Pump();
    }

    private static void Deliver(JoinWorld world, params int[] targets)
    {
        foreach (SimulatedProjection counter in world.Counters)
        {
            foreach (int target in targets)
            {
                while (counter.Session.Queues[target].Count > 0) counter.Session.Deliver(target, lost: false);
            }

            counter.Pump();
        }
    }

    private static void Flush(JoinWorld world, int partition)
    {
        foreach (SimulatedJoiner joiner in world.Joiners.Where(j => j.Partition == partition))
        {
            while (joiner.Read() || Settle(joiner))
            {
            }

            joiner.Flush();
            Settle(joiner);
        }

        static bool Settle(SimulatedJoiner joiner)
        {
            bool moved = false;
            while (joiner.Session.Queues.Any(q => q.Count > 0) || joiner.IsWaiting)
            {
                for (int target = 0; target < 2; target++)
                {
                    while (joiner.Session.Queues[target].Count > 0) joiner.Session.Deliver(target, lost: false);
                }

                joiner.Pump();
                moved = true;
            }

            return moved;
        }
    }

    /// <summary>Of a dead session nothing arrives any more.</summary>
    private sealed class Nothing : Random
    {
        public override int Next(int maxValue) => 0;
    }
}
