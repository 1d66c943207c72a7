using System.Numerics;
using DriftStream.Kernels;
using Xunit;

namespace DriftStream.Tests.Kernels;

/// <summary>Packed counters: that the search in registers ends in the right cell, and that no counter overflows into its neighbour.</summary>
public sealed class PackedCountsTests
{
    public static TheoryData<string> Kernels => Roster.Names;

    [Fact]
    public void Fill_AnyLayout_SearchEndsInTheCell()
    {
        for (int count = PackedNodes.LeastEdges; count <= PackedNodes.MostEdges; count++)
        {
            float[] edges = [.. Enumerable.Range(1, count).Select(i => (float)i)], rows = new float[PackedNodes.Length];
            rows.AsSpan().Fill(float.NaN);
            PackedNodes.Fill<float>(edges, rows);
            int levels = PackedNodes.Levels(count);
            for (int x = 0; x <= count + 1; x++)
            {
                int place = 0;
                for (int level = 0; level < levels; level++)
                    place |= x >= rows[(level * PackedNodes.Row) + place] ? 1 << level : 0;
                Assert.Equal(Math.Min(x, count), PackedNodes.CellOf(place, levels));
            }

            Assert.All(rows[PackedNodes.RootAt..], zero => Assert.Equal(0, zero));
        }
    }

    // Long enough to fill every counter on the way: nibbles, bytes, and bytes twice.
    [Theory, MemberData(nameof(Kernels))]
    public void Count_AllValuesInOneCell_AsPlain(string kernel)
    {
        for (int count = PackedNodes.LeastEdges - 1; count <= PackedNodes.MostEdges + 1; count++)
        {
            for (int cell = 0; cell <= count + 1; cell++)
            {
                OneCell<float>(kernel, count, cell, 9_000 + cell);
                OneCell<double>(kernel, count, cell, 5_000 + cell);
            }
        }
    }

    private static void OneCell<T>(string kernel, int count, int cell, int rows) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] edges = [.. Enumerable.Range(1, count).Select(T.CreateChecked)], values = new T[rows];
        values.AsSpan().Fill(cell > count ? T.NaN : T.CreateChecked(cell));
        CountKernel one = CountKernels.Available.Single(k => k.Name == kernel);
        long[] counts = new long[count + 2], expected = new long[count + 2];
        expected[cell] = 2L * rows;
        var index = EdgeIndex<T>.Create(edges, one);
        one.Count(index, values, [], 0, counts);
        one.Count(index, values, [], 0, counts);
        if (!counts.AsSpan().SequenceEqual(expected)) Assert.Fail($"{typeof(T).Name}, {count} edges, cell {cell}: {string.Join(' ', counts)}");
    }
}
