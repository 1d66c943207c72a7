using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftStream.Alerts;
using DriftStream.Desk;
using DriftStream.Host.Answering;
using DriftStream.Host.History;
using DriftStream.Time;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DriftStream.Host.Pages;

/// <summary>
/// Silences as <c>amtool silence</c> and other clients of Alertmanager's API, version 2, write them. What they name becomes a silence of the desk, by the
/// reader for an owner that may say it; what the desk cannot say is refused, with why.
/// </summary>
/// <param name="answers">Takes them to the desk; null where nobody says who asks.</param>
internal sealed class AlertmanagerSilences(Site site, PageAnswers? answers)
{
    private const int MostOfBody = 16 << 10;

    /// <summary>What a silence of the desk can match, as its answer and our labels name it.</summary>
    private static readonly string[] Patterns = ["model", "version", "signal", "group", "severity", "rule"];

    public async Task Add(HttpContext context, PageReader reader)
    {
        if (await MayWrite(context, reader).ConfigureAwait(false) is not { } name) return;
        (JsonObject? silence, string? owner, string? why) = await Read(context, reader).ConfigureAwait(false);
        if (silence is null)
        {
            await Say(context, StatusCodes.Status400BadRequest, why!).ConfigureAwait(false);
            return;
        }

        if (owner is null)
        {
            await Say(context, StatusCodes.Status403Forbidden, why!).ConfigureAwait(false);
            return;
        }

        (silence["by"], silence["via"]) = (name, "alertmanager");
        await Answer(context, owner, silence, () => JsonSerializer.SerializeToUtf8Bytes(new { silenceID = (string)silence["id"]! })).ConfigureAwait(false);
    }

    public async Task End(HttpContext context, PageReader reader)
    {
        if (await MayWrite(context, reader).ConfigureAwait(false) is not { } name) return;
        string id = context.Request.RouteValues["id"] as string ?? "";
        if (site.History.Silences(site.Now).FirstOrDefault(s => s.Id == id) is not { Owner: { } of } silence)
        {
            await Say(context, StatusCodes.Status404NotFound, $"no silence {id} holds or begins later").ConfigureAwait(false);
            return;
        }

        // Whose models it is about: another owner than the one that said it, where it says so.
        using JsonDocument? said = silence.Body is { } body ? JsonDocument.Parse(body) : null;
        string about = (said is null ? null : Shown.Text(said.RootElement, "owner")) ?? of;
        if ((reader.AnswersFor(site.Plan, of, []) ?? reader.AnswersFor(site.Plan, about, [])) is not { } owner)
        {
            string why = $"{name} is no member of {of}, which said it, nor of one that may answer in its place";
            await Say(context, StatusCodes.Status403Forbidden, why).ConfigureAwait(false);
            return;
        }

        var end = new JsonObject { ["id"] = Guid.NewGuid().ToString("N"), ["kind"] = "end", ["silence"] = id, ["by"] = name, ["via"] = "alertmanager" };
        await Answer(context, owner, end, () => []).ConfigureAwait(false);
    }

    private async Task Answer(HttpContext context, string owner, JsonObject answer, Func<byte[]> done)
    {
        (DeskReply? reply, string unknown) = await answers!.Say(owner, answer, context.RequestAborted).ConfigureAwait(false);
        if (reply is { Outcome: "done" })
        {
            PageHost.Head(context, StatusCodes.Status200OK, "application/json");
            await context.Response.Body.WriteAsync(done(), context.RequestAborted).ConfigureAwait(false);
        }
        else
        {
            await (reply is null ? Say(context, StatusCodes.Status503ServiceUnavailable, unknown)
                : Say(context, StatusCodes.Status400BadRequest, $"{reply.Outcome}: {reply.Why}")).ConfigureAwait(false);
        }
    }

    // A page of another site could ask in the reader's name: browsers say where they ask from, and no form can send JSON.
    private async Task<string?> MayWrite(HttpContext context, PageReader reader)
    {
        HttpRequest request = context.Request;
        if (answers is null || reader.Name is not { } name)
            await Say(context, StatusCodes.Status403Forbidden, "nobody says who you are: silences need web.read: header").ConfigureAwait(false);
        else if (!PageHost.IsOfNoOtherSite(request) || (HttpMethods.IsPost(request.Method) && !request.HasJsonContentType()))
            await Say(context, StatusCodes.Status403Forbidden, "silences are taken as application/json, and from no other site").ConfigureAwait(false);
        else return name;
        return null;
    }

