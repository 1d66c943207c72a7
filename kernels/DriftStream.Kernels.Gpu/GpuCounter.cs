using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DriftStream.Kernels.Gpu;

/// <summary>
/// Sends columns that are long enough to a GPU and counts the others on the CPU. Values of many columns and calls are gathered in
/// pinned memory until a launch is full; counts stay on the device until they are settled.
/// </summary>
/// <remarks>
/// After a <see cref="Failure"/> the counts that were on the device are lost: whoever counted must drop what it counted since the
/// last time it settled. Codes and tables are not sent: to copy them costs as much as to count them.
/// </remarks>
public sealed class GpuCounter : INumberCounter, IDisposable
{
    /// <summary>Longer layouts stay on the CPU.</summary>
    public const int MostEdges = 4095;

    private const int BlockLength = 64 << 10;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private readonly DeviceThread thread;
    private readonly Device device;
    private readonly DeviceSizes sizes;
    private readonly Action[] launches;
    private readonly Dictionary<object, DeviceLayout> layouts = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<long[], (int First, int Cells)> held = new(ReferenceEqualityComparer.Instance);
    private readonly double[] block = new double[BlockLength];
    private int current, keys, counts;

    /// <param name="thread">Owns the device from now on.</param>
    /// <param name="device">Compiled.</param>
    /// <param name="name">As people know it.</param>
    /// <param name="sizes">The device's.</param>
    internal GpuCounter(DeviceThread thread, Device device, string name, DeviceSizes sizes)
    {
        (this.thread, this.device, Name, this.sizes) = (thread, device, name, sizes);
        launches = [.. device.Stagings.Select(staging => (Action)(() => device.Launch(staging)))];
        device.Stagings[0].Free.Wait();
    }

    /// <summary>The device: <c>NVIDIA H100 (CUDA)</c>.</summary>
    public string Name { get; }

    /// <summary>From how many values of a column on the device is faster.</summary>
    public BreakEven BreakEven { get; internal set; } = BreakEven.Never;

    /// <summary>Values sent to the device so far.</summary>
    public long ValuesSent { get; private set; }

    /// <summary>Why the device cannot be used any more, or null.</summary>
    public string? Failure => thread.Failure;

    public Span<double> Block => block;

    /// <summary>The GPU of this machine, after its self-test and with its break-even; or null, and why.</summary>
    public static GpuCounter? Open(out GpuRefusal? refusal)
    {
        using var opening = new GpuOpening(GpuKind.Any, new DeviceSizes());
        GpuCounter? gpu = opening.Open(out refusal);
        if (gpu is null) return null;
        gpu.BreakEven = new Calibration(gpu).Measure();
        if (gpu.Failure is not { } failure) return gpu;
        refusal = new GpuRefusal(GpuStep.Calibrate, failure);
        gpu.Dispose();
        return null;
    }

    public void Count(EdgeIndex<float> index, ReadOnlySpan<float> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts)
    {
        if (!Takes(wide: false, index.Edges.Length, values.Length)) CpuCounter.Shared.Count(index, values, validity, validityOffset, counts);
        else Send(index, LayoutOf<float, KeyOrder32, int, uint>(index), CountPrograms.Of(wide: false, index.Edges.Length), values, validity, validityOffset, counts);
    }

    public void Count(EdgeIndex<double> index, ReadOnlySpan<double> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts)
    {
        if (!Takes(wide: true, index.Edges.Length, values.Length)) CpuCounter.Shared.Count(index, values, validity, validityOffset, counts);
        else Send(index, LayoutOf<double, KeyOrder64, long, ulong>(index), CountPrograms.Of(wide: true, index.Edges.Length), values, validity, validityOffset, counts);
    }

    public void Settle()
    {
        if (held.Count == 0) return;
        if (!device.Stagings[current].IsEmpty) Launch();
        thread.Run(Take);
        held.Clear();
        counts = 0;
    }

    public void Dispose()
    {
        thread.Run(device.Finish);
        thread.End(device.Dispose);
    }

    private bool Takes(bool wide, int edges, int values) =>
        edges <= MostEdges && values >= BreakEven.Least(wide, edges) && thread.Failure is null;

    private void Send<T>(
        EdgeIndex<T> index, DeviceLayout layout, int program, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, long[] to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(to.Length, index.Cells, nameof(counts));
        int first = Hold(to, index.Cells);
        for (int done = 0; done < values.Length;)
        {
            Span<T> room = device.Stagings[current].Room<T>(program, values.Length - done);
            if (room.IsEmpty)
            {
                if (!Launch()) return;
                continue;
            }

            ReadOnlySpan<T> some = values.Slice(done, Math.Min(room.Length, values.Length - done));
            // The device counts what stands in for a null as NaN.
            to[index.Cells - 1] -= CountKernels.Current.Blank(some, validity, validityOffset + done, room);
            device.Stagings[current].Add<T>(program, some.Length, layout, first);
            done += some.Length;
        }

        ValuesSent += values.Length;
    }

    /// <summary>The place of counts on the device.</summary>
    private int Hold(long[] to, int cells)
    {
        if (held.TryGetValue(to, out (int First, int Cells) place)) return place.First;
        if (counts + cells > sizes.Counts) Settle();
        held.Add(to, (counts, cells));
        counts += cells;
        return counts - cells;
    }

    private DeviceLayout LayoutOf<T, TOrder, TBits, TKey>(EdgeIndex<T> index)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOrder : struct, IKeyOrder<TBits, TKey>
        where TBits : unmanaged
        where TKey : unmanaged
    {
        if (layouts.TryGetValue(index, out DeviceLayout? known)) return known;
        int edges = index.Edges.Length, length = DeviceLayout.KeyCountOf(edges), perLong = sizeof(long) / Unsafe.SizeOf<TKey>();
        long[] block = new long[(length + perLong - 1) / perLong];
        DeviceLayout.WriteKeys<TOrder, TBits, TKey>(MemoryMarshal.Cast<T, TBits>(index.Edges), MemoryMarshal.Cast<long, TKey>(block.AsSpan()));
        if (keys + block.Length > sizes.Keys) ForgetLayouts();
        int at = keys;
        if (block.Length > 0) thread.Run(() => device.Programs!.Upload(block, at));
        keys += block.Length;
        return layouts[index] = new DeviceLayout(at * perLong, length, edges);
    }

    // What was gathered still refers to the keys.
    private void ForgetLayouts()
    {
        Settle();
        layouts.Clear();
        keys = 0;
    }

    /// <summary>Posts the current staging and waits for the next; false when the device has failed.</summary>
    private bool Launch()
    {
        thread.Post(launches[current]);
        current = (current + 1) % launches.Length;
        while (!device.Stagings[current].Free.Wait(Glance))
        {
            if (thread.Failure is not null) return false;
        }

        return true;
    }

    private void Take()
    {
        device.Finish();
        ReadOnlySpan<long> taken = device.Programs!.Take(counts);
        foreach ((long[] to, (int first, int cells)) in held)
        {
            for (int i = 0; i < cells; i++) to[i] += taken[first + i];
        }
    }
}
