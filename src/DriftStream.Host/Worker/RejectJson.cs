using System.Text.Json;
using System.Text.Json.Serialization;
using DriftStream.Alerts;
using DriftStream.Frames;

namespace DriftStream.Host.Worker;

/// <summary>A record of the rejects topic: where, why, how many rows; never the payload.</summary>
internal static class RejectJson
{
    public static byte[] Write(RejectedRows rejected)
    {
        string reason = JsonNamingPolicy.SnakeCaseLower.ConvertName(rejected.Reject.Reason.ToString());
        SourcePartition source = rejected.Source;
        // Counted again after a restart, a message is refused again: the id says that it is the same.
        string id = Identity.Of("reject", source.Topic, source.Partition.ToString(), rejected.Offset.ToString(), rejected.Model, reason);
        var record = new RejectRecord(
            id, source.Topic, source.Partition, rejected.Offset, reason, rejected.Reject.Detail, rejected.Model, rejected.Rows == 0 ? null : rejected.Rows);
        return JsonSerializer.SerializeToUtf8Bytes(record, WorkerJson.Default.RejectRecord);
    }
}

/// <summary>The fields of a reject record. Rows is null where the whole message was refused: its rows are not known.</summary>
internal sealed record RejectRecord(
    string Id, string Topic, int Partition, long Offset, string Reason, string Detail, string? Model, long? Rows);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RejectRecord))]
[JsonSerializable(typeof(Position))]
internal sealed partial class WorkerJson : JsonSerializerContext;
