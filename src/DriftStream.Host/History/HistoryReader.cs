using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Frames;
using DriftStream.Time;
using Microsoft.Data.Sqlite;

namespace DriftStream.Host.History;

/// <summary>A model's last window of one name.</summary>
/// <param name="Delay">After how long labels were joined; null of rows as they came.</param>
/// <param name="Rows">Of all versions.</param>
public sealed record KnownModel(
    string Id, string Window, Duration? Delay, EventTime Start, EventTime End, long Rows, RankedJudgement Judgement, string Why);

/// <summary>One episode, as it was told last.</summary>
/// <param name="Recipients">Ids of all owners that are told.</param>
/// <param name="Since">Start of the first window that spoke.</param>
/// <param name="Began">When it was told first, as far as is known.</param>
/// <param name="Told">When it was told last.</param>
/// <param name="End">End of the window in which it was last news.</param>
/// <param name="RespondBy">By when somebody has to answer; null where nobody has to.</param>
/// <param name="Acknowledged">Who has it; null where nobody has.</param>
/// <param name="Summary">What happened; of one that is over what was said before.</param>
/// <param name="Severity">The highest of what is on now and not silenced; where nothing is known of that, what was told.</param>
/// <param name="SeverityTold">What was told last.</param>
/// <param name="Ended">How many symptoms have ended since it was told.</param>
public sealed record KnownEpisode(
    string Id, string Model, string Owner, ImmutableArray<string> Recipients, string Status, string Severity, int Revision, string Because, EventTime Since,
    EventTime Began, EventTime Told, EventTime End, EventTime? RespondBy, string? Acknowledged, string Summary, string SeverityTold,
    int Ended)
{
    public bool IsOpen => Status != "resolved";

    /// <summary>What is otherwise than it was told, for people; null where nothing is.</summary>
    public string? Changed => !IsOpen || Ended == 0 ? Severity == SeverityTold ? null : $"told as {SeverityTold}"
        : $"{(Ended == 1 ? "1 symptom has" : $"{Ended} symptoms have")} ended since{(Severity == SeverityTold ? "" : $", told as {SeverityTold}")}";

    /// <summary>Somebody has to answer.</summary>
    public bool IsFiring => Status == "firing";
}

/// <summary>One verdict without its numbers.</summary>
/// <param name="Plan">Hash of the plan that judged it.</param>
/// <param name="Lost">The share of rows that are in no window; null where it is not known.</param>
/// <param name="Cells">Its part of a strip.</param>
public sealed record KnownWindow(
    string Version, bool Rest, string Window, EventTime Start, EventTime End, bool Complete, long Rows, long Late, double? Lost, RankedJudgement Judgement,
    string Why, string Plan, ImmutableArray<StripCell> Cells);

/// <summary>The windows of one name.</summary>
/// <param name="Length">How long each is.</param>
/// <param name="Delay">After how long labels were joined; null of rows as they came.</param>
public sealed record KnownKind(string Name, Duration Length, Duration? Delay)
{
    /// <summary>Whether these are the rows of the windows of another name, joined with their labels: <c>1d@7d</c> of <c>1d</c>.</summary>
    public bool IsJoinOf(string window) => Delay is { } delay && Name == JoinedName.Of(window, delay);
}

/// <summary>What an owner's people said, and the desk's reply.</summary>
/// <param name="Outcome">Null until the desk has replied.</param>
public sealed record KnownAnswer(
    string Id, string? Owner, string? Kind, string? By, string? Model, string? Episode, EventTime? Said, EventTime? Until, string? Body, string? Outcome,
    string? Why, EventTime? Heard);

/// <summary>A plan that ran: its offset in the plan topic, who brought it and when.</summary>
public sealed record KnownPlan(long Epoch, string Hash, string By, EventTime At);

/// <summary>Which windows of a model are asked for.</summary>
/// <param name="Window">The name of the windows; null for the shortest.</param>
/// <param name="To">The last that may end; null for the newest.</param>
/// <param name="Count">How many.</param>
public sealed record WindowRange(string? Window, EventTime? To, int Count);

