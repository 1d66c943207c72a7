using ILGPU;
using ILGPU.Runtime;

namespace DriftStream.Kernels.Gpu;

/// <summary>
/// An open accelerator with everything that was made for it. Made, used and disposed on the one thread of a
/// <see cref="DeviceThread"/>: a driver's context belongs to a thread.
/// </summary>
internal sealed class Device(Context context, Accelerator accelerator, DeviceSizes sizes) : IDisposable
{
    private readonly Queue<Staging> running = new();

    /// <summary>Null until <see cref="Compile"/>.</summary>
    public CountPrograms? Programs { get; private set; }

    public Staging[] Stagings { get; private set; } = [];

    public void Compile()
    {
        Programs = new CountPrograms(accelerator, sizes);
        Stagings = [.. Enumerable.Range(0, DeviceSizes.Stagings).Select(_ => new Staging(accelerator, sizes))];
        accelerator.Synchronize();
    }

    /// <summary>Starts a staging; those before it run on, but for one that the counting thread will want next.</summary>
    public void Launch(Staging staging)
    {
        staging.Launch(Programs!);
        running.Enqueue(staging);
        while (running.Count >= DeviceSizes.Stagings) FinishOldest();
    }

    /// <summary>Waits for everything that was started.</summary>
    public void Finish()
    {
        while (running.Count > 0) FinishOldest();
    }

    public void Dispose()
    {
        foreach (Staging staging in Stagings) staging.Dispose();
        Programs?.Dispose();
        accelerator.Dispose();
        context.Dispose();
    }

    private void FinishOldest()
    {
        Staging oldest = running.Dequeue();
        oldest.Stream.Synchronize();
        oldest.Free.Release();
    }
}
