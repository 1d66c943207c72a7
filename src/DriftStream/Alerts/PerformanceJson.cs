using System.Text.Json;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Alerts;

/// <summary>How well a model did, in the JSON of a verdict.</summary>
internal static class PerformanceJson
{
    /// <summary>Writes the property <c>performance</c>.</summary>
    public static void Write(ComparedPerformance performance, Utf8JsonWriter json)
    {
        json.WriteStartObject("performance");
        WriteLabels("labels", performance.Window.Labels, performance.Window.Selected, json);
        WriteLabels("reference_labels", performance.Reference.Labels, performance.Reference.Selected, json);
        if (PerformanceJudge.Coverage(performance.Window) is { } coverage) json.WriteString("coverage", coverage);
        json.WriteStartArray("metrics");
        foreach ((PerformanceMetric before, PerformanceMetric now) in performance.Reference.Metrics.Zip(performance.Window.Metrics))
        {
            JudgedMetric?[] looks = [.. performance.Judged.Where(j => j.Metric.Name == now.Name)];
            // One for each rule, for each may ask for another confidence.
            foreach (JudgedMetric? judged in looks.Length == 0 ? [null] : looks) Write(judged?.Metric ?? now, before, judged, json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(PerformanceMetric now, PerformanceMetric before, JudgedMetric? judged, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", now.Name);
        Write("value", "interval", now, json);
        if (now.LeftOpen is { } open) StatisticJson.Interval(json, "left_open", open.Low, open.High);
        Write("reference_value", "reference_interval", before, json);
        StatisticJson.Number(json, "p_value", now.PValueAgainst(before));
        if (judged is not null)
        {
            json.WriteNumber("rows", judged.Statistic.WindowRows);
            json.WriteString("rule", judged.Statistic.Rule);
            json.WriteString("judgement", StatisticJson.Name(judged.Statistic.Judgement));
            if (judged.Why is not null) json.WriteString("why", judged.Why);
        }

        json.WriteEndObject();
    }

    /// <summary>How many rows there are, and of how many the label is known; the same of the selected ones.</summary>
    public static void WriteLabels(string name, LabelCoverage all, LabelCoverage selected, Utf8JsonWriter json)
    {
        json.WriteStartObject(name);
        json.WriteNumber("rows", all.Rows);
        json.WriteNumber("known", all.Labelled);
        json.WriteNumber("selected_rows", selected.Rows);
        json.WriteNumber("selected_known", selected.Labelled);
        json.WriteEndObject();
    }

    private static void Write(string name, string interval, PerformanceMetric metric, Utf8JsonWriter json)
    {
        StatisticJson.Number(json, name, metric.Value);
        StatisticJson.Interval(json, interval, metric.Low, metric.High);
    }
}
