using System.Diagnostics;

namespace DriftStream.Bench;

/// <summary>What it took this process to read a part of a topic.</summary>
/// <param name="Speed">Bytes a second.</param>
/// <param name="CpuMsPerGb">Milliseconds of CPU a gigabyte, of all threads, in the kernel too.</param>
/// <param name="Allocated">Managed bytes a message.</param>
/// <param name="Collections">Of generations 0, 1 and 2; a collection of one is one of those below it too.</param>
internal sealed record Reading(double Speed, double Seconds, double CpuMsPerGb, long Allocated, int[] Collections)
{
    public static Start Begin() => new(
        Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(), [.. Enumerable.Range(0, 3).Select(GC.CollectionCount)]);

    public readonly record struct Start(long Time, TimeSpan Cpu, long Allocated, int[] Collections)
    {
        public Reading End(long messages, long bytesPerMessage)
        {
            double seconds = Stopwatch.GetElapsedTime(Time).TotalSeconds, bytes = (double)messages * bytesPerMessage;
            int[] before = Collections;
            return new Reading(
                bytes / seconds, seconds, (Environment.CpuUsage.TotalTime - Cpu).TotalMilliseconds / bytes * 1e9,
                (GC.GetTotalAllocatedBytes() - Allocated) / messages, [.. before.Select((count, generation) => GC.CollectionCount(generation) - count)]);
        }
    }
}
