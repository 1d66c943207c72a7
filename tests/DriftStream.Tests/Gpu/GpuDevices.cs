using System.Collections.Concurrent;
using DriftStream.Kernels.Gpu;
using Xunit;

namespace DriftStream.Tests.Gpu;

/// <summary>
/// The devices that the kernels are tested on: ILGPU's interpreter everywhere; an OpenCL device where <c>DRIFTSTREAM_OPENCL</c> says
/// that there is one; a CUDA device where there is one.
/// </summary>
public static class GpuDevices
{
    /// <summary>Set, an OpenCL device must be there: the tests fail without it.</summary>
    private const string OpenCl = "DRIFTSTREAM_OPENCL";

    // Launches so small that a column goes over several; layouts and counts as many as are settled together.
    private static readonly DeviceSizes Small = new(Stagings: 3, StagingBytes: 96 << 10, Tiles: 40, Counts: 250_000, Keys: 500_000);

    private static readonly ConcurrentDictionary<string, Lazy<(GpuCounter? Counter, GpuRefusal? Refusal)>> Opened = new();

    public static TheoryData<string> Names => ["interpreter", "opencl", "cuda"];

    /// <summary>The device, which counts whatever it has room for; the test is skipped where it is not there.</summary>
    internal static GpuCounter Open(string name)
    {
        Assert.SkipWhen(name == "opencl" && Environment.GetEnvironmentVariable(OpenCl) is null or "", $"{OpenCl} does not say that an OpenCL device is here");
        GpuKind kind = name switch { "opencl" => GpuKind.OpenCl, "cuda" => GpuKind.Cuda, _ => GpuKind.TestDouble };
        (GpuCounter? counter, GpuRefusal? refusal) = Opened.GetOrAdd(name, _ => new(() => (Create(kind, out GpuRefusal? why), why))).Value;
        Assert.SkipWhen(name == "cuda" && refusal?.Step is GpuStep.Driver or GpuStep.Device, $"no CUDA device: {refusal?.Reason}");
        Assert.True(counter is not null, $"{refusal?.Step}: {refusal?.Reason}");
        return counter;
    }

    /// <summary>An interpreter of a test's own.</summary>
    internal static GpuCounter Interpreter(DeviceSizes sizes)
    {
        using var opening = new GpuOpening(GpuKind.TestDouble, sizes);
        return opening.Open(out GpuRefusal? refusal) ?? throw new InvalidOperationException(refusal!.Reason);
    }

    private static GpuCounter? Create(GpuKind kind, out GpuRefusal? refusal)
    {
        using var opening = new GpuOpening(kind, Small);
        return opening.Open(out refusal);
    }
}
