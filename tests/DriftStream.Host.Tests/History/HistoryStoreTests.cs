using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftStream.Alerts;
using DriftStream.Host.History;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Observability;
using DriftStream.Host.Tests.Pages;
using DriftStream.Host.Tests.Worker;
using DriftStream.Time;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.History;

/// <summary>A copy of the topics that can be lost, read twice or read in any order, and says the same.</summary>
public sealed class HistoryStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-history-").FullName;

    private string File1 => Path.Combine(_folder, "pages.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>At least once, from several topics in any order: what pages show does not depend on it.</summary>
    [Fact]
    public void Records_InAnyOrderAndTwice_SayTheSame()
    {
        LogRecord[] records =
        [
            .. Enumerable.Range(0, 20).Select(d => Records.Verdict("m", d, judgement: d == 7 ? "drifting" : "steady")), Records.Verdict("m", 19, version: "2"),
            Records.Alert("m", "e", 1, "firing"), Records.Alert("m", "e", 2, "acknowledged"), Records.Alert("m", "e", 3, "resolved", summary: "x is back"),
            Records.Alert("m", "f", 1, "firing"), Said("a1", "acknowledge", "e"), Reply("a1", "e", "done"), Reply("a2", "e", "refused"),
        ];
        string inOrder = Told([.. records]);

        Assert.Contains("\"x has drifted\"", inOrder, StringComparison.Ordinal);
        for (int seed = 0; seed < 20; seed++)
        {
            LogRecord[] shuffled = [.. records, .. records.Take(9)];
            new Random(seed).Shuffle(shuffled);
            // What is over keeps the words from before, wherever they are known by then.
            Assert.Equal(inOrder, Told([.. shuffled.OrderBy(r => Encoding.UTF8.GetString(r.Value!).Contains("is back", StringComparison.Ordinal))]));
        }
    }

    /// <summary>
    /// Symptoms end one after the other, which is no news of its own: the episode is shown as it is, its alerts as they were told. Whatever is read first.
    /// </summary>
    [Fact]
    public void Episode_WhoseSymptomsEndOneByOne_IsShownAsItIs()
    {
        LogRecord told = Records.With(Records.With(Records.Alert("m", "e", 1, "firing"), "y", "warning"), "z", "critical", "silenced");
        LogRecord[] ended = [Records.Window("m", 2, "x", SymptomStatus.Ended), Records.Window("m", 1, "x", SymptomStatus.On)];
        Assert.Equal("critical, told as critical, 0 ended: x on critical, y on warning, z silenced critical", Now(told));
        Assert.Equal("warning, told as critical, 1 ended: x ended critical, y on warning, z silenced critical", Now([told, .. ended]));
        Assert.Equal("warning, told as critical, 1 ended: x ended critical, y on warning, z silenced critical", Now([.. ended, told, .. ended]));
        // Before it was told it was over, and began again.
        Assert.Equal("critical, told as critical, 0 ended: x on critical, y on warning, z silenced critical",
            Now(Records.Window("m", -1, "x", SymptomStatus.Ended), told, Records.Window("n", 2, "x", SymptomStatus.Ended)));
        Assert.Equal("critical, told as critical, 0 ended: x on critical, y on warning, z silenced critical",
            Now(told, ended[0], Records.Window("m", 3, "x", SymptomStatus.Began)));
        // Until the desk has told that it is over nobody knows what is on: it is as it was told.
        Assert.Equal("critical, told as critical, 2 ended: x ended critical, y ended critical, z silenced critical",
            Now(told, ended[0], Records.Window("m", 2, "y", SymptomStatus.Ended)));
        Assert.Equal("critical, told as critical, 0 ended: x on critical",
            Now([Records.Alert("m", "e", 1, "firing"), .. ended, Records.Alert("m", "e", 2, "resolved")]));

        static string Now(params LogRecord[] records)
        {
            using HistoryStore store = Records.Memory();
            Assert.True(Records.Writer(store).TryWrite(records, Records.At(1)));
            var reader = new HistoryReader(store);
            KnownEpisode of = reader.Episode("e")!;
            JsonElement alert = reader.Alerts("e")[^1], now = reader.Now(alert);
            Assert.Equal("on", alert.GetProperty("symptoms")[0].GetProperty("status").GetString());
            // Lists and the alert itself say the same, whoever asks.
            Assert.Equal((of.Severity, of.SeverityTold), (now.GetProperty("severity").GetString(), alert.GetProperty("severity").GetString()));
            Assert.Equal(of.Severity != of.SeverityTold, now.TryGetProperty("severity_told", out _));
            return $"{of.Severity}, told as {of.SeverityTold}, {of.Ended} ended: " + string.Join(", ", now.GetProperty("symptoms").EnumerateArray().Select(s =>
                $"{s.GetProperty("signal")} {s.GetProperty("status")} {s.GetProperty("severity")}"));
        }
    }

    /// <summary>Rows enough, and nobody can say: that is another thing than too few rows, and a strip keeps them apart.</summary>
    [Fact]
    public void NumberWhoseIntervalHoldsItsTarget_IsUndecided()
    {
        StripCell[] cells =
        [
            .. CreditModel.Verdicts().SelectMany(VerdictJson.Write)
                .SelectMany(v => VerdictStrip.Read(VerdictStrip.Write(VerdictStrip.Of(JsonSerializer.Deserialize<JsonElement>(v))))),
        ];
        StripCell[] undecided = [.. cells.Where(c => c.IsUndecided)];
        Assert.Contains(undecided, c => c.Kind == StripKind.Kpi);
        Assert.All(undecided, c => Assert.Equal(RankedJudgement.Insufficient, c.Judgement));
        Assert.All(undecided.Where(c => c.Kind == StripKind.Kpi), c => Assert.InRange(c.Value!.Reference!.Value, c.Value.Low!.Value, c.Value.High!.Value));
        Assert.Equal(new StripCell(StripKind.Kpi, "kpi a", RankedJudgement.Insufficient, null) { Value = new(0.5, null, null, 0.6) },
            Kpi("12 rows, fewer than 100"));
        Assert.True(Kpi("recall: its interval [0.4, 0.7] straddles 0.6").IsUndecided);

        static StripCell Kpi(string why) => VerdictStrip.Of(JsonSerializer.SerializeToElement(new
        {
            signals = Array.Empty<int>(),
            groups = Array.Empty<int>(),
            kpis = new[] { new { id = "a", value = 0.5, at_least = 0.6, judgement = "insufficient", why } },
        }))[0];
    }

    /// <summary>The last window of each name: what labels say weeks later is of other rows, and neither takes the other's place.</summary>
    [Fact]
    public void Models_HaveALastWindow_OfEachNameAndDelay()
    {
        using HistoryStore store = Records.Memory();
        Assert.True(Records.Writer(store).TryWrite(
            [
                Records.Verdict("m", 9), Records.Verdict("m", 2, judgement: "drifting", delay: 7), Records.Verdict("m", 1, delay: 7), Records.Verdict("m", 8),
                Records.Verdict("m", 9, version: "2", judgement: "insufficient"),
            ], Records.At(1)));
        Assert.Equal(["1d  11 Insufficient 2018", "1d@7d 7d 04 Drifting 1002"], new HistoryReader(store).Models().Select(m =>
            $"{m.Window} {m.Delay?.Spell()} {EventTime.Format(m.End)[8..10]} {m.Judgement} {m.Rows}"));
    }

    [Fact]
    public void Positions_AreThereWithTheRecords_OrNeither()
    {
        using (var store = new HistoryStore(File1, "driftstream.", TimeProvider.System, NullLogger.Instance))
        {
            HistoryWriter writer = Records.Writer(store);
            Assert.True(writer.TryWrite([Records.Verdict("m", 1)], Records.At(7)));
            Assert.Throws<InvalidOperationException>(() => store.TryWrite(db =>
            {
                using var rows = new HistoryRows(db);
                rows.Do("DELETE FROM verdict");
                rows.Do("UPDATE position SET next = 99");
                throw new InvalidOperationException("killed here");
            }));
        }

        using var again = new HistoryStore(File1, "driftstream.", TimeProvider.System, NullLogger.Instance);
        Assert.Equal(7, Records.Writer(again).Positions()[(Records.Topics.Verdicts, 0)]);
        Assert.Equal(1, new HistoryReader(again).Counts().Verdicts);
    }

    [Theory]
    [InlineData("not a database at all")]
    [InlineData("")]
    [InlineData("SQLite format 3\0 and then nothing that belongs there")]
    public void AFileThatIsBroken_IsSetAside_AndANewOneIsMade(string content)
    {
        File.WriteAllText(File1, content);
        var lines = new Lines();
        using var store = new HistoryStore(File1, "driftstream.", TimeProvider.System, lines);
        Assert.True(Records.Writer(store).TryWrite([Records.Verdict("m", 1)], Records.At(1)));

        Assert.Equal(1, new HistoryReader(store).Counts().Verdicts);
        if (content.Length == 0) return; // an empty file is a new one
        Assert.Equal(content, File.ReadAllText(Directory.GetFiles(_folder, "pages.db.broken-*").Single()));
        Assert.Contains(lines.Texts, l => l.Contains("set aside", StringComparison.Ordinal));
    }

    /// <summary>Pages of a file are overwritten while it is used, as a bad disk does.</summary>
    [Fact]
    public void AFileThatBreaksWhileItIsUsed_IsSetAside_AndTheWriterIsToldToReadAgain()
    {
        using var store = new HistoryStore(File1, "driftstream.", TimeProvider.System, NullLogger.Instance);
        HistoryWriter writer = Records.Writer(store);
        Assert.True(writer.TryWrite([.. Enumerable.Range(0, 500).Select(d => Records.Verdict("m", d))], Records.At(500)));
        using (var other = new SqliteConnection($"Data Source={File1};Pooling=False"))
        {
            other.Open();
            using SqliteCommand command = other.CreateCommand();
            command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            command.ExecuteNonQuery();
        }

        byte[] bytes = new byte[new FileInfo(File1).Length];
        using (var file = new FileStream(File1, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = 4096;
            file.Write(new byte[bytes.Length - 4096]);
        }

        bool whole = true;
        for (int i = 0; i < 50 && whole; i++) whole = writer.TryWrite([.. Enumerable.Range(1000 * (i + 1), 500).Select(d => Records.Verdict("n", d))],
            Records.At(i));

        Assert.False(whole);
        Assert.Empty(writer.Positions());
        Assert.True(writer.TryWrite([Records.Verdict("m", 1)], Records.At(1)));
        Assert.Equal(1, new HistoryReader(store).Counts().Verdicts);
        Assert.Single(Directory.GetFiles(_folder, "pages.db.broken-*"));
    }

    [Fact]
    public void AFileOfOtherTopics_OrOfAnotherProcess_IsRefused()
    {
        using (var store = new HistoryStore(File1, "driftstream.", TimeProvider.System, NullLogger.Instance))
        {
            IOException second = Assert.Throws<IOException>(() => new HistoryStore(File1, "driftstream.", TimeProvider.System, NullLogger.Instance));
            Assert.Contains("a file of its own", second.Message, StringComparison.Ordinal);
        }

        IOException other = Assert.Throws<IOException>(() => new HistoryStore(File1, "other.", TimeProvider.System, NullLogger.Instance));
        Assert.Contains("do not begin with 'other.'", other.Message, StringComparison.Ordinal);
        IOException nowhere = Assert.Throws<IOException>(() =>
            new HistoryStore(Path.Combine(_folder, "no", "x.db"), "d.", TimeProvider.System, NullLogger.Instance));
        Assert.Contains("web.store", nowhere.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder, "*.broken-*"));
    }

    /// <summary>Ninety days by the time of the records, whatever their windows say; what is open stays.</summary>
    [Fact]
    public void WhatIsOld_Goes_ButNotWhatIsOpen()
    {
        var clock = new SetClock();
        DateTimeOffset then = clock.GetUtcNow();
        using var store = new HistoryStore(null, "driftstream.", clock, NullLogger.Instance);
        HistoryWriter writer = Records.Writer(store, clock);
        Assert.True(writer.TryWrite([Records.Verdict("m", 1, at: then), Records.Alert("m", "open", 1, "firing", at: then),
            Records.Alert("m", "over", 1, "resolved", at: then)], Records.At(3)));
        clock.Pass(TimeSpan.FromDays(91));
        Assert.True(writer.TryWrite([Records.Verdict("m", 2, at: clock.GetUtcNow()), Records.Verdict("m", 3, at: then)], Records.At(5)));

        var reader = new HistoryReader(store);
        Assert.Equal(1, reader.Counts().Verdicts);
        Assert.Equal("open", Assert.Single(reader.Episodes(new EpisodeFilter())).Id);
        Assert.Single(reader.Alerts("open"));
        Assert.Empty(reader.Alerts("over"));
    }

    [Fact]
    public void WhatIsNoRecordOfOurs_IsALineOfTheLog()
    {
        var lines = new Lines();
        using HistoryStore store = Records.Memory();
        HistoryWriter writer = Records.Writer(store, logger: lines);
        LogRecord Odd(string topic, string text) => new(topic, 3, 17, EventTime.From(DateTime.UtcNow), null, Encoding.UTF8.GetBytes(text), []);
        string[] odd = ["", "{", "[]", "7", "{}", """{"id": 7, "model": null, "window": {}}"""];
        Assert.True(writer.TryWrite([.. odd.Select(o => Odd(Records.Topics.Verdicts, o)), .. odd.Select(o => Odd(Records.Topics.AlertsOf("team"), o)),
            .. odd.Select(o => Odd(Records.Topics.AnswersOf("team"), o)), Records.Verdict("m", 1)], Records.At(9)));

        Assert.Equal(3 * odd.Length, lines.Texts.Length);
        Assert.All(lines.Texts, l => Assert.Contains("[3]@17", l, StringComparison.Ordinal));
        Assert.Equal(1, new HistoryReader(store).Counts().Verdicts);
    }

    [Fact]
    public void Silences_AreThoseThatHold()
    {
        EventTime now = EventTime.From(DateTime.UtcNow);
        using HistoryStore store = Records.Memory();
        Assert.True(Records.Writer(store).TryWrite(
        [
            Silence("holds", 2), Reply("holds", null, "done"), Silence("over", -1), Reply("over", null, "done"), Silence("refused", 2),
                Reply("refused", null, "refused"),
            Silence("unheard", 2), Silence("ended", 2), Reply("ended", null, "done"), End("x", "ended"), Reply("x", null, "done"),
        ], Records.At(1)));

        Assert.Equal(["holds"], new HistoryReader(store).Silences(now).Select(s => s.Id));

        LogRecord Silence(string id, int days) => Records.Record(Records.Topics.AnswersOf("team"), new JsonObject
        {
            ["id"] = id,
            ["kind"] = "silence",
            ["by"] = "anna",
            ["model"] = "m",
            ["reason"] = "why",
            ["until"] = EventTime.Format(now + Duration.FromDays(days)),
        });
        LogRecord End(string id, string silence) =>
            Records.Record(Records.Topics.AnswersOf("team"), new JsonObject { ["id"] = id, ["kind"] = "end", ["by"] = "anna", ["silence"] = silence });
    }

    private static string Told(ImmutableArray<LogRecord> records)
    {
        using HistoryStore store = Records.Memory();
        HistoryWriter writer = Records.Writer(store);
        foreach (LogRecord[] some in records.Chunk(4)) Assert.True(writer.TryWrite(some, Records.At(1)));
        var reader = new HistoryReader(store);
        var text = new StringBuilder();
        foreach (KnownWindow window in reader.Range("m", new WindowRange("1d", null, 100))) text.AppendLine(
            $"{window.Version} {window.End} {window.Judgement} {string.Join(',', window.Cells)}");
        foreach (KnownModel model in reader.Models()) text.AppendLine($"{model}");
        foreach (KnownEpisode episode in reader.Episodes(new EpisodeFilter())) text.AppendLine(
            $"{episode.Id} {episode.Status} {episode.Revision} {episode.Began} \"{episode.Summary}\"");
        foreach (KnownAnswer answer in reader.Answers("e")) text.AppendLine($"{answer.Id} {answer.Owner} {answer.Kind} {answer.By} {answer.Outcome}");
        text.AppendLine($"{reader.Alerts("e").Length} {reader.Counts()}");
        return text.ToString();
    }

    private static LogRecord Said(string id, string kind, string episode) => Records.Record(
        Records.Topics.AnswersOf("team"), new JsonObject
        {
            ["id"] = id,
            ["kind"] = kind,
            ["by"] = "anna",
            ["model"] = "m",
            ["episode"] = episode,
            ["revision"] = 1
        });

    private static LogRecord Reply(string id, string? episode, string outcome) => Records.Record(Records.Topics.AlertsOf("team"), new JsonObject
    {
        ["id"] = $"r{id}",
        ["answer"] = id,
        ["kind"] = "acknowledge",
        ["owner"] = "team",
        ["by"] = "anna",
        ["outcome"] = outcome,
        ["episode"] = episode,
        ["heard"] = "2026-01-02T00:05:00Z",
    });
}
