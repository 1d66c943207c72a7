using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Joins;

/// <summary>
/// Rows that meet by their id. What becomes of them does not depend on who comes first, as long as all come within the allowed lateness.
/// </summary>
internal sealed partial class RowJoin(KnownCells cells, JoinCounts counts, SegmentStarts starts, Func<int, Memory<byte>>? allocate)
{
    private readonly RememberedIds _ids = new(allocate);
    private readonly Dictionary<int, FurtherRows> _further = [];
    private readonly HashSet<UInt128> _carried = [];
    private readonly HashSet<UInt128> _skipped = [];

    /// <summary>How many ids are remembered.</summary>
    public int Remembered => _ids.Count;

    /// <summary>Bytes of the table of remembered ids: its blocks, and the index, which is in memory.</summary>
    public (long Blocks, long Index) TableBytes => (_ids.BlockBytes, _ids.IndexBytes);

    /// <summary>A replay is to skip the rows of these ids.</summary>
    public void Skip(IEnumerable<UInt128> ids) => _skipped.UnionWith(ids);

    /// <summary>The next row of the log.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="time">Event time of a prediction; of a label the label's.</param>
    /// <param name="cell">Place of its cell.</param>
    /// <param name="number">What it is where labels are numbers, else null.</param>
    /// <param name="isFull">Ids that are not remembered yet are refused.</param>
    /// <returns>False where it is a prediction that is refused.</returns>
    public bool Take(UInt128 id, EventTime time, int cell, double? number, bool isFull)
    {
        if (_skipped.Count > 0 && _skipped.Contains(id)) return true;
        int place = _ids.Find(id);
        if (cells[cell].Cell is PredictionCell) return TakePrediction(id, place, time, cell, number, isFull);
        TakeLabel(id, place, new HeardLabel(time, cell, number ?? double.NaN), isFull);
        return true;
    }

    /// <summary>What becomes of rows because the horizon of their model has moved, oldest first.</summary>
    public void Expire(ModelJoin model)
    {
        while (model.Due.TryTake(model.Horizon, out int first, out List<UInt128>? reminders))
        {
            for (int place = first; place >= 0;)
            {
                int next = _ids[place].Link;
                Settle(place, model);
                if (EndOf(place) > model.Horizon) model.Due.Add(NextDue(place), place, ref _ids[place].Link);
                else Forget(place);
                place = next;
            }

            foreach (UInt128 id in reminders ?? [])
            {
                if (_ids.Find(id) is >= 0 and var place) Settle(place, model);
            }
        }
    }

    /// <summary>The replay is over.</summary>
    public void SkipNone() => _skipped.Clear();

    /// <summary>Rows that a replay should have brought back, and that are gone, are waited for no longer.</summary>
    public void GiveUpMissing(ModelJoin model)
    {
        (long pending, long waiting, JoinFates fates) = (0, 0, model.Fates);
        Dictionary<LabelTally, long> left = model.Sources.Values.ToDictionary(s => s, _ => 0L);
        foreach (int place in _ids.All().Where(p => cells[_ids[p].Cell].Model == model))
        {
            RememberedId held = _ids[place];
            if (held.State == HeldState.Pending) pending++;
            IEnumerable<int> labels = held.HasFurther ? _further[place].Waiting.Select(l => l.Cell) : [];
            foreach (int label in held.State == HeldState.Waiting ? labels.Append(held.Cell) : labels)
            {
                waiting++;
                if (cells[label].Tally is { } tally) left[tally]++;
            }
        }

        foreach ((LabelTally tally, long known) in left) (tally.Orphans, tally.Waiting) = (tally.Orphans + tally.Waiting - known, known);

        (fates.Unlabelled, fates.Pending) = (fates.Unlabelled + fates.Pending - pending, pending);
        (fates.Orphans, fates.Waiting) = (fates.Orphans + fates.Waiting - waiting, waiting);
    }

    private bool TakePrediction(UInt128 id, int place, EventTime time, int cell, double? number, bool isFull)
    {
        KnownCell known = cells[cell];
        (ModelJoin model, JoinFates fates, EventTime end) = (known.Model, known.Model.Fates, known.Plan.PredictionEnd(time));
        fates.Predictions++;
        bool over = end <= model.Horizon;
        if (place < 0)
        {
            bool refused = isFull && !over;
            if (over) fates.Unlabelled++;
            else if (refused) fates.UnjoinedPredictions++;
            else fates.Pending++;
            if (over) fates.OverduePredictions++;
            else if (!refused) Remember(id, time, cell, number, HeldState.Pending, end);
            Expect(cell, time, refused);
            return !refused;
        }

        if (_ids[place].IsPrediction)
        {
            fates.DuplicatePredictions++;
            Prolong(place, end);
            return true;
        }

        // It takes the place of the first label, and meets all that wait.
        EventTime before = EndOf(place);
        ref RememberedId held = ref _ids[place];
        var waiting = new List<HeardLabel>();
        if (held.State == HeldState.Waiting) waiting.Add(new HeardLabel(new EventTime(held.Time), held.Cell, _ids.NumberOf(place)));
        else cells.Release(held.Cell);
        if (held.HasFurther)
        {
            waiting.AddRange(_further[place].Waiting);
            _further[place].Waiting.Clear();
        }

        cells.Hold(cell);
        (held.Time, held.Cell, held.State) = (time, cell, over ? HeldState.Unlabelled : HeldState.Pending);
        _ids.SetNumber(place, number);
        if (over) fates.Unlabelled++;
        else fates.Pending++;
        Expect(cell, time, refused: false);
        if (end < before)
        {
            Further(place, before).End = before;
            if (!over) model.Due.Remind(end, id);
        }
        else if (held.HasFurther)
        {
            _further[place].End = end;
        }

        foreach (HeardLabel label in waiting)
        {
            fates.Waiting--;
            if (cells[label.Cell].Tally is { } tally) tally.Waiting--;
            Meet(place, label);
            cells.Release(label.Cell);
        }

        return true;
    }

