using System.Text.Json;
using DriftStream.Frames;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Host.Worker;
using DriftStream.Kernels.Gpu;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

public sealed class GpuFailureTests
{
    private const string Topic = "employment.predictions";
    private const int Messages = 30, RowsPerMessage = 300;

    /// <summary>What the device held is lost; nothing that was counted with it may be written, and nothing may be missing.</summary>
    [Fact]
    public async Task Device_FailsWhileItHoldsCounts_AllIsCountedAgainOnTheCpu()
    {
        using var broker = new EmbeddedBroker();
        DriftPlan plan = DemoRun.Paced(PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan!, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        foreach (string source in plan.Counting.Sources.Keys) broker.CreateTopic(source, 1);
        using var opening = new GpuOpening(GpuKind.TestDouble, new DeviceSizes(3, 256 << 10, 512, 200_000, 100_000));
        using GpuCounter gpu = opening.Open(out GpuRefusal? _)!;
        long selfTest = gpu.ValuesSent;
        var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var counting = new Host.Worker.Worker(plan, WorkerRole.All, status, TimeProvider.System, NullLogger.Instance, gpu);
        Task worker = Task.Run(() => counting.Run(stop.Token), TestContext.Current.CancellationToken);
        using var producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
        var rows = new ArrowMessages([.. DataFile.Open(Path.Combine(SampleRun.Folder, "stream-2016-2018.parquet")).Batches]);
        try
        {
            Send(0, Messages / 2);
            Assert.True(SpinWait.SpinUntil(() => Counted() == Messages / 2 * RowsPerMessage && gpu.ValuesSent > selfTest, TimeSpan.FromSeconds(30)));
            gpu.Thread.Post(() => throw new InvalidOperationException("the device is gone"));
            Send(Messages / 2, Messages);

            // All sources go silent, so the last windows close too. A verdict may be there twice; its id tells.
            long judged = 0;
            Assert.True(
                SpinWait.SpinUntil(() => (judged = Verdicts(plan).Sum(v => v.Rows)) == Messages * RowsPerMessage, TimeSpan.FromSeconds(60)),
                $"{judged} rows are judged");
            Assert.All(Verdicts(plan), verdict => Assert.All(verdict.SignalRows, signal => Assert.Equal(verdict.Rows, signal)));
        }
        finally
        {
            await stop.CancelAsync();
            await worker.WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None);
        }

        long Counted() => status.Counters.TryGetValue(new SourcePartition(Topic, 0), out CounterProgress? p) ? p.Fates.Counted : 0;

        void Send(int from, int to)
        {
            for (int i = from; i < to; i++)
            {
                byte[] message = rows.Write(i * RowsPerMessage, (i + 1) * RowsPerMessage);
                Assert.Null(producer.Send(new OutgoingRecord(Topic, 0, null, message), TestContext.Current.CancellationToken));
            }

            Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
        }
    }

    private static List<(long Rows, long[] SignalRows)> Verdicts(DriftPlan plan)
    {
        var verdicts = new Dictionary<string, (long, long[])>();
        using LogTail? tail = LogTail.Topic(plan.Kafka, new TopicNames(plan.Topics.Prefix).Verdicts, follow: false, NullLogger.Instance, out _);
        while (tail!.TryRead(out LogRecord record))
        {
            JsonElement verdict = JsonDocument.Parse(record.Value!).RootElement;
            verdicts[verdict.GetProperty("id").GetString()!] = (verdict.GetProperty("rows").GetInt64(),
                [.. verdict.GetProperty("signals").EnumerateArray().Select(s => s.GetProperty("rows").GetInt64())]);
        }

        return [.. verdicts.Values];
    }
}
