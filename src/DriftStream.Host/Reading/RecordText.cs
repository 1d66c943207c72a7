using System.Globalization;
using System.Text;
using System.Text.Json;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Reading;

/// <summary>Alerts and verdicts for people, made from their JSON alone: from what anybody can read, not from what the engine remembers.</summary>
/// <remarks>What a record holds came from messages of strangers: all of its text passes <see cref="Printable"/>.</remarks>
internal static class RecordText
{
    /// <summary>What happened to what, and since when; who must act, and how.</summary>
    public static string Alert(JsonElement alert, Ink ink)
    {
        if (alert.TryGetProperty("outcome", out _)) return Reply(alert, ink);
        bool firing = Text(alert, "status") == "firing";
        string status = Status(Text(alert, "status"), ink);
        var text = new StringBuilder();
        text.Append($"{Window(alert)}  {status}  {Text(alert, "severity"),-8}  {ink.Strong(ModelOf(alert))}  {Text(alert, "summary")}\n");
        JsonElement owner = alert.GetProperty("owner");
        text.Append($"    owner {Text(owner, "id")} <{Text(owner, "contact")}>, since {Day(Text(alert, "since"))}");
        if (firing && Text(alert, "respond_by") is { Length: > 0 } by) text.Append($", respond by {by}");
        if (Text(alert, "because") is { Length: > 0 } because) text.Append($"; revision {Number(alert, "revision")}: {because}");
        text.Append('\n');
        if (Said(alert, "acknowledged") is { } acknowledged)
            text.Append($"    {acknowledged} has it until {Text(alert.GetProperty("acknowledged"), "until")}\n");
        if (Said(alert, "decision") is { } decided) text.Append($"    {decided} decided: {Text(alert.GetProperty("decision"), "note")}\n");
        if (Statistic(alert) is { Length: > 0 } statistic) text.Append($"    {statistic}\n");
        if (AtStake(alert) is { } stake) text.Append($"    {stake}\n");
        foreach (JsonElement action in alert.GetProperty("actions").EnumerateArray())
        {
            if (Action(action, ink) is { } recommended) text.Append($"    {recommended}\n");
            if (firing && Text(action, "runbook") is { Length: > 0 } runbook) text.Append($"    {Text(action, "kind")}: {runbook}\n");
        }

        if (Text(alert, "link") is { } link) text.Append($"    {link}\n");
        return text.ToString();
    }

    /// <summary>A recommendation on one line; null where it is none.</summary>
    public static string? Action(JsonElement action, Ink ink)
    {
        if (Text(action, "state") is not { } state) return null;
        string to = Text(action, "to_version") is { } version ? $" to version {version}" : "";
        return $"{ink.Strong(Text(action, "kind") ?? "")}{to} ({state}): {Text(action, "why")}";
    }

    /// <summary>What is at stake, on one line; null where nobody says.</summary>
    public static string? AtStake(JsonElement alert)
    {
        if (!alert.TryGetProperty("at_stake", out JsonElement stake) || stake.ValueKind != JsonValueKind.Object) return null;
        return string.Create(CultureInfo.InvariantCulture,
            $"at stake: about {Number(stake, "amount"):#,0.##} {Text(stake, "unit")} ({Number(stake, "rows"):#,0} {Text(stake, "formula")}, an estimate)");
    }

    private static string Reply(JsonElement reply, Ink ink)
    {
        string outcome = Text(reply, "outcome") == "done" ? ink.Good("done") : ink.Doubtful($"{Text(reply, "outcome")}");
        return $"{Text(reply, "heard")}  {Text(reply, "kind")} of {Text(reply, "by")} for {Text(reply, "owner")}: {outcome}; {Text(reply, "why")}\n";
    }

    // Who said it, and for whom.
    private static string? Said(JsonElement alert, string name) =>
        alert.TryGetProperty(name, out JsonElement said) && said.ValueKind == JsonValueKind.Object ? $"{Text(said, "by")} ({Text(said, "owner")})" : null;

