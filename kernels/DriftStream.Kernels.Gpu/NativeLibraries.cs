using System.Runtime.InteropServices;
using ILGPU;

namespace DriftStream.Kernels.Gpu;

/// <summary>
/// Finds the drivers' libraries on Linux by the names that drivers install. ILGPU asks for <c>cuda</c> and <c>OpenCL</c>, which
/// .NET looks up without a version, but <c>libcuda.so</c> and <c>libOpenCL.so</c> come only with the development packages.
/// </summary>
internal static class NativeLibraries
{
    private const string Cuda = "libcuda.so.1", OpenCl = "libOpenCL.so.1";

    private static readonly Lazy<bool> Resolved = new(Resolve);

    /// <summary>Why there cannot be a driver, or null where there may be one.</summary>
    public static string? Missing(GpuKind kind)
    {
        if (!OperatingSystem.IsLinux()) return null;
        string wanted = kind == GpuKind.Cuda ? Cuda : OpenCl;
        if (!NativeLibrary.TryLoad(wanted, out _)) return $"{wanted} cannot be loaded: no driver is installed, or this process does not see it";
        _ = Resolved.Value;
        return null;
    }

    // Once in a process. On WSL ILGPU has a resolver of its own, and a second one must not be set.
    private static bool Resolve()
    {
        if (File.Exists("/proc/sys/fs/binfmt_misc/WSLInterop")) return false;
        NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, (name, _, _) =>
        {
            string? file = name switch { "cuda" => Cuda, "OpenCL" => OpenCl, _ => null };
            return file is not null && NativeLibrary.TryLoad(file, out nint handle) ? handle : 0;
        });
        return true;
    }
}
