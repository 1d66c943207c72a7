using System.Diagnostics;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>A real Apache Kafka of one test's own, so that every run starts from empty topics. Stopped and removed at the end.</summary>
internal sealed class KafkaCluster : IDisposable
{
    private readonly string _script;
    private readonly string _folder;

    private KafkaCluster(string script, params string[] options)
    {
        (_script, _folder) = (script, Path.Combine(Path.GetTempPath(), $"driftstream-cluster-{Guid.NewGuid():N}"));
        Bootstrap = Run(["start", _folder, .. options]).Trim().Split('\n')[^1].Trim();
    }

    public string Bootstrap { get; }

    /// <summary>Of a secure cluster: where SASL_SSL is spoken, with the user <c>worker</c> among others.</summary>
    public string SaslBootstrap =>
        File.ReadLines(Path.Combine(_folder, "cluster.env")).Single(l => l.StartsWith("SASL_BOOTSTRAP=", StringComparison.Ordinal)).Split('=')[1];

    /// <summary>Of a secure cluster: who signed its certificate.</summary>
    public string Authority => Path.Combine(_folder, "tls", "ca.pem");

    /// <summary>Skips the test where <c>DRIFTSTREAM_KAFKA</c> names no folder with a start script called <c>kafka</c>.</summary>
    public static KafkaCluster Start(int nodes) => Start("--nodes", nodes.ToString());

    /// <summary>One broker that speaks SASL_SSL too, and asks for rights there.</summary>
    public static KafkaCluster StartSecure() => Start("--secure");

    /// <summary>Stops the brokers; their data stay.</summary>
    public void Stop() => Run("stop", _folder);

    /// <summary>Starts the brokers again, on the same ports.</summary>
    public void StartAgain() => Run("start", _folder);

    private static KafkaCluster Start(params string[] options)
    {
        string? folder = Environment.GetEnvironmentVariable("DRIFTSTREAM_KAFKA");
        if (folder is null || !File.Exists(Path.Combine(folder, "kafka"))) Assert.Skip("DRIFTSTREAM_KAFKA names no folder with a Kafka start script");
        return new KafkaCluster(Path.Combine(folder, "kafka"), options);
    }

    public void Dispose()
    {
        Run("stop", _folder);
        Directory.Delete(_folder, recursive: true);
    }

    private string Run(params string[] arguments)
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
}
