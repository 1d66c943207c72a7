using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;
using Xunit.Sdk;

namespace DriftStream.Tests.Laws;

/// <summary>
/// Which versions have counts of their own is a function of the log: row by row as the obvious computation says, however counters die and
/// flush, in whatever order their records reach the judge, and however often that is restarted.
/// </summary>
public sealed class VersionBoundTests
{
    private const int Seeds = 60;

    [Fact]
    public void Versions_OfEveryWindow_AreThoseThatComeFirstInTheLog()
    {
        (int whole, int torn, int rest) = (0, 0, 0);
        for (int seed = 0; seed < Seeds; seed++)
        {
            var log = new VersionLog(new Random(seed));
            SimulatedJudge judge = Run(log, log.Windowing, new Random(seed + 1000), null);
            Check(log, judge);
            judge.CheckUninterrupted();
            whole += judge.Verdicts.Count(v => v.Window is { Version.Length: > 0, Rest: false, Complete: true });
            torn += judge.Verdicts.Count(v => v.Window is { Complete: false });
            rest += judge.Verdicts.Count(v => v.Window.Rest);
            // Other counters, another order, other restarts: the same verdicts.
            Assert.Equal(Said(judge), Said(Run(log, log.Windowing, new Random(seed + 2000), null)));
        }

        Assert.True(whole > 5 * Seeds && torn > 5 * Seeds && rest > 5 * Seeds, $"{whole} whole, {torn} torn, {rest} rest: too few to prove anything");
    }

    [Theory]
    [InlineData("bounded by segment alone")]
    [InlineData("rest lost")]
    [InlineData("by name")]
    public void Mutants_AreCaught(string mutant)
    {
        int caught = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var log = new VersionLog(new Random(seed));
            Func<Frame, Frame>? change = mutant switch
            {
                "rest lost" => f => f with { Entries = [.. f.Entries.Where(e => !e.Key.Rest)] },
                "by name" => f => f with { Entries = [.. f.Entries.Select(e => e with { Seen = 0 })] },
                _ => null,
            };
            WindowingSettings windowing = change is null ? log.Windowing with { Versions = 100 } : log.Windowing;
            try
            {
                Check(log, Run(log, windowing, new Random(seed + 1000), change));
            }
            catch (XunitException)
            {
                caught++;
            }
        }

        Assert.True(caught > Seeds / 4, $"caught in {caught} of {Seeds} logs");
    }

    private static SimulatedJudge Run(VersionLog log, WindowingSettings windowing, Random random, Func<Frame, Frame>? change)
    {
        JudgeSettings settings = SimulatedPlan.JudgingOf(["m"], windowing, log.Signals);
        var judge = new SimulatedJudge(_ => settings);
        // Of every partition a counter, and one that does not know that it is no longer the owner.
        List<Queue<byte[]>> written =
            [.. Enumerable.Range(0, 2 * VersionLog.Partitions).Select(i => new Queue<byte[]>(log.Count(i % VersionLog.Partitions, random, change)))];
        while (written.Count > 0)
        {
            Queue<byte[]> next = written[random.Next(written.Count)];
            judge.Append(next.Dequeue());
            if (next.Count == 0) written.Remove(next);
            judge.Read();
            if (random.Next(12) == 0) judge.Commit();
            if (random.Next(25) == 0) judge.Crash();
        }

        while (judge.Read()) continue;
        judge.Commit();
        return judge;
    }

    private static void Check(VersionLog log, SimulatedJudge judge)
    {
        Assert.Equal(0, judge.Accounts.Sum(a => a.Overtaken));
        Assert.Equal(log.Rows.Count(), judge.Accounts.Sum(a => a.Fates.Counted));
        long last = log.Rows.Where(r => r.Time < 1000).Max(r => r.Time);
        foreach (WindowSettings settings in VersionLog.Windows)
        {
            for (long start = 0; start + settings.Size <= last; start += settings.Every)
            {
                Dictionary<int, string?> expected = log.Expected(start, start + settings.Size);
                Verdict[] verdicts = [.. judge.Verdicts.Where(v => v.Window.Window.Name == settings.Name && v.Window.Start == start)];
                Assert.Equal(expected.Values.Distinct().Count(), verdicts.Length);
                foreach (Verdict verdict in verdicts) Check(log, verdict, expected);
            }
        }
    }

    private static void Check(VersionLog log, Verdict verdict, Dictionary<int, string?> expected)
    {
        ClosedWindow window = verdict.Window;
        string? version = window.Rest ? null : window.Version;
        int[] rows = [.. expected.Where(e => e.Value == version).Select(e => e.Key).Order()];
        long[] cells = [.. window.Counts["row"].Part(log.Layout)];
        Assert.All(cells, c => Assert.True(c is 0 or 1, "a row is counted twice"));
        Assert.Equal(rows, Enumerable.Range(0, cells.Length).Where(i => cells[i] == 1));
        Assert.Equal(rows.Length, window.Rows.Value);
        int all = log.Rows.Count(r => r.Version == version && window.Start <= r.Time && r.Time < window.End);
        if (!window.Rest && window.Complete) Assert.Equal(all, rows.Length);
        if (version is "") Assert.True(window.Complete, "rows without a version are always apart");
        if (window.Rest) Assert.Equal((Judgement.Unjudged, ClosedWindow.OtherVersions), (verdict.Judgement, window.Version));
    }

    // What was lost and who was told depend on the order of the counts log; windows do not.
    private static string[] Said(SimulatedJudge judge) =>
    [
        .. judge.Verdicts.Select(v => $"{VerdictJson.IdOf(v, 0)} {v.Window.Complete} {v.Window.Rows} {v.Why}").Order(StringComparer.Ordinal),
    ];
}
