using System.Globalization;
using System.Text.Json;
using DriftStream.Host.History;
using DriftStream.Host.Terminal;
using DriftStream.Time;

namespace DriftStream.Host.Pages;

/// <summary>Names, numbers and times as pages write them. What others named passes here: it can neither reorder the line nor fill the page.</summary>
internal static class Shown
{
    /// <summary>The most characters of a name; the whole one is in the API.</summary>
    private const int LongestName = 120, LongestText = 1000;

    /// <summary>A name: of a model, a signal, a category, a person.</summary>
    public static string Name(string? name) => Cut(Printable.Of(name), LongestName);

    /// <summary>A sentence.</summary>
    public static string Sentence(string? text) => Cut(Printable.Of(text), LongestText);

    /// <summary>A name that must fit beside a picture.</summary>
    public static string Short(string? name, int most) => Cut(Printable.Of(name), most);

    /// <summary>To the minute, in UTC, which the page says once.</summary>
    public static string Time(EventTime time) => Date(time, time % EventTime.Day == 0 ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm");

    /// <summary>For machines: the <c>datetime</c> of a time.</summary>
    public static string Iso(EventTime time) => EventTime.Format(time);

    /// <summary>How long, roughly: <c>3 h</c>, <c>2 days</c>.</summary>
    public static string Roughly(Duration duration)
    {
        long minutes = Math.Abs(duration.Microseconds) / EventTime.Minute;
        return minutes switch
        {
            < 1 => "less than a minute",
            < 120 => $"{minutes} min",
            < 48 * 60 => $"{minutes / 60} h",
            _ => $"{minutes / (24 * 60)} days",
        };
    }

    public static string Percent(double? share) => share is { } known ? Figures.Of(known, known is > 0 and < 0.001 ? "0.00 %" : "0.0 %") : "–";

    public static string Number(double? value, string format = "0.000") => value is { } known ? Figures.Of(known, format) : "–";

    /// <summary>Both ends of an interval in a JSON object.</summary>
    public static string Interval(JsonElement of, string name, string format = "0.000")
    {
        double?[] ends = [.. Items(of, name).Select(e => e.ValueKind == JsonValueKind.Number ? e.GetDouble() : (double?)null)];
        return ends.Length == 2 && ends.All(e => e is not null) ? $"{Number(ends[0], format)} – {Number(ends[1], format)}" : "–";
    }

    public static string PValue(double? p) => p is null ? "–" : Figures.PValue(p, p < 0.001 ? "0.0e+0" : "0.000");

    public static string Count(double rows) => rows.ToString(rows is > 0 and < 10 ? "0.#" : "#,0", CultureInfo.InvariantCulture);

    /// <summary>One thing, or several.</summary>
    public static string Of(long count, string one, string? several = null) => $"{Count(count)} {(count == 1 ? one : several ?? one + "s")}";

    public static string Word(RankedJudgement judgement) => judgement switch
    {
        RankedJudgement.Steady => "steady",
        RankedJudgement.Unjudged => "unjudged",
        RankedJudgement.Insufficient => "insufficient",
        RankedJudgement.Drifting => "drifting",
    };

    /// <summary>Text of a JSON object; null where there is none.</summary>
    public static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A number of a JSON object; null where there is none.</summary>
    public static double? Value(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    /// <summary>Items of a list in a JSON object; none where there is no list.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    public static EventTime? TimeOf(JsonElement of, string name) => EventTime.TryParse(Text(of, name), out EventTime time) ? time : null;

    /// <summary>An address that a page may link to: a runbook of the config is text that somebody wrote.</summary>
    public static string? Link(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "https" or "http" ? uri.AbsoluteUri : null;

    private static string Date(EventTime time, string format) =>
        DateTime.UnixEpoch.AddTicks(Math.Clamp(time, EventTime.Earliest, EventTime.Latest) * 10).ToString(format, CultureInfo.InvariantCulture);

    private static string Cut(string text, int most)
    {
        if (text.Length <= most) return text;
        var parts = new StringInfo(text[..Math.Min(text.Length, most * 8)]);
        return parts.LengthInTextElements < most ? parts.String + "…" : parts.SubstringByTextElements(0, most - 1) + "…";
    }
}
