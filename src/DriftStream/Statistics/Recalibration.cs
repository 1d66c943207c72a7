namespace DriftStream.Statistics;

/// <summary>Logistic regression of labels on the log-odds of scores, by Newton's method (Cox 1958, "Two further applications of a model for binary
/// regression").</summary>
internal static class Recalibration
{
    private const int MostSteps = 100;
    private const double Enough = 1e-12, LastStep = 1e-8, Farthest = 1e3;

    /// <summary>With the slope fixed at 1: the intercept, and its standard error.</summary>
    /// <param name="x">Log-odds, one a cell.</param>
    /// <param name="rows">Rows, one a cell.</param>
    /// <param name="positives">Rows with a positive label, some and not all.</param>
    public static (double Value, double Error) Intercept(double[] x, long[] rows, long positives)
    {
        // The sum rises with the intercept, so that its zero can be bracketed: far from it Newton's steps may lead away.
        double low = -200, high = 200, a = 0, information = 0;
        for (int step = 0; step < MostSteps; step++)
        {
            (double sum, information) = (0, 0);
            for (int i = 0; i < x.Length; i++)
            {
                double p = Logistic(a + x[i]);
                sum += rows[i] * p;
                information += rows[i] * p * (1 - p);
            }

            double over = sum - positives;
            if (over > 0) high = a;
            else low = a;
            double next = a - (over / information);
            if (!(next > low && next < high)) next = (low + high) / 2;
            if (Math.Abs(next - a) < Enough) break;
            a = next;
        }

        return (a, 1 / Math.Sqrt(information));
    }

    /// <summary>The slope beside a free intercept, and its standard error; null where there is none that fits best.</summary>
    /// <param name="x">Log-odds, one a cell.</param>
    /// <param name="rows">Rows, one a cell.</param>
    /// <param name="positives">Rows with a positive label, one a cell.</param>
    public static (double Value, double Error)? Slope(double[] x, long[] rows, long[] positives)
    {
        double a = 0, b = 0, before = Likelihood(a, b);
        for (int step = 0; step < MostSteps; step++)
        {
            double ga = 0, gb = 0, aa = 0, ab = 0, bb = 0;
            for (int i = 0; i < x.Length; i++)
            {
                double p = Logistic(a + (b * x[i])), w = rows[i] * p * (1 - p), left = positives[i] - (rows[i] * p);
                (ga, gb) = (ga + left, gb + (left * x[i]));
                (aa, ab, bb) = (aa + w, ab + (w * x[i]), bb + (w * x[i] * x[i]));
            }

            double determinant = (aa * bb) - (ab * ab);
            if (!(determinant > 1e-12 * aa * bb)) return null;
            double da = ((bb * ga) - (ab * gb)) / determinant, db = ((aa * gb) - (ab * ga)) / determinant;
            // Steps shrink quadratically, so that one so small is the last that matters.
            if (Math.Abs(db) < LastStep && Math.Abs(da) < LastStep) return (b + db, Math.Sqrt(aa / determinant));
            // A step too long is halved until it is uphill: the likelihood has one summit.
            double now = Likelihood(a + da, b + db);
            for (int halved = 0; !(now >= before) && halved < 40; halved++)
            {
                (da, db) = (da / 2, db / 2);
                now = Likelihood(a + da, b + db);
            }

            if (!(now >= before)) return (b, Math.Sqrt(aa / determinant));
            (a, b, before) = (a + da, b + db, now);
            if (Math.Abs(b) > Farthest || Math.Abs(a) > Farthest) return null;
        }

        return null;

        double Likelihood(double a, double b)
        {
            double sum = 0;
            for (int i = 0; i < x.Length; i++)
            {
                double t = a + (b * x[i]);
                sum += (positives[i] * t) - (rows[i] * (Math.Max(0, t) + Math.Log(1 + Math.Exp(-Math.Abs(t)))));
            }

            return sum;
        }
    }

    private static double Logistic(double t) => t >= 0 ? 1 / (1 + Math.Exp(-t)) : Math.Exp(t) / (1 + Math.Exp(t));
}
