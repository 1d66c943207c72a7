using DriftStream.Host.Commands;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Reading;

/// <summary>Reads topics of JSON records for a command: to their ends, or on and on.</summary>
internal static class TopicReading
{
    /// <returns>The exit code. Being told to stop following is no failure.</returns>
    public static async Task<int> RunAsync(
        KafkaSettings kafka, IReadOnlyList<string> topics, bool follow, JsonRecords records, TextWriter errors, ILogger logger, CancellationToken cancel)
    {
        if (!follow)
        {
            foreach (string topic in topics)
            {
                if (Read(kafka, topic, false, records, logger, cancel) is { } failure) return BrokerFailure.Report(kafka, failure, errors);
            }

            return ExitCode.Fine;
        }

        // One that fails ends the others: what is shown must not be half of what was asked for, in silence.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        KafkaFailure? first = null;
        await Task.WhenAll(topics.Select(topic => Task.Factory.StartNew(() =>
        {
            try
            {
                if (Read(kafka, topic, true, records, logger, stop.Token) is not { } failure) return;
                Interlocked.CompareExchange(ref first, failure, null);
                stop.Cancel();
            }
            catch (OperationCanceledException)
            {
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))).ConfigureAwait(false);
        return first is null ? ExitCode.Fine : BrokerFailure.Report(kafka, first, errors);
    }

    private static KafkaFailure? Read(KafkaSettings kafka, string topic, bool follow, JsonRecords records, ILogger logger, CancellationToken cancel)
    {
        using LogTail? tail = LogTail.Topic(kafka, topic, follow, logger, out KafkaFailure? failure);
        if (tail is null) return failure;
        while (tail.TryRead(out LogRecord record, cancel)) records.Write(record);
        return tail.Failure;
    }
}
