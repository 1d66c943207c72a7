using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit;

namespace DriftStream.Tests.Desk;

/// <summary>
/// Desks that crash, pause, lose checkpoints and run in pairs, among people who answer at any moment: the laws hold, and notice what is done wrong.
/// </summary>
public sealed class DeskSimulationTests(ITestOutputHelper output)
{
    private const int Steps = 700, MutantSeeds = 60;

    private static readonly Dictionary<DeskMutant, (DeskMode Mode, string Law)> Mutants = new()
    {
        [DeskMutant.AnswersInMemory] = (DeskMode.Plain, "L1 said again in other words"),
        [DeskMutant.TickBeforeAnswers] = (DeskMode.Transactions, "L3 escalated though somebody answered in time"),
        [DeskMutant.GapAfterAFailedSend] = (DeskMode.Transactions, "L4 an answer was lost"),
        [DeskMutant.CheckpointBeforeOutputs] = (DeskMode.Plain, "L2 other ids than those of a fold of the log"),
        [DeskMutant.GoesOnFromTheLastWordSeen] = (DeskMode.Plain, "L2 other ids than those of a fold of the log"),
        [DeskMutant.RandomIds] = (DeskMode.Transactions, "L2 other ids than those of a fold of the log"),
        [DeskMutant.SaidAgainAfterALostCheckpoint] = (DeskMode.Lost, "L2 said twice"),
        [DeskMutant.DoesNotWaitForATornTransaction] = (DeskMode.Transactions, "L2 said twice"),
        [DeskMutant.AnyRecordMovesTime] = (DeskMode.Transactions, "L3 escalated though somebody answered in time"),
        [DeskMutant.LateDatedBack] = (DeskMode.Transactions, "L3 dated back"),
        [DeskMutant.CopiesNotRecognised] = (DeskMode.Transactions, "L4 an answer was counted twice"),
        [DeskMutant.FoldSeesAClock] = (DeskMode.Transactions, "L1 other words than those of a fold of the log"),
        [DeskMutant.AcknowledgementCoversWorse] = (DeskMode.Transactions, "L8 worse than what was acknowledged, and not firing"),
        [DeskMutant.AcknowledgementCoversLater] = (DeskMode.Transactions, "L8 worse than what was acknowledged, and not firing"),
        [DeskMutant.AcknowledgementWeakens] = (DeskMode.Transactions, "L11 no longer acknowledged, though somebody said it is"),
        [DeskMutant.AcknowledgementNeverEnds] = (DeskMode.Transactions, "L5 neither firing nor over in the end"),
        [DeskMutant.SilenceEndsUntold] = (DeskMode.Transactions, "L5 on, and that is not what was said last"),
        [DeskMutant.AnyoneMayAnswer] = (DeskMode.Transactions, "L4 a foreigner acknowledged"),
        [DeskMutant.NobodyIsEscalatedTo] = (DeskMode.Transactions, "L6 a deadline was missed in silence"),
        [DeskMutant.EndsOverheard] = (DeskMode.Transactions, "L7 what is on is not in one episode, or what is off is in one"),
        [DeskMutant.ARepeatMovesTheDeadline] = (DeskMode.Transactions, "L9 a deadline that was promised has moved"),
        [DeskMutant.HandoverUntold] = (DeskMode.Transactions, "L10 another owner without a handover"),
        [DeskMutant.SomebodyElseIsToldMeanwhile] = (DeskMode.Transactions, "L12 somebody who is away was told alone"),
    };

    public static TheoryData<DeskMutant> ByChance => [.. Mutants.Keys];

    // A quarter of them each mode. More than a test run has time for: DRIFTSTREAM_SIMULATION_SEEDS=10000.
    private static int Seeds => (int.TryParse(Environment.GetEnvironmentVariable("DRIFTSTREAM_SIMULATION_SEEDS"), out int seeds) ? seeds : 500) / 4;

