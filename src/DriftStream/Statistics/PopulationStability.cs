using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>A convention's way to turn a count into a share: from the count, the rows of the sample and the number of cells.</summary>
public delegate double ShareRule(long count, long rows, int cells);

/// <summary>PSI = sum over cells of (w - r) ln(w / r), with r and w the shares of reference and window; and how tools keep it finite.</summary>
public static class PopulationStability
{
    /// <summary>The statistic's name in the config and in every message.</summary>
    public const string Name = "psi";

    /// <summary>Our default: rare cells merged, those that stand out alone, debiased, with the p-value of <see cref="CellDrift"/>.</summary>
    public const string MergedConvention = "merged-cells";

    /// <summary>PSI over deciles of the reference, shares floored at 1e-4.</summary>
    public const string DecilesConvention = "reference-deciles";

    /// <summary>A zero side counts as half a row.</summary>
    public static double HalfRow(long count, long rows, int cells) => Math.Max(count, 0.5) / rows;

    /// <summary>Shares are at least 1e-4.</summary>
    public static double Floored(long count, long rows, int cells) => Math.Max((double)count / rows, 1e-4);

    /// <summary>Laplace's (count + 1) / (rows + cells): Azure ML over categories, Fiddler over baseline cells.</summary>
    public static double Laplace(long count, long rows, int cells) => (count + 1.0) / (rows + cells);

    /// <summary>Scouter: 1e-10 is added to every share.</summary>
    public static double PlusTiny(long count, long rows, int cells) => ((double)count / rows) + 1e-10;

    /// <summary>The convention <c>merged-cells</c>: the effect of <see cref="CellDrift"/>, with its p-value.</summary>
    public static Statistic Merged(in CountPair pair, CellGroups groups)
    {
        CellDrift? drift = groups.Drift;
        double? ranks = pair.Layout.Kind == LayoutKind.Numeric
            ? MannWhitney.Of(pair.ReferenceValues, pair.WindowValues, pair.Design.Ranks, pair.Design.Chunks)?.SkewedPValue
            : null;
        double? p = drift?.PValue(ranks);
        return Statistic.Of(Name, MergedConvention, drift?.Effect.Value, pair) with
        {
            PValue = Statistic.Reported(p),
            Test = p is null ? null : ranks is null ? CellDrift.Test : CellDrift.RankedTest,
        };
    }

    /// <summary>PSI over all groups that either sample has rows in; null where a sample is empty.</summary>
    public static double? Of(CellGroups groups, ShareRule share)
    {
        (long[] reference, long[] window) = Occupied(groups);
        return CountPair.Sum(reference) == 0 || CountPair.Sum(window) == 0 ? null : Sum(reference, window, share);
    }

    /// <summary>Evidently's, for categories: zeros become 1e-4, or a millionth of the least share where that is at most 1e-4.</summary>
    public static double? Evidently(CellGroups groups)
    {
        return EvidentlyShares(groups) is var (reference, window) ? Sum(reference, window) : null;
    }

    internal static double Sum(double[] reference, double[] window)
    {
        double sum = 0;
        for (int i = 0; i < reference.Length; i++) sum += Term(reference[i], window[i]);
        return sum;
    }

    // With zeros filled, so that they sum to a little more than 1; null where a sample is empty.
    internal static (double[] Reference, double[] Window)? EvidentlyShares(CellGroups groups)
    {
        (long[] reference, long[] window) = Occupied(groups);
        return CountPair.Sum(reference) == 0 || CountPair.Sum(window) == 0 ? null : EvidentlyShares(reference, window);
    }

    internal static (double[] Reference, double[] Window) EvidentlyShares(long[] reference, long[] window)
    {
        double rows = CountPair.Sum(reference), windowRows = CountPair.Sum(window);
        double ofReference = ZeroShare(reference), ofWindow = ZeroShare(window);
        return ([.. reference.Select(c => c == 0 ? ofReference : c / rows)], [.. window.Select(c => c == 0 ? ofWindow : c / windowRows)]);
    }

    /// <summary>One cell's term.</summary>
    public static double Term(double reference, double window) => (window - reference) * Math.Log(window / reference);

    internal static double Sum(long[] reference, long[] window, ShareRule share)
    {
        long rows = CountPair.Sum(reference), windowRows = CountPair.Sum(window);
        double sum = 0;
        for (int i = 0; i < reference.Length; i++)
            sum += Term(share(reference[i], rows, reference.Length), share(window[i], windowRows, reference.Length));
        return sum;
    }

    // A tool sees only the categories that occur; unseen or missing without a row is no cell for it.
    internal static (long[] Reference, long[] Window) Occupied(CellGroups groups)
    {
        int[] kept = [.. Enumerable.Range(0, groups.Count).Where(i => groups.Reference[i] + groups.Window[i] > 0)];
        return ([.. kept.Select(i => groups.Reference[i])], [.. kept.Select(i => groups.Window[i])]);
    }

    private static double ZeroShare(long[] counts)
    {
        double least = (double)counts.Where(c => c > 0).Min() / CountPair.Sum(counts);
        return least <= 1e-4 ? least / 1e6 : 1e-4;
    }
}

/// <summary>
/// PSI over deciles of the reference with everything that makes it repeatable by hand. Over the rows that hold a number: NaN and
/// missing rows are in no bin.
/// </summary>
/// <param name="Edges">The deciles, on exact layouts; otherwise null.</param>
/// <param name="Reference">Reference rows by bin; bins are closed on the right.</param>
/// <param name="Window">Window rows by bin.</param>
/// <param name="EffectiveBins">Bins that hold rows of the reference: fewer than 10 where one value holds several deciles.</param>
/// <param name="Value">PSI with shares floored at 1e-4; null where a sample is empty.</param>
public sealed record DecilePsi(
    ImmutableArray<double>? Edges, ImmutableArray<long> Reference, ImmutableArray<long> Window, int EffectiveBins, double? Value)
{
    /// <summary>PSI of a numeric layout's counts.</summary>
    public static DecilePsi Of(in CountPair pair)
    {
        CellGroups groups = CellGroups.Of(pair);
        long[] reference = groups.Reference[..^2], window = groups.Window[..^2];
        bool defined = CountPair.Sum(reference) > 0 && CountPair.Sum(window) > 0;
        double? value = defined ? PopulationStability.Sum(reference, window, PopulationStability.Floored) : null;
        ImmutableArray<double>? edges = ReferenceQuantiles.Values(pair.Layout, pair.ReferenceValues, 10);
        return new DecilePsi(edges, [.. reference], [.. window], reference.Count(r => r > 0), value);
    }
}
