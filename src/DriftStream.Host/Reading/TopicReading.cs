using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Reading;

/// <summary>Reads topics of JSON records for a command: to their ends, or on without end.</summary>
internal sealed class TopicReading(KafkaSettings kafka, JsonRecords records, ILogger logger)
{
    /// <returns>Why it ended too early, or null. Being told to stop following is no failure.</returns>
    public async Task<KafkaFailure?> RunAsync(IReadOnlyList<string> topics, bool follow, CancellationToken cancel)
    {
        if (!follow)
        {
            foreach (string topic in topics)
            {
                if (Read(topic, false, cancel) is { } failure) return failure;
            }

            return null;
        }

        // A topic that fails ends the others: half of what was asked for must not be shown without a word.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        KafkaFailure? first = null;
        await Task.WhenAll(topics.Select(topic => Task.Factory.StartNew(() =>
        {
            try
            {
                if (Read(topic, true, stop.Token) is not { } failure) return;
                Interlocked.CompareExchange(ref first, failure, null);
                stop.Cancel();
            }
            catch (OperationCanceledException)
            {
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))).ConfigureAwait(false);
        return first;
    }

    private KafkaFailure? Read(string topic, bool follow, CancellationToken cancel)
    {
        using LogTail? tail = LogTail.Topic(kafka, topic, follow, logger, out KafkaFailure? failure);
        if (tail is null) return failure;
        while (tail.TryRead(out LogRecord record, cancel)) records.Write(record);
        return tail.Failure;
    }
}
