using DriftStream.Time;

namespace DriftStream.Judging;

/// <summary>
/// The tabular two-sided cumulative sum: C+ = max(0, C+ + z - K), C- = max(0, C- - z - K), a trend where one exceeds H; z is the value less its mean in its
/// standard deviations. Page 1954; Montgomery, Introduction to Statistical Quality Control, chapter 9. Mean and deviation are given, or are those of the
/// first windows: of <c>min_instances</c>, or of more until two of them differ. After a trend it starts anew, and learns them again.
/// </summary>
/// <param name="Windows">Values since the start.</param>
/// <param name="Mean">Mean of those it learns from.</param>
/// <param name="Squares">Sum of their squared deviations.</param>
/// <param name="Up">C+, in standard deviations.</param>
/// <param name="Down">C-, in standard deviations.</param>
public sealed record CusumState(int Windows = 0, double Mean = 0, double Squares = 0, double Up = 0, double Down = 0)
{
    /// <summary>Start of the first window since which C+ is above 0; null where it is 0.</summary>
    public EventTime? UpSince { get; init; }

    /// <summary>Start of the first window since which C- is above 0; null where it is 0.</summary>
    public EventTime? DownSince { get; init; }

    /// <summary>It has found a trend with its last value, and starts anew with the next.</summary>
    public bool Found { get; init; }

    /// <summary>How many values the mean and the deviation are of, once they are known; otherwise 0.</summary>
    public int LearnedFrom { get; init; }

    /// <summary>The state after another value, and what it says.</summary>
    public (CusumState State, TrendReading Reading) Next(double value, EventTime start, TrendSettings settings)
    {
        CusumState before = Found ? new CusumState() : this;
        int least = settings.MinInstances!.Value;
        if (settings.Sd is null && (before.Windows < least || before.Squares == 0))
        {
            CusumState learned = before.Learn(value);
            return (learned, new TrendReading(false, null, settings.Threshold, null, learned.Windows) { Least = Math.Max(least, learned.Windows) + 1 });
        }

        int learnedFrom = before.LearnedFrom > 0 ? before.LearnedFrom : before.Windows;
        double mean = settings.Mean ?? before.Mean, unit = settings.Sd ?? Math.Sqrt(before.Squares / (learnedFrom - 1));
        double z = (value - mean) / unit, slack = settings.Delta!.Value;
        double up = Math.Max(0, before.Up + z - slack), down = Math.Max(0, before.Down - z - slack);
        var next = before with
        {
            Windows = before.Windows + 1,
            LearnedFrom = learnedFrom,
            Up = up,
            Down = down,
            UpSince = up > 0 ? before.UpSince ?? start : null,
            DownSince = down > 0 ? before.DownSince ?? start : null,
        };
        (double most, EventTime? since) = settings.Mode switch
        {
            TrendMode.Up => (up, next.UpSince),
            TrendMode.Down => (down, next.DownSince),
            TrendMode.Both or null => up >= down ? (up, next.UpSince) : (down, next.DownSince),
        };
        bool found = most > settings.Threshold;
        return (next with { Found = found }, new TrendReading(found, most, settings.Threshold, since, next.Windows));
    }

    // Welford 1962.
    private CusumState Learn(double value)
    {
        int windows = Windows + 1;
        double off = value - Mean, mean = Mean + (off / windows);
        return new CusumState(windows, mean, Squares + (off * (value - mean)));
    }
}
