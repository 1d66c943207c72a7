using System.Security.Cryptography;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Tests.Alerts;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Laws;

/// <summary>The judge of one counts partition: what it says becomes visible together with its checkpoint, or not at all.</summary>
/// <param name="plans">What it judges by, by epoch.</param>
/// <param name="forgets">What a mutant's checkpoint lacks; null for the real one.</param>
internal sealed class SimulatedJudge(Func<long, JudgeSettings> plans, Func<LedgerState, LedgerState>? forgets = null)
{
    private readonly List<byte[]> _counts = [];
    private readonly List<JudgeOutput> _uncommitted = [];
    private readonly Dictionary<EntryKey, byte[]> _panes = [];
    private readonly HashSet<string> _ids = [];
    private readonly List<string> _said = [];
    private Judge _judge = new(plans, 0);
    private byte[]? _checkpoint;
    private int _next;

    public IReadOnlyDictionary<EntryKey, byte[]> Panes => _panes;

    public List<Verdict> Verdicts { get; } = [];

    public List<ToldSymptom> Told { get; } = [];

    public IEnumerable<SourceAccount> Accounts => _judge.Ledger.Accounts();

    public void Append(byte[] record) => _counts.Add(record);

    public bool Read()
    {
        if (_next == _counts.Count) return false;
        _uncommitted.Add(_judge.Apply(_next, _counts[_next]));
        _next++;
        return true;
    }

    public void Commit()
    {
        foreach (JudgeOutput output in _uncommitted)
        {
            foreach (SealedPane pane in output.Panes)
            {
                Assert.True(_panes.TryAdd(pane.Key, [.. pane.Record]), $"EMITTED: pane {pane.Key} twice");
            }

            _said.AddRange(Said(output));

            foreach (Verdict verdict in output.Verdicts)
            {
                Assert.True(_ids.Add(VerdictJson.IdOf(verdict, 0)), $"EMITTED: verdict of {verdict.Window} twice");
                Verdicts.Add(verdict);
            }

            foreach (JudgedWindow window in output.Windows)
            {
                Assert.True(_ids.Add(window.Record.Id), $"EMITTED: record of {window.Record} twice");
                CheckDigests(window);
            }

            Told.AddRange(output.Told());
        }

        _uncommitted.Clear();
        _checkpoint = _judge.Checkpoint(_next);
    }

    public void Crash()
    {
        _uncommitted.Clear();
        if (_checkpoint is null)
        {
            _judge = new Judge(plans, 0);
            _next = 0;
            return;
        }

        CheckpointState state = Checkpoint.Read(_checkpoint)!;
        if (forgets is not null) state = state with { Ledger = forgets(state.Ledger) };
        _judge = Judge.Restore(plans, state);
        foreach (byte[] pane in _panes.Values) _judge.Ledger.RestoreSealed((SealedPane)FrameCodec.Read(pane)!);
        _judge.Ledger.Rebuild(Frames((int)state.Low, (int)state.Next));
        _next = (int)state.Next;
    }

    /// <summary>A judge that nobody stops or asks anything says the same, word by word.</summary>
    public void CheckUninterrupted()
    {
        var judge = new Judge(plans, 0);
        string[] said = [.. _counts[.._next].SelectMany((record, offset) => Said(judge.Apply(offset, record)))];
        Assert.Equal(said, _said);
    }

    /// <summary>Every verdict is of the newest plan that a header before it names.</summary>
    public void CheckPlans()
    {
        var judge = new Judge(plans, 0);
        long newest = 0;
        for (int offset = 0; offset < _next; offset++)
        {
            if (FrameCodec.Read(_counts[offset]) is SegmentHeaders headers) newest = Math.Max(newest, headers.All.Max(h => h.Plan));
            foreach (Verdict verdict in judge.Apply(offset, _counts[offset]).Verdicts)
            {
                string at = plans(newest).PlanHash;
                Assert.True(verdict.Plan == at, $"EPOCH: {verdict.Window} is judged by {verdict.Plan}, the log is at {at}");
            }
        }
    }

    private static IEnumerable<string> Said(JudgeOutput output) =>
    [
        .. output.Panes.Select(p => Convert.ToHexString(p.Record.AsSpan())),
        .. output.Verdicts.SelectMany(v => VerdictJson.Write(v)).Select(Encoding.UTF8.GetString),
        .. output.Windows.Select(w => Encoding.UTF8.GetString(w.Write().Record)),
    ];

    // Whoever has the panes topic can tell what a window was made of. One that is not complete may lack panes that are there: a plan cut it, or
    // they were let go. The rest has those of some versions.
    private void CheckDigests(JudgedWindow window)
    {
        foreach (Verdict verdict in window.Verdicts)
        {
            ClosedWindow closed = verdict.Window;
            string? digest = window.Record.Versions.Single(v => v.Verdict == VerdictJson.IdOf(verdict, 0)).Panes;
            Assert.Equal(closed.Panes.IsEmpty ? null : Identity.Digest(closed.Panes), digest);
            string[] own = [.. closed.Panes.Select(Convert.ToHexString)];
            string[] topic =
            [
                .. _panes.Where(p => !p.Key.Unowned && p.Key.Model == closed.Model && closed.Start <= p.Key.Start && p.Key.End <= closed.End)
                    .Where(p => closed.Rest || (!p.Key.Rest && p.Key.Version == closed.Version))
                    .OrderBy(p => p.Key).Select(p => Convert.ToHexString(SHA256.HashData(p.Value))),
            ];
            bool isWhole = closed.Complete && !closed.Rest;
            Assert.True(own.SequenceEqual(isWhole ? topic : topic.Where(own.Contains)), $"DIGEST: {closed} is not made of panes in the topic");
        }
    }

    private IEnumerable<(long, Frame)> Frames(int low, int next)
    {
        for (int offset = low; offset < next; offset++)
        {
            if (FrameCodec.Read(_counts[offset]) is Frame frame) yield return (offset, frame);
        }
    }
}
