using System.Buffers;
using DriftStream.Frames;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Files;
using DriftStream.Kernels;
using DriftStream.Kernels.Gpu;
using DriftStream.Plan;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>The sample's rows, counted into frames with a device and without.</summary>
public sealed class GpuCountingTests
{
    private const int RowsPerMessage = 3000, MessagesPerFlush = 7, MessagesPerSegment = 40;

    [Theory]
    [InlineData("interpreter")]
    [InlineData("opencl")]
    public void Frames_CountedOnADevice_AreThoseOfTheCpu(string device)
    {
        bool openCl = device == "opencl";
        Assert.SkipWhen(
            openCl && Environment.GetEnvironmentVariable("DRIFTSTREAM_OPENCL") is null or "", "DRIFTSTREAM_OPENCL does not say that an OpenCL device is here");
        using var opening = new GpuOpening(openCl ? GpuKind.OpenCl : GpuKind.TestDouble, new DeviceSizes(4, 256 << 10, 512, 500_000, 200_000));
        using GpuCounter gpu = opening.Open(out GpuRefusal? refusal) ?? throw new InvalidOperationException(refusal!.Reason);
        long selfTest = gpu.ValuesSent;
        DriftPlan plan = PlanFile.Load(Path.Combine(SampleRun.Folder, "driftstream.yaml"), Console.Error)!;
        foreach (DemoStream stream in DemoScript.Read(SampleRun.Folder).Streams)
        {
            List<byte[]> messages = Messages(stream);
            List<byte[]> expected = Frames(plan, stream.Topic, messages, CpuCounter.Shared), frames = Frames(plan, stream.Topic, messages, gpu);
            Assert.Equal(expected, frames);
            Assert.NotEmpty(frames);
        }

        Assert.Null(gpu.Failure);
        Assert.True(gpu.ValuesSent > selfTest + 100_000, $"{gpu.ValuesSent} values were sent");
    }

    private static List<byte[]> Messages(DemoStream stream)
    {
        var rows = new ArrowMessages([.. DataFile.Open(Path.Combine(SampleRun.Folder, stream.File)).Batches]);
        var messages = new List<byte[]>();
        for (long row = 0; row < rows.Rows; row += RowsPerMessage) messages.Add(rows.Write(row, Math.Min(rows.Rows, row + RowsPerMessage)));
        return messages;
    }

    // Two lanes take turns, as threads would; segments end and panes are flushed now and then.
    private static List<byte[]> Frames(DriftPlan plan, string topic, List<byte[]> messages, INumberCounter numbers)
    {
        var frames = new List<byte[]>();
        CountingLane[] lanes = [new(plan.Counting, plan.Limits, 0, numbers), new(plan.Counting, plan.Limits, 1, numbers)];
        var counter = new PartitionCounter(plan.Counting, new SourcePartition(topic, 0), new(0), EventTime.None, lanes.Length, numbers);
        long recorded = EventTime.From(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        for (int i = 0; i < messages.Count; i++)
        {
            counter.Add(new SourceRecord(new(i), new(recorded), messages[i], false, [], messages[i].Length), lanes[i % 2]);
            if (i % MessagesPerSegment == MessagesPerSegment - 1) Write(counter.Finish(new(i + 1), new(recorded), 1));
            else if (i % MessagesPerFlush == 0) Write(counter.Flush(new(recorded), 1, idle: false));
        }

        Write(counter.Finish(new(messages.Count), new(recorded), 1));
        foreach (CountingLane lane in lanes) lane.Dispose();
        return frames;

        void Write(Flushed flushed)
        {
            foreach (Entry entry in flushed.Entries)
            {
                var bytes = new ArrayBufferWriter<byte>();
                FrameCodec.Write(new SealedPane(entry, []), bytes);
                frames.Add(bytes.WrittenSpan.ToArray());
            }

            flushed.Release();
        }
    }
}
