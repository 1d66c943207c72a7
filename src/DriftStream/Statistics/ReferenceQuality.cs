using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>What the rows of one signal of a reference can tell, and what they cannot.</summary>
/// <param name="Signal">Its name.</param>
/// <param name="Bins">Of a number: how many of the ten groups of its deciles there are; values that occur very often take several. Null for categories.</param>
/// <param name="Heavy">How many values each have more than a twentieth of the rows.</param>
/// <param name="Heaviest">The most frequent of them, or null.</param>
/// <param name="HeaviestShare">Its share of the rows, 0 to 1.</param>
/// <param name="Problems">What somebody should know, worst first: clauses without a full stop. Empty where all is well.</param>
public sealed record ReferenceQuality(
    string Signal, int? Bins, int Heavy, string? Heaviest, double HeaviestShare, ImmutableArray<string> Problems)
{
    private const int Deciles = 10, FewBins = 5, LeastRows = 100;
    private const double HeavyShare = 0.05, ManyMissing = 0.5, NearlyAll = 0.9;

    /// <summary>So many times as many rows as a window has a reference should have: fewer, and one that is unlucky goes on firing.</summary>
    public const int WindowsOfRows = 10;

    /// <summary>No window can be judged by it: it has no values, or new ones in every row.</summary>
    public bool IsUseless { get; private init; }

    // How bad the worst of the problems is.
    private int Rank { get; init; }

    /// <summary>Of all signals of a baseline but the tables of groups, the worst first.</summary>
    public static ImmutableArray<ReferenceQuality> Of(Baseline baseline) =>
    [
        .. baseline.Signals.Where(s => s.IsColumn).Select(Of)
            .OrderByDescending(q => q.Rank).ThenBy(q => q.Bins ?? Deciles).ThenByDescending(q => q.HeaviestShare).ThenBy(q => q.Signal, StringComparer.Ordinal),
    ];

    /// <summary>What follows from the rows of a reference being few for windows of so many; null where they are enough.</summary>
    /// <param name="rows">N.</param>
    /// <param name="windowRows">M.</param>
    public static string? TooFew(long rows, long windowRows)
    {
        if (rows >= WindowsOfRows * windowRows) return null;
        string few = string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows for windows of {windowRows:N0}");
        return rows < windowRows
            ? $"{few}: levels of alarms below 1 % do not hold; {WindowsOfRows} times as many rows as a window has are enough"
            : $"{few}: by chance it may be unlike the stream, and then goes on firing; {WindowsOfRows} times as many rows as a window has are enough";
    }

    private static ReferenceQuality Of(BaselineSignal signal)
    {
        Layout layout = signal.Layout;
        ReadOnlySpan<long> counts = signal.Counts.AsSpan();
        bool numeric = layout.Kind == LayoutKind.Numeric;
        long rows = CountPair.Sum(counts), missing = At(signal, layout.MissingCell), nan = At(signal, layout.NanCell), values = rows - missing - nan;
        int? bins = numeric ? NonEmpty(counts[..layout.ValueCells]) : null;
        (int heavy, int heaviest) = (0, -1);
        int seen = 0;
        for (int cell = 0; cell < counts.Length; cell++)
        {
            if (cell == layout.MissingCell || cell == layout.NanCell || counts[cell] == 0) continue;
            seen++;
            if (counts[cell] <= HeavyShare * rows || (numeric && !IsPoint(layout, cell))) continue;
            heavy++;
            if (heaviest < 0 || counts[cell] > counts[heaviest]) heaviest = cell;
        }

        string? name = heaviest < 0 ? null : numeric ? Text(layout.Edges[heaviest - 1]) : layout.CellName(heaviest);
        double share = heaviest < 0 ? 0 : (double)counts[heaviest] / rows;
        var problems = ImmutableArray.CreateBuilder<string>();
        int rank = 0;
        bool useless = values == 0 || (!numeric && seen >= LeastRows && seen >= NearlyAll * values);
        if (values == 0) Say(4, "no row has a value");
        else if (seen == 1 && name is not null && missing + nan == 0) Say(4, $"constant: every row is {name}");
        if (values > 0 && useless)
            Say(4, string.Create(CultureInfo.InvariantCulture, $"{seen:N0} categories in {values:N0} rows: it identifies rows, and new ones will always come"));
        if (values > 0 && missing + nan >= ManyMissing * rows)
            Say(2, string.Create(CultureInfo.InvariantCulture, $"{(double)(missing + nan) / rows:0.0 %} of the rows have no value"));
        if (values > 0 && seen > 1 && bins < FewBins)
            Say(1, string.Create(CultureInfo.InvariantCulture, $"{bins} bins of {Deciles}: changes among its frequent values show, others hardly"));
        return new ReferenceQuality(signal.Name, bins, heavy, name, share, problems.ToImmutable()) { Rank = rank, IsUseless = useless };

        void Say(int weight, string problem)
        {
            rank = Math.Max(rank, weight);
            problems.Add(problem);
        }
    }

    private static int NonEmpty(ReadOnlySpan<long> values)
    {
        int[] starts = [0, .. ReferenceQuantiles.Boundaries(values, Deciles), values.Length];
        int bins = 0;
        for (int i = 0; i + 1 < starts.Length; i++)
        {
            if (CountPair.Sum(values[starts[i]..starts[i + 1]]) > 0) bins++;
        }

        return bins;
    }

    // Of an exact layout each cell with rows is one value; otherwise that which lies between an edge and its successor.
    private static bool IsPoint(Layout layout, int cell) => cell > 0 && cell <= layout.Edges.Length
        && (layout.Exact || (cell < layout.Edges.Length && Math.BitIncrement(layout.Edges[cell - 1]) == layout.Edges[cell]));

    private static long At(BaselineSignal signal, int cell) => cell < 0 ? 0 : signal.Counts[cell];

    private static string Text(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
