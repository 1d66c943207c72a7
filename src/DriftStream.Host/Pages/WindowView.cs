using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Host.History;
using DriftStream.Time;

namespace DriftStream.Host.Pages;

/// <summary>One signal of a window.</summary>
/// <param name="Name">As in a strip: with its slice, where it is one.</param>
/// <param name="Json">As in the verdict.</param>
public sealed record SignalView(string Name, RankedJudgement Judgement, JsonElement Json)
{
    public double? Psi => Statistic("psi");

    public long Rows => (long)(Shown.Value(Json, "rows") ?? 0);

    public double? Missing => Share("missing");

    public double? Unseen => Share("unseen");

    public string? Why => Shown.Text(Json, "why");

    public IEnumerable<JsonElement> Statistics => Shown.Items(Json, "statistics");

    public ImmutableArray<BarPair> Shares => Bars(Json);

    /// <summary>The least PSI that would have been found; null where that is not known.</summary>
    public double? Detectable => Statistics.Select(s => Shown.Value(s, "detectable")).FirstOrDefault(d => d is not null);

    public double? PValue => Statistics.Where(s => Shown.Text(s, "against") is null).Select(s => Shown.Value(s, "p_value")).Min();

    /// <summary>The name that a symptom or a signal of a verdict goes by: with its slice, where it is of one; empty where it is of no signal.</summary>
    public static string NameOf(JsonElement signal) =>
        signal.TryGetProperty("slice", out JsonElement slice) && slice.ValueKind == JsonValueKind.Object
            ? $"{Shown.Text(signal, "signal")} among {VerdictStrip.SliceText(slice)}"
            : Shown.Text(signal, "signal") ?? "";

    private double? Statistic(string name) =>
        Statistics.Where(s => Shown.Text(s, "name") == name && Shown.Text(s, "against") is null).Select(s => Shown.Value(s, "value")).FirstOrDefault();

    private double? Share(string field) => Rows == 0 ? null : (Shown.Value(Json, field) ?? 0) / Rows;

    private static ImmutableArray<BarPair> Bars(JsonElement signal)
    {
        if (!signal.TryGetProperty("shares", out JsonElement shares)) return [];
        JsonElement[] cells = [.. Shown.Items(shares, "cells")], reference = [.. Shown.Items(shares, "reference")], window = [.. Shown.Items(shares, "window")];
        return [.. cells.Take(Math.Min(reference.Length, window.Length)).Select((c, i) =>
            new BarPair(c.GetString() ?? "", reference[i].GetDouble(), window[i].GetDouble()))];
    }
}

/// <summary>One cell in both samples: shares, 0 to 1.</summary>
public sealed record BarPair(string Name, double Reference, double Window);

/// <summary>One statistic of a group in a window.</summary>
public sealed record GroupView(string Name, RankedJudgement Judgement, JsonElement Json)
{
    public string Group => Shown.Text(Json, "group") ?? "";

    public string Statistic => (Shown.Text(Json, "statistic") ?? "").Replace('_', ' ');

    public double? Value => Shown.Value(Json, "value");

    public (double? Low, double? High) Interval
    {
        get
        {
            double?[] ends = [.. Shown.Items(Json, "interval").Select(e => e.ValueKind == JsonValueKind.Number ? e.GetDouble() : (double?)null)];
            return ends.Length == 2 ? (ends[0], ends[1]) : (null, null);
        }
    }

    public string? Why => Shown.Text(Json, "why");

    /// <summary>Values of few rows are told together.</summary>
    public bool HasOther => Shown.Items(Json, "by").Any(b => Shown.Value(b, "values") is not null);

    /// <summary>It compares scores with labels: of each value there is a bias.</summary>
    public bool IsOfScores => Shown.Items(Json, "by").Any(b => b.TryGetProperty("bias", out _));

    /// <summary>It compares errors of labels that are numbers: of each value there is one, and nobody is selected.</summary>
    public bool IsOfErrors => Shown.Items(Json, "by").Any(b => b.TryGetProperty("group_rows", out _));

    /// <summary>Of errors which metric it is: <c>mae</c>.</summary>
    public string Metric => Statistic.Split(' ')[0];

    /// <summary>Each value of the group.</summary>
    public IEnumerable<GroupValueView> By => Shown.Items(Json, "by").Select(b => new GroupValueView(
        (Shown.Text(b, "value") ?? "") + (Shown.Value(b, "values") is { } values ? $" ({Shown.Of((long)values, "value")})" : ""),
        (long)(Shown.Value(b, "rows") ?? 0), (long)(Shown.Value(b, "selected") ?? 0))
    {
        Bias = Shown.Value(b, "bias"),
        All = (long)(Shown.Value(b, "group_rows") ?? 0),
        Error = Shown.Value(b, "error"),
    });
}

/// <summary>One value of a group in a window.</summary>
/// <param name="Value">As people call it.</param>
/// <param name="Rows">The rows that the statistic is of.</param>
/// <param name="Selected">How many of them count; of errors nothing.</param>
public sealed record GroupValueView(string Value, long Rows, long Selected)
{
    /// <summary>Of scores how much greater they are than the share of positive labels; null where that is unknown.</summary>
    public double? Bias { get; init; }

