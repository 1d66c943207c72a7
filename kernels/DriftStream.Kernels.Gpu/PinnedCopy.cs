using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace DriftStream.Kernels.Gpu;

/// <summary>Copies between pinned memory and a device, in the order of a stream.</summary>
/// <remarks>
/// The host's part becomes a buffer of its own: on OpenCL ILGPU 1.5.3 copies as much as the host's buffer holds, whatever part of
/// it was asked for.
/// </remarks>
internal static class PinnedCopy
{
    /// <summary>Copies as much as the target holds.</summary>
    public static unsafe void CopyFrom<T>(this ArrayView<T> target, AcceleratorStream stream, PageLockedArray1D<T> source, int first)
        where T : unmanaged
    {
        fixed (T* from = source.Span.Slice(first, target.IntLength))
        {
            using var part = CPUMemoryBuffer.Create(target.GetAccelerator(), (nint)from, target.Length, sizeof(T));
            target.CopyFrom(stream, part.AsArrayView<T>(0, target.Length));
        }
    }

    /// <summary>Copies all of the source to the start of the target.</summary>
    public static unsafe void CopyTo<T>(this ArrayView<T> source, AcceleratorStream stream, PageLockedArray1D<T> target)
        where T : unmanaged
    {
        fixed (T* to = target.Span[..source.IntLength])
        {
            using var part = CPUMemoryBuffer.Create(source.GetAccelerator(), (nint)to, source.Length, sizeof(T));
            source.CopyTo(stream, part.AsArrayView<T>(0, source.Length));
        }
    }
}
