using System.Collections.Concurrent;
using DriftStream.Frames;
using DriftStream.Windows;

namespace DriftStream.Host.Worker;

/// <summary>Where a counter stands on one partition.</summary>
/// <param name="Upto">The offset after the last message counted.</param>
/// <param name="End">The end of the partition when it was last reached, or -1.</param>
/// <param name="Segment">Start of the open segment.</param>
/// <param name="Watermark">Largest event time accepted.</param>
/// <param name="Fates">Since this worker took the partition over.</param>
public sealed record CounterProgress(SourcePartition Source, long Upto, long End, long Segment, long Watermark, FateCounts Fates);

/// <summary>Where a judge stands on one counts partition.</summary>
/// <param name="Next">The next counts offset.</param>
/// <param name="Accounts">Rows of every source partition by fate.</param>
/// <param name="OpenPanes">Panes not sealed.</param>
public sealed record JudgeProgress(int Partition, long Next, IReadOnlyList<SourceAccount> Accounts, int OpenPanes);

/// <summary>How a stage is.</summary>
public enum StageHealth { Starting, Running, Waiting, Failed, Stopped }

/// <summary>What the stages of a worker say about themselves: read by the health pages, the metrics and the demo. Thread-safe.</summary>
public sealed class WorkerStatus
{
    private long _rejects, _verdicts, _alerts, _delivered, _undeliverable;

    public ConcurrentDictionary<SourcePartition, CounterProgress> Counters { get; } = new();

    public ConcurrentDictionary<int, JudgeProgress> Judges { get; } = new();

    /// <summary>By stage name: its health, and why where that is not obvious.</summary>
    public ConcurrentDictionary<string, (StageHealth Health, string Detail)> Stages { get; } = new();

    public long Rejects => Interlocked.Read(ref _rejects);

    public long Verdicts => Interlocked.Read(ref _verdicts);

    public long Alerts => Interlocked.Read(ref _alerts);

    public long Delivered => Interlocked.Read(ref _delivered);

    public long Undeliverable => Interlocked.Read(ref _undeliverable);

    public void AddRejects(int count) => Interlocked.Add(ref _rejects, count);

    public void AddVerdicts(int count) => Interlocked.Add(ref _verdicts, count);

    public void AddAlerts(int count) => Interlocked.Add(ref _alerts, count);

    public void AddDelivered(int count) => Interlocked.Add(ref _delivered, count);

    public void AddUndeliverable(int count) => Interlocked.Add(ref _undeliverable, count);
}
