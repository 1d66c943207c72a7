using DriftStream.Host.Observability;
using DriftStream.Kernels;
using DriftStream.Kernels.Gpu;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Machine;

/// <summary>Decides at the start of a worker what numbers are counted with, and says so in one line.</summary>
internal static class GpuStart
{
    /// <summary>The GPU to count with; null: the CPU, if <paramref name="refused"/> is null too.</summary>
    /// <param name="use">What the configuration says.</param>
    /// <param name="logger">Gets the line.</param>
    /// <param name="refused">Why the worker may not start: a GPU is required and there is none.</param>
    public static GpuCounter? Open(GpuUse use, ILogger logger, out string? refused)
    {
        refused = null;
        if (use == GpuUse.Off) return null;
        string kernel = CountKernels.Current.Name;
        GpuCounter? gpu = GpuCounter.Open(out GpuRefusal? refusal);
        if (gpu is null)
        {
            string step = StepWord(refusal!.Step);
            if (use == GpuUse.Require) refused = $"gpu: require, but there is no GPU to count on: the step '{step}' failed: {refusal.Reason}";
            else logger.NoGpu(kernel, step, refusal.Reason);
            return null;
        }

        BreakEvenRow first = gpu.BreakEven.Rows.MinBy(row => row.Values ?? int.MaxValue);
        if (first.Values is { } values)
        {
            logger.GpuCounts(gpu.Name, values, first.Edges, kernel);
            return gpu;
        }

        logger.GpuNotWorthIt(kernel, gpu.Name);
        if (use == GpuUse.Require) return gpu;
        gpu.Dispose();
        return null;
    }

    /// <summary>The step's name for people, such as <c>self-test</c>.</summary>
    public static string StepWord(GpuStep step) => step == GpuStep.SelfTest ? "self-test" : step.ToString().ToLowerInvariant();
}
