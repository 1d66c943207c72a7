using System.CommandLine;
using System.Runtime.InteropServices;
using DriftStream.Host.Files;
using DriftStream.Host.Machine;
using DriftStream.Host.Observability;
using DriftStream.Host.Pages;
using DriftStream.Host.Plans;
using DriftStream.Host.Web;
using DriftStream.Host.Worker;
using DriftStream.Kernels.Gpu;
using DriftStream.Plan;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream run</c>: the worker.</summary>
internal static class RunCommand
{
    private const string NoPages = "none";
    private const int MostOfName = 200;

    public static Command Create()
    {
        var config = new Option<string>("--config", "-c") { Description = "The configuration file.", Required = true, HelpName = "FILE" };
        var role = new Option<string>("--role")
        {
            Description = "Which stages this process runs: counter, joiner, judge (and joiner), desk (and delivery), web (what pages show), or all.",
            DefaultValueFactory = _ => "all",
        };
        role.AcceptOnly("counter", "joiner", "judge", "desk", "web", "all");
        var listen = new Option<string?>("--listen")
        {
            Description = "Where the pages are, and /metrics, /livez and /readyz unless they have a port of their own, instead of web.listen; port 0 takes one "
                + "that is free; none for no pages.",
            HelpName = "HOST:PORT",
        };
        IsAddress(listen);
        var metricsListen = new Option<string?>("--metrics-listen")
        {
            Description = "Where /metrics, /livez and /readyz are, instead of web.metrics.listen; none for among the pages.",
            HelpName = "HOST:PORT",
        };
        IsAddress(metricsListen);
        var by = new Option<string?>("--by")
        {
            Description = "Who starts the worker, for the record of its plan (driftstream plans); default: the user and the machine.",
            HelpName = "NAME",
        };
        by.Validators.Add(r =>
        {
            if (r.Tokens is [var token] && (string.IsNullOrWhiteSpace(token.Value) || token.Value.Length > MostOfName))
                r.AddError($"--by: a name of 1 to {MostOfName} characters");
        });
        var json = new Option<bool>("--json") { Description = "Log one JSON object a line." };
        var command = new Command("run", """
            Runs a worker: counts the source topics, judges the windows, delivers the alerts. Stops cleanly on SIGTERM and Ctrl+C.
            Reads the configuration again when it, or a file that it names, changes, and on SIGHUP.

            Example: driftstream run -c driftstream.yaml
            """)
        {
            config, role, listen, metricsListen, by, json,
        };
        command.SetAction((parsed, cancel) =>
        {
            var start = new Start(
                parsed.GetValue(config)!, Role(parsed.GetValue(role)!), parsed.GetValue(listen), parsed.GetValue(metricsListen), parsed.GetValue(by));
            return RunAsync(start, parsed.GetValue(json), cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(Start start, bool json, CancellationToken cancel)
    {
        var files = new BaselineFiles();
        var watch = new ConfigWatch(start.Config, reading => PlanFile.Read(start.Config, files, reading));
        PlanResult read = watch.Read();
        if (read.Plan is not { } plan)
        {
            PlanFile.Write(read.Findings, Console.Error);
            return ExitCode.Usage;
        }

        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Information, json);
        ILogger logger = logs.CreateLogger("driftstream");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, s => Stop(s, stop));
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, s => Stop(s, stop));

        using var status = new WorkerStatus(TimeProvider.System);
        logger.WorkerStarts(plan.Models.Length, plan.Owners.Count, start.Role.ToString().ToLowerInvariant(), plan.Hash);
        GpuCounter? gpu = null;
        if (start.Role.HasFlag(WorkerRole.Counter))
        {
            gpu = GpuStart.Open(plan.Gpu, logger, out string? refused);
            if (refused is not null)
            {
                Console.Error.WriteLine($"{start.Config}: {refused}");
                return ExitCode.World;
            }

            if (gpu is not null) status.Metrics.Watch(gpu);
        }

        try
        {
            if (await WorkAsync(start, plan, watch, gpu, status, logger, stop.Token).ConfigureAwait(false)) logger.WorkerStopped();
            return ExitCode.Fine;
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            Console.Error.WriteLine(e.Message);
            return e is FormatException ? ExitCode.Usage : ExitCode.World;
        }
        finally
        {
            gpu?.Dispose();
        }
    }

    private static async Task<bool> WorkAsync(
        Start start, DriftPlan plan, ConfigWatch watch, GpuCounter? gpu, WorkerStatus status, ILogger logger, CancellationToken stop)
    {
        string? listen = Address(start.Listen ?? plan.WebListen), machines = Address(start.MetricsListen ?? plan.Web.MetricsListen);
        using ServerCertificate? certificate = listen is not null && plan.Web.Certificate is { } named
            ? ServerCertificate.Open(start.Config, named, TimeProvider.System, status.Metrics, logger) : null;
        using PeoplePages? people = start.Role.HasFlag(WorkerRole.Web)
            ? PeoplePages.Open(start.Config, plan, listen, TimeProvider.System, logger, status.Metrics) : null;
        var worker = new Worker.Worker(plan, start.Role, status, TimeProvider.System, logger, gpu, start.By) { Store = people?.Store };
        using var reload = new PlanReload(watch, start.Config, plan, worker.Plans, status.Health, status.Metrics, TimeProvider.System, logger);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, s =>
        {
            s.Cancel = true;
            reload.Ask();
        });
        OtlpExport? sending = OtlpExport.Start(status.Metrics, new ConfigurationBuilder().AddEnvironmentVariables().Build(), logger);
        HealthPages? pages = null;
        try
        {
            if (listen is not null || machines is not null)
            {
                Func<ReloadAnswer>? posted = plan.WebReload ? () => reload.Reload("POST /-/reload") : null;
                people?.Show(() => worker.Plans.Newest ?? plan);
                var ports = new WebPorts(listen, machines) { Certificate = certificate, Proxies = plan.Web.Proxies };
                pages = await HealthPages.StartAsync(
                    ports, status.Health, status.Metrics, logger, stop, posted, people is null ? null : people.Map).ConfigureAwait(false);
            }

            using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
            Task watching = Task.Factory.StartNew(
                () => reload.Run(PlanReload.Pace, ended.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            try
            {
                return await Task.Run(() => worker.Run(stop), CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                await ended.CancelAsync().ConfigureAwait(false);
                await watching.ConfigureAwait(false);
            }
        }
        finally
        {
            // Both at once: the pages may take two seconds and the last export one, and the stages have used eight of ten.
            Task sent = Task.Run(() => sending?.Dispose(), CancellationToken.None);
            if (pages is not null) await pages.DisposeAsync().ConfigureAwait(false);
            await sent.ConfigureAwait(false);
        }
    }

    private static void IsAddress(Option<string?> option) => option.Validators.Add(r =>
    {
        if (r.Tokens is [var token] && token.Value != NoPages && !HealthPages.IsAddress(token.Value))
            r.AddError($"{option.Name}: '{token.Value}' is not {HealthPages.Example}");
    });

    private static string? Address(string? listen) => listen == NoPages ? null : listen;

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
        "joiner" => WorkerRole.Joiner,
        // What is joined is little, and whoever splits a worker in two has it joined.
        "judge" => WorkerRole.Judge | WorkerRole.Joiner,
        "desk" => WorkerRole.Desk,
        "web" => WorkerRole.Web,
        _ => WorkerRole.All,
    };

    /// <param name="Config">The configuration file.</param>
    /// <param name="Listen">Replaces the configuration's <c>web.listen</c>; null leaves it.</param>
    /// <param name="MetricsListen">Replaces the configuration's <c>web.metrics.listen</c>; null leaves it.</param>
    /// <param name="By">Who starts the worker; null for the user and the machine.</param>
    private sealed record Start(string Config, WorkerRole Role, string? Listen, string? MetricsListen, string? By);
}
