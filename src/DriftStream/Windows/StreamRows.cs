using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;

namespace DriftStream.Windows;

/// <summary>The rows of a reference that is made of sealed panes.</summary>
/// <param name="Version">The version whose rows these are; null for all.</param>
/// <param name="Rows">Rows of its panes.</param>
/// <param name="Panes">From the start of the first pane to the end of the last; null where there is none.</param>
/// <param name="Counts">By the signal's key, of all layouts that counted it, less the panes that the signal leaves out.</param>
public sealed record StreamRows(string? Version, long Rows, Stretch? Panes, ImmutableSortedDictionary<string, WindowCounts> Counts)
{
    /// <summary>The reference of a window; null where it has no version to be compared with, or would be compared with itself.</summary>
    /// <param name="model">Holds the sealed panes, as far back as any of the model's references reaches.</param>
    /// <param name="window">The window that is judged.</param>
    /// <param name="reference">Which panes.</param>
    /// <param name="leftOut">By version and signal: stretches whose panes do not enter.</param>
    internal static StreamRows? Of(
        ModelState model, ClosedWindow window, StreamReference reference, IReadOnlyDictionary<(string Version, string Signal), ImmutableArray<Stretch>> leftOut)
    {
        (long from, long to) = reference.For(window);
        HashSet<int>? slots = reference.Calendar is { } kind ? [.. Calendar.Of(kind, reference.CalendarZone, window.Start, window.End)] : null;
        bool IsLike(EntryKey pane) =>
            slots is null || Calendar.Of(reference.Calendar!.Value, reference.CalendarZone, pane.Start, pane.End).All(slots.Contains);
        EntryKey[] inside =
        [
            .. model.Sealed.Where(p => !p.Key.Unowned && p.Value.Fault is null && p.Key.Start >= from && p.Key.End <= to
                && IsLike(p.Key)).Select(p => p.Key),
        ];
        string? version = null;
        if (reference.Of != StreamRowsOf.Rolling)
        {
            version = reference.Of == StreamRowsOf.Version ? reference.Version : Before(window.Version, inside);
            if (version is null || version == window.Version) return null;
            inside = [.. inside.Where(k => !k.Rest && k.Version == version)];
        }

        var sums = new SignalSums();
        foreach (EntryKey key in inside)
        {
            foreach (SignalCounts counts in model.Sealed[key].Signals.All)
            {
                bool left = !key.Rest && leftOut.TryGetValue((key.Version, counts.Signal), out ImmutableArray<Stretch> stretches)
                    && stretches.Any(s => s.Touches(key.Start, key.End));
                if (!left) sums.Add(counts);
            }
        }

        Stretch? panes = inside.Length == 0 ? null : new Stretch(new(inside.Min(k => k.Start)), new(inside.Max(k => k.End)));
        return new StreamRows(version, inside.Sum(k => model.Sealed[k].Rows), panes, WindowCounts.BySignal(sums.All));
    }

    // Of the versions that began before this one, the one that began last; beginnings are looked for in the reference's own stretch, for what is kept of
    // earlier panes depends on the pace at which the log came.
    private static string? Before(string version, EntryKey[] inside)
    {
        Dictionary<string, long> began = inside.Where(k => !k.Rest).GroupBy(k => k.Version, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Min(k => (long)k.Start), StringComparer.Ordinal);
        if (!began.TryGetValue(version, out long own)) return null;
        return began.Where(b => b.Value < own).OrderBy(b => b.Value).ThenBy(b => b.Key, StringComparer.Ordinal).Select(b => b.Key).LastOrDefault();
    }
}
