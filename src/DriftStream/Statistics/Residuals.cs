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

    // Up to here squares are far from what a double can hold, and nothing is gained by another unit.
    private const int FarthestPower = 300;

    /// <summary>The metrics, always the same ones in the same order; null of no row, and r2 where all labels are the same.</summary>
    /// <param name="rows">Prediction and label of each row, finite, however great or small.</param>
    public static ImmutableArray<PerformanceMetric> Of(IReadOnlyCollection<(double Predicted, double Label)> rows)
    {
        (double[] residuals, int power) = Scaled(rows);
        Array.Sort(residuals);
        (Estimate? absolute, Estimate? squares, Estimate? bias) = (Mean(residuals, Math.Abs), Mean(residuals, r => r * r), Mean(residuals, r => r));
        // The root by the delta method.
        Estimate? root = squares is var (square, error) ? new Estimate(Math.Sqrt(square), square > 0 ? error / (2 * Math.Sqrt(square)) : 0) : null;
        return
        [
            Metric("mae", InUnit(absolute, power), 0, double.PositiveInfinity, greater: false),
            Metric("rmse", InUnit(root, power), 0, double.PositiveInfinity, greater: false),
            Metric("bias", InUnit(bias, power), double.NegativeInfinity, double.PositiveInfinity, greater: null),
            Metric("r2", Explained(rows), double.NegativeInfinity, 1, greater: true),
            .. Quantiles.Select(q => Performance.Metric(q.Name, InUnit(Quantile(residuals, q.At), power))),
        ];
    }

    // A residual of 1e300 has a square that is no double: what is far from 1 is computed in another unit, a power of two, so that no digit is lost.
    private static (double[] Residuals, int Power) Scaled(IReadOnlyCollection<(double Predicted, double Label)> rows)
    {
        double[] residuals = [.. rows.Select(r => r.Predicted - r.Label)];
        int power = 0;
        if (residuals.Any(double.IsInfinity)) (residuals, power) = ([.. rows.Select(r => (r.Predicted / 4) - (r.Label / 4))], 2);
        int further = PowerOf(residuals);
        return (further == 0 ? residuals : [.. residuals.Select(r => Math.ScaleB(r, -further))], power + further);
    }

    /// <summary>The power of two that is near the greatest of some numbers; 0 where their squares are doubles anyway, and of none.</summary>
    internal static int PowerOf(IEnumerable<double> numbers)
    {
        double most = numbers.Select(Math.Abs).DefaultIfEmpty().Max();
        return most > 0 && Math.Abs(Math.ILogB(most)) > FarthestPower ? Math.ILogB(most) : 0;
    }

    // What no double holds is undefined.
    private static Estimate? InUnit(Estimate? of, int power) => of is { } known && double.IsFinite(Math.ScaleB(known.Value, power))
        ? known with { Value = Math.ScaleB(known.Value, power), Error = known.Error is { } error ? Math.ScaleB(error, power) : null }
        : null;

    private static ResidualQuantile? InUnit(ResidualQuantile? of, int power) => of is { } known && double.IsFinite(Math.ScaleB(known.Value, power))
        ? new(Math.ScaleB(known.Value, power), Math.ScaleB(known.Low, power), Math.ScaleB(known.High, power), Math.ScaleB(known.Error, power))
        : null;

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
        if (PowerOf(rows.SelectMany(r => new[] { r.Predicted, r.Label })) is var power and not 0)
            rows = [.. rows.Select(r => (Math.ScaleB(r.Predicted, -power), Math.ScaleB(r.Label, -power)))];
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
