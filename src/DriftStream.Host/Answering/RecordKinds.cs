using System.Text;
using Confluent.Kafka;

namespace DriftStream.Host.Answering;

/// <summary>Tells the records of an owner's topic apart by their CloudEvents type.</summary>
internal static class RecordKinds
{
    /// <summary>The type of a reply to an answer; everything else is an alert.</summary>
    public const string Reply = "io.driftstream.reply";

    public static bool IsReply(Headers headers) => headers.TryGetLastBytes("ce_type", out byte[] type) && Encoding.UTF8.GetString(type) == Reply;
}
