using System.Collections.Immutable;
using CsCheck;
using DriftStream.Cells;
using Xunit;

namespace DriftStream.Tests.Cells;

public sealed class QuantileEdgesTests
{
    private static readonly Gen<double[]> Values = Gen.OneOf(
        Gen.Int[0, 20].Select(i => (double)i).Array[1, 200],
        Gen.Double[-1e3, 1e3].Array[1, 300],
        Gen.Frequency((3, Gen.Double[0, 1]), (1, Gen.Const(0.0)), (1, Gen.Const(-0.0)), (1, Gen.Const(1.0))).Array[1, 300]);

    [Fact]
    public void FewDistinctValues_HaveTheirOwnCells() => Values.Sample(values =>
    {
        Array.Sort(values);
        double[] distinct = [.. values.Select(v => v + 0.0).Distinct()];
        (ImmutableArray<double> edges, bool exact) = QuantileEdges.Of(values, 2 * distinct.Length);
        Assert.True(exact);
        Assert.Equal(distinct.SelectMany(v => (double[])[v, Math.BitIncrement(v)]).Distinct(), edges);
    });

    [Fact]
    public void Limit_IsRespected_AndTheRangeIsCovered() => Gen.Select(Values, Gen.Int[1, 60]).Sample((values, limit) =>
    {
        Array.Sort(values);
        (ImmutableArray<double> edges, bool exact) = QuantileEdges.Of(values, limit);
        Assert.InRange(edges.Length, 1, limit);
        Assert.Equal(edges.Distinct().Order(), edges);
        if (exact || limit < 4) return;
        Assert.Equal(values[0], edges[0]);
        Assert.Equal(Math.BitIncrement(values[^1]), edges[^1]);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void LeastLimits_AreRespected(int limit) =>
        Assert.InRange(QuantileEdges.Of([1, 1, 2, 3, 4, 5, 5], limit).Edges.Length, 1, limit);

    // The interval of KS is as wide as the widest cell of several values: a value that is an edge and occurs more than once must be alone.
    [Fact]
    public void RepeatedValueThatIsAnEdge_IsACellOfItsOwn() => Gen.Select(Values, Gen.Int[4, 60]).Sample((values, limit) =>
    {
        Array.Sort(values);
        (ImmutableArray<double> edges, _) = QuantileEdges.Of(values, limit);
        foreach (double edge in edges)
        {
            if (values.Count(v => v == edge) > 1) Assert.Contains(Math.BitIncrement(edge), edges);
        }
    });

    [Fact]
    public void NoValues_HaveNoEdges() => Assert.Equal(([], true), QuantileEdges.Of([], 10));
}
