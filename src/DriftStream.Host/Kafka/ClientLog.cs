using Confluent.Kafka;
using DriftStream.Host.Observability;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Kafka;

/// <summary>What librdkafka says, in our log. Without it librdkafka writes to stderr by itself.</summary>
/// <remarks>Nothing here may throw: an exception of a handler comes back from Consume, and the message fetched with it is lost.</remarks>
internal static class ClientLog
{
    public static ConsumerBuilder<K, V> LogTo<K, V>(this ConsumerBuilder<K, V> builder, ILogger logger) =>
        builder.SetLogHandler((_, m) => Write(logger, m)).SetErrorHandler((_, e) => Write(logger, e));

    public static ProducerBuilder<K, V> LogTo<K, V>(this ProducerBuilder<K, V> builder, ILogger logger) =>
        builder.SetLogHandler((_, m) => Write(logger, m)).SetErrorHandler((_, e) => Write(logger, e));

    public static AdminClientBuilder LogTo(this AdminClientBuilder builder, ILogger logger) =>
        builder.SetLogHandler((_, m) => Write(logger, m)).SetErrorHandler((_, e) => Write(logger, e));

    private static void Write(ILogger logger, LogMessage message)
    {
        // Properties of consumers are given to producers too, and the other way round: that warning says nothing.
        LogLevel level = message.Facility == "CONFWARN" ? LogLevel.Debug : message.Level switch
        {
            <= SyslogLevel.Critical => LogLevel.Error,
            <= SyslogLevel.Warning => LogLevel.Warning, // librdkafka's "error" is mostly a connection that it opens again
            <= SyslogLevel.Info => LogLevel.Information,
            _ => LogLevel.Debug,
        };
        try
        {
            logger.ClientSays(level, message.Name, message.Facility, message.Message);
        }
        catch (Exception)
        {
            // A broken log must not lose a message.
        }
    }

    private static void Write(ILogger logger, Error error)
    {
        try
        {
            logger.ClientError(error.IsFatal ? LogLevel.Error : LogLevel.Warning, error.Code, error.Reason);
        }
        catch (Exception)
        {
            // A broken log must not lose a message.
        }
    }
}
