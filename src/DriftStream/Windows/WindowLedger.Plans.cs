using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>The change from one plan to the next: it happens at the first header that names the newer one, so that it has a place in the log.</summary>
public sealed partial class WindowLedger
{
    private readonly Func<long, WindowingSettings> _plans;
    private readonly List<ClosedWindow> _cut = [];

    /// <summary>Offset in the plan topic of the plan that windows close by: the greatest that a header has named. Never goes back.</summary>
    public long Epoch { get; private set; }

    private bool SameFates(long left, long right, string topic) =>
        left == right || _plans(left).Fates.GetValueOrDefault(topic) == _plans(right).Fates.GetValueOrDefault(topic);

    private void Adopt(long epoch)
    {
        WindowingSettings next = _plans(epoch);
        (Epoch, _settings) = (epoch, next);
        foreach (string name in _models.Keys.Concat(next.Models.Keys).ToHashSet(StringComparer.Ordinal))
        {
            if (name == ModelState.UnownedName) continue;
            if (!_models.TryGetValue(name, out ModelState? model)) _models.Add(name, model = new ModelState());
            Adopt(name, model, next.Models.GetValueOrDefault(name));
        }

        ModelState unowned = _models[ModelState.UnownedName];
        unowned.Windows = next.Unowned;
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
            if (Heard(next) is { } heard) _incomplete.MarkWhole(name, long.MinValue, heard + 1);
            return;
        }

        if (!Nest(before, next) && Heard(next) is { } reached) _incomplete.MarkWhole(name, long.MinValue, reached + 1);
        if (model.SealedUpto == EventTime.None) return;
        Cut(model, before, next);
        long longest = before.Windows.Max(w => w.Size);
        if (next.Windows.Max(w => w.Size) > longest) _incomplete.MarkWhole(name, long.MinValue, model.SealedUpto - longest + 1);
    }

    // A counter that does not yet know the newest plan moves time too. But its rows lie in panes of its own plan: these may not be
    // written yet, may have no window or, for a model that its plan does not have, may not exist.
    private void MarkForeign(SegmentHeader header)
    {
        (string topic, long epoch) = (header.Source.Topic, header.Variant.Epoch);
        if (header.Watermark == EventTime.None || SameFates(epoch, Epoch, topic)) return;
        ImmutableSortedDictionary<string, ModelWindows> foreign = _plans(epoch).Models;
        foreach ((string name, ModelWindows windows) in _settings.Models)
        {
            if (!windows.Topics.Contains(topic)) continue;
            if (foreign.TryGetValue(name, out ModelWindows? before) && before.Topics.Contains(topic) && Nest(before, windows)) continue;
            _incomplete.MarkWhole(name, long.MinValue, header.Watermark + 1);
        }
    }

    // Panes that do not lie within one of the new ones may hold rows that fit no window.
    private static bool Nest(ModelWindows before, ModelWindows next) =>
        next.PaneSize % before.PaneSize == 0 && (next.PaneOffset - before.PaneOffset) % before.PaneSize == 0;

    // Windows that the next plan does not have close as they are, so that every sealed row is in a verdict.
    private void Cut(ModelState model, ModelWindows before, ModelWindows next)
    {
        var gone = before.Windows.Where(w => !next.Windows.Any(n => (n.Name, n.Size, n.Every, n.Offset) == (w.Name, w.Size, w.Every, w.Offset)));
        if (gone.ToArray() is not { Length: > 0 } windows) return;
        int first = _cut.Count;
        Close(model, before with { Windows = [.. windows], MostEmpty = 0 }, model.SealedUpto, long.MaxValue, _cut);
        for (int i = first; i < _cut.Count; i++) _cut[i] = _cut[i] with { Complete = false, CutBy = Epoch };
    }

    // How far event time has come in the topics of a model; null where nothing has been heard from them.
    private long? Heard(ModelWindows windows)
    {
        long heard = _sources.Where(s => windows.Topics.Contains(s.Key.Topic)).Select(s => s.Value.Watermark).DefaultIfEmpty(EventTime.None).Max();
        return heard == EventTime.None ? null : heard;
    }
}
