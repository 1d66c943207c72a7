using System.Numerics;

namespace DriftStream.Tests.Kernels;

/// <summary>A column to be counted by a layout, as float64 and, rounded, as float32.</summary>
/// <param name="Edges">Sorted.</param>
/// <param name="Values">One a row; its memory may start anywhere.</param>
/// <param name="Validity">Bitmap, or empty.</param>
/// <param name="Offset">Bit of the first row.</param>
/// <param name="Wide">Where a case is to be counted once: as float64.</param>
internal sealed record NumericCase(double[] Edges, ReadOnlyMemory<double> Values, byte[] Validity, int Offset, bool Wide = true)
{
    public float[] Edges32 => [.. Edges.Select(edge => (float)edge)];

    public float[] Values32
    {
        get
        {
            float[] values = new float[Values.Length];
            for (int i = 0; i < values.Length; i++) values[i] = (float)Values.Span[i];
            return values;
        }
    }
}

/// <summary>What every kernel must count right, wherever it runs.</summary>
internal static class NumericCases
{
    private static readonly string[] Data = ["normal", "clustered", "ten distinct", "sorted", "special", "nan"];

    public static IEnumerable<NumericCase> EveryPlanAndDistribution()
    {
        var random = new Random(2);
        foreach (int edges in Roster.EdgeCounts)
        {
            foreach (string data in Data)
            {
                double[] sorted = Roster.Edges(random, edges, data);
                double[] values = Roster.Doubles(random, 3000 + random.Next(64), data);
                yield return new NumericCase(sorted, values, [], 0);
                yield return new NumericCase(sorted, values, Roster.Bitmap(random, values.Length + 3, 0.95), 3);
            }
        }
    }

    public static IEnumerable<NumericCase> MostEdges()
    {
        var random = new Random(3);
        foreach (int edges in (int[])[16_384, 32_768, 65_535])
        {
            yield return new NumericCase(Roster.Edges(random, edges, "normal"), Roster.Doubles(random, 140_000, "normal"), [], 0);
            double[] few = Roster.Doubles(random, 1001, "special");
            yield return new NumericCase(Roster.Edges(random, edges, "clustered"), few, Roster.Bitmap(random, few.Length, 0.5), 0);
        }
    }

    public static IEnumerable<(T[] Edges, T[] Values)> OnAndBesideEdges<T>() where T : IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(4);
        foreach (int edges in Roster.EdgeCounts)
        {
            T[] sorted = [.. Roster.Edges(random, edges, "special").Select(T.CreateTruncating)];
            yield return (sorted, [.. sorted.SelectMany(edge => (T[])[edge, T.BitDecrement(edge), T.BitIncrement(edge)])]);
        }
    }

    public static IEnumerable<NumericCase> Unaligned()
    {
        var random = new Random(5);
        double[] values = Roster.Doubles(random, 1300, "special");
        byte[] validity = Roster.Bitmap(random, 1500, 0.8);
        foreach (int edges in (int[])[9, 100])
        {
            double[] sorted = Roster.Edges(random, edges, "special");
            for (int start = 0; start < 70; start++) yield return new NumericCase(sorted, values.AsMemory(start, 1200), validity, start * 2);
        }
    }

    public static IEnumerable<NumericCase> AllNullAndNoNull()
    {
        var random = new Random(6);
        double[] values = Roster.Doubles(random, 5000, "special");
        byte[] none = new byte[640], all = [.. Enumerable.Repeat((byte)255, 640)];
        foreach (int edges in Roster.EdgeCounts)
        {
            double[] sorted = Roster.Edges(random, edges, "normal");
            yield return new NumericCase(sorted, values, none, 7);
            yield return new NumericCase(sorted, values, all, 7);
        }
    }

    /// <summary>A case a seed.</summary>
    public static IEnumerable<NumericCase> Fuzz(int cases)
    {
        for (int seed = 0; seed < cases; seed++)
        {
            var random = new Random(seed);
            int edges = random.Next(4) switch { 0 => random.Next(12), 1 => random.Next(70), 2 => random.Next(600), _ => random.Next(1500) };
            int size = random.Next(8) == 0 ? random.Next(4000) : random.Next(200), offset = random.Next(70);
            double[] sorted = Roster.Edges(random, edges, Data[random.Next(5)]);
            double[] values = Roster.Doubles(random, size, Data[random.Next(6)]);
            byte[] validity = random.Next(2) == 0 ? [] : Roster.Bitmap(random, size + offset, random.NextDouble());
            yield return new NumericCase(sorted, values, validity, offset, random.Next(2) == 0);
        }
    }
}
