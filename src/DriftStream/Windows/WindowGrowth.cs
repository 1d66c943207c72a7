using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>A window that has too few rows and waits for the next one to join it.</summary>
/// <param name="Window">Name of the windows.</param>
/// <param name="Rest">Its rows are of all versions without counts of their own.</param>
/// <param name="Version">The version.</param>
/// <param name="Start">Start of the first window that it is made of, event time in microseconds.</param>
public sealed record GrowingWindow(string Window, bool Rest, string Version, EventTime Start);

/// <summary>A window that closes: one of the windows of its name, or several neighbours that had too few rows each.</summary>
internal readonly record struct GrownWindow(EventTime Start, WindowSum Sum);

/// <summary>
/// Lets windows with too few rows grow (<see cref="WindowSettings.ExtendTo"/>): such a window does not close by itself, but with the next one of its
/// version. It closes once it has enough rows, or can become no longer, and is judged that once: repeated looks at the same rows would find drift by
/// chance.
/// </summary>
internal static class WindowGrowth
{
    /// <summary>The windows that close, by the key of their last part.</summary>
    /// <param name="model">Holds the windows that grow, and gets those that go on growing.</param>
    /// <param name="windows">The model's windows.</param>
    /// <param name="to">Event time up to which panes are sealed.</param>
    /// <param name="before">Windows that had ended before; only those that grow are taken.</param>
    /// <param name="now">Windows that end now.</param>
    public static SortedDictionary<WindowKey, GrownWindow> Close(
        ModelState model, ModelWindows windows, EventTime to, SortedDictionary<WindowKey, WindowSum> before, SortedDictionary<WindowKey, WindowSum> now)
    {
        var closed = new SortedDictionary<WindowKey, GrownWindow>();
        for (int i = 0; i < windows.Windows.Length; i++)
        {
            WindowSettings window = windows.Windows[i];
            Dictionary<(bool, string), EventTime> grew = model.Growing.Where(g => g.Window == window.Name).ToDictionary(g => (g.Rest, g.Version), g => g.Start);
            model.Growing = model.Growing.RemoveAll(g => g.Window == window.Name);
            var open = new SortedDictionary<(bool OfRest, string Version), GrownWindow>();
            IEnumerable<KeyValuePair<WindowKey, WindowSum>> parts = before
                .Where(b => b.Key.Window == i && grew.TryGetValue((b.Key.Rest, b.Key.Version), out EventTime since) && window.StartBefore(b.Key.End) >= since)
                .Concat(now.Where(n => n.Key.Window == i));
            foreach ((WindowKey key, WindowSum sum) in parts) Add(key, sum);
            foreach (((bool rest, string version), GrownWindow growing) in open.ToArray())
            {
                if (Longest(growing) <= to) closed.Add(new WindowKey(Longest(growing), i, rest, version), growing);
                else model.Growing = model.Growing.Add(new GrowingWindow(window.Name, rest, version, growing.Start));
            }

            // Windows that grow do not overlap: their steps are whole windows.
            EventTime Longest(GrownWindow growing) => window.Shift(growing.Start, window.ExtendTo / window.Every);

            void Add(WindowKey key, WindowSum sum)
            {
                // A window without a row is told at once: it is missing data, not few data.
                if (window.ExtendTo == 0 || (sum.Panes.Rows == 0 && !sum.Cut))
                {
                    closed.Add(key, new GrownWindow(window.StartBefore(key.End), sum));
                    return;
                }

                (bool, string) version = (key.Rest, key.Version);
                if (open.TryGetValue(version, out GrownWindow growing) && key.End > Longest(growing))
                {
                    closed.Add(key with { End = Longest(growing) }, growing);
                    open.Remove(version);
                }

                if (!open.TryGetValue(version, out growing)) growing = new GrownWindow(window.StartBefore(key.End), new WindowSum());
                growing.Sum.Join(sum);
                bool enough = growing.Sum.Panes.Rows >= window.MinRows || key.End >= Longest(growing);
                open.Remove(version);
                if (enough) closed.Add(key, growing);
                else open.Add(version, growing);
            }
        }

        return closed;
    }
}
