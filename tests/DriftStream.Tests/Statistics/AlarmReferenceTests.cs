using System.Text.Json;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

public sealed class AlarmReferenceTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, All.Length)];

    private static readonly JsonElement[] All = [.. Reference.Load("alarms.json").GetProperty("cases").EnumerateArray()];

    [Fact]
    public void Cases_AreAllThere() => Assert.Equal(128, All.Length);

    [Theory]
    [MemberData(nameof(Cases))]
    public void MergedCells_EveryIntermediateValue(int index)
    {
        JsonElement c = All[index];
        MergedCells? merged = MergedCells.Of(c.GetProperty("merged_reference").Longs(), c.GetProperty("merged_window").Longs());
        Assert.Equal(c.GetProperty("testable").GetBoolean(), merged?.PValue is not null);
        if (merged?.PValue is not { } p) return;
        Reference.Near(c.GetProperty("x2").GetDouble(), merged.X2, "x2");
        Reference.Near(c.GetProperty("mean").GetDouble(), merged.Mean, "mean");
        Reference.Near(c.GetProperty("variance").GetDouble(), merged.Variance, "variance");
        Reference.Near(c.GetProperty("third_cumulant").GetDouble(), merged.ThirdCumulant, "third cumulant");
        Reference.Near(c.GetProperty("p_value").GetDouble(), p, "p", absolute: 1e-300);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ordered_EveryIntermediateValue(int index)
    {
        JsonElement c = All[index], ordered = c.GetProperty("ordered");
        int unseen = c.GetProperty("unseen_cell").GetInt32(); // no place in an order
        long[] reference = c.GetProperty("reference").Longs()[..unseen], window = c.GetProperty("window").Longs()[..unseen];
        TiedKolmogorovSmirnov ks = TiedKolmogorovSmirnov.Of(reference, window)!;
        Reference.Near(ordered.GetProperty("ks_full").GetDouble(), ks.Full, "full");
        Assert.Equal(ordered.GetProperty("boundaries_kept").GetInt32(), ks.Boundaries);
        Reference.Near(ordered.GetProperty("ks_kept").GetDouble(), ks.Kept, "kept");
        Reference.Near(ordered.GetProperty("z").GetDouble(), ks.Z, "z");
        Reference.Near(ordered.GetProperty("kolmogorov").GetDouble(), ks.Kolmogorov, "kolmogorov", absolute: 1e-300);
        // The reference's own quadrature is good to 1e-9 absolute, not relative (its smallest bounds are off by a third).
        // At z near 0 it says 1, where the single boundary of case 22 gives 0.98.
        if (ks.Z > 0.02)
        {
            Reference.Near(ordered.GetProperty("hunter_worsley").GetDouble(), ks.HunterWorsley, "hunter-worsley", absolute: 2e-9);
            Reference.Near(ordered.GetProperty("p_value").GetDouble(), ks.PValue, "p", absolute: 2e-9);
        }

        Reference.Near(
            ordered.GetProperty("mann_whitney_p").GetDouble(), MannWhitney.Of(reference, window)!.PValue, "mann-whitney", absolute: 1e-300);
    }

    [Fact]
    public void BenjaminiHochberg_RejectsTheSame()
    {
        foreach (JsonElement family in Reference.Load("alarms.json").GetProperty("benjamini_hochberg").EnumerateArray())
        {
            double q = family.GetProperty("q").GetDouble();
            double[] adjusted = BenjaminiHochberg.Adjusted(family.GetProperty("p").Doubles());
            long[] rejected = [.. Enumerable.Range(0, adjusted.Length).Where(i => adjusted[i] <= q).Select(i => (long)i)];
            Assert.Equal(family.GetProperty("rejected").Longs().Order(), rejected);
        }
    }
}
