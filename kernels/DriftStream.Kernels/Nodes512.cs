using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DriftStream.Kernels;

/// <summary>The nodes of the search tree in AVX-512, where a node is a register.</summary>
internal static unsafe class Nodes512
{
    /// <summary>
    /// One level of nodes. Compares leave their masks in memory, one a value, and these are read 16 values at a time: the values of
    /// a node ascend, so a mask is ones, then zeros, and its leading zeros tell how many.
    /// </summary>
    /// <remarks>Loads are the bottleneck, so ranks are loaded in twos and values in fours, f64 in twos (1.0-1.1x).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Refine(float* nodes, float* values, nint count, uint* ranks, int shift, ushort* masks)
    {
        for (nint i = 0; i < count; i += 4)
        {
            ulong first = *(ulong*)(ranks + i), second = *(ulong*)(ranks + i + 2);
            Vector512<float> four = Avx512F.BroadcastVector128ToVector512(values + i);
            masks[i] = AtLeast(Avx512F.Permute4x32(four, 0b00_00_00_00), nodes + (uint)first);
            masks[i + 1] = AtLeast(Avx512F.Permute4x32(four, 0b01_01_01_01), nodes + (first >> 32));
            masks[i + 2] = AtLeast(Avx512F.Permute4x32(four, 0b10_10_10_10), nodes + (uint)second);
            masks[i + 3] = AtLeast(Avx512F.Permute4x32(four, 0b11_11_11_11), nodes + (second >> 32));
        }

        Append(ranks, count, shift, masks);
    }

    /// <inheritdoc cref="Refine(float*, float*, nint, uint*, int, ushort*)"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Refine(double* nodes, double* values, nint count, uint* ranks, int shift, ushort* masks)
    {
        for (nint i = 0; i < count; i += 4)
        {
            ulong first = *(ulong*)(ranks + i), second = *(ulong*)(ranks + i + 2);
            Vector512<double> a = Avx512DQ.BroadcastVector128ToVector512(values + i), b = Avx512DQ.BroadcastVector128ToVector512(values + i + 2);
            masks[i] = AtLeast(Avx512F.Permute2x64(a, 0), nodes + (uint)first);
            masks[i + 1] = AtLeast(Avx512F.Permute2x64(a, 0b_1111_1111), nodes + (first >> 32));
            masks[i + 2] = AtLeast(Avx512F.Permute2x64(b, 0), nodes + (uint)second);
            masks[i + 3] = AtLeast(Avx512F.Permute2x64(b, 0b_1111_1111), nodes + (second >> 32));
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
    private static ushort AtLeast<T>(Vector512<T> x, T* node) where T : unmanaged =>
        (ushort)Vector512.GreaterThanOrEqual(x, Vector512.Load(node)).ExtractMostSignificantBits();
}