    private async Task<(JsonObject? Silence, string? Owner, string? Why)> Read(HttpContext context, PageReader reader)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MostOfBody;
        try
        {
            using JsonDocument json = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted).ConfigureAwait(false);
            return Read(json.RootElement, reader);
        }
        catch (Exception e) when (e is JsonException or BadHttpRequestException)
        {
            return (null, null, $"this is no silence: {e.Message}");
        }
    }

    private (JsonObject? Silence, string? Owner, string? Why) Read(JsonElement written, PageReader reader)
    {
        if (Shown.Text(written, "id") is { Length: > 0 }) return No("a silence is not changed: end it, and add another one");
        EventTime now = site.Now;
        if (Shown.TimeOf(written, "endsAt") is not { } until) return No("endsAt is no time");
        if (until <= now || until > now + Duration.FromDays(90)) return No("endsAt: a silence ends within 90 days from now");
        if (Shown.Text(written, "comment")?.Trim() is not { Length: > 0 and <= 500 } reason) return No("comment: say why, in at most 500 characters");
        var silence = new JsonObject { ["id"] = Guid.NewGuid().ToString("N"), ["kind"] = "silence" };
        foreach (JsonElement matcher in Shown.Items(written, "matchers").Take(50))
        {
            if (Match(matcher, silence) is { } why) return No(why);
        }

        if (Patterns.All(p => silence[p] is null))
            return No($"no matcher names one of {string.Join(", ", Patterns)} or episode: all of an owner's models would be silent");
        if (Shown.TimeOf(written, "startsAt") is { } from && from > now) silence["from"] = EventTime.Format(from);
        (silence["until"], silence["reason"]) = (EventTime.Format(until), reason);
        (string? accountable, string? unclear) = Accountable(silence);
        if (accountable is null) return No(unclear!);
        if (!site.Plan.Owners.ContainsKey(accountable)) return No($"no owner '{accountable}' is registered");
        silence["owner"] = accountable;
        return reader.AnswersFor(site.Plan, accountable, []) is { } owner ? (silence, owner, null)
            : (silence, null, $"{reader.Name} is no member of {accountable}, nor of one that may answer in its place");

        static (JsonObject?, string?, string?) No(string why) => (null, null, why);
    }

    // Whose models it is about: it names the owner, or a model, or models of one owner.
    private (string? Owner, string? Why) Accountable(JsonObject silence)
    {
        if ((string?)silence["owner"] is { } named) return (named, null);
        if ((string?)silence["model"] is not { } pattern) return (null, "it names no model: owner=... says whose models are silent");
        string[] owners = [.. site.Plan.Models.Where(m => Silence.Matches(pattern, m.Id)).Select(m => m.Alerts.Owner.Id).Distinct()];
        return owners.Length switch
        {
            0 => (null, $"no model '{pattern}' is registered"),
            1 => (owners[0], null),
            _ => (null, $"models of {string.Join(", ", owners.Take(5))} match: owner=... says whose are silent"),
        };
    }

    // Into the desk's silence; why not, where that is no such thing.
    private string? Match(JsonElement matcher, JsonObject silence)
    {
        string name = Shown.Text(matcher, "name") ?? "", value = Shown.Text(matcher, "value") ?? "";
        bool isRegex = Is("isRegex", false);
        if (!Is("isEqual", true)) return $"{name}: a silence of the desk says what is silent, not what is not (!=, !~)";
        if (value.Length == 0) return $"{name}: a label without a value cannot be matched";
        if ((isRegex ? PatternOf(value) : value.Contains('*', StringComparison.Ordinal) ? null : value) is not { } pattern)
            return $"{name}: of patterns the desk knows text and .*, each for any text; '{Shown.Name(value)}' is another one";
        if (name == "alertname") return Silence.Matches(pattern, "DriftStream") ? null : "alertname: all alerts here are called DriftStream";
        if (name == "episode") return isRegex ? "episode: one is named by its whole id" : OfEpisode(value, silence);
        if (name == "owner") return isRegex ? "owner: one is named by its whole id" : Set("owner");
        return Patterns.Contains(name) ? Set(name) : $"{name}: silences match {string.Join(", ", Patterns)}, owner and episode";

        bool Is(string field, bool otherwise) => matcher.ValueKind == JsonValueKind.Object && matcher.TryGetProperty(field, out JsonElement said)
            ? said.ValueKind == JsonValueKind.True : otherwise;

        string? Set(string field)
        {
            if ((string?)silence[field] is { } other && other != pattern)
                return $"{field}: '{Shown.Name(other)}' and '{Shown.Name(pattern)}' are two matchers of one label";
            silence[field] = pattern;
            return null;
        }
    }

    // The desk silences symptoms. An episode of one is what that symptom is; of one of several more would be silent than was named.
    private string? OfEpisode(string id, JsonObject silence)
    {
        if (site.Episode(id) is not { Known.IsOpen: true } view) return $"episode: no open one '{Shown.Name(id)}' is known";
        JsonElement[] on = [.. Shown.Items(view.Story, "symptoms").Where(s => Shown.Text(s, "status") != "ended")];
        if (on is not [var symptom] || (Shown.Text(symptom, "signal") ?? Shown.Text(symptom, "group")) is null)
        {
            return $"episode: it is no single signal or group, and the desk silences those: acknowledge it (driftstream ack {id}), "
                + $"or name model=\"{Shown.Name(view.Known.Model)}\" and what of it";
        }

        silence["model"] = view.Known.Model;
        foreach (string field in (string[])["version", "signal", "group"])
        {
            if (Shown.Text(symptom, field) is { Length: > 0 } text) silence[field] = text;
        }

        return null;
    }

    /// <summary>A regular expression of text and <c>.*</c> as a pattern of the desk; null where it is another one.</summary>
    internal static string? PatternOf(string regex)
    {
        var pattern = new StringBuilder();
        for (int i = 0; i < regex.Length; i++)
        {
            char c = regex[i];
            if (c == '.' && i + 1 < regex.Length && regex[i + 1] == '*')
            {
                pattern.Append('*');
                i++;
            }
            else if (c == '\\' && i + 1 < regex.Length && !char.IsAsciiLetterOrDigit(regex[i + 1]) && regex[i + 1] != '*')
            {
                pattern.Append(regex[++i]);
            }
            else if (@"\.+*?()[]{}|^$".Contains(c, StringComparison.Ordinal))
            {
                return null;
            }
            else
            {
                pattern.Append(c);
            }
        }

        return pattern.ToString();
    }

    // Alertmanager's clients read a text.
    private static Task Say(HttpContext context, int status, string why)
    {
        PageHost.Head(context, status, "application/json");
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(why), context.RequestAborted).AsTask();
    }
}
