using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using DriftStream.Host.Machine;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream kernels</c>: what this machine counts with.</summary>
internal static class KernelsCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.Never,
    };

    public static Command Create()
    {
        var measure = new Option<bool>("--measure") { Description = "Also measure, a few seconds on one core, beside the sum of the same array." };
        Option<bool> json = SharedOptions.Json("One document: {cpu, cores, kernels, layouts, gpu, measured}.");
        var command = new Command("kernels", """
            Says what this machine counts with: the kernels that run here and whether they pass a self-test, which of them serves
            which layout, and why a GPU is used or not. Exit code 1 when a kernel fails its self-test.

            Example: driftstream kernels --measure
            """)
        {
            measure, json,
        };
        command.SetAction(parsed => Run(parsed.GetValue(measure), parsed.GetValue(json)));
        return command;
    }

    private static int Run(bool measure, bool json)
    {
        MachineReport report;
        try
        {
            report = MachineReport.Make(measure);
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.Usage;
        }

        if (json) Console.WriteLine(JsonSerializer.Serialize(report, Json));
        else MachineText.Write(report, Ink.ForOutput, Console.Out);
        return report.Kernels.All(kernel => kernel.SelfTest is null or "passed") ? ExitCode.Fine : ExitCode.BadNews;
    }
}
