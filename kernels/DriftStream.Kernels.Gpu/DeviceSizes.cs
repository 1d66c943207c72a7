namespace DriftStream.Kernels.Gpu;

/// <summary>The memory that is taken, on the device and, but for the keys, once more as pinned memory of the host.</summary>
/// <param name="StagingBytes">Values of one launch.</param>
/// <param name="Tiles">Tiles of one launch and kernel.</param>
/// <param name="Counts">Counts held until they are settled.</param>
/// <param name="Keys">Keys of all layouts, in words: one float64 or two float32.</param>
internal sealed record DeviceSizes(int StagingBytes = 8 << 20, int Tiles = 4096, int Counts = 4 << 20, int Keys = 2 << 20)
{
    /// <summary>One is filled, one is copied, one is counted.</summary>
    public const int Stagings = 3;
}
