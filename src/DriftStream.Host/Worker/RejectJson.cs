using System.Text.Json;
using System.Text.Json.Serialization;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Frames;

namespace DriftStream.Host.Worker;

/// <summary>A record of the rejects topic: where, why, how many rows; never the payload.</summary>
internal static class RejectJson
{
    public static byte[] Write(RejectedRows rejected)
    {
        string reason = Name(rejected.Reject.Reason);
        SourcePartition source = rejected.Source;
        // A message that is counted again after a restart is refused again: the id shows that it is the same reject.
        string id = Identity.Of("reject", source.Topic, source.Partition.ToString(), rejected.Offset.ToString(), rejected.Model, reason);
        var record = new RejectRecord(
            id, source.Topic, source.Partition, rejected.Offset.InTopic, reason, rejected.Reject.Detail, rejected.Model,
            rejected.Rows == 0 ? null : rejected.Rows);
        return JsonSerializer.SerializeToUtf8Bytes(record, WorkerJson.Default.RejectRecord);
    }

    /// <summary>The sum of what was held back; its offset is that of the first reject.</summary>
    public static byte[] Write(HeldBack held)
    {
        RejectedRows first = held.First;
        string reason = Name(first.Reject.Reason);
        string id = Identity.Of(
            "rejects", first.Source.Topic, first.Source.Partition.ToString(), first.Offset.ToString(), held.Last.ToString(), reason);
        string detail = $"{held.Messages} messages refused without a record of their own, at most {RejectLog.Most} of one reason are written "
            + $"between two flushes; the first: {first.Reject.Detail}";
        var record = new RejectRecord(
            id, first.Source.Topic, first.Source.Partition, first.Offset.InTopic, reason, detail, null, held.Rows == 0 ? null : held.Rows,
            held.Last.InTopic, held.Messages);
        return JsonSerializer.SerializeToUtf8Bytes(record, WorkerJson.Default.RejectRecord);
    }

    /// <summary>An answer that no desk can hear.</summary>
    public static byte[] OfAnswer(string topic, long offset, string why)
    {
        string id = Identity.Of("reject", topic, "0", offset.ToString(System.Globalization.CultureInfo.InvariantCulture), null, "answer");
        return JsonSerializer.SerializeToUtf8Bytes(new RejectRecord(id, topic, 0, new(offset), "answer", why, null, null), WorkerJson.Default.RejectRecord);
    }

    private static string Name(RejectReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());
}

/// <summary>
/// The fields of a reject record. Rows is null where the whole message was refused, since its rows are unknown. Only a sum of several messages
/// has their number and the last one's offset.
/// </summary>
internal sealed record RejectRecord(
    string Id, string Topic, int Partition, SourceOffset Offset, string Reason, string Detail, string? Model, RowCount? Rows,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SourceOffset? LastOffset = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Messages = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RejectRecord))]
[JsonSerializable(typeof(Position))]
internal sealed partial class WorkerJson : JsonSerializerContext;
