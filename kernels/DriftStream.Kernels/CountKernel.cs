using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DriftStream.Kernels;

/// <summary>One way to count: the kernels at one register width. All ways give the same counts, bit for bit.</summary>
public sealed class CountKernel
{
    private readonly int bits;

    private CountKernel(string name, int bits) => (Name, this.bits) = (name, bits);

    /// <summary><c>avx512</c>, <c>avx2</c>, <c>vector128</c> or <c>scalar</c>.</summary>
    public string Name { get; }

    /// <summary>Best first; which of them run here is <see cref="CountKernels.Available"/>.</summary>
    internal static IReadOnlyList<CountKernel> All { get; } =
        [new("avx512", 512), new("avx2", 256), new("vector128", 128), new("scalar", 0)];

    internal bool IsSupported => bits switch
    {
        512 => Vector512.IsHardwareAccelerated && Avx512BW.IsSupported,
        256 => Vector256.IsHardwareAccelerated && Avx2.IsSupported,
        128 => Vector128.IsHardwareAccelerated,
        _ => true,
    };

    /// <inheritdoc cref="CountKernels.Count"/>
    public void Count<T>(EdgeIndex<T> index, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (counts.Length != index.Cells) throw new ArgumentException($"{counts.Length} counts for {index.Cells} cells", nameof(counts));
        if (!validity.IsEmpty) Bitmap.Require(validity, validityOffset, values.Length, nameof(validity));
        switch (bits)
        {
            case 512: NumericCounts<Lanes512<T>, Vector512<T>, T>.Count(index, values, validity, validityOffset, counts); break;
            case 256: NumericCounts<Lanes256<T>, Vector256<T>, T>.Count(index, values, validity, validityOffset, counts); break;
            case 128: NumericCounts<Lanes128<T>, Vector128<T>, T>.Count(index, values, validity, validityOffset, counts); break;
            default: NumericCounts<Lane<T>, T, T>.Count(index, values, validity, validityOffset, counts); break;
        }
    }

    /// <inheritdoc cref="CountKernels.Rank"/>
    public void Rank<T>(EdgeIndex<T> index, ReadOnlySpan<T> values, Span<uint> cells)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (cells.Length < values.Length) throw new ArgumentException($"{cells.Length} cells for {values.Length} values", nameof(cells));
        switch (bits)
        {
            case 512: NumericCounts<Lanes512<T>, Vector512<T>, T>.Rank(index, values, cells); break;
            case 256: NumericCounts<Lanes256<T>, Vector256<T>, T>.Rank(index, values, cells); break;
            case 128: NumericCounts<Lanes128<T>, Vector128<T>, T>.Rank(index, values, cells); break;
            default: NumericCounts<Lane<T>, T, T>.Rank(index, values, cells); break;
        }
    }

    /// <inheritdoc cref="CountKernels.CountTable"/>
    public void CountTable(ReadOnlySpan<byte> groups, BitColumn decisions, BitColumn labels, bool labelled, Span<long> counts)
    {
        if (counts.Length % (labelled ? 9 : 3) != 0)
            throw new ArgumentException($"{counts.Length} is not a number of cells of a table", nameof(counts));
        if (groups.IsEmpty) return;
        if (decisions.Values.IsEmpty || (labelled && labels.Values.IsEmpty))
            throw new ArgumentException("a column of the table has no values");
        decisions.Require(groups.Length, nameof(decisions));
        labels.Require(groups.Length, nameof(labels));
        switch (bits)
        {
            case 512: TableCounts<ByteLanes512>.Count(groups, decisions, labels, labelled, counts); break;
            case 256: TableCounts<ByteLanes256>.Count(groups, decisions, labels, labelled, counts); break;
            case 128: TableCounts<ByteLanes128>.Count(groups, decisions, labels, labelled, counts); break;
            default: TableCounts<ByteLane>.Count(groups, decisions, labels, labelled, counts); break;
        }
    }

    /// <summary>Copies values, with NaN in place of nulls.</summary>
    /// <param name="values">One a row.</param>
    /// <param name="validity">Arrow bitmap, or empty.</param>
    /// <param name="validityOffset">The bit of the first row.</param>
    /// <param name="to">Room for the rows; no more than these is written.</param>
    /// <returns>How many rows are null.</returns>
    internal unsafe int Blank<T>(ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, Span<T> to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!validity.IsEmpty) Bitmap.Require(validity, validityOffset, values.Length, nameof(validity));
        ArgumentOutOfRangeException.ThrowIfLessThan(to.Length, values.Length);
        fixed (T* from = values, into = to)
        fixed (byte* valid = validity)
        {
            int nulls = valid == null ? 0 : Bitmap.CountZeros(valid, validityOffset, values.Length);
            if (nulls == 0) values.CopyTo(to);
            else if (bits == 512) Blanks<Lanes512<T>, Vector512<T>, T>.Copy(from, values.Length, valid, validityOffset, T.NaN, into, values.Length);
            else if (bits == 256) Blanks<Lanes256<T>, Vector256<T>, T>.Copy(from, values.Length, valid, validityOffset, T.NaN, into, values.Length);
            else if (bits == 128) Blanks<Lanes128<T>, Vector128<T>, T>.Copy(from, values.Length, valid, validityOffset, T.NaN, into, values.Length);
            else Blanks<Lane<T>, T, T>.Copy(from, values.Length, valid, validityOffset, T.NaN, into, values.Length);
            return nulls;
        }
    }

    /// <summary>
    /// Layouts with at most this many edges are counted by comparing every value with every edge, except those of
    /// <see cref="LeastPacked"/> to <see cref="MostPacked"/>; longer ones by a search tree or a guide.
    /// </summary>
    public int MostCompared<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> => bits switch
    {
        512 => Lanes512<T>.FewEdges,
        256 => Lanes256<T>.FewEdges,
        128 => Lanes128<T>.FewEdges,
        _ => Lane<T>.FewEdges,
    };

    /// <summary>Layouts with at least this many edges are counted in packed counters, if <see cref="MostPacked"/> and a call's length allow it.</summary>
    public static int LeastPacked => PackedNodes.LeastEdges;

    /// <summary>Layouts with at most this many edges are counted in packed counters; 0 where this kernel has none.</summary>
    public int MostPacked<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> => bits switch
    {
        512 => Lanes512<T>.PackedEdges,
        256 => Lanes256<T>.PackedEdges,
        128 => Lanes128<T>.PackedEdges,
        _ => Lane<T>.PackedEdges,
    };

    /// <summary>
    /// Layouts with at least this many edges, and more than <see cref="MostCompared"/>, are counted by a table of equal shares of their range
    /// where no share holds two edges and the call is long enough; otherwise by the search tree.
    /// </summary>
    public int LeastGuided<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> => bits switch
    {
        512 => Lanes512<T>.GuidedEdges,
        256 => Lanes256<T>.GuidedEdges,
        128 => Lanes128<T>.GuidedEdges,
        _ => Lane<T>.GuidedEdges,
    };

    internal int TopSteps<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> => bits switch
    {
        512 => Lanes512<T>.TopSteps,
        256 => Lanes256<T>.TopSteps,
        128 => Lanes128<T>.TopSteps,
        _ => Lane<T>.TopSteps,
    };
}
