namespace DriftStream.Kernels.Gpu;

/// <summary>The steps of starting a GPU, in their order.</summary>
public enum GpuStep
{
    /// <summary>Is there a driver's library?</summary>
    Driver,

    /// <summary>Does it know a device?</summary>
    Device,

    /// <summary>Does the device open?</summary>
    Open,

    /// <summary>Does it compile the kernels and have the memory?</summary>
    Compile,

    /// <summary>Does it count right?</summary>
    SelfTest,

    /// <summary>From which columns on is it faster?</summary>
    Calibrate,
}

/// <summary>Why there is no GPU to count on.</summary>
/// <param name="Step">The step that failed.</param>
/// <param name="Reason">The reason, in one line.</param>
public sealed record GpuRefusal(GpuStep Step, string Reason);
