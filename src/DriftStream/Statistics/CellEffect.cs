using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>
/// How much the cells moved, as a PSI in which no change cancels: cells that stand out are terms of their own, rare ones are merged, and
/// novel numbers are taken out of the cells they hide in.
/// </summary>
/// <param name="Merging">How the other cells are merged, by what is left in them.</param>
/// <param name="Apart">Novel numbers that are one more term; null where there are none.</param>
/// <param name="Psi">Sum of the terms.</param>
/// <param name="Terms">k, the number of terms.</param>
/// <param name="Debiased">PSI less what two samples of one population show on average; slightly negative without drift.</param>
/// <param name="Doubled">Lone cells of at least 0.5 % that at least doubled or halved, with 90 % confidence.</param>
/// <param name="Value">The effect: at least 0; at least 0.02 where a cell doubled or halved.</param>
public sealed record CellEffect(
    CellMerging Merging, NovelLook? Apart, double Psi, int Terms, double Debiased, ImmutableArray<int> Doubled, double Value)
{
    private const double Enough = 0.02; // what a rare cell that doubles or halves is worth
    private const double LeastShare = 0.005;
    private const double Doubt = 0.1;

    /// <summary>Rows of <see cref="Apart"/> that are a term of their own.</summary>
    public long ApartRows { get; private init; }

    // n and m are the rows of reference and window, w the window's share of both; r and x, the rows by cell once novel ones have left.
    internal static CellEffect Of(
        ReadOnlySpan<long> reference, ReadOnlySpan<long> window, int unseen, long neverAlone, CellLooks looks, double design)
    {
        double n = CountPair.Sum(reference), m = CountPair.Sum(window), w = m / (n + m);
        ReadOnlySpan<int> lone = looks.Lone.AsSpan();
        long[] x = window.ToArray(), r = reference.ToArray();
        (NovelLook? apart, long apartRows) = TakeOut(reference, x, lone, looks);
        var pooled = new long[x.Length];
        for (int cell = 0; cell < x.Length; cell++) pooled[cell] = reference[cell] + x[cell];
        CellMerging merging = CellMerging.Of(pooled, unseen, neverAlone, Math.Min(w, 1 - w), lone, design);
        if (unseen >= 0 && lone.Contains(unseen)) LeaveOneOut(r, unseen);

        var sum = new PsiSum(n, m);
        long[] rOf = merging.Sums(r), xOf = merging.Sums(x);
        for (int group = 0; group < rOf.Length; group++) sum.Add(rOf[group], xOf[group]);
        foreach (int cell in lone) sum.Add(r[cell], x[cell]);
        if (apart is not null) sum.AddBeyond(apartRows);
        double debiased = sum.Value - ((sum.Terms - 1) * design * ((1 / n) + (1 / m)));
        ImmutableArray<int> doubled = DoubledOrHalved(r, x, lone, n, m, design);
        double value = Math.Max(Math.Max(0, debiased), doubled.IsEmpty ? 0 : Enough);
        return new CellEffect(merging, apart, sum.Value, sum.Terms, debiased, doubled, value) { ApartRows = apartRows };
    }

    // The rows of the first outstanding look at novel numbers leave their cells, but rows of a lone cell that is entirely new stay in it.
    private static (NovelLook? Look, long Rows) TakeOut(ReadOnlySpan<long> reference, long[] window, ReadOnlySpan<int> lone, CellLooks looks)
    {
        foreach (string name in (ReadOnlySpan<string>)[NovelRows.Between, NovelRows.Beyond])
        {
            if (looks.Outstanding(name) is not { } look) continue;
            long taken = 0;
            for (int cell = 0; cell < window.Length; cell++)
            {
                long rows = look.Rows.ByCell[cell];
                if (rows == 0 || (reference[cell] == 0 && lone.Contains(cell))) continue;
                window[cell] -= rows;
                taken += rows;
            }

            if (taken > 0) return (look, taken);
        }

        return (null, 0);
    }

    // Unseen is compared with the reference rows that would be unseen if the reference lacked them.
    private static void LeaveOneOut(long[] reference, int unseen)
    {
        long single = 0;
        for (int cell = 0; cell < reference.Length; cell++)
        {
            if (cell == unseen || reference[cell] != 1) continue;
            reference[cell] = 0;
            single++;
        }

        reference[unseen] = single;
    }

    private static ImmutableArray<int> DoubledOrHalved(long[] r, long[] x, ReadOnlySpan<int> lone, double n, double m, double design)
    {
        var doubled = ImmutableArray.CreateBuilder<int>();
        foreach (int cell in lone)
        {
            if (Math.Max(r[cell] / n, x[cell] / m) < LeastShare) continue;
            // When a cell exactly doubled, the window holds 2 m / (n + 2 m) of its rows; when it halved, m / (2 n + m).
            double tail = x[cell] * n >= r[cell] * m
                ? BinomialTail.Beta(x[cell] / design, (r[cell] / design) + 1, 2 * m / (n + (2 * m)), n / (n + (2 * m)))
                : BinomialTail.Beta(r[cell] / design, (x[cell] / design) + 1, 2 * n / ((2 * n) + m), m / ((2 * n) + m));
            if (tail <= Doubt) doubled.Add(cell);
        }

        return doubled.ToImmutable();
    }

    // Turns counts into terms. A zero side counts as half a row, but as no more than the other side leads one to expect.
    private struct PsiSum(double n, double m)
    {
        public double Value { get; private set; }

        public int Terms { get; private set; }

        public void Add(long reference, long window)
        {
            if (reference + window == 0) return;
            double r = reference > 0 ? reference : Math.Min(0.5, window * n / m);
            double x = window > 0 ? window : Math.Min(0.5, reference * m / n);
            Value += PopulationStability.Term(r / n, x / m);
            Terms++;
        }

        /// <summary>A few rows out of range are no effect: the floor is 0.5 % of the rows.</summary>
        public void AddBeyond(long rows)
        {
            double floor = Math.Max(0.5 / n, LeastShare);
            Value += PopulationStability.Term(floor, Math.Max(rows / m, floor));
            Terms++;
        }
    }
}
