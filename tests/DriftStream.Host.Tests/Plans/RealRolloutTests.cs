using System.Diagnostics;
using System.Net;
using System.Text.Json;
using DriftStream.Host.Tests.Worker;
using Xunit;
using static DriftStream.Host.Tests.Plans.ReloadVerdicts;

namespace DriftStream.Host.Tests.Plans;

/// <summary>
/// Plans that change under two workers on a real Kafka while rows come all the time: rolled out one worker after the other, and with a worker killed
/// at the moment of the change. Each for another baseline, other rules, and a model that is taken out.
/// </summary>
[Trait("needs", "kafka")]
public sealed class RealRolloutTests
{
    private const string Speaks = "calibrated: 1%", Silent = "above: 1000";

    private static readonly Text First = new("here", Speaks, true), Moved = new("there", Speaks, true), Quiet = new("there", Silent, true),
        Without = new("there", Silent, false);

    /// <summary>Longer than two workers need to answer each other's plans.</summary>
    private static readonly TimeSpan Quietly = TimeSpan.FromSeconds(1);

    private static readonly string[] Lost = ["late", "overtaken", "future", "rejected", "dropped"];

    /// <summary>Hours that may have been sent and not judged yet at any time.</summary>
    private const int Behind = 30;

    private readonly Dictionary<string, Text> _texts = [];
    private long _began;

    [Fact]
    public async Task RolledOutOneByOne_OrKilledAtTheChange_EveryRowIsJudgedOnce_ByTheCellsItWasCountedIn()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        using var run = new ReloadRun(cluster.Bootstrap, partitions: 3, workers: 2);
        _began = Stopwatch.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task flow = Task.Run(() => run.Flow(stop.Token), stop.Token);
        int removed;
        try
        {
            removed = await Acts(run);
        }
        finally
        {
            await stop.CancelAsync();
            await flow;
        }