    /// <summary>One line a window, then one for each signal and group that is drifting.</summary>
    public static string Verdict(JsonElement verdict, Ink ink)
    {
        var text = new StringBuilder();
        long late = verdict.GetProperty("late_rows").GetInt64();
        bool complete = verdict.GetProperty("window").GetProperty("complete").GetBoolean();
        text.Append($"{Window(verdict)}  {Judgement(Text(verdict, "judgement"), ink)}  {ink.Strong(ModelOf(verdict))}");
        if (verdict.TryGetProperty("parts", out JsonElement parts))
            text.Append($" (part {verdict.GetProperty("part").GetInt32() + 1} of {parts.GetInt32()})");
        if (verdict.TryGetProperty("delay", out JsonElement delay)) text.Append($" by labels after {Printable.Of(delay.GetString() ?? "")}");
        text.Append($"  {verdict.GetProperty("rows").GetInt64()} rows");
        if (late > 0) text.Append($", {late} late");
        string why = Text(verdict.GetProperty("window"), "incomplete") is { } lacking ? $" ({lacking})" : "";
        if (!complete) text.Append(", " + ink.Doubtful($"incomplete{why}"));
        text.Append($"  {Text(verdict, "why")}\n");
        foreach (JsonElement signal in verdict.GetProperty("signals").EnumerateArray().Where(IsDrifting))
            text.Append($"    {Text(signal, "why") ?? Text(signal, "signal")}\n");
        foreach (JsonElement group in verdict.GetProperty("groups").EnumerateArray().Where(IsDrifting))
            text.Append($"    {Text(group, "why") ?? Text(group, "group")}\n");
        if (verdict.TryGetProperty("attributions", out JsonElement attributions) && IsDrifting(attributions))
            text.Append($"    {Text(attributions, "why")}\n");
        if (verdict.TryGetProperty("kpis", out JsonElement kpis))
            foreach (JsonElement kpi in kpis.EnumerateArray().Where(IsDrifting)) text.Append($"    {Text(kpi, "why")}\n");
        if (verdict.TryGetProperty("performance", out JsonElement performance))
            foreach (string line in PerformanceLines.Of(performance)) text.Append($"    {line}\n");
        return text.ToString();
    }

    /// <summary>The judgement, in its colour and as wide as the longest.</summary>
    public static string Judgement(string? judgement, Ink ink)
    {
        string padded = $"{judgement,-12}";
        return judgement switch
        {
            "steady" => ink.Good(padded),
            "drifting" => ink.Bad(padded),
            _ => ink.Doubtful(padded),
        };
    }

    private static string Status(string? status, Ink ink)
    {
        string padded = $"{status,-12}";
        return status switch
        {
            "firing" => ink.Bad(padded.ToUpperInvariant()),
            "resolved" => ink.Good(padded),
            _ => ink.Doubtful(padded),
        };
    }

    private static bool IsDrifting(JsonElement judged) => Text(judged, "judgement") == "drifting";

    private static string Statistic(JsonElement alert)
    {
        if (!alert.TryGetProperty("statistic", out JsonElement s) || s.ValueKind != JsonValueKind.Object) return "";
        var text = new StringBuilder($"{Text(s, "name")}");
        if (Text(s, "convention") is { } convention) text.Append($" ({convention})");
        if (Number(s, "value") is { } value) text.Append(CultureInfo.InvariantCulture, $" {value:0.####}");
        if (Number(s, "p_value") is { } p) text.Append($", p {Figures.PValue(p, "0.##e+0")}");
        long rows = s.GetProperty("window_rows").GetInt64(), reference = s.GetProperty("reference_rows").GetInt64();
        text.Append(reference > 0 ? $", {rows} rows against {reference}" : $", {rows} rows");
        return Text(s, "against") is { } name ? $"{text} of {name}" : text.ToString();
    }

    private static string ModelOf(JsonElement record) =>
        Text(record, "model") + (Text(record, "version") is { Length: > 0 } version ? $" v{version}" : "");

    private static string Window(JsonElement record)
    {
        JsonElement window = record.GetProperty("window");
        return $"{Day(Text(window, "start"))}..{Day(Text(window, "end"))}";
    }

    // Midnight is not worth nine letters.
    private static string Day(string? time) =>
        time is null ? "" : time.EndsWith("T00:00:00Z", StringComparison.Ordinal) ? time[..^10] : time;

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? Printable.Of(value.GetString()) : null;

    private static double? Number(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
