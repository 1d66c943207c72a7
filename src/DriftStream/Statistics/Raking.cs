namespace DriftStream.Statistics;

/// <summary>Scales tables to margins (Deming and Stephan 1940): their odds ratios stay.</summary>
internal static class Raking
{
    private const int MostRounds = 300;
    private const double Settled = 1e-10;

    /// <summary>The table with the margins of the other, as far as its empty cells let it.</summary>
    public static double[,] Of(double[,] table, double[,] margins)
    {
        var raked = (double[,])table.Clone();
        for (int round = 0; round < MostRounds && ToMargins(raked, margins) > Settled; round++)
        {
        }

        return raked;
    }

    /// <summary>
    /// The two tables of the log-linear model without three-factor interaction, by iterative scaling: the margins of each, the rows of both together in each
    /// cell, and the same odds ratios.
    /// </summary>
    public static (double[,] First, double[,] Second) WithoutInteraction(double[,] first, double[,] second)
    {
        (int rows, int columns) = (first.GetLength(0), first.GetLength(1));
        double[,] one = new double[rows, columns], other = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) one[i, j] = other[i, j] = first[i, j] + second[i, j] > 0 ? 1 : 0;
        }

        for (int round = 0; round < MostRounds; round++)
        {
            double off = 0;
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    if (one[i, j] + other[i, j] == 0) continue;
                    double factor = (first[i, j] + second[i, j]) / (one[i, j] + other[i, j]);
                    off = Math.Max(off, Math.Abs(factor - 1));
                    (one[i, j], other[i, j]) = (one[i, j] * factor, other[i, j] * factor);
                }
            }

            // The rows of both together may fit by chance while the margins of each do not yet.
            off = Math.Max(off, Math.Max(ToMargins(one, first), ToMargins(other, second)));
            if (off < Settled) break;
        }

        return (one, other);
    }

    /// <summary>Scales the rows, then the columns; returns by how much they were off.</summary>
    private static double ToMargins(double[,] table, double[,] margins)
    {
        (int rows, int columns) = (table.GetLength(0), table.GetLength(1));
        double off = 0;
        for (int i = 0; i < rows; i++)
        {
            (double has, double wants) = (0, 0);
            for (int j = 0; j < columns; j++) (has, wants) = (has + table[i, j], wants + margins[i, j]);
            if (has == 0) continue;
            off = Math.Max(off, Math.Abs((wants / has) - 1));
            for (int j = 0; j < columns; j++) table[i, j] *= wants / has;
        }

        for (int j = 0; j < columns; j++)
        {
            (double has, double wants) = (0, 0);
            for (int i = 0; i < rows; i++) (has, wants) = (has + table[i, j], wants + margins[i, j]);
            if (has == 0) continue;
            off = Math.Max(off, Math.Abs((wants / has) - 1));
            for (int i = 0; i < rows; i++) table[i, j] *= wants / has;
        }

        return off;
    }
}
