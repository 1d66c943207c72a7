using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>
/// Rows of the window whose values the reference lacks, found in one way; and how many rows of the reference itself would be novel
/// without themselves, which is what novelty must be compared with (Good 1953, after Turing).
/// </summary>
/// <param name="Name"><c>unseen</c> categories; numbers <c>beyond</c> the reference's range; or <c>between</c> its values.</param>
/// <param name="Total">U, the number of these rows.</param>
/// <param name="Single">L, reference rows whose value no other row has.</param>
/// <param name="Excess">D, by how much the variance of L exceeds a Poisson's: twice the number of values with two rows.</param>
public sealed record NovelRows(string Name, long Total, double Single, double Excess)
{
    /// <summary>The names: categories the reference lacks, numbers out of its range, and numbers between its values.</summary>
    public const string Unseen = "unseen", Beyond = "beyond", Between = "between";

    /// <summary>U by cell, for numbers: a cell may hold new values beside known ones. Unseen categories have a cell of their own.</summary>
    public ImmutableArray<long> ByCell { get; private init; } = [];

    /// <summary>Novel numbers.</summary>
    /// <param name="name"><see cref="Beyond"/> or <see cref="Between"/>.</param>
    /// <param name="byCell">U by cell.</param>
    /// <param name="single">L.</param>
    /// <param name="excess">D.</param>
    public static NovelRows OfNumbers(string name, ImmutableArray<long> byCell, double single, double excess) =>
        new(name, CountPair.Sum(byCell.AsSpan()), single, excess) { ByCell = byCell };

    /// <summary>Novel categories.</summary>
    /// <param name="reference">Reference rows by cell.</param>
    /// <param name="window">Window rows by cell.</param>
    /// <param name="unseen">The cell of unseen categories.</param>
    public static NovelRows OfUnseen(ReadOnlySpan<long> reference, ReadOnlySpan<long> window, int unseen)
    {
        (int once, int twice) = OnceAndTwice(reference[..unseen], reference[(unseen + 1)..]);
        return new NovelRows(Unseen, window[unseen], once, 2.0 * twice);
    }

    /// <summary>How many cells hold exactly one row, and how many exactly two.</summary>
    internal static (int Once, int Twice) OnceAndTwice(ReadOnlySpan<long> counts, ReadOnlySpan<long> others = default)
    {
        int once = 0, twice = 0;
        foreach (long count in counts) (once, twice) = (once + (count == 1 ? 1 : 0), twice + (count == 2 ? 1 : 0));
        foreach (long count in others) (once, twice) = (once + (count == 1 ? 1 : 0), twice + (count == 2 ? 1 : 0));
        return (once, twice);
    }
}

/// <summary>The look at novel rows. It looks upwards only: fewer new values than usual are no fault.</summary>
/// <param name="Rows">The rows it looked at.</param>
/// <param name="Shape">s = (L + 1)^2 / (L + 1 + D).</param>
/// <param name="Share">q = M / (M + N s / (L + 1)).</param>
/// <param name="Least">The tail if every row of the window were novel; above 0.001 the look can say nothing and is left out.</param>
/// <param name="Tail">I(U, s, q): the chance of as many novel rows or more.</param>
public sealed record NovelLook(NovelRows Rows, double Shape, double Share, double Least, double Tail)
{
    internal static NovelLook Of(NovelRows rows, double referenceRows, double windowRows, double design = 1)
    {
        double single = rows.Single + 1, shape = single * single / (single + rows.Excess);
        double others = referenceRows * shape / single, all = windowRows + others;
        return new NovelLook(rows, shape, windowRows / all,
            BinomialTail.Beta(windowRows / design, shape, windowRows / all, others / all),
            BinomialTail.Beta(rows.Total / design, shape, windowRows / all, others / all));
    }
}

