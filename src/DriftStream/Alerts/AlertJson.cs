using System.Buffers;
using System.Text.Json;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Alerts;

/// <summary>An alert as the JSON that owners read. Fields are only ever added; null means "does not apply".</summary>
public static class AlertJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One JSON document, UTF-8.</summary>
    public static byte[] Write(Alert alert)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Options)) Write(alert, json);
        return buffer.WrittenSpan.ToArray();
    }

    internal static Utf8JsonWriter Writer(IBufferWriter<byte> buffer) => new(buffer, Options);

    private static void Write(Alert alert, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id", alert.Id);
        json.WriteString("episode", alert.Episode);
        json.WriteString("status", alert.Status == AlertStatus.Firing ? "firing" : "resolved");
        json.WriteString("severity", Lower(alert.Severity));
        json.WriteNumber("revision", alert.Revision);
        json.WriteStartObject("owner");
        json.WriteString("id", alert.Owner.Id);
        json.WriteString("name", alert.Owner.Name);
        json.WriteString("contact", alert.Owner.Contact);
        json.WriteEndObject();
        json.WriteString("model", alert.Model);
        json.WriteString("version", alert.Version);
        json.WriteString("signal", alert.Signal);
        StatisticJson.Write(alert.Slice, json);
        json.WriteString("group", alert.Group);
        json.WriteString("summary", alert.Summary);
        WriteLeading(alert, json);
        WriteCells(alert, json);
        WriteWindow(alert, json);
        WriteBaseline(alert.Baseline, json);
        json.WriteString("since", EventTime.Format(alert.Since));
        json.WriteString("respond_by", EventTime.Format(alert.RespondBy));
        json.WriteString("escalate_to", alert.Owner.Escalate is [var first, ..] ? first.To : null);
        json.WriteString("purpose", alert.Purpose);
        json.WriteNull("at_stake");
        json.WriteStartArray("actions");
        json.WriteStartObject();
        json.WriteString("kind", "investigate");
        json.WriteString("runbook", alert.Runbook);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartArray("tags");
        foreach (string tag in alert.Tags) json.WriteStringValue(tag);
        json.WriteEndArray();
        json.WriteString("plan", alert.Plan);
        WriteRules(alert, json);
        json.WriteEndObject();
    }

    private static void WriteLeading(Alert alert, Utf8JsonWriter json)
    {
        if (alert.Leading is not { } leading)
        {
            json.WriteNull("statistic");
            json.WriteNull("rule");
            return;
        }

        json.WritePropertyName("statistic");
        StatisticJson.Write(leading.Statistic, json, judged: false);
        json.WriteStartObject("rule");
        WriteFields(leading.Rule, json);
        json.WriteString("consecutive", alert.Consecutive);
        json.WriteEndObject();
    }

    private static void WriteRules(Alert alert, Utf8JsonWriter json)
    {
        json.WriteStartArray("rules");
        foreach (RuledStatistic ruled in alert.Rules)
        {
            json.WriteStartObject();
            WriteFields(ruled.Rule, json);
            json.WriteString("severity", Lower(ruled.Rule.Severity));
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
        else json.WriteNumber(alarm.Form.LimitName, alarm.Value);
        if (alarm.Form.IsCalibrated) json.WriteNumber("min_effect", alarm.MinEffect);
        if (alarm.Confidence is { } confidence) json.WriteNumber("confidence", confidence);
        if (rule.Urgent) json.WriteBoolean("urgent", true);
    }

    private static void WriteCells(Alert alert, Utf8JsonWriter json)
    {
        json.WriteStartArray("cells");
        foreach (CellContribution cell in alert.Cells)
        {
            json.WriteStartObject();
            json.WriteString("cell", cell.Cell);
            StatisticJson.Number(json, "reference", cell.Reference);
            StatisticJson.Number(json, "window", cell.Window);
            StatisticJson.Number(json, "contribution", cell.Contribution);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (alert.Group is not null) StatisticJson.WriteBy(alert.By, json);
    }

    private static void WriteWindow(Alert alert, Utf8JsonWriter json)
    {
        json.WriteStartObject("window");
        json.WriteString("name", alert.Window.Window.Name);
        json.WriteString("start", EventTime.Format(alert.Window.Start));
        json.WriteString("end", EventTime.Format(alert.Window.End));
        json.WriteBoolean("complete", alert.Window.Complete);
        json.WriteNumber("late_rows", alert.Window.LateRows);
        json.WriteEndObject();
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

    private static string Lower(Severity severity) => severity switch
    {
        Severity.Info => "info",
        Severity.Warning => "warning",
        Severity.Critical => "critical",
    };
}
