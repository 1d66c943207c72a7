using Xunit;

namespace DriftStream.Tests.Desk;

/// <summary>
/// Desks that crash, pause, lose checkpoints and run in pairs, among people who answer at any moment: the laws hold, and notice what is done wrong.
/// </summary>
public sealed class DeskSimulationTests
{
    private const int Steps = 700;

    private const int MutantSeeds = 12;

    // More of them than a test run has time for: DRIFTSTREAM_SIMULATION_SEEDS=10000.
    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("DRIFTSTREAM_SIMULATION_SEEDS"), out int seeds) ? seeds : 8;

    [Theory]
    [InlineData(DeskMode.Transactions)]
    [InlineData(DeskMode.Lost)]
    [InlineData(DeskMode.Plain)]
    [InlineData(DeskMode.Two)]
    public void TheLawsHold(DeskMode mode)
    {
        string[] broken = [.. Enumerable.Range(0, Seeds).SelectMany(seed => Run(seed, mode, DeskMutant.None).Take(1).Select(law => $"{mode} {seed}: {law}"))];
        Assert.Empty(broken);
    }

    [Theory]
    [InlineData(DeskMutant.TickBeforeAnswers, DeskMode.Transactions)]
    [InlineData(DeskMutant.GapAfterAFailedSend, DeskMode.Transactions)]
    [InlineData(DeskMutant.CheckpointBeforeOutputs, DeskMode.Plain)]
    [InlineData(DeskMutant.SaidAgainAfterALostCheckpoint, DeskMode.Lost)]
    [InlineData(DeskMutant.RandomIds, DeskMode.Transactions)]
    [InlineData(DeskMutant.AnswersInMemory, DeskMode.Plain)]
    [InlineData(DeskMutant.AnyRecordMovesTime, DeskMode.Transactions)]
    [InlineData(DeskMutant.LateDatedBack, DeskMode.Transactions)]
    [InlineData(DeskMutant.CopiesNotRecognised, DeskMode.Transactions)]
    [InlineData(DeskMutant.FoldSeesAClock, DeskMode.Transactions)]
    [InlineData(DeskMutant.AcknowledgementCoversWorse, DeskMode.Transactions)]
    [InlineData(DeskMutant.AcknowledgementCoversLater, DeskMode.Transactions)]
    [InlineData(DeskMutant.AcknowledgementNeverEnds, DeskMode.Transactions)]
    [InlineData(DeskMutant.AnyoneMayAnswer, DeskMode.Transactions)]
    public void WhatIsDoneWrong_IsNoticed(DeskMutant mutant, DeskMode mode)
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("DRIFTSTREAM_SIMULATION_SEEDS") is not null, "takes minutes: set DRIFTSTREAM_SIMULATION_SEEDS");
        Assert.Contains(Enumerable.Range(0, MutantSeeds), seed => Run(seed, mode, mutant).Count > 0);
    }

    internal static List<string> Run(int seed, DeskMode mode, DeskMutant mutant)
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

        // The world stands still: nothing comes from judges and people any more, and time goes on.
        SimulatedDesk[] last = [.. world.Shelves.Select(s => new SimulatedDesk(world, s))];
        for (int i = 0; i < 1500; i++)
        {
            world.Sleep(20);
            foreach (SimulatedDesk desk in last) desk.Step(calm: true);
        }

        for (int i = 0; i < 500 && !last.All(d => d.IsIdle); i++)
        {
            foreach (SimulatedDesk desk in last) desk.Step(calm: true);
        }

        return DeskCheck.Of(world);
    }

    private static void Staff(DeskWorld world, DeskShelf shelf)
    {
        int enough = world.Mode == DeskMode.Two ? 2 : 1;
        while (shelf.Stages.Count < enough) shelf.Stages.Add(new SimulatedDesk(world, shelf));
    }
}
