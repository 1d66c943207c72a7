using System.Globalization;

namespace DriftStream.Cells;

/// <summary>
/// The number that a float32 was made from: the shortest decimal that reads back as it. 0.1 as float32 is the measurement 0.1, not the
/// 0.10000000149011612 that its bits are as a float64.
/// </summary>
internal static class Float32Decimals
{
    private const double LargestInteger = 1 << 24;

    /// <summary>That decimal as a double, which rises strictly with the value. NaN and infinities stay what they are.</summary>
    public static double Of(float value)
    {
        double exact = value;
        if (!double.IsFinite(exact) || (Math.Abs(exact) <= LargestInteger && exact == Math.Truncate(exact))) return exact;
        Span<char> text = stackalloc char[32];
        value.TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
        return double.Parse(text[..length], CultureInfo.InvariantCulture);
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
