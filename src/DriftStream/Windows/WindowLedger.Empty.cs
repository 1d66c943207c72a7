using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>Windows that time has passed without a row in them: missing data must be told too.</summary>
public sealed partial class WindowLedger
{
    /// <summary>
    /// Adds windows without rows to those that close, as windows of the version without a name: from the first one missed, until as many
    /// in a row have closed as the model's rules need.
    /// </summary>
    private static void AddEmpty(
        ModelState model, ModelWindows windows, long from, long to, SortedDictionary<WindowKey, WindowSum> sums)
    {
        // Nothing can be missing before the first row.
        if (windows.MostEmpty == 0 || from == EventTime.None) return;
        for (int i = 0; i < windows.Windows.Length; i++)
        {
            WindowSettings window = windows.Windows[i];
            long next = EventTime.Floor(from - window.Size - window.Offset, window.Every) + window.Offset + window.Size + window.Every;
            long[] full = [.. sums.Keys.Where(k => k.Window == i).Select(k => k.End).Distinct(), long.MaxValue];
            int empty = model.Shown(window.Name).Empty;
            foreach (long end in full)
            {
                for (; next < end && next <= to && empty < windows.MostEmpty; next += window.Every, empty++)
                    sums.Add(new WindowKey(next, i, false, ""), new WindowSum());
                (next, empty) = (end == long.MaxValue ? next : end + window.Every, 0);
            }
        }
    }

    // In the order of their ends: how many windows of the name were empty in a row, up to this one.
    private static int CountEmpty(ModelState model, WindowSettings window, long rows)
    {
        ShownLosses shown = model.Shown(window.Name);
        return shown.Empty = rows > 0 ? 0 : shown.Empty + 1;
    }

    /// <summary>How far silence may close windows: up to the last one with a row, and then as many empty ones as the model's rules need.</summary>
    private static long SilenceEnd(ModelState model, ModelWindows windows)
    {
        long end = model.LastWindowEnd;
        return end == EventTime.None ? end : end + (windows.MostEmpty * windows.Windows.Max(w => w.Every));
    }
}
