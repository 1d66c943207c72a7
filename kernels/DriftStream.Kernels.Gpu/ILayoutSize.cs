namespace DriftStream.Kernels.Gpu;

/// <summary>
/// How many edges a kernel has shared memory for. Constants, because shared memory whose size is given at launch is counted wrongly
/// by ILGPU 1.5.3's OpenCL back end.
/// </summary>
internal interface ILayoutSize
{
    static abstract int MostEdges { get; }
}

/// <summary>The default layouts: 8 KiB (float64: 12 KiB) a group, so that enough groups share a multiprocessor.</summary>
internal readonly struct UsualLayout : ILayoutSize
{
    public static int MostEdges => 1023;
}

/// <summary>With float64 just within the 48 KiB that a group gets without asking the driver for more.</summary>
internal readonly struct LargeLayout : ILayoutSize
{
    public static int MostEdges => 4095;
}
