using System.Text.Json;
using DriftStream.Judging;

namespace DriftStream.Alerts;

/// <summary>A KPI in a window, in the JSON of verdicts and alerts.</summary>
internal static class KpiJson
{
    /// <summary>Writes one object.</summary>
    public static void Write(JudgedKpi of, Utf8JsonWriter json)
    {
        (Kpi kpi, JudgedStatistic now) = (of.Kpi, of.Statistic);
        json.WriteStartObject();
        json.WriteString("id", kpi.Id);
        json.WriteString("text", kpi.Text);
        json.WriteString("statistic", now.Name);
        if (kpi.Rule.Signal is { } signal) json.WriteString("signal", signal);
        if (kpi.Rule.Cells is { } cells) StatisticJson.Strings(json, "cells", cells);
        StatisticJson.Number(json, "value", now.Value);
        StatisticJson.Interval(json, "interval", now.Low, now.High);
        if (of.OfCells) json.WriteBoolean("of_cells", true);
        if (of.LeftOpen is { } open) StatisticJson.Interval(json, "left_open", open.Low, open.High);
        json.WriteNumber(kpi.AtLeast ? "at_least" : "at_most", kpi.Target);
        json.WriteNumber("rows", now.WindowRows);
        json.WriteString("judgement", StatisticJson.Name(now.Judgement));
        if (of.Why is { } why) json.WriteString("why", why);
        StatisticJson.Number(json, "missed_by", of.MissedBy);
        if (kpi.IsShare) StatisticJson.Number(json, "rows_short", of.RowsShort);
        StatisticJson.Number(json, "cost", of.Cost);
        json.WriteString("unit", kpi.Unit);
        json.WriteEndObject();
    }
}
