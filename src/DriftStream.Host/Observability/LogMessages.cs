using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Observability;

/// <summary>Everything this process can say in its log. Ids are stable and stand in blocks: 1000 the process, 2000 the Kafka
/// client, 3000 topics, 4000 counter, 5000 judge, 6000 delivery, 7000 web.</summary>
/// <remarks>No message holds a value of a row, and none is written for each row or each good message.</remarks>
internal static partial class LogMessages
{
    [LoggerMessage(EventId = 2000, Message = "librdkafka {Client} {Facility}: {Text}")]
    public static partial void ClientSays(this ILogger logger, LogLevel level, string client, string facility, string text);

    [LoggerMessage(EventId = 2001, Message = "Kafka client: {Code}: {Reason}")]
    public static partial void ClientError(this ILogger logger, LogLevel level, ErrorCode code, string reason);

    [LoggerMessage(EventId = 7000, Level = LogLevel.Information, Message = "health and metrics at {Address}")]
    public static partial void WebListens(this ILogger logger, string address);
}
