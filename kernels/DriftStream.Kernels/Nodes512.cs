using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DriftStream.Kernels;

/// <summary>The nodes of the search tree in AVX-512, where a node is a register.</summary>
internal static unsafe class Nodes512
{
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
}
