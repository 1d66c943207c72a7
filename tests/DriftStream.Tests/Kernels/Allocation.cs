namespace DriftStream.Tests.Kernels;

internal static class Allocation
{
    /// <summary>
    /// Bytes that 10,000 calls allocate on this thread, after one call. The least of three measurements: the runtime's own work
    /// (tiering, a collection that another test starts) lands on a thread now and then, a call's allocation is there every time.
    /// </summary>
    public static long Of10000(Action call)
    {
        call();
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 3 && least > 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10_000; i++) call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
