using System.Collections.Immutable;
using DriftStream.Judging;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>Windows of one version in which a rule spoke of a signal against a reference of the stream's own rows: their panes do not enter it.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Reference">Name of the reference.</param>
/// <param name="Signal">The signal.</param>
/// <param name="Version">The version of these windows.</param>
/// <param name="Stretches">In the order in which the windows closed; what touches is one.</param>
public sealed record AlarmedPanes(string Model, string Reference, string Signal, string Version, ImmutableArray<Stretch> Stretches);

/// <summary>
/// What windows are judged against beside the leading baseline. References of the stream's own rows are made when a window is judged, not when it closes: of
/// several windows that close together, an earlier one may alarm, and its panes then stay out of the reference of the next.
/// </summary>
internal sealed class References(WindowLedger ledger)
{
    private readonly SortedDictionary<(string Model, string Reference, string Version, string Signal), ImmutableArray<Stretch>> _alarmed = new(
        Comparer<(string Model, string Reference, string Version, string Signal)>.Create(Compare));

    /// <summary>Everything that still touches a pane that is kept.</summary>
    public ImmutableArray<AlarmedPanes> Save() =>
        [.. _alarmed.Select(a => new AlarmedPanes(a.Key.Model, a.Key.Reference, a.Key.Signal, a.Key.Version, a.Value))];

    public static References Restore(WindowLedger ledger, ImmutableArray<AlarmedPanes> saved)
    {
        var references = new References(ledger);
        foreach (AlarmedPanes one in saved.IsDefault ? [] : saved)
            references._alarmed.Add((one.Model, one.Reference, one.Version, one.Signal), one.Stretches);
        return references;
    }

    /// <summary>The references of a window that the ledger has just closed.</summary>
    /// <param name="window">The window.</param>
    /// <param name="settings">The leading baseline that it is judged by, and the further ones.</param>
    public ImmutableArray<WindowReference> Of(ClosedWindow window, JudgementSettings settings) =>
    [
        .. settings.Further.Select(further => further.Stream is { } stream
            ? WindowReference.Of(further, window, settings.Baseline, ledger.Reference(window, stream, LeftOut(window.Model, further.Name)))
            : WindowReference.Of(further, window, settings.Baseline)),
    ];

    /// <summary>Leaves the panes of a window out of every reference of the stream against which it alarms.</summary>
    public void Note(Verdict verdict)
    {
        ClosedWindow window = verdict.Window;
        HashSet<string> ofStream = [.. verdict.References.Where(r => r.OfStream).Select(r => r.Name)];
        if (ofStream.Count == 0) return;
        Forget(window.Model);
        foreach (JudgedSignal signal in verdict.Signals)
        {
            foreach (string reference in signal.Statistics.Where(s => s.Rejected).Select(s => s.Against).OfType<string>().Where(ofStream.Contains).Distinct())
            {
                (string, string, string, string) key = (window.Model, reference, window.Version, signal.Signal);
                _alarmed[key] = Join(_alarmed.GetValueOrDefault(key, []), new Stretch(window.Start, window.End));
            }
        }
    }

    // A drift that lasts is one stretch, however many windows it fills.
    private static ImmutableArray<Stretch> Join(ImmutableArray<Stretch> stretches, Stretch next)
    {
        if (stretches.IsEmpty) return [next];
        Stretch last = stretches[^1];
        if (last.End < next.Start || next.End < last.Start) return stretches.Add(next);
        return stretches.SetItem(stretches.Length - 1, new Stretch(new(Math.Min(last.Start, next.Start)), new(Math.Max(last.End, next.End))));
    }

    // No pane that is kept lies there any more.
    private void Forget(string model)
    {
        long kept = ledger.KeptFrom(model);
        foreach ((var key, ImmutableArray<Stretch> stretches) in _alarmed.Where(a => a.Key.Model == model).ToArray())
        {
            ImmutableArray<Stretch> left = stretches.RemoveAll(s => s.End <= kept);
            if (left.IsEmpty) _alarmed.Remove(key);
            else _alarmed[key] = left;
        }
    }

    private Dictionary<(string, string), ImmutableArray<Stretch>> LeftOut(string model, string reference) =>
        _alarmed.Where(a => a.Key.Model == model && a.Key.Reference == reference).ToDictionary(a => (a.Key.Version, a.Key.Signal), a => a.Value);

    private static int Compare(
        (string Model, string Reference, string Version, string Signal) a, (string Model, string Reference, string Version, string Signal) b)
    {
        int order = string.CompareOrdinal(a.Model, b.Model);
        if (order == 0) order = string.CompareOrdinal(a.Reference, b.Reference);
        if (order == 0) order = string.CompareOrdinal(a.Version, b.Version);
        return order != 0 ? order : string.CompareOrdinal(a.Signal, b.Signal);
    }
}
