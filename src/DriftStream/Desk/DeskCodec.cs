using System.Text.Json;
using System.Text.Json.Serialization;
using DriftStream.Alerts;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>The records of a desk's log as JSON, told apart by their property <c>kind</c>.</summary>
public static class DeskCodec
{
    private const string Answer = "answer", Time = "tick", Plan = "plan";

    /// <summary>One JSON document, UTF-8.</summary>
    public static byte[] Write(IDeskRecord record) => record switch
    {
        WindowJudged judged => WindowRecordJson.Write(judged.Window),
        AnswerHeard heard => JsonSerializer.SerializeToUtf8Bytes(
            new AnswerLine(Answer, heard.Source.Topic, heard.Source.Offset, heard.Owner, heard.Said, heard.Replies, heard.Answer), DeskJson.Default.AnswerLine),
        TimeHeard time => JsonSerializer.SerializeToUtf8Bytes(new TimeLine(Time, time.Upto), DeskJson.Default.TimeLine),
        PlanHeard plan => JsonSerializer.SerializeToUtf8Bytes(new PlanLine(Plan, plan.Epoch, plan.Hash), DeskJson.Default.PlanLine),
        _ => throw new ArgumentOutOfRangeException(nameof(record), record, "no such record"),
    };

    /// <summary>Null where the bytes are no such record.</summary>
    public static IDeskRecord? Read(ReadOnlySpan<byte> utf8)
    {
        try
        {
            switch (JsonSerializer.Deserialize(utf8, DeskJson.Default.AnyLine)?.Kind)
            {
                case WindowRecordJson.Kind:
                    return WindowRecordJson.Read(utf8) is { } window ? new WindowJudged(window) : null;
                case Answer:
                    AnswerLine heard = JsonSerializer.Deserialize(utf8, DeskJson.Default.AnswerLine)!;
                    return new AnswerHeard(new AnswerPlace(heard.Topic, heard.Offset), heard.Owner, heard.Said, heard.Answer, heard.Replies);
                case Time:
                    return new TimeHeard(JsonSerializer.Deserialize(utf8, DeskJson.Default.TimeLine)!.Upto);
                case Plan:
                    PlanLine plan = JsonSerializer.Deserialize(utf8, DeskJson.Default.PlanLine)!;
                    return new PlanHeard(plan.Epoch, plan.Hash);
                default:
                    return null;
            }
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }
}

internal sealed record AnyLine(string Kind);

internal sealed record AnswerLine(string Kind, string Topic, long Offset, string Owner, EventTime Said, bool Replies, Answer Answer);

internal sealed record TimeLine(string Kind, EventTime Upto);

internal sealed record PlanLine(string Kind, long Epoch, string Hash);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(NamedEnum<AnswerKind>), typeof(NamedEnum<EpisodeStatus>), typeof(NamedEnum<Judging.Severity>),
        typeof(NamedEnum<ActionKind>), typeof(NamedEnum<ActionState>), typeof(NamedEnum<Judging.Judgement>),
    ])]
[JsonSerializable(typeof(AnyLine))]
[JsonSerializable(typeof(AnswerLine))]
[JsonSerializable(typeof(TimeLine))]
[JsonSerializable(typeof(PlanLine))]
[JsonSerializable(typeof(DeskState))]
internal sealed partial class DeskJson : JsonSerializerContext;
