using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Laws;

/// <summary>Compares what the simulated engine said with the obvious computation: row by row, in the order of the log.</summary>
internal sealed class SimulationCheck
{
    private enum Fate { Counted, Late, Future, Rejected, Unowned }

    private readonly SimulatedWorld _world;
    private readonly Fate[] _fates;
    private readonly Dictionary<EntryKey, Entry> _panes;
    private readonly HashSet<int> _sealed = [];

    private SimulationCheck(SimulatedWorld world)
    {
        _world = world;
        _fates = Reference(world);
        _panes = world.Judges.SelectMany(j => j.Panes.Values).Select(p => ((SealedPane)FrameCodec.Read(p)!).Entry).ToDictionary(p => p.Key);
    }

    public static void Check(SimulatedWorld world)
    {
        // A gap may eat rows that a header has called counted and no entry holds yet: the law is right to miss them.
        if (world.Gapped.Count == 0) Assert.Equal(0, Law.Unaccounted([.. world.Judges.Select(j => j.Accounts)]));
        if (world.Plans.Newest > 0) SimulatedPlanCheck.Check(world);
        foreach (SimulatedJudge judge in world.Judges) judge.CheckUninterrupted();
        // Which rows are late, and in what pane they are, is no longer the reference's to say.
        if (world.Plans.Newest > 0 && world.Scenario.Plans!.Any(k => k > PlanKind.OtherCells)) return;
        var check = new SimulationCheck(world);
        check.CheckPanes();
        if (!world.Scenario.Gaps) check.CheckAccounts();
        check.CheckVerdicts();
    }

    private static Fate[] Reference(SimulatedWorld world)
    {
        var watermark = new Dictionary<int, long>();
        var fates = new Fate[world.Rows.Count];
        for (int id = 0; id < fates.Length; id++)
        {
            SimulatedRow row = world.Rows[id];
            long before = watermark.GetValueOrDefault(row.Partition, EventTime.None);
            long closes = EventTime.Floor(row.Time, SimulatedPlan.Pane) + SimulatedPlan.Pane + SimulatedPlan.Lateness;
            bool owned = row.Model != SimulatedPlan.Unclaimed;
            fates[id] = row.NoTime && owned ? Fate.Rejected
                : !row.NoTime && row.Time > row.Timestamp + SimulatedPlan.MaxFuture ? Fate.Future
                : !owned ? Fate.Unowned
                : closes <= before ? Fate.Late : Fate.Counted;
            if (fates[id] is Fate.Counted or Fate.Late) watermark[row.Partition] = Math.Max(before, row.Time);
        }

        return fates;
    }

    private void CheckPanes()
    {
        foreach ((EntryKey key, Entry pane) in _panes)
        {
            if (key.Unowned) continue;
            foreach (int id in Ids(SimulatedPlans.RowsIn(pane.Signals)))
            {
                SimulatedRow row = _world.Rows[id];
                Assert.True(_sealed.Add(id), $"TWICE: row {id} is in two panes");
                Assert.True(row.Model == key.Model && key.Start <= row.Time && row.Time < key.End, $"row {id} is in the wrong pane");
                if (!_world.Scenario.Gaps) Assert.True(_fates[id] == Fate.Counted, $"FATE: row {id} is counted, reference {_fates[id]}");
            }

            Assert.Equal(pane.Rows.Value, Ids(SimulatedPlans.RowsIn(pane.Signals)).Count());
        }
    }

