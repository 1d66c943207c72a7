using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>How much one feature contributes to what the model answers: the mean of |attribution|, and its place among all features, from 1.</summary>
/// <param name="Feature">The column that brings its attribution.</param>
/// <param name="Reference">Its mean |attribution| in the reference; in the unit of the attributions.</param>
/// <param name="Window">In the window.</param>
/// <param name="ReferenceRank">Its place in the reference, 1 for the one that contributes most.</param>
/// <param name="Rank">Its place in the window.</param>
public sealed record FeatureAttribution(string Feature, double Reference, double Window, int ReferenceRank, int Rank)
{
    /// <summary>What its new place means: of what it contributed, or contributes now, what the places are apart.</summary>
    internal double Effect => Math.Max(Reference, Window) * (AttributionRanking.Discount(Rank) - AttributionRanking.Discount(ReferenceRank));
}

/// <summary>
/// Whether a model still relies on the same features: normalised discounted cumulative gain (Jarvelin and Kekalainen 2002) of the window's ranking of features
/// by mean |attribution|, each worth what it contributed in the reference: sum a(i) / log2(rank + 1), over the same sum in the reference's own order. 1 where
/// the order is the same; as Amazon SageMaker Clarify monitors feature attribution drift, which alerts below 0.9.
/// </summary>
/// <param name="Value">0 to 1; null where no attribution of the reference differs from 0.</param>
/// <param name="Features">All of them, by their place in the window.</param>
public sealed record AttributionRanking(double? Value, ImmutableArray<FeatureAttribution> Features)
{
    /// <summary>The statistic's name in the config and in every message.</summary>
    public const string Name = "attribution_ndcg";

    /// <summary>The ranking; features that are alike stay in the reference's order.</summary>
    /// <param name="means">Of each feature its mean |attribution| in the reference and in the window.</param>
    public static AttributionRanking Of(IEnumerable<(string Feature, double Reference, double Window)> means)
    {
        (string Feature, double Reference, double Window)[] known =
            [.. means.OrderByDescending(m => m.Reference).ThenBy(m => m.Feature, StringComparer.Ordinal)];
        ImmutableArray<FeatureAttribution> features =
        [
            .. known.Select((m, i) => (m.Feature, m.Reference, m.Window, ReferenceRank: i + 1)).OrderByDescending(m => m.Window)
                .Select((m, i) => new FeatureAttribution(m.Feature, m.Reference, m.Window, m.ReferenceRank, i + 1)),
        ];
        double gain = features.Sum(f => f.Reference * Discount(f.Rank)), ideal = features.Sum(f => f.Reference * Discount(f.ReferenceRank));
        return new AttributionRanking(ideal > 0 ? Math.Min(1, gain / ideal) : null, features);
    }

    internal static double Discount(int rank) => 1 / Math.Log2(rank + 1);
}