/// <summary>Which episodes are asked for; nulls ask for all.</summary>
/// <param name="Owner">That was told of them.</param>
/// <param name="Open">Open, or resolved.</param>
public sealed record EpisodeFilter(string? Model = null, string? Owner = null, bool? Open = null, int Most = 1000, int Skip = 0);

/// <summary>What a store knows, asked for by pages. Each call sees one committed state. Thread-safe.</summary>
/// <exception cref="IOException">Of every call: the store cannot be read.</exception>
public sealed class HistoryReader(HistoryStore store)
{
    private const string EpisodeColumns =
        "id, model, owner, recipients, status, severity, revision, because, since, began, told, ends, respond_by, acknowledged, summary, "
        // Of those that the last alert told the ones that are on; and how many are not.
        + "(SELECT max(coalesce(s.severity, t.severity)) FROM told t LEFT JOIN symptom s ON s.key = t.key AND s.ends >= t.ends "
        + "WHERE t.episode = episode.id AND t.loud AND coalesce(s.is_on, 1)), "
        + "(SELECT count(*) FROM told t JOIN symptom s ON s.key = t.key AND s.ends >= t.ends WHERE t.episode = episode.id AND NOT s.is_on)";

    private const string AnswerColumns = "id, owner, kind, by, model, episode, said, until, body, outcome, why, heard";

    /// <summary>The last windows of all models that were ever judged and are still remembered: one a name of windows, the newest first.</summary>
    public ImmutableArray<KnownModel> Models() => Read(
        "SELECT id, window, delay, start, ends, rows, judgement, why FROM model ORDER BY id, ends DESC, ends - start, window", r => new KnownModel(
            r.GetString(0), r.GetString(1), r.IsDBNull(2) ? null : new Duration(r.GetInt64(2)), Time(r, 3), Time(r, 4), r.GetInt64(5),
            (RankedJudgement)r.GetInt32(6), r.GetString(7)));

    /// <summary>A model's windows by their names: rows as they came, the shortest first; then those of labels that come later, by their delays.</summary>
    public ImmutableArray<KnownKind> Windows(string model) => Read(
        "SELECT window, ends - start, delay FROM verdict v WHERE model = $0 GROUP BY window ORDER BY delay IS NOT NULL, 2, delay, 1",
        r => new KnownKind(r.GetString(0), new Duration(r.GetInt64(1)), r.IsDBNull(2) ? null : new Duration(r.GetInt64(2))), model);

    /// <summary>
    /// The verdicts of the last windows of a model, oldest first: one for each version, parts put together. A range names the window; without a name
    /// nothing is found.
    /// </summary>
    public ImmutableArray<KnownWindow> Range(string model, WindowRange range)
    {
        var parts = Read("""
            SELECT version, rest, window, start, ends, complete, rows, late, lost, judgement, why, plan, strip FROM verdict
            WHERE model = $0 AND window = $1 AND ends <= $2 AND ends >= coalesce(
              (SELECT min(ends) FROM (SELECT DISTINCT ends FROM verdict WHERE model = $0 AND window = $1 AND ends <= $2 ORDER BY ends DESC LIMIT $3)), 0)
            ORDER BY ends, version, rest, part
            """, Window, model, range.Window ?? "", (range.To ?? EventTime.Latest).Microseconds, range.Count);
        var windows = ImmutableArray.CreateBuilder<KnownWindow>();
        foreach (KnownWindow part in parts)
        {
            KnownWindow? last = windows.Count > 0 ? windows[^1] : null;
            bool same = last is not null && (last.Version, last.Rest, last.End) == (part.Version, part.Rest, part.End);
            if (same) windows[^1] = last! with { Cells = [.. last.Cells, .. part.Cells] };
            else windows.Add(part);
        }

        return windows.ToImmutable();
    }

    /// <summary>The verdicts of one window of a model, whole; each of a version, or a part of it.</summary>
    public ImmutableArray<JsonElement> Verdicts(string model, string window, EventTime end) => Read(
        "SELECT body FROM verdict WHERE model = $0 AND window = $1 AND ends = $2 ORDER BY version, rest, part", Body, model, window, end.Microseconds);

