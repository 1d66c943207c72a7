using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>The sorted edges of one numeric layout, prepared once for every kernel. Immutable.</summary>
/// <remarks>
/// A search tree in one block of memory: a top of up to 255 separators (f64: 63), which registers look up, then levels of nodes of
/// 64 bytes. The last level is the edges themselves; the level above holds every 16th of them (f64: every 8th), and so on, so
/// the place where the search ends is the rank. Unused places hold NaN, which no value is at least.
/// Step s of the top has 4^s places of three separators: a row of the lower ones, one of the middle ones and one of the upper ones.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed unsafe class EdgeIndex<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int NodeBytes = 64, PageBytes = 4096, MostFewEdges = 64;

    private readonly T[] memory;
    private readonly nint[] levels;
    private Guide<T>? guide;
    private bool guideSought;

    private EdgeIndex(ReadOnlySpan<T> edges, int mostTopSteps)
    {
        int refines = 0, steps = 2;
        mostTopSteps = Math.Min(mostTopSteps, sizeof(T) == sizeof(float) ? 4 : 3);
        while (edges.Length / Step(refines) >= Places(mostTopSteps)) refines++;
        while (edges.Length / Step(refines) >= Places(steps)) steps++;

        int fewLength = edges.Length <= MostFewEdges ? (edges.Length + 1 + 4) / 5 * 5 : 0;
        int packedLength = edges.Length is >= PackedNodes.LeastEdges and <= PackedNodes.MostEdges ? PackedNodes.Length : 0;
        int length = StepAt(steps) + fewLength + packedLength;
        for (int below = refines - 1; below >= 0; below--) length += LevelLength(edges.Length, below);

        // Starts on a page, so that the count tables can keep clear of the tree's addresses (see Scratch).
        memory = GC.AllocateUninitializedArray<T>(length + (PageBytes / sizeof(T)), pinned: true);
        memory.AsSpan().Fill(T.NaN);
        var start = (T*)(((nuint)Unsafe.AsPointer(ref memory[0]) + PageBytes - 1) & ~(nuint)(PageBytes - 1));

        Tree = start;
        (TopSteps, levels) = (steps, new nint[refines]);
        T* at = start + StepAt(steps);
        for (int below = refines - 1; below >= 0; below--)
        {
            levels[refines - 1 - below] = (nint)at;
            long step = Step(below);
            for (long from = step - 1; from < edges.Length; from += step) at[from / step] = edges[(int)from];
            at += LevelLength(edges.Length, below);
        }

        for (int step = 0; step < steps; step++)
        {
            long share = Places(steps - step - 1);
            for (int place = 0; place < Places(step); place++)
            {
                for (int separator = 0; separator < 3; separator++)
                {
                    long from = (((4 * place) + separator + 1) * share * Step(refines)) - 1;
                    if (from < edges.Length) Tree[StepAt(step) + (separator * StepRow(step)) + place] = edges[(int)from];
                }
            }
        }

        TreeBytes = (int)((byte*)at - (byte*)Tree);
        Few = at;
        FewLength = fewLength;
        if (fewLength > 0)
        {
            Few[0] = T.NegativeInfinity;
            edges.CopyTo(new Span<T>(Few + 1, edges.Length));
        }

        Packed = Few + fewLength;
        if (packedLength > 0) PackedNodes.Fill(edges, new Span<T>(Packed, packedLength));

        EdgeCount = edges.Length;
        Sorted = edges.ToArray();
    }

    /// <summary>Ascending; equal neighbours are allowed, NaN is not.</summary>
    public ReadOnlySpan<T> Edges => Sorted;

    /// <summary>The number of cells: E + 1 ranges, then NaN.</summary>
    public int Cells => EdgeCount + 2;

    internal T[] Sorted { get; }

    internal int EdgeCount { get; }

    internal T* Tree { get; }

    /// <summary>Bytes of the top and of the levels of nodes behind it.</summary>
    internal int TreeBytes { get; }

    internal int TopSteps { get; }

    /// <summary>Where each level of nodes below the top starts.</summary>
    internal ReadOnlySpan<nint> Levels => levels;

    /// <summary>How many values a node has.</summary>
    internal static uint Node => NodeBytes / (uint)sizeof(T);

    /// <summary>Negative infinity, the edges, then NaN up to a multiple of 5; empty where there are more than 64 edges.</summary>
    internal T* Few { get; }

    internal int FewLength { get; }

    /// <summary>See <see cref="PackedNodes"/>; empty where there are fewer or more edges than those have.</summary>
    internal T* Packed { get; }

    /// <summary>Made when it is first asked for, since most columns are short. Null where the edges allow none.</summary>
    internal Guide<T>? Guide
    {
        get
        {
            if (!Volatile.Read(ref guideSought))
            {
                // If two threads make a guide the first one stays: whoever counts by it keeps the index alive, not the guide.
                Interlocked.CompareExchange(ref guide, Guide<T>.Of(Sorted), null);
                Volatile.Write(ref guideSought, true);
            }

            return guide;
        }
    }

    /// <exception cref="ArgumentException">An edge is NaN or less than the one before it, or T is neither float nor double.</exception>
    public static EdgeIndex<T> Create(ReadOnlySpan<T> edges) => Create(edges, CountKernels.Current);

    /// <summary>An index made for <paramref name="kernel"/>; every kernel can use every index.</summary>
    /// <exception cref="ArgumentException">An edge is NaN or less than the one before it, or T is neither float nor double.</exception>
    public static EdgeIndex<T> Create(ReadOnlySpan<T> edges, CountKernel kernel) => Create(edges, kernel.TopSteps<T>());

    internal static EdgeIndex<T> Create(ReadOnlySpan<T> edges, int mostTopSteps)
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
            throw new ArgumentException($"edges of {typeof(T)} are not supported");
        for (int i = 0; i < edges.Length; i++)
        {
            if (T.IsNaN(edges[i]) || (i > 0 && edges[i] < edges[i - 1]))
                throw new ArgumentException($"edge {i} is NaN or less than the one before it", nameof(edges));
        }

        return new EdgeIndex<T>(edges, mostTopSteps);
    }

    /// <summary>Where the separators of a step start in the tree, and where those of all steps before it end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int StepAt(int step) => step switch { 0 => 0, 1 => 16, 2 => 64, 3 => 112, _ => 304 };

    /// <summary>The distance from one separator of a place to the next: a register's load stays within a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int StepRow(int step) => step switch { 0 => 1, 3 => 64, _ => 16 };

    private static int Places(int step) => 1 << (2 * step);

    // As many nodes as a search can reach.
    private static int LevelLength(int edges, int below) => (int)(((edges / Step(below) / Node) + 1) * Node);

    // How many edges lie from one separator to the next.
    private static long Step(int below)
    {
        long step = 1;
        for (int i = 0; i < below; i++) step *= Node;
        return step;
    }
}
