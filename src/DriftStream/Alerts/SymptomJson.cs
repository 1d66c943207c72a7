using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Judging;

namespace DriftStream.Alerts;

/// <summary>What is known of a symptom beside its sentence.</summary>
/// <param name="Rules">The rules that speak, with what they looked at; at its end, those that spoke. The leading one first.</param>
/// <param name="Consecutive">How many windows it took, such as <c>2 of 3</c>.</param>
internal sealed record SymptomDetail(ImmutableArray<RuledStatistic> Rules, string Consecutive)
{
    /// <summary>The rows of the signal that it is about, or null for all.</summary>
    public Slice? Slice { get; init; }

    /// <summary>The cells that contribute most; default for what has none.</summary>
    public ImmutableArray<CellContribution> Cells { get; init; }

    /// <summary>For groups: rows, and how many of them were selected, by value; default for what is no group.</summary>
    public ImmutableArray<GroupCount> By { get; init; }

    /// <summary>The KPI that it is about, or null.</summary>
    public JudgedKpi? Kpi { get; init; }

    /// <summary>What it was judged against; null for rows that no model claims.</summary>
    public BaselineReference? Baseline { get; init; }
}

/// <summary>Names a baseline in messages.</summary>
public sealed record BaselineReference(string Id, string Hash, long Rows);

/// <summary>The detail of a symptom as it stands in window records and alerts. Fields are only ever added; null means "does not apply".</summary>
internal static class SymptomJson
{
    /// <summary>One JSON object, UTF-8.</summary>
    public static byte[] Write(SymptomDetail detail)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (Utf8JsonWriter json = StatisticJson.Writer(buffer))
        {
            json.WriteStartObject();
            StatisticJson.Write(detail.Slice, json);
            WriteLeading(detail, json);
            if (detail.Kpi is { } kpi)
            {
                json.WritePropertyName("kpi");
                KpiJson.Write(kpi, json);
            }

            WriteCells(detail, json);
            WriteBaseline(detail.Baseline, json);
            WriteRules(detail, json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteLeading(SymptomDetail detail, Utf8JsonWriter json)
    {
        if (detail.Rules.IsEmpty)
        {
            json.WriteNull("statistic");
            json.WriteNull("rule");
            return;
        }

        RuledStatistic leading = detail.Rules[0];
        json.WritePropertyName("statistic");
        StatisticJson.Write(leading.Statistic, json, judged: false);
        json.WriteStartObject("rule");
        WriteFields(leading.Rule, json);
        json.WriteString("consecutive", detail.Consecutive);
        json.WriteEndObject();
    }

    private static void WriteRules(SymptomDetail detail, Utf8JsonWriter json)
    {
        json.WriteStartArray("rules");
        foreach (RuledStatistic ruled in detail.Rules)
        {
            json.WriteStartObject();
            WriteFields(ruled.Rule, json);
            json.WriteString("severity", StatisticJson.Name(ruled.Rule.Severity));
            json.WritePropertyName("statistic");
            StatisticJson.Write(ruled.Statistic, json, judged: false);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFields(Rule rule, Utf8JsonWriter json)
    {
        Alarm alarm = rule.Alarm;
        json.WriteString("id", rule.Id);
        json.WriteString("alarm", alarm.Form.Key);
        if (alarm.Trend is { } trend) StatisticJson.WriteDetector(trend, json);
        else if (alarm.Detector is { } errors) json.WriteString("detector", ErrorDetectors.NameOf(errors));
        else json.WriteNumber(alarm.Form.LimitName, alarm.Value);
        if (alarm.Form.IsCalibrated) json.WriteNumber("min_effect", alarm.MinEffect);
        if (alarm.Confidence is { } confidence) json.WriteNumber("confidence", confidence);
        if (rule.Urgent) json.WriteBoolean("urgent", true);
        if (rule.Cells is { } cells) StatisticJson.Strings(json, "cells", cells);
        if (rule.Class is { } name) json.WriteString("class", name);
        if (rule.Goal is { } goal) json.WriteString("goal", goal);
    }

    private static void WriteCells(SymptomDetail detail, Utf8JsonWriter json)
    {
        json.WriteStartArray("cells");
        foreach (CellContribution cell in detail.Cells.IsDefault ? [] : detail.Cells)
        {
            json.WriteStartObject();
            json.WriteString("cell", cell.Cell);
            StatisticJson.Number(json, "reference", cell.Reference);
            StatisticJson.Number(json, "window", cell.Window);
            StatisticJson.Number(json, "contribution", cell.Contribution);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (!detail.By.IsDefault) StatisticJson.WriteBy(detail.By, json);
    }

    private static void WriteBaseline(BaselineReference? baseline, Utf8JsonWriter json)
    {
        if (baseline is null)
        {
            json.WriteNull("baseline");
            return;
        }

        json.WriteStartObject("baseline");
        json.WriteString("id", baseline.Id);
        json.WriteString("hash", baseline.Hash);
        json.WriteNumber("rows", baseline.Rows);
        json.WriteEndObject();
    }
}
