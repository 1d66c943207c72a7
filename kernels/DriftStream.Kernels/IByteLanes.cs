namespace DriftStream.Kernels;

/// <summary>What a register width does with 64 rows of group codes. One implementation a width.</summary>
internal unsafe interface IByteLanes
{
    /// <summary>One bit a row, lowest first: whether its code is <paramref name="code"/>.</summary>
    static abstract ulong Equal(byte* codes, byte code);

    /// <summary>
    /// Writes code + 256 x state for each of the 64 rows. The state is the sum of 3, 6, 1 and 2, each if the bit of the row is set
    /// in the word of that name.
    /// </summary>
    static abstract void Combine(byte* codes, ulong three, ulong six, ulong one, ulong two, ushort* to);
}
