using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.History;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.History;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>From the topics to the store, by a worker that runs nothing else.</summary>
public sealed class WebStageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>One has a file and is stopped in the middle, the other memory and no idea of it; an owner whose topics are missing costs its own
    /// alone.</summary>
    [Fact]
    public void TwoWorkers_ShowTheSame_AndTheOneThatIsStartedAgainGoesOn()
    {
        string folder = Directory.CreateTempSubdirectory("driftstream-web-").FullName, path = Path.Combine(folder, "pages.db");
        using var broker = new EmbeddedBroker();
        DriftPlan plan = DemoRun.Paced(PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan!, broker.Settings);
        var names = new TopicNames(plan.Topics.Prefix);
        foreach (OurTopic topic in TopicCatalogue.Of(plan).Where(t => !t.Name.EndsWith(".income-research", StringComparison.Ordinal)))
            broker.CreateTopic(topic.Name, topic.Partitions);
        try
        {
            using var memory = new HistoryStore(null, names.Prefix, TimeProvider.System, NullLogger.Instance);
            Run(plan, memory, () =>
            {
                using (var file = new HistoryStore(path, names.Prefix, TimeProvider.System, NullLogger.Instance))
                {
                    Run(plan, file, () =>
                    {
                        Send(plan, Records.Verdict("m", 1), 0);
                        Send(plan, Records.Alert("m", "e", 1, "firing", "labour-insights"), 0);
                        Await(() => new HistoryReader(file).Counts() == (1, 1, 0));
                    });
                }

                Send(plan, Records.Verdict("m", 2), 1);
                Send(plan, Records.Alert("m", "e", 2, "resolved", "labour-insights"), 0);
                using var again = new HistoryStore(path, names.Prefix, TimeProvider.System, NullLogger.Instance);
                long read = 0;
                Run(plan, again, () =>
                {
                    Await(() => new HistoryReader(again).Counts() == (2, 2, 0));
                    Await(() => new HistoryReader(memory).Counts() == (2, 2, 0));
                    read = Records.Writer(again).Positions().Values.Sum();
                });
                Assert.Equal(new HistoryReader(memory).Models(), new HistoryReader(again).Models());
                Assert.Equal("resolved", Assert.Single(new HistoryReader(again).Episodes(new EpisodeFilter())).Status);
                Assert.Equal(Records.Writer(memory).Positions().Values.Sum(), read);
                Assert.Single(new HistoryReader(again).Plans());
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Send(DriftPlan plan, LogRecord record, int partition)
    {
        using var producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
        Assert.Null(producer.Send(new OutgoingRecord(record.Topic, partition, null, record.Value!), TestContext.Current.CancellationToken));
        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    private static void Run(DriftPlan plan, HistoryStore store, Action then)
    {
        using var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var worker = new Host.Worker.Worker(plan, WorkerRole.Web, status, TimeProvider.System, NullLogger.Instance) { Store = store };
        Task running = Task.Run(() => worker.Run(stop.Token));
        try
        {
            Await(() => status.Health.States.All(s => s.Ready) ? true : throw new InvalidOperationException(string.Join(", ", status.Health.States)));
            Assert.Equal(["plan", "web"], status.Health.States.Select(s => s.Role));
            then();
        }
        finally
        {
            stop.Cancel();
            running.Wait(Patience);
        }
    }

    // What is thrown says what was missing at the end.
    private static void Await(Func<bool> done)
    {
        Exception? why = null;
        bool came = SpinWait.SpinUntil(() =>
        {
            try
            {
                return done();
            }
            catch (InvalidOperationException e)
            {
                why = e;
                Thread.Sleep(50);
                return false;
            }
        }, Patience);
        Assert.True(came, why?.Message ?? "it did not come");
    }
}
