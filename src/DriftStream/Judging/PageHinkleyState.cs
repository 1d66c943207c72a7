using DriftStream.Time;

namespace DriftStream.Judging;

/// <summary>
/// The Page-Hinkley test as River 0.26 has it. With m the mean of all values so far, the last one among them: S = alpha S + (x - m) - delta, a trend upwards
/// where S less its least value so far exceeds the threshold; T = alpha T + (x - m) + delta, a trend downwards where its greatest value so far less T does.
/// Page 1954. After a trend it starts anew.
/// </summary>
/// <param name="Windows">Values since the start.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Up">S.</param>
/// <param name="LeastUp">The least S.</param>
/// <param name="Down">T.</param>
/// <param name="MostDown">The greatest T.</param>
public sealed record PageHinkleyState(int Windows = 0, double Mean = 0, double Up = 0, double LeastUp = 0, double Down = 0, double MostDown = 0)
{
    /// <summary>Start of the first window after that of the least S; null where that is the last one.</summary>
    public EventTime? UpSince { get; init; }

    /// <summary>Start of the first window after that of the greatest T; null where that is the last one.</summary>
    public EventTime? DownSince { get; init; }

    /// <summary>It has found a trend with its last value, and starts anew with the next.</summary>
    public bool Found { get; init; }

    /// <summary>The state after another value, and what it says.</summary>
    public (PageHinkleyState State, TrendReading Reading) Next(double value, EventTime start, TrendSettings settings)
    {
        PageHinkleyState before = Found ? new PageHinkleyState() : this;
        (double alpha, double delta) = (settings.Alpha!.Value, settings.Delta!.Value);
        int windows = before.Windows + 1;
        double mean = before.Mean + ((value - before.Mean) / windows);
        double up = (alpha * before.Up) + (value - mean) - delta, down = (alpha * before.Down) + (value - mean) + delta;
        bool least = windows == 1 || up <= before.LeastUp, most = windows == 1 || down >= before.MostDown;
        var next = new PageHinkleyState(windows, mean, up, least ? up : before.LeastUp, down, most ? down : before.MostDown)
        {
            UpSince = least ? null : before.UpSince ?? start,
            DownSince = most ? null : before.DownSince ?? start,
        };
        double rise = up - next.LeastUp, fall = next.MostDown - down;
        (double evidence, EventTime? since) = settings.Mode switch
        {
            TrendMode.Up => (rise, next.UpSince),
            TrendMode.Down => (fall, next.DownSince),
            TrendMode.Both or null => rise >= fall ? (rise, next.UpSince) : (fall, next.DownSince),
        };
        int needed = settings.MinInstances!.Value;
        bool found = windows >= needed && evidence > settings.Threshold;
        return (next with { Found = found }, new TrendReading(found, evidence, settings.Threshold, since, windows) { Least = needed });
    }
}
