using System.Buffers;
using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Kernels;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Frames;

/// <summary>
/// Two models share a topic, and something throws for one of them, 'broken', in every step of counting: the other's counts are those of a run
/// without it, every row has a fate, and no half-added counts are written.
/// </summary>
public sealed class CountingFaultTests
{
    private const string Well = "well", Broken = "broken";
    private const int Messages = 30, Faulty = 11;

    private static readonly SourcePartition Source = new("t", 3);

    [Fact]
    public void Read_RefusesTheMessage_AndTheNextOnesAreCounted()
    {
        Run run = Count(Settings(Model(Broken)), CpuCounter.Shared, at => at == Faulty ? new Unreadable().Memory : Message(at, Well, Broken));
        Run without = Count(Settings(Model(Broken)), CpuCounter.Shared, at => at == Faulty ? default : Message(at, Well, Broken));
        Assert.Equal(without.Of(Well), run.Of(Well));
        Assert.Equal(without.Of(Broken), run.Of(Broken));
        Assert.Equal(1, run.Fates.Unreadable);
        RejectedRows rejected = Assert.Single(run.Rejects);
        Assert.Equal((RejectReason.InternalError, Faulty, null), (rejected.Reject.Reason, (int)rejected.Offset, rejected.Model));
        Assert.Contains("internal error: NotSupportedException: no bytes today", rejected.Reject.Detail, StringComparison.Ordinal);
        Assert.Equal(("read", Faulty), run.Faults.Select(f => (f.Step, (int)f.Offset)).Single());
    }

    // A pane of no length divides by zero.
    [Theory]
    [InlineData("bind")]
    [InlineData("decide")]
    public void RowsThatCannotBeDecided_AreRejectedForTheirModelAlone(string step)
    {
        CountingSettings settings = Settings(step == "decide" ? Model(Broken) with { PaneSize = new(0) } : Model(Broken));
        int spared = step == "bind" ? 1 : 0;
        foreach (string[] order in new[] { new[] { Well, Broken }, [Broken, Well] })
        {
            Run run = Count(settings, CpuCounter.Shared, at => Message(at, order), spoilLane: step == "bind");
            Run undisturbed = Count(Settings(Model(Broken)), CpuCounter.Shared, at => Message(at, order));
            Assert.Equal(undisturbed.Of(Well), run.Of(Well));
            Assert.Equal(2 * spared, run.Entries.Where(e => e.Key.Model == Broken).Sum(e => e.Rows));
            Assert.Equal(undisturbed.Fates.Rows, run.Fates.Rows);
            Assert.Equal(run.Fates.Rows, run.Fates.Counted + run.Fates.Rejected);
            Assert.Equal((Messages - spared) * 2, run.Fates.Rejected.Value);
            Assert.All(run.Rejects, r => Assert.Equal((RejectReason.InternalError, Broken, 2), (r.Reject.Reason, r.Model, r.Rows.Value)));
            LostRows lost = Assert.Single(run.Header.Lost);
            Assert.Equal(new LostRows(Broken, Rejected: new((Messages - spared) * 2)), lost with { Why = null });
            Assert.StartsWith("internal error: ", lost.Why, StringComparison.Ordinal);
            Assert.Equal(Messages - spared, run.Faults.Count(f => f.Step == step && f.Model == Broken));
        }
    }

