using MathNet.Numerics;

namespace DriftStream.Statistics;

/// <summary>
/// Whether two tables of the same rows and columns differ by more than their margins do: the score test of the model without three-factor interaction
/// (Bartlett 1935; Birch 1963), in which all odds ratios of the two tables are the same. It is over the cells in which there is something to see.
/// </summary>
/// <remarks>
/// E is that model, fitted by iterative scaling (Deming and Stephan 1940), h = 1 / (1 / E of the reference + 1 / E of the window) of a cell. The residuals
/// U = W - E of the window are to first order P D, where D = h (dW / E of the window - dR / E of the reference), and P = 1 - H X (X'H X)^- X' takes out rows
/// and columns X. Of categories their covariance is P H P'. Groups that are cut at ranks of their own sample move with it: a row at or below a cut pulls the
/// cut, and with it the rows that stand there, of which the reference says where they are in the other column. The statistic is U'V^-U over the cells with h of
/// at least 5.
/// </remarks>
/// <param name="Value">The statistic.</param>
/// <param name="Degrees">Its degrees of freedom, as many as cells are looked at that do not follow from the others.</param>
internal sealed record HomogeneousAssociation(double Value, int Degrees)
{
    /// <summary>The name of its test in every message.</summary>
    public const string Test = "homogeneous-association";

    /// <summary>In cells that tell less the law of chi2 is not reached.</summary>
    private const double LeastInformation = 5;

    private const double Dependent = 1e-7;

    /// <summary>The upper tail of chi2; null where no cell tells enough.</summary>
    /// <param name="design">So many rows count as one.</param>
    public double? PValue(double design) => Degrees == 0 ? null : SpecialFunctions.GammaUpperRegularized(Degrees / 2.0, Value / 2 / design);

    /// <param name="reference">Rows by row and column, each of which has some.</param>
    /// <param name="window">Likewise.</param>
    /// <param name="rowCuts">Of groups of rows that are cut at ranks: where the rows at each cut are, as shares of the columns; else null.</param>
    /// <param name="columnCuts">Of groups of columns likewise, as shares of the rows.</param>
    public static HomogeneousAssociation Of(double[,] reference, double[,] window, double[,]? rowCuts = null, double[,]? columnCuts = null)
    {
        (int rows, int columns) = (window.GetLength(0), window.GetLength(1));
        (double[,] ofReference, double[,] ofWindow) = Raking.WithoutInteraction(reference, window);
        double[] r = [.. ofReference.Cast<double>()], w = [.. ofWindow.Cast<double>()];
        double[] h = [.. r.Zip(w, (x, y) => x + y == 0 ? 0 : x * y / (x + y))];
        double[,] projection = Projection(h, rows, columns);
        var covariance = new double[h.Length, h.Length];
        AddSpread(covariance, r, h, projection, rowCuts, columnCuts, columns);
        AddSpread(covariance, w, h, projection, rowCuts, columnCuts, columns);
        int[] cells = [.. Enumerable.Range(0, h.Length).Where(c => h[c] >= LeastInformation)];
        var matrix = new double[cells.Length, cells.Length];
        double[] residuals = [.. cells.Select(c => window[c / columns, c % columns] - w[c])];
        for (int a = 0; a < cells.Length; a++)
        {
            for (int b = 0; b < cells.Length; b++) matrix[a, b] = covariance[cells[a], cells[b]];
        }

        return Quadratic(matrix, residuals, [.. cells.Select(c => h[c])]);
    }

    // U'V^-U by elimination; what follows from the cells before it has no pivot left.
    private static HomogeneousAssociation Quadratic(double[,] matrix, double[] right, double[] scale)
    {
        int degrees = 0;
        double value = 0;
        for (int k = 0; k < right.Length; k++)
        {
            double pivot = matrix[k, k];
            if (pivot <= Dependent * scale[k]) continue;
            value += right[k] * right[k] / pivot;
            degrees++;
            for (int i = k + 1; i < right.Length; i++)
            {
                double factor = matrix[i, k] / pivot;
                if (factor == 0) continue;
                for (int j = k + 1; j < right.Length; j++) matrix[i, j] -= factor * matrix[k, j];
                right[i] -= factor * right[k];
            }
        }

        return new HomogeneousAssociation(value, degrees);
    }

