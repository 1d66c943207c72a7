using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Joins;

/// <summary>
/// Joins predictions with labels that come later: a fold of one partition of <c>joins</c>, which is to it what a source partition is to a counter. What it
/// writes is a pure function of that partition and the plans, cut into segments by the bytes of their payload.
/// </summary>
public sealed partial class Joiner
{
    private static readonly RowCount One = new(1);

    private readonly Func<long, JoinSettings> _plans;
    private readonly JoinSegments _segments;
    private readonly KnownCells _cells = new();
    private readonly JoinCounts _counts;
    private readonly SegmentStarts _starts = new();
    private readonly SourcePoints _points = new();
    private readonly Refusals _refusals = new();
    private readonly JoinClocks _clocks;
    private readonly RowJoin _rows;
    private readonly SortedDictionary<string, ModelJoin> _models = new(StringComparer.Ordinal);
    private readonly List<JoinLoss> _losses = [];
    private readonly SortedDictionary<SourcePartition, JoinLoss> _refused = [];
    private JoinSettings _settings;
    private JoinPosition? _replayed;
    private RowCount _unknown;
    private EventTime? _firstTimestamp;
    private long _epoch, _began, _bytes;
    private bool _replayLacks, _resumed;

    /// <summary>A joiner of a partition of which nothing was ever joined.</summary>
    /// <param name="plans">The settings of the plan at an offset of the plan topic.</param>
    /// <param name="epoch">Offset of the plan to start with; projections name newer ones.</param>
    /// <param name="segments">Where segments end. The first plan's, for ever.</param>
    /// <param name="allocate">Where ids lie: a block of so many bytes, all zero, that stays where it is; null for memory.</param>
    public Joiner(Func<long, JoinSettings> plans, long epoch, JoinSegments segments, Func<int, Memory<byte>>? allocate = null)
    {
        (_plans, _segments) = (plans, segments);
        _counts = new JoinCounts(_cells);
        _clocks = new JoinClocks(() => _settings!.Quiet);
        _rows = new RowJoin(_cells, _counts, _starts, allocate);
        _settings = null!;
        Adopt(epoch);
        Begin(default);
    }

    private Joiner(Func<long, JoinSettings> plans, JoinSegments segments, JoinPosition position, Func<int, Memory<byte>>? allocate)
        : this(plans, position.LowTime.Epoch, segments, allocate)
    {
        Restore(position.LowTime);
        Next = position.Low;
        _starts.Begin(Next, position.LowTime);
        _replayed = position;
        _rows.Skip(position.Carried.Select(c => c.Id));
        _refusals.Restore(position.Refusals);
        if (Next == position.Next) EndReplay();
    }

    /// <summary>Offset in <c>joins</c> of the record to come.</summary>
    public SourceOffset Next { get; private set; }

    /// <summary>Offset in <c>joins</c> of the first record of the segment at hand.</summary>
    public SourceOffset Segment => _starts.Offset;

    /// <summary>What is folded has been written before: there is nothing to flush until it is over.</summary>
    public bool IsReplaying => _replayed is not null;

    /// <summary>The segment ends here: <see cref="Finish"/> is due before the next record.</summary>
    public bool IsFull => _bytes >= _segments.Bytes;

    /// <summary>Too many ids are remembered: rows of others are refused.</summary>
    public bool Refuses => _refusals.IsOn;

    /// <summary>How many ids are remembered.</summary>
    public int Remembered => _rows.Remembered;

    /// <summary>Bytes of the table of remembered ids, but for its index; what further rows of one id and corrections take stands beside it.</summary>
    public long TableBytes => _rows.TableBytes.Blocks;

    /// <summary>Bytes of the index of the table, which is always in memory.</summary>
    public long IndexBytes => _rows.TableBytes.Index;

    /// <summary>How far it has come with each model, in their order.</summary>
    public ImmutableArray<JoinProgress> Models =>
        [.. _models.Select(m => new JoinProgress(
            m.Key, m.Value.Began, m.Value.Horizon, m.Value.Fates with { }, _counts.RowsOf(m.Key)) { Sources = m.Value.SaveSources() })];

    /// <summary>How far each source partition is taken.</summary>
    public ImmutableArray<JoinPoint> Points => _points.All;

    /// <summary>A joiner that goes on where a position record says, once it has folded the records before it again, from <see cref="Next"/> on.</summary>
    /// <inheritdoc cref="Joiner(Func{long, JoinSettings}, long, JoinSegments, Func{int, Memory{byte}})"/>
    public static Joiner Restore(
        Func<long, JoinSettings> plans, JoinSegments segments, JoinPosition position, Func<int, Memory<byte>>? allocate = null) =>
        new(plans, segments, position, allocate);

