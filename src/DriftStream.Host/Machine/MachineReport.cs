using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using DriftStream.Kernels;
using DriftStream.Kernels.Gpu;

namespace DriftStream.Host.Machine;

/// <summary>A kernel of the CPU.</summary>
/// <param name="Name">Its name in <c>DRIFTSTREAM_KERNEL</c>.</param>
/// <param name="Available">It runs on this CPU.</param>
/// <param name="Current">It is the one that counts.</param>
/// <param name="SelfTest"><c>passed</c>, or what is wrong; null where it does not run.</param>
internal sealed record KernelEntry(string Name, bool Available, bool Current, string? SelfTest);

/// <summary>How layouts of some lengths are counted.</summary>
/// <param name="Way"><c>compare</c>, <c>tree</c>, or <c>guide</c> (and the tree where that does not pay).</param>
internal sealed record LayoutEntry(string Type, int EdgesFrom, int EdgesTo, string Kernel, string Way);

/// <summary>How many values of a column make the GPU count it; null: it never does.</summary>
internal sealed record BreakEvenEntry(string Type, int Edges, int? Values);

/// <summary>The GPU, or why there is none.</summary>
/// <param name="Used">Columns are sent to it where the configuration allows.</param>
/// <param name="Device">Its name, or null.</param>
/// <param name="Step">The step of starting it that failed, or null.</param>
/// <param name="Reason">Why it is not used, or null.</param>
/// <param name="MostEdges">Longer layouts stay on the CPU.</param>
/// <param name="BreakEven">Measured; empty where there is no GPU.</param>
internal sealed record GpuEntry(bool Used, string? Device, string? Step, string? Reason, int MostEdges, IReadOnlyList<BreakEvenEntry> BreakEven);

/// <summary>What this machine counts with.</summary>
/// <param name="Measured">Null where it was not asked for.</param>
internal sealed record MachineReport(
    string Cpu,
    int Cores,
    string Runtime,
    IReadOnlyList<string> Instructions,
    IReadOnlyList<KernelEntry> Kernels,
    IReadOnlyList<LayoutEntry> Layouts,
    GpuEntry Gpu,
    IReadOnlyList<KernelRate>? Measured)
{
    /// <summary>The most edges that a layout may have.</summary>
    private const int MostEdges = 65_535;

    /// <exception cref="ArgumentException"><c>DRIFTSTREAM_KERNEL</c> names no kernel that runs here.</exception>
    public static MachineReport Make(bool measure)
    {
        CountKernel current = CountKernels.Current;
        return new MachineReport(
            KernelsData.Cpu,
            Environment.ProcessorCount,
            $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}",
            [.. InstructionSets().Where(set => set.Supported).Select(set => set.Name)],
            [.. CountKernels.Names.Select(name => Kernel(name, current))],
            [.. LayoutsOf<float>("f32", current), .. LayoutsOf<double>("f64", current)],
            GpuOf(),
            measure ? KernelRates.Measure() : null);
    }

    private static KernelEntry Kernel(string name, CountKernel current)
    {
        CountKernel? kernel = CountKernels.Available.FirstOrDefault(k => k.Name == name);
        return new KernelEntry(name, kernel is not null, name == current.Name, kernel is null ? null : KernelCheck.Run(kernel) ?? "passed");
    }

    private static LayoutEntry[] LayoutsOf<T>(string type, CountKernel kernel) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int packed = kernel.MostPacked<T>(), compared = kernel.MostCompared<T>(), few = packed == 0 ? compared : CountKernel.LeastPacked - 1;
        int guided = Math.Max(compared + 1, kernel.LeastGuided<T>());
        LayoutEntry[] all =
        [
            new(type, 0, few, kernel.Name, "compare"),
            new(type, CountKernel.LeastPacked, packed, kernel.Name, "pack"),
            new(type, Math.Max(few, packed) + 1, compared, kernel.Name, "compare"),
            new(type, compared + 1, guided - 1, kernel.Name, "tree"),
            new(type, guided, MostEdges, kernel.Name, "guide"),
        ];
        return [.. all.Where(layout => layout.EdgesFrom <= layout.EdgesTo)];
    }

    private static GpuEntry GpuOf()
    {
        using GpuCounter? gpu = GpuCounter.Open(out GpuRefusal? refusal);
        if (gpu is null) return new GpuEntry(false, null, GpuStart.StepWord(refusal!.Step), refusal.Reason, GpuCounter.MostEdges, []);
        BreakEvenEntry[] rows = [.. gpu.BreakEven.Rows.Select(row => new BreakEvenEntry(row.Wide ? "f64" : "f32", row.Edges, row.Values))];
        bool used = rows.Any(row => row.Values is not null);
        return new GpuEntry(used, gpu.Name, null, used ? null : "it is not faster than the CPU for any column", GpuCounter.MostEdges, rows);
    }

    private static IEnumerable<(string Name, bool Supported)> InstructionSets() =>
    [
        ("avx512f", Avx512F.IsSupported), ("avx512bw", Avx512BW.IsSupported), ("avx512dq", Avx512DQ.IsSupported),
        ("avx512vbmi", Avx512Vbmi.IsSupported), ("avx2", Avx2.IsSupported), ("fma", Fma.IsSupported), ("bmi2", Bmi2.IsSupported),
        ("popcnt", Popcnt.IsSupported), ("neon", AdvSimd.IsSupported), ("vector128", Vector128.IsHardwareAccelerated),
    ];
}
