using ILGPU;
using ILGPU.Runtime;

namespace DriftStream.Kernels.Gpu;

/// <summary>The compiled kernels, with the keys they read and the counts they add to.</summary>
internal sealed class CountPrograms : IDisposable
{
    /// <summary>How many programs there are: float32 and float64, each for usual and for large layouts.</summary>
    public const int Count = 4;

    private const int ThreadsPerGroup = 256;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<Tile>, ArrayView<int>, ArrayView<uint>, ArrayView<long>> usual32, large32;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<Tile>, ArrayView<long>, ArrayView<ulong>, ArrayView<long>> usual64, large64;
    private readonly MemoryBuffer1D<long, Stride1D.Dense> keys, counts;
    private readonly PageLockedArray1D<long> taken;
    private readonly Accelerator accelerator;
    private readonly int threads;

    /// <summary>Compiles the programs.</summary>
    public CountPrograms(Accelerator accelerator, DeviceSizes sizes)
    {
        this.accelerator = accelerator;
        threads = Math.Min(ThreadsPerGroup, accelerator.MaxNumThreadsPerGroup);
        usual32 = accelerator.LoadKernel<ArrayView<Tile>, ArrayView<int>, ArrayView<uint>, ArrayView<long>>(
            CountProgram.Count<KeyOrder32, UsualLayout, int, uint>);
        large32 = accelerator.LoadKernel<ArrayView<Tile>, ArrayView<int>, ArrayView<uint>, ArrayView<long>>(
            CountProgram.Count<KeyOrder32, LargeLayout, int, uint>);
        usual64 = accelerator.LoadKernel<ArrayView<Tile>, ArrayView<long>, ArrayView<ulong>, ArrayView<long>>(
            CountProgram.Count<KeyOrder64, UsualLayout, long, ulong>);
        large64 = accelerator.LoadKernel<ArrayView<Tile>, ArrayView<long>, ArrayView<ulong>, ArrayView<long>>(
            CountProgram.Count<KeyOrder64, LargeLayout, long, ulong>);
        keys = accelerator.Allocate1D<long>(sizes.Keys);
        counts = accelerator.Allocate1D<long>(sizes.Counts);
        taken = accelerator.AllocatePageLocked1D<long>(sizes.Counts);
        counts.MemSetToZero();
        accelerator.Synchronize();
    }

    /// <summary>The program that counts by a layout.</summary>
    public static int Of(bool wide, int edges) => (wide ? 2 : 0) + (edges > UsualLayout.MostEdges ? 1 : 0);

    public void Launch(int program, AcceleratorStream stream, ArrayView<Tile> tiles, ArrayView<long> values)
    {
        var grid = new KernelConfig(tiles.IntLength, threads);
        ArrayView<long> to = counts.View.BaseView;
        ArrayView<long> by = keys.View.BaseView;
        if (program < 2) (program == 0 ? usual32 : large32)(stream, grid, tiles, values.Cast<int>(), by.Cast<uint>(), to);
        else (program == 2 ? usual64 : large64)(stream, grid, tiles, values, by.Cast<ulong>(), to);
    }

    /// <summary>Copies the keys of a layout, two float32 ones in a word. Returns when they are there.</summary>
    public void Upload(long[] layout, int at) => keys.View.BaseView.SubView(at, layout.Length).CopyFromCPU(layout);

    /// <summary>The first counts, which become zero again. Nothing may be running.</summary>
    public ReadOnlySpan<long> Take(int length)
    {
        ArrayView<long> used = counts.View.BaseView.SubView(0, length);
        used.CopyTo(accelerator.DefaultStream, taken);
        used.MemSetToZero(accelerator.DefaultStream);
        accelerator.DefaultStream.Synchronize();
        return taken.Span[..length];
    }

    public void Dispose()
    {
        taken.Dispose();
        counts.Dispose();
        keys.Dispose();
    }
}
