using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using DriftStream.Host.Tests.Commands;
using DriftStream.Host.Tests.Worker;
using Xunit;
using static DriftStream.Host.Tests.Plans.ReloadVerdicts;

namespace DriftStream.Host.Tests.Plans;

/// <summary>A worker whose config changes under it, on a real Kafka, windows being open all the time.</summary>
[Trait("needs", "kafka")]
public sealed class RealReloadTests
{
    [Fact]
    public async Task PlansThatComeWhileItRuns_AreRun_AndNothingIsJudgedByCellsItWasNotCountedIn()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        using var run = new ReloadRun(cluster.Bootstrap);
        string first = PlanOf(run.Until(v => Model(v) == "moved" && Count(run, "moved") >= 3));
        string here = Baseline(run.Verdicts.Last(v => Model(v) == "moved"));

        // The same file again: nothing new to publish, and no end of the process.
        if (!run.Worker.IgnoresHangUp)
        {
            run.Worker.HangUp();
            await run.UntilAsync(() => Task.FromResult(run.Worker.Output.Contains("was read again (SIGHUP)", StringComparison.Ordinal)));
        }

        // A baseline that is five standard deviations away: by it every window drifts, by the former one none does.
        long changed = Stopwatch.GetTimestamp();
        string moved = run.Write("there")!;
        Assert.NotEqual(first, moved);
        run.Until(v => Model(v) == "moved" && PlanOf(v) == moved);
        TimeSpan said = Stopwatch.GetElapsedTime(changed);
        // A counter may name the new plan in a last header of what it counted by the former one: that window is judged by the baseline it was counted in.
        JsonElement judged = run.Until(v => Model(v) == "moved" && PlanOf(v) == moved && !Several(v) && Baseline(v) != here);
        TimeSpan whole = Stopwatch.GetElapsedTime(changed);
        string there = Baseline(judged);

        // Rules alone: no counter starts again.
        int taken = Taken(run);
        Assert.InRange(taken, 2, 3); // at its start, and for the baseline
        changed = Stopwatch.GetTimestamp();
        string quiet = run.Write("there", "above: 1000")!;
        run.Until(v => Model(v) == "moved" && PlanOf(v) == quiet);
        TimeSpan rules = Stopwatch.GetElapsedTime(changed);
        Assert.Equal(taken, Taken(run));

        // A broken file: the plan that runs goes on, and everybody is told.
        Assert.Null(run.Write("there", "above: 1000", broken: "modells: []"));
        await run.UntilAsync(async () => (await run.Page("metrics")).Contains("driftstream_config_last_reload_successful 0", StringComparison.Ordinal));
        Assert.Contains("unknown key \\u0027modells\\u0027", await run.Page("readyz"));
        Assert.Equal(HttpStatusCode.BadRequest, (await run.Reload()).Status);
        Assert.Contains("unknown key 'modells'", run.Worker.Output);
        int before = Count(run, "moved");
        run.Until(v => Model(v) == "moved" && Count(run, "moved") > before + 2);
        Assert.Equal(quiet, PlanOf(run.Verdicts.Last(v => Model(v) == "moved")));

        // A model is taken out and put back; asked for, not noticed.
        string without = run.Write("there", "above: 1000", other: false)!;
        Assert.Equal((HttpStatusCode.OK, without), Answer(await run.Reload()));
        run.Until(v => Model(v) == "moved" && PlanOf(v) == without);
        Assert.DoesNotContain("modells", await run.Page("readyz"));
        Assert.Equal(quiet, run.Write("there", "above: 1000"));
        run.Until(v => Model(v) == "moved" && PlanOf(v) == quiet);
        run.Until(v => Model(v) == "other" && PlanOf(v) == quiet);

        run.UntilLastHour();

        Assert.Matches(@"(?m)^driftstream_unaccounted_rows 0$", await run.Page("metrics"));
        Assert.Matches(@"(?m)^driftstream_plan_epoch 4$", await run.Page("metrics"));
        Assert.InRange(AssertNoForeignCells(run.Verdicts, here, there, p => p == first || p == moved), 1, 6);
        Assert.Contains(run.Verdicts, v => Model(v) == "moved" && PlanOf(v) == moved && !Several(v));
        AssertEveryRowOnce(run);
        IEnumerable<JsonElement> plans = Cli.Run("plans", "-c", run.Config, "--json").Lines.Select(l => JsonDocument.Parse(l).RootElement);
        Assert.Equal([first, moved, quiet, without, quiet], plans.Select(p => p.GetProperty("hash").GetString()));
        Assert.Equal(0, run.Worker.Stop());
        TestContext.Current.TestOutputHelper!.WriteLine(
            "from the change of the file to the first verdict that names the plan, an hour of rows being sent every third of a second: "
            + $"another baseline {said.TotalSeconds:0.0} s (first window counted by it alone {whole.TotalSeconds:0.0} s), "
            + $"rules {rules.TotalSeconds:0.0} s; {run.Hours} hours, {run.Verdicts.Count} verdicts");
    }

    private static int Count(ReloadRun run, string model) => run.Verdicts.Count(v => Model(v) == model);

    private static int Taken(ReloadRun run) => Regex.Count(run.Worker.Output, @"counting moved\.rows\[0\] from offset");

    private static (HttpStatusCode Status, string? Plan) Answer((HttpStatusCode Status, string Body) answer) =>
        (answer.Status, JsonDocument.Parse(answer.Body).RootElement.GetProperty("plan").GetString());
}
