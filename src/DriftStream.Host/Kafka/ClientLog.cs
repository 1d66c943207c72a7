using System.Runtime.CompilerServices;
using Confluent.Kafka;
using DriftStream.Host.Observability;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Kafka;

/// <summary>Writes to our log what librdkafka says, which otherwise goes to stderr.</summary>
/// <remarks>
/// Nothing here may throw: an exception of a handler comes back from Consume, and the message fetched with it is lost. In an outage every
/// client repeats itself at every attempt: the first line of each kind is written at once, and half a minute later how many more there were.
/// </remarks>
internal static class ClientLog
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(30);

    // All clients of a process share one logger, and say the same about the same broker.
    private static readonly ConditionalWeakTable<ILogger, LineLimit> Limits = [];

    public static ConsumerBuilder<K, V> LogTo<K, V>(this ConsumerBuilder<K, V> builder, ILogger logger, BrokerWords? words = null) =>
        builder.SetLogHandler((_, m) => Write(logger, m)).SetErrorHandler((_, e) => Write(logger, e, words))
            .SetOffsetsCommittedHandler((_, c) => Committed(logger, c));

    public static ProducerBuilder<K, V> LogTo<K, V>(this ProducerBuilder<K, V> builder, ILogger logger) =>
        builder.SetLogHandler((_, m) => Write(logger, m)).SetErrorHandler((_, e) => Write(logger, e, null));

    public static AdminClientBuilder LogTo(this AdminClientBuilder builder, ILogger logger, BrokerWords? words = null) =>
        builder.SetLogHandler((_, m) => Write(logger, m)).SetErrorHandler((_, e) => Write(logger, e, words));

    /// <summary>Logs an error after which a consumer goes on.</summary>
    public static void Consuming(this ILogger logger, Error error) =>
        Say(logger, LogLevel.Warning, $"consuming: {error.Code}", KafkaFailure.Words(error),
            () => logger.ConsumeFailed(error.Code, KafkaFailure.Words(error)));

    // It is committed again together with the next one.
    private static void Committed(ILogger logger, CommittedOffsets committed)
    {
        Error error = committed.Error.IsError
            ? committed.Error
            : committed.Offsets.Select(o => o.Error).FirstOrDefault(e => e.IsError) ?? new Error(ErrorCode.NoError);
        if (!error.IsError || error.Code == ErrorCode.Local_NoOffset) return;
        string words = KafkaFailure.Words(error);
        Say(logger, LogLevel.Information, $"commit: {error.Code}", words, () => logger.CommitFailed(error.Code, words));
    }

    private static void Write(ILogger logger, LogMessage message)
    {
        // Properties of consumers are given to producers too, and vice versa: the warning about that says nothing.
        LogLevel level = message.Facility == "CONFWARN" ? LogLevel.Debug : message.Level switch
        {
            <= SyslogLevel.Critical => LogLevel.Error,
            <= SyslogLevel.Warning => LogLevel.Warning, // librdkafka's "error" is mostly a connection that it opens again
            <= SyslogLevel.Info => LogLevel.Information,
            _ => LogLevel.Debug,
        };
        Say(logger, level, $"librdkafka {message.Facility}", message.Message,
            () => logger.ClientSays(level, message.Name, message.Facility, message.Message));
    }

    private static void Write(ILogger logger, Error error, BrokerWords? words)
    {
        words?.Hear(error);
        LogLevel level = error.IsFatal ? LogLevel.Error : LogLevel.Warning;
        Say(logger, level, $"Kafka client: {error.Code}", error.Reason, () => logger.ClientError(level, error.Code, error.Reason));
    }

    private static void Say(ILogger logger, LogLevel level, string kind, string text, Action say)
    {
        if (!logger.IsEnabled(level)) return;
        LineLimit limit = Limits.GetValue(logger, _ => new LineLimit(TimeProvider.System, Hold));
        limit.Say($"{level} {kind}", () => Safely(say), lines => Safely(() => logger.ClientSaidMore(level, kind, lines, Hold.TotalSeconds, text)));
    }

    private static void Safely(Action say)
    {
        try
        {
            say();
        }
        catch (Exception)
        {
            // A broken log must not lose a message.
        }
    }
}
