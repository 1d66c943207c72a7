using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Tests.Alerts;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Windows;

/// <summary>What is lost is told: in the next verdict, once, and by an alert; and nothing is as loud as no data.</summary>
public sealed class LossesTests
{
    private static readonly SourcePartition Source = new("t", 0);
    private static readonly Owner Owner = new("team", "Team", "");

    private static readonly ImmutableArray<Rule> Rules =
    [
        Of("lost", 0.01), Of("rejected", 0.05), Of("silence", 0),
        new Rule("volume", "x", null, "volume", null, new Alarm(AlarmKind.Below, 1), Severity.Warning),
    ];

    [Fact]
    public void LostRows_OfAnOpenSegment_AreToldOnceByFate()
    {
        Judge judge = Judge();
        Apply(judge, Frame(upto: 90, rows: 90));
        JudgeOutput output = Apply(judge, Header(90, watermark: 10, new LostRows("m", new(4), new(3), new(2))));
        Losses lost = Assert.Single(output.Verdicts).Window.Lost!;
        Assert.Equal((new LossCounts(Late: new(4), Future: new(3), Rejected: new(2)), 90), (lost.Counts, lost.Rows.Value));
        Assert.Equal(9.0 / 99, lost.Share);
        Assert.Equal(new FurthestRecord(Source, new(10), new WatermarkRecord(new(7), new(5))), lost.Furthest);
        // The same header once more, and the segment's end: nothing is told twice.
        Apply(judge, Frame(upto: 99, rows: 5, start: 10));
        output = Apply(judge, Header(99, watermark: 20, new LostRows("m", new(4), new(3), new(2)), complete: true));
        Assert.Equal(default, Assert.Single(output.Verdicts).Window.Lost!.Counts);
    }

    [Fact]
    public void OvertakenRows_NameTheirWindowInTheNextVerdict_AlsoAfterARestart()
    {
        Judge judge = Judge();
        Apply(judge, Frame(upto: 2, rows: 100));
        Assert.Empty(Assert.Single(Apply(judge, Header(2, watermark: 10)).Verdicts).Window.Lost!.Overtaken);
        // They reach the sealed pane [0, 10) of a segment that stays open.
        Apply(judge, Frame(upto: 9, rows: 130));
        Apply(judge, Header(9, watermark: 12));
        judge = Restarted(judge);
        Apply(judge, Frame(upto: 10, rows: 100, start: 10));
        Verdict next = Assert.Single(Apply(judge, Header(10, watermark: 20)).Verdicts);
        Assert.Equal((30, 30), (next.Window.Lost!.Counts.Overtaken.Value, next.Window.LateRows.Value));
        Assert.Equal([new OvertakenRows(new(0), new(30))], next.Window.Lost.Overtaken);
        JsonElement json = JsonDocument.Parse(VerdictJson.Write(next)[0]).RootElement;
        Assert.Equal("""[{"window":"1970-01-01T00:00:00Z","rows":30}]""", json.GetProperty("overtaken").GetRawText());
        Assert.Equal(30, judge.Ledger.Accounts().Single().Overtaken.Value);
        // Folding the segment counts them no second time.
        Apply(judge, Frame(upto: 11, rows: 1, start: 20));
        next = Assert.Single(Apply(judge, Header(11, watermark: 30, complete: true)).Verdicts);
        Assert.Equal((0, 30), (next.Window.Lost!.Counts.Overtaken.Value, judge.Ledger.Accounts().Single().Overtaken.Value));
    }

