using System.Collections.Immutable;
using Confluent.Kafka;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Kafka;

public sealed class ClientSettingsTests
{
    [Theory]
    [InlineData("plugin.library.paths", "/tmp/evil.so")]
    [InlineData("sasl.kerberos.kinit.cmd", "rm -rf /")]
    [InlineData("enable.auto.commit", "true")]
    [InlineData("auto.offset.reset", "earliest")]
    [InlineData("test.mock.num.brokers", "1")]
    [InlineData("bootstrap.servers", "elsewhere:9092")]
    public void Check_AndBuild_RefuseWhatIsOurs(string property, string value)
    {
        var kafka = With(property, value);

        Assert.StartsWith($"kafka.client.{property}: ", Assert.Single(ClientSettings.Check(kafka)));
        Assert.Throws<ArgumentException>(() => ClientSettings.Consumer(kafka, "g"));
        Assert.Throws<ArgumentException>(() => ClientSettings.Producer(kafka));
        Assert.Throws<ArgumentException>(() => ClientSettings.Admin(kafka));
    }

    [Theory]
    [InlineData("sesion.timeout.ms", "1000")]
    [InlineData("session.timeout.ms", "soon")]
    [InlineData("security.protocol", "TLS")]
    public void Check_WhatLibrdkafkaDoesNotTake_IsASentence(string property, string value) =>
        Assert.StartsWith($"kafka.client.{property}: ", Assert.Single(ClientSettings.Check(With(property, value))));

    [Theory]
    [InlineData("security.protocol", "SASL_SSL")]
    [InlineData("sasl.mechanism", "SCRAM-SHA-512")]
    [InlineData("session.timeout.ms", "6000")]
    public void Check_WhatLibrdkafkaTakes_IsFine(string property, string value) =>
        Assert.Empty(ClientSettings.Check(With(property, value)));

    [Fact]
    public void Consumer_TheConfigurationOverDefaults_TheRulesOverBoth()
    {
        var config = ClientSettings.Consumer(With("session.timeout.ms", "6000"), "g");

        Assert.Equal(6000, config.SessionTimeoutMs);
        Assert.Equal(65536, config.QueuedMaxMessagesKbytes);
        Assert.Equal("5", config.Get("fetch.queue.backoff.ms"));
        Assert.Equal(AutoOffsetReset.Error, config.AutoOffsetReset);
        Assert.Equal(PartitionAssignmentStrategy.CooperativeSticky, config.PartitionAssignmentStrategy);
        Assert.True(config.EnableAutoCommit); // of what was stored, in the background
        Assert.False(config.EnableAutoOffsetStore);
        Assert.Equal("b:1", config.BootstrapServers);
    }

    [Fact]
    public void EachConfig_IsTakenByItsClient()
    {
        var kafka = With("session.timeout.ms", "6000");
        using var consumer = new ConsumerBuilder<Null, Null>(ClientSettings.Reader(kafka)).LogTo(NullLogger.Instance).Build();
        using var producer = new ProducerBuilder<Null, Null>(ClientSettings.Producer(kafka, "t")).LogTo(NullLogger.Instance).Build();
        using var admin = new AdminClientBuilder(ClientSettings.Admin(kafka)).LogTo(NullLogger.Instance).Build();
    }

    private static KafkaSettings With(string property, string value) =>
        new("b:1", ImmutableSortedDictionary<string, string>.Empty.Add(property, value));
}
