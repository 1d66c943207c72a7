using System.Diagnostics.Metrics;
using System.Globalization;
using System.Reflection;
using DriftStream.Frames;
using DriftStream.Joins;
using DriftStream.Kernels.Gpu;
using DriftStream.Time;

namespace DriftStream.Host.Observability;

/// <summary>Every metric of this process: names, labels and help stand here, those of models in <see cref="ModelMetrics"/>, and nowhere else.</summary>
/// <remarks>
/// Totals are what this process did: a segment counted again after a restart is counted here again. Labels are bounded: fates,
/// statuses and kinds are enums, owners stand in the configuration, partitions are forgotten when they leave. Thread-safe.
/// <para>Readers ask the instruments of <see cref="Meter"/>: <c>/metrics</c> through <see cref="Text"/>, a collector through
/// <see cref="OtlpExport"/>. Only the time of a flush is told without being asked for, so that counting costs the same whoever listens.</para>
/// </remarks>
public sealed class Metrics : IDisposable
{
    /// <summary>The name of the meter, and of the service unless the environment names it.</summary>
    internal const string Name = "driftstream";

    private const string Prefix = Name + "_";

    /// <summary>Upper bounds in seconds: 1 ms to 65 s.</summary>
    private static readonly double[] FlushBuckets = [.. Enumerable.Range(0, 9).Select(i => 0.001 * Math.Pow(4, i))];

    private readonly PrometheusText _text;
    private readonly Value _rowsIn, _payloadBytes, _segments, _flushes, _frames, _frameBytes, _entries, _rebalances;
    private readonly Value _counted, _late, _future, _rejected, _unowned, _labels, _overtaken, _read, _unreadable, _tombstones;
    private readonly Value _unaccounted, _openWindows, _openPanes, _epoch, _reloaded, _reloadedAt;
    private readonly Values _answers, _deadlines, _episodes, _actions, _deskLag;
    private readonly HashSet<(string, string, string)> _episodesShown = [], _actionsShown = [];
    private readonly Values _joinedPredictions, _joinedLabels, _coverage, _labelLag, _joinLag, _joinTable, _snapshots;
    private readonly Values _webLag, _webRefused, _certificate;
    private readonly HashSet<string> _joinLags = [];
    private readonly Value _remembered, _snapshotTime;
    private readonly Values _verdicts, _alerts, _undeliverable, _kafkaFailures, _faults, _watermark, _lag, _judgeLag, _posted, _unposted, _webhookLag;
    private readonly Histogram<double> _flushSeconds;
    private Func<long>? _payloads;
    private GpuCounter? _gpu;

