using System.Text;
using System.Text.Json.Nodes;
using DriftStream.Alerts;
using DriftStream.Host.History;
using DriftStream.Host.Kafka;
using DriftStream.Judging;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace DriftStream.Host.Tests.History;

/// <summary>Records of topics as the worker writes them, small and with whatever names a test wants.</summary>
internal static class Records
{
    public static readonly TopicNames Topics = new("driftstream.");

    public static HistoryStore Memory() => new(null, "driftstream.", TimeProvider.System, NullLogger.Instance);

    public static HistoryWriter Writer(HistoryStore store, TimeProvider? time = null, Microsoft.Extensions.Logging.ILogger? logger = null) =>
        new(store, Topics, Duration.FromDays(90), time ?? TimeProvider.System, logger ?? NullLogger.Instance);

    /// <param name="delay">After how many days labels were joined; null of rows as they came.</param>
    public static LogRecord Verdict(string model, int day, string signal = "x", string version = "1", string category = "a", string judgement = "steady",
        DateTimeOffset? at = null, int? delay = null)
    {
        string window = delay is null ? "1d" : $"1d@{delay}d";
        DateTime start = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(day);
        return Record(Topics.Verdicts, new JsonObject
        {
            ["id"] = $"{model}/{version}/{window}/{day}",
            ["model"] = model,
            ["version"] = version,
            ["window"] = new JsonObject { ["name"] = window, ["start"] = Time(start), ["end"] = Time(start.AddDays(1)), ["complete"] = true },
            ["delay"] = delay is null ? null : $"{delay}d",
            ["rows"] = 1000 + day,
            ["late_rows"] = 0,
            ["judgement"] = judgement,
            ["why"] = $"0 of 1 signals {signal}",
            ["signals"] = new JsonArray(new JsonObject
            {
                ["signal"] = signal,
                ["rows"] = 1000,
                ["missing"] = 10,
                ["unseen"] = 0,
                ["judgement"] = judgement,
                ["why"] = category,
                ["statistics"] = new JsonArray(new JsonObject
                {
                    ["name"] = "psi",
                    ["convention"] = "merged-cells",
                    ["value"] = 0.01 * day,
                    ["p_value"] = 0.5,
                    ["test"] = "x2-cells",
                    ["detectable"] = 0.02,
                    ["reference_rows"] = 5000,
                    ["window_rows"] = 1000,
                    ["rule"] = "r",
                    ["rejected"] = false,
                    ["judgement"] = judgement,
                }),
                ["shares"] = new JsonObject
                {
                    ["cells"] = new JsonArray(category, "missing"),
                    ["reference"] = new JsonArray(0.9, 0.1),
                    ["window"] = new JsonArray(0.99, 0.01),
                },
            }),
            ["groups"] = new JsonArray(),
            ["baseline"] = "sha256:b",
            ["plan"] = "sha256:p",
        }, at);
    }

    /// <summary>What a window of a desk's log says of one signal, as a judge writes it.</summary>
    public static LogRecord Window(string model, int day, string signal, SymptomStatus status, Severity severity = Severity.Critical)
    {
        EventTime start = EventTime.From(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(day));
        var symptom = new Symptom(new Subject(model, "1", "1d", signal, null), status, severity, start, $"{signal} {status}");
        var window = new WindowRecord(model, "1d", start, start + Duration.FromDays(1), true, 0, "sha256:p", [], [symptom]);
        return new LogRecord(Topics.Desk, 0, 0, EventTime.From(DateTime.UtcNow), null, WindowRecordJson.Write(window), []);
    }

    /// <summary>An alert with one more symptom, of another signal and severity.</summary>
    public static LogRecord With(LogRecord alert, string signal, string severity, string status = "on")
    {
        JsonObject with = JsonNode.Parse(alert.Value!)!.AsObject();
        JsonNode other = with["symptoms"]![0]!.DeepClone();
        (other["signal"], other["severity"], other["status"]) = (signal, severity, status);
        with["symptoms"]!.AsArray().Add(other);
        return alert with { Value = Encoding.UTF8.GetBytes(with.ToJsonString()) };
    }

    public static LogRecord Alert(string model, string episode, int revision, string status, string owner = "team", string summary = "x has drifted",
        DateTimeOffset? at = null) =>
        Record(Topics.AlertsOf(owner), new JsonObject
        {
            ["id"] = $"{episode}/{revision}",
            ["episode"] = episode,
            ["status"] = status,
            ["severity"] = "critical",
            ["revision"] = revision,
            ["because"] = "began",
            ["owner"] = new JsonObject { ["id"] = owner, ["name"] = owner, ["contact"] = "c" },
            ["to"] = new JsonArray(owner),
            ["model"] = model,
            ["version"] = "1",
            ["signal"] = "x",
            ["group"] = null,
            ["summary"] = summary,
            ["since"] = "2026-01-01T00:00:00Z",
            ["window"] = new JsonObject { ["name"] = "1d", ["start"] = "2026-01-01T00:00:00Z", ["end"] = "2026-01-02T00:00:00Z", ["complete"] = true },
            ["told"] = $"2026-01-02T00:0{revision}:00Z",
            ["respond_by"] = status == "firing" ? "2026-01-02T04:00:00Z" : null,
            ["next"] = null,
            ["acknowledged"] = status == "acknowledged" ? new JsonObject { ["by"] = "anna", ["owner"] = owner } : null,
            ["decision"] = null,
            ["at_stake"] = null,
            ["symptoms"] = new JsonArray(new JsonObject
            {
                ["signal"] = "x",
                ["group"] = null,
                ["version"] = "1",
                ["status"] = "on",
                ["severity"] = "critical",
                ["since"] = "2026-01-01T00:00:00Z",
                ["summary"] = summary,
                ["window"] = new JsonObject { ["name"] = "1d", ["end"] = "2026-01-02T00:00:00Z" },
            }),
            ["actions"] = new JsonArray(),
        }, at);

    public static LogRecord Record(string topic, JsonObject value, DateTimeOffset? at = null) => new(
        topic, 0, 0, EventTime.From((at ?? DateTimeOffset.UtcNow).UtcDateTime), null, Encoding.UTF8.GetBytes(value.ToJsonString()), []);

    public static Dictionary<(string, int), long> At(long next) => new() { [(Topics.Verdicts, 0)] = next };

    private static string Time(DateTime time) => EventTime.Format(EventTime.From(time));
}
