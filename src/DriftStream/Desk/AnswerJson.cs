using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>An answer as people and programs write it into a topic of answers.</summary>
public static class AnswerJson
{
    /// <summary>The largest one, in bytes.</summary>
    public const int MaxBytes = 8 * 1024;

    private const int MostOfId = 128, MostOfName = 256, MostOfNote = 4000;

    /// <summary>The answer, or null and everything that is wrong with it, a sentence each.</summary>
    public static Answer? Read(ReadOnlyMemory<byte> utf8, out ImmutableArray<string> findings)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        Answer? answer = null;
        if (utf8.Length > MaxBytes) found.Add($"it has {utf8.Length} bytes, more than {MaxBytes}");
        else
        {
            try
            {
                using JsonDocument json = JsonDocument.Parse(utf8);
                if (json.RootElement.ValueKind == JsonValueKind.Object) answer = Read(new Fields(json.RootElement, found));
                else found.Add("it is no JSON object");
            }
            catch (JsonException e)
            {
                found.Add($"it is no JSON: {e.Message}");
            }
        }

        findings = found.ToImmutable();
        return findings.IsEmpty ? answer : null;
    }

    private static Answer? Read(Fields fields)
    {
        string? id = fields.Text("id", MostOfId, required: true), by = fields.Text("by", MostOfName, required: true);
        AnswerKind? kind = fields.Kind();
        bool isSilence = kind == AnswerKind.Silence, isAway = kind == AnswerKind.Away, isAcknowledge = kind == AnswerKind.Acknowledge;
        string? silence = fields.Text("silence", MostOfId, required: false);
        string? absence = fields.Text("away", MostOfId, required: false);
        bool ofEpisode = isAcknowledge || (kind == AnswerKind.End && silence is null && absence is null);
        var answer = new Answer(id ?? "", kind ?? default, by ?? "")
        {
            Via = fields.Text("via", MostOfName, required: false),
            Model = fields.Text("model", MostOfName, required: ofEpisode || kind == AnswerKind.Decide),
            Episode = fields.Text("episode", MostOfId, required: ofEpisode),
            Revision = fields.Whole("revision", required: isAcknowledge),
            Silence = silence,
            Absence = absence,
            From = fields.Time("from", required: false),
            Until = fields.Time("until", required: isSilence || isAway),
            Of = fields.Text("owner", MostOfName, required: false),
            To = fields.Text("to", MostOfName, required: isAway),
            Version = fields.Text("version", MostOfName, required: false),
            Signal = fields.Text("signal", MostOfName, required: false),
            Group = fields.Text("group", MostOfName, required: false),
            Severity = fields.Text("severity", MostOfName, required: false),
            Rule = fields.Text("rule", MostOfName, required: false),
            Action = fields.Text("action", MostOfId, required: false),
            Accept = fields.Flag("accept"),
            Note = isSilence ? fields.Text("reason", MostOfNote, required: true) : fields.Text("note", MostOfNote, required: kind == AnswerKind.Decide),
        };
        if (silence is not null && absence is not null) fields.Found("silence and away: one answer ends one of them");
        if (answer.Action is null != answer.Accept is null) fields.Found("action and accept: one without the other");
        return answer;
    }

    private readonly struct Fields(JsonElement of, ImmutableArray<string>.Builder findings)
    {
        private static readonly string Kinds = string.Join(", ", Enum.GetValues<AnswerKind>().Select(JsonText.Name));

        public AnswerKind? Kind()
        {
            if (Text("kind", MostOfName, required: true) is not { } name) return null;
            foreach (AnswerKind kind in Enum.GetValues<AnswerKind>())
            {
                if (JsonText.Name(kind) == name) return kind;
            }

            findings.Add($"kind: '{name}' is none of {Kinds}");
            return null;
        }

        public string? Text(string name, int most, bool required)
        {
            if (Find(name, required) is not { } value) return null;
            if (value.ValueKind != JsonValueKind.String) findings.Add($"{name}: not a text");
            else if (value.GetString()!.Length is 0) findings.Add($"{name}: empty");
            else if (value.GetString()!.Length > most) findings.Add($"{name}: longer than {most} characters");
            else return value.GetString();
            return null;
        }

        public int? Whole(string name, bool required)
        {
            if (Find(name, required) is not { } value) return null;
            if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)) return number;
            findings.Add($"{name}: not a whole number");
            return null;
        }

        public bool? Flag(string name)
        {
            if (Find(name, required: false) is not { } value) return null;
            if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
            Found($"{name}: neither true nor false");
            return null;
        }

        public void Found(string finding) => findings.Add(finding);

        public EventTime? Time(string name, bool required)
        {
            if (Find(name, required) is not { } value) return null;
            if (value.ValueKind == JsonValueKind.String && EventTime.TryParse(value.GetString(), out EventTime time)) return time;
            findings.Add($"{name}: not a time such as 2026-12-01T09:00:00Z");
            return null;
        }

        private JsonElement? Find(string name, bool required)
        {
            if (of.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null) return value;
            if (required) findings.Add($"{name}: missing");
            return null;
        }
    }
}
