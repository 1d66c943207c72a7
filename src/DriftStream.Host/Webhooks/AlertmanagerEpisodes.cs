using System.Text.Json;
using DriftStream.Judging;

namespace DriftStream.Host.Webhooks;

/// <summary>
/// The episodes of an owner's topic that are open, as Alertmanager is to show them. It forgets at a restart and ends what is not said again, so all of them are
/// said every minute, and end by themselves soon after that stops.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="least">Episodes below it are not shown.</param>
public sealed class AlertmanagerEpisodes(Severity least)
{
    /// <summary>How often all are to be said again, and how long each lasts otherwise: Alertmanager's own <c>resolve_timeout</c> is 5 minutes.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromMinutes(1), Lasts = TimeSpan.FromMinutes(4);

    /// <summary>The most episodes that are remembered; beyond it the one that was told longest ago is forgotten, and ends by itself.</summary>
    public const int Most = 10_000;

    /// <summary>How many alerts one request holds.</summary>
    private const int Batch = 500;

    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, Shown> _open = new(StringComparer.Ordinal);
    private readonly LinkedList<string> _oldest = [];

    public int Count => _open.Count;

    /// <summary>Takes an alert in, and says what Alertmanager is to hear of it: nothing where it is, and was, below the severity.</summary>
    public IReadOnlyList<(AlertView Alert, DateTimeOffset Starts, bool Ends)> Take(AlertView alert, DateTimeOffset now)
    {
        var said = new List<(AlertView, DateTimeOffset, bool)>();
        bool isOpen = alert.IsOpen && alert.Severity >= least;
        // Severity and owner are labels: others are another alert, so the one before ends.
        Shown? former = _open.GetValueOrDefault(alert.Episode);
        bool same = former is not null && former.Alert.Severity == alert.Severity && former.Alert.Owner == alert.Owner;
        if (former is not null && !(isOpen && same)) said.Add((same ? alert : former.Alert, former.Starts, true));
        // Alertmanager may still hold it from before a restart of ours.
        if (former is null && !isOpen && alert.Severity >= least) said.Add((alert, Start(alert, now), true));
        if (former is not null) Forget(alert.Episode);
        if (!isOpen) return said;
        DateTimeOffset starts = same ? former!.Starts : Start(alert, now);
        _open.Add(alert.Episode, new Shown(alert, starts, _oldest.AddLast(alert.Episode)));
        if (_open.Count > Most) Forget(_oldest.First!.Value);
        said.Add((alert, starts, false));
        return said;
    }

    /// <summary>All that is open, in requests.</summary>
    public IEnumerable<WebhookRequest> All(DateTimeOffset now) =>
        _oldest.Select(e => _open[e]).Select(s => (s.Alert, s.Starts, false)).Chunk(Batch).Select(some => Request(some, now));

    /// <summary>What <c>POST /api/v2/alerts</c> takes.</summary>
    public static WebhookRequest Request(IEnumerable<(AlertView Alert, DateTimeOffset Starts, bool Ends)> alerts, DateTimeOffset now)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartArray();
            foreach ((AlertView alert, DateTimeOffset starts, bool ends) in alerts) Write(json, alert, starts, ends ? now : now + Lasts);
            json.WriteEndArray();
        }

        return new WebhookRequest("/api/v2/alerts", buffer.ToArray(), "application/json", []);
    }

    private static void Write(Utf8JsonWriter json, AlertView alert, DateTimeOffset starts, DateTimeOffset ends)
    {
        json.WriteStartObject();
        json.WriteStartObject("labels");
        json.WriteString("alertname", "DriftStream");
        json.WriteString("model", alert.Model);
        json.WriteString("owner", alert.Owner);
        json.WriteString("episode", alert.Episode);
        json.WriteString("severity", alert.Severity.ToString().ToLowerInvariant());
        json.WriteEndObject();
        json.WriteStartObject("annotations");
        json.WriteString("summary", alert.Summary);
        json.WriteString("status", alert.Status);
        json.WriteString("symptoms", string.Join(", ", alert.Symptoms));
        if (alert.RespondBy is { } by) json.WriteString("respond_by", by);
        if (alert.AtStake is { } stake) json.WriteString("at_stake", stake);
        if (!alert.Actions.IsEmpty) json.WriteString("recommended", string.Join("\n", alert.Actions));
        if (alert.Runbook is { } runbook) json.WriteString("runbook", runbook);
        if (alert.Link is { } link) json.WriteString("link", link);
        json.WriteEndObject();
        json.WriteString("startsAt", Time(starts));
        json.WriteString("endsAt", Time(ends));
        json.WriteEndObject();
    }

    // Alertmanager refuses what ends before it starts, and a window of a producer whose clock is fast ends in the future.
    private static DateTimeOffset Start(AlertView alert, DateTimeOffset now) => alert.Told is { } told && told < now ? told : now;

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private void Forget(string episode)
    {
        _oldest.Remove(_open[episode].Place);
        _open.Remove(episode);
    }

    private sealed record Shown(AlertView Alert, DateTimeOffset Starts, LinkedListNode<string> Place);
}
