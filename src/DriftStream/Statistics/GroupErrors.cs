using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>Which metric of errors groups are compared by, where labels are numbers.</summary>
public enum ErrorOf : byte
{
    /// <summary>The mean distance of predictions from labels.</summary>
    Mae,

    /// <summary>The root of the mean squared distance.</summary>
    Rmse,

    /// <summary>The mean residual: how much too high predictions are.</summary>
    Bias,
}

/// <summary>How far predictions of numbers are off in the rows of one value of a protected attribute.</summary>
/// <param name="Value">The group.</param>
/// <param name="All">Its rows, whether or not they have a prediction and a label.</param>
/// <param name="Labelled">Those with a label.</param>
/// <param name="Rows">Those with a prediction, too.</param>
/// <param name="Error">The metric, with its standard error and what cells leave open; null of no row, and where it is no double.</param>
/// <param name="Effective">
/// How many rows the metric rests on: (sum x)^2 / sum x^2 of what each adds to it (Kish 1965), all of them where all are off alike, few where few errors are
/// far greater than all others. Of what is 0 or 1 it is the number of ones.
/// </param>
public readonly record struct GroupError(string Value, long All, long Labelled, long Rows, Estimate? Error, double Effective)
{
    /// <summary>Where the metric of the raw rows lies, of which only cells are known; throws where there is none.</summary>
    public Interval Ends => Error!.Value.LeftOpen ?? new Interval(Error.Value.Value, Error.Value.Value);

    /// <summary>That of rows which are at hand.</summary>
    /// <param name="value">The group.</param>
    /// <param name="coverage">Its rows, and those with a label.</param>
    /// <param name="rows">Prediction and label of those that have both, finite.</param>
    /// <param name="of">Which metric.</param>
    public static GroupError OfRows(string value, LabelCoverage coverage, IReadOnlyCollection<(double Predicted, double Label)> rows, ErrorOf of)
    {
        PerformanceMetric metric = Residuals.Of(rows).First(m => m.Name == GroupErrors.NameOf(of));
        Estimate? error = metric.Value is { } known ? new Estimate(known, metric.Error) : null;
        double[] residuals = [.. rows.Select(r => r.Predicted - r.Label)];
        int power = Residuals.PowerOf(residuals);
        return new GroupError(value, coverage.Rows, coverage.Labelled, rows.Count, error,
            GroupErrors.EffectiveOf(residuals.Select(r => (GroupErrors.Share(Math.ScaleB(r, -power), of), 1L))));
    }
}

/// <summary>
/// Whether a model that predicts numbers is as good for one group as for another: how far the metric of errors of one group is from that of another. With the
/// best group as the reference the value is Fairlearn's <c>MetricFrame.difference(method="between_groups")</c> of scikit-learn's metrics.
/// </summary>
/// <param name="Value">The greatest error less the reference's, at least 0, in the unit of the label; of the bias the greatest less the least.</param>
/// <param name="Low">Lower end of the interval of that value over all judged groups together, or null.</param>
/// <param name="High">Upper end of that interval, or null.</param>
/// <param name="Reference">The group that the others are compared with: the one with the least error, unless another one is asked for.</param>
/// <param name="Greatest">Of the others the one with the greatest error.</param>
/// <param name="Judged">How many groups were large enough, with the reference.</param>
public sealed record GroupErrors(double Value, double? Low, double? High, GroupError Reference, GroupError Greatest, int Judged)
{
    /// <summary>How its interval is computed.</summary>
    public const string Interval = "normal-bonferroni";

    /// <summary>Where the value of the raw rows lies, of which only cells are known; null where it is exact.</summary>
    public Statistics.Interval? LeftOpen { get; init; }

    /// <summary>What a metric is called.</summary>
    public static string NameOf(ErrorOf of) => of switch
    {
        ErrorOf.Mae => "mae",
        ErrorOf.Rmse => "rmse",
        ErrorOf.Bias => "bias",
    };

    /// <summary>The groups of a table, in the layout's order.</summary>
    /// <param name="table">Residuals by the values of a group (<see cref="GroupResidualCells"/>).</param>
    /// <param name="counts">One count a cell.</param>
    /// <param name="of">Which metric.</param>
    public static ImmutableArray<GroupError> Of(Layout table, ReadOnlySpan<long> counts, ErrorOf of)
    {
        Layout residuals = table.Inner!;
        var errors = ImmutableArray.CreateBuilder<GroupError>(table.Slices.Length);
        for (int group = 0; group < table.Slices.Length; group++)
        {
            ReadOnlySpan<long> cells = counts.Slice(group * residuals.Cells, residuals.Cells);
            long all = CountPair.Sum(cells);
            ResidualCounts known = ResidualCounts.Of(residuals, cells, null, []);
            Estimate? error = of switch
            {
                ErrorOf.Mae => known.MeanAbsolute,
                ErrorOf.Rmse => known.RootMeanSquare,
                ErrorOf.Bias => known.Bias,
            };
            if (error is { Value: var value } && !double.IsFinite(value)) error = null;
            errors.Add(new GroupError(
                table.Slices[group][0], all, all - cells[residuals.MissingCell], known.Rows, error, NumberCells.Of(residuals, cells).Effective(of)));
        }

        return errors.ToImmutable();
    }

