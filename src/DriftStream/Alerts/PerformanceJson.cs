using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>How well a model did, in the JSON of a verdict.</summary>
internal static class PerformanceJson
{
    // Of rows whose labels come later there is nothing to show but what is estimated.
    private static readonly Performance NoMetrics = new(default, default, default, []);

    /// <summary>Writes the property <c>performance</c>.</summary>
    public static void Write(ComparedPerformance performance, Utf8JsonWriter json)
    {
        json.WriteStartObject("performance");
        WriteLabels("labels", performance.Window, json);
        WriteLabels("reference_labels", performance.Reference, json);
        if (performance.AwaitsLabels) json.WriteString("coverage", "labels come later");
        else if (PerformanceJudge.Coverage(performance.Window) is { } coverage) json.WriteString("coverage", coverage);
        if (performance.AwaitsLabels) WriteMetrics(NoMetrics, NoMetrics, [], json);
        else WriteMetrics(performance.Reference, performance.Window, performance.Judged, json);
        if (performance.Estimate is { } estimate) EstimateJson.Write(estimate, performance, json);
        if (performance.Costs is { } costs) Write(costs, json);
        if (!performance.Detectors.IsEmpty) Write(performance.Detectors, json);
        if (!performance.Errors.IsEmpty) Write(performance.Errors, json);
        if (!performance.Groups.IsEmpty) Write(performance.Groups, json);
        if (!performance.Differences.IsEmpty) Write(performance.Differences, json);
        json.WriteEndObject();
    }

    private static void WriteMetrics(Performance reference, Performance window, ImmutableArray<JudgedMetric> judged, Utf8JsonWriter json)
    {
        json.WriteStartArray("metrics");
        foreach ((PerformanceMetric before, PerformanceMetric now) in reference.Metrics.Zip(window.Metrics))
        {
            JudgedMetric?[] looks = [.. judged.Where(j => j.Metric.Name == now.Name)];
            // One for each rule, for each may ask for another confidence.
            foreach (JudgedMetric? look in looks.Length == 0 ? [null] : looks) Write(look?.Metric ?? now, before, look, json);
        }

        json.WriteEndArray();
    }