    [Theory]
    [InlineData(DeskMode.Transactions)]
    [InlineData(DeskMode.Lost)]
    [InlineData(DeskMode.Plain)]
    [InlineData(DeskMode.Two)]
    public void TheLawsHold(DeskMode mode)
    {
        var broken = new ConcurrentQueue<string>();
        long began = Stopwatch.GetTimestamp();
        (int done, int words, int answers, int escalated, int handed) = (0, 0, 0, 0, 0);
        Parallel.For(0, Seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            (DeskWorld world, IReadOnlyCollection<string> laws) = Run(seed, mode, DeskMutant.None);
            foreach (string law in laws) broken.Enqueue($"{mode} {seed}: {law}");
            foreach (DeskWord word in world.Shelves.SelectMany(s => s.Outbox)) Count(word);
            Interlocked.Add(ref answers, world.Answers.Count);
            int so = Interlocked.Increment(ref done);
            if (so % 250 == 0)
                output.WriteLine($"{mode}: {so} of {Seeds} seeds, {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s, {broken.Count} broken laws");
        });
        output.WriteLine($"{mode}: of a seed {words / Seeds} words, {answers / Seeds} answers, {escalated / Seeds} escalations, {handed / Seeds} handovers");
        Assert.Empty(broken);
        Assert.True(words > 50 * Seeds && answers > 20 * Seeds && escalated > Seeds && handed > Seeds / 4, "too little was said to prove anything");

        void Count(DeskWord word)
        {
            Interlocked.Increment(ref words);
            if (word.Alert?.Because == DriftStream.Desk.AlertCause.Escalated) Interlocked.Increment(ref escalated);
            if (word.Alert?.Because == DriftStream.Desk.AlertCause.Handover) Interlocked.Increment(ref handed);
        }
    }

    /// <summary>Each by the law that is there for it. What chance rarely hits has a schedule too, in <see cref="DeskScheduleTests"/>.</summary>
    [Theory]
    [MemberData(nameof(ByChance))]
    public void WhatIsDoneWrong_BreaksALaw(DeskMutant mutant)
    {
        (DeskMode mode, string law) = Mutants[mutant];
        int seed = 0;
        while (seed < MutantSeeds && !Run(seed, mode, mutant).Broken.Contains(law)) seed++;
        output.WriteLine($"{mutant}: seed {seed} of {mode}: {law}");
        Assert.True(seed < MutantSeeds, $"{MutantSeeds} seeds have not noticed it");
    }

    [Fact]
    public void EverythingThatIsDoneWrong_HasALaw() =>
        Assert.Equal(Enum.GetValues<DeskMutant>().Where(m => m != DeskMutant.None), Mutants.Keys.Union(DeskScheduleTests.Laws.Keys).Order());

    internal static (DeskWorld World, IReadOnlyCollection<string> Broken) Run(int seed, DeskMode mode, DeskMutant mutant)
    {
        var world = new DeskWorld(seed, mode, mutant);
        foreach (DeskShelf shelf in world.Shelves) Staff(world, shelf);
        for (int i = 0; i < Steps; i++)
        {
            double x = world.Chance.NextDouble();
            DeskShelf shelf = world.Any(world.Shelves);
            if (x < .10) world.Judge();
            else if (x < .17) world.Person();
            else if (x < .30) world.Sleep(world.Any(1, 1, 5, 30, 120, 300));
            else if (x < .305) world.Turn();
            else if (x < .308) world.MakeAgain();
            else world.Any(shelf.Stages).Step();
            shelf.Stages.RemoveAll(s => s.IsDead);
            // Taken over, while the former one goes on and does not know it; or crashed.
            if (mode != DeskMode.Two && world.Chance.NextDouble() < .012)
            {
                if (world.Chance.NextDouble() < .5) shelf.Stages.Add(new SimulatedDesk(world, shelf));
                else shelf.Stages.Clear();
            }

            if (shelf.Stages.Count > 3) shelf.Stages.RemoveAt(0);
            Staff(world, shelf);
        }

        return (world, DeskCheck.Of(world, world.StandStill()));
    }

    private static void Staff(DeskWorld world, DeskShelf shelf)
    {
        int enough = world.Mode == DeskMode.Two ? 2 : 1;
        while (shelf.Stages.Count < enough) shelf.Stages.Add(new SimulatedDesk(world, shelf));
    }
}
