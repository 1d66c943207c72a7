using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace DriftStream.Kernels.Gpu;

/// <summary>
/// One launch on its way: pinned memory that the counting thread fills, the same on the device, and the stream that
/// copies and counts it. Belongs to a lane until it is posted, then to the device until the device calls it free.
/// </summary>
internal sealed class Staging : IDisposable
{
    // The CPU's kernels copy this many values at a time; columns start and end at multiples of the wider type's.
    private const int Row = 16, RowBytes = Row * sizeof(double);

    private readonly PageLockedArray1D<long> values;
    private readonly PageLockedArray1D<Tile> tiles;
    private readonly MemoryBuffer1D<long, Stride1D.Dense> deviceValues;
    private readonly MemoryBuffer1D<Tile, Stride1D.Dense> deviceTiles;
    private readonly int[] tileCounts;
    private readonly int mostTiles;
    private int bytes;

    /// <param name="accelerator">Where its memory comes from.</param>
    /// <param name="sizes">How much memory.</param>
    /// <param name="launch">What <see cref="Launch"/> does.</param>
    public Staging(Accelerator accelerator, DeviceSizes sizes, Action<Staging> launch)
    {
        Launch = () => launch(this);
        mostTiles = sizes.Tiles;
        tileCounts = new int[CountPrograms.Count];
        int length = sizes.StagingBytes / RowBytes * Row;
        values = accelerator.AllocatePageLocked1D<long>(length);
        deviceValues = accelerator.Allocate1D<long>(length);
        tiles = accelerator.AllocatePageLocked1D<Tile>(sizes.Tiles * tileCounts.Length);
        deviceTiles = accelerator.Allocate1D<Tile>(sizes.Tiles * tileCounts.Length);
        Stream = accelerator.CreateStream();
    }

    public AcceleratorStream Stream { get; }

    /// <summary>To be posted when it is full enough. A single object, so that posting it makes no garbage.</summary>
    public Action Launch { get; }

    /// <summary>Room for values of a column, rounded up to whole rows: less where it is nearly full, none where it is full.</summary>
    public Span<T> Room<T>(int program, int wanted) where T : unmanaged
    {
        int tilesLeft = mostTiles - tileCounts[program];
        int most = Math.Min(Math.Min(wanted, (values.Span.Length * sizeof(long) - bytes) / Unsafe.SizeOf<T>()), tilesLeft * Tile.Most);
        return MemoryMarshal.Cast<long, T>(values.Span).Slice(bytes / Unsafe.SizeOf<T>(), (most + Row - 1) / Row * Row);
    }

    /// <summary>Says how the values just written to <see cref="Room"/> are counted.</summary>
    public void Add<T>(int program, int length, DeviceLayout layout, int counts) where T : unmanaged
    {
        int first = bytes / Unsafe.SizeOf<T>();
        for (int done = 0; done < length; done += Tile.Most)
        {
            tiles[(program * mostTiles) + tileCounts[program]++] = new Tile(
                first + done, Math.Min(Tile.Most, length - done), layout.Keys, layout.KeyCount, layout.Edges, counts);
        }

        bytes += ((length * Unsafe.SizeOf<T>()) + RowBytes - 1) / RowBytes * RowBytes;
    }

    /// <summary>Starts copying and counting, on the stream. It is empty afterwards.</summary>
    public void Start(CountPrograms programs)
    {
        deviceValues.View.BaseView.SubView(0, bytes / sizeof(long)).CopyFrom(Stream, values, 0);
        for (int program = 0; program < tileCounts.Length; program++)
        {
            if (tileCounts[program] == 0) continue;
            ArrayView<Tile> there = deviceTiles.View.BaseView.SubView(program * mostTiles, tileCounts[program]);
            there.CopyFrom(Stream, tiles, program * mostTiles);
            programs.Launch(program, Stream, there, deviceValues.View.BaseView);
            tileCounts[program] = 0;
        }

        bytes = 0;
    }

    public void Dispose()
    {
        Stream.Dispose();
        deviceTiles.Dispose();
        deviceValues.Dispose();
        tiles.Dispose();
        values.Dispose();
    }
}
