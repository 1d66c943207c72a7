using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary><c>driftstream</c> as a process of its own.</summary>
internal sealed partial class WorkerProcess : IDisposable
{
    private const int SigHup = 1, SigTerm = 15, SigContinue = 18, SigStop = 19;

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private WorkerProcess(string[] arguments, params (string Variable, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Host.Worker.Worker).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string variable, string value) in environment) start.Environment[variable] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has written so far, for the message of a failing test.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    public static WorkerProcess Run(string config, string role = "all", params (string Variable, string Value)[] environment) =>
        new(["run", "-c", config, "--role", role], environment);

    /// <summary>With its pages on a port that is free.</summary>
    public static WorkerProcess RunWithPages(string config, params (string Variable, string Value)[] environment) =>
        new(["run", "-c", config, "--listen", "127.0.0.1:0"], environment);

    /// <summary>Nothing but pages, on a port that is free.</summary>
    public static WorkerProcess RunPages(string config) => new(["run", "-c", config, "--role", "web", "--listen", "127.0.0.1:0"]);

    /// <summary>Nothing but pages, with further options.</summary>
    public static WorkerProcess Run(string config, string[] options) => new(["run", "-c", config, "--role", "web", .. options]);

    /// <summary>Bytes of resident memory.</summary>
    public long Memory()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>Where its pages are, or null while it has not said so.</summary>
    public Uri? Pages => Address().Match(Output) is { Success: true } found ? new Uri(found.Value) : null;

    /// <summary>A line of its <c>/metrics</c>, or null where there is none yet.</summary>
    public async Task<double?> MetricAsync(string series)
    {
        if (Pages is not { } pages) return null;
        using var web = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        string page = await web.GetStringAsync(new Uri(pages, "metrics"), TestContext.Current.CancellationToken);
        string? line = page.Split('\n').FirstOrDefault(l => l.StartsWith(series + " ", StringComparison.Ordinal));
        return line is null ? null : double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>kill -9: no handler runs, nothing is flushed.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM, as a container engine stops it.</summary>
    public int Stop()
    {
        Assert.Equal(0, SendSignal(_process.Id, SigTerm));
        Assert.True(_process.WaitForExit(TimeSpan.FromSeconds(15)), "the worker does not stop within 15 s of SIGTERM\n" + Output);
        return _process.ExitCode;
    }

    /// <summary>It was started where SIGHUP is ignored, as under nohup, and .NET leaves it at that.</summary>
    public bool IgnoresHangUp
    {
        get
        {
            string line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("SigIgn:", StringComparison.Ordinal));
            return (Convert.ToUInt64(line[7..].Trim(), 16) & (1UL << (SigHup - 1))) != 0;
        }
    }

    /// <summary>SIGHUP, which has it read its configuration again.</summary>
    public void HangUp() => Assert.Equal(0, SendSignal(_process.Id, SigHup));

    /// <summary>SIGSTOP: it does nothing more, and does not know it.</summary>
    public void Pause() => Assert.Equal(0, SendSignal(_process.Id, SigStop));

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    public void GoOn() => Assert.Equal(0, SendSignal(_process.Id, SigContinue));

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Note(string? line)
    {
        if (line is null) return;
        lock (_output) _output.AppendLine(line);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    [GeneratedRegex(@"(?<=health and metrics at )http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
