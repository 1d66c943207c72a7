namespace DriftStream.Statistics;

/// <summary>
/// How many rows a window is expected to have, by those of the windows before it: of the same hour of the week, or of the day, or all. The rows of such windows
/// follow a negative binomial law (Poisson's, with a spread of its own), whose spread is that of all windows about their expectations.
/// </summary>
public sealed class Volume
{
    private const long HoursOfDay = 24, HoursOfWeek = 7 * HoursOfDay;

    /// <summary>A window with less than this part of the rows that are expected is as good as empty.</summary>
    private const double NearlyEmpty = 0.05;

    private readonly long[] _rows;
    private readonly int _period;
    private readonly double[] _means;
    private readonly double _spread;

    private Volume(long[] rows, int period, bool leaveOne)
    {
        (_rows, _period) = (rows, period);
        (_means, _spread) = Learned(rows, period);
        UsualGap = Gap(leaveOne);
    }

    /// <summary>
    /// The least probability of windows in a row that lacked their rows, as a natural logarithm; where four weeks are known, the least but one.
    /// </summary>
    public double UsualGap { get; }

    /// <summary>Null where less than a week is known, or fewer than seven windows.</summary>
    /// <param name="rows">Rows of the windows before, the oldest first.</param>
    /// <param name="step">Hours from one to the next.</param>
    public static Volume? Of(long[] rows, double step)
    {
        double hours = rows.Length * step;
        if (hours < HoursOfWeek || rows.Length < 7) return null;
        bool known = hours >= 4 * HoursOfWeek;
        // Hours of the week once there are four weeks of them; until then those of the day: a first week shows that some days are quiet.
        return new Volume(rows, (known ? Period(HoursOfWeek) : null) ?? Period(HoursOfDay) ?? 1, known);

        int? Period(long of) => of / step is var windows && windows == Math.Floor(windows) && rows.Length >= 4 * windows ? (int)windows : null;
    }

    /// <summary>Rows expected in the window that many after the last one, from 1.</summary>
    public double Expected(int ahead) => _means[Slot(ahead)];

    /// <summary>It has as good as no rows, although some are expected.</summary>
    public bool Lacks(int ahead, long rows) => Expected(ahead) >= 1 && rows <= NearlyEmpty * Expected(ahead);

    /// <summary>The probability of so few rows in the window that many after the last one: its expectation is an estimate too.</summary>
    public double Probability(int ahead, long rows)
    {
        double mean = Expected(ahead), known = _rows.Length / (double)_period;
        if (mean == 0) return 1;
        double spread = _spread + (((1 / mean) + _spread) / known), size = 1 / spread;
        return BinomialTail.Beta(size, rows + 1, size / (size + mean), mean / (size + mean));
    }

    private int Slot(int ahead) => (_rows.Length + ahead - 1) % _period;

    private static (double[] Means, double Spread) Learned(long[] rows, int period)
    {
        var means = new double[period];
        double excess = 0, squares = 0;
        for (int slot = 0; slot < period; slot++)
        {
            int windows = ((rows.Length - slot - 1) / period) + 1;
            double sum = 0, off = 0;
            for (int i = slot; i < rows.Length; i += period) sum += rows[i];
            double mean = means[slot] = sum / windows;
            for (int i = slot; i < rows.Length; i += period) off += (rows[i] - mean) * (rows[i] - mean);
            if (windows > 1) excess += (off * windows / (windows - 1)) - sum;
            squares += windows * mean * mean;
        }

        return (means, squares > 0 ? Math.Max(0, excess / squares) : 0);
    }

    // In four weeks one gap may be the outage that is never to come again; in a shorter time the weekend is met once.
    private double Gap(bool leaveOne)
    {
        var gaps = new List<double> { 0, 0 };
        bool open = false;
        for (int i = 0; i < _rows.Length; i++)
        {
            int ahead = 1 + (i % _period) - (_rows.Length % _period) + _period; // a window of the same hour
            bool lacks = Lacks(ahead, _rows[i]);
            if (lacks && !open) gaps.Add(0);
            if (lacks) gaps[^1] += Math.Log(Math.Max(Probability(ahead, _rows[i]), double.Epsilon));
            if (lacks || Expected(ahead) >= 1) open = lacks;
        }

        gaps.Sort();
        return gaps[leaveOne ? 1 : 0];
    }
}
