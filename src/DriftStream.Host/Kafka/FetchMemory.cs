using System.Runtime.InteropServices;

namespace DriftStream.Host.Kafka;

/// <summary>Has the C library keep the memory of fetched messages instead of giving it back to the kernel after each fetch.</summary>
/// <remarks>
/// librdkafka allocates a buffer for every fetch. glibc takes buffers of that size from the kernel and returns them at once, so every message
/// touched fresh pages: at full speed that took more than half of the counter's CPU time. What is kept is bounded by what librdkafka
/// queues (<c>queued.max.messages.kbytes</c>). Heaps of other threads than the main one are given back whatever these options say: the
/// image sets MALLOC_ARENA_MAX=1, which can be set only when a process starts.
/// </remarks>
internal static partial class FetchMemory
{
    private const int TrimThreshold = -1, MapThreshold = -3; // malloc.h: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
    private const int Kept = 256 << 20, LargestFromHeap = 32 << 20;

    /// <summary>Must be called before the first consumer is made; a second call changes nothing. Does nothing with another C library.</summary>
    public static void Keep()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = SetOption(MapThreshold, LargestFromHeap);
            _ = SetOption(TrimThreshold, Kept);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // musl has no such option, and does not return memory so eagerly.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
