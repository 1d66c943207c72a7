using System.Diagnostics;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>
/// Brokers by the script <c>kafka</c> of the folder that <see cref="Variable"/> names: <c>start FOLDER [--nodes N | --secure]</c> prints
/// where they are, <c>stop FOLDER</c> leaves their data.
/// </summary>
internal sealed class KafkaScript : IDisposable
{
    public const string Variable = "DRIFTSTREAM_KAFKA";

    private readonly string _script;

    public KafkaScript(params string[] options)
    {
        _script = Found ?? throw new InvalidOperationException($"{Variable} names no folder with a script 'kafka'");
        Bootstrap = Run(["start", Folder, .. options]).Trim().Split('\n')[^1].Trim();
    }

    public static string? Found =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder && Path.Combine(folder, "kafka") is var script && File.Exists(script)
            ? script
            : null;

    /// <summary>Where the brokers' data are.</summary>
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"driftstream-cluster-{Guid.NewGuid():N}");

    public string Bootstrap { get; }

    public string Run(params string[] arguments)
    {
        // The brokers outlive the script and inherit its pipes: a shell with a file of its own lets the script's end be seen.
        string output = Path.GetTempFileName();
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$@\" > {output} 2>&1 < /dev/null", "sh", _script, .. arguments]);
        using Process process = Process.Start(start)!;
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(90)), "the Kafka script does not end");
        string text = File.ReadAllText(output);
        File.Delete(output);
        Assert.True(process.ExitCode == 0, text);
        return text;
    }

    public void Dispose()
    {
        Run("stop", Folder);
        Directory.Delete(Folder, recursive: true);
    }
}
