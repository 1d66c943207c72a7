using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>The change from one plan to the next: it happens at the first header that names the newer one, so that it has a place in the log.</summary>
internal sealed class PlanChange(
    LedgerPlans plans, SegmentChains chains, ModelStates models, WindowClosing closing, IncompleteMarks incomplete)
{
    private readonly List<ClosedWindow> _cut = [];

    /// <summary>Adopts the header's plan where it is newer, and marks what a counter of another plan may have left out.</summary>
    public void Hear(SegmentHeader header)
    {
        if (header.Plan > plans.Epoch) Adopt(header.Plan);
        MarkForeign(header);
    }

    /// <summary>The windows that changes since the last call have ended early.</summary>
    public List<ClosedWindow> TakeCut()
    {
        List<ClosedWindow> cut = [.. _cut];
        _cut.Clear();
        return cut;
    }

    private void Adopt(long epoch)
    {
        plans.Adopt(epoch);
        WindowingSettings next = plans.Settings;
        foreach (string name in models.All.Keys.Concat(next.Models.Keys).ToHashSet(StringComparer.Ordinal))
        {
            if (name != ModelState.UnownedName) Adopt(name, models.Named(name), next.Models.GetValueOrDefault(name));
        }

        models.Named(ModelState.UnownedName).Windows = next.Unowned;
    }

    private void Adopt(string name, ModelState model, ModelWindows? next)
    {
        ModelWindows? before = model.Windows;
        model.Windows = next;
        if (next is null)
        {
            // Its rows are held for a while, as for any model that the plan does not have: it may come back.
            if (before is not null) model.Waits = true;
            return;
        }

        if (before is null)
        {
            (model.Waits, model.WaitsSince) = (false, null);
            // Rows that came before the model joined the plan were counted for nobody.
            if (chains.Reached(next.Topics) is { } heard) incomplete.MarkWhole(name, EventTime.None, heard + Duration.Microsecond, IncompleteCause.NotInPlan);
            return;
        }

        if (!Nest(before, next) && chains.Reached(next.Topics) is { } reached)
            incomplete.MarkWhole(name, EventTime.None, reached + Duration.Microsecond, IncompleteCause.OtherPlan);
        if (model.SealedUpto == EventTime.None) return;
        Cut(model, before, next);
        Duration longest = before.Windows.Max(w => w.Longest);
        if (next.Windows.Max(w => w.Longest) > longest)
            incomplete.MarkWhole(name, EventTime.None, model.SealedUpto - longest + Duration.Microsecond, IncompleteCause.OtherPlan);
    }

    // A counter that does not yet know the newest plan moves time too. But its rows lie in panes of its own plan: these may not be
    // written yet, may have no window or, for a model that its plan does not have, may not exist.
    private void MarkForeign(SegmentHeader header)
    {
        (string topic, long epoch) = (header.Source.Topic, header.Variant.Epoch);
        if (header.Watermark == EventTime.None || plans.HaveSameFates(epoch, plans.Epoch, topic)) return;
        ImmutableSortedDictionary<string, ModelWindows> foreign = plans.At(epoch).Models;
        foreach ((string name, ModelWindows windows) in plans.Settings.Models)
        {
            if (!windows.Topics.Contains(topic)) continue;
            if (foreign.TryGetValue(name, out ModelWindows? before) && before.Topics.Contains(topic) && Nest(before, windows)) continue;
            incomplete.MarkWhole(name, EventTime.None, header.Watermark + Duration.Microsecond, IncompleteCause.OtherPlan);
        }
    }

    // Panes that do not lie within one of the new ones may hold rows that fit no window.
    private static bool Nest(ModelWindows before, ModelWindows next) =>
        next.PaneSize % before.PaneSize == 0 && (next.PaneOffset - before.PaneOffset) % before.PaneSize == 0;

    // Windows that the next plan does not have close as they are, so that every sealed row is in a verdict.
    private void Cut(ModelState model, ModelWindows before, ModelWindows next)
    {
        var gone = before.Windows.Where(w => !next.Windows.Any(n => n.HasSameSpans(w)));
        if (gone.ToArray() is not { Length: > 0 } windows) return;
        int first = _cut.Count;
        closing.Close(
            model, before with { Windows = [.. windows], MostEmpty = 0, Silence = Duration.Zero }, model.SealedUpto, EventTime.Never, _cut);
        for (int i = first; i < _cut.Count; i++)
            _cut[i] = _cut[i] with { Complete = false, Incomplete = [.. _cut[i].Incomplete, Incomplete.CutShort], CutBy = plans.Epoch };
    }
}
