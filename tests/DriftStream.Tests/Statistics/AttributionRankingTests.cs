using CsCheck;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>How alike the features' ranking is to that of the reference.</summary>
public sealed class AttributionRankingTests
{
    /// <summary>Computed in Python: sum of the reference's means over log2(place + 1), over the same in their own order (scikit-learn's ndcg_score).</summary>
    [Theory]
    [InlineData("abcd", 1)]
    [InlineData("bcda", 0.7510729752717334)]
    [InlineData("bacd", 0.869734893935488)]
    [InlineData("abdc", 0.9926595880301543)]
    public void Value_IsTheDiscountedGain(string order, double expected)
    {
        (string, double)[] reference = [("a", 0.79), ("b", 0.39), ("c", 0.16), ("d", 0.04)];
        var ranking = AttributionRanking.Of(reference.Select(r => (r.Item1, r.Item2, 10.0 - order.IndexOf(r.Item1, StringComparison.Ordinal))));
        Assert.Equal(expected, ranking.Value!.Value, 12);
        Assert.Equal(order, string.Concat(ranking.Features.Select(f => f.Feature)));
        Assert.Equal(ranking.Features.Select(f => "abcd".IndexOf(f.Feature, StringComparison.Ordinal) + 1), ranking.Features.Select(f => f.ReferenceRank));
    }

    /// <summary>Never above 1, and 1 for the reference's own order, whatever the sizes; no order is better than it.</summary>
    [Fact]
    public void OwnOrder_IsBest() => Gen.Double[0, 10].Array[2, 12].SelectMany(r => Gen.Double[0, 10].Array[r.Length].Select(w => (r, w))).Sample(of =>
    {
        IEnumerable<(string, double, double)> means = of.r.Select((m, i) => ($"{i:00}", m, of.w[i]));
        double? value = AttributionRanking.Of(means).Value, own = AttributionRanking.Of(of.r.Select((m, i) => ($"{i:00}", m, m))).Value;
        if (of.r.All(m => m == 0)) Assert.Null(value);
        else Assert.InRange(value!.Value, 0, 1);
        Assert.Equal(of.r.All(m => m == 0) ? null : 1.0, own);
    });

    /// <summary>A feature that was never used and then is stays worth what it was, so it alone costs only what it pushes others down.</summary>
    [Fact]
    public void Alike_StayInTheReferencesOrder()
    {
        AttributionRanking ranking = AttributionRanking.Of([("b", 1, 0), ("a", 2, 0), ("c", 0.5, 0)]);
        Assert.Equal((1.0, "abc"), (ranking.Value, string.Concat(ranking.Features.Select(f => f.Feature))));
        Assert.Null(AttributionRanking.Of([("a", 0, 3), ("b", 0, 1)]).Value);
    }
}
