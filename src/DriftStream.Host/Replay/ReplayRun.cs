using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Replay;

/// <summary>What is sent, where and how fast.</summary>
/// <param name="Rate">Rows a second, or null for as fast as the broker takes them.</param>
/// <param name="Format">How messages are written.</param>
/// <param name="KeyColumn">The rows of a message share its value; null: messages go to one partition after the other.</param>
internal sealed record ReplaySettings(
    KafkaSettings Kafka,
    string Topic,
    int RowsPerMessage,
    double? Rate,
    string? KeyColumn,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    MessageFormat Format,
    ArrowCompression Compression);

/// <summary>What was sent and acknowledged.</summary>
/// <param name="LeftOut">How many values JSON cannot hold: NaN and infinities.</param>
internal sealed record ReplayResult(long Rows, long Messages, int Partitions, double Seconds, long LeftOut);

/// <summary>Sends the rows of a file, which is in memory as a whole: the dictionaries of all messages are the same.</summary>
internal sealed class ReplayRun(ReplaySettings settings, IReadOnlyList<Batch> batches, ILogger logger)
{
    /// <summary>Called now and then with the rows handed to the client so far, and with all rows.</summary>
    public Action<long, long>? Progress { get; init; }

    /// <returns>Null with a failure; what was sent before it may be in the topic.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; what was sent before may be in the topic.</exception>
    public ReplayResult? Run(out KafkaFailure? failure, CancellationToken cancel)
    {
        int partitions = Partitions.Of(settings.Kafka, settings.Topic, TimeSpan.FromSeconds(20), logger, out failure);
        if (failure is not null) return null;
        IMessageWriter writer = MessageWriters.Of(settings.Format, batches, settings.Compression);
        long all = batches.Sum(b => (long)b.Rows);
        Headers headers = [];
        foreach ((string name, string value) in settings.Headers) headers.Add(name, Encoding.UTF8.GetBytes(value));
        using var producer = new AckedProducer(settings.Kafka, logger);
        long since = Stopwatch.GetTimestamp(), rows = 0, sent = 0;
        foreach (ReplayMessage message in settings.KeyColumn is { } key
            ? ReplayRows.ByKey(batches, key, settings.RowsPerMessage)
            : ReplayRows.InOrder(batches, settings.RowsPerMessage))
        {
            int? partition = message.Key is null ? (int)(sent % partitions) : null;
            failure = producer.Send(new OutgoingRecord(settings.Topic, partition, message.Key, writer.Write(message.Rows), Headers: headers), cancel);
            if (failure is not null) return null;
            sent++;
            rows += message.RowCount;
            Progress?.Invoke(rows, all);
            Pace(rows, since, cancel);
        }

        failure = producer.Barrier(cancel);
        if (failure is not null) return null;
        return new ReplayResult(rows, sent, partitions, Stopwatch.GetElapsedTime(since).TotalSeconds, writer.LeftOut);
    }

    private void Pace(long rows, long since, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (settings.Rate is not { } rate) return;
        TimeSpan ahead = TimeSpan.FromSeconds(rows / rate) - Stopwatch.GetElapsedTime(since);
        if (ahead > TimeSpan.Zero && cancel.WaitHandle.WaitOne(ahead)) cancel.ThrowIfCancellationRequested();
    }
}
