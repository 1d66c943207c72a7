using System.CommandLine;
using DriftStream.Host.Demo;
using DriftStream.Host.Observability;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream demo</c>: the main job on real data, with nothing to install.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "One JSON document a line: each alert, then the closing table." };
        var command = new Command("demo", """
            Runs everything in this process: an embedded broker, three years of census answers with five faults put in, a worker,
            and a reader of every owner's topic. Ends by itself; exit code 0 when every fault was found and every row accounted for.

            Example: driftstream demo
            """)
        {
            json,
        };
        command.SetAction((parsed, cancel) => Task.FromResult(Run(parsed.GetValue(json), cancel)));
        return command;
    }

    private static int Run(bool json, CancellationToken cancel)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "samples", "employment");
        if (PlanFile.Load(Path.Combine(folder, "driftstream.yaml"), Console.Error) is not { } plan) return ExitCode.Usage;
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
        var screen = new DemoScreen(AnsiConsole.Console, Console.Out, Console.Error, json);
        try
        {
            var demo = new DemoRun(folder, plan, DemoScript.Read(folder), screen, logs.CreateLogger("demo"));
            return demo.Run(cancel) is not { } table ? ExitCode.World : table.Fine ? ExitCode.Fine : ExitCode.BadNews;
        }
        catch (InvalidDataException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.World;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.World;
        }
    }
}
