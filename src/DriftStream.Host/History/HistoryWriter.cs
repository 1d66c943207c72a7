using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.History;

/// <summary>Writes records of topics into a store: in any order, and as often as they come, for what is newer wins. Single-threaded.</summary>
/// <param name="keep">How long records are kept, by their times.</param>
public sealed class HistoryWriter(HistoryStore store, TopicNames topics, Duration keep, TimeProvider time, ILogger logger)
{
    private const long NextSweep = EventTime.Hour / 4;

    private EventTime? _swept;

    /// <summary>Where each partition was read up to.</summary>
    public ImmutableDictionary<(string Topic, int Partition), long> Positions() => store.Read(db =>
    {
        var found = ImmutableDictionary.CreateBuilder<(string, int), long>();
        using SqliteCommand command = db.CreateCommand();
        command.CommandText = "SELECT topic, partition, next FROM position";
        using SqliteDataReader rows = command.ExecuteReader();
        while (rows.Read()) found[(rows.GetString(0), rows.GetInt32(1))] = rows.GetInt64(2);
        return found.ToImmutable();
    });

    /// <summary>Writes records and positions in one transaction.</summary>
    /// <returns>False where the store was broken and is new now: nothing was written, and all is to be read again.</returns>
    /// <exception cref="IOException">The store cannot be written to.</exception>
    public bool TryWrite(IReadOnlyList<LogRecord> records, IReadOnlyDictionary<(string Topic, int Partition), long> positions)
    {
        bool written = store.TryWrite(db => Write(db, records, positions));
        if (records.Count > 0 || !written) store.Changed();
        return written;
    }

    private void Write(SqliteConnection db, IReadOnlyList<LogRecord> records, IReadOnlyDictionary<(string Topic, int Partition), long> positions)
    {
        EventTime now = EventTime.From(time.GetUtcNow().UtcDateTime), oldest = new(now - keep);
        using var rows = new HistoryRows(db);
        foreach (LogRecord record in records)
        {
            if (record.Value is null) Erase(rows, record);
            else Write(rows, record, oldest);
        }

        foreach (((string topic, int partition), long next) in positions)
            rows.Do("INSERT INTO position VALUES ($0, $1, $2) ON CONFLICT DO UPDATE SET next = excluded.next", topic, partition, next);
        if (_swept is { } last && now - last < NextSweep) return;
        _swept = now;
        Sweep(rows, oldest);
    }

