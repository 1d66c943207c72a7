using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace DriftStream.Kernels.Gpu;

/// <summary>The kernels as a CUDA driver gets them, made without a GPU or a driver: shows what does not compile before a GPU is at hand.</summary>
internal static class PtxText
{
    /// <summary>The PTX of every kernel for compute capability 9.0, by a readable name.</summary>
    public static IReadOnlyDictionary<string, string> Write() => new Dictionary<string, string>
    {
        ["float32, usual"] = Write(typeof(KeyOrder32), typeof(UsualLayout), typeof(int), typeof(uint)),
        ["float32, large"] = Write(typeof(KeyOrder32), typeof(LargeLayout), typeof(int), typeof(uint)),
        ["float64, usual"] = Write(typeof(KeyOrder64), typeof(UsualLayout), typeof(long), typeof(ulong)),
        ["float64, large"] = Write(typeof(KeyOrder64), typeof(LargeLayout), typeof(long), typeof(ulong)),
    };

    private static string Write(params Type[] types)
    {
        MethodInfo kernel = typeof(CountProgram).GetMethod(nameof(CountProgram.Count))!.MakeGenericMethod(types);
        // One context for each: after a compilation has failed, its context cannot compile anything else.
        using var context = Context.Create(builder => { });
        // The newest instruction set that ptxas 12.4 reads; at run time the driver's own is used.
        using var backend = new PTXBackend(
            context, new CudaCapabilityContext(CudaArchitecture.SM_90), CudaArchitecture.SM_90, CudaInstructionSet.ISA_84, null);
        CompiledKernel compiled = backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), KernelSpecialization.Empty);
        return ((PTXCompiledKernel)compiled).PTXAssembly;
    }
}
