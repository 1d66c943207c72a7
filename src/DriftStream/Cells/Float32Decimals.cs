using System.Globalization;

namespace DriftStream.Cells;

/// <summary>
/// The number that a float32 was made from: the shortest decimal that reads back as it. 0.1 as float32 is the measurement 0.1, not the
/// 0.10000000149011612 that its bits are as a float64.
/// </summary>
internal static class Float32Decimals
{
    private const double LargestInteger = 1 << 24;
    private const int LeastDecade = -5;

    private static readonly double[] Powers = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];
    private static readonly double[] Tens = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13];

    /// <summary>That decimal as a double, which rises strictly with the value. NaN and infinities stay what they are.</summary>
    public static double Of(float value)
    {
        double exact = value;
        if (!double.IsFinite(exact) || (Math.Abs(exact) <= LargestInteger && exact == Math.Truncate(exact))) return exact;
        return Quick(exact) ?? ByText(value);
    }

    // By the text of it, which takes ten times as long.
    private static double ByText(float value)
    {
        Span<char> text = stackalloc char[32];
        value.TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
        return double.Parse(text[..length], CultureInfo.InvariantCulture);
    }

    // The nearest decimal with the fewest digits that still lies in the float's half-ulp: m / 10^k is exactly rounded (Clinger 1990), since m is below 2^53
    // and 10^k a double. Null where the float is a power of two, whose half-ulps differ, or where rounding might decide.
    private static double? Quick(double value)
    {
        double size = Math.Abs(value);
        if (size is < 1e-5 or > LargestInteger || (BitConverter.SingleToInt32Bits((float)value) & 0x7FFFFF) == 0) return null;
        double half = (MathF.BitIncrement((float)size) - size) / 2;
        int decade = LeastDecade;
        while (size >= Powers[decade - LeastDecade + 1]) decade++;
        double? found = null;
        for (int digits = 6, step = 0; digits is >= 1 and <= 9; digits += step)
        {
            int places = digits - 1 - decade;
            double scale = places >= 0 ? Tens[places] : 0, scaled = size * scale, whole = Math.Round(scaled);
            if (scale == 0) return found;
            if (Math.Abs(Math.Abs(scaled - whole) - 0.5) < 1e-6) return null;
            double near = whole / scale, off = Math.Abs(near - size) / half;
            if (Math.Abs(off - 1) < 1e-6) return null;
            if (off < 1) found = Math.CopySign(near, value);
            if (step == 0) step = off < 1 ? -1 : 1;
            else if (step > 0 == off < 1) break;
        }

        return found;
    }

    /// <summary>Moves edges at float32 values, or just above them, to where those values are as decimals.</summary>
    public static double EdgeOf(double edge)
    {
        float value = (float)edge;
        return value == edge ? Of(value) : Math.BitIncrement(Of((float)Math.BitDecrement(edge)));
    }

    /// <summary>The least float32 whose decimal is at or above the edge.</summary>
    public static float LeastFrom(double edge)
    {
        // Edges of older baselines lie at the bits of float32 values, or just above them.
        float near = (float)edge;
        if (near == edge) return near;
        double before = Math.BitDecrement(edge);
        if ((float)before == before) return MathF.BitIncrement((float)before);
        return Of(near) < edge ? MathF.BitIncrement(near) : near;
    }
}
