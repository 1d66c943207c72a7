using DriftStream.Kernels;
using Xunit;

namespace DriftStream.Tests.Kernels;

/// <summary>What the theories run over: every kernel that this process can run, and columns that are awkward to count.</summary>
public static class Roster
{
    public static TheoryData<string> Names => [.. CountKernels.Available.Select(kernel => kernel.Name)];

    /// <summary>Edge counts on both sides of every change of plan: few edges, depth of the top, number of node levels.</summary>
    public static int[] EdgeCounts { get; } =
    [
        0, 1, 2, 4, 9, 10, 14, 15, 16, 19, 20, 24, 25, 29, 30, 31, 32, 39, 40, 49, 50,
        63, 64, 65, 127, 128, 255, 256, 511, 512, 1023, 1024, 4095, 4096,
    ];

    public static float[] Floats(Random random, int count, string data) => [.. Doubles(random, count, data).Select(value => (float)value)];

    public static double[] Doubles(Random random, int count, string data)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
        {
            // Near enough to a normal distribution, and quick to draw.
            double normal = random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5;
            values[i] = data switch
            {
                "clustered" => random.Next(5) + (normal * Math.Pow(10, -random.Next(8))),
                "ten distinct" => random.Next(10),
                "special" => Special(random, normal),
                "nan" => double.NaN,
                _ => normal,
            };
        }

        if (data == "sorted") Array.Sort(values);
        return values;
    }

    private static double Special(Random random, double normal) => random.Next(14) switch
    {
        0 => double.NaN,
        1 => BitConverter.Int64BitsToDouble(unchecked((long)0xFFF8_0000_0000_0001)),
        2 => BitConverter.Int64BitsToDouble(0x7FF0_0000_2000_0000 + random.Next()),
        3 => -0.0,
        4 => 0.0,
        5 => double.PositiveInfinity,
        6 => double.NegativeInfinity,
        7 => double.Epsilon,
        8 => -float.Epsilon,
        9 => float.Epsilon * random.Next(9),
        10 => float.MaxValue,
        11 => double.MinValue,
        _ => normal,
    };

    /// <summary>Sorted values of the same kind: edges that the data meets, duplicates included.</summary>
    public static double[] Edges(Random random, int count, string data)
    {
        double[] edges = Doubles(random, count, data == "nan" ? "normal" : data);
        for (int i = 0; i < count; i++)
        {
            if (double.IsNaN(edges[i])) edges[i] = random.NextDouble();
        }

        Array.Sort(edges);
        return edges;
    }

    public static byte[] Bitmap(Random random, int bits, double ones)
    {
        byte[] bytes = new byte[(bits + 7) / 8];
        for (int i = 0; i < bits; i++)
        {
            if (random.NextDouble() < ones) bytes[i / 8] |= (byte)(1 << (i % 8));
        }

        return bytes;
    }
}