    // A row that was counted and is in no sealed pane is overtaken, or a marker whose pane is still open.
    private void CheckAccounts()
    {
        for (int p = 0; p < _world.Logs.Count; p++)
        {
            var source = new SourcePartition(SimulatedPlan.Topic, p);
            SourceAccount[] accounts = [.. _world.Judges.SelectMany(j => j.Accounts).Where(a => a.Source == source)];
            int[] rows = [.. Enumerable.Range(0, _fates.Length).Where(i => _world.Rows[i].Partition == p)];
            foreach (SourceAccount account in accounts)
            {
                FateCounts f = account.Fates;
                long Of(Fate fate) => rows.Count(i => _fates[i] == fate);
                Assert.True(
                    (f.Rows, f.Counted, f.Late, f.Future, f.Rejected, f.Unowned)
                        == (rows.Length, Of(Fate.Counted), Of(Fate.Late), Of(Fate.Future), Of(Fate.Rejected), Of(Fate.Unowned)),
                    $"FATE: partition {p} has {f}");
            }

            int[] missing = [.. rows.Where(i => i < _world.Markers && _fates[i] == Fate.Counted && !_sealed.Contains(i))];
            long markers = rows.Count(i => i >= _world.Markers && _fates[i] == Fate.Counted && !_sealed.Contains(i));
            Assert.True(accounts.Sum(a => a.Sealed) == rows.Count(_sealed.Contains), $"ACCOUNT: partition {p} sealed");
            Assert.True(accounts.Sum(a => a.Open) <= markers, $"OPEN: partition {p} has {accounts.Sum(a => a.Open)} open rows");
            Assert.True(accounts.Sum(a => a.Overtaken) == missing.Length, $"ACCOUNT: partition {p} misses {string.Join(",", missing)}");
            if (!MayBeOvertaken(p)) Assert.True(missing.Length == 0,
                $"OVERTAKEN: rows {string.Join(",", missing)} of an active partition {p}");
        }
    }

    private bool MayBeOvertaken(int partition) =>
        _world.EverIdle.Contains(partition) || _world.Gapped.Contains(partition) || partition >= _world.Scenario.Partitions;

    private void CheckVerdicts()
    {
        var verdicts = _world.Judges.SelectMany(j => j.Verdicts).ToDictionary(v => (v.Window.Model, v.Window.Start, v.Window.Window.Size));
        var silent = new HashSet<int>();
        foreach (Verdict verdict in verdicts.Values) CheckSum(verdict.Window, silent);
        foreach (IGrouping<int, int> rows in silent.GroupBy(i => _world.Rows[i].Partition))
        {
            long overtaken = _world.Judges.SelectMany(j => j.Accounts).Where(a => a.Source.Partition == rows.Key).Sum(a => a.Overtaken);
            Assert.True(
                MayBeOvertaken(rows.Key) && rows.Count() <= overtaken,
                $"SILENT: rows {string.Join(",", rows)} of partition {rows.Key} are missing from unmarked windows, {overtaken} are overtaken");
        }

        foreach (EntryKey key in _panes.Keys.Where(k => !k.Unowned))
        {
            foreach (WindowSettings window in SimulatedPlan.Windows)
            {
                for (long start = EventTime.Floor(key.Start, window.Every); start > key.Start - window.Size; start -= window.Every)
                    Assert.True(start + window.Size > _world.Last || verdicts.ContainsKey((key.Model, new(start), window.Size)),
                        $"{key}: no verdict at {start}");
            }
        }
    }

    private void CheckSum(ClosedWindow window, HashSet<int> silent)
    {
        var sum = new HashSet<int>();
        foreach ((EntryKey key, Entry pane) in _panes)
        {
            if (key.Model == window.Model && window.Start <= key.Start && key.End <= window.End) sum.UnionWith(Ids(SimulatedPlans.RowsIn(pane.Signals)));
        }

        Assert.True(sum.SetEquals(Ids(SimulatedPlans.RowsIn(window))), $"{window} is not the sum of its panes");
        Assert.Equal(sum.Count, window.Rows.Value);
        if (!window.Complete) Assert.True(_world.Scenario.Gaps, $"FALSE incomplete: {window}");
        if (!window.Complete) return;
        for (int id = 0; id < _fates.Length; id++)
        {
            SimulatedRow row = _world.Rows[id];
            if (row.Model != window.Model || row.Time < window.Start || row.Time >= window.End) continue;
            if (_fates[id] == Fate.Counted && !sum.Contains(id)) silent.Add(id);
            Assert.True(_fates[id] == Fate.Counted || !sum.Contains(id), $"SILENT: row {id}, {_fates[id]}, is in {window}");
        }
    }

    private static IEnumerable<int> Ids((int[] Usual, int[] Reversed) rows) => rows.Usual.Concat(rows.Reversed);
}
