using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Host.Answering;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Host.Owners;

/// <summary>Owners for programs. Fields are only ever added; null means "nobody says".</summary>
internal static class OwnerJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One document.</summary>
    public static string Of(OwnerReport report) => Write(json =>
    {
        json.WriteString("plan", report.Plan.Hash);
        json.WriteString("root_owner", report.Plan.Root.Id);
        json.WriteBoolean("traffic", report.Traffic is not null);
        json.WriteStartArray("owners");
        foreach (OwnerEntry entry in report.Owners) Owner(json, entry, report);
        json.WriteEndArray();
        json.WriteStartArray("unowned");
        foreach ((string model, UnownedRows rows) in report.Traffic?.Unowned ?? new Dictionary<string, UnownedRows>())
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteNumber("rows", rows.Rows);
            json.WriteString("last_rows", EventTime.Format(rows.Until));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("findings");
        foreach (OwnerFinding finding in report.Findings)
        {
            json.WriteStartObject();
            json.WriteString("kind", finding.Kind);
            json.WriteString("owner", finding.Owner);
            json.WriteString("model", finding.Model);
            json.WriteString("text", finding.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>One line.</summary>
    public static string Of(OwnerSpan span) => Write(json =>
    {
        json.WriteString("model", span.Model);
        json.WriteString("owner", span.Owner);
        json.WriteNumber("epoch", span.Epoch);
        json.WriteString("since", EventTime.Format(span.Since));
        json.WriteString("by", span.By);
        json.WriteString("until", span.Until is { } until ? EventTime.Format(until) : null);
        if (span.UntilEpoch is { } epoch) json.WriteNumber("until_epoch", epoch);
        else json.WriteNull("until_epoch");
    });

    private static void Owner(Utf8JsonWriter json, OwnerEntry entry, OwnerReport report)
    {
        Owner owner = entry.Owner;
        json.WriteStartObject();
        json.WriteString("id", owner.Id);
        json.WriteString("name", owner.Name);
        json.WriteString("contact", owner.Contact);
        Texts(json, "members", owner.Members);
        Texts(json, "delegates", owner.Delegates);
        if (entry.Hours is { } hours)
        {
            json.WriteStartObject("hours");
            json.WriteString("zone", hours.Zone);
            Texts(json, "days", hours.Days);
            json.WriteString("from", hours.From);
            json.WriteString("to", hours.To);
            Texts(json, "holidays", hours.Holidays.Select(Date));
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("hours");
        }

        json.WriteStartArray("escalate");
        foreach (EscalationStep step in owner.Escalate)
        {
            json.WriteStartObject();
            json.WriteString("to", step.To);
            json.WriteString("after", Quantity.Duration(step.After));
            json.WriteString("severity", step.Least.ToString().ToLowerInvariant());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("models");
        foreach (ModelPlan model in entry.Models) Model(json, model, report);
        json.WriteEndArray();
        json.WriteStartArray("open");
        foreach (ToldEpisode episode in report.Open.Where(e => e.Owner == owner.Id))
        {
            json.WriteStartObject();
            json.WriteString("episode", episode.Id);
            json.WriteString("model", episode.Model);
            json.WriteString("status", episode.Status);
            json.WriteString("severity", episode.Severity);
            json.WriteString("respond_by", episode.RespondBy is { } by ? EventTime.Format(by) : null);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Model(Utf8JsonWriter json, ModelPlan model, OwnerReport report)
    {
        (AlertSettings alerts, Traffic? traffic) = (model.Alerts, report.Traffic);
        json.WriteStartObject();
        json.WriteString("id", model.Id);
        json.WriteString("purpose", alerts.Purpose);
        Texts(json, "stakeholders", alerts.Stakeholders.Select(s => s.Id));
        if (alerts.Goal is { } goal)
        {
            json.WriteStartObject("goal");
            json.WriteString("text", goal.Text);
            if (goal.ValuePerRow is { } value) json.WriteNumber("value_per_row", value);
            else json.WriteNull("value_per_row");
            if (goal.Costs is { } costs)
            {
                json.WriteNumber("false_positive", costs.FalsePositive);
                json.WriteNumber("false_negative", costs.FalseNegative);
            }

            json.WriteString("unit", goal.Unit);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("goal");
        }

        json.WriteString("rollback_to", alerts.RollbackTo);
        json.WriteString("retire", alerts.Retire is { } retire ? Date(retire) : null);
        json.WriteStartArray("law");
        foreach (LegalDuty duty in alerts.Law)
        {
            json.WriteStartObject();
            json.WriteString("rule", duty.Rule);
            json.WriteString("risk", duty.Risk?.ToString().ToLowerInvariant());
            json.WriteString("review_by", duty.ReviewBy is { } review ? Date(review) : null);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("last_rows", traffic is not null && traffic.Last.TryGetValue(model.Id, out EventTime last) ? EventTime.Format(last) : null);
        json.WriteStartArray("versions");
        foreach ((string version, SeenVersion seen) in traffic?.VersionsOf(model.Id) ?? new Dictionary<string, SeenVersion>())
        {
            json.WriteStartObject();
            json.WriteString("version", version);
            json.WriteNumber("rows", seen.Rows);
            json.WriteString("judgement", seen.Judgement);
            json.WriteNumber("symptoms", report.SymptomsOf(model.Id, version));
            json.WriteString("first_rows", EventTime.Format(seen.First));
            json.WriteString("last_rows", EventTime.Format(seen.Last));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static string Date(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Write(Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
