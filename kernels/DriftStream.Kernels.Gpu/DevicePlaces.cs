using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DriftStream.Kernels.Gpu;

/// <summary>Where counts are held on the device.</summary>
/// <param name="First">The place of the first count.</param>
/// <param name="Cells">How many counts.</param>
internal sealed record HeldCounts(int First, int Cells)
{
    /// <summary>Null rows, which the device counts as NaN. Belongs to the lane that counts, then to whoever settles.</summary>
    public long Nulls { get; set; }
}

/// <summary>
/// Where layouts and counts are on the device. Memory is given out from its start; that of counts comes back when they are
/// taken, all at once.
/// </summary>
internal sealed class DevicePlaces(DeviceThread thread, Device device, DeviceSizes sizes)
{
    private readonly Lock gate = new();
    private readonly Dictionary<object, DeviceLayout> layouts = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<long[], HeldCounts> held = new(ReferenceEqualityComparer.Instance);

    // Counts taken from the device that nobody has asked for yet. They are forgotten when their owner is collected.
    private readonly ConditionalWeakTable<long[], long[]> taken = [];
    private int keys, counts;

    /// <summary>The layout on the device, or null where there is no room for it now.</summary>
    public DeviceLayout? LayoutOf<T, TOrder, TBits, TKey>(EdgeIndex<T> index)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOrder : struct, IKeyOrder<TBits, TKey>
        where TBits : unmanaged
        where TKey : unmanaged
    {
        lock (gate)
        {
            if (layouts.TryGetValue(index, out DeviceLayout? known)) return known;
            int edges = index.Edges.Length, length = DeviceLayout.KeyCountOf(edges), perWord = sizeof(long) / Unsafe.SizeOf<TKey>();
            long[] words = new long[(length + perWord - 1) / perWord];
            int at = keys;
            if (at + words.Length > sizes.Keys) return null;
            Span<TKey> all = MemoryMarshal.Cast<long, TKey>(words.AsSpan());
            DeviceLayout.WriteKeys<TOrder, TBits, TKey>(MemoryMarshal.Cast<T, TBits>(index.Edges), all);
            if (words.Length > 0) thread.Run(() => device.Programs!.Upload(words, at));
            keys += words.Length;
            return layouts[index] = new DeviceLayout(at * perWord, length, edges);
        }
    }

    /// <summary>The place of counts on the device, or null where there is no room for them now.</summary>
    public HeldCounts? Hold(long[] to, int cells)
    {
        lock (gate)
        {
            if (held.TryGetValue(to, out HeldCounts? place)) return place;
            if (counts + cells > sizes.Counts) return null;
            counts += cells;
            return held[to] = new HeldCounts(counts - cells, cells);
        }
    }

    public bool HoldsAny(long[][] counts)
    {
        lock (gate) return counts.Any(held.ContainsKey);
    }

    /// <summary>Takes all counts off the device. Everything must have been launched, and nobody may be counting.</summary>
    public void TakeAll()
    {
        lock (gate)
        {
            if (held.Count > 0) thread.Run(Take);
            held.Clear();
            counts = 0;
            if (keys <= sizes.Keys / 2) return;
            // Most are of plans that are gone; the others are sent again.
            layouts.Clear();
            keys = 0;
        }
    }

    /// <summary>Adds what was taken for some counts to them.</summary>
    public void MoveTo(long[] to)
    {
        lock (gate)
        {
            if (!taken.TryGetValue(to, out long[]? from)) return;
            for (int i = 0; i < from.Length; i++) to[i] += from[i];
            taken.Remove(to);
        }
    }

    private void Take()
    {
        device.Finish();
        ReadOnlySpan<long> all = device.Programs!.Take(counts);
        foreach ((long[] to, HeldCounts place) in held)
        {
            long[] sums = taken.GetValue(to, _ => new long[place.Cells]);
            for (int i = 0; i < place.Cells; i++) sums[i] += all[place.First + i];
            sums[^1] -= place.Nulls;
        }
    }
}
