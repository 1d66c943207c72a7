using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Tests.Alerts;
using DriftStream.Tests.Laws;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Windows;

/// <summary>A version column that holds an id: 100,000 names in 102 messages, beside a model that has nothing to do with it.</summary>
public sealed class ManyVersionsTests(ITestOutputHelper output)
{
    private const int Messages = 102, RowsEach = 1000, Signals = 20, Most = 100;

    [Fact]
    public void VersionsWithoutEnd_CostNoMoreThanTheirBound_AndTheirOwnerIsTold()
    {
        JudgeSettings settings = Judging(Most);
        var judge = new Judge(settings);
        var said = new List<JudgeOutput>();
        long before = GC.GetTotalMemory(forceFullCollection: true), most = 0;
        long started = Stopwatch.GetTimestamp();
        (int largest, int checkpoint) = (0, 0);
        foreach (byte[] record in Count(Most))
        {
            largest = Math.Max(largest, record.Length);
            said.Add(judge.Apply(0, record));
            checkpoint = Math.Max(checkpoint, judge.Checkpoint(0).Length);
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false) - before);
        }

        TimeSpan took = Stopwatch.GetElapsedTime(started);
        output.WriteLine($"{most >> 20} MiB more at the most, {took.TotalSeconds:F2} s until the other model's verdict, frames up to {largest >> 10} KiB, "
            + $"checkpoints up to {checkpoint} bytes");
        Verdict[] verdicts = [.. said.SelectMany(s => s.Verdicts)];
        Verdict other = Assert.Single(verdicts, v => v.Window.Model == "calm");
        Assert.Equal(Messages, other.Window.Rows.Value);
        Verdict[] noisy = [.. verdicts.Where(v => v.Window.Model == "noisy")];
        Assert.Equal(Most + 1, noisy.Length);
        Assert.Equal(Messages * RowsEach, noisy.Sum(v => v.Window.Rows));
        // The first hundred names come no second time, but that no judge can know.
        Assert.All(noisy.Where(v => !v.Window.Rest), v => Assert.Equal((1, false), (v.Window.Rows.Value, v.Window.Complete)));
        Verdict rest = Assert.Single(noisy, v => v.Window.Rest);
        Assert.Equal(((Messages * RowsEach) - Most, Judgement.Unjudged), (rest.Window.Rows.Value, rest.Judgement));
        Assert.Contains("limits.versions", rest.Why, StringComparison.Ordinal);
        ToldSymptom alert = Assert.Single(said.SelectMany(s => s.Told()), a => a.Rule == VersionBound.OtherVersions);
        Assert.Equal(("noisy", false, SymptomStatus.Began), (alert.Model, alert.Symptom.IsForRoot, alert.Status));
        Assert.Contains("101,900 of 102,000 rows", alert.Summary, StringComparison.Ordinal);
        Assert.True(most < 256L << 20, $"{most >> 20} MiB");
        Assert.True(took < TimeSpan.FromSeconds(30), $"{took}");
    }

    private static IEnumerable<byte[]> Count(int versions)
    {
        ImmutableArray<CountedModel> models = [.. new[] { "calm", "noisy" }.Select(m => new CountedModel(
            m, null, new VersionSource(Column: m == "noisy" ? "id" : "none"), null, null, SignalsOf(), new(1000), new(0), new(0)))];
        var settings = new CountingSettings(
            0,
            ImmutableSortedDictionary<string, SourceTopic>.Empty.Add(
                "t", new SourceTopic("t", MessageFormat.Json, new ModelSelector(Column: "model"), models)),
            MaxFuture: new(10), 1 << 20, Duration.FromHours(1), new(1000))
        {
            Versions = versions,
        };
        using var lane = new CountingLane(settings, new InputLimits());
        var counter = new PartitionCounter(settings, new SourcePartition("t", 0), new(0), EventTime.None);
        for (int message = 0; message <= Messages; message++)
        {
            byte[] payload = Encoding.UTF8.GetBytes(message < Messages ? Rows(message) : """[{"model":"calm"},{"model":"noisy"}]""");
            counter.Add(new SourceRecord(new(message), new(message < Messages ? 5 : 2500), payload, false, [], payload.Length), lane);
            foreach (byte[] record in Write(counter.Flush(new(0), 1, idle: false))) yield return record;
            if (!counter.IsFull) continue;
            foreach (byte[] record in Write(counter.Finish(counter.Upto, new(0), 1))) yield return record;
        }
    }

    private static string Rows(int message)
    {
        var text = new StringBuilder("""[{"model":"calm","x0":1}""");
        for (int row = 0; row < RowsEach; row++)
            text.Append(CultureInfo.InvariantCulture, $$""",{"model":"noisy","id":"{{(message * RowsEach) + row:D20}}","x0":{{row}}}""");
        return text.Append(']').ToString();
    }

    private static List<byte[]> Write(Flushed flushed)
    {
        SegmentHeader header = flushed.Header;
        var records = new List<byte[]>();
        foreach (Entry entry in flushed.Entries)
            Add(o => FrameCodec.Write(new Frame(header.Source, header.Segment, header.Variant, header.Upto, [entry]), o));
        Add(o => FrameCodec.Write([header], o));
        flushed.Release();
        return records;

        void Add(Action<IBufferWriter<byte>> write)
        {
            var bytes = new ArrayBufferWriter<byte>();
            write(bytes);
            records.Add(bytes.WrittenSpan.ToArray());
        }
    }

    private static JudgeSettings Judging(int versions)
    {
        WindowSettings window = new("w", new(1000), new(1000), new(0), 1);
        string[] models = ["calm", "noisy"];
        return SimulatedPlan.JudgingOf(
            models,
            new WindowingSettings(
                models.ToImmutableSortedDictionary(m => m, m => new ModelWindows(m, ["t"], new(1000), new(0), new(0), [window])),
                new ModelWindows("", ["t"], new(1000), new(0), new(0), [window]), new(1_000_000), new(1_000_000), new(10), new(1_000_000))
            {
                Versions = versions,
            },
            SignalsOf());
    }

    private static ImmutableArray<BaselineSignal> SignalsOf()
    {
        Layout layout = Layout.Numeric([.. Enumerable.Range(0, 255).Select(e => (double)e)]);
        return
        [
            .. Enumerable.Range(0, Signals).Select(i => new BaselineSignal(
                $"x{i}", SignalRole.Feature, [$"x{i}"], layout, [1, .. new long[layout.Cells - 1]])),
        ];
    }
}