    /// <summary>
    /// Whether a record belongs to the next segment: if so, <see cref="Finish"/> is due before it. A segment is of one plan, so that what it counts is by the
    /// layouts that its header names, but for what a counter wrote that had not heard of it.
    /// </summary>
    public bool EndsBefore(EventTime timestamp, Projection? record) =>
        _firstTimestamp is { } first && (timestamp >= first + _segments.Span || record?.Epoch > _epoch);

    /// <summary>Everything that is remembered, in the order of ids: what a snapshot holds, and what a test compares.</summary>
    public ImmutableArray<HeldId> Held() => _rows.Held;

    /// <summary>Folds a record. One that is missing before it, or cannot be read, is told as a loss.</summary>
    /// <param name="offset">Its offset.</param>
    /// <param name="timestamp">When it was appended.</param>
    /// <param name="bytes">Length of its payload.</param>
    /// <param name="record">What it holds; null where it cannot be read.</param>
    public void Add(SourceOffset offset, EventTime timestamp, int bytes, Projection? record)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(offset.Value, Next.Value, nameof(offset));
        if (_replayed is { } position && offset >= position.Next) EndReplay();
        bool isDue = IsFull || EndsBefore(timestamp, record);
        if (isDue && !IsReplaying) throw new InvalidOperationException("the segment is over, and was not finished");
        if (isDue) Begin(Next);
        if (_firstTimestamp is null)
        {
            if (record is not null) Adopt(record.Epoch);
            (_firstTimestamp, _began) = (timestamp, _epoch);
        }

