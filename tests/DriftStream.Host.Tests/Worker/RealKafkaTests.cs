using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>
/// The sample through worker processes and a real Apache Kafka: the same ids and values as the demo's, however it is run.
/// </summary>
[Trait("needs", "kafka")]
public sealed class RealKafkaTests(DemoOnce demo)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    [Theory]
    [InlineData(1, 1, 400)]
    [InlineData(3, 3, 150)]
    public void OneWorker_SaysWhatTheDemoSays(int nodes, int replication, int rowsPerMessage)
    {
        using KafkaCluster cluster = KafkaCluster.Start(nodes);
        using var run = new SampleRun(cluster.Bootstrap, rowsPerMessage, replication);
        using WorkerProcess worker = WorkerProcess.Run(run.Config);
        run.Send();
        Compare(run, () => worker.Output);
        Assert.Equal(0, worker.Stop());
    }

    [Fact]
    public void TwoWorkers_RowsSplitDifferently_SayTheSame()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        using var run = new SampleRun(cluster.Bootstrap, rowsPerMessage: 77, replication: 1);
        using WorkerProcess first = WorkerProcess.Run(run.Config), second = WorkerProcess.Run(run.Config);
        run.Send();
        Compare(run, () => first.Output + "\n---\n" + second.Output);
        Assert.Equal(0, first.Stop());
        Assert.Equal(0, second.Stop());
    }

    [Fact]
    public void EachRole_KilledInTheMiddle_SaysTheSame()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        using var run = new SampleRun(cluster.Bootstrap, rowsPerMessage: 400, replication: 1);
        using WorkerProcess counter = WorkerProcess.Run(run.Config, "counter"), judge = WorkerProcess.Run(run.Config, "judge");
        using WorkerProcess desk = WorkerProcess.Run(run.Config, "desk");
        run.Send(weeks: 40);
        WaitForVerdicts(run, 20, () => counter.Output + "\n---\n" + judge.Output);
        counter.Kill();
        run.Send(weeks: 10);
        using WorkerProcess counterAgain = WorkerProcess.Run(run.Config, "counter");
        run.Send(weeks: 40);
        WaitForVerdicts(run, 60, () => counterAgain.Output + "\n---\n" + judge.Output);
        judge.Kill();
        run.Send(weeks: 30);
        using WorkerProcess judgeAgain = WorkerProcess.Run(run.Config, "judge");
        desk.Kill();
        using WorkerProcess deskAgain = WorkerProcess.Run(run.Config, "desk");
        run.Send();
        Compare(run, () => counterAgain.Output + "\n---\n" + judgeAgain.Output + "\n---\n" + deskAgain.Output);
        Assert.Equal(0, counterAgain.Stop());
        Assert.Equal(0, judgeAgain.Stop());
        Assert.Equal(0, deskAgain.Stop());
    }

    [Fact]
    public void Judge_KilledAsSoonAsItWrites_SaysNothingTwice()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        using var run = new SampleRun(cluster.Bootstrap, rowsPerMessage: 400, replication: 1);
        using WorkerProcess counter = WorkerProcess.Run(run.Config, "counter"), desk = WorkerProcess.Run(run.Config, "desk");
        run.Send();
        for (int kills = 0; kills < 3; kills++)
        {
            using WorkerProcess judge = WorkerProcess.Run(run.Config, "judge");
            run.WaitForAnyVerdict(Patience, () => judge.Output);
            judge.Kill();
        }

        using WorkerProcess last = WorkerProcess.Run(run.Config, "judge");
        Compare(run, () => counter.Output + "\n---\n" + last.Output + "\n---\n" + desk.Output);
        Assert.Equal(0, counter.Stop());
        Assert.Equal(0, desk.Stop());
        Assert.Equal(0, last.Stop());
    }

    private static void WaitForVerdicts(SampleRun run, int verdicts, Func<string> log) => run.Read(verdicts, 0, Patience, log);

    private void Compare(SampleRun run, Func<string> log) => run.SaysWhatItSays(demo.Result, Patience, log);
}
