using Confluent.Kafka;
using DriftStream.Host.History;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Kernels.Gpu;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>Which stages a worker runs.</summary>
[Flags]
public enum WorkerRole
{
    Counter = 1,

    Judge = 2,

    /// <summary>The desk, and the delivery of what it says, to owners' topics and from there to webhooks.</summary>
    Desk = 4,

    /// <summary>Joins predictions with labels that come later.</summary>
    Joiner = 8,

    /// <summary>What pages show, where the worker has a store for it.</summary>
    Web = 16,

    All = Counter | Joiner | Judge | Desk | Web,
}

/// <summary>
/// The stages of one process, a thread each. A stage that fails is started again, after a longer pause each time, while the others go on:
/// no stage keeps anything that is not in the log.
/// </summary>
/// <param name="gpu">Also counts numbers; null: only the CPU. The caller disposes it.</param>
/// <param name="by">Who starts it, for the record of its plan; null for the user and the machine.</param>
public sealed class Worker(
    DriftPlan plan, WorkerRole role, WorkerStatus status, TimeProvider time, ILogger logger, GpuCounter? gpu = null, string? by = null)
{
    // Whoever stops a container kills it after ten seconds.
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(30);

    // All roles report from the start: a worker that has none yet would be a ready one to whoever asks its pages now.
    private readonly Dictionary<string, RoleHealth> _roles = Roles(role).ToDictionary(name => name, status.Health.Add);

    /// <summary>Where what pages show is written; null where there are none. The caller disposes it.</summary>
    public HistoryStore? Store
    {
        get;
        init
        {
            field = value;
            if (value is not null && role.HasFlag(WorkerRole.Web)) _roles.Add("web", status.Health.Add("web"));
        }
    }

    /// <summary>How far this machine's clock and those of the brokers may be apart; desks let time pass so much later.</summary>
    public Duration ClockDifference { get; init; } = DeskCopies.ClockDifference;

    /// <summary>The plans that it runs: offer another one here to have it run.</summary>
    public PlanBook Plans { get; } = new(plan);

    /// <summary>
    /// Runs until cancelled. Returns when every stage has stopped, or after eight seconds: a stage that is still held up, by a group that is being
    /// rebalanced or a broker that does not answer, has nothing that is not in the log.
    /// </summary>
    /// <returns>Whether every stage has stopped.</returns>
    /// <exception cref="IOException">
    /// No Kafka client can be made from the plan's settings, or the folder of <c>engine.joins</c> cannot be had; nothing was started.
    /// </exception>
    public bool Run(CancellationToken cancel)
    {
        string starter = by ?? $"{Environment.UserName}@{Environment.MachineName}";
        // Only whoever counts may read the sources.
        TimeSpan? learns = role.HasFlag(WorkerRole.Counter) ? BaselineLearning.Pace : null;
        using JoinFolder? joins = role.HasFlag(WorkerRole.Joiner) && plan.Engine.Joins is { } folder
            ? new JoinFolder(folder, new TopicNames(plan.Topics.Prefix).Joins, logger) : null;
        using var watch = new BrokerWatch(Plans, status, logger);
        var threads = new List<Thread>
        {
            Start(
                "plan", watch, () => new PlanStage(Plans, starter, status.Health, status.Metrics, time, logger, learns),
                (s, h, c) => s.Run(h, c), false, cancel),
        };
        if (role.HasFlag(WorkerRole.Counter))
            threads.Add(Start("counter", watch, () => new CounterStage(Plans, status, time, logger, gpu), (s, h, c) => s.Run(h, c), true, cancel));
        if (role.HasFlag(WorkerRole.Joiner))
            threads.Add(Start("joiner", watch, () => new JoinStage(Plans, joins, status, time, logger), (s, h, c) => s.Run(h, c), true, cancel));
        if (role.HasFlag(WorkerRole.Judge))
            threads.Add(Start("judge", watch, () => new JudgeStage(Plans, status, time, logger), (s, h, c) => s.Run(h, c), true, cancel));
        if (role.HasFlag(WorkerRole.Desk))
        {
            threads.Add(Start("desk", watch, () => new DeskStage(Plans, status, time, ClockDifference, logger), (s, h, c) => s.Run(h, c), true, cancel));
            threads.Add(Start("delivery", watch, () => new DeliveryStage(Plans, status, time, logger), (s, h, c) => s.Run(h, c), true, cancel));
            threads.Add(Start("webhook", watch, () => new WebhookStage(Plans, status, time, logger), (s, h, c) => s.Run(h, c), true, cancel));
        }

        if (_roles.ContainsKey("web"))
            threads.Add(Start("web", watch, () => new WebStage(Plans, Store!, status.Metrics, time, logger), (s, h, c) => s.Run(h, c), true, cancel));

        long stopped = 0;
        using CancellationTokenRegistration told = cancel.Register(() => stopped = time.GetTimestamp());
        watch.Run(cancel);
        if (stopped == 0) stopped = time.GetTimestamp(); // its turn to be told comes after the watch's
        bool all = true;
        foreach (Thread thread in threads)
        {
            TimeSpan left = StopTime - time.GetElapsedTime(stopped);
            if (thread.Join(left > TimeSpan.Zero ? left : TimeSpan.Zero)) continue;
            logger.StageHeld(thread.Name!, StopTime.TotalSeconds);
            all = false;
        }

        return all;
    }

    private static IEnumerable<string> Roles(WorkerRole role)
    {
        yield return "plan";
        if (role.HasFlag(WorkerRole.Counter)) yield return "counter";
        if (role.HasFlag(WorkerRole.Joiner)) yield return "joiner";
        if (role.HasFlag(WorkerRole.Judge)) yield return "judge";
        if (!role.HasFlag(WorkerRole.Desk)) yield break;
        yield return "desk";
        yield return "delivery";
        yield return "webhook";
    }

    private Thread Start<TStage>(
        string name, BrokerWatch watch, Func<TStage> create, Func<TStage, RoleHealth, CancellationToken, KafkaFailure?> run, bool planned,
        CancellationToken cancel)
        where TStage : IDisposable
    {
        RoleHealth health = _roles[name];
        watch.Add(health);
        var thread = new Thread(() => Keep(health, create, run, planned, cancel)) { Name = name, IsBackground = true };
        thread.Start();
        return thread;
    }

    private void Keep<TStage>(
        RoleHealth health, Func<TStage> create, Func<TStage, RoleHealth, CancellationToken, KafkaFailure?> run, bool planned, CancellationToken cancel)
        where TStage : IDisposable
    {
        TimeSpan pause = FirstPause;
        while (!cancel.IsCancellationRequested)
        {
            if (planned && Plans.Newest is null) health.NotReady("waiting for the plan");
            if (planned && Plans.Await(health.Tick, cancel) is null) break;
            long began = time.GetTimestamp();
            if (Once(health, create, run, cancel) is not { } failure) continue;
            // A stage that ran for a while has recovered from what stopped it before.
            if (time.GetElapsedTime(began) > LongestPause) pause = FirstPause;
            health.NotReady(failure.Detail);
            status.Metrics.Failed(failure.Kind.ToString());
            logger.StageFailed(health.Role, failure.Kind.ToString(), failure.Detail, pause.TotalSeconds);
            for (TimeSpan waited = default; waited < pause && !cancel.WaitHandle.WaitOne(FirstPause); waited += FirstPause) health.Tick();
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }

        health.NotReady("stopped");
    }

    private KafkaFailure? Once<TStage>(
        RoleHealth health, Func<TStage> create, Func<TStage, RoleHealth, CancellationToken, KafkaFailure?> run, CancellationToken cancel)
        where TStage : IDisposable
    {
        try
        {
            using TStage stage = create();
            return run(stage, health, cancel);
        }
        catch (KafkaException e)
        {
            return KafkaFailure.From(e.Error, health.Role);
        }
        // A bug in one stage is no reason to take the others down with it.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            logger.StageThrew(e, health.Role);
            return new KafkaFailure(KafkaErrorKind.Refused, $"{e.GetType().Name}: {e.Message}");
        }
    }
}
