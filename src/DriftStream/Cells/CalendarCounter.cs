using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Time;

namespace DriftStream.Cells;

/// <summary>The event times of reference rows.</summary>
internal sealed class ReferenceTimes(string column, TimeUnit? integers, Zone? zone)
{
    private long[] _times = [];
    private long _rows, _without;
    private string? _unreadable;

    /// <summary>Why the rows seen so far have no times; null while every row had one.</summary>
    public string? Problem => _unreadable ?? (_without == 0 ? null
        : $"{_without} of {_rows} rows have no time in '{column}', and the calendar cannot place them: leave them out of the reference");

    /// <summary>The hour of a time, as <see cref="Calendar.HourOf"/> has it in the zone of the calendar.</summary>
    public long Hour(long time) => Calendar.HourOf(zone, time);

    /// <summary>By whose clocks hours are told; null for UTC.</summary>
    public Zone? Zone => zone;

    /// <summary>Event times in microseconds, one a row of the batch; empty once there is a <see cref="Problem"/>, whose rows are counted to the end.</summary>
    public ReadOnlySpan<long> Of(Batch batch)
    {
        if (batch.Find(column) is not { } found || !ColumnTimes.CanRead(found.Type, integers))
            _unreadable ??= batch.Find(column) is { } other
                ? $"column '{column}' is {other.Type.Name}, which is no time"
                    + (other.Type.IsInteger ? $": name its unit, time: {{ column: {column}, unit: ms }}" : "")
                : $"the time column '{column}' is not in the reference";
        if (_unreadable is not null) return [];
        if (_times.Length < batch.Rows) _times = new long[batch.Rows];
        Span<long> times = _times.AsSpan(0, batch.Rows);
        ColumnTimes.Read(batch.Find(column)!, 0, times, integers);
        _rows += batch.Rows;
        _without += times.Count(EventTime.None);
        return _without == 0 ? times : [];
    }
}

/// <summary>Counts the rows of each signal by slot of a calendar, while a baseline is built.</summary>
internal sealed class CalendarCounter(CalendarKind kind, ReferenceTimes times, ImmutableArray<BaselineSignal> signals)
{
    private readonly HashSet<long> _hours = [];
    private readonly Dictionary<int, int>[] _counts = [.. signals.Select(_ => new Dictionary<int, int>())]; // by slot and cell
    private int[] _cells = [];

    /// <summary>Adds the rows of a batch that the counters are bound to.</summary>
    public void Add(Batch batch, ICellCounter[] counters)
    {
        ReadOnlySpan<long> at = times.Of(batch);
        foreach (long time in at) _hours.Add(times.Hour(time));
        if (_cells.Length < batch.Rows) _cells = new int[batch.Rows];
        for (int i = 0; i < signals.Length && !at.IsEmpty; i++)
        {
            if (signals[i].IsTable) continue;
            counters[i].Rank(_cells);
            int cells = signals[i].Layout.Cells;
            for (int row = 0; row < at.Length; row++)
            {
                int key = (Calendar.Slot(kind, times.Hour(at[row])) * cells) + _cells[row];
                _counts[i][key] = _counts[i].GetValueOrDefault(key) + 1;
            }
        }
    }

    /// <summary>Which slots had rows.</summary>
    public Calendar Found()
    {
        var hours = new int[Calendar.Slots(kind)];
        foreach (long hour in _hours) hours[Calendar.Slot(kind, hour)]++;
        return new Calendar(kind, [.. hours]) { Zone = times.Zone };
    }

    /// <summary>The slots of a signal; none for a group.</summary>
    public ImmutableArray<SlotCounts> Slots(int signal)
    {
        if (signals[signal].IsTable) return [];
        int cells = signals[signal].Layout.Cells;
        ILookup<int, KeyValuePair<int, int>> bySlot = _counts[signal].OrderBy(c => c.Key).ToLookup(c => c.Key / cells);
        return
        [
            .. Enumerable.Range(0, Calendar.Slots(kind)).Select(slot => bySlot.Contains(slot)
                ? new SlotCounts([.. bySlot[slot].Select(c => c.Key % cells)], [.. bySlot[slot].Select(c => c.Value)])
                : SlotCounts.Empty),
        ];
    }
}
