using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>References of random streams against a slow, obvious way that keeps every row; the judge begins again after every record.</summary>
public sealed class SlowReferencesTests
{
    private const long Pane = ReferenceScript.Pane, MinRows = 60;

    [Fact]
    public void References_AreThoseOfTheSlowWay()
    {
        int alarms = 0, judged = 0, none = 0;
        for (int seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            FurtherBaseline[] further =
            [
                ReferenceScript.Rolling("recent", Pane * random.Next(1, 6), Pane * random.Next(0, 3)),
                ReferenceScript.Version("before", Pane * random.Next(1, 6)),
                ReferenceScript.Version("named", Pane * random.Next(1, 6), "v1"),
            ];
            List<Rows> stream = Stream(random, panes: random.Next(4, 14));
            var script = new ReferenceScript(atOnce: random.Next(2) == 0, MinRows, further);
            for (long start = 0; start <= stream.Max(r => r.Start); start += Pane)
                script.Next([.. stream.Where(r => r.Start == start).Select(r => (r.Version, r.A, r.B))]);
            List<Seen> expected = Slow(stream, further);
            Assert.Equal(expected, Judged(script.Run()));
            alarms += expected.Count(s => s.Judgement == Judgement.Drifting);
            judged += expected.Count(s => s.Judgement == Judgement.Steady);
            none += expected.Count(s => s.Judgement is null);
        }

        // Every case is met often.
        Assert.True(alarms > 20 && judged > 20 && none > 20, $"{alarms} {judged} {none}");
    }

    private static List<Rows> Stream(Random random, int panes)
    {
        // Versions come and go, and now and then something changes for a while.
        (int From, int To, double Share)[] versions =
            [.. Enumerable.Range(0, 3).Select(_ => (random.Next(panes), random.Next(panes + 1), random.NextDouble()))];
        var stream = new List<Rows>();
        for (int pane = 0; pane < panes; pane++)
        {
            for (int v = 0; v < versions.Length; v++)
            {
                (int from, int to, double share) = versions[v];
                if (pane < Math.Min(from, to) || pane > Math.Max(from, to) || random.Next(5) == 0) continue;
                long rows = random.Next(20, 200), a = (long)(rows * Math.Clamp(random.Next(4) == 0 ? random.NextDouble() : share, 0, 1));
                stream.Add(new Rows(pane * Pane, $"v{v}", a, rows - a));
            }
        }

        if (stream.Count == 0) stream.Add(new Rows(0, "v0", 50, 50));
        return stream;
    }

    // Windows in the order in which they close; each is compared with all rows that the definition names, one after the other.
    private static List<Seen> Slow(List<Rows> stream, FurtherBaseline[] further)
    {
        var seen = new List<Seen>();
        var alarmed = new HashSet<(string Reference, string Version, long Start)>();
        foreach (Rows window in stream.OrderBy(r => r.Start).ThenBy(r => r.Version, StringComparer.Ordinal))
        {
            foreach (FurtherBaseline one in further)
            {
                StreamReference reference = one.Stream!;
                bool rolling = reference.Of == StreamRowsOf.Rolling;
                long to = rolling ? window.Start - reference.Ending : window.Start + Pane, from = to - reference.Length;
                List<Rows> inside = stream.FindAll(r => r.Start >= from && r.Start + Pane <= to);
                string? version = reference.Version ?? (rolling ? null : Previous(inside, window.Version));
                if (!rolling && (version is null || version == window.Version))
                {
                    seen.Add(new Seen(window.Start, window.Version, one.Name, null, 0, 0, null));
                    continue;
                }

                inside.RemoveAll(r => version is not null && r.Version != version);
                List<Rows> entering = inside.FindAll(r => !alarmed.Contains((one.Name, r.Version, r.Start)));
                long a = entering.Sum(r => r.A), rows = entering.Sum(r => r.A + r.B), own = window.A + window.B;
                Judgement judgement = own < MinRows || rows < MinRows ? Judgement.Insufficient
                    : Math.Abs(((double)window.A / own) - ((double)a / rows)) > 0.2 ? Judgement.Drifting : Judgement.Steady;
                if (judgement == Judgement.Drifting) alarmed.Add((one.Name, window.Version, window.Start));
                seen.Add(new Seen(window.Start, window.Version, one.Name, version, inside.Sum(r => r.A + r.B), rows, judgement));
            }
        }

        return seen;
    }

    private static string? Previous(List<Rows> inside, string version)
    {
        long own = inside.Where(r => r.Version == version).Min(r => r.Start);
        var before = inside.GroupBy(r => r.Version).Select(g => (Version: g.Key, Start: g.Min(r => r.Start))).Where(b => b.Start < own).ToList();
        return before.Count == 0 ? null : before.Where(b => b.Start == before.Max(o => o.Start)).Max(b => b.Version);
    }

    private static List<Seen> Judged(PlanScript run)
    {
        var seen = new List<Seen>();
        foreach (Verdict verdict in run.Verdicts)
        {
            foreach (WindowReference reference in verdict.References)
            {
                JudgedStatistic? statistic = verdict.Signals[0].Statistics.SingleOrDefault(s => s.Against == reference.Name);
                Assert.Equal(reference.Why is null, statistic is not null);
                seen.Add(new Seen(verdict.Window.Start, verdict.Window.Version, reference.Name, reference.Version, reference.Rows,
                    statistic?.ReferenceRows ?? 0, statistic?.Judgement));
            }
        }

        return seen;
    }

    private sealed record Rows(long Start, string Version, long A, long B);

    private sealed record Seen(long Start, string Version, string Reference, string? Of, long Rows, long Entering, Judgement? Judgement);
}
