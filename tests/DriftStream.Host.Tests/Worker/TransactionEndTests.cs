using System.Collections.Immutable;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftStream.Host.Kafka;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>
/// A broker that stops may call a transaction ended whose records have no end in the log (KAFKA-20734). What the next judge says again must not
/// bring them back.
/// </summary>
[Trait("needs", "kafka")]
public sealed class TransactionEndTests
{
    private const int Judges = 12, Stops = 4;

    // The more partitions a broker gives up at once, the longer it writes transactions whose partitions have no leader.
    private const int OtherPartitions = 300;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // The broker's fault is a race of milliseconds within a minute: about one run in three meets it, and the others skip. To be run by hand (-explicit on)
    // after a change of how judges begin; OutageTests goes the same way in every run.
    [Fact(Explicit = true)]
    public void TransactionThatTheBrokerDidNotEnd_IsRolledBack_AndWhatIsSaidAgainIsThereOnce()
    {
        using KafkaCluster cluster = KafkaCluster.StartStoppable();
        var kafka = new KafkaSettings(cluster.Bootstrap, ImmutableSortedDictionary<string, string>.Empty);
        var topics = new TopicNames("x.");
        Create(kafka, topics);
        var said = new int[Judges];
        int leftOpen = 0;
        for (int stop = 0; stop < Stops && leftOpen == 0; stop++)
        {
            SayUntilItStops(kafka, topics, said, cluster);
            for (int judge = 0; judge < Judges; judge++) leftOpen += GoOn(kafka, topics, judge, said) ? 1 : 0;
        }

        for (int judge = 0; judge < Judges; judge++)
        {
            string[] expected = [.. Enumerable.Range(0, said[judge]).Select(n => $"{judge}: {n}")];
            Assert.Equal(expected, Read(kafka, topics.Checkpoints, judge, out bool isHeldBack));
            Assert.False(isHeldBack);
            Assert.Equal(expected, Read(kafka, topics.Verdicts, 0, out _).Where(v => v.StartsWith($"{judge}: ", StringComparison.Ordinal)));
        }

        Assert.SkipWhen(leftOpen == 0, $"the broker has ended all transactions of {Judges} judges in {Stops} stops");
    }

    private static OutgoingRecord Record(string topic, int partition, string text) =>
        new(topic, partition, Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(text));

    private static KafkaFailure? Write(AckedProducer producer, TopicNames topics, int judge, int number, CancellationToken cancel = default) =>
        producer.Write([Record(topics.Verdicts, 0, $"{judge}: {number}")], Record(topics.Checkpoints, judge, $"{judge}: {number}"), cancel);

    // Every judge writes one transaction after the other until the broker is gone.
    private static void SayUntilItStops(KafkaSettings kafka, TopicNames topics, int[] said, KafkaCluster cluster)
    {
        using var gone = new CancellationTokenSource();
        using var started = new CountdownEvent(Judges);
        var threads = new List<Thread>();
        for (int n = 0; n < Judges; n++)
        {
            int judge = n;
            threads.Add(new Thread(() =>
            {
                using var producer = new AckedProducer(kafka, NullLogger.Instance, topics.JudgeTransaction(judge));
                KafkaFailure? failure = producer.Open(Patience);
                try
                {
                    for (bool isFirst = true; failure is null && !gone.IsCancellationRequested; isFirst = false)
                    {
                        failure = Write(producer, topics, judge, said[judge], gone.Token);
                        if (failure is null) said[judge]++;
                        if (isFirst) started.Signal();
                    }
                }
                catch (OperationCanceledException)
                {
                }
            }));
            threads[^1].Start();
        }

        Assert.True(started.Wait(Patience));
        cluster.Stop();
        gone.Cancel();
        cluster.StartAgain();
        Assert.All(threads, t => Assert.True(t.Join(Patience * 2)));
    }

    // As a judge that takes the partition over: from its last checkpoint. True: it found a transaction without an end.
    private static bool GoOn(KafkaSettings kafka, TopicNames topics, int judge, int[] said)
    {
        using var producer = new AckedProducer(kafka, NullLogger.Instance, topics.JudgeTransaction(judge));
        Assert.Null(producer.Open(Patience));
        Read(kafka, topics.Checkpoints, judge, out bool isHeldBack);
        CommittedCheckpoint.OfJudge(judge, kafka, topics, producer, NullLogger.Instance, out KafkaFailure? failure);
        Assert.Null(failure);
        said[judge] = Read(kafka, topics.Checkpoints, judge, out _).Length;
        Assert.Null(Write(producer, topics, judge, said[judge]));
        said[judge]++;
        return isHeldBack;
    }

    private static string[] Read(KafkaSettings kafka, string topic, int partition, out bool isHeldBack)
    {
        var found = new List<string>();
        using LogTail tail = LogTail.Partition(kafka, topic, partition, null, NullLogger.Instance);
        while (tail.TryRead(out LogRecord record)) found.Add(Encoding.UTF8.GetString(record.Value!));
        Assert.Null(tail.Failure);
        isHeldBack = tail.IsHeldBack;
        return [.. found];
    }

    private static void Create(KafkaSettings kafka, TopicNames topics)
    {
        using IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(kafka)).Build();
        (string Name, int Partitions)[] all =
            [(topics.Checkpoints, Judges), (topics.Panes, Judges), (topics.Verdicts, 1), (topics.Alerts, 1), ("x.other", OtherPartitions)];
        admin.CreateTopicsAsync(all.Select(t => new TopicSpecification { Name = t.Name, NumPartitions = t.Partitions, ReplicationFactor = 1 }))
            .GetAwaiter().GetResult();
    }
}
