using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>
/// The default test of a signal: all cells together (X2 on merged cells), each cell by itself and, for numbers, their ranks; and the effect.
/// </summary>
/// <param name="NeverAlone">Cells with at most this many pooled rows are merged first, after unseen ones.</param>
/// <param name="Looks">The looks at each cell by itself.</param>
/// <param name="Merging">How all cells are merged.</param>
/// <param name="Bulk">The test of the merged cells without the rest; null where there are fewer than two.</param>
/// <param name="Effect">How much the cells moved.</param>
public sealed record CellDrift(long NeverAlone, CellLooks Looks, CellMerging Merging, MergedCells? Bulk, CellEffect Effect)
{
    /// <summary>The name of the test in every message: the bulk look and the cell looks, without ranks.</summary>
    public const string Test = "x2-cells";

    /// <summary>The name where a rank test is the third look.</summary>
    public const string RankedTest = "x2-ranks-cells";

    // Shares of the level: looks at single cells are cautious and see large effects, so a tenth is enough for them.
    private const double BulkShare = 0.9, CellShare = 0.1;

    /// <summary>M, the rows of the window.</summary>
    public long WindowRows { get; private init; }

    /// <summary>Null where a sample is empty.</summary>
    /// <param name="reference">Reference rows by cell.</param>
    /// <param name="window">Window rows by cell, as long.</param>
    /// <param name="unseen">The cell of categories that the reference lacks, or -1.</param>
    /// <param name="novel">Novel numbers; the unseen cell is added to them.</param>
    /// <param name="design">How much less the rows tell than independent ones; null: as much.</param>
    public static CellDrift? Of(
        ReadOnlySpan<long> reference, ReadOnlySpan<long> window, int unseen, ImmutableArray<NovelRows> novel, DesignEffect? design = null)
    {
        DesignEffect effect = design ?? DesignEffect.None;
        double n = CountPair.Sum(reference), m = CountPair.Sum(window);
        if (n == 0 || m == 0) return null;
        double w = m / (n + m);
        long neverAlone = NeverAloneUpTo(w);
        if (unseen >= 0) novel = [NovelRows.OfUnseen(reference, window, unseen), .. novel];
        CellLooks looks = CellLooks.Of(reference, window, unseen, novel.AsSpan(), effect.Worst, effect.Ranks);
        var pooled = new long[reference.Length];
        for (int cell = 0; cell < pooled.Length; cell++) pooled[cell] = reference[cell] + window[cell];
        CellMerging merging = CellMerging.Of(pooled, unseen, neverAlone, Math.Min(w, 1 - w), [], effect.Cells);
        MergedCells? bulk = MergedCells.Of(merging.Sums(reference).AsSpan(0, merging.Count), merging.Sums(window).AsSpan(0, merging.Count), effect);
        return new CellDrift(neverAlone, looks, merging, bulk, CellEffect.Of(reference, window, unseen, neverAlone, looks, effect.Cells))
        {
            WindowRows = CountPair.Sum(window),
        };
    }

    /// <summary>The share of the level that all cells together have; a rank test has as much.</summary>
    internal static double ShareOfBulk(bool ranked) => ranked ? BulkShare / 2 : BulkShare;

    // The more rows the window has against the reference, the more pooled rows a cell needs to stand alone.
    internal static long NeverAloneUpTo(double w) => (long)Math.Min(Math.Ceiling(Math.Log(0.01) / Math.Log(w)), 1L << 62);

    /// <summary>The p-value of all looks together (Bonferroni, weighted); null where none was possible because the cells are too sparse.</summary>
    /// <param name="ranks">The p-value of a rank test, where the cells are numbers.</param>
    public double? PValue(double? ranks)
    {
        if (Bulk?.PValue is null && Looks.Count == 0) return null;
        double bulkShare = ShareOfBulk(ranked: ranks is not null);
        double bulk = Math.Min((Bulk?.PValue ?? 1) / bulkShare, (ranks ?? 1) / bulkShare);
        return Math.Min(1, Math.Min(bulk, Looks.PValue / CellShare));
    }
}
