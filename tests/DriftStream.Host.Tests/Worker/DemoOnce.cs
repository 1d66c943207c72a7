using System.Collections.Immutable;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Pages;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Xunit;

[assembly: AssemblyFixture(typeof(DriftStream.Host.Tests.Worker.DemoOnce))]

namespace DriftStream.Host.Tests.Worker;

/// <summary>The demo, run once in this process: what every other run must say too.</summary>
public sealed class DemoOnce : IDisposable
{
    private readonly Lazy<DemoResult> _result;
    private readonly WorkerStatus _status = new(TimeProvider.System);
    private PeoplePages? _pages;

    public DemoOnce() => _result = new(Run);

    internal DemoResult Result => _result.Value;

    /// <summary>Its pages, for readers whom a proxy on this machine names by <c>X-User</c> and <c>X-Groups</c>.</summary>
    internal PeoplePages Pages => Result is null ? null! : _pages!;

    public void Dispose()
    {
        _pages?.Dispose();
        _status.Dispose();
    }

    private DemoResult Run()
    {
        using var lines = new StringWriter();
        using var errors = new StringWriter();
        var screen = new DemoScreen(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(lines) }), lines, errors, json: true);
        var plan = PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan!;
        WebSettings settings = WebSettings.None with { Readers = PageReaders.Header, Headers = new ProxyHeaders("X-User", "X-Groups", ["127.0.0.1"]) };
        _pages = PeoplePages.Open("", plan with { Web = settings }, "127.0.0.1:0", TimeProvider.System, NullLogger.Instance)!;
        var shown = new DemoPages(_pages, _status, () => { });
        var demo = new DemoRun(SampleRun.Folder, plan, DemoScript.Read(SampleRun.Folder), screen, NullLogger.Instance, shown);
        DemoTable? table = demo.Run(CancellationToken.None);
        Assert.True(table is not null, errors.ToString());
        screen.Close(table);
        return new DemoResult(table, plan.Hash, demo.Verdicts, [.. lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)]);
    }
}

/// <param name="Verdicts">By id.</param>
/// <param name="Lines">What <c>--json</c> prints.</param>
internal sealed record DemoResult(
    DemoTable Table, string PlanHash, ImmutableSortedDictionary<string, string> Verdicts, ImmutableArray<string> Lines);