        if (offset > Next || record is null) Tear(offset, record?.Stamp ?? EventTime.None);
        Next = offset.Next;
        _bytes += bytes;
        if (record is not null) Take(offset, record);
        if (!IsReplaying) return;
        if (IsFull) Begin(Next);
        if (Next == _replayed!.Next) EndReplay();
    }

    /// <summary>What changed since the last flush and stays as it is. Empty while it is replaying.</summary>
    /// <param name="all">Also what may still change: the rest of it comes with the end of the segment.</param>
    public JoinFlush Flush(bool all = false) => Flush(all, complete: false);

    /// <summary>The rest of the segment, and where the next one begins.</summary>
    public JoinFlush Finish()
    {
        if (IsReplaying) throw new InvalidOperationException("what is replayed was finished before");
        JoinFlush flush = Flush(all: true, complete: true);
        Begin(Next);
        return flush with { Position = Position() };
    }

    private JoinPosition Position()
    {
        (SourceOffset low, JoinTime time) = _starts.Low();
        var fates = _models.ToImmutableSortedDictionary(m => m.Key, m => m.Value.Fates with { }, StringComparer.Ordinal);
        return new JoinPosition(Next, SaveTime(), low, time, fates, _rows.Carried, _unknown, _refusals.From(low))
        {
            Sources = _models.ToImmutableSortedDictionary(m => m.Key, m => m.Value.SaveSources(), StringComparer.Ordinal),
        };
    }

    private JoinFlush Flush(bool all, bool complete) => new(
        IsReplaying ? [] : _counts.Take(Segment, Next, complete || all),
        new JoinHeader(Segment, Next, _began, _epoch, complete, _clocks.Now, Models, [.. _losses, .. _refused.Values], _unknown),
        null);

    private void Take(SourceOffset offset, Projection record)
    {
        Adopt(record.Epoch);
        if (IsReplaying) _refusals.Replay(offset);
        else _refusals.Begin(offset, Remembered, _settings.Remembered);
        SourcePoint point = _points.Of(record);
        if (point.Torn && record.From > point.Next)
        {
            (point.Next, point.Part, point.Torn) = (record.From, record.Part, false);
            _losses.Add(new JoinLoss(record.Source, offset, record.Stamp));
        }

        // Whatever begins after the point is of a session that failed: another one writes what lies between, and this again.
        SourceOffset next = point.Next;
        bool follows = record.From <= next, isNew = follows && next < record.Upto && (record.Parts == 1 || record.Part == point.Part);
        // What nobody had read of the topic of that name before is gone.
        bool again = _clocks.Hear(record, isNew);
        if (isNew)
        {
            if (record.IsGap || again) _losses.Add(new JoinLoss(record.Source, offset, record.Stamp));
            if (TakeRows(record, next, point)) _refused[record.Source] = new JoinLoss(record.Source, offset, record.Stamp);
            bool more = record.Part + 1 < record.Parts;
            (point.Next, point.Part) = more ? (next, record.Part + 1) : (record.Upto, 0);
            isNew = !more;
        }

        // Rows first, then time. What reaches no further may still say that nothing more has come.
        if (isNew || (follows && next == record.Upto)) _clocks.Move(record);
        foreach (ModelJoin model in _models.Values)
        {
            if (model.Plan.Topics.Contains(record.Source.Topic)) Advance(model, _clocks.Reached(model.Plan));
        }
    }

    // Whether a prediction was refused.
    private bool TakeRows(Projection record, SourceOffset from, SourcePoint point)
    {
        bool refused = false;
        // Rows of one record share their cells.
        var places = new Dictionary<IProjectedCell, int>(ReferenceEqualityComparer.Instance);
        foreach ((int at, ProjectedRow row) in record.Rows.Index())
        {
            if (row.Offset < from) continue;
            point.Rows += One;
            if (!places.TryGetValue(row.Cell, out int cell))
                places.Add(row.Cell, cell = Find(row.Cell, record.Epoch, row.Cell is LabelCell ? record.Source.Topic : null));
            if (cell >= 0) refused |= !_rows.Take(row.Id, row.Time, cell, row.Number, _refusals.Refuses(at, Remembered));
            else _unknown += One;
        }

        foreach (int place in places.Values.Where(p => p >= 0)) _cells.Release(place);
        return refused;
    }

    private void Advance(ModelJoin model, EventTime horizon)
    {
        if (horizon <= model.Horizon) return;
        model.Horizon = horizon;
        _rows.Expire(model);
    }

    // The place of a cell, held once more; -1 where the plan does not join its model.
    private int Find(IProjectedCell cell, long epoch, string? topic) =>
        _plans(epoch).Models.TryGetValue(cell.Model, out JoinedModel? plan) ? _cells.Hold(cell, epoch, topic, Model(plan, epoch), plan) : -1;

    private ModelJoin Model(JoinedModel plan, long epoch)
    {
        if (!_models.TryGetValue(plan.Model, out ModelJoin? model)) _models.Add(plan.Model, model = new ModelJoin { Plan = plan, Epoch = epoch });
        if (epoch > model.Epoch) (model.Plan, model.Epoch) = (plan, epoch);
        return model;
    }

    private void Adopt(long epoch)
    {
        if (_settings is not null && epoch <= _epoch) return;
        (_epoch, _settings) = (epoch, _plans(epoch));
        foreach (JoinedModel plan in _settings.Models.Values) Model(plan, epoch);
    }

    private void Tear(SourceOffset offset, EventTime stamp)
    {
        _points.Tear();
        _replayLacks |= IsReplaying && offset > Next;
        _losses.Add(new JoinLoss(null, offset, EventTime.Max(_clocks.Now, stamp)));
    }

    private void Begin(SourceOffset offset)
    {
        _counts.Clear();
        _losses.Clear();
        _refused.Clear();
        (_bytes, _firstTimestamp, _began) = (0, null, _epoch);
        foreach (ModelJoin model in _models.Values) model.Began = model.Horizon;
        if (_starts.Offset != offset || _starts.IsEmpty) _starts.Begin(offset, SaveTime());
    }

    private JoinTime SaveTime() => new(
        _epoch, _clocks.Now, _clocks.Topics, _clocks.Watermarks, _clocks.Sources, _points.All,
        [.. _models.Select(m => new JoinHorizon(m.Key, m.Value.Epoch, m.Value.Horizon))], _points.Torn);

    private void Restore(JoinTime time)
    {
        Adopt(time.Epoch);
        _points.Restore(time);
        _clocks.Restore(time);
        foreach (JoinHorizon model in time.Horizons)
        {
            if (_plans(model.Epoch).Models.TryGetValue(model.Model, out JoinedModel? plan)) Model(plan, model.Epoch).Horizon = model.Horizon;
        }
    }

    // What was folded again has brought back the ids. All else is as the record says, also where records of joins are gone meanwhile.
    private void EndReplay()
    {
        JoinPosition position = _replayed!;
        bool lacks = _replayLacks || Next < position.Next;
        (_replayed, Next) = (null, position.Next);
        _rows.SkipNone();
        _refusals.EndReplay();
        Diverged = _resumed && !lacks && !Agrees(position);
        Restore(position.Time);
        Begin(position.Next);
        if (lacks) _losses.Add(new JoinLoss(null, position.Next, _clocks.Now));
        RestoreFates(position);
        // A snapshot has brought these too.
        foreach (HeldId held in _resumed ? [] : position.Carried) _rows.Restore(held, c => Find(c.Any, c.Epoch, c.Topic));
        foreach (ModelJoin model in _models.Values)
        {
            _rows.Expire(model);
            if (lacks) _rows.GiveUpMissing(model);
        }
    }

    private void RestoreFates(JoinPosition position)
    {
        _unknown = position.Unknown;
        foreach ((string name, JoinFates fates) in position.Fates)
        {
            if (!_models.TryGetValue(name, out ModelJoin? model)) continue;
            model.Fates = fates with { };
            foreach (LabelTally folded in model.Sources.Values) folded.Restore(LabelSource.Sum([]));
            if (position.Sources?.GetValueOrDefault(name) is not { } sources) continue;
            foreach ((string topic, LabelSource source) in sources) model.Source(topic).Restore(source);
        }
    }
}