    /// <summary>Of errors all rows of the value, also without score or label.</summary>
    public long All { get; init; }

    /// <summary>Of errors the metric of its rows; null where it is unknown.</summary>
    public double? Error { get; init; }
}

/// <summary>One version in a window.</summary>
public sealed record VersionView(string Version, RankedJudgement Judgement, long Rows, string Why, int Drifting);

/// <summary>One window of a model, of the version that is looked at.</summary>
/// <param name="Json">The verdict; its signals are those of all parts.</param>
public sealed record WindowView(
    JsonElement Json, EventTime Start, EventTime End, ImmutableArray<SignalView> Signals, ImmutableArray<GroupView> Groups,
    ImmutableArray<VersionView> Versions)
{
    private static readonly string[] Fates = ["late", "overtaken", "future", "rejected", "dropped", "unreadable_messages"];

    public RankedJudgement Judgement => VerdictStrip.JudgementOf(Json);

    public string Version => Shown.Text(Json, "version") ?? "";

    public string Why => Shown.Text(Json, "why") ?? "";

    public long Rows => (long)(Shown.Value(Json, "rows") ?? 0);

    public string Span => $"{Shown.Time(Start)} – {Shown.Time(End)}";

    public string? Zone => Shown.Text(Json.GetProperty("window"), "zone");

    public bool Complete => Json.GetProperty("window").GetProperty("complete").GetBoolean();

    /// <summary>Why it is not complete; null where that is not told.</summary>
    public string? Incomplete => Shown.Text(Json.GetProperty("window"), "incomplete");

    public string? Baseline => Shown.Text(Json, "baseline");

    public string? Plan => Shown.Text(Json, "plan");

    /// <summary>Of rows that are in no window, by what became of them; only those that there are.</summary>
    public IEnumerable<(string Fate, long Rows)> Lost => Json.TryGetProperty("lost", out JsonElement lost)
        ? Fates.Select(f => (f.Replace('_', ' '), (long)(Shown.Value(lost, f) ?? 0))).Where(f => f.Item2 > 0)
        : [];

    /// <summary>Rows of the reference, of the signal that has most.</summary>
    public long ReferenceRows => (long)(Signals.SelectMany(s => s.Statistics).Select(s => Shown.Value(s, "reference_rows")).Max() ?? 0);

    /// <summary>What the rows are compared with, in words; of labels how many rows have one. Empty where there is nothing to say.</summary>
    public string Beside
    {
        get
        {
            if (ReferenceRows > 0) return $" against {Shown.Count(ReferenceRows)} of the baseline";
            if (!Json.TryGetProperty("performance", out JsonElement performance)) return "";
            double known = Known("labels"), reference = Known("reference_labels");
            return $", the label of {Shown.Count(known)} is known" + (reference > 0 ? $" (of {Shown.Count(reference)} in the baseline)" : "");

            double Known(string side) => performance.TryGetProperty(side, out JsonElement labels) ? Shown.Value(labels, "known") ?? 0 : 0;
        }
    }

    /// <summary>After how long labels were joined; null of rows as they came.</summary>
    public string? Delay => Shown.Text(Json, "delay");

    /// <param name="verdicts">Of all versions, parts apart.</param>
    /// <param name="version">Which is looked at; null for the one with most rows.</param>
    /// <returns>Null where there is none.</returns>
    public static WindowView? Of(ImmutableArray<JsonElement> verdicts, string? version)
    {
        var versions = verdicts.GroupBy(v => (Version: Shown.Text(v, "version") ?? "", IsRest: v.TryGetProperty("other_versions", out _)))
            .Select(g => (g.Key.Version, Parts: g.ToArray()))
            .OrderByDescending(v => Shown.Value(v.Parts[0], "rows")).ToArray();
        JsonElement[]? parts = versions.FirstOrDefault(v => v.Version == version).Parts ?? versions.FirstOrDefault().Parts;
        if (parts is null || Shown.TimeOf(parts[0].GetProperty("window"), "start") is not { } start
            || Shown.TimeOf(parts[0].GetProperty("window"), "end") is not { } end) return null;
        IEnumerable<SignalView> signals = parts.SelectMany(p => Shown.Items(p, "signals"))
            .Select(s => new SignalView(SignalView.NameOf(s), VerdictStrip.JudgementOf(s), s));
        return new WindowView(
            parts[0], start, end,
            [.. signals.OrderByDescending(s => s.Judgement == RankedJudgement.Drifting).ThenByDescending(s => s.Psi ?? -1)
                .ThenBy(s => s.Name, StringComparer.Ordinal)],
            [.. parts.SelectMany(p => Shown.Items(p, "groups")).Select(g => new GroupView(
                $"{Shown.Text(g, "group")} {Shown.Text(g, "statistic")}", VerdictStrip.JudgementOf(g), g))],
            [.. versions.Select(v => new VersionView(
                v.Version, VerdictStrip.JudgementOf(v.Parts[0]), (long)(Shown.Value(v.Parts[0], "rows") ?? 0), Shown.Text(v.Parts[0], "why") ?? "",
                v.Parts.SelectMany(p => Shown.Items(p, "signals")).Count(s => VerdictStrip.JudgementOf(s) == RankedJudgement.Drifting)))]);
    }
}