/// <summary>
/// Every cell by itself: a binomial tail for each cell that could show something, and one for novel rows. Finds what a test over all cells
/// loses among them: a cell that vanished, or one that is new.
/// </summary>
/// <param name="Above">Cells with at most this many pooled rows could not reach a tail of 0.001 and are not looked at.</param>
/// <param name="Novel">Looks at novel rows.</param>
/// <param name="Count">J, the number of looks.</param>
/// <param name="PValue">min(1, 2 J times the least tail); 1 without a look.</param>
/// <param name="Lone">Cells whose own corrected tail is at most 1 %, ascending; unseen is among them where its rows are too many.</param>
public sealed record CellLooks(
    long Above, ImmutableArray<NovelLook> Novel, int Count, double PValue, ImmutableArray<int> Lone)
{
    /// <summary>The corrected level at which a cell stands out.</summary>
    private const double LoneLevel = 0.01;

    /// <param name="reference">Rows by cell.</param>
    /// <param name="window">Rows by cell.</param>
    /// <param name="unseen">The cell of unseen categories, or -1.</param>
    /// <param name="novel">What is novel in the window, in order of preference.</param>
    /// <param name="design">So many rows count as one.</param>
    /// <param name="novelDesign">So many novel numbers count as one: extremes follow each other.</param>
    public static CellLooks Of(
        ReadOnlySpan<long> reference, ReadOnlySpan<long> window, int unseen, ReadOnlySpan<NovelRows> novel, double design = 1, double novelDesign = 1)
    {
        double n = CountPair.Sum(reference), m = CountPair.Sum(window), w = m / (n + m), rest = n / (n + m);
        double above = Math.Ceiling(Math.Log(0.001) / Math.Log(Math.Min(w, rest))) * design;
        var novelLooks = ImmutableArray.CreateBuilder<NovelLook>(novel.Length);
        foreach (NovelRows rows in novel)
        {
            NovelLook look = NovelLook.Of(rows, n, m, rows.Name == NovelRows.Unseen ? design : Math.Max(design, novelDesign));
            if (look.Least <= 0.001) novelLooks.Add(look);
        }

        int count = novelLooks.Count, farthest = -1;
        var roots = new double[reference.Length]; // how far a cell is out; 0 where it is not looked at
        for (int cell = 0; cell < reference.Length; cell++)
        {
            if (cell == unseen || reference[cell] + window[cell] <= above) continue;
            count++;
            roots[cell] = BinomialTail.Root(reference[cell] / design, window[cell] / design, w, rest);
            if (farthest < 0 || roots[cell] > roots[farthest]) farthest = cell;
        }

        double least = 1;
        foreach (NovelLook look in novelLooks) least = Math.Min(least, look.Tail);
        if (farthest >= 0) least = Math.Min(least, BinomialTail.Smaller(reference[farthest] / design, window[farthest] / design, w, rest));
        double alone = LoneLevel / (2 * Math.Max(1, count));
        // No tail is below the normal tail of its root: cells that are less far out change neither the least tail nor which cells are lone.
        double worth = Normal.UpperQuantile(Math.Min(0.5, Math.Max(least, alone))) - 1e-9;
        var lone = ImmutableArray.CreateBuilder<int>();
        for (int cell = 0; cell < reference.Length; cell++)
        {
            if (cell == unseen)
            {
                if (novelLooks.Any(l => l.Rows.Name == NovelRows.Unseen && l.Tail <= alone)) lone.Add(cell);
                continue;
            }

            if (reference[cell] + window[cell] <= above || roots[cell] < worth) continue;
            double tail = BinomialTail.Smaller(reference[cell] / design, window[cell] / design, w, rest);
            least = Math.Min(least, tail);
            if (tail <= alone) lone.Add(cell);
        }

        double p = count == 0 ? 1 : Math.Min(1, 2 * count * least);
        return new CellLooks((long)above, novelLooks.ToImmutable(), count, p, lone.ToImmutable());
    }

    /// <summary>The look at rows of this name; null where there is none or it does not stand out.</summary>
    internal NovelLook? Outstanding(string name) =>
        Novel.FirstOrDefault(l => l.Rows.Name == name && 2 * Count * l.Tail <= LoneLevel && l.Rows.Total > 0);
}
