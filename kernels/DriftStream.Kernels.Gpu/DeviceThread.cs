using System.Collections.Concurrent;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace DriftStream.Kernels.Gpu;

/// <summary>
/// The thread that owns a device. Work is done in the order it was posted; the first that fails is remembered, and all that was
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

    /// <summary>Done after other work when none waits. To be set while no work is posted.</summary>
    public Action? WhenIdle { get; set; }

    public void Post(Action work) => posted.Add((work, null));

    /// <summary>Posts and waits; one caller at a time.</summary>
    /// <returns>Whether nothing has failed yet.</returns>
    public bool Run(Action work)
    {
        done.Reset();
        posted.Add((work, done));
        done.Wait();
        return failure is null;
    }

    /// <summary>Does one thing more, whatever has failed, and ends the thread.</summary>
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
            // A driver, a compiler and a device that is gone throw what they like; all of it means the same: count elsewhere.
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
