using System.Globalization;
using System.Text.Json;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Reading;

/// <summary>How well a model did in a window, for people: what rules found, and what was to be expected beside what labels have shown.</summary>
internal static class PerformanceLines
{
    private const string Format = "0.###";

    /// <summary>The lines of the property <c>performance</c> of a verdict, without their ends.</summary>
    public static IEnumerable<string> Of(JsonElement performance)
    {
        foreach (string line in Drifting(performance)) yield return line;
        if (Cost(performance) is { } costs) yield return costs;
        if (!performance.TryGetProperty("estimated", out JsonElement estimated)) yield break;
        foreach (string line in Drifting(estimated)) yield return line;
        JsonElement[] metrics = [.. estimated.GetProperty("metrics").EnumerateArray().DistinctBy(m => Text(m, "name"))];
        JsonElement[] first = [.. metrics.Where(m => Text(m, "name") is "accuracy" or "roc_auc" && Number(m, "value") is not null)];
        if (Text(estimated, "void") is { } why)
        {
            yield return $"no estimate before labels: {why}";
        }
        else if (first.Length > 0)
        {
            bool isRealised = Array.Exists(first, m => Number(m, "realised") is not null);
            yield return isRealised
                ? $"estimated before labels, and realised: {string.Join("; ", first.Select(Beside))}"
                : $"estimated before labels: {string.Join("; ", first.Select(Alone))}";
        }
    }

    /// <summary>What wrong decisions have cost, or are expected to; null where nobody says what one costs, or nothing is known of them.</summary>
    /// <remarks>errors cost 4,100 EUR: 2.05 a row (1.62 to 2.48; baseline 1.4; 1.6 were to be expected)</remarks>
    public static string? Cost(JsonElement performance)
    {
        if (!performance.TryGetProperty("cost", out JsonElement cost)) return null;
        string unit = Text(cost, "unit") ?? "";
        (double? amount, double? expected) = (Number(cost, "amount"), Number(cost, "estimated_amount"));
        string baseline = Number(cost, "reference_per_row") is { } own ? $"baseline {Digits(own)}" : "baseline unknown";
        if (amount is null)
        {
            if (Text(cost, "why") is { } why) return $"what errors cost is not known: {why}";
            return expected is null ? null
                : $"errors are expected to cost {Figures.Of(expected, "N0")} {unit}: {Digits(Number(cost, "estimated_per_row"))} a row ({baseline})";
        }

        JsonElement ends = cost.GetProperty("interval");
        string before = Number(cost, "estimated_per_row") is { } estimated ? $"; {Digits(estimated)} were to be expected" : "";
        return $"errors cost {Figures.Of(amount, "N0")} {unit}: {Digits(Number(cost, "per_row"))} a row "
            + $"({Digits(ends[0].GetDouble())} to {Digits(ends[1].GetDouble())}; {baseline}{before})";
    }

    private static IEnumerable<string> Drifting(JsonElement of) =>
        from metric in of.GetProperty("metrics").EnumerateArray()
        where Text(metric, "judgement") == "drifting"
        select Text(metric, "why") ?? Text(metric, "name") ?? "";

    // accuracy 0.828 (0.818 to 0.838; baseline 0.841)
    private static string Alone(JsonElement metric)
    {
        JsonElement ends = metric.GetProperty("interval");
        string interval = ends[0].ValueKind == JsonValueKind.Number ? $"{Digits(ends[0].GetDouble())} to {Digits(ends[1].GetDouble())}; " : "";
        return $"{Text(metric, "name")} {Digits(Number(metric, "value"))} ({interval}baseline {Digits(Number(metric, "reference_value"))})";
    }

    // accuracy 0.828, realised 0.801 (-0.027, p 3.1e-6)
    private static string Beside(JsonElement metric)
    {
        string all = $"{Text(metric, "name")} {Digits(Number(metric, "value"))}";
        if (Number(metric, "labelled_value") is { } labelled) all += $" ({Digits(labelled)} of the rows with a label)";
        if (Number(metric, "realised") is not { } realised) return all;
        string p = Number(metric, "p_value_of_realised") is { } known ? $", p {Figures.PValue(known)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{all}, realised {Digits(realised)} ({Number(metric, "difference"):+0.###;-0.###;0}{p})");
    }

    private static string Digits(double? value) => value is null ? "unknown" : Figures.Of(value, Format);

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? Printable.Of(value.GetString()) : null;

    private static double? Number(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
