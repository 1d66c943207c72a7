using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>How well a model predicts a number, on rows whose label is known. A residual is the prediction less the label.</summary>
/// <remarks>
/// The values are scikit-learn's <c>mean_absolute_error</c>, <c>root_mean_squared_error</c>, <c>r2_score</c> and numpy's linear <c>quantile</c>.
/// </remarks>
public static class Residuals
{
    internal static readonly ImmutableArray<(string Name, double At)> Quantiles =
        [("residual_q05", 0.05), ("residual_q25", 0.25), ("residual_median", 0.5), ("residual_q75", 0.75), ("residual_q95", 0.95)];

    /// <summary>The metrics, always the same ones in the same order; null of no row, and r2 where all labels are the same.</summary>
    /// <param name="rows">Prediction and label of each row, finite.</param>
    public static ImmutableArray<PerformanceMetric> Of(IReadOnlyCollection<(double Predicted, double Label)> rows)
    {
        double[] residuals = [.. rows.Select(r => r.Predicted - r.Label)];
        Array.Sort(residuals);
        (Estimate? absolute, Estimate? squares, Estimate? bias) = (Mean(residuals, Math.Abs), Mean(residuals, r => r * r), Mean(residuals, r => r));
        // The root by the delta method.
        Estimate? root = squares is var (square, error) ? new Estimate(Math.Sqrt(square), square > 0 ? error / (2 * Math.Sqrt(square)) : 0) : null;
        return
        [
            Metric("mae", absolute, 0, double.PositiveInfinity, greater: false),
            Metric("rmse", root, 0, double.PositiveInfinity, greater: false),
            Metric("bias", bias, double.NegativeInfinity, double.PositiveInfinity, greater: null),
            Metric("r2", Explained(rows), double.NegativeInfinity, 1, greater: true),
            .. Quantiles.Select(q => Performance.Metric(q.Name, Quantile(residuals, q.At))),
        ];
    }

    private static Estimate? Mean(double[] residuals, Func<double, double> of)
    {
        if (residuals.Length == 0) return null;
        double mean = residuals.Average(of), squares = residuals.Sum(r => (of(r) - mean) * (of(r) - mean));
        return new Estimate(mean, residuals.Length > 1 ? Math.Sqrt(squares / (residuals.Length - 1) / residuals.Length) : 0);
    }

    // 1 - mean squared residual over the variance of the labels; the error from what each row adds to both.
    private static Estimate? Explained(IReadOnlyCollection<(double Predicted, double Label)> rows)
    {
        if (rows.Count == 0) return null;
        double mean = rows.Average(r => r.Label), spread = rows.Average(r => (r.Label - mean) * (r.Label - mean));
        if (spread == 0) return null;
        double off = rows.Average(r => (r.Predicted - r.Label) * (r.Predicted - r.Label)), left = off / spread;
        double squares = rows.Sum(r =>
        {
            double influence = (((r.Predicted - r.Label) * (r.Predicted - r.Label)) - (left * (r.Label - mean) * (r.Label - mean))) / spread;
            return influence * influence;
        });
        return new Estimate(1 - left, Math.Sqrt(squares) / rows.Count);
    }

    private static ResidualQuantile? Quantile(double[] sorted, double at)
    {
        if (sorted.Length == 0) return null;
        double place = at * (sorted.Length - 1);
        int below = (int)place;
        (long low, long high) = ResidualQuantile.Ranks(at, sorted.Length, Performance.UsualConfidence);
        return new ResidualQuantile(
            ResidualQuantile.Between(sorted[below], sorted[Math.Min(below + 1, sorted.Length - 1)], place - below), sorted[low], sorted[high],
            (sorted[high] - sorted[low]) / 2 / Proportions.Quantile(Performance.UsualConfidence));
    }

    private static PerformanceMetric Metric(string name, Estimate? estimate, double least, double most, bool? greater) =>
        Performance.Metric(name, estimate, Performance.UsualConfidence, least, most) with { GreaterIsBetter = greater };
}
