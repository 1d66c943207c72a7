using System.Collections.Immutable;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Xunit;

[assembly: AssemblyFixture(typeof(DriftStream.Host.Tests.Worker.DemoOnce))]

namespace DriftStream.Host.Tests.Worker;

/// <summary>The demo, run once in this process: what every other run must say too.</summary>
public sealed class DemoOnce
{
    private readonly Lazy<DemoResult> _result = new(Run);

    internal DemoResult Result => _result.Value;

    private static DemoResult Run()
    {
        using var lines = new StringWriter();
        using var errors = new StringWriter();
        var screen = new DemoScreen(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(lines) }), lines, errors, json: true);
        var plan = PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan!;
        var demo = new DemoRun(SampleRun.Folder, plan, DemoScript.Read(SampleRun.Folder), screen, NullLogger.Instance);
        DemoTable? table = demo.Run(CancellationToken.None);
        Assert.True(table is not null, errors.ToString());
        return new DemoResult(table, plan.Hash, demo.Verdicts, [.. lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)]);
    }
}

/// <param name="Verdicts">By id.</param>
/// <param name="Lines">What <c>--json</c> prints.</param>
internal sealed record DemoResult(
    DemoTable Table, string PlanHash, ImmutableSortedDictionary<string, string> Verdicts, ImmutableArray<string> Lines);
