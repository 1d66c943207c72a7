using System.Text.Json;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Alerts;

/// <summary>How well a model is estimated to do, in the JSON of a verdict; where labels have come, beside what they show.</summary>
internal static class EstimateJson
{
    /// <summary>Writes the property <c>estimated</c>.</summary>
    /// <param name="estimate">The estimate.</param>
    /// <param name="performance">What labels show, and what rules say.</param>
    /// <param name="json">Where to.</param>
    public static void Write(OutcomeEstimate estimate, ComparedPerformance performance, Utf8JsonWriter json)
    {
        EstimatedPerformance estimated = estimate.Window;
        json.WriteStartObject("estimated");
        json.WriteNumber("rows", estimated.Rows);
        json.WriteNumber("outside", estimated.Outside);
        json.WriteString("void", estimated.Void);
        json.WriteString("about", EstimatedPerformance.About);
        json.WriteStartObject("confusion");
        StatisticJson.Number(json, "true_positive", estimated.TruePositive);
        StatisticJson.Number(json, "false_positive", estimated.FalsePositive);
        StatisticJson.Number(json, "false_negative", estimated.FalseNegative);
        StatisticJson.Number(json, "true_negative", estimated.TrueNegative);
        json.WriteEndObject();
        json.WriteStartArray("metrics");
        foreach (string name in EstimatedPerformance.Names)
        {
            string statistic = StatisticCatalog.OfEstimates.Single(e => e.Estimates == name).Name;
            JudgedMetric?[] looks = [.. performance.Judged.Where(j => j.Metric.Name == statistic)];
            foreach (JudgedMetric? look in looks.Length == 0 ? [null] : looks) Write(estimate, name, performance, look, json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(OutcomeEstimate estimate, string name, ComparedPerformance performance, JudgedMetric? judged, Utf8JsonWriter json)
    {
        PerformanceMetric metric = estimate.Window.Metric(name);
        json.WriteStartObject();
        json.WriteString("name", name);
        PerformanceJson.Write("value", "interval", judged?.Metric ?? metric, json);
        StatisticJson.Number(json, "standard_error", metric.Error);
        StatisticJson.Number(json, "reference_value", estimate.Reference.Metric(name).Value);
        if (!performance.AwaitsLabels) WriteRealised(estimate, name, performance.Window, json);
        if (judged is not null) PerformanceJson.Write(judged, json);
        json.WriteEndObject();
    }

    // Labels that only some rows have are compared with the estimate of these rows: which rows have one is no error of the estimate.
    private static void WriteRealised(OutcomeEstimate estimate, string name, Performance window, Utf8JsonWriter json)
    {
        PerformanceMetric comparable = estimate.Comparable.Metric(name), realised = window.Metrics.Single(m => m.Name == name);
        if (estimate.Labelled is not null) StatisticJson.Number(json, "labelled_value", comparable.Value);
        StatisticJson.Number(json, "realised", realised.Value);
        StatisticJson.Number(json, "difference", realised.Value - comparable.Value);
        StatisticJson.Number(json, "p_value_of_realised", comparable.PValueOfRealised(realised));
    }
}
