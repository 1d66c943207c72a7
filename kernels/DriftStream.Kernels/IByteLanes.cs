namespace DriftStream.Kernels;

/// <summary>What a register width does with 64 rows of group codes. One implementation a width.</summary>
internal unsafe interface IByteLanes
{
    /// <summary>A bit a row, lowest first: the code is <paramref name="code"/>.</summary>
    static abstract ulong Equal(byte* codes, byte code);

    /// <summary>
    /// Writes code + 256 x state for each of the 64 rows, the state being the sum of 3, 6, 1 and 2 for the bit of the row
    /// in each of the words.
    /// </summary>
    static abstract void Combine(byte* codes, ulong three, ulong six, ulong one, ulong two, ushort* to);
}
