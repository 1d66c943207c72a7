using System.Collections.Immutable;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Kafka;

[Trait("needs", "kafka")]
public sealed class TopicCheckTests(Brokers brokers)
{
    [Fact]
    public void Run_OnAnEmptyBroker_NamesWhatIsMissing_AndCreatesNothing()
    {
        var plan = NewPlan();

        Assert.All(Run(plan, apply: false), f => Assert.Equal(f.Topic.StartsWith("t-", StringComparison.Ordinal)
            ? TopicState.Fine : TopicState.Missing, f.State));
        Assert.Equal(18, Run(plan, apply: false).Length); // 13 of ours, 2 for each of 2 owners, 1 source: still missing, still all
    }

    [Fact]
    public void Run_Apply_CreatesAll_AndASecondTimeAllIsFine()
    {
        var plan = NewPlan();

        var created = Run(plan, apply: true);
        var again = Run(plan, apply: true);

        Assert.All(created.Take(12), f => Assert.Equal((TopicState.Created, ""), (f.State, f.Detail)));
        Assert.All(again, f => Assert.Equal((TopicState.Fine, ""), (f.State, f.Detail)));
    }

    [Fact]
    public async Task Run_Apply_TheBrokerHasTheConfigOfTheCatalogue()
    {
        var plan = NewPlan();
        Run(plan, apply: true);
        using var admin = new AdminClientBuilder(ClientSettings.Admin(plan.Kafka)).Build();

        foreach (var topic in TopicCatalogue.Of(plan))
        {
            Assert.Equal(topic.Partitions, admin.GetMetadata(topic.Name, TimeSpan.FromSeconds(5)).Topics[0].Partitions.Count);
            var resource = new ConfigResource { Type = ResourceType.Topic, Name = topic.Name };
            var entries = (await admin.DescribeConfigsAsync([resource]))[0].Entries;
            Assert.All(topic.Config, c => Assert.Equal(c.Value, entries[c.Key].Value));
        }
    }

    [Fact]
    public void Run_DifferentTopics_AreWrong_MoreGenerousOnesAreFine()
    {
        var plan = NewPlan();
        var names = new TopicNames(plan.Topics.Prefix);
        Create(plan, names.Counts, 5, ("retention.ms", "1000"), ("max.message.bytes", "1000000"),
            ("message.timestamp.type", "LogAppendTime"));
        Create(plan, names.Positions, 1, ("cleanup.policy", "delete"));
        Create(plan, names.Verdicts, 3, ("retention.ms", "-1"), ("message.timestamp.type", "LogAppendTime"),
            ("max.message.bytes", "8000000"));

        var found = Run(plan, apply: true).ToDictionary(f => f.Topic);

        Assert.Equal(TopicState.Wrong, found[names.Counts].State);
        Assert.Contains("5 partitions, must be 3", found[names.Counts].Detail);
        Assert.Contains("retention.ms is 1000", found[names.Counts].Detail);
        Assert.Contains("max.message.bytes", found[names.Counts].Detail);
        Assert.Contains("cleanup.policy is delete, needed is compact", found[names.Positions].Detail);
        Assert.Equal((TopicState.Fine, ""), (found[names.Verdicts].State, found[names.Verdicts].Detail));
    }

    [Fact]
    public void Run_Sources_MustExistAndNotBeCompacted_AndAreNeverCreated()
    {
        string compacted = brokers.NewTopic(Brokers.Real, 1, ("cleanup.policy", "compact"));
        Assert.Equal(TopicState.Wrong, Run(NewPlan(compacted), apply: false)[^1].State);

        var absent = NewPlan($"absent-{Guid.NewGuid():N}");
        Assert.Equal(TopicState.Missing, Run(absent, apply: true)[^1].State);
        Assert.Equal(TopicState.Missing, Run(absent, apply: true)[^1].State);
    }

    [Fact]
    public void Run_Sources_TellTheirPartitions()
    {
        TopicFinding source = Run(NewPlan(brokers.NewTopic(Brokers.Real, 3)), apply: false)[^1];
        Assert.Equal((TopicState.Fine, 3), (source.State, source.Partitions));
    }

    [Theory]
    [InlineData("CreateTime", true)]
    [InlineData("LogAppendTime", false)]
    public void Run_SourceWithTheProducersClock_IsWarnedOf(string timestamps, bool warned)
    {
        TopicFinding source = Run(NewPlan(brokers.NewTopic(Brokers.Real, 1, ("message.timestamp.type", timestamps))), apply: false)[^1];
        Assert.Equal((TopicState.Fine, warned), (source.State, source.Warning is not null));
    }

    [Fact]
    public void Run_MoreReplicasThanBrokers_FailsWithTheBrokersWords()
    {
        var findings = Run(NewPlan(replication: 3), apply: true);

        Assert.All(findings.Take(11), f => Assert.Equal(TopicState.Failed, f.State));
        Assert.StartsWith("InvalidReplicationFactor", findings[0].Detail);
    }

    [Fact]
    public void Run_NoBroker_IsAFailure()
    {
        var client = ImmutableSortedDictionary<string, string>.Empty.Add("socket.connection.setup.timeout.ms", "1000");
        Assert.Empty(TopicCheck.Run(Plans.Small(new("127.0.0.1:1", client)), false, NullLogger.Instance, out var failure,
            TimeSpan.FromMilliseconds(500)));
        Assert.Equal(KafkaErrorKind.Unreachable, failure?.Kind);
    }

    private static ImmutableArray<TopicFinding> Run(DriftPlan plan, bool apply)
    {
        var findings = TopicCheck.Run(plan, apply, NullLogger.Instance, out var failure);
        Assert.Null(failure);
        return findings;
    }

    private static void Create(DriftPlan plan, string name, int partitions, params (string Key, string Value)[] config)
    {
        using var admin = new AdminClientBuilder(ClientSettings.Admin(plan.Kafka)).Build();
        var topic = new TopicSpecification
        {
            Name = name,
            NumPartitions = partitions,
            ReplicationFactor = 1,
            Configs = config.ToDictionary(c => c.Key, c => c.Value),
        };
        admin.CreateTopicsAsync([topic]).GetAwaiter().GetResult();
    }

    private DriftPlan NewPlan(string? source = null, int replication = 1) => Plans.Small(brokers[Brokers.Real],
        $"p{Guid.NewGuid():N}.", source ?? brokers.NewTopic(Brokers.Real, 2), countsPartitions: 3, replication);
}