    private void TakeLabel(UInt128 id, int place, HeardLabel label, bool isFull)
    {
        (EventTime time, int cell) = (label.Time, label.Cell);
        KnownCell known = cells[cell];
        (ModelJoin model, JoinFates fates, EventTime end) = (known.Model, known.Model.Fates, known.Plan.LabelEnd(time));
        LabelTally? tally = known.Tally;
        fates.Labels++;
        if (tally is not null) tally.Labels++;
        if (place >= 0 && _ids[place].IsPrediction)
        {
            Prolong(place, end);
            Meet(place, label);
        }
        else if (end <= model.Horizon)
        {
            fates.Orphans++;
            if (tally is not null) tally.Orphans++;
            if (known.Plan.PredictionEnd(time + known.Plan.Early) <= model.Horizon) fates.OverdueLabels++;
        }
        else if (isFull)
        {
            fates.UnjoinedLabels++;
            if (tally is not null) tally.Unjoined++;
        }
        else if (place < 0)
        {
            fates.Waiting++;
            if (tally is not null) tally.Waiting++;
            Remember(id, time, cell, double.IsNaN(label.Number) ? null : label.Number, HeldState.Waiting, end);
        }
        else
        {
            fates.Waiting++;
            if (tally is not null) tally.Waiting++;
            cells.Hold(cell);
            EventTime before = EndOf(place);
            Further(place, before).Waiting.Add(label);
            if (end < before) model.Due.Remind(end, id);
            Prolong(place, end);
        }
    }

    private void Meet(int place, HeardLabel label)
    {
        ref RememberedId held = ref _ids[place];
        KnownCell known = cells[held.Cell];
        JoinFates fates = known.Model.Fates;
        LabelTally? tally = cells[label.Cell].Tally;
        Duration after = label.Time - new EventTime(held.Time);
        if (after > known.Plan.Within)
        {
            fates.Late++;
            if (tally is not null) tally.Late++;
        }
        else if (after < -known.Plan.Early || held.State == HeldState.Unlabelled)
        {
            fates.Orphans++;
            if (tally is not null) tally.Orphans++;
        }
        else if (held.State == HeldState.Pending)
        {
            fates.Pending--;
            fates.Matched++;
            tally?.Match(after);
            held.State = HeldState.Matched;
            Count(place, label);
        }
        else if (known.Plan.Corrections == Corrections.First)
        {
            fates.DuplicateLabels++;
            if (tally is not null) tally.Duplicates++;
        }
        else
        {
            fates.Corrected++;
            if (tally is not null) tally.Corrected++;
            Count(place, label);
        }
    }

    // Until its label comes, a prediction counts as one without.
    private void Expect(int cell, EventTime time, bool refused)
    {
        KnownCell known = cells[cell];
        EventTime pane = known.Plan.PaneOf(time);
        foreach (Duration delay in known.Plan.JudgeAt)
        {
            if (known.Model.Horizon >= known.Plan.Frozen(pane, delay)) counts.Overtake(cell, pane, delay);
            else if (refused) counts.Refuse(cell, delay);
            else counts.Add(cell, pane, delay, HeardLabel.Missing, double.NaN, new RowCount(1));
        }
    }

    // Which counts a label enters follows from its own time, and from the horizon only where it comes later than is allowed: so what comes in time
    // counts the same however the rows are spread over partitions of joins.
    private void Count(int place, HeardLabel label)
    {
        (long predicted, int cell) = (_ids[place].Time, _ids[place].Cell);
        (JoinedModel plan, EventTime horizon) = (cells[cell].Plan, cells[cell].Model.Horizon);
        EventTime pane = plan.PaneOf(new EventTime(predicted));
        bool corrects = plan.Corrections == Corrections.Last;
        if (corrects && Further(place, EndOf(place)) is { Counted.Length: 0 } further)
            further.Counted = [.. plan.JudgeAt.Select(_ => HeardLabel.Missing)];
        for (int i = 0; i < plan.JudgeAt.Length; i++)
        {
            Duration delay = plan.JudgeAt[i];
            if (label.Time >= pane + plan.PaneSize + delay || horizon >= plan.Frozen(pane, delay)) continue;
            if (corrects) Correct(place, pane, delay, label, ref _further[place].Counted[i]);
            else Move(place, pane, delay, HeardLabel.Missing, label);
        }
    }