    // A message of one model, one version and one pane is decided as a whole.
    [Fact]
    public void WholeMessages_OfAModelThatThrows_AreRejected()
    {
        Run run = Count(Settings(Model(Broken) with { PaneSize = new(0) }), CpuCounter.Shared, at => Message(at, at % 2 == 0 ? Well : Broken));
        Run undisturbed = Count(Settings(Model(Broken)), CpuCounter.Shared, at => Message(at, at % 2 == 0 ? Well : Broken));
        Assert.Equal(undisturbed.Of(Well), run.Of(Well));
        Assert.Empty(run.Of(Broken));
        Assert.Equal(Messages, run.Fates.Rejected.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CountsThatAreHalfAdded_AreGivenUpWithTheirPane(bool apart)
    {
        ReadOnlyMemory<byte> Rows(int at) => apart ? Message(at, at % 2 == 1 ? Broken : Well) : Message(at, Well, Broken);
        // Short runs are scattered, which no counter of numbers sees: there the cells do not fit.
        Run run = apart ? Count(Settings(Model(Broken)), new Breaking(), Rows)
            : Count(Settings(Model(Broken)), CpuCounter.Shared, Rows, counter => Spoil(counter, last: true), Messages - 1);
        Run undisturbed = Count(Settings(Model(Broken)), CpuCounter.Shared, Rows);
        Assert.Equal(undisturbed.Of(Well), run.Of(Well));
        Assert.Equal(undisturbed.Fates, run.Fates);
        Entry[] whole = [.. undisturbed.Entries.Where(e => e.Key.Model == Broken)], left = [.. run.Entries.Where(e => e.Key.Model == Broken)];
        Assert.Equal(whole.Select(e => (e.Key, e.Rows)), left.Select(e => (e.Key, e.Rows)));
        Entry[] given = [.. left.Where(e => e.Signals.Any(s => PaneFault.In(s) is not null))];
        Entry fault = Assert.Single(given);
        string reason = PaneFault.In(Assert.Single(fault.Signals))!;
        Assert.Contains("t[3] at offset", reason, StringComparison.Ordinal);
        Assert.Contains(apart ? "InvalidOperationException: half done" : "IndexOutOfRangeException: ", reason, StringComparison.Ordinal);
        Assert.Equal(whole.Where(e => e.Key != fault.Key).Select(Text), left.Where(e => e.Key != fault.Key).Select(Text));
        Assert.Equal("count", Assert.Single(run.Faults).Step);
    }

    [Fact]
    public void PaneThatCannotBeSummed_IsGivenUpAlone()
    {
        CountingSettings settings = Settings(Model(Broken));
        Run undisturbed = Count(settings, CpuCounter.Shared, at => Message(at, Well, Broken));
        Run run = Count(settings, CpuCounter.Shared, at => Message(at, Well, Broken), counter => Spoil(counter, last: false));
        Assert.Equal(undisturbed.Of(Well), run.Of(Well));
        Assert.All(run.Entries.Where(e => e.Key.Model == Broken), e => Assert.NotNull(PaneFault.In(Assert.Single(e.Signals))));
        Assert.All(run.Flushed.Faults, f => Assert.Equal(("sum", Broken), (f.Step, f.Model)));
        Assert.NotEmpty(run.Flushed.Faults);
    }

    [Fact]
    public void EntryThatCannotBeWritten_IsWrittenAsItsReason()
    {
        Entry[] entries = [.. Count(Settings(Model(Broken)), CpuCounter.Shared, at => Message(at, Well, Broken)).Entries];
        int spoiled = Array.FindIndex(entries, e => e.Key.Model == Broken);
        Entry entry = entries[spoiled];
        entries[spoiled] = entry with { Signals = [new SignalCounts(null!, 1, [1])] };
        var output = new ArrayBufferWriter<byte>();
        CountingFault fault = Assert.Single(FrameCodec.WriteWhatCan(new Frame(Source, new(0), default, new(30), [.. entries]), output));
        Assert.Equal(("encode", Broken), (fault.Step, fault.Model));
        var read = Assert.IsType<Frame>(FrameCodec.Read(output.WrittenSpan));
        Assert.Equal(entries.Length, read.Entries.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            if (i != spoiled) Assert.Equal(Text(entries[i]), Text(read.Entries[i]));
        }

        Assert.Equal((entry.Key, entry.Rows), (read.Entries[spoiled].Key, read.Entries[spoiled].Rows));
        Assert.Contains("t[3] up to offset 30", PaneFault.In(Assert.Single(read.Entries[spoiled].Signals)), StringComparison.Ordinal);
    }

    private static CountedModel Model(string id) => new(
        id, "time", new VersionSource(), null, null,
        [new("x", SignalRole.Feature, ["x"], Layout.Numeric(id == Broken ? [1, 2] : [1, 2, 3]), [])],
        Duration.FromMinutes(1), new(0), new(0), TimeUnit.Microsecond);

    private static CountingSettings Settings(CountedModel broken) => new(
        0,
        ImmutableSortedDictionary<string, SourceTopic>.Empty.Add(
            "t", new SourceTopic("t", MessageFormat.Json, new ModelSelector(Column: "model"), [broken, Model(Well)])),
        Duration.FromHours(1), 1 << 30, Duration.FromDays(1), Duration.FromHours(1));

    // Two rows of each model, of which the second may lie in the next minute.
    private static ReadOnlyMemory<byte> Message(int at, params string[] models)
    {
        long time = 1_700_000_000_000_000 + (at * 5 * EventTime.Second);
        IEnumerable<string> rows = models.SelectMany(m => new[] { 0, 1 }.Select(i =>
            $$"""{"model": "{{m}}", "time": {{time + (i * EventTime.Second)}}, "x": {{(at + i) % 4}}.5}"""));
        return Encoding.UTF8.GetBytes($"[{string.Join(',', rows)}]");
    }

    private static Run Count(CountingSettings settings, INumberCounter numbers, Func<int, ReadOnlyMemory<byte>> message,
        Action<PartitionCounter>? spoil = null, int before = Messages, bool spoilLane = false)
    {
        using var lane = new CountingLane(settings, new InputLimits(), 0, numbers);
        var counter = new PartitionCounter(settings, Source, new(0), EventTime.None, 1, numbers);
        var (rejects, faults) = (new List<RejectedRows>(), new List<CountingFault>());
        for (int at = 0; at < Messages; at++)
        {
            if (at == before) spoil?.Invoke(counter);
            ReadOnlyMemory<byte> payload = message(at);
            var time = new EventTime(1_700_000_000_000_000 + (at * 5 * EventTime.Second));
            counter.Add(new SourceRecord(new(at), time, payload, payload.IsEmpty, [], payload.Length), lane);
            if (at == 0 && spoilLane) Spoil(lane);
            rejects.AddRange(counter.Rejects);
            faults.AddRange(lane.Faults);
        }

        if (before == Messages) spoil?.Invoke(counter);
        return new Run(counter.Fates, counter.Flush(new(0), 1, idle: true), rejects, faults);
    }

    // What no message and no plan can bring about: cells of another layout, in the counts of the first lane,
    private static void Spoil(PartitionCounter counter, bool last)
    {
        object[] panes = [.. ((System.Collections.IEnumerable)Get(Get(counter, "_panes"), "All")).Cast<object>().Where(p => Get(p, "Value").Equals(Broken))];
        foreach (object pane in last ? panes[^1..] : panes) ((SignalCounts[]?[])Get(pane, "_lanes"))[0]![0] = new SignalCounts("x", 1, [1]);
    }

    // and a lane without a counter for a signal.
    private static void Spoil(CountingLane lane)
    {
        object rows = ((System.Collections.IDictionary)Get(lane, "_topics"))["t"]!;
        object model = ((System.Collections.IDictionary)Get(Get(rows, "_models"), "_models"))[Broken]!;
        ((Array)Get(Get(model, "Counter"), "_counters")).SetValue(null, 0);
    }

    private static object Get(object of, string name)
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
        return of.GetType().GetProperty(name, Any)?.GetValue(of) ?? of.GetType().GetField(name, Any)!.GetValue(of)!;
    }

    private static string Text(Entry entry) =>
        $"{entry.Key} {entry.Rows} " + string.Join(';', entry.Signals.Select(s => $"{s.Signal} {s.Layout} {string.Join(',', s.Cells)}"));

    private sealed record Run(FateCounts Fates, Flushed Flushed, List<RejectedRows> Rejects, List<CountingFault> Faults)
    {
        public ImmutableArray<Entry> Entries => Flushed.Entries;

        public SegmentHeader Header => Flushed.Header;

        public string[] Of(string model) => [.. Entries.Where(e => e.Key.Model == model).Select(Text)];
    }

    private sealed class Unreadable : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(100);

        public override Span<byte> GetSpan() => throw new NotSupportedException("no bytes today");

        public override MemoryHandle Pin(int elementIndex = 0) => default;

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    /// <summary>Counts as the CPU does; once, by the edges of the broken model, it adds a row and throws.</summary>
    private sealed class Breaking : INumberCounter
    {
        private int _calls;

        public Span<double> Block(int lane, EdgeIndex<double> index, int values) => CpuCounter.Shared.Block(lane, index, values);

        public void Count(int lane, EdgeIndex<float> index, ReadOnlySpan<float> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts) =>
            CpuCounter.Shared.Count(lane, index, values, validity, validityOffset, counts);

        public void Count(int lane, EdgeIndex<double> index, ReadOnlySpan<double> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts)
        {
            if (counts.Length == Layout.Numeric([1, 2]).Cells && ++_calls == 5)
            {
                counts[0]++;
                throw new InvalidOperationException("half done");
            }

            CpuCounter.Shared.Count(lane, index, values, validity, validityOffset, counts);
        }

        public void Settle(IEnumerable<long[]> counts) => CpuCounter.Shared.Settle(counts);
    }
}
