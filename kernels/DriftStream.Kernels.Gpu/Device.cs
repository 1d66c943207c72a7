using System.Collections.Concurrent;
using ILGPU;
using ILGPU.Runtime;

namespace DriftStream.Kernels.Gpu;

/// <summary>
/// An open accelerator with everything that was made for it. Made, used and disposed on the one thread of a
/// <see cref="DeviceThread"/>: a driver's context belongs to a thread.
/// </summary>
internal sealed class Device(Context context, Accelerator accelerator, DeviceSizes sizes) : IDisposable
{
    /// <summary>How many stagings are at work: one is copied while one is counted.</summary>
    private const int MostRunning = 2;

    private readonly Queue<Staging> running = new();
    private readonly List<Staging> all = [];

    /// <summary>Null until <see cref="Compile"/>.</summary>
    public CountPrograms? Programs { get; private set; }

    /// <summary>Stagings that nobody holds. Any thread may take one.</summary>
    public BlockingCollection<Staging> Free { get; } = [];

    public void Compile()
    {
        Programs = new CountPrograms(accelerator, sizes);
        for (int i = 0; i < sizes.Stagings; i++)
        {
            all.Add(new Staging(accelerator, sizes, Launch));
            Free.Add(all[i]);
        }

        accelerator.Synchronize();
    }

    /// <summary>Waits for everything that was launched. Also done when there is nothing else to do, since a lane may want the stagings.</summary>
    public void Finish()
    {
        while (running.Count > 0) FinishOldest();
    }

    public void Dispose()
    {
        Free.Dispose();
        foreach (Staging staging in all) staging.Dispose();
        Programs?.Dispose();
        accelerator.Dispose();
        context.Dispose();
    }

    private void Launch(Staging staging)
    {
        staging.Start(Programs!);
        running.Enqueue(staging);
        while (running.Count > MostRunning) FinishOldest();
    }

    private void FinishOldest()
    {
        Staging oldest = running.Dequeue();
        oldest.Stream.Synchronize();
        Free.Add(oldest);
    }
}
