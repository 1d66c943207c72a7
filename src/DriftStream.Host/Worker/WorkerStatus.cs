using System.Collections.Concurrent;
using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Desk;
using DriftStream.Frames;
using DriftStream.Host.Observability;
using DriftStream.Joins;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Host.Worker;

/// <summary>Where a counter stands on one partition.</summary>
/// <param name="Upto">The offset after the last message counted.</param>
/// <param name="End">The end of the partition when it was last reached, or <see cref="SourceOffset.None"/>.</param>
/// <param name="Segment">Start of the open segment.</param>
/// <param name="Watermark">Largest event time accepted.</param>
/// <param name="Fates">Fates of all rows since this worker took the partition over.</param>
public sealed record CounterProgress(SourcePartition Source, SourceOffset Upto, SourceOffset End, SourceOffset Segment, EventTime Watermark, FateCounts Fates);

/// <summary>Where a judge stands on one counts partition.</summary>
/// <param name="Next">The next counts offset.</param>
/// <param name="Accounts">Rows of every source partition by fate.</param>
/// <param name="OpenPanes">Panes not sealed.</param>
/// <param name="OpenWindows">Windows that hold a row and are not closed.</param>
public sealed record JudgeProgress(int Partition, long Next, IReadOnlyList<SourceAccount> Accounts, int OpenPanes, int OpenWindows);

/// <summary>Where a joiner stands on one partition of <c>joins</c>.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="Lag">Records that are still to be joined.</param>
/// <param name="Remembered">Ids that are remembered.</param>
/// <param name="MemoryBytes">Bytes of the table of these in memory.</param>
/// <param name="FileBytes">Bytes of it in files.</param>
/// <param name="Models">How far it has come with each model.</param>
public sealed record JoinStand(int Partition, long Lag, int Remembered, long MemoryBytes, long FileBytes, ImmutableArray<JoinProgress> Models);

/// <summary>What the stages of a worker say about themselves: read by the metrics and the demo. Thread-safe.</summary>
public sealed class WorkerStatus(TimeProvider time) : IDisposable
{
    private long _verdicts, _windows, _heard, _alerts, _delivered;

    public Metrics Metrics { get; } = new();

    public Health Health { get; } = new(time);

    public ConcurrentDictionary<SourcePartition, CounterProgress> Counters { get; } = new();

    public ConcurrentDictionary<int, JoinStand> Joins { get; } = new();

    public ConcurrentDictionary<int, JudgeProgress> Judges { get; } = new();

    /// <summary>Verdicts written.</summary>
    public long Verdicts => Interlocked.Read(ref _verdicts);

    /// <summary>Windows that judges told the desks of.</summary>
    public long Windows => Interlocked.Read(ref _windows);

    /// <summary>Windows that desks have heard of.</summary>
    public long WindowsHeard => Interlocked.Read(ref _heard);

    /// <summary>Alerts and replies that desks wrote.</summary>
    public long Alerts => Interlocked.Read(ref _alerts);

    /// <summary>Alerts that left the delivery stage, with undeliverable ones.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <param name="partition">The counts partition.</param>
    /// <param name="output">What its judge says.</param>
    public void Judged(int partition, JudgeOutput output)
    {
        Interlocked.Add(ref _verdicts, output.Verdicts.Length);
        Interlocked.Add(ref _windows, output.Windows.Count);
        foreach (Verdict verdict in output.Verdicts)
        {
            Metrics.Verdict(verdict.Judgement.ToString().ToLowerInvariant());
            Metrics.Models.Judged(partition, verdict);
        }
    }

    /// <param name="windows">How many windows the desk has heard of: 0 or 1.</param>
    /// <param name="output">What it says.</param>
    public void Told(int windows, DeskOutput output)
    {
        Interlocked.Add(ref _heard, windows);
        Interlocked.Add(ref _alerts, output.Alerts.Length + output.Replies.Length);
        foreach (DeskAlert alert in output.Alerts) Metrics.Alert(alert.Owner.Id, alert.Status.ToString().ToLowerInvariant());
        foreach (Reply reply in output.Replies) Metrics.Answer(reply.Owner, reply.Outcome.ToString().ToLowerInvariant());
        foreach (string owner in output.Missed) Metrics.DeadlineMissed(owner);
    }

    /// <summary>Tells the metrics where the joiners of this worker stand.</summary>
    public void TellJoins()
    {
        JoinStand[] stands = [.. Joins.Values];
        Metrics.Joined([.. stands.Select(s => (s.Partition, s.Lag))], stands.Sum(s => (long)s.Remembered), stands.SelectMany(s => s.Models));
        Metrics.JoinTables(stands.Sum(s => s.MemoryBytes), stands.Sum(s => s.FileBytes));
    }

    public void AddDelivered(int alerts) => Interlocked.Add(ref _delivered, alerts);

    public void Dispose() => Metrics.Dispose();
}