    private void Write(HistoryRows rows, in LogRecord record, EventTime oldest)
    {
        try
        {
            if (record.Topic == topics.Plan)
            {
                if (PlanRecord.Read(record.Value) is { } plan)
                    rows.Do("INSERT OR REPLACE INTO plan VALUES ($0, $1, $2, $3)", record.Offset, plan.Hash, plan.By, plan.At.Microseconds);
                return;
            }

            if (record.Topic == topics.Desk)
            {
                // Answers, plans and ticks stand there too.
                if (record.Timestamp >= oldest && WindowRecordJson.Read(record.Value) is { } judged) Symptoms(rows, judged, record);
                return;
            }

            bool ofAnswers = record.Topic.StartsWith(topics.AnswersOf(""), StringComparison.Ordinal);
            if (record.Timestamp < oldest && !ofAnswers) return;
            using JsonDocument json = JsonDocument.Parse(record.Value!);
            JsonElement root = json.RootElement;
            if (record.Topic == topics.Verdicts) Verdict(rows, root, record);
            else if (record.Topic == topics.Actions) Action(rows, root, record);
            else if (ofAnswers) Answer(rows, root, record, record.Topic[topics.AnswersOf("").Length..]);
            else if (root.TryGetProperty("outcome", out _)) Reply(rows, root, record);
            else Alert(rows, root, record);
        }
        // What others have written into a topic of ours shows as a line of the log, and holds nothing up.
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            logger.NotShown(record.Topic, record.Partition, record.Offset, e.Message);
        }
    }

    private static void Verdict(HistoryRows rows, JsonElement verdict, in LogRecord record)
    {
        JsonElement window = verdict.GetProperty("window");
        string model = Text(verdict, "model"), version = Text(verdict, "version"), name = Text(window, "name"), why = Text(verdict, "why");
        long start = Time(window, "start"), end = Time(window, "end"), counted = verdict.GetProperty("rows").GetInt64();
        RankedJudgement judgement = VerdictStrip.JudgementOf(verdict);
        bool rest = verdict.TryGetProperty("other_versions", out _);
        int part = verdict.TryGetProperty("part", out JsonElement number) ? number.GetInt32() : 0;
        object? lost = verdict.TryGetProperty("lost", out JsonElement losses) && losses.GetProperty("share") is { ValueKind: JsonValueKind.Number } share
            ? share.GetDouble() : null;
        bool isNew = rows.Do(
            "INSERT OR IGNORE INTO verdict VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
            Text(verdict, "id"), model, version, rest, name, start, end, part, window.GetProperty("complete").GetBoolean(), counted,
            verdict.GetProperty("late_rows").GetInt64(), lost, (int)judgement, why, Text(verdict, "plan"), Maybe(verdict, "baseline"),
            record.Timestamp.Microseconds, VerdictStrip.Write(VerdictStrip.Of(verdict)), PackedText.Pack(record.Value!),
            Delay(verdict)) > 0;
        if (!isNew || part > 0) return;
        // Of several versions in the last window the one that says most, and the rows of all.
        rows.Do("""
            INSERT INTO model VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO UPDATE SET
              rows = CASE WHEN model.ends = excluded.ends THEN model.rows + excluded.rows ELSE excluded.rows END,
              why = CASE WHEN model.ends = excluded.ends AND model.judgement > excluded.judgement THEN model.why ELSE excluded.why END,
              judgement = CASE WHEN model.ends = excluded.ends THEN max(model.judgement, excluded.judgement) ELSE excluded.judgement END,
              start = excluded.start, ends = excluded.ends, at = excluded.at
            WHERE excluded.ends >= model.ends
            """, model, name, Delay(verdict), start, end, counted, (int)judgement, why, record.Timestamp.Microseconds);
    }

    private static void Symptoms(HistoryRows rows, WindowRecord window, in LogRecord record)
    {
        foreach (SymptomNow now in SymptomNow.Of(window))
        {
            rows.Do("""
                INSERT INTO symptom VALUES ($0, $1, $2, $3, $4, $5) ON CONFLICT DO UPDATE SET
                  is_on = excluded.is_on, severity = excluded.severity, ends = excluded.ends, summary = excluded.summary, at = excluded.at
                WHERE excluded.ends > symptom.ends
                """, now.Key, now.IsOn, Rank(now.Severity), now.Ends.Microseconds, now.Summary, record.Timestamp.Microseconds);
        }
    }

    private static void Alert(HistoryRows rows, JsonElement alert, in LogRecord record)
    {
        string episode = Text(alert, "episode");
        int revision = alert.GetProperty("revision").GetInt32();
        long told = Time(alert, "told"), at = record.Timestamp;
        bool isNew = rows.Do("INSERT OR IGNORE INTO alert VALUES ($0, $1, $2, $3, $4, $5)",
            Text(alert, "id"), episode, revision, told, at, PackedText.Pack(record.Value!)) > 0;
        if (!isNew) return;
        JsonElement acknowledged = alert.GetProperty("acknowledged");
        bool isNewest = rows.Do("""
            INSERT INTO episode VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12, $13, $14) ON CONFLICT DO UPDATE SET
              owner = excluded.owner, recipients = excluded.recipients, status = excluded.status, severity = excluded.severity, revision = excluded.revision,
              because = excluded.because, since = excluded.since, told = excluded.told, ends = excluded.ends, respond_by = excluded.respond_by,
              acknowledged = excluded.acknowledged, at = excluded.at,
              summary = CASE WHEN excluded.status = 'resolved' THEN episode.summary ELSE excluded.summary END
            WHERE excluded.revision > episode.revision
            """,
            episode, Text(alert, "model"), Text(alert.GetProperty("owner"), "id"), Names(alert, "to"), Text(alert, "status"), Text(alert, "severity"),
            revision, Text(alert, "because"), Time(alert, "since"), told, Time(alert.GetProperty("window"), "end"), MaybeTime(alert, "respond_by"),
            acknowledged.ValueKind == JsonValueKind.Object ? Maybe(acknowledged, "by") : null, Text(alert, "summary"), at) > 0;
        if (isNewest) Told(rows, episode, alert);
        // Alerts of several topics come in any order.
        rows.Do("UPDATE episode SET began = min(began, $1) WHERE id = $0", episode, told);
    }

    // By what it is told as, of those that are not silenced or, where all are, of all. Of one that leaves symptoms out nobody can say what is on.
    private static void Told(HistoryRows rows, string episode, JsonElement alert)
    {
        rows.Do("DELETE FROM told WHERE episode = $0", episode);
        string status = Text(alert, "status"), model = Text(alert, "model");
        bool leavesOut = alert.TryGetProperty("symptoms_left_out", out JsonElement more) && more.GetInt32() > 0;
        if (status == "resolved" || leavesOut) return;
        foreach (JsonElement symptom in alert.GetProperty("symptoms").EnumerateArray())
        {
            if (Maybe(symptom, "status") is not ("on" or "silenced")) continue;
            rows.Do("INSERT OR REPLACE INTO told VALUES ($0, $1, $2, $3, $4)", episode, SymptomNow.KeyOf(model, symptom),
                status == "silenced" || Maybe(symptom, "status") == "on", Rank(Text(symptom, "severity")), SymptomNow.EndOf(symptom).Microseconds);
        }
    }

    private static int Rank(string severity) => Math.Max(0, SymptomNow.Severities.IndexOf(severity));

    private static void Answer(HistoryRows rows, JsonElement answer, in LogRecord record, string owner) => rows.Do("""
        INSERT INTO answer (id, owner, kind, by, model, episode, said, until, body, at) VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8, $6)
        ON CONFLICT DO UPDATE SET owner = excluded.owner, kind = excluded.kind, by = excluded.by, model = excluded.model, episode = excluded.episode,
          said = excluded.said, until = excluded.until, body = excluded.body
        """,
        Text(answer, "id"), owner, Text(answer, "kind"), Maybe(answer, "by"), Maybe(answer, "model"), Maybe(answer, "episode"),
        record.Timestamp.Microseconds, MaybeTime(answer, "until"), answer.GetRawText());

    private static void Reply(HistoryRows rows, JsonElement reply, in LogRecord record) => rows.Do("""
        INSERT INTO answer (id, owner, kind, by, model, episode, outcome, why, heard, at) VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT DO UPDATE SET outcome = excluded.outcome, why = excluded.why, heard = excluded.heard, at = excluded.at,
          model = coalesce(answer.model, excluded.model), episode = coalesce(answer.episode, excluded.episode)
        """,
        Text(reply, "answer"), Text(reply, "owner"), Text(reply, "kind"), Maybe(reply, "by"), Maybe(reply, "model"), Maybe(reply, "episode"),
        Text(reply, "outcome"), Maybe(reply, "why"), MaybeTime(reply, "heard"), record.Timestamp.Microseconds);

    private static void Action(HistoryRows rows, JsonElement action, in LogRecord record) => rows.Do("""
        INSERT INTO action VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO UPDATE SET
          revision = excluded.revision, state = excluded.state, told = excluded.told, at = excluded.at, body = excluded.body
        WHERE excluded.revision > action.revision
        """,
        Text(action, "action"), action.GetProperty("revision").GetInt32(), Text(action, "model"), Text(action, "episode"), Text(action, "kind"),
        Text(action, "state"), Time(action, "told"), record.Timestamp.Microseconds, action.GetRawText());

    // Topics of answers are compacted by their ids, and one that was erased there is erased here.
    private void Erase(HistoryRows rows, in LogRecord record)
    {
        if (record.Key is { } key && record.Topic.StartsWith(topics.AnswersOf(""), StringComparison.Ordinal))
            rows.Do("DELETE FROM answer WHERE id = $0", Encoding.UTF8.GetString(key));
    }

    // An episode that is open stays, however long nothing was said of it.
    private static void Sweep(HistoryRows rows, EventTime oldest)
    {
        long at = oldest;
        rows.Do("DELETE FROM verdict WHERE at < $0", at);
        rows.Do("DELETE FROM model WHERE at < $0", at);
        rows.Do("DELETE FROM episode WHERE at < $0 AND status = 'resolved'", at);
        rows.Do("DELETE FROM alert WHERE at < $0 AND episode NOT IN (SELECT id FROM episode)", at);
        rows.Do("DELETE FROM told WHERE episode NOT IN (SELECT id FROM episode)");
        rows.Do("DELETE FROM symptom WHERE at < $0 AND key NOT IN (SELECT key FROM told)", at);
        rows.Do("DELETE FROM answer WHERE at < $0 AND coalesce(until, 0) < $0", at);
        rows.Do("DELETE FROM action WHERE at < $0", at);
    }

    private static long? Delay(JsonElement verdict) => Quantity.TryDuration(Maybe(verdict, "delay"), out long delay) ? delay : null;

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private static string? Maybe(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static long Time(JsonElement of, string name) => MaybeTime(of, name) ?? throw new FormatException($"{name} is no time");

    private static long? MaybeTime(JsonElement of, string name) => EventTime.TryParse(Maybe(of, name), out EventTime time) ? time.Microseconds : null;

    // Between blanks, so that a name is found by one of its own.
    private static string Names(JsonElement of, string name) => $" {string.Join(' ', of.GetProperty(name).EnumerateArray().Select(n => n.GetString()))} ";
}
