using DriftStream.Kernels;
using DriftStream.Kernels.Gpu;
using DriftStream.Tests.Kernels;
using Xunit;

namespace DriftStream.Tests.Gpu;

/// <summary>What a counter with a device does around the kernels, on ILGPU's interpreter.</summary>
public sealed class GpuCounterTests
{
    private static readonly DeviceSizes Tiny = new(Stagings: 3, StagingBytes: 16 << 10, Tiles: 8, Counts: 400, Keys: 300);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Lanes_SideBySideWithLittleMemory_CountAsOneDoes(bool wait)
    {
        using GpuCounter gpu = GpuDevices.Interpreter(Tiny);
        gpu.Waits = wait;
        long before = gpu.ValuesSent, all = 0;
        string?[] faults = new string?[3];
        // Each lane has its own columns and settles them when it likes, as partitions that finish their segments do.
        Thread[] threads = [.. Enumerable.Range(0, faults.Length).Select(lane => new Thread(() => faults[lane] = Count(gpu, lane, ref all)))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Null(gpu.Failure);
        Assert.All(faults, Assert.Null);
        // Some of it there, and some of it, for want of room, here.
        Assert.InRange(gpu.ValuesSent - before, 1, wait ? all : all - 1);
    }

    [Fact]
    public void Failure_OfTheDevice_EndsItAndTheCpuGoesOn()
    {
        using GpuCounter gpu = GpuDevices.Interpreter(Tiny);
        Assert.Null(gpu.Failure);
        gpu.Thread.Run(() => throw new InvalidOperationException("the device\nis gone"));
        Assert.Equal("InvalidOperationException: the device is gone", gpu.Failure);
        long[] counts = new long[3];
        gpu.Count(0, EdgeIndex<double>.Create([0.0]), [-1.0, 1.0, double.NaN, 2.0], [], 0, counts);
        gpu.Settle([counts]);
        Assert.Equal([1, 2, 1], counts);
    }

    [Fact]
    public void Failure_WhileLanesWaitForTheDevice_LetsThemGo()
    {
        using GpuCounter gpu = GpuDevices.Interpreter(Tiny);
        using var hold = new ManualResetEventSlim();
        gpu.Thread.Post(() =>
        {
            hold.Wait();
            throw new InvalidOperationException("gone");
        });
        long[] counts = new long[3];
        var counting = new Thread(() => gpu.Count(0, EdgeIndex<double>.Create([0.0]), new double[100_000], [], 0, counts));
        counting.Start();
        Assert.False(counting.Join(300), "nothing is free, so it waits");
        hold.Set();
        Assert.True(counting.Join(TimeSpan.FromSeconds(30)));
        Assert.Equal("InvalidOperationException: gone", gpu.Failure);
    }

    [Fact]
    public void Counts_ThatNobodySettles_DoNotFillTheDevice()
    {
        using GpuCounter gpu = GpuDevices.Interpreter(Tiny);
        var index = EdgeIndex<float>.Create([0f, 1f]);
        for (int i = 0; i < 1000; i++)
        {
            long[] dropped = new long[4], kept = new long[4];
            gpu.Count(0, index, [0.5f], [], 0, dropped);
            gpu.Count(0, index, [0.5f], [], 0, kept);
            gpu.Settle([kept]);
            Assert.Equal([0, 1, 0, 0], kept);
        }

        Assert.True(gpu.ValuesSent >= 2000);
    }

    [Fact]
    public void BreakEven_ByTheLayoutBelow()
    {
        var breakEven = new BreakEven([new(false, 9, null), new(false, 255, 4096), new(false, 1023, 512), new(true, 255, 100)]);
        Assert.Equal(int.MaxValue, breakEven.Least(false, 5));
        Assert.Equal(int.MaxValue, breakEven.Least(false, 254));
        Assert.Equal(4096, breakEven.Least(false, 255));
        Assert.Equal(512, breakEven.Least(false, 4000));
        Assert.Equal(100, breakEven.Least(true, 300));
        Assert.Equal(int.MaxValue, BreakEven.Never.Least(false, 300));
    }

    [Fact]
    public void Calibration_OnAnInterpreter_FindsThatNothingIsWorthIt()
    {
        using GpuCounter gpu = GpuDevices.Interpreter(Tiny with { Counts = 20_000, Keys = 20_000 });
        BreakEven found = new Calibration(gpu).Measure();
        Assert.Equal([9, 63, 255, 1023, 4095, 9, 63, 255, 1023, 4095], found.Rows.Select(row => row.Edges));
        Assert.All(found.Rows, row => Assert.Null(row.Values));
    }

    [Fact]
    public void Open_WhereNoDriverIs_SaysSo()
    {
        using GpuCounter? gpu = GpuCounter.Open(out GpuRefusal? refusal);
        Assert.SkipWhen(gpu is not null, "there is a CUDA device");
        Assert.NotNull(refusal);
        Assert.NotEqual("", refusal.Reason);
        Assert.DoesNotContain('\n', refusal.Reason);
    }

    private static string? Count(GpuCounter gpu, int lane, ref long all)
    {
        var random = new Random(lane);
        for (int turn = 0; turn < 60; turn++)
        {
            double[] edges = Roster.Edges(random, random.Next(60), "special");
            var index = EdgeIndex<double>.Create(edges);
            long[] counts = new long[index.Cells], expected = new long[index.Cells];
            for (int i = 0; i <= random.Next(3); i++)
            {
                double[] values = Roster.Doubles(random, random.Next(6000), "special");
                byte[] validity = Roster.Bitmap(random, values.Length, 0.8);
                gpu.Count(lane, index, values, validity, 0, counts);
                Interlocked.Add(ref all, values.Length);
                long[] plain = PlainCounts.Count<double>(edges, values, validity, 0);
                for (int cell = 0; cell < plain.Length; cell++) expected[cell] += plain[cell];
            }

            gpu.Settle([counts]);
            if (counts.AsSpan().SequenceEqual(expected)) continue;
            return $"lane {lane}, turn {turn}: {string.Join(' ', counts)} instead of {string.Join(' ', expected)}";
        }

        return null;
    }
}
