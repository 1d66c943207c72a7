namespace DriftStream.Kernels;

/// <summary>A run of a column that a kernel takes at a time.</summary>
internal readonly unsafe struct Block<T>(T* values, int count, int rows, ulong* valid, T* blanked) where T : unmanaged
{
    /// <summary>The length of a block is a multiple of this.</summary>
    public const int Unit = 16;

    /// <summary>As the column has them; behind its end NaN.</summary>
    public readonly T* Values = values;

    /// <summary>How many can be read: whole registers.</summary>
    public readonly int Count = count;

    /// <summary>How many are rows of the column.</summary>
    public readonly int Rows = rows;

    /// <summary>A bit a value, lowest first; null where no value is null.</summary>
    public readonly ulong* Valid = valid;

    /// <summary>Where values are null: room for all of them with NaN in place of those, which the first pass writes.</summary>
    public readonly T* Blanked = blanked;

    /// <summary>The values as every pass after the first reads them.</summary>
    public T* Numbers => Valid == null ? Values : Blanked;
}
