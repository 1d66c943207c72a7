using System.CommandLine;
using DriftStream.Host.Demo;
using DriftStream.Host.Observability;
using DriftStream.Host.Pages;
using DriftStream.Host.Web;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream demo</c>: the main job on real data, with nothing to install.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "One JSON document a line: each alert, then the closing table." };
        var web = new Option<bool>("--web")
        {
            Description = "Shows the story on pages while it is told, and leaves them up until Ctrl+C; without the second act.",
        };
        var listen = new Option<string>("--listen")
        {
            Description = "Where the pages are, with --web; port 0 takes one that is free.",
            HelpName = "HOST:PORT",
            DefaultValueFactory = _ => "127.0.0.1:9464",
        };
        listen.Validators.Add(r =>
        {
            if (r.Tokens is [var token] && !HealthPages.IsAddress(token.Value)) r.AddError($"--listen: '{token.Value}' is not {HealthPages.Example}");
        });
        var command = new Command("demo", """
            Runs everything in this process: an embedded broker, three years of census answers with five faults put in, a worker,
            and a reader of every owner's topic; then the labels of the last year, a quarter later. Ends by itself; exit code 0 when every fault was found
            and every row accounted for.

            Example: driftstream demo
            """)
        {
            json, web, listen,
        };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(json), parsed.GetValue(web) ? parsed.GetValue(listen) : null, cancel));
        return command;
    }

    private static async Task<int> RunAsync(bool json, string? listen, CancellationToken cancel)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "samples", "employment"), config = Path.Combine(folder, "driftstream.yaml");
        if (PlanFile.Load(config, Console.Error) is not { } plan) return ExitCode.Usage;
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
        ILogger logger = logs.CreateLogger("demo");
        try
        {
            DemoScript script = DemoScript.Read(folder);
            DemoScreen screen = Screen(json);
            if (listen is null)
            {
                if (PlanFile.Load(Path.Combine(folder, script.Labels.Config), Console.Error) is not { } later) return ExitCode.Usage;
                var act = new SecondAct(folder, later, script, screen, logger);
                return await Task.Run(() => Run(new DemoRun(folder, plan, script, screen, logger), screen, act, cancel), CancellationToken.None)
                    .ConfigureAwait(false);
            }

            using var status = new WorkerStatus(TimeProvider.System);
            DriftPlan open = plan with { WebListen = listen, Web = WebSettings.None with { Readers = PageReaders.Anyone } };
            using PeoplePages pages = PeoplePages.Open(config, open, listen, TimeProvider.System, logger)!;
            await using HealthPages server = await HealthPages.StartAsync(
                listen, status.Health, status.Metrics, logger, cancel, reload: null, pages.Map).ConfigureAwait(false);
            await Console.Error.WriteLineAsync($"pages at {server.Address}").ConfigureAwait(false);
            var shown = new DemoPages(pages, status, () =>
            {
                Console.Error.WriteLine($"the pages stay at {server.Address} until Ctrl+C");
                cancel.WaitHandle.WaitOne();
            });
            return await Task.Run(() => Run(new DemoRun(folder, plan, script, screen, logger, shown), screen, null, cancel), CancellationToken.None)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.World;
        }
    }

    private static DemoScreen Screen(bool json) => new(AnsiConsole.Console, Console.Out, Console.Error, json);

    private static int Run(DemoRun demo, DemoScreen screen, SecondAct? act, CancellationToken cancel)
    {
        try
        {
            if (demo.Run(cancel) is not { } table) return ExitCode.World;
            if (act is not null)
            {
                if (act.Run(cancel) is not { } truth) return ExitCode.World;
                table = table with { Truth = truth };
            }

            screen.Close(table);
            return table.Fine ? ExitCode.Fine : ExitCode.BadNews;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.World;
        }
    }
}