    public Metrics()
    {
        _rowsIn = Total("rows_in_total", "Rows read from source topics.").With();
        // Looking up a label takes time, and these are counted with every message; this also shows them before the first one.
        Values rows = Total(
            "rows_total",
            "Rows by what became of them. Overtaken ones, which came after their window had closed, are among the counted ones too.",
            "fate");
        (_counted, _late, _future) = (rows.With("counted"), rows.With("late"), rows.With("future"));
        (_rejected, _unowned, _overtaken) = (rows.With("rejected"), rows.With("unowned"), rows.With("overtaken"));
        _labels = rows.With("label");
        Values messages = Total("messages_total", "Messages of source topics: read, unreadable or tombstone.", "fate");
        (_read, _unreadable, _tombstones) = (messages.With("read"), messages.With("unreadable"), messages.With("tombstone"));
        _payloadBytes = Total("payload_bytes_total", "Bytes of message values read.").With();
        _segments = Total("segments_total", "Segments finished.").With();
        _flushes = Total("flushes_total", "Flushes acknowledged by every counts partition.").With();
        _frames = Total("frames_total", "Frames written.").With();
        _frameBytes = Total("frame_bytes_total", "Bytes of frames written, before compression.").With();
        _entries = Total("entries_total", "Entries in the frames written.").With();
        Meter.CreateObservableCounter(
            Prefix + "gpu_values_total", () => Volatile.Read(ref _gpu)?.ValuesSent ?? 0, null,
            "Values that were sent to a GPU to be counted; those that the CPU counted are not in it.");
        _verdicts = Total("verdicts_total", "Closed windows by judgement.", "judgement");
        _alerts = Total("alerts_total", "Alerts written, by owner and status.", "owner", "status");
        _answers = Total("answers_total", "Answers of owners by what became of them; rejected ones could not be read.", "owner", "outcome");
        _deadlines = Total("deadlines_missed_total", "Alerts that nobody answered in time, by the owner who had to.", "owner");
        _episodes = Now("episodes", "Open episodes of the desks that this process keeps.", "owner", "status", "severity");
        _actions = Now("actions", "Actions of the desks that this process keeps that are recommended or accepted.", "owner", "kind", "state");
        _deskLag = Now("desk_lag_records", "End of a partition of the desk topic less the desk's next offset.", "partition");
        _undeliverable = Total("undeliverable_total", "Alerts that an owner's topic did not take.", "owner");
        _posted = Total("webhook_delivered_total", "Alerts that a webhook took.", "owner", "webhook");
        _unposted = Total("webhook_undeliverable_total", "Alerts that a webhook refused, or did not take for a day.", "owner", "webhook");
        _webhookLag = Now("webhook_lag_records", "End of an owner's topic less the next offset that its webhook is not done with.", "owner", "webhook");
        _kafkaFailures = Total("kafka_failures_total", "Failed Kafka calls and records, by what to do about them.", "kind");
        _rebalances = Total("rebalances_total", "Changes of the partitions assigned to this process.").With();
        _faults = Total("faults_total", "Exceptions that ended in the rows or the window of one model, by step; each is a bug.", "step");
        _unaccounted = Now("unaccounted_rows", "Rows read less rows with a fate or open; anything but 0 is a bug.").With();
        _watermark = Now(
            "watermark_seconds", "Largest accepted event time of a partition, in seconds since 1970.", "topic", "partition", parts: 1e6);
        _lag = Now("lag_records", "End of a partition less the next offset to be read.", "topic", "partition");
        _joinedPredictions = Now(
            "join_predictions", "Predictions whose labels come later, by what became of them, of the partitions of joins that this process has.",
            "fate", "model");
        _joinedLabels = Now(
            "join_labels", "Labels that come later, by what became of them, of the partitions of joins that this process has.", "fate", "model");
        _coverage = Now("label_coverage_ratio", "Share of the predictions that have a label, of those for which none can come any more.", "model", parts: 1e6);
        _labelLag = Now("label_lag_seconds", "The time after their prediction by which that share of labels had come, to an eighth.", "model", "quantile");
        (_remembered, _joinTable, _snapshots, _snapshotTime) = Remembering();
        _joinLag = Now("join_lag_records", "End of a partition of joins less the joiner's next offset.", "partition");
        _openWindows = Now("open_windows", "Windows that hold rows and are not closed.").With();
        _openPanes = Now("open_panes", "Panes that hold rows and are not sealed.").With();
        _judgeLag = Now("judge_lag_records", "End of a counts partition less the judge's next offset.", "partition");
        _webLag = Now("web_lag_records", "Records that pages do not show yet, of the topics that they are read from.");
        _webRefused = Total("web_refused_total", "Requests for pages that a limit refused, by the limit.", "limit");
        _certificate = Now(
            "web_certificate_expiry_timestamp_seconds", "When the certificate that pages are served with expires, in seconds since 1970.", parts: 1e3);
        Meter.CreateObservableGauge(
            Prefix + "payloads_in_use", () => Volatile.Read(ref _payloads)?.Invoke() ?? 0, null, "Message buffers rented and not returned.");
        _epoch = Now("plan_epoch", "Offset in the plan topic of the plan that runs.").With();
        _reloaded = Now("config_last_reload_successful", "Whether the configuration, when it was last read, was a plan without errors.").With();
        _reloadedAt = Now(
            "config_last_reload_success_timestamp_seconds", "When the configuration was last read without errors, in seconds since 1970.",
            parts: 1e3).With();
        _flushSeconds = Meter.CreateHistogram(
            Prefix + "flush_seconds", null, "From the first frame of a flush to its last acknowledgement.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = FlushBuckets });
        Models = new ModelMetrics(Meter, Prefix);
        Meter.CreateObservableGauge(Prefix + "build_info", () => Build, null, "What this process is made of: 1, with the version of it and of .NET as labels.");
        _text = new PrometheusText(Meter);
    }

    private (Value Ids, Values Table, Values Snapshots, Value SnapshotTime) Remembering() => (
        Now("join_remembered_ids", "Ids whose rows may still meet others.").With(),
        Now("join_table_bytes", "Bytes of the tables of remembered ids, by where they lie.", "place"),
        Total("join_snapshots_total", "Snapshots of what joiners remember, by what became of them.", "outcome"),
        Now("join_snapshot_duration_seconds", "How long the last snapshot took, in which nothing was joined.", parts: 1e3).With());

    private static Measurement<long> Build { get; } = new(1,
        new("version", typeof(Metrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? ""),
        new("runtime", Environment.Version.ToString()));

    /// <summary>What is told of models, signals, groups and metrics.</summary>
    public ModelMetrics Models { get; }

    /// <summary>This object's own meter: another object in the process, whose meter has the same name, is not heard through it.</summary>
    internal Meter Meter { get; } = new(Name);

    /// <summary>Rows of source topics that this process has read and decided.</summary>
    public long RowsIn => _rowsIn.Now;

    /// <summary>What <c>/metrics</c> shows, in <see cref="PrometheusText.ContentType"/>.</summary>
    public string Text() => _text.Read();

    /// <summary>Adds what a counter decided about rows and messages. Allocates nothing.</summary>
    public void Count(in FateCounts fates, long payloadBytes)
    {
        _rowsIn.Add(fates.Rows);
        _counted.Add(fates.Counted);
        _late.Add(fates.Late);
        _future.Add(fates.Future);
        _rejected.Add(fates.Rejected);
        _unowned.Add(fates.Unowned);
        _labels.Add(fates.Labels);
        _read.Add(fates.Messages - fates.Unreadable - fates.Tombstones);
        _unreadable.Add(fates.Unreadable);
        _tombstones.Add(fates.Tombstones);
        _payloadBytes.Add(payloadBytes);
    }

    /// <summary>Adds rows that came for a sealed pane: their counter called them counted, but they are in no window.</summary>
    public void Overtaken(long rows) => _overtaken.Add(rows);

    public void Unaccounted(long rows) => _unaccounted.Set(rows);

    public void SegmentFinished() => _segments.Add(1);

    public void Flushed(int frames, long frameBytes, long entries, TimeSpan took)
    {
        _flushes.Add(1);
        _frames.Add(frames);
        _frameBytes.Add(frameBytes);
        _entries.Add(entries);
        _flushSeconds.Record(took.TotalSeconds);
    }

    public void Partition(string topic, int partition, EventTime watermark, long lagRecords)
    {
        string number = partition.ToString();
        _watermark.With(topic, number).Set(watermark);
        _lag.With(topic, number).Set(lagRecords);
    }

    /// <summary>Forgets a source partition that another process now has.</summary>
    public void Forget(string topic, int partition)
    {
        string number = partition.ToString();
        _watermark.Remove(topic, number);
        _lag.Remove(topic, number);
    }

    /// <summary>The group has given partitions to a stage, or has taken some from it.</summary>
    public void Rebalanced() => _rebalances.Add(1);

    public void Open(int windows, int panes)
    {
        _openWindows.Set(windows);
        _openPanes.Set(panes);
    }

    public void JudgeLag(int countsPartition, long records) => _judgeLag.With(countsPartition.ToString()).Set(records);

    /// <summary>Forgets a counts partition that another process now has.</summary>
    public void ForgetJudge(int countsPartition)
    {
        _judgeLag.Remove(countsPartition.ToString());
        Models.Forget(countsPartition);
    }

    public void Verdict(string judgement) => _verdicts.With(judgement).Add(1);

    public void Alert(string owner, string status) => _alerts.With(owner, status).Add(1);

    public void Answer(string owner, string outcome) => _answers.With(owner, outcome).Add(1);

    public void DeadlineMissed(string owner) => _deadlines.With(owner).Add(1);

    /// <summary>How many episodes are open; those that were shown and are not among them are none.</summary>
    public void Episodes(IEnumerable<KeyValuePair<(string Owner, string Status, string Severity), int>> open) => Show(_episodes, _episodesShown, open);

    /// <summary>How many actions stand; those that were shown and are not among them are none.</summary>
    public void Actions(IEnumerable<KeyValuePair<(string Owner, string Kind, string State), int>> open) => Show(_actions, _actionsShown, open);

    private static void Show(Values values, HashSet<(string, string, string)> shown, IEnumerable<KeyValuePair<(string, string, string), int>> counts)
    {
        var gone = new HashSet<(string, string, string)>(shown);
        foreach (((string, string, string) of, int count) in counts)
        {
            values.With(of.Item1, of.Item2, of.Item3).Set(count);
            shown.Add(of);
            gone.Remove(of);
        }

        foreach ((string, string, string) of in gone) values.With(of.Item1, of.Item2, of.Item3).Set(0);
    }

    /// <summary>Bytes of the tables of remembered ids.</summary>
    public void JoinTables(long memory, long files)
    {
        _joinTable.With("memory").Set(memory);
        _joinTable.With("file").Set(files);
    }

    /// <summary>A snapshot of what a joiner remembers: <c>written</c> or <c>failed</c>.</summary>
    public void Snapshot(string outcome) => _snapshots.With(outcome).Add(1);

    /// <summary>How long a joiner was held up by one.</summary>
    public void SnapshotTook(TimeSpan time) => _snapshotTime.Set((long)time.TotalMilliseconds);

    /// <summary>Where the joiners of this process stand.</summary>
    /// <param name="lags">Records that are still to be joined, by partition of <c>joins</c>; other partitions are forgotten.</param>
    /// <param name="remembered">Ids that are remembered.</param>
    /// <param name="models">How far each of these partitions has come with each model.</param>
    public void Joined(IReadOnlyCollection<(int Partition, long Records)> lags, long remembered, IEnumerable<JoinProgress> models)
    {
        _remembered.Set(remembered);
        foreach ((int partition, long records) in lags) _joinLag.With(partition.ToString()).Set(records);
        HashSet<string> here = [.. lags.Select(l => l.Partition.ToString())];
        foreach (string gone in _joinLags.Where(p => !here.Contains(p))) _joinLag.Remove(gone);
        _joinLags.Clear();
        _joinLags.UnionWith(here);
        foreach (IGrouping<string, JoinProgress> model in models.GroupBy(m => m.Model))
        {
            JoinFates fates = JoinFates.Sum(model.Select(m => m.Fates));
            foreach ((string fate, long rows) in fates.OfPredictions()) _joinedPredictions.With(fate, model.Key).Set(rows);
            foreach ((string fate, long rows) in fates.OfLabels()) _joinedLabels.With(fate, model.Key).Set(rows);
            if (fates.Coverage is { } coverage) _coverage.With(model.Key).Set((long)(1e6 * coverage));
            LabelSource labels = LabelSource.Sum(model.SelectMany(m => m.Sources.Values));
            foreach (double share in (ReadOnlySpan<double>)[0.5, 0.95, 0.99])
            {
                if (labels.LagOf(share) is { } lag)
                    _labelLag.With(model.Key, share.ToString(CultureInfo.InvariantCulture)).Set(lag.Microseconds / EventTime.Second);
            }
        }
    }

    public void WebLag(long records) => _webLag.With().Set(records);

    /// <param name="limit">Which; one of few.</param>
    public void WebRefused(string limit) => _webRefused.With(limit).Add(1);

    public void CertificateExpires(DateTimeOffset at) => _certificate.With().Set(at.ToUnixTimeMilliseconds());

    public void DeskLag(int partition, long records) => _deskLag.With(partition.ToString()).Set(records);

    /// <summary>Forgets a desk that another process now has.</summary>
    public void ForgetDesk(int partition) => _deskLag.Remove(partition.ToString());

    public void Undeliverable(string owner) => _undeliverable.With(owner).Add(1);

    public void WebhookDelivered(string owner, string webhook) => _posted.With(owner, webhook).Add(1);

    public void WebhookFailed(string owner, string webhook) => _unposted.With(owner, webhook).Add(1);

    public void WebhookLag(string owner, string webhook, long records) => _webhookLag.With(owner, webhook).Set(records);

    /// <summary>Forgets how far a webhook is that another process now posts to.</summary>
    public void ForgetWebhook(string owner, string webhook) => _webhookLag.Remove(owner, webhook);

    /// <param name="kind">One of few.</param>
    public void Failed(string kind) => _kafkaFailures.With(kind).Add(1);

    public void Fault(string step) => _faults.With(step).Add(1);

    public void PlanEpoch(long epoch) => _epoch.Set(epoch);

    /// <summary>Notes that the configuration was read.</summary>
    /// <param name="at">When it was a plan without errors; null where it was refused.</param>
    public void ConfigRead(DateTimeOffset? at)
    {
        _reloaded.Set(at is null ? 0 : 1);
        if (at is { } time) _reloadedAt.Set(time.ToUnixTimeMilliseconds());
    }

    /// <summary>Asks for the message buffers in use whenever the metrics are read; replaces whatever was asked before.</summary>
    public void WatchPayloads(Func<long> inUse) => Volatile.Write(ref _payloads, inUse);

    /// <summary>Reads what a GPU was sent whenever the metrics are read.</summary>
    public void Watch(GpuCounter gpu) => Volatile.Write(ref _gpu, gpu);

    public void Dispose()
    {
        _text.Dispose();
        Meter.Dispose();
    }

    private Values Total(string name, string help, string? label = null, string? second = null)
    {
        var values = new Values(label, second);
        Meter.CreateObservableCounter(Prefix + name, values.Whole, null, help);
        return values;
    }

    /// <param name="parts">How many units of the value that is set make one of the value that is shown.</param>
    private Values Now(string name, string help, string? label = null, string? second = null, string? third = null, double parts = 1)
    {
        var values = new Values(label, second, third);
        Meter.CreateObservableGauge(Prefix + name, () => values.Parts(parts), null, help);
        return values;
    }
}
