using DriftStream.Frames;
using DriftStream.Host.Commands;
using DriftStream.Host.Worker;
using DriftStream.Kernels;
using DriftStream.Plan;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>A partition is counted in the order of its log, each message once.</summary>
public sealed class AssignedPartitionTests
{
    [Fact]
    public void MessageOfAFormerFetch_DoesNotFollow()
    {
        DriftPlan plan = PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan!;
        var source = new SourcePartition(plan.Counting.Sources.Keys.First(), 0);
        var partition = new AssignedPartition(new PartitionCounter(plan.Counting, source, new(10), EventTime.None, 1, CpuCounter.Shared), 1, new(0));
        (long Offset, bool IsEnd, bool Follows)[] messages =
        [
            (9, false, false),
            (10, false, true),
            (10, false, false),
            (12, false, true), // a marker and compaction take offsets
            (11, false, false),
            (13, true, true),
            (13, true, true), // an end is told again when somebody has looked again
            (12, true, false),
            (13, false, true),
        ];
        Assert.All(messages, m => Assert.Equal(m.Follows, partition.Follows(
            new SourceMessage(source, new SourceRecord(new(m.Offset), new(0), default, false, [], 0), null, m.IsEnd))));
    }
}
