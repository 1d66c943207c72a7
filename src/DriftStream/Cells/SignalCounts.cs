using System.Numerics.Tensors;

namespace DriftStream.Cells;

/// <summary>
/// The counts of one signal, one integer a cell, together with the key of the layout they belong to.
/// They add and subtract exactly and in any order, which is all that the rest of the engine builds on.
/// </summary>
public sealed class SignalCounts(string signal, ulong layout, long[] cells)
{
    /// <summary>Zeros, as many as the layout has cells.</summary>
    public SignalCounts(string signal, Layout layout)
        : this(signal, layout.Key, new long[layout.Cells])
    {
    }

    /// <summary>The signal's key (<see cref="BaselineSignal.Key"/>).</summary>
    public string Signal { get; } = signal;

    /// <summary><see cref="Cells.Layout.Key"/> of the layout.</summary>
    public ulong Layout { get; } = layout;

    /// <summary>Rows by cell: not a copy.</summary>
    public long[] Cells { get; } = cells;

    /// <exception cref="InvalidOperationException">The other counts are of another signal or layout.</exception>
    public void Add(SignalCounts other)
    {
        Check(other);
        TensorPrimitives.Add<long>(Cells, other.Cells, Cells);
    }

    /// <summary>The inverse of <see cref="Add"/>.</summary>
    /// <exception cref="InvalidOperationException">The other counts are of another signal or layout.</exception>
    public void Subtract(SignalCounts other)
    {
        Check(other);
        TensorPrimitives.Subtract<long>(Cells, other.Cells, Cells);
    }

    /// <summary>The same counts in cells of their own.</summary>
    public SignalCounts Copy() => new(Signal, Layout, (long[])Cells.Clone());

    /// <summary>The sum, in cells of its own.</summary>
    internal SignalCounts Plus(SignalCounts other)
    {
        Check(other);
        long[] sum = GC.AllocateUninitializedArray<long>(Cells.Length);
        TensorPrimitives.Add<long>(Cells, other.Cells, sum);
        return new SignalCounts(Signal, Layout, sum);
    }

    private void Check(SignalCounts other)
    {
        if (other.Layout != Layout || other.Signal != Signal || other.Cells.Length != Cells.Length)
            throw new InvalidOperationException($"counts of '{other.Signal}' ({other.Layout:x16}) do not combine with '{Signal}' ({Layout:x16})");
    }
}