    private static void Write(ImmutableArray<GroupPerformance> groups, Utf8JsonWriter json)
    {
        json.WriteStartArray("groups");
        foreach (GroupPerformance group in groups)
        {
            json.WriteStartObject();
            json.WriteString("group", group.Group);
            json.WriteString("value", group.Value);
            WriteLabels("labels", group.Window, json);
            WriteMetrics(group.Reference, group.Window, [], json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(ImmutableArray<GroupDifference> differences, Utf8JsonWriter json)
    {
        json.WriteStartArray("differences");
        foreach (GroupDifference of in differences)
        {
            json.WriteStartObject();
            json.WriteString("group", of.Group);
            json.WriteString("statistic", of.Statistic);
            StatisticJson.Number(json, "value", of.Difference?.Value);
            StatisticJson.Interval(json, "interval", of.Difference?.Low, of.Difference?.High);
            json.WriteString("least", of.Difference?.Reference.Value);
            json.WriteString("greatest", of.Difference?.Greatest.Value);
            json.WriteStartArray("left_out");
            foreach (string value in of.LeftOut) json.WriteStringValue(value);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(OutcomeCosts of, Utf8JsonWriter json)
    {
        json.WriteStartObject("cost");
        json.WriteNumber("false_positive", of.Costs.FalsePositive);
        json.WriteNumber("false_negative", of.Costs.FalseNegative);
        json.WriteString("unit", of.Costs.Unit);
        if (of.Why is { } why) json.WriteString("why", why);
        StatisticJson.Number(json, "amount", of.Window?.Amount);
        StatisticJson.Number(json, "per_row", of.Window?.PerRow);
        StatisticJson.Interval(json, "interval", of.Window?.Interval?.Low, of.Window?.Interval?.High);
        StatisticJson.Number(json, "reference_per_row", of.Reference?.PerRow);
        StatisticJson.Number(json, "estimated_amount", of.Estimated?.Amount);
        StatisticJson.Number(json, "estimated_per_row", of.Estimated?.PerRow);
        json.WriteEndObject();
    }

    private static void Write(ImmutableArray<JudgedErrors> errors, Utf8JsonWriter json)
    {
        json.WriteStartArray("detectors");
        foreach (JudgedErrors judged in errors)
        {
            json.WriteStartObject();
            json.WriteString("detector", judged.Detector);
            json.WriteString("rule", judged.Judged.Statistic.Rule);
            if (judged.Reading is { } reading) Write(reading, json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(ErrorReading reading, Utf8JsonWriter json)
    {
        json.WriteNumber("drifts", reading.Changes.Length);
        json.WriteBoolean("warned", reading.Warned);
        json.WriteNumber("rows", reading.Rows);
        json.WriteStartArray("panes");
        foreach ((PaneErrors pane, long row) in reading.Changes)
        {
            json.WriteStartObject();
            json.WriteString("start", EventTime.Format(pane.Start));
            json.WriteString("end", EventTime.Format(pane.End));
            json.WriteNumber("rows", pane.Rows);
            json.WriteNumber("errors", pane.Errors);
            json.WriteNumber("first_row", row);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(ImmutableArray<DetectedErrors> detectors, Utf8JsonWriter json)
    {
        json.WriteStartArray("detectors");
        foreach (DetectedErrors detected in detectors)
        {
            json.WriteStartObject();
            json.WriteString("detector", detected.Detector);
            json.WriteNumber("drifts", detected.Drifts);
            if (detected.Drifts > 0) json.WriteNumber("first_row", detected.First);
            json.WriteBoolean("warned", detected.Warned);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(PerformanceMetric now, PerformanceMetric before, JudgedMetric? judged, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", now.Name);
        Write("value", "interval", now, json);
        if (now.LeftOpen is { } open) StatisticJson.Interval(json, "left_open", open.Low, open.High);
        Write("reference_value", "reference_interval", before, json);
        StatisticJson.Number(json, "p_value", now.PValueAgainst(before));
        if (judged is not null) Write(judged, json);
        json.WriteEndObject();
    }

    /// <summary>What a rule made of a metric.</summary>
    public static void Write(JudgedMetric judged, Utf8JsonWriter json)
    {
        json.WriteNumber("rows", judged.Statistic.WindowRows);
        json.WriteString("rule", judged.Statistic.Rule);
        json.WriteString("judgement", StatisticJson.Name(judged.Statistic.Judgement));
        if (judged.Why is not null) json.WriteString("why", judged.Why);
    }

    /// <summary>How many rows there are, and of how many the label is known; the same of the selected ones.</summary>
    public static void WriteLabels(string name, LabelCoverage all, LabelCoverage selected, Utf8JsonWriter json)
    {
        json.WriteStartObject(name);
        WriteLabels(all, selected, json);
        json.WriteEndObject();
    }

    private static void WriteLabels(string name, Performance of, Utf8JsonWriter json)
    {
        json.WriteStartObject(name);
        WriteLabels(of.Labels, of.Selected, json);
        if (of.OddLabels > 0) json.WriteNumber("not_finite", of.OddLabels);
        json.WriteEndObject();
    }

    /// <summary>The same into an object that is open.</summary>
    public static void WriteLabels(LabelCoverage all, LabelCoverage selected, Utf8JsonWriter json)
    {
        json.WriteNumber("rows", all.Rows);
        json.WriteNumber("known", all.Labelled);
        json.WriteNumber("selected_rows", selected.Rows);
        json.WriteNumber("selected_known", selected.Labelled);
    }

    /// <summary>Of all rows with a decision.</summary>
    public static LabelCoverage All(LabelCoverage selected, LabelCoverage rejected) =>
        new(selected.Rows + rejected.Rows, selected.Labelled + rejected.Labelled);

    /// <summary>The value of a metric, and its interval.</summary>
    public static void Write(string name, string interval, PerformanceMetric metric, Utf8JsonWriter json)
    {
        StatisticJson.Number(json, name, metric.Value);
        StatisticJson.Interval(json, interval, metric.Low, metric.High);
    }
}
