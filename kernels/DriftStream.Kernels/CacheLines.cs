using System.Runtime.Intrinsics.X86;

namespace DriftStream.Kernels;

/// <summary>Asks for memory before it is needed, where the CPU can be asked.</summary>
internal static unsafe class CacheLines
{
    private const int Length = 64;

    public static void Prefetch(void* from, int bytes)
    {
        if (!Sse.IsSupported) return;
        for (int at = 0; at < bytes; at += Length) Sse.Prefetch0((byte*)from + at);
    }
}
