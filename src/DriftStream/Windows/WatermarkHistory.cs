using System.Collections.Immutable;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <param name="Stamp">A counter's clock, microseconds since 1970.</param>
/// <param name="Watermark">Event time in microseconds.</param>
/// <summary>The greatest watermark of headers stamped at or before <paramref name="Stamp"/>, which is rounded up.</summary>
public readonly record struct WatermarkStep(EventTime Stamp, EventTime Watermark);

/// <summary>
/// How far the watermarks of a topic's partitions had come, by the stamps of the headers that said so: a staircase, which holds a step
/// only where the greatest of them rose. It does not depend on the order in which headers come.
/// </summary>
/// <param name="grain">
/// Stamps are rounded up to a multiple of this, in microseconds, which bounds the number of steps in a span. Rounding up only makes a quiet
/// partition vouch for less.
/// </param>
public sealed class WatermarkHistory(Duration grain)
{
    private readonly List<WatermarkStep> _steps = [];

    /// <summary>Ascending in stamp and watermark.</summary>
    public ImmutableArray<WatermarkStep> Steps => [.. _steps];

    /// <summary>Takes note of a header with that stamp and that watermark.</summary>
    public void Note(EventTime stamp, EventTime watermark)
    {
        if (watermark == EventTime.None) return;
        stamp = new EventTime(-EventTime.Floor(-stamp, grain));
        int at = After(stamp);
        if (at > 0 && _steps[at - 1].Watermark >= watermark) return;
        if (at > 0 && _steps[at - 1].Stamp == stamp) at--;
        int higher = at;
        while (higher < _steps.Count && _steps[higher].Watermark <= watermark) higher++;
        _steps.RemoveRange(at, higher - at);
        _steps.Insert(at, new WatermarkStep(stamp, watermark));
    }

    /// <summary>The greatest watermark of headers with that stamp or an earlier one, or <see cref="EventTime.None"/>.</summary>
    public EventTime At(EventTime stamp) => After(stamp) is > 0 and var after ? _steps[after - 1].Watermark : EventTime.None;

    /// <summary>Keeps of the steps before this stamp only the last one, since nobody will ask for earlier ones.</summary>
    public void Forget(EventTime before)
    {
        int past = After(before) - 1;
        if (past > 0) _steps.RemoveRange(0, past);
    }

    // Index of the first step with a later stamp.
    private int After(EventTime stamp)
    {
        int low = 0, high = _steps.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_steps[middle].Stamp > stamp) high = middle;
            else low = middle + 1;
        }

        return low;
    }
}
