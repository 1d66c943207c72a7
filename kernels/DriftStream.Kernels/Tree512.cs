using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DriftStream.Kernels;

/// <summary>
/// The search tree in AVX-512. The whole top (256 floats, 64 doubles) is loaded into registers once a block, and two registers of
/// values descend side by side: one alone waits for its own lookups (1.2x slower). Places are those of a heap: 1, then 2k or 2k + 1.
/// </summary>
/// <remarks>
/// A lookup sees the lowest bits of a place, so a level of 16 floats finds itself at its own start. Wider levels are several lookups
/// and a choice between them by the next bit.
/// </remarks>
internal static unsafe class Tree512
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector512<int> Top(float* tree, int levels, in Block<float> block, uint* ranks, int shift, Vector512<int> numbers)
    {
        Vector512<float> a = Vector512.Load(tree), b = Vector512.Load(tree + 16);
        Vector512<float> c0 = Vector512.Load(tree + 32), c1 = Vector512.Load(tree + 48);
        Vector512<float> d0 = Vector512.Load(tree + 64), d1 = Vector512.Load(tree + 80);
        Vector512<float> d2 = Vector512.Load(tree + 96), d3 = Vector512.Load(tree + 112);
        Vector512<float> e0 = Vector512.Load(tree + 128), e1 = Vector512.Load(tree + 144);
        Vector512<float> e2 = Vector512.Load(tree + 160), e3 = Vector512.Load(tree + 176);
        Vector512<float> e4 = Vector512.Load(tree + 192), e5 = Vector512.Load(tree + 208);
        Vector512<float> e6 = Vector512.Load(tree + 224), e7 = Vector512.Load(tree + 240);
        Vector512<int> first = Vector512.Create(1 << levels);
        Vector512<float> lowest = Vector512.Create(float.NegativeInfinity);
        float* values = block.Values, blanked = block.Blanked;
        ulong* valid = block.Valid;
        nint count = block.Count;
        for (nint i = 0; i < count; i += 32)
        {
            Vector512<float> x = Vector512.Load(values + i), y = Vector512.Load(values + i + 16);
            if (valid != null)
            {
                ulong bits = valid[i >> 6] >> (int)(i & 63);
                x = Lanes512<float>.Blank(x, (uint)bits);
                y = Lanes512<float>.Blank(y, (uint)(bits >> 16));
                x.Store(blanked + i);
                y.Store(blanked + i + 16);
            }

            Vector512<int> k = Vector512<int>.One, m = Vector512<int>.One;
            k = Down(k, x, Of16(a, k));
            m = Down(m, y, Of16(a, m));
            k = Down(k, x, Of16(a, k));
            m = Down(m, y, Of16(a, m));
            k = Down(k, x, Of16(a, k));
            m = Down(m, y, Of16(a, m));
            k = Down(k, x, Of16(a, k));
            m = Down(m, y, Of16(a, m));
            if (levels > 4)
            {
                k = Down(k, x, Of16(b, k));
                m = Down(m, y, Of16(b, m));
            }

            if (levels > 5)
            {
                k = Down(k, x, Of32(c0, c1, k));
                m = Down(m, y, Of32(c0, c1, m));
            }

            if (levels > 6)
            {
                k = Down(k, x, Choose(k, 5, Of32(d0, d1, k), Of32(d2, d3, k)));
                m = Down(m, y, Choose(m, 5, Of32(d0, d1, m), Of32(d2, d3, m)));
            }

            if (levels > 7)
            {
                k = Down(k, x, Choose(k, 6,
                    Choose(k, 5, Of32(e0, e1, k), Of32(e2, e3, k)), Choose(k, 5, Of32(e4, e5, k), Of32(e6, e7, k))));
                m = Down(m, y, Choose(m, 6,
                    Choose(m, 5, Of32(e0, e1, m), Of32(e2, e3, m)), Choose(m, 5, Of32(e4, e5, m), Of32(e6, e7, m))));
            }

            ((k - first).AsUInt32() << shift).Store(ranks + i);
            ((m - first).AsUInt32() << shift).Store(ranks + i + 16);
            numbers = AddWhereAtLeast(AddWhereAtLeast(numbers, x, lowest), y, lowest);
        }

        return numbers;
    }

    /// <inheritdoc cref="Top(float*, int, in Block{float}, uint*, int, Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector512<long> Top(double* tree, int levels, in Block<double> block, uint* ranks, int shift, Vector512<long> numbers)
    {
        Vector512<double> a = Vector512.Load(tree), b = Vector512.Load(tree + 8);
        Vector512<double> c0 = Vector512.Load(tree + 16), c1 = Vector512.Load(tree + 24);
        Vector512<double> d0 = Vector512.Load(tree + 32), d1 = Vector512.Load(tree + 40);
        Vector512<double> d2 = Vector512.Load(tree + 48), d3 = Vector512.Load(tree + 56);
        Vector512<long> first = Vector512.Create(1L << levels);
        Vector512<double> lowest = Vector512.Create(double.NegativeInfinity);
        double* values = block.Values, blanked = block.Blanked;
        ulong* valid = block.Valid;
        nint count = block.Count;
        for (nint i = 0; i < count; i += 16)
        {
            Vector512<double> x = Vector512.Load(values + i), y = Vector512.Load(values + i + 8);
            if (valid != null)
            {
                ulong bits = valid[i >> 6] >> (int)(i & 63);
                x = Lanes512<double>.Blank(x, (uint)bits);
                y = Lanes512<double>.Blank(y, (uint)(bits >> 8));
                x.Store(blanked + i);
                y.Store(blanked + i + 8);
            }

            Vector512<long> k = Vector512<long>.One, m = Vector512<long>.One;
            k = Down(k, x, Of8(a, k));
            m = Down(m, y, Of8(a, m));
            k = Down(k, x, Of8(a, k));
            m = Down(m, y, Of8(a, m));
            k = Down(k, x, Of8(a, k));
            m = Down(m, y, Of8(a, m));
            k = Down(k, x, Of8(b, k));
            m = Down(m, y, Of8(b, m));
            if (levels > 4)
            {
                k = Down(k, x, Of16(c0, c1, k));
                m = Down(m, y, Of16(c0, c1, m));
            }

            if (levels > 5)
            {
                k = Down(k, x, Choose(k, 4, Of16(d0, d1, k), Of16(d2, d3, k)));
                m = Down(m, y, Choose(m, 4, Of16(d0, d1, m), Of16(d2, d3, m)));
            }

            Avx512F.ConvertToVector256UInt32((k - first).AsUInt64() << shift).Store(ranks + i);
            Avx512F.ConvertToVector256UInt32((m - first).AsUInt64() << shift).Store(ranks + i + 8);
            numbers = AddWhereAtLeast(AddWhereAtLeast(numbers, x, lowest), y, lowest);
        }

        return numbers;
    }

    /// <summary>
    /// One level of nodes. Compares leave their mask in memory, one a value; what it says is read 16 values at a time: the values of
    /// a node ascend, so the mask is ones, then zeros, and its leading zeros tell how many.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Refine(float* nodes, float* values, nint count, uint* ranks, int shift, ushort* masks)
    {
        for (nint i = 0; i < count; i += 4)
        {
            masks[i] = AtLeast(values[i], nodes + ranks[i]);
            masks[i + 1] = AtLeast(values[i + 1], nodes + ranks[i + 1]);
            masks[i + 2] = AtLeast(values[i + 2], nodes + ranks[i + 2]);
            masks[i + 3] = AtLeast(values[i + 3], nodes + ranks[i + 3]);
        }

        Append(ranks, count, shift, masks);
    }

    /// <inheritdoc cref="Refine(float*, float*, nint, uint*, int, ushort*)"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Refine(double* nodes, double* values, nint count, uint* ranks, int shift, ushort* masks)
    {
        for (nint i = 0; i < count; i += 4)
        {
            masks[i] = AtLeast(values[i], nodes + ranks[i]);
            masks[i + 1] = AtLeast(values[i + 1], nodes + ranks[i + 1]);
            masks[i + 2] = AtLeast(values[i + 2], nodes + ranks[i + 2]);
            masks[i + 3] = AtLeast(values[i + 3], nodes + ranks[i + 3]);
        }

        Append(ranks, count, shift, masks);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Append(uint* ranks, nint count, int shift, ushort* masks)
    {
        for (nint i = 0; i < count; i += 16)
        {
            Vector512<int> ones = Avx512F.ConvertToVector512Int32(Vector256.Load(masks + i));
            Vector512<uint> within = Vector512.Create(32u) - Avx512CD.LeadingZeroCount(ones).AsUInt32();
            ((Vector512.Load(ranks + i) + within) << shift).Store(ranks + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort AtLeast(float x, float* node) =>
        (ushort)Vector512.GreaterThanOrEqual(Vector512.Create(x), Vector512.Load(node)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort AtLeast(double x, double* node) =>
        (ushort)Vector512.GreaterThanOrEqual(Vector512.Create(x), Vector512.Load(node)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Down(Vector512<int> place, Vector512<float> x, Vector512<float> edge) =>
        AddWhereAtLeast(place + place, x, edge);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<long> Down(Vector512<long> place, Vector512<double> x, Vector512<double> edge) =>
        AddWhereAtLeast(place + place, x, edge);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> AddWhereAtLeast(Vector512<int> tally, Vector512<float> x, Vector512<float> edge) =>
        Lanes512<float>.AddWhereAtLeast(tally.AsSingle(), x, edge).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<long> AddWhereAtLeast(Vector512<long> tally, Vector512<double> x, Vector512<double> edge) =>
        Lanes512<double>.AddWhereAtLeast(tally.AsDouble(), x, edge).AsInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Of16(Vector512<float> edges, Vector512<int> place) => Avx512F.PermuteVar16x32(edges, place);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Of32(Vector512<float> low, Vector512<float> high, Vector512<int> place) =>
        Avx512F.PermuteVar16x32x2(low, place, high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Of8(Vector512<double> edges, Vector512<long> place) => Avx512F.PermuteVar8x64(edges, place);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Of16(Vector512<double> low, Vector512<double> high, Vector512<long> place) =>
        Avx512F.PermuteVar8x64x2(low, place, high);

    // The condition and both choices are integers: a select of floats would move the mask through a register (1.2x slower).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Choose(Vector512<int> place, int bit, Vector512<float> zero, Vector512<float> one) =>
        Vector512.ConditionalSelect(Vector512.LessThan(place << (31 - bit), Vector512<int>.Zero), one.AsInt32(), zero.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Choose(Vector512<long> place, int bit, Vector512<double> zero, Vector512<double> one) =>
        Vector512.ConditionalSelect(Vector512.LessThan(place << (63 - bit), Vector512<long>.Zero), one.AsInt64(), zero.AsInt64()).AsDouble();
}
