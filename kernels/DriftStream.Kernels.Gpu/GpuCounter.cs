using System.Collections.Concurrent;
using System.Numerics;

namespace DriftStream.Kernels.Gpu;

/// <summary>
/// Sends columns that are long enough to a GPU, and counts the others on the CPU. Each lane gathers values of many columns and calls
/// in pinned memory until a launch is full; counts stay on the device until somebody settles some.
/// </summary>
/// <remarks>
/// Where the device is busy or its memory is full, the CPU counts: a GPU never makes a lane wait. After a <see cref="Failure"/>, what
/// was on the device is lost: everybody must drop what they have counted since they last settled. Codes and tables are not sent, since
/// copying them costs as much as counting them.
/// </remarks>
public sealed class GpuCounter : INumberCounter, IDisposable
{
    /// <summary>Longer layouts stay on the CPU.</summary>
    public const int MostEdges = 4095;

    private const int BlockLength = 64 << 10;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private readonly DeviceThread thread;
    private readonly Device device;
    private readonly DevicePlaces places;
    private readonly ConcurrentDictionary<int, Lane> lanes = new();
    private readonly Lock settling = new();
    private long valuesSent;

    /// <param name="thread">The counter owns it from now on.</param>
    /// <param name="device">Compiled.</param>
    /// <param name="name">Its name for people.</param>
    /// <param name="sizes">The device's.</param>
    internal GpuCounter(DeviceThread thread, Device device, string name, DeviceSizes sizes)
    {
        (this.thread, this.device, Name) = (thread, device, name);
        places = new DevicePlaces(thread, device, sizes);
        thread.WhenIdle = device.Finish;
    }

    /// <summary>The device: <c>NVIDIA H100 (Cuda)</c>.</summary>
    public string Name { get; }

    /// <summary>How many values of a column make the device faster.</summary>
    public BreakEven BreakEven { get; internal set; } = BreakEven.Never;

    /// <summary>Values sent to the device so far.</summary>
    public long ValuesSent => Interlocked.Read(ref valuesSent);

    /// <summary>Why the device cannot be used any more, or null.</summary>
    public string? Failure => thread.Failure;

    /// <summary>For tests: a failure here is a failure of the device.</summary>
    internal DeviceThread Thread => thread;

    /// <summary>Lanes wait for the device, so that all of it can be measured and tested.</summary>
    internal bool Waits { get; set; }

    /// <summary>The GPU of this machine, after its self-test and with its break-even; or null, and why.</summary>
    public static GpuCounter? Open(out GpuRefusal? refusal)
    {
        using var opening = new GpuOpening(GpuKind.Cuda, DeviceSizes.Usual);
        GpuCounter? gpu = opening.Open(out refusal);
        if (gpu is null) return null;
        gpu.BreakEven = new Calibration(gpu).Measure();
        gpu.Waits = false;
        if (gpu.Failure is not { } failure) return gpu;
        refusal = new GpuRefusal(GpuStep.Calibrate, failure);
        gpu.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public Span<double> Block(int lane, EdgeIndex<double> index, int values) =>
        Takes(wide: true, index.Edges.Length, Math.Min(values, BlockLength))
            ? LaneOf(lane).Block ??= new double[BlockLength]
            : CpuCounter.Shared.Block(lane, index, values);

    /// <inheritdoc/>
    public void Count(int lane, EdgeIndex<float> index, ReadOnlySpan<float> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts)
    {
        int sent = Takes(wide: false, index.Edges.Length, values.Length)
            ? Send<float, KeyOrder32, int, uint>(lane, index, CountPrograms.Of(wide: false, index.Edges.Length), values, validity, validityOffset, counts)
            : 0;
        if (sent < values.Length) CpuCounter.Shared.Count(lane, index, values[sent..], validity, validityOffset + sent, counts);
    }

    /// <inheritdoc/>
    public void Count(int lane, EdgeIndex<double> index, ReadOnlySpan<double> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts)
    {
        int sent = Takes(wide: true, index.Edges.Length, values.Length)
            ? Send<double, KeyOrder64, long, ulong>(lane, index, CountPrograms.Of(wide: true, index.Edges.Length), values, validity, validityOffset, counts)
            : 0;
        if (sent < values.Length) CpuCounter.Shared.Count(lane, index, values[sent..], validity, validityOffset + sent, counts);
    }

    /// <inheritdoc/>
    public void Settle(IEnumerable<long[]> counts)
    {
        lock (settling)
        {
            long[][] due = [.. counts];
            if (places.HoldsAny(due)) TakeAll();
            foreach (long[] to in due) places.MoveTo(to);
        }
    }

    /// <summary>Frees the device. No lane may be counting; what has not been settled is lost.</summary>
    public void Dispose()
    {
        thread.Run(device.Finish);
        thread.End(device.Dispose);
    }

    private bool Takes(bool wide, int edges, int values) =>
        edges <= MostEdges && values >= BreakEven.Least(wide, edges) && thread.Failure is null;

    /// <returns>How many of the values, from the first one, are on their way.</returns>
    private int Send<T, TOrder, TBits, TKey>(
        int number, EdgeIndex<T> index, int program, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, long[] to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOrder : struct, IKeyOrder<TBits, TKey>
        where TBits : unmanaged
        where TKey : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(to.Length, index.Cells, nameof(to));
        if (!validity.IsEmpty) Bitmap.Require(validity, validityOffset, values.Length, nameof(validity));
        Lane lane = LaneOf(number);
        lock (lane.Gate)
        {
            if (places.LayoutOf<T, TOrder, TBits, TKey>(index) is not { } layout || places.Hold(to, index.Cells) is not { } held) return 0;
            int done = 0;
            while (done < values.Length && (lane.Staging ??= Free()) is { } staging)
            {
                Span<T> room = staging.Room<T>(program, values.Length - done);
                if (room.IsEmpty)
                {
                    Launch(lane);
                    continue;
                }

                ReadOnlySpan<T> some = values.Slice(done, Math.Min(room.Length, values.Length - done));
                held.Nulls += CountKernels.Current.Blank(some, validity, validityOffset + done, room);
                staging.Add<T>(program, some.Length, layout, held.First);
                done += some.Length;
            }

            Interlocked.Add(ref valuesSent, done);
            return done;
        }
    }

    // All lanes stand still, since what they have gathered refers to places that are given back.
    private void TakeAll()
    {
        Lane[] all = [.. lanes.Values];
        foreach (Lane lane in all) lane.Gate.Enter();
        try
        {
            foreach (Lane lane in all) Launch(lane);
            places.TakeAll();
        }
        finally
        {
            foreach (Lane lane in all) lane.Gate.Exit();
        }
    }

    // A lane that is new while others stand still waits with them.
    private Lane LaneOf(int number)
    {
        if (lanes.TryGetValue(number, out Lane? lane)) return lane;
        lock (settling) return lanes.GetOrAdd(number, _ => new Lane());
    }

    private Staging? Free()
    {
        Staging? staging;
        while (!device.Free.TryTake(out staging, Waits ? Glance : TimeSpan.Zero) && Waits && thread.Failure is null)
        {
        }

        return staging;
    }

    private void Launch(Lane lane)
    {
        if (lane.Staging is { } staging) thread.Post(staging.Launch);
        lane.Staging = null;
    }

    /// <summary>What one lane is working on.</summary>
    private sealed class Lane
    {
        /// <summary>Held by the lane while it counts, and by whoever settles.</summary>
        public Lock Gate { get; } = new();

        public Staging? Staging { get; set; }

        public double[]? Block { get; set; }
    }
}
