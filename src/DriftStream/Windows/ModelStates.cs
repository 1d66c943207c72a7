using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>The models of one counts partition, in the order of their names: those of the plan, and those that rows were met of.</summary>
internal sealed class ModelStates
{
    private readonly SortedDictionary<string, ModelState> _models = new(StringComparer.Ordinal);

    /// <summary>Time moves for every model of the plan from the first header on, even before a row of it has come.</summary>
    public ModelStates(WindowingSettings settings)
    {
        foreach ((string name, ModelWindows windows) in settings.Models) _models.Add(name, new ModelState { Windows = windows });
        _models.Add(ModelState.UnownedName, new ModelState { Windows = settings.Unowned });
    }

    public IReadOnlyDictionary<string, ModelState> All => _models;

    /// <summary>Panes of folded segments that are not sealed.</summary>
    public IEnumerable<KeyValuePair<EntryKey, PaneSum>> OpenPanes => _models.Values.SelectMany(m => m.Open);

    /// <summary>Windows with a sealed or folded row that are not closed.</summary>
    public int CountOpenWindows()
    {
        var windows = new HashSet<(string Model, string Version, bool IsRest, string Window, EventTime Start)>();
        foreach (ModelState model in _models.Values)
        {
            foreach (EntryKey key in model.Open.Keys.Concat(model.Sealed.Keys))
            {
                foreach (WindowSettings window in model.Windows?.Windows ?? [])
                {
                    foreach (EventTime start in window.Starts(key.Start))
                    {
                        if (window.EndOf(start) > model.SealedUpto) windows.Add((key.Model, key.Version, key.Rest, window.Name, start));
                    }
                }
            }
        }

        return windows.Count;
    }

    /// <summary>The model of that name; from now on it is known.</summary>
    public ModelState Named(string name)
    {
        if (!_models.TryGetValue(name, out ModelState? model)) _models.Add(name, model = new ModelState());
        return model;
    }

    /// <summary>The model of an entry; from now on it is known.</summary>
    public ModelState Of(EntryKey key) => Named(ModelState.NameOf(key));

    /// <summary>The pane of an entry that is not sealed.</summary>
    public PaneSum Open(EntryKey key)
    {
        ModelState model = Of(key);
        if (model.Open.TryGetValue(key, out PaneSum? pane)) return pane;
        model.Waits = true;
        model.Open.Add(key, pane = new PaneSum());
        return pane;
    }

    public bool IsSealed(EntryKey key) =>
        _models.TryGetValue(ModelState.NameOf(key), out ModelState? model) && model.SealedUpto != EventTime.None && key.End <= model.SealedUpto;
}
