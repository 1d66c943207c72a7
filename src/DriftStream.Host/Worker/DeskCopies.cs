using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using DriftStream.Desk;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// Copies into the desks' logs what comes from outside: answers, newer plans, and the time. One record at a time, each acknowledged before the next, so
/// that a failure leaves no gap. Single-threaded.
/// </summary>
/// <remarks>
/// The time is copied only where something is due, once everything that was said before it has been copied: so whoever has answered in time is heard, even
/// if the desk was down. Copies of a desk that has lost its partition are harmless: the fold knows what it has heard.
/// </remarks>
internal sealed class DeskCopies : IDisposable
{
    /// <summary>How far the clocks of this worker and of the brokers may be apart, unless somebody knows better.</summary>
    public static readonly Duration ClockDifference = Duration.FromSeconds(5);

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1), LookAgain = TimeSpan.FromSeconds(10), Patience = TimeSpan.FromSeconds(5);

    private readonly DriftPlan _plan;
    private readonly PlanBook _plans;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly WorkerStatus _status;
    private readonly TopicNames _topics;
    private readonly Duration _clockDifference;
    private readonly AckedProducer _producer;
    private readonly AnswersReader _answers;
    // The names under which the fold knows topics that were made again.
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private DriftPlan? _followed;
    private bool _follow = true, _someMissing;
    private long _looked, _passed;

    public DeskCopies(PlanBook plans, WorkerStatus status, TimeProvider time, Duration clockDifference, ILogger logger)
    {
        (_plan, _plans, _status, _time, _logger) = (plans.Own, plans, status, time, logger);
        _clockDifference = clockDifference;
        _topics = new TopicNames(_plan.Topics.Prefix);
        _producer = new AckedProducer(_plan.Kafka, logger);
        _answers = new AnswersReader(_plan.Kafka, logger);
    }

    /// <summary>A topic of answers that may not be read, or null.</summary>
    public string? Denied => _answers.Denied;

    /// <summary>What each desk has heard is no longer what it was: its answers are read from there.</summary>
    public void Begin() => _follow = true;

    /// <summary>Copies what is there to be copied.</summary>
    /// <returns>Null, or why no copy can be made any more.</returns>
    public KafkaFailure? Pass(IReadOnlyCollection<DeskPartition> desks, CancellationToken cancel)
    {
        if (desks.Count == 0 || !Follow(desks)) return null;
        if (Hear(desks, TimeSpan.Zero, cancel) is { } failure) return failure;
        if (_passed != 0 && _time.GetElapsedTime(_passed) < Pace) return null;
        _passed = _time.GetTimestamp();
        return Plans(desks, cancel) ?? Time(desks, cancel);
    }

    public void Dispose()
    {
        _answers.Dispose();
        _producer.Dispose();
    }

    // The topics of the newest plan's owners, each from the least that any desk has heard of it. False while the broker does not say how far they go.
    private bool Follow(IReadOnlyCollection<DeskPartition> desks)
    {
        DriftPlan newest = _plans.Newest ?? _plan;
        bool again = _someMissing && _time.GetElapsedTime(_looked) > LookAgain;
        if (!_follow && ReferenceEquals(newest, _followed) && !again) return true;
        _looked = _time.GetTimestamp();
        string[] topics = [.. newest.Owners.Keys.Select(_topics.AnswersOf)];
        if (_answers.Ends(topics) is not { } ends) return false;
        _names.Clear();
        var from = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach ((string topic, long end) in ends)
        {
            string name = NameOf(topic, end, desks);
            _names.Add(topic, name);
            from.Add(topic, desks.Min(d => d.Copied.GetValueOrDefault(name)));
        }

        _someMissing = ends.Count < topics.Length;
        _answers.Follow(from);
        (_followed, _follow) = (newest, false);
        return true;
    }

    // A topic whose end lies before what was heard of it was made again: its offsets begin anew.
    private static string NameOf(string topic, long end, IReadOnlyCollection<DeskPartition> desks)
    {
        string name = topic;
        for (int made = 2; ; made++)
        {
            long heard = desks.Max(d => d.Copied.GetValueOrDefault(name));
            string next = $"{topic}#{made}";
            if (heard <= end && !desks.Any(d => d.Copied.ContainsKey(next))) return name;
            name = next;
        }
    }

    private KafkaFailure? Hear(IReadOnlyCollection<DeskPartition> desks, TimeSpan wait, CancellationToken cancel)
    {
        while (_answers.Read(wait) is { } read)
        {
            if (Copy(read, desks, cancel) is { } failure) return failure;
        }

        return null;
    }

    private KafkaFailure? Copy(in LogRecord read, IReadOnlyCollection<DeskPartition> desks, CancellationToken cancel)
    {
        // A tombstone erases what was said, not that it was.
        if (read.Value is not { } value) return null;
        string name = _names[read.Topic];
        int partitions = _plan.Engine.CountsPartitions;
        if (AnswerJson.Read(value, out ImmutableArray<string> findings) is not { } answer)
        {
            int index = CountsPartition.Of(read.Topic, partitions);
            DeskPartition? teller = desks.FirstOrDefault(d => d.Index == index);
            return teller is null || teller.Copied.GetValueOrDefault(name) > read.Offset ? null : Refuse(read, teller, name, findings, cancel);
        }

        string owner = read.Topic[_topics.AnswersOf("").Length..];
        foreach (DeskPartition desk in desks)
        {
            if (desk.Copied.GetValueOrDefault(name) > read.Offset) continue;
            if (answer.IsOfOneModel && desk.Index != CountsPartition.Of(answer.Model!, partitions)) continue;
            bool replies = answer.IsOfOneModel || desk.Index == CountsPartition.Of(answer.Id, partitions);
            if (Send(desk, new AnswerHeard(new AnswerPlace(name, read.Offset), owner, read.Timestamp, answer, replies), cancel) is { } failure) return failure;
            desk.Copied[name] = read.Offset + 1;
        }

        return null;
    }

    // No desk can hear it; whoever wrote it may read why.
    private KafkaFailure? Refuse(in LogRecord read, DeskPartition teller, string name, ImmutableArray<string> findings, CancellationToken cancel)
    {
        string why = string.Join("; ", findings);
        _logger.AnswerUnreadable(read.Topic, read.Offset, why);
        _status.Metrics.Answer(read.Topic[_topics.AnswersOf("").Length..], "rejected");
        teller.Copied[name] = read.Offset + 1;
        var record = new OutgoingRecord(_topics.Rejects, null, Encoding.UTF8.GetBytes(read.Topic), RejectJson.OfAnswer(read.Topic, read.Offset, why));
        return _producer.Send(record, cancel) ?? _producer.Barrier(cancel);
    }

    private KafkaFailure? Plans(IReadOnlyCollection<DeskPartition> desks, CancellationToken cancel)
    {
        if (_plans.Newest is not { } newest) return null;
        foreach (DeskPartition desk in desks.Where(d => Math.Max(d.PlanCopied, d.Desk.Epoch) < newest.Epoch))
        {
            if (Send(desk, new PlanHeard(newest.Epoch, newest.Hash), cancel) is { } failure) return failure;
            desk.PlanCopied = newest.Epoch;
        }

        return null;
    }

    private KafkaFailure? Time(IReadOnlyCollection<DeskPartition> desks, CancellationToken cancel)
    {
        EventTime upto = EventTime.From(_time.GetUtcNow().UtcDateTime) - _clockDifference;
        DeskPartition[] due = [.. desks.Where(d => d.HasReachedEnd && !d.IsTicking && d.Desk.NextDue < upto)];
        if (due.Length == 0) return null;
        string[] topics = [.. (_followed ?? _plan).Owners.Keys.Select(_topics.AnswersOf)];
        if (_answers.Ends(topics) is not { } ends) return null;
        // A topic that is new, or was made again: it is read first, and time waits.
        if (!_answers.Follows(ends))
        {
            _follow = true;
            return null;
        }

        for (long began = Stopwatch.GetTimestamp(); !_answers.HasReached(ends);)
        {
            cancel.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(began) > Patience) return null;
            if (Hear(desks, TimeSpan.FromMilliseconds(20), cancel) is { } failure) return failure;
        }

        foreach (DeskPartition desk in due)
        {
            if (Send(desk, new TimeHeard(upto), cancel) is { } failure) return failure;
            desk.IsTicking = true;
        }

        return null;
    }

    private KafkaFailure? Send(DeskPartition desk, IDeskRecord record, CancellationToken cancel) =>
        _producer.Send(new OutgoingRecord(_topics.Desk, desk.Index, null, DeskCodec.Write(record)), cancel) ?? _producer.Barrier(cancel);
}
