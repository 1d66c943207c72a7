using System.Buffers;
using System.Text.Json;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>Recommendations as the JSON of the actions topic. Fields are only ever added; null means "does not apply".</summary>
public static class DeskActionJson
{
    /// <summary>A kind's name in JSON, metrics and commands.</summary>
    public static string NameOf(ActionKind kind) => JsonText.Name(kind);

    /// <summary>A state's name in JSON and metrics.</summary>
    public static string NameOf(ActionState state) => JsonText.Name(state);

    /// <summary>The end of its CloudEvents type: <c>action.recommended</c>.</summary>
    public static string TypeOf(DeskAction action) => $"action.{JsonText.Name(action.State)}";

    /// <summary>One JSON document, UTF-8: the recommendation after its last change.</summary>
    public static byte[] Write(DeskAction action)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (Utf8JsonWriter json = JsonText.Writer(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", action.EventId);
            json.WriteString("action", action.Id);
            json.WriteString("kind", JsonText.Name(action.Kind));
            json.WriteString("state", JsonText.Name(action.State));
            json.WriteNumber("revision", action.Revision);
            json.WriteString("model", action.Model);
            json.WriteString("version", action.Version);
            json.WriteString("to_version", action.To?.Version);
            json.WriteString("episode", action.Episode);
            json.WriteString("owner", action.Owner);
            json.WriteString("why", action.Why);
            WriteEvidence(action, json);
            json.WriteString("recommended", EventTime.Format(action.Recommended));
            json.WriteString("told", EventTime.Format(action.Told));
            json.WriteString("lapses", action.IsOpen ? EventTime.Format(action.Lapses) : null);
            DeskAlertJson.Write(action.Decision, json);
            json.WriteString("ended", action.Ended);
            json.WriteString("plan", action.Plan);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>As an alert names it among what may be done.</summary>
    internal static void WriteShort(DeskAction action, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("kind", JsonText.Name(action.Kind));
        json.WriteString("id", action.Id);
        json.WriteString("state", JsonText.Name(action.State));
        json.WriteString("version", action.Version);
        json.WriteString("to_version", action.To?.Version);
        json.WriteString("why", action.Why);
        json.WriteString("lapses", EventTime.Format(action.Lapses));
        json.WriteEndObject();
    }

    private static void WriteEvidence(DeskAction action, Utf8JsonWriter json)
    {
        json.WriteStartObject("evidence");
        json.WriteString("record", action.Record);
        DeskAlertJson.Write(action.Window, json, isLeading: false);
        json.WriteStartArray("symptoms");
        foreach (ActionSymptom symptom in action.Symptoms)
        {
            json.WriteStartObject();
            json.WriteString("signal", symptom.Subject.Signal);
            json.WriteString("group", symptom.Subject.Group);
            if (symptom.Subject.OfModel is not null) json.WriteString("of_model", symptom.Subject.OfModel);
            if (symptom.Subject.Slice is not null) json.WriteString("slice", symptom.Subject.Slice);
            json.WriteString("version", symptom.Subject.Version);
            json.WriteString("since", EventTime.Format(symptom.Since));
            json.WriteString("summary", symptom.Summary);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (action.To is { } steady)
        {
            json.WriteStartObject("steady");
            json.WriteString("version", steady.Version);
            json.WriteString("record", steady.Record);
            json.WriteString("verdict", steady.Verdict);
            json.WriteString("end", EventTime.Format(steady.End));
            json.WriteNumber("rows", steady.Rows);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("steady");
        }

        json.WriteEndObject();
    }
}
