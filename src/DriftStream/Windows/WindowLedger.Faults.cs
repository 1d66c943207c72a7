using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>What kept a model's panes from being sealed, or its windows from closing.</summary>
public sealed record ModelFault(string Model, Exception Why);

/// <summary>A model for which sealing or closing failed: the others go on, and its windows say why they have no verdict.</summary>
public sealed partial class WindowLedger
{
    // What was half done cannot be told from what was not. One window of each name stands for all that were to close; windows that reach back
    // into that time are incomplete.
    private void GiveUp(string name, ModelState model, ModelWindows windows, long from, string reason, List<ClosedWindow> closed)
    {
        if (name == ModelState.UnownedName || model.SealedUpto == from) return;
        foreach ((EntryKey key, PaneSum pane) in model.Open.Where(p => p.Key.End <= model.SealedUpto).ToArray())
        {
            foreach ((SourcePartition source, long rows) in pane.RowsBySource) Source(source).Dropped += rows;
            model.Lost += new LossCounts(0, 0, 0, 0, pane.Rows);
            model.Open.Remove(key);
            _versions.Remove(PaneKey.Of(key));
        }

        foreach (WindowSettings window in windows.Windows)
        {
            long end = EventTime.Floor(model.SealedUpto - window.Size - window.Offset, window.Every) + window.Offset + window.Size;
            if (from != EventTime.None && end <= from) continue;
            closed.Add(new ClosedWindow(
                name, "", window, end - window.Size, end, false, 0, 0, ImmutableSortedDictionary<string, WindowCounts>.Empty)
            { Fault = reason });
        }

        _incomplete.MarkWhole(name, long.MinValue, model.SealedUpto);
    }
}