    /// <summary>The verdicts of a range of windows, whole; for reports.</summary>
    public ImmutableArray<JsonElement> Verdicts(string model, string window, EventTime from, EventTime to) => Read(
        "SELECT body FROM verdict WHERE model = $0 AND window = $1 AND ends > $2 AND ends <= $3 ORDER BY ends, version, rest, part",
        Body, model, window, from.Microseconds, to.Microseconds);

    /// <summary>What was said of the last windows of a model, all versions of a window as one; oldest first.</summary>
    public ImmutableArray<RankedJudgement> Course(string model, string window, int most) =>
    [
        .. Read("SELECT max(judgement) FROM verdict WHERE model = $0 AND window = $1 GROUP BY ends ORDER BY ends DESC LIMIT $2",
            r => (RankedJudgement)r.GetInt32(0), model, window, most).Reverse(),
    ];

    /// <summary>When the window before and the one after end, of those that were judged.</summary>
    public (EventTime? Before, EventTime? After) Neighbours(string model, string window, EventTime end) => (
        First("SELECT max(ends) FROM verdict WHERE model = $0 AND window = $1 AND ends < $2", r => MaybeTime(r, 0), model, window, end.Microseconds),
        First("SELECT min(ends) FROM verdict WHERE model = $0 AND window = $1 AND ends > $2", r => MaybeTime(r, 0), model, window, end.Microseconds));

    /// <summary>Episodes: those that fire first, by their deadlines; then the others, what was told last first.</summary>
    public ImmutableArray<KnownEpisode> Episodes(EpisodeFilter filter) => Read($"""
        SELECT {EpisodeColumns} FROM episode
        WHERE ($0 IS NULL OR model = $0) AND ($1 IS NULL OR instr(recipients, $1) > 0) AND ($2 IS NULL OR (status <> 'resolved') = $2)
        ORDER BY status <> 'firing', CASE WHEN status = 'firing' THEN coalesce(respond_by, told) END, told DESC, id LIMIT $3 OFFSET $4
        """, Episode, filter.Model, filter.Owner is null ? null : $" {filter.Owner} ", filter.Open, filter.Most, filter.Skip);

    /// <summary>An episode; null where none of that id is known.</summary>
    public KnownEpisode? Episode(string id) => First($"SELECT {EpisodeColumns} FROM episode WHERE id = $0", Episode, id);

    /// <summary>An alert of an episode as the episode is now: see <see cref="SymptomNow.Merge"/>.</summary>
    public JsonElement Now(JsonElement alert) => SymptomNow.Merge(alert, key => First("SELECT key, is_on, severity, ends, summary FROM symptom WHERE key = $0",
        r => new SymptomNow(r.GetString(0), r.GetBoolean(1), SymptomNow.Severities[r.GetInt32(2)], Time(r, 3), r.GetString(4)), key));

    /// <summary>All revisions of an episode that were told, oldest first, as the JSON of alerts.</summary>
    public ImmutableArray<JsonElement> Alerts(string episode) => Read("SELECT body FROM alert WHERE episode = $0 ORDER BY revision LIMIT 1000", Body, episode);

    /// <summary>What was said about an episode, in the order in which it was said.</summary>
    public ImmutableArray<KnownAnswer> Answers(string episode) => Read(
        $"SELECT {AnswerColumns} FROM answer WHERE episode = $0 ORDER BY coalesce(said, heard), id LIMIT 1000", Answer, episode);

    /// <summary>Silences that hold or begin later and that the desk has heard, those that end first first.</summary>
    public ImmutableArray<KnownAnswer> Silences(EventTime now)
    {
        var said = Read($"""
            SELECT {AnswerColumns} FROM answer
            WHERE kind = 'silence' AND until > $0 AND outcome = 'done' ORDER BY until, id LIMIT 10000
            """, Answer, now.Microseconds);
        HashSet<string> ended = [.. Read("SELECT body FROM answer WHERE kind = 'end' AND outcome = 'done' AND body IS NOT NULL", r => r.GetString(0))
            .Select(Ended).OfType<string>()];
        return [.. said.Where(s => !ended.Contains(s.Id))];
    }

