using System.Runtime.Intrinsics.X86;

namespace DriftStream.Kernels;

/// <summary>Fetches memory before it is needed, on CPUs that can be asked to.</summary>
internal static unsafe class CacheLines
{
    private const int Length = 64;

    public static void Prefetch(void* from, int bytes)
    {
        if (!Sse.IsSupported) return;
        for (int at = 0; at < bytes; at += Length) Sse.Prefetch0((byte*)from + at);
    }
}
