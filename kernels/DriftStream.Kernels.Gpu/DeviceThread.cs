using System.Collections.Concurrent;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace DriftStream.Kernels.Gpu;

/// <summary>
/// The thread that owns a device. Work is done in the order in which it was posted; the first failure is remembered, and all work
/// posted after it is left undone.
/// </summary>
internal sealed class DeviceThread : IDisposable
{
    private const int MostPosted = 16;

    private readonly BlockingCollection<(Action Work, ManualResetEventSlim? Done)> posted = new(MostPosted);
    private readonly ManualResetEventSlim done = new();
    private readonly Thread thread;
    private volatile string? failure;
    private Action? atEnd;

    public DeviceThread()
    {
        thread = new Thread(Work) { Name = "gpu", IsBackground = true };
        thread.Start();
    }

    /// <summary>What went wrong, or null.</summary>
    public string? Failure => failure;

    /// <summary>Done after other work when none waits. Must be set while no work is posted.</summary>
    public Action? WhenIdle { get; set; }

    public void Post(Action work) => posted.Add((work, null));

    /// <summary>Posts work and waits for it; for one caller at a time.</summary>
    /// <returns>Whether nothing has failed yet.</returns>
    public bool Run(Action work)
    {
        done.Reset();
        posted.Add((work, done));
        done.Wait();
        return failure is null;
    }

    /// <summary>Does one last thing, whatever has failed, and ends the thread.</summary>
    public void End(Action last)
    {
        atEnd = last;
        Dispose();
    }

    public void Dispose()
    {
        posted.CompleteAdding();
        thread.Join();
        posted.Dispose();
        done.Dispose();
    }

    private void Work()
    {
        foreach ((Action work, ManualResetEventSlim? signal) in posted.GetConsumingEnumerable())
        {
            if (failure is null) Try(work);
            signal?.Set();
            if (failure is null && posted.Count == 0 && WhenIdle is { } idle) Try(idle);
        }

        if (atEnd is not null) Try(atEnd);
    }

    private void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e)
        {
            // A driver, a compiler or a device that is gone may throw anything; it always means the same: count elsewhere.
            failure ??= Sentence(e);
        }
    }

    /// <summary>An exception in one line. Those of drivers keep what matters in a property.</summary>
    private static string Sentence(Exception e)
    {
        while (e.InnerException is { } inner) e = inner;
        string what = e switch
        {
            CudaException cuda => $"{cuda.Error}",
            CLException openCl => $"{openCl.Error}",
            _ => e.GetType().Name,
        };
        string[] lines = e.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return $"{what}: {string.Join(' ', lines)}";
    }
}
