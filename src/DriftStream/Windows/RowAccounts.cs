using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>
/// What becomes of rows, by source partition and by model: above all what is lost, as headers tell (of folded segments or not), by entries
/// that come for sealed panes, and by panes that are given up.
/// </summary>
internal sealed class RowAccounts(SegmentChains chains, ModelStates models)
{
    /// <summary>The account of every source partition.</summary>
    public IEnumerable<SourceAccount> All()
    {
        var open = new Dictionary<SourcePartition, RowCount>();
        void Open(SourcePartition source, RowCount rows) => open[source] = open.GetValueOrDefault(source) + rows;

        foreach ((_, PaneSum pane) in models.OpenPanes)
        {
            foreach ((SourcePartition source, RowCount rows) in pane.RowsBySource) Open(source, rows);
        }

        var fates = chains.Sources.ToDictionary(s => s.Key, s => s.Value.Folded);
        var overtaken = chains.Sources.ToDictionary(s => s.Key, s => s.Value.Overtaken);
        foreach ((SourcePartition source, SegmentState segment, _, VariantState chosen) in chains.Standing)
        {
            fates[source] += chosen.Header!.Fates;
            foreach ((EntryKey entry, HeldEntry held) in chosen.Entries)
            {
                if (entry.Unowned) continue;
                if (!models.IsSealed(entry) && !segment.IsUsedOtherwise(entry)) Open(source, held.Entry.Rows);
                else overtaken[source] += held.Entry.Rows - segment.Used.GetValueOrDefault(entry);
            }

            foreach ((_, RowCount rows) in segment.UsedElsewhere(chosen)) overtaken[source] -= rows;
        }

        foreach ((SourcePartition source, SourceState state) in chains.Sources)
        {
            yield return new SourceAccount(
                source, fates[source], open.GetValueOrDefault(source), state.Sealed, overtaken[source], state.Dropped,
                state.Time.Watermark, state.Point, state.Folded.Counted, state.FoldedRows);
        }
    }

    /// <summary>Rows that headers of a folded segment call lost.</summary>
    public void Lose(IEnumerable<LostRows> all)
    {
        foreach (LostRows lost in all)
        {
            ModelState model = models.Named(lost.Model);
            model.Lost += LossCounts.Of(lost);
            model.Refused = lost.Why ?? model.Refused;
        }
    }

    /// <summary>Rows of a pane that no window will hold.</summary>
    public void Drop(ModelState model, PaneSum pane)
    {
        foreach ((SourcePartition source, RowCount rows) in pane.RowsBySource) chains.Source(source).Dropped += rows;
        model.Lost += new LossCounts(Dropped: pane.Rows);
    }

    /// <summary>Rows of an entry that came after its pane was sealed; negative where rows noted before are taken back.</summary>
    public void Overtake(SourceState source, EntryKey entry, RowCount rows)
    {
        if (rows == 0) return;
        source.Overtaken += rows;
        ModelState model = models.Of(entry);
        model.Lost += new LossCounts(Overtaken: rows);
        foreach (WindowSettings window in model.Windows?.Windows ?? [])
        {
            foreach (EventTime start in window.Starts(entry.Start))
            {
                if (window.EndOf(start) <= model.SealedUpto) model.Shown(window.Name).Overtake(start, rows);
            }
        }
    }

    /// <summary>
    /// Takes note of a model's overtaken rows in open segments. One may stay open for an hour: rows that it holds for panes already sealed are
    /// told now, and not again later. Rows that sealed panes of a former plan hold were counted there: counted again they are overtaken by nothing.
    /// </summary>
    public void NoteOvertaken(string model)
    {
        foreach ((SourcePartition source, SegmentState segment, _, VariantState chosen) in chains.Standing)
        {
            foreach ((EntryKey used, RowCount sealedRows) in segment.UsedElsewhere(chosen).Where(u => u.Key.Model == model && u.Value != 0).ToArray())
            {
                Overtake(chains.Source(source), used, RowCount.Zero - sealedRows);
                // The key stays: its pane says which rows must not be counted again.
                segment.Used[used] = RowCount.Zero;
            }

            foreach ((EntryKey entry, HeldEntry held) in chosen.Entries)
            {
                if (entry.Unowned || entry.Model != model || !models.IsSealed(entry)) continue;
                Overtake(chains.Source(source), entry, held.Entry.Rows - segment.Used.GetValueOrDefault(entry));
                segment.Used[entry] = held.Entry.Rows;
            }
        }
    }

    /// <summary>All that a model has ever lost: in folded segments, and by the headers of open ones.</summary>
    public LossCounts Known(string name, ModelState model)
    {
        LossCounts known = model.Lost;
        foreach ((_, _, _, VariantState chosen) in chains.Standing)
        {
            foreach (LostRows lost in chosen.Header!.Lost)
            {
                if (lost.Model == name) known += LossCounts.Of(lost);
            }
        }

        return known;
    }

    /// <summary>What of the known losses no verdict on a window of that name has shown; from now on it counts as shown.</summary>
    /// <param name="model">The model.</param>
    /// <param name="window">The window that shows them.</param>
    /// <param name="known">All that the model has lost.</param>
    /// <param name="rows">Rows counted in the window, of all versions.</param>
    public Losses Show(ModelState model, WindowSettings window, LossCounts known, RowCount rows)
    {
        ImmutableArray<string> topics = model.Windows!.Topics;
        (LossCounts counts, LossCounts told, ImmutableArray<OvertakenRows> overtaken) = model.Shown(window.Name).Show(known, model.ToldOf);
        return new Losses(counts, rows, overtaken, counts.Sum == 0 ? null : chains.Furthest(topics))
        {
            RowsPerMessage = chains.RowsPerMessage(topics),
            Told = told,
            Why = counts.Rejected == 0 && counts.Unreadable == 0 ? null : Why(model, model.Windows.Model),
        };
    }

    // What is wrong now is in the segments that are open; what was, in the last one that had something to say.
    private string? Why(ModelState model, string name) => chains.Standing.SelectMany(s => s.Chosen.Header!.Lost)
        .Where(l => l.Model == name).Select(l => l.Why).FirstOrDefault(why => why is not null) ?? model.Refused;
}
