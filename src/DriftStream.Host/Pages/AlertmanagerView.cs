using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftStream.Host.History;
using DriftStream.Time;

namespace DriftStream.Host.Pages;

/// <summary>
/// Episodes and silences in the shapes of Alertmanager's API, version 2, so that <c>amtool alert query</c> and Grafana read them. What is written
/// is in <see cref="AlertmanagerSilences"/>.
/// </summary>
internal static partial class AlertmanagerView
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    public static byte[] Status(EventTime now) => Bytes(new JsonObject
    {
        ["cluster"] = new JsonObject { ["status"] = "disabled", ["peers"] = new JsonArray() },
        ["versionInfo"] = new JsonObject
        {
            ["branch"] = "",
            ["buildDate"] = "",
            ["buildUser"] = "",
            ["goVersion"] = "",
            ["revision"] = "",
            ["version"] = "driftstream",
        },
        ["config"] = new JsonObject { ["original"] = "" },
        ["uptime"] = EventTime.Format(now),
    });

    /// <param name="filters">Matchers such as <c>model="employment"</c>; all must hold.</param>
    public static byte[] Alerts(Site site, IEnumerable<string?> filters) => Bytes(new JsonArray([.. Shown(site, filters).Select(a => (JsonNode)a)]));

    public static byte[] Groups(Site site, IEnumerable<string?> filters) => Bytes(new JsonArray(
    [
        .. Shown(site, filters).GroupBy(a => (string)a["labels"]!["owner"]!).Select(g => (JsonNode)new JsonObject
        {
            ["labels"] = new JsonObject { ["owner"] = g.Key },
            ["receiver"] = new JsonObject { ["name"] = g.Key },
            ["alerts"] = new JsonArray([.. g.Select(a => (JsonNode)a)]),
        }),
    ]));

    public static byte[] Receivers(Site site) =>
        Bytes(new JsonArray([.. site.Plan.Owners.Keys.Select(o => (JsonNode)new JsonObject { ["name"] = o })]));

    public static byte[] Silences(Site site)
    {
        EventTime now = site.Now;
        return Bytes(new JsonArray([.. site.History.Silences(now).Select(s => Silence(s, now)).OfType<JsonNode>()]));
    }

    /// <summary>One that holds or begins later; null where there is none of that id.</summary>
    public static byte[]? Silence(Site site, string id)
    {
        EventTime now = site.Now;
        return site.History.Silences(now).FirstOrDefault(s => s.Id == id) is { } silence && Silence(silence, now) is { } shown ? Bytes(shown) : null;
    }

    private static IEnumerable<JsonObject> Shown(Site site, IEnumerable<string?> filters)
    {
        ImmutableArray<Matcher> matchers = [.. filters.OfType<string>().Select(Matcher.Parse)];
        return site.History.Episodes(new EpisodeFilter(Open: true, Most: 10_000)).Select(e => Alert(site, e))
            .Where(a => matchers.All(m => m.Holds(a["labels"]!.AsObject())));
    }

    private static JsonObject Alert(Site site, KnownEpisode episode)
    {
        string runbook = site.Plan.Models.FirstOrDefault(m => m.Id == episode.Model)?.Alerts.Runbook ?? "";
        return new JsonObject
        {
            ["fingerprint"] = episode.Id[..Math.Min(16, episode.Id.Length)],
            ["labels"] = new JsonObject
            {
                ["alertname"] = "DriftStream",
                ["model"] = episode.Model,
                ["owner"] = episode.Owner,
                ["episode"] = episode.Id,
                // As webhooks say it: labels that change would be another alert, and nothing was told.
                ["severity"] = episode.SeverityTold,
            },
            ["annotations"] = new JsonObject { ["summary"] = episode.Summary, ["status"] = episode.Status, ["runbook"] = runbook },
            ["startsAt"] = EventTime.Format(episode.Began),
            ["endsAt"] = EventTime.Format(site.Now + Duration.FromMinutes(4)),
            ["updatedAt"] = EventTime.Format(episode.Told),
            ["generatorURL"] = site.Plan.PublicUrl + Places.Episode(episode.Id),
            ["receivers"] = new JsonArray([.. episode.Recipients.Select(o => (JsonNode)new JsonObject { ["name"] = o })]),
            ["status"] = new JsonObject
            {
                ["state"] = episode.Status == "silenced" ? "suppressed" : "active",
                ["silencedBy"] = new JsonArray(),
                ["inhibitedBy"] = new JsonArray(),
                ["mutedBy"] = new JsonArray(),
            },
        };
    }

    private static JsonObject? Silence(KnownAnswer silence, EventTime now)
    {
        if (silence is not { Body: { } body, Until: { } until, Said: { } said }) return null;
        using JsonDocument answer = JsonDocument.Parse(body);
        EventTime starts = Pages.Shown.TimeOf(answer.RootElement, "from") ?? said;
        var matchers = new JsonArray();
        foreach (string label in new[] { "model", "version", "signal", "group", "severity", "rule" })
        {
            if (Pages.Shown.Text(answer.RootElement, label) is { } pattern) matchers.Add(Pattern(label, pattern));
        }

        if ((Pages.Shown.Text(answer.RootElement, "owner") ?? silence.Owner) is { } owner) matchers.Add(Pattern("owner", owner));

        return new JsonObject
        {
            ["id"] = silence.Id,
            ["status"] = new JsonObject { ["state"] = starts > now ? "pending" : "active" },
            ["matchers"] = matchers,
            ["startsAt"] = EventTime.Format(starts),
            ["endsAt"] = EventTime.Format(until),
            ["updatedAt"] = EventTime.Format(said),
            ["createdBy"] = silence.By ?? "",
            ["comment"] = Pages.Shown.Text(answer.RootElement, "reason") ?? "",
        };
    }

    private static JsonObject Pattern(string label, string pattern)
    {
        bool any = pattern.Contains('*', StringComparison.Ordinal);
        string value = any ? string.Join(".*", pattern.Split('*').Select(Regex.Escape)) : pattern;
        return new JsonObject { ["name"] = label, ["value"] = value, ["isRegex"] = any, ["isEqual"] = true };
    }

    private static byte[] Bytes(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node);

    /// <summary>One condition on a label; of one that cannot be read nothing holds.</summary>
    private sealed partial record Matcher(string Label, string Value, bool IsRegex, bool IsEqual)
    {
        public static Matcher Parse(string text)
        {
            Match match = Form().Match(text);
            string value = match.Groups["value"].Value;
            if (value is ['"', .., '"']) value = value[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal);
            string sign = match.Groups["sign"].Value;
            return new Matcher(match.Groups["label"].Value, value, sign.Contains('~', StringComparison.Ordinal), !sign.StartsWith('!'));
        }

        public bool Holds(JsonObject labels)
        {
            if (Label.Length == 0) return false;
            string of = (string?)labels[Label] ?? "";
            return (IsRegex ? Matches(of) : of == Value) == IsEqual;
        }

        private bool Matches(string of)
        {
            try
            {
                return Regex.IsMatch(of, $"^(?:{Value})$", RegexOptions.NonBacktracking, Patience);
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
            {
                return false;
            }
        }

        [GeneratedRegex("""^\s*(?<label>[A-Za-z_]\w*)\s*(?<sign>=~|!~|!=|=)\s*(?<value>.*?)\s*$""", RegexOptions.Singleline)]
        private static partial Regex Form();
    }
}
