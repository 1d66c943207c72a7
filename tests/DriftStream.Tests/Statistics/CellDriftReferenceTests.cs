using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>The default alarm against a scalar reference with scipy's incomplete beta: every intermediate value.</summary>
public sealed class CellDriftReferenceTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, All.Length)];

    private static readonly JsonElement[] All =
        [.. new[] { "alarms-novel.json", "alarms-novel-drawn.json" }.SelectMany(file => Reference.Load(file).EnumerateArray())];

    [Fact]
    public void Cases_AreAllThere() => Assert.Equal(16 + 70, All.Length);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Looks_EveryIntermediateValue(int index)
    {
        (JsonElement expect, CellDrift drift) = Judge(index);
        JsonElement c = All[index];
        long[] reference = c.GetProperty("reference").Longs(), window = c.GetProperty("window").Longs();
        double n = reference.Sum(), m = window.Sum(), w = m / (n + m), rest = n / (n + m);
        Reference.Near(expect.GetProperty("w").GetDouble(), w, "w");
        Assert.Equal(expect.GetProperty("never_alone_up_to").GetInt64(), drift.NeverAlone);
        Assert.Equal(expect.GetProperty("look_above").GetInt64(), drift.Looks.Above);
        var looked = new List<int>();
        foreach (JsonProperty look in expect.GetProperty("looks").EnumerateObject())
        {
            int cell = int.Parse(look.Name, System.Globalization.CultureInfo.InvariantCulture);
            looked.Add(cell);
            double tail = BinomialTail.Smaller(reference[cell], window[cell], w, rest);
            Reference.Near(look.Value.GetDouble(), tail, $"look {cell}", absolute: 1e-300);
        }

        int unseen = Unseen(c);
        Assert.Equal(looked, Enumerable.Range(0, reference.Length).Where(i => i != unseen && reference[i] + window[i] > drift.Looks.Above));
        JsonProperty[] novel = [.. expect.GetProperty("novel").EnumerateObject()];
        Assert.Equal(novel.Select(l => l.Name).Order(), drift.Looks.Novel.Select(l => l.Rows.Name).Order());
        foreach (JsonProperty look in novel)
        {
            NovelLook of = drift.Looks.Novel.Single(l => l.Rows.Name == look.Name);
            Assert.Equal(look.Value.GetProperty("U").GetInt64(), of.Rows.Total);
            Reference.Near(look.Value.GetProperty("L").GetDouble(), of.Rows.Single, "L");
            Reference.Near(look.Value.GetProperty("D").GetDouble(), of.Rows.Excess, "D");
            Reference.Near(look.Value.GetProperty("s").GetDouble(), of.Shape, "s");
            Reference.Near(look.Value.GetProperty("q").GetDouble(), of.Share, "q");
            Reference.Near(look.Value.GetProperty("least").GetDouble(), of.Least, "least", absolute: 1e-300);
            Reference.Near(look.Value.GetProperty("tail").GetDouble(), of.Tail, "tail", absolute: 1e-300);
        }

        Assert.Equal(expect.GetProperty("J").GetInt32(), drift.Looks.Count);
        Reference.Near(expect.GetProperty("p_cell").GetDouble(), drift.Looks.PValue, "p cell", absolute: 1e-300);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bulk_EveryIntermediateValue(int index)
    {
        (JsonElement expect, CellDrift drift) = Judge(index);
        AssertGroups(expect.GetProperty("groups"), drift.Merging);
        JsonElement c = All[index];
        long[] pooled = [.. c.GetProperty("reference").Longs().Zip(c.GetProperty("window").Longs(), (r, x) => r + x)];
        AssertRest(expect.GetProperty("rest").Longs(), drift.Merging, pooled);
        Assert.Equal(expect.GetProperty("k").GetInt32(), drift.Merging.Count);
        if (expect.TryGetProperty("x2", out JsonElement x2))
        {
            MergedCells bulk = drift.Bulk!;
            Assert.Equal(
                expect.GetProperty("bulk_reference").Longs().Zip(expect.GetProperty("bulk_window").Longs()).Order(),
                bulk.Reference.Zip(bulk.Window).Order());
            Reference.Near(x2.GetDouble(), bulk.X2, "x2");
            Reference.Near(expect.GetProperty("mean").GetDouble(), bulk.Mean, "mean");
            Reference.Near(expect.GetProperty("variance").GetDouble(), bulk.Variance, "variance");
            Reference.Near(expect.GetProperty("third_cumulant").GetDouble(), bulk.ThirdCumulant, "third cumulant");
        }
        else Assert.Null(drift.Bulk);

        Same(expect.GetProperty("p_bulk"), drift.Bulk?.PValue, "p bulk");
        Same(expect.GetProperty("p"), drift.PValue(ranks: null), "p");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Effect_EveryIntermediateValue(int index)
    {
        (JsonElement expect, CellDrift drift) = Judge(index);
        CellEffect effect = drift.Effect;
        Assert.Equal(expect.GetProperty("lone").Longs(), drift.Looks.Lone.Select(i => (long)i));
        JsonElement apart = expect.GetProperty("novel_rows_apart");
        if (apart.ValueKind == JsonValueKind.Null) Assert.Null(effect.Apart);
        else Assert.Equal(apart.GetInt64(), effect.ApartRows);
        AssertEffectGroups(expect.GetProperty("effect_groups"), drift, effect);
        Reference.Near(expect.GetProperty("psi").GetDouble(), effect.Psi, "psi");
        Assert.Equal(expect.GetProperty("k_effect").GetInt32(), effect.Terms);
        Reference.Near(expect.GetProperty("debiased").GetDouble(), effect.Debiased, "debiased");
        Assert.Equal(expect.GetProperty("doubled_or_halved").Longs(), effect.Doubled.Select(i => (long)i));
        Reference.Near(expect.GetProperty("effect").GetDouble(), effect.Value, "effect");
    }

    // The reference lists groups, then the rest, then each lone cell.
    private static void AssertEffectGroups(JsonElement groups, CellDrift drift, CellEffect effect)
    {
        long[][] all = [.. groups.EnumerateArray().Select(g => g.Longs())];
        long[][] lone = [.. all.Where(g => g.Length == 1 && drift.Looks.Lone.Contains((int)g[0]))];
        Assert.Equal(drift.Looks.Lone.Select(i => (long)i), lone.Select(g => g[0]));
        long[][] others = all[..^lone.Length];
        Assert.InRange(others.Length, effect.Merging.Count, effect.Merging.Count + 1);
        AssertGroups(others[..effect.Merging.Count], effect.Merging);
        if (others.Length > effect.Merging.Count)
            Assert.All(others[^1], i => Assert.Equal(CellMerging.Rest, effect.Merging.GroupOf[(int)i]));
        Assert.All(drift.Looks.Lone, i => Assert.Equal(CellMerging.Apart, effect.Merging.GroupOf[i]));
    }

    private static void AssertGroups(JsonElement groups, CellMerging merging) =>
        AssertGroups([.. groups.EnumerateArray().Select(g => g.Longs())], merging);

    // Groups of one big cell come in the order of their rows in the reference, and in that of their cells here.
    private static void AssertGroups(long[][] groups, CellMerging merging)
    {
        Assert.Equal(groups.Length, merging.Count);
        IEnumerable<string> ours = Enumerable.Range(0, merging.Count)
            .Select(g => string.Join(' ', Enumerable.Range(0, merging.GroupOf.Length).Where(i => merging.GroupOf[i] == g)));
        Assert.Equal(groups.Select(g => string.Join(' ', g.Order())).Order(), ours.Order());
    }

    // Cells without a row are nowhere in the reference, and in the rest here.
    private static void AssertRest(long[] rest, CellMerging merging, long[] pooled) => Assert.Equal(
        rest.Where(i => pooled[i] > 0).Order(),
        Enumerable.Range(0, pooled.Length).Where(i => merging.GroupOf[i] == CellMerging.Rest && pooled[i] > 0).Select(i => (long)i));

    private static void Same(JsonElement expected, double? actual, string what)
    {
        if (expected.ValueKind == JsonValueKind.Null) Assert.Null(actual);
        else Reference.Near(expected.GetDouble(), actual, what, absolute: 1e-300);
    }

    private static (JsonElement Expect, CellDrift Drift) Judge(int index)
    {
        JsonElement c = All[index];
        var novel = ImmutableArray.CreateBuilder<NovelRows>();
        if (c.TryGetProperty("between", out JsonElement between))
        {
            JsonElement[] parts = [.. between.EnumerateArray()];
            novel.Add(NovelRows.OfNumbers(NovelRows.Between, [.. parts[0].Longs()], parts[1].GetInt32(), 2.0 * parts[2].GetInt32()));
        }

        if (c.TryGetProperty("beyond", out JsonElement beyond)) novel.Add(NovelRows.OfNumbers(NovelRows.Beyond, [.. beyond.Longs()], 1, 0));
        long[] reference = c.GetProperty("reference").Longs(), window = c.GetProperty("window").Longs();
        return (c.GetProperty("expect"), CellDrift.Of(reference, window, Unseen(c), novel.ToImmutable())!);
    }

    private static int Unseen(JsonElement c) => c.TryGetProperty("unseen", out JsonElement unseen) ? unseen.GetInt32() : -1;
}
