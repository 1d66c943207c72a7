using DotNet.Testcontainers.Builders;
using Testcontainers.Kafka;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>
/// A real Apache Kafka of one test's own, so that every run starts from empty topics. Stopped and removed at the end. By the script of
/// <c>DRIFTSTREAM_KAFKA</c> where there is one; else in a container where Docker answers; else the test is skipped and says why.
/// </summary>
internal sealed class KafkaCluster : IDisposable
{
    /// <summary>The one of docker-compose.yml.</summary>
    private const string Image = "apache/kafka:4.1.0";

    private readonly KafkaScript? _script;
    private readonly KafkaContainer? _container;

    private KafkaCluster(KafkaScript script) => (_script, Bootstrap) = (script, script.Bootstrap);

    private KafkaCluster(KafkaContainer container) => (_container, Bootstrap) = (container, container.GetBootstrapAddress());

    public string Bootstrap { get; }

    /// <summary>Of a secure cluster: where SASL_SSL is spoken, with the user <c>worker</c> among others.</summary>
    public string SaslBootstrap =>
        File.ReadLines(Path.Combine(Script.Folder, "cluster.env")).Single(l => l.StartsWith("SASL_BOOTSTRAP=", StringComparison.Ordinal)).Split('=')[1];

    /// <summary>Of a secure cluster: who signed its certificate.</summary>
    public string Authority => Path.Combine(Script.Folder, "tls", "ca.pem");

    private KafkaScript Script => _script ?? throw new InvalidOperationException("this cluster is a container: ask for one that a script starts");

    /// <summary>One broker in a container has no others: tests of several need the script.</summary>
    public static KafkaCluster Start(int nodes) =>
        nodes > 1 ? StartByScript($"{nodes} brokers", "--nodes", $"{nodes}")
        : KafkaScript.Found is not null ? new KafkaCluster(new KafkaScript())
        : new KafkaCluster(StartContainer());

    /// <summary>One broker that can be stopped and started again: a container would come back on another port.</summary>
    public static KafkaCluster StartStoppable() => StartByScript("a broker that comes back on its port");

    /// <summary>One broker that speaks SASL_SSL too, and asks for rights there.</summary>
    public static KafkaCluster StartSecure() => StartByScript("a listener with SASL_SSL", "--secure");

    /// <summary>Stops the brokers; their data stay.</summary>
    public void Stop() => Script.Run("stop", Script.Folder);

    /// <summary>Starts the brokers again, on the same ports.</summary>
    public void StartAgain() => Script.Run("start", Script.Folder);

    public void Dispose()
    {
        _script?.Dispose();
        _container?.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static KafkaCluster StartByScript(string what, params string[] options)
    {
        Assert.SkipWhen(KafkaScript.Found is null, $"{KafkaScript.Variable} names no folder with a Kafka start script, and a container does not give {what}");
        return new KafkaCluster(new KafkaScript(options));
    }

    private static KafkaContainer StartContainer()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the image of Kafka is for Linux, and Docker may run Windows' containers here");
        KafkaContainer container;
        try
        {
            container = new KafkaBuilder(Image)
                .WithEnvironment("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
                .WithEnvironment("KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS", "1000")
                .WithEnvironment("KAFKA_MESSAGE_MAX_BYTES", "10485760")
                .WithEnvironment("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "4")
                .Build();
        }
        catch (DockerUnavailableException e)
        {
            Assert.Skip($"no Docker for a container with Kafka, and {KafkaScript.Variable} names no folder with a start script: {e.Message.Split('\n')[0]}");
            throw;
        }

        // Docker answers: what fails from here on fails the test.
        container.StartAsync(TestContext.Current.CancellationToken).GetAwaiter().GetResult();
        return container;
    }
}