    /// <summary>What was recommended about a model, the newest first, as the JSON of actions.</summary>
    public ImmutableArray<JsonElement> Actions(string model) => Read(
        "SELECT body FROM action WHERE model = $0 ORDER BY told DESC LIMIT 100", r => JsonSerializer.Deserialize<JsonElement>(r.GetString(0)), model);

    /// <summary>Every plan that ran, oldest first.</summary>
    public ImmutableArray<KnownPlan> Plans() => Read(
        "SELECT epoch, hash, by, at FROM plan ORDER BY epoch", r => new KnownPlan(r.GetInt64(0), r.GetString(1), r.GetString(2), Time(r, 3)));

    /// <summary>How many verdicts, alerts and answers there are.</summary>
    public (long Verdicts, long Alerts, long Answers) Counts() => First(
        "SELECT (SELECT count(*) FROM verdict), (SELECT count(*) FROM alert), (SELECT count(*) FROM answer)",
        r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)));

    private ImmutableArray<T> Read<T>(string text, Func<SqliteDataReader, T> row, params object?[] values) => store.Read(db =>
    {
        using SqliteCommand command = db.CreateCommand();
        command.CommandText = text;
        for (int i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"${i}", values[i] ?? DBNull.Value);
        using SqliteDataReader rows = command.ExecuteReader();
        var found = ImmutableArray.CreateBuilder<T>();
        while (rows.Read()) found.Add(row(rows));
        return found.ToImmutable();
    });

    private T? First<T>(string text, Func<SqliteDataReader, T> row, params object?[] values) => Read(text, row, values) is [var first, ..] ? first : default;

    private static KnownWindow Window(SqliteDataReader r) => new(
        r.GetString(0), r.GetBoolean(1), r.GetString(2), Time(r, 3), Time(r, 4), r.GetBoolean(5), r.GetInt64(6), r.GetInt64(7),
        r.IsDBNull(8) ? null : r.GetDouble(8), (RankedJudgement)r.GetInt32(9), r.GetString(10), r.GetString(11), [.. VerdictStrip.Read(r.GetString(12))]);

    private static KnownEpisode Episode(SqliteDataReader r) => new(
        r.GetString(0), r.GetString(1), r.GetString(2), [.. r.GetString(3).Split(' ', StringSplitOptions.RemoveEmptyEntries)], r.GetString(4),
        r.IsDBNull(15) ? r.GetString(5) : SymptomNow.Severities[r.GetInt32(15)], r.GetInt32(6), r.GetString(7), Time(r, 8), Time(r, 9), Time(r, 10),
        Time(r, 11), MaybeTime(r, 12), MaybeText(r, 13), r.GetString(14), r.GetString(5), r.GetInt32(16));

    private static KnownAnswer Answer(SqliteDataReader r) => new(
        r.GetString(0), MaybeText(r, 1), MaybeText(r, 2), MaybeText(r, 3), MaybeText(r, 4), MaybeText(r, 5), MaybeTime(r, 6), MaybeTime(r, 7), MaybeText(r, 8),
        MaybeText(r, 9), MaybeText(r, 10), MaybeTime(r, 11));

    private static JsonElement Body(SqliteDataReader r) => JsonSerializer.Deserialize<JsonElement>(PackedText.Unpack((byte[])r.GetValue(0)));

    private static string? Ended(string end)
    {
        using JsonDocument json = JsonDocument.Parse(end);
        return json.RootElement.TryGetProperty("silence", out JsonElement silence) ? silence.GetString() : null;
    }

    private static EventTime Time(SqliteDataReader r, int column) => new(r.GetInt64(column));

    private static EventTime? MaybeTime(SqliteDataReader r, int column) => r.IsDBNull(column) ? null : Time(r, column);

    private static string? MaybeText(SqliteDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}
