using System.Diagnostics;
using Confluent.Kafka;
using DriftStream.Host.History;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>Reads what pages show from the topics into the store: what is committed, from where the store stands.</summary>
internal sealed class WebStage : IDisposable
{
    private const int Batch = 1000, BatchBytes = 16 << 20;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(200), Patience = TimeSpan.FromSeconds(30), Look = TimeSpan.FromSeconds(30);

    private readonly PlanBook _plans;
    private readonly Metrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KafkaSettings _kafka;
    private readonly TopicNames _topics;
    private readonly Duration _keep;
    private readonly HistoryWriter _writer;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly Dictionary<(string Topic, int Partition), (long Start, long End)> _backlog = [];
    private readonly HashSet<(string, int)> _reached = [];
    private HashSet<string> _owners = [];
    private long _looked, _began, _read;
    private bool _told;

    public WebStage(PlanBook plans, HistoryStore store, Metrics metrics, TimeProvider time, ILogger logger)
    {
        _metrics = metrics;
        DriftPlan plan = plans.Newest!;
        (_plans, _time, _logger, _kafka, _keep) = (plans, time, logger, plan.Kafka, plan.Web.Keep);
        _topics = new TopicNames(plan.Topics.Prefix);
        _writer = new HistoryWriter(store, _topics, _keep, time, logger);
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Reader(_kafka)).LogTo(logger).Build();
    }

    /// <summary>Reads until cancelled (null) or until something fails.</summary>
    public KafkaFailure? Run(RoleHealth health, CancellationToken cancel)
    {
        _began = _time.GetTimestamp();
        while (!cancel.IsCancellationRequested)
        {
            health.Tick();
            try
            {
                if (Assign(health) is { } failure) return failure;
                var (records, positions) = Next(cancel);
                if (positions.Count > 0 && !_writer.TryWrite(records, positions))
                    return new KafkaFailure(KafkaErrorKind.Refused, "the store was broken: what pages show is read again");
                _read += records.Count;
            }
            catch (KafkaException e) when (KafkaFailure.KindOf(e.Error.Code) == KafkaErrorKind.OffsetGone)
            {
                // Retention took what was not read yet, or the topic was made again: what is there is read from its beginning.
                _looked = 0;
                _owners = [];
            }
            catch (KafkaException e)
            {
                return KafkaFailure.From(e.Error, "reading what pages show");
            }
            catch (IOException e)
            {
                return new KafkaFailure(KafkaErrorKind.Refused, e.Message);
            }

            Say(health);
        }

        return null;
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    // Owners come and go with plans, and their topics may be made later.
    private KafkaFailure? Assign(RoleHealth health)
    {
        if (_looked != 0 && _time.GetElapsedTime(_looked) < Look && _owners.SetEquals(_plans.Newest!.Owners.Keys)) return null;
        _looked = _time.GetTimestamp();
        _owners = [.. _plans.Newest!.Owners.Keys];
        var positions = _writer.Positions();
        var wanted = new List<TopicPartitionOffset>();
        string[] topics =
            [_topics.Plan, .. _owners.SelectMany(o => new[] { _topics.AnswersOf(o), _topics.AlertsOf(o) }), _topics.Actions, _topics.Desk, _topics.Verdicts];
        foreach (string topic in topics)
        {
            health.Tick();
            int partitions = Partitions.Of(_kafka, topic, Patience, _logger, out KafkaFailure? failure);
            bool ofOwner = topic.StartsWith(_topics.AlertsOf(""), StringComparison.Ordinal)
                || topic.StartsWith(_topics.AnswersOf(""), StringComparison.Ordinal);
            // One owner's topic that is missing is that owner's loss. Without the desks' log, which pages did not read before, symptoms are as they were told.
            bool isNeeded = !ofOwner && topic != _topics.Desk;
            if (failure is not null && (isNeeded || failure.Kind is not (KafkaErrorKind.Missing or KafkaErrorKind.Denied))) return failure;
            for (int p = 0; p < partitions; p++) wanted.Add(Start(new TopicPartition(topic, p), positions.GetValueOrDefault((topic, p), -1)));
        }

        if (wanted.Select(w => w.TopicPartition).ToHashSet().SetEquals(_consumer.Assignment)) return null;
        _consumer.Assign(wanted);
        return null;
    }

    private TopicPartitionOffset Start(TopicPartition partition, long next)
    {
        WatermarkOffsets there = _consumer.QueryWatermarkOffsets(partition, Patience);
        // Fewer than were read: the topic was made again. Fewer than that: retention took them, or nothing of it was read yet.
        if (next > there.High || next < there.Low) next = Oldest(partition, there);
        (string, int) key = (partition.Topic, partition.Partition.Value);
        if (!_backlog.ContainsKey(key)) _backlog[key] = (next, there.High);
        return new TopicPartitionOffset(partition, next);
    }

    // Of what is kept for a year only what pages show. Answers and plans are few, and old ones may still hold.
    private long Oldest(TopicPartition partition, WatermarkOffsets there)
    {
        if (partition.Topic == _topics.Plan || partition.Topic.StartsWith(_topics.AnswersOf(""), StringComparison.Ordinal)) return there.Low;
        long since = (EventTime.From(_time.GetUtcNow().UtcDateTime) - _keep).Microseconds / 1000;
        try
        {
            Offset found = _consumer.OffsetsForTimes([new(partition, new Timestamp(since, TimestampType.CreateTime))], Patience)[0].Offset;
            return found.IsSpecial ? there.Low : found.Value;
        }
        catch (KafkaException e) when (KafkaFailure.KindOf(e.Error.Code) == KafkaErrorKind.Refused)
        {
            return there.Low; // a broker without an index of times
        }
    }

    private (List<LogRecord> Records, Dictionary<(string, int), long> Positions) Next(CancellationToken cancel)
    {
        var records = new List<LogRecord>();
        var positions = new Dictionary<(string, int), long>();
        int bytes = 0;
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Turn && records.Count < Batch && bytes < BatchBytes;)
        {
            if (cancel.IsCancellationRequested) break;
            ConsumeResult<byte[]?, byte[]?>? result;
            try
            {
                result = _consumer.Consume(Turn);
            }
            catch (ConsumeException e) when (!e.Error.IsFatal && KafkaFailure.KindOf(e.Error.Code) == KafkaErrorKind.Unreachable)
            {
                _logger.Consuming(e.Error);
                break;
            }

            if (result is null) break;
            (string, int) key = (result.Topic, result.Partition.Value);
            if (result.IsPartitionEOF)
            {
                _reached.Add(key);
                continue;
            }

            bytes += result.Message.Value?.Length ?? 0;
            records.Add(LogRecord.Of(result));
            positions[key] = result.Offset + 1;
            if (_backlog.TryGetValue(key, out var of)) _backlog[key] = (of.Start, Math.Max(of.End, result.Offset + 1));
        }

        return (records, positions);
    }

    // By the ends that the last fetches told of: nobody is asked.
    private long Lag() => _consumer.Assignment.Sum(p =>
    {
        long end = _consumer.GetWatermarkOffsets(p).High.Value, next = _consumer.Position(p).Value;
        return end >= 0 && next >= 0 ? Math.Max(0, end - next) : 0;
    });

    private void Say(RoleHealth health)
    {
        _metrics.WebLag(Lag());
        if (_backlog.Keys.All(_reached.Contains))
        {
            health.Ready($"showing {_backlog.Count} partitions");
            if (!_told) _logger.PagesShow(_read, Math.Round(_time.GetElapsedTime(_began).TotalSeconds, 1));
            _told = true;
            return;
        }

        long all = _backlog.Values.Sum(b => b.End - b.Start);
        health.NotReady($"reading what pages show: {Math.Min(99, _read * 100 / Math.Max(1, all))} % of about {all} records");
    }
}
