using System.Numerics;

namespace DriftStream.Host.Machine;

/// <summary>Columns and layouts for measuring the kernels; the same every time.</summary>
internal static class KernelsData
{
    public static readonly string[] Names = ["normal", "clustered", "10 distinct", "5% NaN", "sorted", "5% null"];

    public static string Cpu { get; } =
        (File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo") : [])
        .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1] ?? "unknown CPU";

    public static T[] Column<T>(string name, int rows) where T : IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(20);
        var values = new T[rows];
        for (int i = 0; i < rows; i++)
        {
            double normal = Normal(random);
            values[i] = T.CreateTruncating(name switch
            {
                "clustered" => (random.Next(5) - 2) * 0.7 + (normal * Math.Pow(10, -random.Next(8))),
                "10 distinct" => random.Next(10) - 4.5,
                "5% NaN" => random.Next(20) == 0 ? double.NaN : normal,
                _ => normal,
            });
        }

        if (name == "sorted") Array.Sort(values);
        return values;
    }

    public static byte[] Validity(string name, int rows)
    {
        if (name != "5% null") return [];
        var random = new Random(21);
        byte[] bits = new byte[(rows + 7) / 8];
        for (int i = 0; i < rows; i++) bits[i / 8] |= (byte)((random.Next(20) == 0 ? 0 : 1) << (i % 8));
        return bits;
    }

    /// <summary>Quantiles of a normal sample; 20,000 edges are v and its successor for 10,000 values v.</summary>
    public static T[] Edges<T>(int count) where T : IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(22);
        T[] sample = [.. Enumerable.Range(0, 100_000).Select(_ => T.CreateTruncating(Normal(random))).Distinct()];
        if (count == 20_000) return [.. sample.Take(10_000).SelectMany(value => (T[])[value, T.BitIncrement(value)]).Order()];
        Array.Sort(sample);
        return [.. Enumerable.Range(1, count).Select(i => sample[(long)i * sample.Length / (count + 1)])];
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
