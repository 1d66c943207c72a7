using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Joins;

/// <summary>The counts of the segment at hand.</summary>
internal sealed class JoinCounts(KnownCells cells)
{
    private static readonly RowCount One = new(1);

    private readonly Dictionary<(ProjectedVersion Version, EventTime Pane, Duration Delay), Open> _open = [];
    private readonly SortedDictionary<(string Model, Duration Delay), DelayRows> _rows = [];

    /// <summary>Predictions of a model, by delay: those in the counts, and those that are not.</summary>
    public ImmutableArray<DelayRows> RowsOf(string model) =>
        [.. _rows.Where(r => r.Key.Model == model).Select(r => r.Value)];

    /// <summary>Predictions more, or less, that have a label, or none.</summary>
    /// <param name="prediction">Place of the prediction's cell.</param>
    /// <param name="pane">Start of the prediction's pane.</param>
    /// <param name="delay">By the labels after which it counts.</param>
    /// <param name="heard">The label; <see cref="HeardLabel.Missing"/> for those without one.</param>
    /// <param name="predicted">What was predicted where labels are numbers.</param>
    /// <param name="count">1 or -1.</param>
    public void Add(int prediction, EventTime pane, Duration delay, HeardLabel heard, double predicted, RowCount count)
    {
        Open open = At(prediction, pane, delay);
        int label = heard.Cell;
        if (!open.Cells.TryGetValue((prediction, label), out RowCount before))
        {
            cells.Hold(prediction);
            if (label >= 0) cells.Hold(label);
        }

        open.Cells[(prediction, label)] = before + count;
        KnownCell known = cells[prediction];
        foreach ((int place, BaselineSignal signal, int? group) in known.Version.Numbers)
        {
            (int, int) cell = (place, group is { } code
                ? GroupResidualCells.Cell(signal, ((PredictionCell)known.Cell).Groups[code], predicted, heard.Number)
                : ResidualCells.Cell(signal, predicted, heard.Number));
            open.Numbers[cell] = open.Numbers.GetValueOrDefault(cell) + count;
        }

        Note(prediction, delay, counted: count);
    }

    /// <summary>A prediction came too late for a delay.</summary>
    public void Overtake(int prediction, EventTime pane, Duration delay) => Note(prediction, delay, late: One);

    /// <summary>A prediction is not remembered, since there are too many.</summary>
    public void Refuse(int prediction, Duration delay) => Note(prediction, delay, refused: One);

    /// <summary>The entries that changed since they were last taken.</summary>
    /// <param name="segment">Offset of the segment's first record.</param>
    /// <param name="upto">The offset after the last record folded.</param>
    /// <param name="all">Otherwise those that stay as they are: their delay is over.</param>
    public ImmutableArray<JoinEntry> Take(SourceOffset segment, SourceOffset upto, bool all)
    {
        // What reaches further takes the place of what was written before, so that what several plans projected of one pane is written together.
        HashSet<JoinKey> due = [.. _open.Where(o => o.Value.IsDirty && (all || IsOver(o.Key))).Select(o => KeyOf(o.Key) with { Epoch = 0 })];
        var entries = new List<JoinEntry>();
        foreach ((var of, Open open) in _open)
        {
            JoinKey key = KeyOf(of);
            if (!due.Contains(key with { Epoch = 0 })) continue;
            open.IsDirty = false;
            entries.Add(new JoinEntry(key, segment, upto, open.Seen, Cells(open)) { Numbers = Numbers(open) });
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
            if (label >= 0) cells.Release(label);
        }

        _open.Clear();
        _rows.Clear();
    }

    private ImmutableArray<JoinedCell> Cells(Open open) =>
    [
        .. open.Cells.Where(c => c.Value != 0)
            .Select(c => Joined((PredictionCell)cells[c.Key.Prediction].Cell, c.Key.Label, c.Value))
            .OrderBy(c => c.Prediction).ThenBy(c => c.Label).ThenBy(c => c.LabelEpoch),
    ];

    private static ImmutableArray<JoinedNumber> Numbers(Open open) =>
    [
        .. open.Numbers.Where(n => n.Value != 0).Select(n => new JoinedNumber(n.Key.Signal, n.Key.Cell, n.Value)).OrderBy(n => n.Signal).ThenBy(n => n.Cell),
    ];

    private JoinedCell Joined(PredictionCell prediction, int label, RowCount count) => label < 0
        ? new JoinedCell(prediction, JoinedCell.NoLabel, 0, count)
        : new JoinedCell(prediction, ((LabelCell)cells[label].Cell).Cell, cells[label].Epoch, count);

    private void Note(int prediction, Duration delay, RowCount counted = default, RowCount late = default, RowCount refused = default)
    {
        (string, Duration) key = (cells[prediction].Plan.Model, delay);
        if (!_rows.TryGetValue(key, out DelayRows? rows)) rows = new DelayRows(delay, default, default, default);
        _rows[key] = rows with { Counted = rows.Counted + counted, Late = rows.Late + late, Refused = rows.Refused + refused };
    }

    private Open At(int prediction, EventTime pane, Duration delay)
    {
        (ProjectedVersion, EventTime, Duration) key = (cells[prediction].Version, pane, delay);
        if (!_open.TryGetValue(key, out Open? open))
        {
            string version = key.Item1.Version;
            // Other versions of the same pane.
            int seen = version.Length == 0 ? 0 : _open.Keys.Count(k => (k.Pane, k.Delay) == (pane, delay) && k.Version.IsBeside(key.Item1));
            _open.Add(key, open = new Open(prediction, seen));
            cells.Hold(prediction);
        }

        open.IsDirty = true;
        return open;
    }

    private static bool IsOver((ProjectedVersion Version, EventTime Pane, Duration Delay) of) =>
        of.Version.Model.Horizon >= of.Version.Plan.Frozen(of.Pane, of.Delay);

    private static JoinKey KeyOf((ProjectedVersion Version, EventTime Pane, Duration Delay) of) =>
        new(of.Version.Plan.Model, of.Version.Version, of.Version.Epoch, of.Pane, of.Version.Plan.PaneSize, of.Delay);

    private sealed class Open(int first, int seen)
    {
        /// <summary>How many versions of the pane came before.</summary>
        public int Seen => seen;

        /// <summary>Place of a cell of the version, which is held as long as this is.</summary>
        public int First => first;

        public Dictionary<(int Prediction, int Label), RowCount> Cells { get; } = [];

        public Dictionary<(int Signal, int Cell), RowCount> Numbers { get; } = [];

        public bool IsDirty { get; set; }
    }
}
