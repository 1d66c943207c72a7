using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>A counts log written by hand, under plans whose epochs are their places in the list. One tick is a microsecond.</summary>
internal sealed class PlanScript(params JudgeSettings[] plans)
{
    public const string Topic = "t";

    public static readonly Owner Root = new("root", "Root", "root@example.org");

    private readonly List<byte[]> _log = [];

    public List<SealedPane> Panes { get; } = [];

    public List<Verdict> Verdicts { get; } = [];

    public List<ToldSymptom> Alerts { get; } = [];

    public List<WindowRecord> Windows { get; } = [];

    public SourceAccount Account { get; private set; } = null!;

    public static BaselineSignal Signal(string name, Layout layout, params long[] counts) => new(name, SignalRole.Feature, [name], layout, [.. counts]);

    public static ModelWindows WindowsOf(string model, long pane, params long[] sizes) =>
        new(model, [Topic], new(pane), new(0), new(0), [.. sizes.Select(s => new WindowSettings($"{s}", new(s), new(s), new(0), 0))]);

    /// <summary>A plan, and the rules of all its models.</summary>
    public static JudgeSettings Plan(string hash, ImmutableArray<Rule> rules, params (ModelWindows Windows, BaselineSignal[] Signals)[] models) => new(
        hash,
        Root,
        new WindowingSettings(
            models.ToImmutableSortedDictionary(m => m.Windows.Model, m => m.Windows),
            new ModelWindows("", [], new(10), new(0), new(0), [new("10", new(10), new(10), new(0), 0)]), new(40), new(18), new(20), new(12))
        {
            Fates = ImmutableSortedDictionary<string, string>.Empty.Add(Topic, string.Join(';', models.Select(m =>
                $"{m.Windows.Model} {m.Windows.PaneSize} {m.Windows.AllowedLateness} {string.Join(',', m.Signals.Select(s => s.Key))}"))),
        },
        models.ToImmutableSortedDictionary(m => m.Windows.Model, m => new JudgementSettings(
            m.Windows.Model, BaselineFile.Hashed(m.Windows.Model, 100, [.. m.Signals]), rules)),
        models.ToImmutableSortedDictionary(m => m.Windows.Model, m => new AlertSettings(m.Windows.Model, Root, [], null, null, [], 1, 1, 1)));

    public static Entry Entry(string model, long start, long size, params (BaselineSignal Signal, long[] Cells)[] counts) => new(
        new EntryKey(model, "", new(start), new(size), 0),
        new(counts[0].Cells.Sum()),
        [.. counts.Select(c => new SignalCounts(c.Signal.Key, c.Signal.Layout.Key, c.Cells))]);

    public PlanScript Frame(long epoch, long segment, long upto, params Entry[] entries) => Write(output =>
        FrameCodec.Write(new Frame(new SourcePartition(Topic, 0), new(segment), new Variant(epoch, EventTime.None), new(upto), [.. entries]), output));

    public PlanScript Header(
        long epoch, long segment, long upto, long watermark, long? plan = null, bool complete = true, int partition = 0, int partitions = 1) =>
        Write(output => FrameCodec.Write([new SegmentHeader(
            new SourcePartition(Topic, partition), new(segment), new Variant(epoch, EventTime.None), new(upto), new(watermark), default, [],
            complete, false, new(0), partitions, plan ?? epoch)], output));

    /// <summary>Judges it all; a judge that is stopped and begins again after any record says the same.</summary>
    public PlanScript Run()
    {
        Judge judge = New();
        string[] said = [.. _log.SelectMany((record, offset) => Said(Note(judge.Apply(offset, record))))];
        Account = judge.Ledger.Accounts().First();
        for (int stop = 0; stop <= _log.Count; stop++) Assert.Equal(said, Stopped(stop));
        Assert.Equal(Panes.Count, Panes.Select(p => p.Key).Distinct().Count());
        Assert.Equal(Verdicts.Count, Verdicts.Select(v => VerdictJson.IdOf(v, 0)).Distinct().Count());
        return this;
    }

    private Judge New() => new(epoch => plans[epoch], 0);

    private JudgeOutput Note(JudgeOutput output)
    {
        Panes.AddRange(output.Panes);
        Verdicts.AddRange(output.Verdicts);
        Alerts.AddRange(output.Told());
        Windows.AddRange(output.Windows.Select(w => w.Record));
        return output;
    }

    private List<string> Stopped(int stop)
    {
        var said = new List<string>();
        var panes = new List<SealedPane>();
        Judge judge = New();
        for (int offset = 0; offset < stop; offset++)
        {
            JudgeOutput output = judge.Apply(offset, _log[offset]);
            said.AddRange(Said(output));
            panes.AddRange(output.Panes.Select(p => (SealedPane)FrameCodec.Read(Bytes(p))!));
        }

        CheckpointState state = Checkpoint.Read(judge.Checkpoint(stop))!;
        judge = Judge.Restore(epoch => plans[epoch], state);
        foreach (SealedPane pane in panes) judge.Ledger.RestoreSealed(pane);
        judge.Ledger.Rebuild(Enumerable.Range((int)state.Low, stop - (int)state.Low)
            .Select(o => ((long)o, FrameCodec.Read(_log[o]) as Frame)).Where(f => f.Item2 is not null)!);
        for (int offset = stop; offset < _log.Count; offset++) said.AddRange(Said(judge.Apply(offset, _log[offset])));
        return said;
    }

    private static IEnumerable<string> Said(JudgeOutput output) =>
    [
        .. output.Panes.Select(p => Convert.ToHexString(Bytes(p))),
        .. output.Verdicts.SelectMany(v => VerdictJson.Write(v)).Select(Encoding.UTF8.GetString),
        .. output.Windows.Select(w => Encoding.UTF8.GetString(w.Write().Record)),
    ];

    private static byte[] Bytes(SealedPane pane)
    {
        var bytes = new ArrayBufferWriter<byte>();
        FrameCodec.Write(pane, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private PlanScript Write(Action<IBufferWriter<byte>> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        write(bytes);
        _log.Add(bytes.WrittenSpan.ToArray());
        return this;
    }
}
