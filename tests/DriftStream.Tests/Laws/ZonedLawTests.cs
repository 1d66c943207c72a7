using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Plan;
using DriftStream.Tests.Plan;
using DriftStream.Tests.Windows;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Laws;

/// <summary>
/// Every row is in exactly its windows where these are days of a zone, from the config to the verdict: counters die and flush at random, judges are
/// restarted, and the slow loop over minutes says what the windows are.
/// </summary>
public sealed class ZonedLawTests
{
    private const int Seeds = 4;

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-10")]
    [InlineData("Europe/Berlin", "2026-10-10")]
    [InlineData("America/Sao_Paulo", "2018-10-20")]
    [InlineData("Asia/Beirut", "2021-10-20")]
    [InlineData("Australia/Lord_Howe", "2024-03-25")]
    [InlineData("Asia/Kathmandu", "2024-01-01")]
    [InlineData("America/St_Johns", "2009-10-20")]
    [InlineData("Pacific/Apia", "2011-12-20")]
    public void Rows_AreInExactlyTheirWindows(string id, string from)
    {
        ModelWindows model = Read($$"""
            window: [{ size: 1d, zone: {{id}} }, { size: 7d, every: 1d, zone: {{id}} }, { size: 7d, offset: 4d, name: week, zone: {{id}} }, { size: 6h }]
            """);
        DateOnly first = DateOnly.Parse(from);
        SlowDays slow = SlowDays.OfZone(model.Windows[0].Zone!, first.AddDays(-20), first.AddDays(60));
        EventTime begins = EventTime.From(first.ToDateTime(default)), ends = begins + Duration.FromDays(30);
        int windows = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var log = new ZonedLog(model, begins, ends, 150, new Random(seed));
            SimulatedJudge judge = Run(log, new Random(seed + 100));
            Assert.Equal(0, Law.Unaccounted([judge.Accounts]));
            Assert.Equal(log.Rows.Count(), judge.Accounts.Sum(a => a.Fates.Counted));
            Assert.Equal(0, judge.Accounts.Sum(a => a.Overtaken));
            foreach (WindowSettings settings in model.Windows.Where(w => w.DaysOf is not null))
            {
                // The last row of each partition is in windows that stay open.
                (EventTime Start, EventTime End, string Rows)[] expected =
                [
                    .. slow.Windows(settings).Where(w => w.End <= ends + Duration.FromDays(8))
                        .Select(w => (w.Start, w.End, string.Join(' ', log.Rows.Where(r => w.Start <= r.Time && r.Time < w.End).Select(r => r.Id).Order())))
                        .Where(w => w.Item3.Length > 0).OrderBy(w => w.End),
                ];
                (EventTime Start, EventTime End, string Rows)[] closed =
                [
                    .. judge.Verdicts.Select(v => v.Window).Where(w => w.Window.Name == settings.Name && w.End <= ends + Duration.FromDays(8))
                        .Select(w => (w.Start, w.End, string.Join(' ', Ids(w, log)))).OrderBy(w => w.End),
                ];
                Assert.Equal(expected, closed);
                Assert.All(judge.Verdicts, v => Assert.True(v.Window.Complete));
                windows += closed.Length;
            }
        }

        Assert.True(windows > 50 * Seeds, $"{windows} windows: too few to prove anything");
    }

    /// <summary>Another zone makes other windows, though name, size and step are the same: those of before are ended, and their rows told.</summary>
    [Fact]
    public void AnotherZone_EndsTheWindowsOfBefore()
    {
        ModelWindows berlin = Read("window: { size: 7d, zone: Europe/Berlin }"), none = Read("window: { size: 7d }");
        WindowSettings settings = Assert.Single(berlin.Windows);

        Assert.False(settings.HasSameSpans(none.Windows[0]));
        Assert.False(settings.HasSameSpans(Read("window: { size: 7d, zone: Europe/Lisbon }").Windows[0]));
        Assert.True(settings.HasSameSpans(Read("window: { size: 7d, zone: Europe/Berlin, min_rows: 9 }").Windows[0]));

        var source = new SourcePartition("t", 0);
        var start = EventTime.From(new DateTime(2026, 11, 1));
        var ledger = new WindowLedger(epoch => Settings(epoch == 0 ? none : berlin), 0);
        ledger.Apply(0, new Frame(source, new(0), new Variant(0, EventTime.None), new(1),
            [new Entry(new EntryKey(berlin.Model, "", start, none.PaneSize, 0), new(5), [])]));
        LedgerOutput before = ledger.Apply(1, Header(1, start + none.PaneSize + Duration.FromHours(1), plan: 0));
        LedgerOutput after = ledger.Apply(2, Header(2, start + none.PaneSize + Duration.FromHours(2), plan: 1));
        Assert.Empty(before.Closed);
        ClosedWindow cut = Assert.Single(after.Closed);
        Assert.Equal((5, 1L, false), (cut.Rows.Value, cut.CutBy, cut.Complete));

        SegmentHeaders Header(long upto, EventTime watermark, long plan) => new(
            [new SegmentHeader(source, new(0), new Variant(0, EventTime.None), new(upto), watermark, default, [], false, false, new(0), 1, plan)]);
        static WindowingSettings Settings(ModelWindows model) => new(
            ImmutableSortedDictionary<string, ModelWindows>.Empty.Add(model.Model, model with { AllowedLateness = new(0) }),
            new ModelWindows("", [], model.PaneSize, new(0), new(0), [model.Windows[0] with { Zone = null }]),
            Duration.FromDays(9), Duration.FromDays(9), Duration.FromDays(9), Duration.FromDays(9));
    }

    private static ModelWindows Read(string window)
    {
        PlanResult result = Configs.Read(Configs.WithModel(window));
        Assert.Empty(result.Findings.Where(f => f.Severity == FindingSeverity.Error));
        return result.Plan!.Models[0].Windows with { Model = "m", Topics = ["t"] };
    }

    private static SimulatedJudge Run(ZonedLog log, Random random)
    {
        JudgeSettings settings = SimulatedPlan.JudgingOf(["m"], log.Windowing, log.Signals);
        var judge = new SimulatedJudge(_ => settings);
        List<Queue<byte[]>> written = [.. Enumerable.Range(0, ZonedLog.Partitions).Select(p => new Queue<byte[]>(log.Count(p, random)))];
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
        judge.CheckUninterrupted();
        return judge;
    }

    private static IEnumerable<int> Ids(ClosedWindow window, ZonedLog log)
    {
        ImmutableArray<long> cells = window.Counts["row"].Part(log.Layout);
        Assert.All(cells, c => Assert.True(c is 0 or 1, "a row is counted twice"));
        Assert.Equal(window.Rows.Value, cells.Sum());
        return Enumerable.Range(0, cells.Length).Where(i => cells[i] == 1);
    }
}
