using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>A baseline beside the leading one: fixed, or made of the stream's own panes; one of the two is null.</summary>
/// <param name="Name">Its name in the config and in every message.</param>
/// <param name="Fixed">Counted in cells of the leading one; signals without groups, which are judged against the leading one alone.</param>
/// <param name="Stream">Which panes of the stream.</param>
public sealed record FurtherBaseline(string Name, Baseline? Fixed, StreamReference? Stream);

/// <summary>What one window is judged against beside the leading baseline.</summary>
/// <param name="Name">The further baseline's name.</param>
/// <param name="Rows">Its rows; a signal has fewer where some of them are left out for it.</param>
public sealed record WindowReference(string Name, long Rows)
{
    /// <summary>Hash of a fixed one; null of panes.</summary>
    public string? Hash { get; init; }

    /// <summary>It is made of the stream's own panes: where these cannot say, the leading baseline still does.</summary>
    public bool OfStream => Hash is null;

    /// <summary>Where its panes lie; null of a fixed one, and where there is none.</summary>
    public Stretch? Panes { get; init; }

    /// <summary>The version whose rows they are; null where that is not said.</summary>
    public string? Version { get; init; }

    /// <summary>Why the window is not judged against it; null where it is.</summary>
    public string? Why { get; init; }

    /// <summary>By the signal's key, its rows in the cells of the leading layout; a signal that is not there has none.</summary>
    public ImmutableDictionary<string, ImmutableArray<long>> Counts { get; init; } = ImmutableDictionary<string, ImmutableArray<long>>.Empty;

    /// <summary>A fixed one, in the hours of a window where it has a calendar.</summary>
    public static WindowReference Of(FurtherBaseline further, ClosedWindow window, Baseline leading)
    {
        Baseline baseline = further.Fixed!;
        return new WindowReference(further.Name, baseline.Rows)
        {
            Hash = baseline.Hash,
            // An older plan's leading baseline may have cells that this one was not counted in.
            Counts = Judged(leading).Join(baseline.Signals, s => (s.Key, s.Layout.Key), own => (own.Key, own.Layout.Key), (_, own) => own)
                .ToImmutableDictionary(own => own.Key, own => own.CountsIn(baseline.Calendar, window.Start, window.End), StringComparer.Ordinal),
        };
    }

    /// <summary>One of the stream's own rows; null where the window has nothing to be compared with.</summary>
    public static WindowReference Of(FurtherBaseline further, ClosedWindow window, Baseline leading, StreamRows? rows)
    {
        if (rows is null)
        {
            return new WindowReference(further.Name, 0)
            {
                Why = further.Stream!.Version == window.Version ? "it is that version itself" : "no version began before it in that time",
            };
        }

        return new WindowReference(further.Name, rows.Rows)
        {
            Panes = rows.Panes,
            Version = rows.Version,
            Counts = Judged(leading).Where(s => rows.Counts.ContainsKey(s.Key))
                .ToImmutableDictionary(s => s.Key, s => rows.Counts[s.Key].Part(s.Layout), StringComparer.Ordinal),
        };
    }

    /// <summary>
    /// The window's signal is judged against it. Panes that have no row of the signal in these cells have too few, which a verdict says; a fixed one that
    /// was counted in other cells says nothing.
    /// </summary>
    internal bool Judges(BaselineSignal signal) => Why is null && (OfStream || Counts.ContainsKey(signal.Key));

    /// <summary>The signal with this reference's rows in place of the leading ones.</summary>
    internal BaselineSignal Of(BaselineSignal signal) => signal with
    {
        Counts = Counts.TryGetValue(signal.Key, out ImmutableArray<long> counts) ? counts : [.. new long[signal.Layout.Cells]],
    };

    private static IEnumerable<BaselineSignal> Judged(Baseline leading) => leading.Signals.Where(s => s.IsSignal);
}
