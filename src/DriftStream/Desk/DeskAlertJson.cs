using System.Buffers;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>Alerts and replies as the JSON that owners read. Fields are only ever added; null means "does not apply".</summary>
public static class DeskAlertJson
{
    /// <summary>How many symptoms an alert shows; <c>symptoms_left_out</c> counts the others.</summary>
    public const int MostSymptoms = 50;

    /// <summary>One JSON document, UTF-8.</summary>
    public static byte[] Write(DeskAlert alert)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (Utf8JsonWriter json = JsonText.Writer(buffer)) Write(alert, json);
        return buffer.WrittenSpan.ToArray();
    }

    /// <inheritdoc cref="Write(DeskAlert)"/>
    public static byte[] Write(Reply reply)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (Utf8JsonWriter json = JsonText.Writer(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", reply.Id);
            json.WriteString("answer", reply.Answer.Id);
            json.WriteString("kind", JsonText.Name(reply.Answer.Kind));
            json.WriteString("owner", reply.Owner);
            json.WriteString("by", reply.Answer.By);
            json.WriteString("outcome", JsonText.Name(reply.Outcome));
            json.WriteString("why", reply.Why);
            json.WriteString("model", reply.Answer.Model);
            json.WriteString("episode", reply.Episode ?? reply.Answer.Episode);
            if (reply.Revision is { } revision) json.WriteNumber("revision", revision);
            else json.WriteNull("revision");
            if (reply.Action is { } action)
            {
                json.WriteString("action", action.Id);
                json.WriteString("state", JsonText.Name(action.State));
            }

            json.WriteString("said", EventTime.Format(reply.Said));
            json.WriteString("heard", EventTime.Format(reply.Heard));
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(DeskAlert alert, Utf8JsonWriter json)
    {
        DeskSymptom leading = alert.Leading;
        json.WriteStartObject();
        json.WriteString("id", alert.Id);
        json.WriteString("episode", alert.Episode);
        json.WriteString("status", JsonText.Name(alert.Status));
        json.WriteString("severity", JsonText.Name(alert.Severity));
        json.WriteNumber("revision", alert.Revision);
        json.WriteString("because", JsonText.Name(alert.Because));
        json.WriteStartObject("owner");
        json.WriteString("id", alert.Owner.Id);
        json.WriteString("name", alert.Owner.Name);
        json.WriteString("contact", alert.Owner.Contact);
        json.WriteEndObject();
        StatisticJson.Strings(json, "to", alert.To);
        json.WriteString("model", alert.Model);
        json.WriteString("version", leading.Subject.Version);
        json.WriteString("signal", leading.Subject.Signal);
        json.WriteString("group", leading.Subject.Group);
        json.WriteString("summary", alert.Summary);
        DetailText.Write(leading.Detail, json, isLeading: true);
        Write(leading.Window, json, isLeading: true);
        json.WriteString("since", EventTime.Format(alert.Since));
        json.WriteString("told", EventTime.Format(alert.Told));
        json.WriteString("respond_by", alert.RespondBy is { } by ? EventTime.Format(by) : null);
        json.WriteString("next", alert.Next);
        json.WriteString("escalate_to", alert.Next);
        WritePeople(alert, json);
        WriteSymptoms(alert, json);
        json.WriteString("purpose", alert.Purpose);
        Write(alert.AtStake, json);
        json.WriteStartArray("actions");
        foreach (DeskAction action in alert.Actions) DeskActionJson.WriteShort(action, json);
        json.WriteStartObject();
        json.WriteString("kind", "investigate");
        json.WriteString("runbook", alert.Runbook);
        json.WriteEndObject();
        json.WriteEndArray();
        if (alert.Link is { } link) json.WriteString("link", link);
        StatisticJson.Strings(json, "tags", alert.Tags);
        json.WriteNull("receipt");
        json.WriteString("plan", alert.Plan);
        json.WriteEndObject();
    }

    private static void WritePeople(DeskAlert alert, Utf8JsonWriter json)
    {
        if (alert.Acknowledged is { } acknowledged)
        {
            json.WriteStartObject("acknowledged");
            json.WriteString("by", acknowledged.By);
            json.WriteString("owner", acknowledged.Owner);
            json.WriteString("until", EventTime.Format(acknowledged.Until));
            json.WriteString("note", acknowledged.Note);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("acknowledged");
        }

        json.WriteNumber("silenced", alert.Silenced);
        if (alert.EndedSilence is { } silence)
        {
            json.WriteStartObject("silence_ended");
            json.WriteString("id", silence.Id);
            json.WriteString("by", silence.By);
            json.WriteString("reason", silence.Reason);
            json.WriteEndObject();
        }

        Write(alert.Decision, json);
    }

    internal static void Write(Decision? decision, Utf8JsonWriter json)
    {
        if (decision is null)
        {
            json.WriteNull("decision");
            return;
        }

        json.WriteStartObject("decision");
        json.WriteString("by", decision.By);
        json.WriteString("owner", decision.Owner);
        json.WriteString("at", EventTime.Format(decision.At));
        json.WriteString("note", decision.Note);
        json.WriteEndObject();
    }

    private static void Write(AtStake? stake, Utf8JsonWriter json)
    {
        if (stake is null)
        {
            json.WriteNull("at_stake");
            return;
        }

        json.WriteStartObject("at_stake");
        json.WriteNumber("rows", stake.Rows);
        json.WriteNumber("amount", stake.Amount);
        json.WriteString("unit", stake.Unit);
        json.WriteString("formula", stake.Formula);
        json.WriteBoolean("estimate", true);
        json.WriteEndObject();
    }

    private static void WriteSymptoms(DeskAlert alert, Utf8JsonWriter json)
    {
        json.WriteStartArray("symptoms");
        foreach (DeskSymptom symptom in alert.Symptoms.Take(MostSymptoms))
        {
            Subject subject = symptom.Subject;
            json.WriteStartObject();
            json.WriteString("signal", subject.Signal);
            json.WriteString("group", subject.Group);
            if (subject.OfModel is not null) json.WriteString("of_model", subject.OfModel);
            json.WriteString("version", subject.Version);
            json.WriteString("status", !symptom.IsOn ? "ended" : alert.Loud.Contains(subject) ? "on" : "silenced");
            json.WriteString("severity", JsonText.Name(symptom.Severity));
            json.WriteString("since", EventTime.Format(symptom.Since));
            json.WriteString("summary", symptom.Summary);
            DetailText.Write(symptom.Detail, json, isLeading: false);
            Write(symptom.Window, json, isLeading: false);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("symptoms_left_out", Math.Max(0, alert.Symptoms.Length - MostSymptoms) + alert.LeftOut);
    }

    internal static void Write(SymptomWindow window, Utf8JsonWriter json, bool isLeading)
    {
        json.WriteStartObject("window");
        json.WriteString("name", window.Name);
        json.WriteString("start", EventTime.Format(window.Start));
        json.WriteString("end", EventTime.Format(window.End));
        if (window.Zone is { } zone) json.WriteString("zone", zone);
        if (window.Delay is { } delay) json.WriteString("delay", delay.Spell());
        json.WriteBoolean("complete", window.Complete);
        if (isLeading) json.WriteNumber("late_rows", window.LateRows);
        json.WriteEndObject();
    }
}

/// <summary>What every JSON of the desk is written with.</summary>
internal static class JsonText
{
    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Utf8JsonWriter Writer(IBufferWriter<byte> buffer) => new(buffer, Options);

    /// <summary>A member of an enum in snake case.</summary>
    public static string Name<T>(T member)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(member.ToString());
}
