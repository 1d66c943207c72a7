using DriftStream.Frames;
using DriftStream.Kernels.Gpu;
using Prometheus;

namespace DriftStream.Host.Observability;

/// <summary>Every metric of this process: names, labels and help stand here and nowhere else.</summary>
/// <remarks>
/// Totals are what this process did: a segment counted again after a restart is counted here again. Labels are bounded: fates,
/// statuses and kinds are enums, owners stand in the configuration, partitions are forgotten when they leave. Thread-safe.
/// </remarks>
public sealed class Metrics
{
    private const string Prefix = "driftstream_";
    private readonly MetricFactory _make;

    private readonly Counter _rowsIn, _payloadBytes, _segments, _flushes, _frames, _frameBytes, _entries;
    private readonly Counter.Child _counted, _late, _future, _rejected, _unowned, _overtaken, _read, _unreadable, _tombstones;
    private readonly Counter _gpuValues;
    private readonly Counter _verdicts, _alerts, _undeliverable, _kafkaFailures, _rebalances, _faults;
    private readonly Gauge _unaccounted, _watermark, _lag, _openWindows, _openPanes, _judgeLag, _payloads, _epoch, _reloaded, _reloadedAt;
    private readonly Histogram _flushSeconds;

    public Metrics()
    {
        Registry = Prometheus.Metrics.NewCustomRegistry();
        _make = Prometheus.Metrics.WithCustomRegistry(Registry);
        _rowsIn = Total("rows_in_total", "Rows read from source topics.");
        // Looking a label up allocates, and these are counted with every message.
        Counter rows = Total(
            "rows_total",
            "Rows by what became of them. Overtaken ones, which came after their window had closed, are among the counted ones too.",
            "fate");
        (_counted, _late, _future) = (rows.WithLabels("counted"), rows.WithLabels("late"), rows.WithLabels("future"));
        (_rejected, _unowned, _overtaken) = (rows.WithLabels("rejected"), rows.WithLabels("unowned"), rows.WithLabels("overtaken"));
        Counter messages = Total("messages_total", "Messages of source topics: read, unreadable or tombstone.", "fate");
        (_read, _unreadable, _tombstones) = (messages.WithLabels("read"), messages.WithLabels("unreadable"), messages.WithLabels("tombstone"));
        _payloadBytes = Total("payload_bytes_total", "Bytes of message values read.");
        _segments = Total("segments_total", "Segments finished.");
        _flushes = Total("flushes_total", "Flushes acknowledged by every counts partition.");
        _frames = Total("frames_total", "Frames written.");
        _frameBytes = Total("frame_bytes_total", "Bytes of frames written, before compression.");
        _entries = Total("entries_total", "Entries in the frames written.");
        _gpuValues = Total("gpu_values_total", "Values that were sent to a GPU to be counted; those that the CPU counted are not in it.");
        _verdicts = Total("verdicts_total", "Closed windows by judgement.", "judgement");
        _alerts = Total("alerts_total", "Alerts written, by owner and status.", "owner", "status");
        _undeliverable = Total("undeliverable_total", "Alerts that an owner's topic did not take.", "owner");
        _kafkaFailures = Total("kafka_failures_total", "Failed Kafka calls and records, by what to do about them.", "kind");
        _rebalances = Total("rebalances_total", "Changes of the partitions assigned to this process.");
        _faults = Total("faults_total", "Exceptions that ended in the rows or the window of one model, by step; each is a bug.", "step");
        _unaccounted = Now("unaccounted_rows", "Rows read less rows with a fate or open; anything but 0 is a bug.");
        _watermark = Now("watermark_seconds", "Largest accepted event time of a partition, in seconds since 1970.", "topic", "partition");
        _lag = Now("lag_records", "End of a partition less the next offset to be read.", "topic", "partition");
        _openWindows = Now("open_windows", "Windows that hold rows and are not closed.");
        _openPanes = Now("open_panes", "Panes that hold rows and are not sealed.");
        _judgeLag = Now("judge_lag_records", "End of a counts partition less the judge's next offset.", "partition");
        _payloads = Now("payloads_in_use", "Message buffers rented and not returned.");
        _epoch = Now("plan_epoch", "Offset in the plan topic of the plan that runs.");
        _reloaded = Now("config_last_reload_successful", "Whether the configuration, when it was last read, was a plan without errors.");
        _reloadedAt = Now("config_last_reload_success_timestamp_seconds", "When the configuration was last read without errors, in seconds since 1970.");
        _flushSeconds = _make.CreateHistogram(Prefix + "flush_seconds", "From the first frame of a flush to its last acknowledgement.",
            new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.001, 4, 9) });
    }

    /// <summary>What <c>/metrics</c> shows.</summary>
    public CollectorRegistry Registry { get; }

    /// <summary>Rows of source topics that this process has read and decided.</summary>
    public long RowsIn => (long)_rowsIn.Value;

    /// <summary>Adds what a counter decided about rows and messages.</summary>
    public void Count(in FateCounts fates, long payloadBytes)
    {
        _rowsIn.Inc(fates.Rows);
        _counted.Inc(fates.Counted);
        _late.Inc(fates.Late);
        _future.Inc(fates.Future);
        _rejected.Inc(fates.Rejected);
        _unowned.Inc(fates.Unowned);
        _read.Inc(fates.Messages - fates.Unreadable - fates.Tombstones);
        _unreadable.Inc(fates.Unreadable);
        _tombstones.Inc(fates.Tombstones);
        _payloadBytes.Inc(payloadBytes);
    }

    /// <summary>Adds rows that came for a sealed pane: their counter called them counted, and they are in no window.</summary>
    public void Overtaken(long rows) => _overtaken.Inc(rows);

    public void Unaccounted(long rows) => _unaccounted.Set(rows);

    public void SegmentFinished() => _segments.Inc();

    public void Flushed(int frames, long frameBytes, long entries, TimeSpan took)
    {
        _flushes.Inc();
        _frames.Inc(frames);
        _frameBytes.Inc(frameBytes);
        _entries.Inc(entries);
        _flushSeconds.Observe(took.TotalSeconds);
    }

    /// <param name="watermark">Microseconds since 1970.</param>
    public void Partition(string topic, int partition, long watermark, long lagRecords)
    {
        string number = partition.ToString();
        _watermark.WithLabels(topic, number).Set(watermark / 1e6);
        _lag.WithLabels(topic, number).Set(lagRecords);
    }

    /// <summary>A source partition that another process has now.</summary>
    public void Forget(string topic, int partition)
    {
        string number = partition.ToString();
        _watermark.RemoveLabelled(topic, number);
        _lag.RemoveLabelled(topic, number);
    }

    public void Rebalanced() => _rebalances.Inc();

    public void Open(int windows, int panes)
    {
        _openWindows.Set(windows);
        _openPanes.Set(panes);
    }

    public void JudgeLag(int countsPartition, long records) => _judgeLag.WithLabels(countsPartition.ToString()).Set(records);

    /// <summary>A counts partition that another process has now.</summary>
    public void ForgetJudge(int countsPartition) => _judgeLag.RemoveLabelled(countsPartition.ToString());

    public void Verdict(string judgement) => _verdicts.WithLabels(judgement).Inc();

    public void Alert(string owner, string status) => _alerts.WithLabels(owner, status).Inc();

    public void Undeliverable(string owner) => _undeliverable.WithLabels(owner).Inc();

    /// <param name="kind">Of few.</param>
    public void Failed(string kind) => _kafkaFailures.WithLabels(kind).Inc();

    public void Fault(string step) => _faults.WithLabels(step).Inc();

    public void PlanEpoch(long epoch) => _epoch.Set(epoch);

    /// <summary>The configuration was read.</summary>
    /// <param name="at">When it was a plan without errors; null where it was refused.</param>
    public void ConfigRead(DateTimeOffset? at)
    {
        _reloaded.Set(at is null ? 0 : 1);
        if (at is { } time) _reloadedAt.Set(time.ToUnixTimeMilliseconds() / 1e3);
    }

    /// <summary>Asks for the message buffers in use whenever the metrics are read.</summary>
    public void WatchPayloads(Func<long> inUse) => Registry.AddBeforeCollectCallback(() => _payloads.Set(inUse()));

    /// <summary>Reads what a GPU was sent whenever the metrics are read.</summary>
    public void Watch(GpuCounter gpu) => Registry.AddBeforeCollectCallback(() => _gpuValues.IncTo(gpu.ValuesSent));

    private Counter Total(string name, string help, params string[] labels) => _make.CreateCounter(Prefix + name, help, labels);

    private Gauge Now(string name, string help, params string[] labels) => _make.CreateGauge(Prefix + name, help, labels);
}
