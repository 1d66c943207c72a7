using System.Numerics;
using System.Text.Json;
using CsCheck;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>Exact tests against scipy's values, and against the enumeration of all tables with whole numbers.</summary>
public sealed class ExactTestTests
{
    private static readonly JsonElement Tables = Reference.Load("tables.json").GetProperty("tables");

    [Fact]
    public void Fisher_IsScipys()
    {
        foreach (JsonElement row in Tables.GetProperty("fisher_exact").EnumerateArray())
        {
            long[] first = row[0][0].Longs(), second = row[0][1].Longs();
            Reference.Near(row[1].GetDouble(), ExactTest.Fisher(first[0], first.Sum(), second[0], second.Sum()), row.ToString());
        }
    }

    [Fact]
    public void Binomial_IsScipys()
    {
        foreach (JsonElement row in Tables.GetProperty("binomial_test").EnumerateArray())
            Reference.Near(row[3].GetDouble(), ExactTest.Binomial(row[0].GetInt64(), row[1].GetInt64(), row[2].GetDouble()), row.ToString());
    }

    // Each table is as likely as C(m, k) C(n, x + r - k), exactly.
    [Fact]
    public void Fisher_IsTheSumOfAllTablesNoLikelier() =>
        Gen.Select(Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[0, 200], Gen.Int[0, 200]).Sample((x, others, r, rest) =>
        {
            (int m, int n) = (x + others, r + rest);
            if (m == 0 || n == 0) return;
            BigInteger Tables(int k) => Choose(m, k) * Choose(n, x + r - k);
            BigInteger all = 0, rare = 0;
            for (int k = 0; k <= m; k++)
            {
                all += Tables(k);
                if (Tables(k) <= Tables(x)) rare += Tables(k);
            }

            Reference.Near((double)(rare * BigInteger.Pow(10, 30) / all) / 1e30, ExactTest.Fisher(x, m, r, n), "p", absolute: 1e-29);
        });

    [Theory]
    [InlineData(0, 5, 0, 7)]
    [InlineData(5, 5, 7, 7)]
    [InlineData(0, 0, 3, 7)]
    public void TableWithoutAnotherOutcome_IsCertain(long x, long m, long r, long n) => Assert.Equal(1, ExactTest.Fisher(x, m, r, n));

    /// <summary>A million rows: the p-value is that of the normal law, and far out it is a number below any that is reported.</summary>
    [Fact]
    public void ManyRows_AreNear_TheNormalLaw()
    {
        Assert.InRange(ExactTest.Binomial(501_000, 1_000_000, 0.5), 0.0453, 0.0458); // 2 standard deviations: 0.0455
        Assert.Equal(0, ExactTest.Fisher(1_000_000, 1_000_000, 0, 1_000_000));
    }

    [Fact]
    public void RateDifference_HasThem_ForEachCategory()
    {
        var pair = new CountPair(Layout.Categorical(["a", "b"]), [1, 5, 0, 0], [8, 2, 0, 3]);
        Statistic fisher = RateDifference.Exact(pair, "fisher", null), binomial = RateDifference.Exact(pair, "binomial", null);
        Reference.Near(0.034965034965034975, fisher.PValue, "fisher");
        Assert.Equal("fisher-exact", fisher.Test);
        Assert.Equal((6, 10), (fisher.ReferenceRows, fisher.WindowRows));
        Assert.Equal(ExactTest.Binomial(2, 7, 10 / 16.0), binomial.PValue);
        // A third category is a third look.
        var three = new CountPair(Layout.Categorical(["a", "b", "c"]), [10, 10, 10, 0, 0], [2, 10, 18, 0, 0]);
        Reference.Near(Math.Min(1, 3 * ExactTest.Fisher(18, 30, 10, 30)), RateDifference.Exact(three, "fisher", null).PValue, "three");
    }

    /// <summary>Rows that are alike have no exact law: a rule goes by the tail that knows of them.</summary>
    [Fact]
    public void RowsThatAreAlike_AreJudgedByTheTail()
    {
        DesignEffect alike = DesignEffect.At([new ClusterScale(100, 20, 4, 1, 1, 4)], 100);
        var pair = new CountPair(Layout.Categorical(["a", "b"]), [100, 500, 0, 0], [80, 20, 0, 0], alike);
        Statistic own = RateDifference.Statistic(pair, null), fisher = RateDifference.Exact(pair, "fisher", null);
        Assert.True(fisher.PValue < own.PValue);
        Assert.Equal(own.PValue, fisher.PValueOfAlike);
    }

    private static BigInteger Choose(int n, int k)
    {
        if (k < 0 || k > n) return 0;
        BigInteger all = 1;
        for (int i = 1; i <= k; i++) all = all * (n - k + i) / i;
        return all;
    }
}
