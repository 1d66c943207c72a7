using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Joins;

/// <summary>The counts of the segment at hand.</summary>
internal sealed class JoinCounts(KnownCells cells)
{
    private static readonly RowCount One = new(1);

    private readonly Dictionary<(ProjectedVersion Version, EventTime Pane, Duration Delay), Open> _open = [];

    /// <summary>Predictions more, or less, that met a label.</summary>
    /// <param name="prediction">Place of the prediction's cell.</param>
    /// <param name="pane">Start of the prediction's pane.</param>
    /// <param name="delay">By the labels after which it counts.</param>
    /// <param name="label">Place of the label's cell.</param>
    /// <param name="count">1 or -1.</param>
    public void Add(int prediction, EventTime pane, Duration delay, int label, RowCount count)
    {
        Open open = At(prediction, pane, delay);
        if (!open.Cells.TryGetValue((prediction, label), out RowCount before))
        {
            cells.Hold(prediction);
            cells.Hold(label);
        }

        open.Cells[(prediction, label)] = before + count;
    }

    /// <summary>A label came too late for a delay.</summary>
    public void Overtake(int prediction, EventTime pane, Duration delay) => At(prediction, pane, delay).Overtaken += One;

    /// <summary>The entries that changed since the last time.</summary>
    /// <param name="segment">Offset of the segment's first record.</param>
    /// <param name="upto">The offset after the last record folded.</param>
    public ImmutableArray<JoinEntry> Take(SourceOffset segment, SourceOffset upto)
    {
        var entries = new List<JoinEntry>();
        foreach (((ProjectedVersion version, EventTime pane, Duration delay), Open open) in _open)
        {
            if (!open.IsDirty) continue;
            open.IsDirty = false;
            var key = new JoinKey(version.Plan.Model, version.Version, version.Epoch, pane, version.Plan.PaneSize, delay);
            entries.Add(new JoinEntry(key, segment, upto, Cells(open), open.Overtaken));
        }

        return [.. entries.OrderBy(e => e.Key)];
    }

    /// <summary>The next segment begins with nothing.</summary>
    public void Clear()
    {
        foreach (Open open in _open.Values) cells.Release(open.First);
        foreach ((int prediction, int label) in _open.Values.SelectMany(o => o.Cells.Keys))
        {
            cells.Release(prediction);
            cells.Release(label);
        }

        _open.Clear();
    }

    private ImmutableArray<JoinedCell> Cells(Open open) =>
    [
        .. open.Cells.Where(c => c.Value != 0)
            .Select(c => (Prediction: (PredictionCell)cells[c.Key.Prediction].Cell, Label: cells[c.Key.Label], c.Value))
            .Select(c => new JoinedCell(c.Prediction, ((LabelCell)c.Label.Cell).Cell, c.Label.Epoch, c.Value))
            .OrderBy(c => c.Prediction).ThenBy(c => c.Label).ThenBy(c => c.LabelEpoch),
    ];

    private Open At(int prediction, EventTime pane, Duration delay)
    {
        (ProjectedVersion, EventTime, Duration) key = (cells[prediction].Version, pane, delay);
        if (!_open.TryGetValue(key, out Open? open))
        {
            _open.Add(key, open = new Open(prediction));
            cells.Hold(prediction);
        }

        open.IsDirty = true;
        return open;
    }

    private sealed class Open(int first)
    {
        /// <summary>Place of a cell of the version, which is held as long as this is.</summary>
        public int First => first;

        public Dictionary<(int Prediction, int Label), RowCount> Cells { get; } = [];

        public RowCount Overtaken { get; set; }

        public bool IsDirty { get; set; }
    }
}
