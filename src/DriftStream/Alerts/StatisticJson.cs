using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Alerts;

/// <summary>The parts that alerts and verdicts share. JSON never holds NaN or infinity: they are null.</summary>
internal static class StatisticJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Utf8JsonWriter Writer(IBufferWriter<byte> buffer) => new(buffer, Options);

    public static void Write(JudgedStatistic statistic, Utf8JsonWriter json, bool judged)
    {
        json.WriteStartObject();
        WriteFields(statistic, json);
        if (judged)
        {
            json.WriteString("rule", statistic.Rule);
            json.WriteBoolean("rejected", statistic.Rejected);
            json.WriteString("judgement", Name(statistic.Judgement));
        }

        json.WriteEndObject();
    }

    public static void WriteFields(JudgedStatistic statistic, Utf8JsonWriter json)
    {
        json.WriteString("name", statistic.Name);
        json.WriteString("convention", statistic.Convention);
        if (statistic.Against is not null) json.WriteString("against", statistic.Against);
        Number(json, "value", statistic.Value);
        if (statistic.Low is not null || statistic.High is not null) Interval(json, "interval", statistic.Low, statistic.High);
        Number(json, "p_value", statistic.PValue);
        json.WriteString("test", statistic.Test);
        if (statistic.Detectable is not null) Number(json, "detectable", statistic.Detectable);
        json.WriteNumber("reference_rows", statistic.ReferenceRows);
        json.WriteNumber("window_rows", statistic.WindowRows);
        if (statistic.Trend is not { } trend) return;
        json.WriteStartObject("trend");
        Number(json, "value", trend.Value);
        Number(json, "threshold", trend.Threshold);
        json.WriteString("since", trend.Since is { } since ? EventTime.Format(since) : null);
        json.WriteNumber("windows", trend.Windows);
        json.WriteEndObject();
    }

    /// <summary>The parameters of a detector, in a rule's object.</summary>
    public static void WriteDetector(TrendSettings trend, Utf8JsonWriter json)
    {
        json.WriteString("detector", trend.Name);
        foreach ((string key, double value) in trend.Numbers()) json.WriteNumber(key, value);
        if (trend.Mode is { } mode) json.WriteString("mode", TrendSettings.NameOf(mode));
    }

    /// <summary>Writes which rows of a signal are meant; nothing where all are.</summary>
    public static void Write(Slice? slice, Utf8JsonWriter json)
    {
        if (slice is null) return;
        json.WritePropertyName("slice");
        slice.Write(json);
    }

    public static void WriteBy(IEnumerable<GroupCount> by, Utf8JsonWriter json)
    {
        json.WriteStartArray("by");
        foreach (GroupCount group in by)
        {
            json.WriteStartObject();
            json.WriteString("value", group.Value);
            if (group.Values is { } values) json.WriteNumber("values", values);
            json.WriteNumber("rows", group.Rows);
            if (group.All is { } all)
            {
                json.WriteNumber("group_rows", all);
                Number(json, "error", group.Error);
            }
            else json.WriteNumber("selected", group.Selected);

            if (group.Scored is { } scored)
            {
                json.WriteNumber("scored", scored);
                Number(json, "bias", group.Bias);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void Strings(Utf8JsonWriter json, string name, ImmutableArray<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    public static void Number(Utf8JsonWriter json, string name, double? value)
    {
        json.WritePropertyName(name);
        Number(json, value);
    }

    /// <summary>Both ends of an interval; null where there is none.</summary>
    public static void Interval(Utf8JsonWriter json, string name, double? low, double? high)
    {
        json.WriteStartArray(name);
        Number(json, low);
        Number(json, high);
        json.WriteEndArray();
    }

    public static string Name(Severity severity) => severity switch
    {
        Severity.Info => "info",
        Severity.Warning => "warning",
        Severity.Critical => "critical",
    };

    public static string Name(Judgement judgement) => judgement switch
    {
        Judgement.Steady => "steady",
        Judgement.Drifting => "drifting",
        Judgement.Insufficient => "insufficient",
        Judgement.Unjudged => "unjudged",
    };

    private static void Number(Utf8JsonWriter json, double? value)
    {
        if (value is { } number && double.IsFinite(number)) json.WriteNumberValue(number);
        else json.WriteNullValue();
    }
}
