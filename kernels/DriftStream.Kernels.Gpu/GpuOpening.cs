using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace DriftStream.Kernels.Gpu;

/// <summary>The kinds of devices.</summary>
internal enum GpuKind
{
    Cuda,

    /// <summary>
    /// Only for tests: ILGPU 1.5.3 writes barriers that do not order shared memory on OpenCL. A device that is a CPU does
    /// not mind, but a GPU may.
    /// </summary>
    OpenCl,

    /// <summary>ILGPU's interpreter on the CPU, a hundred times slower than the CPU's kernels: for tests, never a fallback.</summary>
    TestDouble,
}

/// <summary>Takes a device through the steps; the first that fails ends it.</summary>
internal sealed class GpuOpening(GpuKind kind, DeviceSizes sizes) : IDisposable
{
    private readonly DeviceThread thread = new();
    private GpuStep step;
    private Context? context;
    private ILGPU.Runtime.Device? found;
    private Accelerator? accelerator;
    private Device? device;
    private bool handedOver;

    /// <summary>A counter that passed its self-test and sends whatever fits; or null, and why. May be called once.</summary>
    public GpuCounter? Open(out GpuRefusal? refusal)
    {
        refusal = null;
        string? reason = kind == GpuKind.TestDouble ? null : NativeLibraries.Missing(kind);
        reason ??= Do(GpuStep.Device, Find) ?? (found is null ? "the driver has no device that can be used" : null);
        reason ??= Do(GpuStep.Open, () => accelerator = found!.CreateAccelerator(context!));
        reason ??= Do(GpuStep.Compile, () => (device = new Device(context!, accelerator!, sizes)).Compile());
        if (reason is null)
        {
            var gpu = new GpuCounter(thread, device!, $"{found!.Name} ({found.AcceleratorType})", sizes);
            step = GpuStep.SelfTest;
            reason = SelfTest.Run(gpu);
            if (reason is null)
            {
                handedOver = true;
                return gpu;
            }
        }

        refusal = new GpuRefusal(step, reason);
        return null;
    }

    public void Dispose()
    {
        if (!handedOver) thread.End(Close);
    }

    /// <returns>What went wrong, or null.</returns>
    private string? Do(GpuStep next, Action work)
    {
        step = next;
        return thread.Run(work) ? null : thread.Failure;
    }

    private void Find()
    {
        // Without a driver ILGPU does not complain; its context then holds no device of the kind.
        context = Context.Create(builder => _ = kind switch
        {
            GpuKind.Cuda => builder.Cuda(),
            GpuKind.OpenCl => builder.OpenCL(),
            _ => builder.CPU(),
        });
        AcceleratorType type = kind switch
        {
            GpuKind.Cuda => AcceleratorType.Cuda,
            GpuKind.OpenCl => AcceleratorType.OpenCL,
            _ => AcceleratorType.CPU,
        };
        found = context.Devices.FirstOrDefault(one => one.AcceleratorType == type);
    }

    private void Close()
    {
        if (device is not null)
        {
            device.Dispose();
            return;
        }

        accelerator?.Dispose();
        context?.Dispose();
    }
}
