using System.Numerics;
using DriftStream.Kernels;
using Xunit;

namespace DriftStream.Tests.Kernels;

/// <summary>Counting by a guide: layouts that have one, data that is awkward for it, calls long enough to use it.</summary>
public sealed class GuideTests
{
    // From the fewest edges that a kernel guides to more than it has cells for in one table.
    private static readonly int[] EdgeCounts = [10, 63, 64, 100, 255, 256, 257, 1023, 4095];

    public static TheoryData<string> Kernels => Roster.Names;

    [Theory, MemberData(nameof(Kernels))]
    public void Count_LayoutsWithAGuide_AsPlain(string kernel)
    {
        var random = new Random(11);
        foreach (int edges in EdgeCounts)
        {
            foreach ((string name, Func<double, double> at) in Shapes)
            {
                CheckOne<double>(kernel, name, random, edges, at);
                CheckOne<float>(kernel, name, random, edges, at);
            }
        }
    }

    [Fact]
    public void Guide_EdgesThatHaveNone_Null()
    {
        Assert.Null(Index<double>([]).Guide);
        Assert.Null(Index<double>([1]).Guide);
        Assert.Null(Index<double>([1, 1]).Guide);
        Assert.Null(Index<double>([1, 1 + 1e-12, 2]).Guide);
        Assert.Null(Index<double>([double.NegativeInfinity, 0, 1]).Guide);
        Assert.Null(Index<double>([0, 1, double.PositiveInfinity]).Guide);
        Assert.Null(Index<double>([double.MinValue, 0, double.MaxValue]).Guide);
        Assert.Null(Index<double>([0, double.Epsilon]).Guide);
        Assert.Null(Index<float>([0, float.Epsilon]).Guide);
        Assert.NotNull(Index<double>([0, 1]).Guide);
        Assert.Equal(Guide<double>.FewestShares(100), Index<double>([.. Enumerable.Range(0, 100).Select(i => (double)i)]).Guide!.Shares);
    }

    // A share of its own for every edge, though distances differ by a thousand.
    [Fact]
    public void Guide_UnevenEdges_HasMoreShares()
    {
        double[] edges = [.. Enumerable.Range(0, 20).Select(i => i * 0.001), .. Enumerable.Range(1, 10).Select(i => (double)i)];
        Assert.InRange(Index(edges).Guide!.Shares, 9_000, 20_000);
    }

    private static (string Name, Func<double, double> At)[] Shapes =>
    [
        ("even", share => share),
        ("normal", share => Math.Log(share / (1 - share)) / 1.7),
        ("skewed", share => (share * share) + share),
        ("far from zero", share => 1.6e6 + (share * 3e5)),
        ("below zero", share => (500 * share) - 1500),
        ("tiny", share => share * 1e-30),
        ("huge", share => (share - 0.5) * 3e38),
    ];

    private static void CheckOne<T>(string kernel, string name, Random random, int count, Func<double, double> at)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] edges = [.. Enumerable.Range(1, count).Select(i => T.CreateTruncating(at(i / (count + 1.0))))];
        EdgeIndex<T> index = EdgeIndex<T>.Create(edges);
        Assert.True(index.Guide is not null, $"{name}, {count} edges of {typeof(T).Name}: no guide");
        int shares = index.Guide.Shares;

        T[] special = [T.NaN, -T.NaN, T.Zero, T.NegativeZero, T.PositiveInfinity, T.NegativeInfinity, T.Epsilon, -T.Epsilon,
            T.CreateTruncating(1e38), T.CreateTruncating(-1e38), T.BitDecrement(edges[0]), T.BitIncrement(edges[^1])];
        T[] near = [.. edges.SelectMany(edge => (T[])[edge, T.BitDecrement(edge), T.BitIncrement(edge)])];
        T[] values = new T[Math.Max(shares, 2 * (count + 1)) + 37];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.Next(8) switch
            {
                0 => special[random.Next(special.Length)],
                < 4 => near[random.Next(near.Length)],
                _ => T.CreateTruncating(at(random.NextDouble())),
            };
        }

        // As long as it takes to use tables, to count directly, and with nulls; unaligned.
        int direct = Math.Min((count + 1) * 2, shares) - 1;
        foreach (int length in (int[])[values.Length - 1, direct, Math.Max(1, shares / 8)])
        {
            byte[] validity = Roster.Bitmap(random, length + 5, 0.9);
            Check<T>(kernel, name, index, values.AsSpan(1, length), [], 0);
            Check<T>(kernel, name, index, values.AsSpan(1, length), validity, 5);
        }
    }

    private static void Check<T>(string kernel, string name, EdgeIndex<T> index, ReadOnlySpan<T> values, byte[] validity, int offset)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long[] counts = new long[index.Cells];
        CountKernels.Named(kernel).Count(index, values, validity, offset, counts);
        long[] expected = PlainCounts.Count<T>([.. index.Edges], values, validity, offset);
        if (!counts.AsSpan().SequenceEqual(expected)) Assert.Fail($"{name}, {index.EdgeCount} edges, {values.Length} {typeof(T).Name}s");
    }

    private static EdgeIndex<T> Index<T>(T[] edges) where T : unmanaged, IBinaryFloatingPointIeee754<T> => EdgeIndex<T>.Create(edges);
}
