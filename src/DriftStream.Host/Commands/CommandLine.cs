using System.CommandLine;
using DriftStream.Host.Files;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Commands;

/// <summary>From the arguments of the process to its exit code.</summary>
internal static class CommandLine
{
    // A bug ends the process with its stack trace, never with a code that means something else. A worker has ten seconds to stop.
    private static readonly InvocationConfiguration Configuration =
        new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) };

    public static async Task<int> RunAsync(string[] args)
    {
        ParseResult parsed = Root().Parse(args);
        // Wrong usage is 2 here, not System.CommandLine's 1, and its help is no result.
        if (parsed.Errors.Count > 0)
        {
            UsageText.Write(parsed, Console.Error);
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(Configuration).ConfigureAwait(false);
        }
        catch (DataFileException e)
        {
            Console.Error.WriteLine(Printable.Of(e.Message));
            return ExitCode.Usage;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("stopped");
            return ExitCode.World;
        }
    }

    private static RootCommand Root() => new("Watches models on live Kafka streams and tells the owner of each model what changed.")
    {
        DemoCommand.Create(),
        RunCommand.Create(),
        CheckCommand.Create(),
        TopicsCommand.Create(),
        CompareCommand.Create(),
        BaselineCommand.Create(),
        InitCommand.Create(),
        InspectCommand.Create(),
        ReplayCommand.Create(),
        AlertsCommand.Create(),
        EpisodesCommand.Create(),
        AckCommand.Create(),
        SilenceCommand.Create(),
        DecideCommand.Create(),
        AwayCommand.Create(),
        NotifyCommand.Create(),
        VerdictsCommand.Create(),
        PlansCommand.Create(),
        OwnersCommand.Create(),
        LabelsCommand.Create(),
        KernelsCommand.Create(),
    };
}