    // 1 - H X (X'H X)^- X'.
    private static double[,] Projection(double[] h, int rows, int columns)
    {
        var margins = new double[rows + columns, rows + columns];
        for (int c = 0; c < h.Length; c++)
        {
            (int i, int j) = (c / columns, rows + (c % columns));
            margins[i, i] += h[c];
            margins[j, j] += h[c];
            margins[i, j] = margins[j, i] = h[c];
        }

        double[,] inverse = GeneralInverse(margins);
        var projection = new double[h.Length, h.Length];
        for (int a = 0; a < h.Length; a++)
        {
            (int i, int j) = (a / columns, rows + (a % columns));
            for (int b = 0; b < h.Length; b++)
            {
                (int k, int l) = (b / columns, rows + (b % columns));
                projection[a, b] = (a == b ? 1 : 0) - (h[a] * (inverse[i, k] + inverse[i, l] + inverse[j, k] + inverse[j, l]));
            }
        }

        return projection;
    }

    // By sweeping each pivot that does not follow from those before it.
    private static double[,] GeneralInverse(double[,] matrix)
    {
        int size = matrix.GetLength(0);
        double[] scale = [.. Enumerable.Range(0, size).Select(k => matrix[k, k])];
        var swept = new bool[size];
        for (int k = 0; k < size; k++)
        {
            double pivot = matrix[k, k];
            if (pivot <= Dependent * scale[k]) continue;
            swept[k] = true;
            for (int i = 0; i < size; i++)
            {
                if (i == k) continue;
                double factor = matrix[i, k] / pivot;
                for (int j = 0; j < size; j++) matrix[i, j] -= j == k ? 0 : factor * matrix[k, j];
                matrix[i, k] = -factor;
            }

            for (int j = 0; j < size; j++) matrix[k, j] = j == k ? 1 / pivot : matrix[k, j] / pivot;
        }

        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                if (!swept[i] || !swept[j]) matrix[i, j] = 0;
            }
        }

        return matrix;
    }

    // What the rows of one sample add to the covariance of the residuals: each cell's own row, less what it does to the cuts.
    private static void AddSpread(
        double[,] covariance, double[] fitted, double[] h, double[,] projection, double[,]? rowCuts, double[,]? columnCuts, int columns)
    {
        int size = h.Length;
        double all = fitted.Sum();
        var moves = new double[size][];
        var mean = new double[size];
        for (int c = 0; c < size; c++)
        {
            double[] influence = Influence(c, size, rowCuts, columnCuts, columns);
            for (int k = 0; k < size; k++) influence[k] = fitted[k] == 0 ? 0 : influence[k] * h[k] / fitted[k];
            moves[c] = Apply(projection, influence);
            for (int k = 0; k < size; k++) mean[k] += fitted[c] / all * moves[c][k];
        }

        for (int c = 0; c < size; c++)
        {
            if (fitted[c] == 0) continue;
            for (int a = 0; a < size; a++)
            {
                double along = fitted[c] * (moves[c][a] - mean[a]);
                for (int b = 0; b < size; b++) covariance[a, b] += along * (moves[c][b] - mean[b]);
            }
        }
    }

    private static double[] Influence(int cell, int size, double[,]? rowCuts, double[,]? columnCuts, int columns)
    {
        var influence = new double[size];
        influence[cell] = 1;
        (int row, int column) = (cell / columns, cell % columns);
        for (int cut = row; rowCuts is not null && cut < rowCuts.GetLength(0); cut++)
        {
            for (int j = 0; j < columns; j++)
            {
                influence[(cut * columns) + j] -= rowCuts[cut, j];
                influence[((cut + 1) * columns) + j] += rowCuts[cut, j];
            }
        }

        for (int cut = column; columnCuts is not null && cut < columnCuts.GetLength(0); cut++)
        {
            for (int i = 0; i < size / columns; i++)
            {
                influence[(i * columns) + cut] -= columnCuts[cut, i];
                influence[(i * columns) + cut + 1] += columnCuts[cut, i];
            }
        }

        return influence;
    }

    private static double[] Apply(double[,] matrix, double[] vector)
    {
        var result = new double[vector.Length];
        for (int i = 0; i < vector.Length; i++)
        {
            for (int j = 0; j < vector.Length; j++) result[i] += matrix[i, j] * vector[j];
        }

        return result;
    }
}
