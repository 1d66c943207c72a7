namespace DriftStream.Statistics;

/// <summary>
/// Spearman's rank correlation of two numbers from the counts of their cells: Pearson's of the mid-ranks, rows of a cell being tied, as scipy's
/// <c>spearmanr</c> has it of values that are so. Its variance is that of the influence of a row (the infinitesimal jackknife, Efron 1982), ranks included,
/// and needs no normal law.
/// </summary>
/// <param name="Value">-1 to 1.</param>
/// <param name="Deviation">The standard deviation of a row's influence; over the root of the rows it is the standard error.</param>
/// <param name="Rows">Rows with both values.</param>
public readonly record struct RankCorrelation(double Value, double Deviation, long Rows)
{
    /// <summary>Null where there are no rows, or a column has all of them in one cell.</summary>
    /// <param name="counts">Rows by cell of the first column and of the second.</param>
    public static RankCorrelation? Of(long[,] counts)
    {
        (int rows, int columns) = (counts.GetLength(0), counts.GetLength(1));
        var first = new double[rows];
        var second = new double[columns];
        long total = 0;
        foreach (long count in counts) total += count;
        if (total == 0) return null;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double share = counts[i, j] / (double)total;
                first[i] += share;
                second[j] += share;
            }
        }

        double[] u = Grades(first, out double spreadOfFirst), v = Grades(second, out double spreadOfSecond);
        if (spreadOfFirst <= 0 || spreadOfSecond <= 0) return null;
        (double[] alongFirst, double[] alongSecond) = (new double[rows], new double[columns]);
        double covariance = 0;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double share = counts[i, j] / (double)total;
                covariance += share * u[i] * v[j];
                alongFirst[i] += share * v[j];
                alongSecond[j] += share * u[i];
            }
        }

        double scale = 1 / Math.Sqrt(spreadOfFirst * spreadOfSecond), rho = Math.Clamp(covariance * scale, -1, 1);
        double[] byFirst = Above(alongFirst), bySecond = Above(alongSecond);
        // The variance of tied mid-ranks is (1 - sum of cubed shares) / 12, and moves with a row too.
        for (int i = 0; i < rows; i++) byFirst[i] = (byFirst[i] * scale) + (rho * first[i] * first[i] / 8 / spreadOfFirst);
        for (int j = 0; j < columns; j++) bySecond[j] = (bySecond[j] * scale) + (rho * second[j] * second[j] / 8 / spreadOfSecond);
        double mean = 0, square = 0;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                if (counts[i, j] == 0) continue;
                double share = counts[i, j] / (double)total, influence = (u[i] * v[j] * scale) + byFirst[i] + bySecond[j];
                mean += share * influence;
                square += share * influence * influence;
            }
        }

        return new RankCorrelation(rho, Math.Sqrt(Math.Max(0, square - (mean * mean))), total);
    }

    /// <summary>An interval by Fisher's transformation, with this deviation in place of that of the normal law.</summary>
    /// <param name="z">1.96 for 95 %.</param>
    /// <param name="design">So many rows count as one.</param>
    public Interval Between(double z, double design)
    {
        (double at, double deviation) = Stable();
        double wide = z * deviation * Math.Sqrt(design / Rows);
        return new Interval(Math.Tanh(at - wide), Math.Tanh(at + wide));
    }

    /// <summary>On the scale of Fisher's transformation, where the spread hardly depends on the value: this and the deviation of a row.</summary>
    /// <remarks>A value nearer to 1 than a row can tell stands where one row would leave it, with the deviation of a normal law.</remarks>
    public (double At, double Deviation) Stable()
    {
        double most = 1 - (1.0 / Math.Max(2, Rows)), rho = Math.Clamp(Value, -most, most);
        double deviation = Deviation / (1 - (rho * rho));
        return (Math.Atanh(rho), rho == Value ? deviation : Math.Max(1, deviation));
    }

    // Centred mid-ranks as parts of 1, and their variance.
    private static double[] Grades(double[] shares, out double variance)
    {
        var grades = new double[shares.Length];
        double below = 0, cubes = 0;
        for (int i = 0; i < shares.Length; i++)
        {
            grades[i] = below + (shares[i] / 2) - 0.5;
            below += shares[i];
            cubes += shares[i] * shares[i] * shares[i];
        }

        variance = cubes > 1 - 1e-12 ? 0 : (1 - cubes) / 12;
        return grades;
    }

    // What a row in each cell adds to the ranks of all rows above it, and by half to those of its own.
    private static double[] Above(double[] along)
    {
        var above = new double[along.Length];
        double sum = 0;
        for (int i = along.Length - 1; i >= 0; i--)
        {
            above[i] = sum + (along[i] / 2);
            sum += along[i];
        }

        return above;
    }
}
