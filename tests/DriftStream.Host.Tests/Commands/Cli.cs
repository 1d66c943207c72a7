using System.Diagnostics;
using System.Text.Json;
using DriftStream.Host.Commands;
using Xunit;

namespace DriftStream.Host.Tests.Commands;

/// <summary>What a process answered.</summary>
internal sealed record CliResult(int Code, string Output, string Errors)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public JsonElement Json => JsonDocument.Parse(Output).RootElement;
}

/// <summary>Runs the built <c>driftstream</c> as anybody would.</summary>
internal static class Cli
{
    private static readonly string Dll = typeof(CommandLine).Assembly.Location;

    public static string Sample(string file) => Path.Combine(AppContext.BaseDirectory, "samples", "employment", file);

    public static CliResult Run(params string[] arguments) => Run(_ => { }, arguments);

    /// <param name="whileItRuns">Is given the process as soon as it has been started.</param>
    public static CliResult Run(Action<Process> whileItRuns, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Dll, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        whileItRuns(process);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(120)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"driftstream {string.Join(' ', arguments)} does not end");
        }

        return new CliResult(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }
}
