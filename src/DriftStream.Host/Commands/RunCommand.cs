using System.CommandLine;
using System.Runtime.InteropServices;
using DriftStream.Host.Observability;
using DriftStream.Host.Web;
using DriftStream.Host.Worker;
using DriftStream.Kernels.Gpu;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream run</c>: the worker.</summary>
internal static class RunCommand
{
    private const string NoPages = "none";

    public static Command Create()
    {
        var config = new Option<string>("--config", "-c") { Description = "The configuration file.", Required = true, HelpName = "FILE" };
        var role = new Option<string>("--role")
        {
            Description = "Which stages this process runs: counter, judge (and delivery), or all.",
            DefaultValueFactory = _ => "all",
        };
        role.AcceptOnlyFromAmong("counter", "judge", "all");
        var listen = new Option<string?>("--listen")
        {
            Description = "Where /metrics, /livez and /readyz are, instead of web.listen; port 0 takes one that is free; none for no pages.",
            HelpName = "HOST:PORT",
        };
        listen.Validators.Add(r =>
        {
            if (r.Tokens is [var token] && token.Value != NoPages && !HealthPages.IsAddress(token.Value))
                r.AddError($"--listen: '{token.Value}' is not {HealthPages.Example}");
        });
        var json = new Option<bool>("--json") { Description = "Log one JSON object a line." };
        var command = new Command("run", """
            Runs a worker: counts the source topics, judges the windows, delivers the alerts. Stops cleanly on SIGTERM and Ctrl+C.

            Example: driftstream run -c driftstream.yaml
            """)
        {
            config, role, listen, json,
        };
        command.SetAction((parsed, cancel) =>
            RunAsync(parsed.GetValue(config)!, parsed.GetValue(role)!, parsed.GetValue(listen), parsed.GetValue(json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string config, string role, string? listen, bool json, CancellationToken cancel)
    {
        if (PlanFile.Load(config, Console.Error) is not { } plan) return ExitCode.Usage;
        if (listen is not null) plan = plan with { WebListen = listen == NoPages ? null : listen };
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Information, json);
        ILogger logger = logs.CreateLogger("driftstream");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, s => Stop(s, stop));
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, s => Stop(s, stop));

        var status = new WorkerStatus(TimeProvider.System);
        logger.WorkerStarts(plan.Models.Length, plan.Owners.Count, role, plan.Hash);
        GpuCounter? gpu = null;
        if (Role(role).HasFlag(WorkerRole.Counter))
        {
            gpu = GpuStart.Open(plan.Gpu, logger, out string? refused);
            if (refused is not null)
            {
                Console.Error.WriteLine($"{config}: {refused}");
                return ExitCode.World;
            }

            if (gpu is not null) status.Metrics.Watch(gpu);
        }

        HealthPages? pages = null;
        try
        {
            if (plan.WebListen is { } address)
                pages = await HealthPages.StartAsync(address, status.Health, status.Metrics, logger, stop.Token).ConfigureAwait(false);
            var worker = new Worker.Worker(plan, Role(role), status, TimeProvider.System, logger, gpu);
            await Task.Run(() => worker.Run(stop.Token), CancellationToken.None).ConfigureAwait(false);
            logger.WorkerStopped();
            return ExitCode.Fine;
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            Console.Error.WriteLine(e.Message);
            return e is FormatException ? ExitCode.Usage : ExitCode.World;
        }
        finally
        {
            if (pages is not null) await pages.DisposeAsync().ConfigureAwait(false);
            gpu?.Dispose();
        }
    }

    private static void Stop(PosixSignalContext signal, CancellationTokenSource stop)
    {
        // A second signal kills: whoever sends it does not want to wait.
        if (stop.IsCancellationRequested) return;
        signal.Cancel = true;
        stop.Cancel();
    }

    private static WorkerRole Role(string name) => name switch
    {
        "counter" => WorkerRole.Counter,
        "judge" => WorkerRole.Judge,
        _ => WorkerRole.All,
    };
}
