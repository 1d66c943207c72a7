using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Laws;

/// <summary>
/// The counting protocol under crashes, zombies, lost deliveries, silence and retention, on the engine's own code: nothing is lost,
/// nothing counted twice, and what the judges say does not depend on any of it.
/// </summary>
public sealed class ProtocolSimulationTests(ITestOutputHelper output)
{
    private const int StepCount = 500;

    private static readonly Dictionary<string, Scenario> Scenarios = new Scenario[]
    {
        new("base", []),
        new("two", [('x', 4), ('b', 0)], TwoOwners: true),
        new("loss", [], Loses: true),
        new("judge", [('X', 14), ('k', 40)]),
        new("idle", [('q', 4), ('t', 30), ('x', 3), ('z', 3)], Idles: true),
        new("grows", [('N', 1)], Partitions: 2, Grows: true),
        new("retention", [('R', 2)], Gaps: true),
        new("layouts", [('p', 4), ('l', 12), ('X', 4)], Plans: [PlanKind.Same, PlanKind.Rules, PlanKind.OtherCells]),
        new("plans", [('p', 6), ('l', 16), ('X', 4)], Plans: Enum.GetValues<PlanKind>()),
        new("versions", [('p', 3), ('l', 16), ('X', 8), ('k', 30)], Plans: [PlanKind.TwoVersions, PlanKind.Same, PlanKind.TwoVersions, PlanKind.Rules]),
        new("owners", [('p', 6), ('l', 12)], TwoOwners: true, Plans: Enum.GetValues<PlanKind>()),
        new("all", [('q', 3), ('t', 20), ('N', 1), ('z', 1), ('X', 6), ('R', 0.7), ('p', 2), ('l', 8)],
            Idles: true, Loses: true, Gaps: true, Grows: true, Plans: Enum.GetValues<PlanKind>()),
    }.ToDictionary(s => s.Name);

    // More of them than a test run has time for: DRIFTSTREAM_SIMULATION_SEEDS=300.
    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("DRIFTSTREAM_SIMULATION_SEEDS"), out int seeds) ? seeds : 4;

    [Theory]
    [InlineData("base")]
    [InlineData("two")]
    [InlineData("loss")]
    [InlineData("judge")]
    [InlineData("idle")]
    [InlineData("grows")]
    [InlineData("retention")]
    [InlineData("layouts")]
    [InlineData("plans")]
    [InlineData("versions")]
    [InlineData("owners")]
    [InlineData("all")]
    public void Simulation_OfTheProtocol_AccountsForEveryRow(string name)
    {
        Scenario scenario = Scenarios[name];
        bool calm = !scenario.Idles && !scenario.Gaps && !scenario.Grows && scenario.Plans is null;
        (int rows, int verdicts, int incomplete, int alerts, int failures) = (0, 0, 0, 0, 0);
        string first = "";
        for (int seed = 0; seed < Seeds; seed++)
        {
            (char, int)[] steps = SimulatedWorld.Steps(scenario, seed, StepCount);
            try
            {
                using SimulatedWorld world = Run(scenario, steps);
                SimulationCheck.Check(world);
                if (calm) CheckAgainstCalmRun(world, steps);
                rows += world.Rows.Count;
                verdicts += world.Judges.Sum(j => j.Verdicts.Count);
                incomplete += world.Judges.Sum(j => j.Verdicts.Count(v => !v.Window.Complete));
                alerts += world.Judges.Sum(j => j.Told.Count);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                failures++;
                output.WriteLine($"{name}, seed {seed}: {e.Message}");
                if (first.Length == 0) first = $"seed {seed}: {e.Message}\n{e.StackTrace}";
            }
        }

        output.WriteLine($"{name}: {Seeds} seeds, {rows} rows, {verdicts} verdicts ({incomplete} incomplete), {alerts} alerts, {failures} failures");
        Assert.True(failures == 0, $"{failures} of {Seeds} seeds fail; {first}");
        Assert.True(verdicts > 20 * Seeds && alerts > Seeds, "too little was said to prove anything");
    }

    [Fact]
    public void SwallowedFrame_IsUnaccounted()
    {
        using var world = new SimulatedWorld(Scenarios["base"]);
        (char, int)[] steps = SimulatedWorld.Steps(Scenarios["base"], 1, StepCount);
        foreach ((char step, int seed) in steps[..200]) world.Step(step, new Random(seed));
        world.Swallow = 3;
        foreach ((char step, int seed) in steps[200..]) world.Step(step, new Random(seed));
        world.Drain();
        Assert.Equal(0, world.Swallow);
        Assert.NotEqual(0, Law.Unaccounted([.. world.Judges.Select(j => j.Accounts)]));
    }

    private static void CheckAgainstCalmRun(SimulatedWorld world, (char Step, int Seed)[] steps)
    {
        using SimulatedWorld calm = Run(Scenarios["base"], [.. steps.Where(s => !"xbnX".Contains(s.Step))]);
        Assert.Equal(Said(calm), Said(world));
    }

    private static SimulatedWorld Run(Scenario scenario, (char Step, int Seed)[] steps)
    {
        var world = new SimulatedWorld(scenario);
        for (int i = 0; i < steps.Length; i++)
        {
            world.Step(steps[i].Step, new Random(steps[i].Seed));
            if (i % 100 == 0 && world.Gapped.Count == 0) Assert.Equal(0, Law.Unaccounted([.. world.Judges.Select(j => j.Accounts)]));
        }

        world.Drain();
        return world;
    }

    // Late rows are shown by whichever verdict comes next, which may depend on the order of the counts log.
    private static string[] Said(SimulatedWorld world) =>
    [
        .. world.Judges.SelectMany(j => j.Verdicts).Where(v => v.Window.End <= world.Last).Select(Text).Order(StringComparer.Ordinal),
        .. world.Judges.SelectMany(j => j.Told).Where(a => a.Window.End <= world.Last).Select(a => $"{a.Window.Id} {a.Symptom.Subject} {a.Status} {a.Summary}")
            .Order(StringComparer.Ordinal),
    ];

    private static string Text(Verdict verdict) =>
        $"{VerdictJson.IdOf(verdict, 0)} {verdict.Window.Complete} {verdict.Why} "
        + string.Join(' ', verdict.Window.Counts.Select(c => $"{c.Key}:{string.Join(',', c.Key == "row" ? c.Value.Part(SimulatedPlan.Row) : [])}"));
}
