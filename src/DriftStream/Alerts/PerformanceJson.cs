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
        json.WriteStartArray("metrics");
        foreach ((PerformanceMetric before, PerformanceMetric now) in performance.Reference.Metrics.Zip(performance.Window.Metrics))
        {
            json.WriteStartObject();
            json.WriteString("name", now.Name);
            Write("value", "interval", now, json);
            Write("reference_value", "reference_interval", before, json);
            StatisticJson.Number(json, "p_value", now.PValueAgainst(before));
            json.WriteEndObject();
        }

        json.WriteEndArray();
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