    private void Correct(int place, EventTime pane, Duration delay, HeardLabel label, ref HeardLabel counted)
    {
        if (counted.Cell >= 0 && counted.Time > label.Time) return;
        Move(place, pane, delay, counted, label);
        if (counted.Cell >= 0) cells.Release(counted.Cell);
        cells.Hold(label.Cell);
        counted = label;
    }

    private void Move(int place, EventTime pane, Duration delay, HeardLabel from, HeardLabel to)
    {
        (int cell, double predicted) = (_ids[place].Cell, _ids.NumberOf(place));
        counts.Add(cell, pane, delay, from, predicted, new RowCount(-1));
        counts.Add(cell, pane, delay, to, predicted, new RowCount(1));
    }

    private void Remember(UInt128 id, EventTime time, int cell, double? number, HeldState state, EventTime end)
    {
        int place = _ids.Add(id);
        ref RememberedId held = ref _ids[place];
        (held.Time, held.Cell, held.State, held.Segment) = (time, cell, state, starts.Hold());
        _ids.SetNumber(place, number);
        cells.Hold(cell);
        cells[cell].Model.Due.Add(end, place, ref held.Link);
    }

    // The horizon at which an id is forgotten.
    private EventTime EndOf(int place) => _ids[place].HasFurther ? _further[place].End : OwnEnd(place);

    private EventTime OwnEnd(int place)
    {
        RememberedId held = _ids[place];
        JoinedModel plan = cells[held.Cell].Plan;
        return held.IsPrediction ? plan.PredictionEnd(new EventTime(held.Time)) : plan.LabelEnd(new EventTime(held.Time));
    }

    private void Prolong(int place, EventTime end)
    {
        EventTime before = EndOf(place);
        if (end > before) Further(place, before).End = end;
    }

    private FurtherRows Further(int place, EventTime born)
    {
        if (_further.TryGetValue(place, out FurtherRows? further)) return further;
        _ids[place].HasFurther = true;
        _further.Add(place, further = new FurtherRows(born));
        return further;
    }

    // Does what is due by now, but for forgetting: an id is forgotten where it stands, and it stands at a time no later than that.
    private void Settle(int place, ModelJoin model)
    {
        ref RememberedId held = ref _ids[place];
        JoinFates fates = model.Fates;
        bool over = held.State is HeldState.Pending or HeldState.Waiting && OwnEnd(place) <= model.Horizon;
        if (over && held.State == HeldState.Pending)
        {
            fates.Pending--;
            fates.Unlabelled++;
            held.State = HeldState.Unlabelled;
        }
        else if (over)
        {
            fates.Waiting--;
            fates.Orphans++;
            cells[held.Cell].Tally?.Orphan();
            held.State = HeldState.Orphan;
        }

        if (held.HasFurther) SettleFurther(place, model);
    }

    private void SettleFurther(int place, ModelJoin model)
    {
        FurtherRows further = _further[place];
        int orphans = further.Waiting.RemoveAll(label =>
        {
            if (LabelEnd(label) > model.Horizon) return false;
            cells[label.Cell].Tally?.Orphan();
            cells.Release(label.Cell);
            return true;
        });
        model.Fates.Waiting -= orphans;
        model.Fates.Orphans += orphans;
        ref RememberedId held = ref _ids[place];
        if (held.Segment < 0 || CarriedFrom(place, further) > model.Horizon || further.End <= model.Horizon) return;
        _carried.Add(held.Id);
        starts.Release(held.Segment);
        held.Segment = -1;
    }

    private EventTime LabelEnd(HeardLabel label) => cells[label.Cell].Plan.LabelEnd(label.Time);

    private EventTime CarriedFrom(int place, FurtherRows further) => further.Born + cells[_ids[place].Cell].Plan.Lifetime;

    // The first horizon at which something becomes of an id that is settled.
    private EventTime NextDue(int place)
    {
        RememberedId held = _ids[place];
        EventTime due = held.State is HeldState.Pending or HeldState.Waiting ? OwnEnd(place) : EventTime.Never;
        if (!held.HasFurther) return EventTime.Min(due, EndOf(place));
        FurtherRows further = _further[place];
        due = EventTime.Min(due, further.End);
        if (held.Segment >= 0) due = EventTime.Min(due, CarriedFrom(place, further));
        foreach (HeardLabel label in further.Waiting) due = EventTime.Min(due, LabelEnd(label));
        return due;
    }

    private void Forget(int place)
    {
        RememberedId held = _ids[place];
        if (held.State == HeldState.Matched) cells[held.Cell].Model.Fates.Settled++;
        if (held.HasFurther && _further.Remove(place, out FurtherRows? further))
        {
            foreach (HeardLabel label in further.Waiting.Concat(further.Counted).Where(l => l.Cell >= 0)) cells.Release(label.Cell);
        }

        if (held.Segment >= 0) starts.Release(held.Segment);
        else _carried.Remove(held.Id);
        cells.Release(held.Cell);
        _ids.Remove(place);
    }
}
