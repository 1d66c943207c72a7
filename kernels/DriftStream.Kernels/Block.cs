namespace DriftStream.Kernels;

/// <summary>A run of a column that a kernel takes at a time.</summary>
internal readonly unsafe struct Block<T>(T* values, int count, ulong* valid, T* blanked) where T : unmanaged
{
    /// <summary>As the column has them.</summary>
    public readonly T* Values = values;

    /// <summary>A multiple of 32.</summary>
    public readonly int Count = count;

    /// <summary>A bit a value, lowest first; null where no value is null.</summary>
    public readonly ulong* Valid = valid;

    /// <summary>Where values are null: room for all of them with NaN in place of those, which the first pass writes.</summary>
    public readonly T* Blanked = blanked;

    /// <summary>The values as every pass after the first reads them.</summary>
    public T* Numbers => Valid == null ? Values : Blanked;
}
