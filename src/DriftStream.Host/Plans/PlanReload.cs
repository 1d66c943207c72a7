using System.Collections.Immutable;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Plans;

/// <summary>
/// Reads the config again when its files change, at SIGHUP, or when asked. A plan without errors is offered to the plan book. With errors the running
/// plan stays, and log, <c>/readyz</c> and metrics say why. Thread-safe.
/// </summary>
internal sealed class PlanReload : IDisposable
{
    /// <summary>The time between two looks at the files; a change is taken up after two or three of them.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private const string Topic = "config";

    private readonly Lock _one = new();
    private readonly AutoResetEvent _asked = new(false);
    private readonly ConfigWatch _watch;
    private readonly string _config;
    private readonly DriftPlan _started;
    private readonly PlanBook _book;
    private readonly Health _health;
    private readonly Metrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private ImmutableHashSet<string> _owners;

    /// <param name="watch">The watch that has read the config.</param>
    /// <param name="config">Its name, for the log.</param>
    /// <param name="started">The plan that it was then.</param>
    /// <param name="book">Takes the plans that it is later.</param>
    public PlanReload(ConfigWatch watch, string config, DriftPlan started, PlanBook book, Health health, Metrics metrics, TimeProvider time,
        ILogger logger)
    {
        (_watch, _config, _started, _book, _health, _metrics, _time, _logger) = (watch, config, started, book, health, metrics, time, logger);
        _owners = [.. started.Owners.Keys];
        metrics.ConfigRead(time.GetUtcNow());
    }

    /// <summary>Watches until cancelled.</summary>
    public void Run(TimeSpan pace, CancellationToken cancel)
    {
        WaitHandle[] wake = [cancel.WaitHandle, _asked];
        while (WaitHandle.WaitAny(wake, pace) is var woke && woke != 0)
        {
            try
            {
                if (woke == 1) Reload("SIGHUP");
                else if (HasChanged()) Reload("its files have changed");
            }
            // A bug in reading a new plan is no reason to stop working by the running one.
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _logger.StageThrew(e, "reload");
                _metrics.ConfigRead(null);
            }
        }
    }

    /// <summary>Has the watching thread read the config soon: for signals, whose threads should not wait.</summary>
    public void Ask() => _asked.Set();

    /// <summary>Reads the config now.</summary>
    /// <param name="why">For the log.</param>
    public ReloadAnswer Reload(string why)
    {
        lock (_one)
        {
            PlanResult result = _watch.Read();
            foreach (Finding finding in result.Findings)
            {
                _logger.ConfigFinding(finding.Severity == FindingSeverity.Error ? LogLevel.Error : LogLevel.Warning, Line(finding));
            }

            if (result.Plan is not { } plan)
            {
                Refused(result, why);
                return new ReloadAnswer(null, result.Findings);
            }

            _logger.ConfigRead(Printable.Of(_config), why, plan.Hash);
            _health.Tell(Topic, []);
            _metrics.ConfigRead(_time.GetUtcNow());
            string[] sections = [.. NeedStart(_started, plan)];
            if (sections.Length > 0) _logger.ConfigNeedsStart(Printable.Of(_config), string.Join(", ", sections));
            _book.Offer(plan);
            Miss(plan);
            return new ReloadAnswer(plan.Hash, result.Findings);
        }
    }

    public void Dispose() => _asked.Dispose();

    /// <summary>Keys of the config that differ and that a worker looks at only when it starts.</summary>
    internal static IEnumerable<string> NeedStart(DriftPlan started, DriftPlan plan)
    {
        if (started.Kafka.Bootstrap != plan.Kafka.Bootstrap || !started.Kafka.Client.SequenceEqual(plan.Kafka.Client)) yield return "kafka";
        if (started.WebListen != plan.WebListen || started.WebReload != plan.WebReload || started.Web != plan.Web) yield return "web";
        if (started.Engine != plan.Engine) yield return "engine";
        if (started.Gpu != plan.Gpu) yield return "gpu";
        if (started.Time.IdleAfter != plan.Time.IdleAfter) yield return "time.idle_after";
        if (started.Time.CloseAfterIdle != plan.Time.CloseAfterIdle) yield return "time.close_after_idle";
        if (started.Topics != plan.Topics) yield return "topics";
        if (started.Limits != plan.Limits || started.OpenWindows != plan.OpenWindows) yield return "limits";
    }

    private bool HasChanged()
    {
        lock (_one) return _watch.HasChanged();
    }

    private void Refused(PlanResult result, string why)
    {
        ImmutableArray<string> errors = [.. result.Findings.Where(f => f.Severity == FindingSeverity.Error).Select(Line)];
        _logger.ConfigRefused(Printable.Of(_config), why, errors.Length);
        _health.Tell(Topic, errors);
        _metrics.ConfigRead(null);
    }

    // Where the broker does not answer, the worker's own watch says so.
    private void Miss(DriftPlan plan)
    {
        var names = new TopicNames(_started.Topics.Prefix);
        Dictionary<string, string> added = plan.Owners.Keys.Where(o => !_owners.Contains(o)).ToDictionary(names.AlertsOf, o => o);
        _owners = [.. plan.Owners.Keys];
        if (added.Count == 0) return;
        using var there = new TopicsThere(_started.Kafka, _logger);
        foreach ((string topic, KafkaFailure lack) in there.Lacking(added.Keys, out _))
            _logger.OwnerWithoutTopic(Printable.Of(added[topic]), Printable.Of(lack.Detail));
    }

    private static string Line(Finding finding) => Printable.Of(FindingText.ForPeople(finding).TrimEnd('\n'));
}