    [Theory]
    [InlineData(1, 99, false)]
    [InlineData(2, 98, true)]
    public void LostShare_PassesItsRule_FiresAtOnceAndNamesTheRecord(long late, long counted, bool fires)
    {
        Judge judge = Judge();
        Apply(judge, Frame(upto: 2, rows: counted));
        JudgeOutput output = Apply(judge, Header(2, watermark: 10, new LostRows("m", new(late))));
        Assert.Equal(fires, output.Told().Any(a => a.Rule == "lost"));
        if (!fires) return;
        ToldSymptom alert = Assert.Single(output.Told());
        Assert.Equal((null, null, "", false), (alert.Signal, alert.Group, alert.Version, alert.Symptom.IsForRoot));
        Assert.Equal(
            "2 of 100 rows (2.0 %) are in no window: 2 late; event time was moved to 1970-01-01T00:00:00.00001Z by the record at offset 7 of t[0], "
            + "stamped 1970-01-01T00:00:00.000005Z", alert.Summary);
        Assert.EndsWith(alert.Summary, output.Verdicts[0].Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void RejectedShare_PassesItsRule_Fires(long rejected, bool fires)
    {
        Judge judge = Judge();
        Apply(judge, Frame(upto: 2, rows: 100 - rejected));
        JudgeOutput output = Apply(judge, Header(2, watermark: 10, new LostRows("m", Rejected: new(rejected))));
        ToldSymptom[] alerts = [.. output.Told().Where(a => a.Rule == "rejected")];
        Assert.Equal(fires ? ["6 of 100 rows (6.0 %) were rejected: the rejects topic says why"] : [], alerts.Select(a => a.Summary));
    }

    /// <summary>What was wrong is told, of open and of folded segments, and after a restart.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RejectedRows_AreToldWithWhatWasWrong(bool complete)
    {
        Judge judge = Judge();
        Apply(judge, Frame(upto: 2, rows: 40));
        Apply(judge, Header(2, watermark: 9, new LostRows("m", Rejected: new(60)) { Why = "column 'x' is utf8, which is no number" }, complete));
        judge = Restarted(judge);
        if (!complete) Apply(judge, Frame(upto: 2, rows: 40));
        SegmentHeader next = Header(3, watermark: 10)[0] with { Segment = new(complete ? 2 : 0) };
        if (!complete) next = next with { Lost = [new LostRows("m", Rejected: new(60)) { Why = "column 'x' is utf8, which is no number" }] };
        if (complete) judge.Ledger.Rebuild([(0, Frame(upto: 2, rows: 40))]);
        ToldSymptom told = Assert.Single(Apply(judge, [next]).Told(), a => a.Rule == "rejected");
        Assert.Equal("60 of 100 rows (60.0 %) were rejected: column 'x' is utf8, which is no number; the rejects topic says where", told.Summary);
    }

    // 18 readable messages of 50 rows; how many rows those hold that cannot be read is not known, and 50 each is what is to be expected.
    [Theory]
    [InlineData(0, false)]
    [InlineData(54, true)]
    public void UnreadableMessages_AreTakenForTheRowsOfAnAverageOne(long unreadable, bool fires)
    {
        Judge judge = Judge();
        Apply(judge, Frame(upto: 72, rows: 900));
        SegmentHeader header = Header(72, watermark: 10, new LostRows("m", Unreadable: unreadable))[0];
        var fates = new FateCounts { Rows = new(900), Counted = new(900), Messages = 18 + unreadable, Unreadable = unreadable };
        JudgeOutput output = Apply(judge, [header with { Fates = fates }]);
        Losses lost = Assert.Single(output.Verdicts).Window.Lost!;
        Assert.Equal((unreadable * 50, fires ? 0.75 : 0, fires ? 0.75 : 0), (lost.Unread.Value, lost.Share, lost.RejectedShare));
        Assert.Equal(unreadable, JsonDocument.Parse(VerdictJson.Write(output.Verdicts[0])[0]).RootElement.GetProperty("lost")
            .GetProperty("unreadable_messages").GetInt64());
        ToldSymptom[] alerts = [.. output.Told().Where(a => a.Rule == "rejected")];
        string[] expected = ["2,700 of 3,600 rows (75.0 %) were rejected, 54 unreadable messages taken for 2,700 of them: the rejects topic says why"];
        Assert.Equal(fires ? expected : [], alerts.Select(a => a.Summary));
        // Told once.
        Apply(judge, Frame(upto: 73, rows: 5, start: 10));
        JudgeOutput next = Apply(judge, Header(99, watermark: 20, new LostRows("m", Unreadable: unreadable)));
        Assert.Equal(0, Assert.Single(next.Verdicts).Window.Lost!.Unread.Value);
    }

    // Time goes on for 20 windows without a row: resolve.after + 1 of them are judged, one episode stays open, and rows end it.
    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(false, "7")]
    [InlineData(true, "7")]
    public void WindowsWithoutRows_AreJudgedUntilAnEpisodeIsOpen(bool atOnce, string version)
    {
        Judge judge = Judge();
        Apply(judge, Frame(upto: 2, rows: 100, version: version));
        var verdicts = new List<Verdict>();
        var alerts = new List<ToldSymptom>();
        for (long watermark = 10; watermark <= 210; watermark += atOnce ? 200 : 10)
        {
            JudgeOutput output = Apply(judge, Header(2, watermark));
            verdicts.AddRange(output.Verdicts);
            alerts.AddRange(output.Told());
            judge = Restarted(judge);
        }

        Assert.Equal(
            [(0, 100, 0), (10, 0, 1), (20, 0, 2), (30, 0, 3)], verdicts.Select(v => (v.Window.Start.Microseconds, v.Window.Rows.Value, v.Window.Empty)));
        Assert.Equal(verdicts.Count, verdicts.Select(v => VerdictJson.IdOf(v, 0)).Distinct().Count());
        Assert.Equal(["silence began 10", "volume began 20"], alerts.Select(Text));
        alerts.Clear();
        for (int i = 0; i < 2; i++)
        {
            Apply(judge, Frame(upto: 3 + i, rows: 100, start: 210 + (10 * i), version: version));
            alerts.AddRange(Apply(judge, Header(3 + i, 220 + (10 * i))).Told());
        }

        // So long after they last spoke the first window that is well ends them.
        Assert.Equal(["silence ended 210", "volume ended 210"], alerts.Select(Text).Order());
    }

    [Fact]
    public void Silence_ClosesWindowsWithoutRows_ByTheCountersClock()
    {
        Judge judge = Judge();
        Apply(judge, Frame(upto: 2, rows: 100));
        SegmentHeader quiet = Header(2, watermark: 9)[0] with { Idle = true };
        Assert.Empty(Apply(judge, [quiet with { Stamp = new(100) }]).Verdicts);
        JudgeOutput output = Apply(judge, [quiet with { Stamp = new(1000) }]);
        Assert.Equal([(0, 100), (10, 0), (20, 0), (30, 0)], output.Verdicts.Select(v => (v.Window.Start.Microseconds, v.Window.Rows.Value)));
        Assert.Empty(Apply(judge, [quiet with { Stamp = new(2000) }]).Verdicts);
    }

    [Fact]
    public void ModelWithoutSuchARule_HasNoVerdictOfNothing()
    {
        Judge judge = Judge(mostEmpty: 0);
        Apply(judge, Frame(upto: 2, rows: 100));
        Assert.Single(Apply(judge, Header(2, watermark: 10)).Verdicts);
        Assert.Empty(Apply(judge, Header(2, watermark: 200)).Verdicts);
    }

    [Fact]
    public void OtherVersions_AreToldOnce_UntilEveryVersionHasCountsOfItsOwn()
    {
        Judge judge = Judge();
        var told = new List<ToldSymptom>();
        for (int window = 0; window < 5; window++)
        {
            Frame own = Frame(upto: 2 * window + 1, rows: 60, start: 10 * window, version: "7");
            Entry rest = own.Entries[0] with { Key = own.Entries[0].Key with { Version = "", Rest = true }, Rows = new(40) };
            Apply(judge, window < 2 ? own with { Entries = [.. own.Entries, rest] } : own);
            JudgeOutput output = Apply(judge, Header(2 * window + 2, watermark: 10 * (window + 1)));
            Assert.Equal(window < 2 ? ["7", ClosedWindow.OtherVersions] : ["7"], output.Verdicts.Select(v => v.Window.Version));
            if (window < 2) Assert.True(JsonDocument.Parse(VerdictJson.Write(output.Verdicts[1])[0]).RootElement.GetProperty("other_versions").GetBoolean());
            told.AddRange(output.Told().Where(a => a.Rule == VersionBound.OtherVersions));
        }

        Assert.Equal(["other_versions began 0", "other_versions ended 30"], told.Select(Text));
        Assert.All(told, a => Assert.Equal((false, "m", "", null, null), (a.Symptom.IsForRoot, a.Model, a.Version, a.Signal, a.Group)));
        Assert.StartsWith("40 of 100 rows (40.0 %) are unjudged: ", told[0].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Window_OfTheRest_IsNoVersionOfThatName()
    {
        Judge judge = Judge();
        Frame named = Frame(upto: 1, rows: 60, version: ClosedWindow.OtherVersions);
        Entry rest = named.Entries[0] with { Key = named.Entries[0].Key with { Version = "", Rest = true }, Rows = new(40) };
        Apply(judge, named with { Entries = [.. named.Entries, rest] });
        JudgeOutput output = Apply(judge, Header(2, watermark: 10));
        Assert.Equal([60, 40], output.Verdicts.Select(v => v.Window.Rows.Value));
        Assert.Equal(2, output.Verdicts.Select(v => VerdictJson.IdOf(v, 0)).Distinct().Count());
    }

    private static string Text(ToldSymptom told) => $"{told.Rule} {told.Status.ToString().ToLowerInvariant()} {told.Window.Start}";

    private static Rule Of(string statistic, double above) =>
        new(statistic, null, null, statistic, null, new Alarm(AlarmKind.Above, above), Severity.Warning);

    private static Judge Judge(int mostEmpty = 3) => new(Settings(mostEmpty));

    private static JudgeSettings Settings(int mostEmpty)
    {
        Layout layout = Layout.Categorical(["a"]);
        ImmutableArray<BaselineSignal> signals = [new("x", SignalRole.Feature, ["x"], layout, [1000, .. new long[layout.Cells - 1]])];
        WindowSettings window = new("10", new(10), new(10), new(0), 10);
        return new JudgeSettings(
            "sha256:plan",
            Owner,
            new WindowingSettings(
                ImmutableSortedDictionary<string, ModelWindows>.Empty.Add(
                    "m", new ModelWindows("m", ["t"], new(10), new(0), new(0), [window]) { MostEmpty = mostEmpty }),
                new ModelWindows("", [], new(10), new(0), new(0), [window]),
                CloseAfterIdle: new(40),
                IdleLease: new(18),
                MaxFuture: new(20),
                IdleAfter: new(12)),
            ImmutableSortedDictionary<string, JudgementSettings>.Empty.Add("m", new JudgementSettings("m", BaselineFile.Hashed("m", 1000, signals), Rules)),
            ImmutableSortedDictionary<string, AlertSettings>.Empty.Add("m", new AlertSettings("m", Owner, [], null, null, [], 2, 3, 2)));
    }

    private static JudgeOutput Apply(Judge judge, Frame frame) => Apply(judge, output => FrameCodec.Write(frame, output));

    private static JudgeOutput Apply(Judge judge, SegmentHeader[] headers) => Apply(judge, output => FrameCodec.Write(headers, output));

    private static JudgeOutput Apply(Judge judge, Action<IBufferWriter<byte>> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        write(bytes);
        return judge.Apply(0, bytes.WrittenSpan);
    }

    private static Judge Restarted(Judge judge) => DriftStream.Alerts.Judge.Restore(Settings(3), Checkpoint.Read(judge.Checkpoint(0))!);

    private static Frame Frame(long upto, long rows, long start = 0, string version = "")
    {
        Layout layout = Layout.Categorical(["a"]);
        var counts = new SignalCounts("x", layout.Key, [rows, .. new long[layout.Cells - 1]]);
        var entry = new Entry(new EntryKey("m", version, new(start), new(10), 0), new(rows), [counts]);
        return new Frame(Source, new(0), new Variant(0, EventTime.None), new(upto), [entry]);
    }

    private static SegmentHeader[] Header(long upto, long watermark, LostRows? lost = null, bool complete = false)
    {
        ImmutableArray<LostRows> all = lost is { } some ? [some] : [];
        var variant = new Variant(0, EventTime.None);
        var mover = new WatermarkRecord(new(7), new(5));
        return [new SegmentHeader(Source, new(0), variant, new(upto), new(watermark), default, all, complete, false, new(0), 1, Mover: mover)];
    }
}
