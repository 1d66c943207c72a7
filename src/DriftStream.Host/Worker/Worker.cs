using Confluent.Kafka;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Web;
using DriftStream.Kernels.Gpu;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>Which stages a worker runs.</summary>
[Flags]
public enum WorkerRole
{
    Counter = 1,

    /// <summary>The judge, and the delivery of what it says.</summary>
    Judge = 2,

    All = Counter | Judge,
}

/// <summary>
/// The stages of one process, a thread each. A stage that fails is started again, later each time, while the others go on:
/// no stage keeps anything that is not in the log.
/// </summary>
/// <param name="gpu">Counts numbers too; null: the CPU alone. Whoever gives it disposes it.</param>
public sealed class Worker(
    DriftPlan plan, WorkerRole role, WorkerStatus status, TimeProvider time, ILogger logger, GpuCounter? gpu = null)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Runs until cancelled; returns when every stage has stopped.</summary>
    /// <exception cref="IOException">No Kafka client can be made of the plan's settings; nothing was started.</exception>
    public void Run(CancellationToken cancel)
    {
        var threads = new List<Thread>();
        using var watch = new BrokerWatch(plan, status, logger);
        if (role.HasFlag(WorkerRole.Counter))
            threads.Add(Start("counter", watch, () => new CounterStage(plan, status, time, logger, gpu), (s, h, c) => s.Run(h, c), cancel));
        if (role.HasFlag(WorkerRole.Judge))
        {
            threads.Add(Start("judge", watch, () => new JudgeStage(plan, status, time, logger), (s, h, c) => s.Run(h, c), cancel));
            threads.Add(Start("delivery", watch, () => new DeliveryStage(plan, status, logger), (s, h, c) => s.Run(h, c), cancel));
        }

        watch.Run(cancel);
        foreach (Thread thread in threads) thread.Join();
    }

    private Thread Start<TStage>(
        string name, BrokerWatch watch, Func<TStage> create, Func<TStage, RoleHealth, CancellationToken, KafkaFailure?> run,
        CancellationToken cancel)
        where TStage : IDisposable
    {
        RoleHealth health = status.Health.Add(name);
        watch.Add(health);
        var thread = new Thread(() => Keep(health, create, run, cancel)) { Name = name, IsBackground = true };
        thread.Start();
        return thread;
    }

    private void Keep<TStage>(
        RoleHealth health, Func<TStage> create, Func<TStage, RoleHealth, CancellationToken, KafkaFailure?> run, CancellationToken cancel)
        where TStage : IDisposable
    {
        TimeSpan pause = FirstPause;
        while (!cancel.IsCancellationRequested)
        {
            long began = time.GetTimestamp();
            if (Once(health, create, run, cancel) is not { } failure) continue;
            // A stage that ran for a while has recovered from what stopped it before.
            if (time.GetElapsedTime(began) > LongestPause) pause = FirstPause;
            health.NotReady(failure.Detail);
            status.Metrics.Failed(failure.Kind);
            logger.StageFailed(health.Role, failure.Kind, failure.Detail, pause.TotalSeconds);
            for (TimeSpan waited = default; waited < pause && !cancel.WaitHandle.WaitOne(FirstPause); waited += FirstPause) health.Tick();
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }

        health.NotReady("stopped");
    }

    private static KafkaFailure? Once<TStage>(
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
    }
}
