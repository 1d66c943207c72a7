using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>How far the scores of one value of a protected attribute are from its labels.</summary>
/// <param name="Value">The group; <c>unseen</c> and <c>missing</c> are nobody's.</param>
/// <param name="Scored">Its rows with a score, whether or not their label is known.</param>
/// <param name="Rows">Those with a label, too.</param>
/// <param name="Positives">Those of them whose label is positive.</param>
/// <param name="Bias">
/// Mean score less the share of positive labels, with its standard error and what the cells of scores leave open; null where no row has both, or where
/// scores are no probabilities.
/// </param>
public readonly record struct GroupBias(string Value, long Scored, long Rows, long Positives, Estimate? Bias)
{
    /// <summary>How many positive labels its scores promise; 0 where they are no probabilities.</summary>
    public double Expected => Bias is { } bias ? Positives + (bias.Value * Rows) : 0;

    /// <summary>Where the bias of the raw rows lies, of which only cells are known; throws where there is none.</summary>
    public Interval Ends => Bias!.Value.LeftOpen ?? new Interval(Bias.Value.Value, Bias.Value.Value);
}

/// <summary>
/// Calibration within groups (Kleinberg, Mullainathan and Raghavan 2016; Pleiss et al. 2017): whether a score means the same whoever it is given to. Of each
/// group the bias is its mean score less its share of positive labels; the difference is the greatest bias less the least.
/// </summary>
/// <param name="Value">The greatest difference of two groups' biases, 0 at best and at most 2.</param>
/// <param name="Low">Lower end of the interval of that value over all pairs of judged groups together, or null.</param>
/// <param name="High">Upper end of that interval, or null.</param>
/// <param name="Least">The group with the least bias: its scores are the lowest beside its labels.</param>
/// <param name="Greatest">The group with the greatest one.</param>
/// <param name="Judged">How many groups were large enough.</param>
public sealed record GroupCalibration(double Value, double? Low, double? High, GroupBias Least, GroupBias Greatest, int Judged)
{
    /// <summary>The name of the statistic.</summary>
    public const string Name = "calibration_difference";

    /// <summary>How its interval is computed.</summary>
    public const string Interval = "normal-bonferroni";

    private const double Most = 2;

    /// <summary>The groups of a table, in the layout's order; then <c>unseen</c> and <c>missing</c> where rows fell there.</summary>
    /// <param name="table">A calibration layout.</param>
    /// <param name="counts">One count a cell.</param>
    public static ImmutableArray<GroupBias> Of(Layout table, ReadOnlySpan<long> counts)
    {
        var biases = ImmutableArray.CreateBuilder<GroupBias>();
        var labelled = new (long Negative, long Positive)[table.Inner!.ValueCells];
        for (int group = 0; group < table.Categories.Length + 2; group++)
        {
            long scored = 0;
            for (int score = 0; score < labelled.Length; score++)
            {
                ReadOnlySpan<long> cells = counts.Slice(table.CalibrationCell(group, score, 0), table.Labels);
                labelled[score] = (cells[OutcomeColumns.No], cells[OutcomeColumns.Yes]);
                if (ScoredLabels.MiddleOf(table.Inner, score) is not null) scored += CountPair.Sum(cells);
            }

            if (group >= table.Categories.Length && scored == 0) continue;
            ScoredLabels of = ScoredLabels.Of(table.Inner.Edges, labelled);
            Estimate? bias = of.CalibrationBias;
            if (bias is { } known) bias = known with { Error = Math.Max(known.Error ?? 0, of.ErrorByChance) };
            biases.Add(new GroupBias(table.GroupName(group), scored, of.Rows, of.Positives, bias));
        }

        return biases.ToImmutable();
    }

    /// <summary>
    /// The greatest difference between two groups. Its interval is the simultaneous one over all pairs: each difference of two independent means is normal,
    /// one-sided at (1 - confidence) / (groups (groups - 1)), and widened by what the cells of scores leave open; the ends are the greatest of the lower
    /// and the greatest of the upper ends.
    /// </summary>
    /// <param name="groups">All groups but missing and unseen.</param>
    /// <param name="minRows">Groups with fewer rows are not judged; with a confidence, nor are those of <see cref="HasFewEvents"/>.</param>
    /// <param name="confidence">0.95 for 95 %; null for the value alone.</param>
    /// <returns>Null where fewer than two groups can be judged, or scores of one are no probabilities: what cannot be judged is not fair.</returns>
    public static GroupCalibration? Difference(ImmutableArray<GroupBias> groups, long minRows, double? confidence)
    {
        GroupBias[] judged = [.. groups.Where(g => g.Rows > 0 && g.Rows >= minRows && (confidence is null || !HasFewEvents(g)))];
        if (judged.Length < 2 || judged.Any(g => g.Bias is null)) return null;
        GroupBias least = judged.MinBy(g => g.Bias!.Value.Value), greatest = judged.MaxBy(g => g.Bias!.Value.Value);
        var difference = new GroupCalibration(greatest.Bias!.Value.Value - least.Bias!.Value.Value, null, null, least, greatest, judged.Length);
        if (confidence is not { } sure) return difference;
        double z = Normal.UpperQuantile((1 - sure) / (judged.Length * (judged.Length - 1.0))), low = 0, high = 0;
        foreach (GroupBias above in judged)
        {
            foreach (GroupBias below in judged.Where(g => g != above))
            {
                double half = z * Math.Sqrt(Squared(above.Bias!.Value.Error!.Value) + Squared(below.Bias!.Value.Error!.Value));
                low = Math.Max(low, above.Ends.Low - below.Ends.High - half);
                high = Math.Max(high, above.Ends.High - below.Ends.Low + half);
            }
        }

        return difference with { Low = low, High = Math.Min(high, Most) };
    }

    /// <summary>
    /// Whether labels of one kind are too few for a normal interval: fewer than <see cref="GroupDisparity.LeastEvents"/> have come, and scores promise no more.
    /// </summary>
    public static bool HasFewEvents(GroupBias group) => group.Bias is not null
        && (Math.Max(group.Positives, group.Expected) < GroupDisparity.LeastEvents
            || Math.Max(group.Rows - group.Positives, group.Rows - group.Expected) < GroupDisparity.LeastEvents);

    private static double Squared(double x) => x * x;
}
