using System.Buffers.Binary;

namespace DriftStream.Batches;

/// <summary>Arrow decimals as doubles: little-endian two's complement of 4, 8, 16 or 32 bytes, times 10^-scale.</summary>
internal static class DecimalNumbers
{
    // Powers of ten up to 10^22 are exact doubles.
    private static readonly double[] PowersOfTen =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    public static void Widen(ReadOnlySpan<byte> bytes, int width, int scale, int start, Span<double> values)
    {
        double power = Math.Abs(scale) < PowersOfTen.Length ? PowersOfTen[Math.Abs(scale)] : Math.Pow(10, Math.Abs(scale));
        for (int i = 0; i < values.Length; i++)
        {
            double unscaled = Unscaled(bytes.Slice((start + i) * width, width));
            values[i] = scale < 0 ? unscaled * power : unscaled / power;
        }
    }

    private static double Unscaled(ReadOnlySpan<byte> value) => value.Length switch
    {
        4 => BinaryPrimitives.ReadInt32LittleEndian(value),
        8 => BinaryPrimitives.ReadInt64LittleEndian(value),
        16 => (double)BinaryPrimitives.ReadInt128LittleEndian(value),
        _ => Unscaled(BinaryPrimitives.ReadInt128LittleEndian(value[16..]), BinaryPrimitives.ReadUInt128LittleEndian(value)),
    };

    private static double Unscaled(Int128 high, UInt128 low)
    {
        bool negative = high < 0;
        UInt128 top = (UInt128)high;
        if (negative) (top, low) = (~top + (low == 0 ? UInt128.One : UInt128.Zero), ~low + 1);
        if (top == 0) return negative ? -(double)low : (double)low;

        // Keep the 128 leading bits, and remember in the last of them that something was lost, so that the one rounding is right.
        int lost = 128 - (int)UInt128.LeadingZeroCount(top);
        UInt128 leading = lost == 128 ? top : (top << (128 - lost)) | (low >> lost);
        if (lost == 128 ? low != 0 : low << (128 - lost) != 0) leading |= 1;
        double magnitude = Math.ScaleB((double)leading, lost);
        return negative ? -magnitude : magnitude;
    }
}
