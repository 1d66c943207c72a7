using System.Collections.Immutable;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>The slices of which all windows of a model are made. In microseconds.</summary>
/// <param name="Size">Divides every size, every step, and the differences between offsets; at most a day. Divides what the days of a zone begin at.</param>
/// <param name="Offset">Less than the size.</param>
internal readonly record struct Pane(Duration Size, Duration Offset)
{
    /// <param name="windows">At least one; sizes and steps positive and whole milliseconds.</param>
    public static Pane Of(ImmutableArray<WindowSettings> windows)
    {
        long common = 0, first = Phase(windows[0]);
        foreach (WindowSettings window in windows)
        {
            (long length, long step) = window.DaysOf is { } zone ? (zone.Grain, zone.Grain) : (window.Size, window.Every);
            common = Gcd(Gcd(common, length), Gcd(step, Math.Abs(Phase(window) - first)));
        }

        // Longer panes would keep rows in memory that no window needs. The least divisor that suffices: 1000 always is one.
        long parts = (common + PlanLimits.LongestPane - 1) / PlanLimits.LongestPane;
        while (common % parts != 0) parts++;
        long size = common / parts;
        return new Pane(new Duration(size), new Duration(first % size));
    }

    // The days of a zone begin at multiples of its grain, whichever days they are.
    private static long Phase(WindowSettings window) => window.DaysOf is null ? window.Offset : 0;

    private static long Gcd(long left, long right) => right == 0 ? left : Gcd(right, left % right);
}
