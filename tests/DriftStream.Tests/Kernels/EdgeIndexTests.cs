using DriftStream.Kernels;
using Xunit;

namespace DriftStream.Tests.Kernels;

public sealed class EdgeIndexTests
{
    [Fact]
    public void Create_NanOrDescending_Refused()
    {
        Assert.Throws<ArgumentException>(() => EdgeIndex<double>.Create([0, double.NaN]));
        Assert.Throws<ArgumentException>(() => EdgeIndex<double>.Create([1, 0]));
        Assert.Throws<ArgumentException>(() => EdgeIndex<Half>.Create([Half.One]));
    }

    [Fact]
    public void Create_EqualNeighboursAndInfinities_Kept()
    {
        var index = EdgeIndex<float>.Create([float.NegativeInfinity, 0, 0, float.PositiveInfinity]);
        Assert.Equal([float.NegativeInfinity, 0, 0, float.PositiveInfinity], index.Edges.ToArray());
        Assert.Equal(6, index.Cells);
    }
}