    /// <summary>
    /// The greatest difference from the reference. Differences of two independent metrics are normal, and widened by what cells leave open. Which group is the
    /// best one is known by the same rows, so with it as the reference the interval is the simultaneous one over all pairs, one-sided at (1 - confidence) /
    /// (groups (groups - 1)); with another one, over the other groups, at (1 - confidence) / (groups - 1). Its ends are the greatest of the lower and the
    /// greatest of the upper ends.
    /// </summary>
    /// <param name="groups">All groups but missing and unseen.</param>
    /// <param name="minRows">Groups with fewer rows are not judged; with a confidence, nor are those that rest on few of them.</param>
    /// <param name="confidence">0.95 for 95 %; null for the value alone.</param>
    /// <param name="reference"><see cref="GroupDisparity.Best"/>, <see cref="GroupDisparity.Largest"/> or the value of a group; null is the best one.</param>
    /// <returns>Null where fewer than two groups can be judged, or the reference is none of them: what cannot be judged is not fair.</returns>
    public static GroupErrors? Difference(ImmutableArray<GroupError> groups, long minRows, double? confidence, string? reference = null)
    {
        GroupError[] judged = [.. groups.Where(g => IsJudged(g, minRows, confidence))];
        if (judged.Length < 2) return null;
        bool isBest = reference is null or GroupDisparity.Best;
        string chosen = isBest ? judged.MinBy(ValueOf).Value : reference == GroupDisparity.Largest ? groups.MaxBy(g => g.Rows).Value : reference!;
        if (!judged.Any(g => g.Value == chosen)) return null;
        GroupError least = judged.First(g => g.Value == chosen);
        GroupError[] others = [.. judged.Where(g => g.Value != chosen)];
        GroupError greatest = others.MaxBy(ValueOf);
        GroupError[] references = isBest ? judged : [least];
        var difference = new GroupErrors(Math.Max(0, ValueOf(greatest) - ValueOf(least)), null, null, least, greatest, judged.Length)
        {
            LeftOpen = judged.Any(g => g.Error!.Value.LeftOpen is not null) ? Apart(references, judged, 0) : null,
        };
        if (confidence is not { } sure) return difference;
        double looks = isBest ? judged.Length * (judged.Length - 1.0) : others.Length;
        Statistics.Interval interval = Apart(references, judged, Normal.UpperQuantile((1 - sure) / looks));
        return difference with { Low = interval.Low, High = interval.High };
    }

    // The greatest of the lower and the greatest of the upper ends, over all pairs.
    private static Statistics.Interval Apart(GroupError[] references, GroupError[] judged, double z)
    {
        (double low, double high) = (0, 0);
        foreach (GroupError below in references)
        {
            foreach (GroupError above in judged.Where(g => g.Value != below.Value))
            {
                double half = z == 0 ? 0 : z * double.Hypot(above.Error!.Value.Error!.Value, below.Error!.Value.Error!.Value);
                low = Math.Max(low, above.Ends.Low - below.Ends.High - half);
                high = Math.Max(high, above.Ends.High - below.Ends.Low + half);
            }
        }

        return new Statistics.Interval(low, high);
    }

    /// <summary>
    /// Whether a normal interval of the metric would rest on fewer than <see cref="GroupDisparity.LeastEvents"/> rows: those of a group that is nearly always
    /// right and far off now and then.
    /// </summary>
    public static bool RestsOnFew(GroupError group) => group.Rows > 0 && !(group.Effective >= GroupDisparity.LeastEvents);

    /// <summary>How much a residual adds to the metric, whatever its sign.</summary>
    internal static double Share(double residual, ErrorOf of) => of == ErrorOf.Rmse ? residual * residual : Math.Abs(residual);

    /// <summary>Kish's number of rows; 0 where nothing is off.</summary>
    internal static double EffectiveOf(IEnumerable<(double Share, long Rows)> of)
    {
        double sum = 0, squares = 0;
        foreach ((double share, long rows) in of)
        {
            sum += rows * share;
            squares += rows * share * share;
        }

        return squares > 0 ? sum / squares * sum : 0;
    }

    private static double ValueOf(GroupError group) => group.Error!.Value.Value;

    private static bool IsJudged(GroupError group, long minRows, double? confidence) => group.Rows > 0 && group.Rows >= minRows && group.Error is { } error
        && (confidence is null || (error.Error is { } known && double.IsFinite(known) && !RestsOnFew(group)));
}
