namespace DriftStream.Kernels;

/// <summary>A column of yes, no or unknown, as Arrow lays it out: a bitmap of values and one of validity.</summary>
/// <param name="values">One bit a row, least significant first. Empty: there is no such column.</param>
/// <param name="valuesOffset">The bit of the first row.</param>
/// <param name="validity">One bit a row, 0 where the row is unknown; empty where none is.</param>
/// <param name="validityOffset">The bit of the first row.</param>
public readonly ref struct BitColumn(ReadOnlySpan<byte> values, int valuesOffset, ReadOnlySpan<byte> validity, int validityOffset)
{
    /// <summary>One bit a row, least significant first. Empty: there is no such column.</summary>
    public ReadOnlySpan<byte> Values { get; } = values;

    /// <summary>The bit of the first row in <see cref="Values"/>.</summary>
    public int ValuesOffset { get; } = valuesOffset;

    /// <summary>One bit a row, 0 where the row is unknown; empty where none is.</summary>
    public ReadOnlySpan<byte> Validity { get; } = validity;

    /// <summary>The bit of the first row in <see cref="Validity"/>.</summary>
    public int ValidityOffset { get; } = validityOffset;

    internal void Require(int rows, string name)
    {
        if (!Values.IsEmpty) Bitmap.Require(Values, ValuesOffset, rows, name);
        if (!Validity.IsEmpty) Bitmap.Require(Validity, ValidityOffset, rows, name);
    }
}
