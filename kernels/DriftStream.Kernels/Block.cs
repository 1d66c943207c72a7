namespace DriftStream.Kernels;

/// <summary>A run of a column that a kernel takes at a time.</summary>
internal readonly unsafe struct Block<T>(T* values, int count, int rows, ulong* valid, T* blanked) where T : unmanaged
{
    /// <summary>The length of a block is a multiple of this.</summary>
    public const int Unit = 16;

    /// <summary>The values as they are in the column, with NaN behind its end.</summary>
    public readonly T* Values = values;

    /// <summary>How many values can be read: whole registers.</summary>
    public readonly int Count = count;

    /// <summary>How many values are rows of the column.</summary>
    public readonly int Rows = rows;

    /// <summary>A bit a value, lowest first; null where no value is null.</summary>
    public readonly ulong* Valid = valid;

    /// <summary>Where some values are null: room for a copy with NaN in their place, which the first pass writes.</summary>
    public readonly T* Blanked = blanked;

    /// <summary>The values as every pass after the first reads them.</summary>
    public T* Numbers => Valid == null ? Values : Blanked;
}
