using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>
/// For few edges: every value is compared with every edge, and tallies stay in registers. Nothing is stored for a value, which
/// is the only way to spend less than one cycle on it.
/// </summary>
internal static unsafe class CompareAccumulate<TLanes, TVector, T>
    where TLanes : ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged
{
    /// <summary>Adds to tally j, lane by lane, how many values are at least edge j.</summary>
    /// <param name="edges">The edges; their number is a multiple of 5.</param>
    /// <param name="edgeCount">How many edges.</param>
    /// <param name="values">A block.</param>
    /// <param name="count">A multiple of the register's values.</param>
    /// <param name="tallies">One for each edge.</param>
    public static void Add(T* edges, int edgeCount, T* values, int count, TVector* tallies)
    {
        int edge = 0;
        for (; edge <= edgeCount - 10; edge += 10) AddTen(edges + edge, values, count, tallies + edge);
        if (edge < edgeCount) AddFive(edges + edge, values, count, tallies + edge);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTen(T* edges, T* values, nint count, TVector* tallies)
    {
        TVector e0 = TLanes.Broadcast(edges[0]), e1 = TLanes.Broadcast(edges[1]), e2 = TLanes.Broadcast(edges[2]);
        TVector e3 = TLanes.Broadcast(edges[3]), e4 = TLanes.Broadcast(edges[4]), e5 = TLanes.Broadcast(edges[5]);
        TVector e6 = TLanes.Broadcast(edges[6]), e7 = TLanes.Broadcast(edges[7]), e8 = TLanes.Broadcast(edges[8]);
        TVector e9 = TLanes.Broadcast(edges[9]);
        TVector t0 = tallies[0], t1 = tallies[1], t2 = tallies[2], t3 = tallies[3], t4 = tallies[4];
        TVector t5 = tallies[5], t6 = tallies[6], t7 = tallies[7], t8 = tallies[8], t9 = tallies[9];
        for (nint i = 0; i < count; i += TLanes.Width)
        {
            TVector x = TLanes.Load(values + i);
            t0 = TLanes.AddWhereAtLeast(t0, x, e0);
            t1 = TLanes.AddWhereAtLeast(t1, x, e1);
            t2 = TLanes.AddWhereAtLeast(t2, x, e2);
            t3 = TLanes.AddWhereAtLeast(t3, x, e3);
            t4 = TLanes.AddWhereAtLeast(t4, x, e4);
            t5 = TLanes.AddWhereAtLeast(t5, x, e5);
            t6 = TLanes.AddWhereAtLeast(t6, x, e6);
            t7 = TLanes.AddWhereAtLeast(t7, x, e7);
            t8 = TLanes.AddWhereAtLeast(t8, x, e8);
            t9 = TLanes.AddWhereAtLeast(t9, x, e9);
        }

        (tallies[0], tallies[1], tallies[2], tallies[3], tallies[4]) = (t0, t1, t2, t3, t4);
        (tallies[5], tallies[6], tallies[7], tallies[8], tallies[9]) = (t5, t6, t7, t8, t9);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddFive(T* edges, T* values, nint count, TVector* tallies)
    {
        TVector e0 = TLanes.Broadcast(edges[0]), e1 = TLanes.Broadcast(edges[1]), e2 = TLanes.Broadcast(edges[2]);
        TVector e3 = TLanes.Broadcast(edges[3]), e4 = TLanes.Broadcast(edges[4]);
        TVector t0 = tallies[0], t1 = tallies[1], t2 = tallies[2], t3 = tallies[3], t4 = tallies[4];
        for (nint i = 0; i < count; i += TLanes.Width)
        {
            TVector x = TLanes.Load(values + i);
            t0 = TLanes.AddWhereAtLeast(t0, x, e0);
            t1 = TLanes.AddWhereAtLeast(t1, x, e1);
            t2 = TLanes.AddWhereAtLeast(t2, x, e2);
            t3 = TLanes.AddWhereAtLeast(t3, x, e3);
            t4 = TLanes.AddWhereAtLeast(t4, x, e4);
        }

        (tallies[0], tallies[1], tallies[2], tallies[3], tallies[4]) = (t0, t1, t2, t3, t4);
    }
}