        run.UntilLastHour();
        Assert.False(run.PlanComes(Quietly));
        await AssertLaw(run);
        Assert.Equal(0, run.Worker.Stop());
        Check(run, removed);
        Say($"{run.Hours} hours, {run.Verdicts.Count} verdicts, {run.Plans.Count} plans");
    }

    /// <returns>Hours that had been sent when the model was first taken out.</returns>
    private async Task<int> Acts(ReloadRun run)
    {
        run.Until(v => Model(v) == "moved", send: false);
        while (run.PlanComes(Quietly))
        {
            // Two workers that start at once may both publish the first plan.
        }

        string first = Put(run, First, 0);
        Assert.All(run.Plans, p => Assert.Equal(first, p));
        await Change(run, First, Moved);
        await Change(run, Moved, Quiet);
        await RestartWithTheFormerFile(run, Quiet, Moved);
        int removed = run.Hours;
        await Change(run, Quiet, Without);
        await Reload(run, Quiet);
        Put(run, Quiet, 1);
        run.Until(v => Model(v) == "other" && _texts[PlanOf(v)] == Quiet, send: false);
        return removed;
    }

    /// <summary>To the other text by a rollout, back with one worker killed at the moment of the change, and there again with the other killed.</summary>
    private async Task Change(ReloadRun run, Text from, Text to)
    {
        for (int worker = 0; worker < 2; worker++)
        {
            Assert.Equal(0, run.Workers[worker].Stop());
            string hash = Put(run, to, worker);
            run.Start(worker);
            // The other worker has the former file, and leaves it at that.
            if (worker == 0) Assert.Equal(hash, run.NextPlan());
            await run.UntilRuns(worker, hash);
            run.Until(v => Model(v) == "moved" && PlanOf(v) == hash, send: false);
            Assert.False(run.PlanComes(Quietly));
        }

        Say($"rolled out {to}");
        // Whoever has published it does not live to count by it.
        string back = await Reload(run, from);
        await Killed(run, 0, from, back);
        // It has begun to count its open segments again.
        string again = await Reload(run, to);
        await run.UntilRuns(1, again);
        await Killed(run, 1, to, again);
    }

    private async Task Killed(ReloadRun run, int worker, Text text, string hash)
    {
        run.Workers[worker].Kill();
        Put(run, text, 1);
        run.Start(worker);
        await run.UntilRuns(worker, hash);
        run.Until(v => Model(v) == "moved" && PlanOf(v) == hash, send: false);
        Assert.False(run.PlanComes(Quietly));
        Say($"killed worker {worker} at {text}");
    }

    /// <summary>What docs/runbooks.md says of a worker with an old file, and of what to do then.</summary>
    private async Task RestartWithTheFormerFile(ReloadRun run, Text text, Text former)
    {
        Assert.Equal(0, run.Workers[1].Stop());
        string old = Put(run, former, 1);
        run.Start(1);
        Assert.Equal(old, run.NextPlan());
        await run.UntilRuns(1, old);
        Assert.False(run.PlanComes(Quietly));
        string hash = await Reload(run, text);
        run.Until(v => Model(v) == "moved" && PlanOf(v) == hash, send: false);
        Assert.False(run.PlanComes(Quietly));
        Put(run, text, 1);
        Say("a worker restarted with the former file");
    }

    /// <summary>Has the first worker publish a text; returns when the record is there.</summary>
    private async Task<string> Reload(ReloadRun run, Text text)
    {
        string hash = Put(run, text, 0);
        Assert.Equal(HttpStatusCode.OK, (await run.Reload()).Status);
        Assert.Equal(hash, run.NextPlan());
        return hash;
    }

    // The law of rows is held by whoever judges every counts partition.
    private static async Task AssertLaw(ReloadRun run)
    {
        Assert.Equal(0, run.Workers[1].Stop());
        await run.UntilAsync(async () => (await run.Page("readyz")).Contains("judging 3 partitions", StringComparison.Ordinal), send: false);
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken); // some checkpoints
        Assert.Matches(@"(?m)^driftstream_unaccounted_rows 0$", await run.Page("metrics"));
    }

    /// <param name="removed">Hours that had been sent when the model was first taken out.</param>
    private void Check(ReloadRun run, int removed)
    {
        foreach (string model in ReloadRun.Models)
        {
            JsonElement[] verdicts = [.. run.Verdicts.Where(v => Model(v) == model).OrderBy(StartHour)];
            Assert.Equal(Enumerable.Range(1 - ReloadRun.WindowHours, run.Hours + ReloadRun.WindowHours - 1), verdicts.Select(StartHour));
            foreach (JsonElement verdict in verdicts)
            {
                (int from, int to) = (Math.Max(0, StartHour(verdict)), Math.Min(run.Hours, StartHour(verdict) + ReloadRun.WindowHours));
                Assert.True(Rows(verdict) == (long)(to - from) * run.RowsAnHour, verdict.GetRawText());
                // Of a model that comes back nobody promises that its windows are whole, although these are.
                bool promised = model == "moved" || StartHour(verdict) + ReloadRun.WindowHours <= removed - Behind;
                Assert.True(!promised || verdict.GetProperty("window").GetProperty("complete").GetBoolean(), verdict.GetRawText());
                Assert.All(Lost, fate => Assert.True(verdict.GetProperty("lost").GetProperty(fate).GetInt64() == 0, verdict.GetRawText()));
            }
        }

        AssertEveryRowOnce(run);
        // The windows before any change were counted in the cells of the first.
        string[] baselines = [.. run.Verdicts.Where(v => Model(v) == "moved" && !Several(v)).Select(Baseline).Distinct()];
        Assert.Equal(2, baselines.Length);
        int straddling = AssertNoForeignCells(run.Verdicts, baselines[0], baselines[1], p => _texts[p].Alarm == Speaks);
        Assert.InRange(straddling, 3, 3 * (ReloadRun.WindowHours + 2));
    }

    private string Put(ReloadRun run, Text text, int worker)
    {
        string hash = run.Write(text.Reference, text.Alarm, text.Other, worker: worker)!;
        _texts[hash] = text;
        return hash;
    }

    private void Say(string what) =>
        TestContext.Current.TestOutputHelper!.WriteLine($"{Stopwatch.GetElapsedTime(_began).TotalSeconds,6:0.0} s  {what}");

    /// <summary>What differs between the configs.</summary>
    private sealed record Text(string Reference, string Alarm, bool Other);
}
