namespace DriftStream.Kernels.Gpu;

/// <summary>The memory that is taken on the device. Staging and counts take as much pinned memory of the host.</summary>
/// <param name="Stagings">How many launches can be filled, copied or counted at a time.</param>
/// <param name="StagingBytes">Bytes of the values of one launch.</param>
/// <param name="Tiles">How many tiles one launch has for each kernel.</param>
/// <param name="Counts">How many counts are held until they are taken.</param>
/// <param name="Keys">Keys of all layouts, in words: one float64 or two float32.</param>
internal sealed record DeviceSizes(int Stagings, int StagingBytes, int Tiles, int Counts, int Keys)
{
    /// <summary>One launch for every lane that can count at a time, and two at work.</summary>
    public static DeviceSizes Usual { get; } =
        new(Math.Clamp(Environment.ProcessorCount, 1, 14) + 2, StagingBytes: 4 << 20, Tiles: 4096, Counts: 4 << 20, Keys: 4 << 20);
}
