using System.Numerics;
using DriftStream.Kernels;

namespace DriftStream.Host.Machine;

/// <summary>Compares a kernel with the plainest way to count, on values that are easily miscounted.</summary>
internal static class KernelCheck
{
    private const int Rows = 2000;

    /// <returns>What it counts wrongly, or null.</returns>
    public static string? Run(CountKernel kernel) => Run<float>(kernel, "f32") ?? Run<double>(kernel, "f64");

    private static string? Run<T>(CountKernel kernel, string type) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] values = [.. Enumerable.Range(0, Rows).Select(Value<T>)];
        byte[] validity = [.. Enumerable.Range(0, (Rows / 8) + 1).Select(i => (byte)~(i % 7))];
        foreach (int count in (int[])[0, 1, 12, 20, 45, 300, 1023, 5000])
        {
            // Edges are values, and some of them twice, so that a comparison that is off by one bit shows.
            T[] met = [.. Enumerable.Range(0, count).Select(i => Value<T>(i * 7)).Select(edge => T.IsNaN(edge) ? T.Zero : edge).Order()];
            T[] even = [.. Enumerable.Range(0, count).Select(i => T.CreateTruncating(((i + 0.5) / count) - 0.5))];
            if (!IsRight(kernel, met, values, validity) || !IsRight(kernel, even, values, validity)) return $"{type} by {count} edges is miscounted";
        }

        return null;
    }

    private static bool IsRight<T>(CountKernel kernel, T[] edges, T[] values, byte[] validity)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var index = EdgeIndex<T>.Create(edges, kernel);
        long[] counts = new long[index.Cells], expected = new long[index.Cells];
        kernel.Count(index, values, validity, 3, counts);
        for (int row = 0; row < Rows; row++)
        {
            if ((validity[(row + 3) / 8] >> ((row + 3) % 8) & 1) == 0) continue;
            T value = values[row];
            expected[T.IsNaN(value) ? edges.Length + 1 : edges.Count(edge => edge <= value)]++;
        }

        return counts.AsSpan().SequenceEqual(expected);
    }

    private static T Value<T>(int i) where T : IBinaryFloatingPointIeee754<T> => (i % 16) switch
    {
        0 => T.NaN,
        1 => T.NegativeZero,
        2 => i % 3 == 0 ? T.PositiveInfinity : T.NegativeInfinity,
        3 => T.Epsilon * T.CreateChecked(i),
        4 => -T.Epsilon,
        5 => T.Zero,
        _ => T.CreateTruncating((i * 0.6180339887498949 % 1) - 0.5),
    };
}
