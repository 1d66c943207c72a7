using DriftStream.Joins;
using DriftStream.Time;

namespace DriftStream.Tests.Joins;

/// <summary>Who reads what joiners write: adds entries up, and seals the panes of each delay by the horizons of all partitions of joins.</summary>
internal sealed class JoinJudge(int partitions)
{
    private readonly Dictionary<(long Delay, long Pane), Dictionary<(int Partition, long Segment, long Epoch), JoinEntry>> _entries = [];
    private readonly Dictionary<int, (EventTime Horizon, bool Idle)> _horizons = [];
    private readonly Dictionary<(int Partition, long Segment), long> _late = [];
    // What is written to the counts topic is read later.
    private readonly Queue<Action> _log = [];

    public EventTime Horizon { get; private set; } = EventTime.None;

    /// <summary>The counts of sealed panes by delay: how many predictions of a score cell met a label cell.</summary>
    public Dictionary<(long Delay, long Pane), Dictionary<(int Score, int Label), long>> Sealed { get; } = [];

    /// <summary>Of the same panes, how many predictions are in a range of a signal of numbers.</summary>
    public Dictionary<(long Delay, long Pane), Dictionary<(int Signal, int Cell), long>> SealedNumbers { get; } = [];

    public int Losses { get; private set; }

    public void Hear(int partition, JoinEntry entry) => _log.Enqueue(() => Take(partition, entry));

    public void Hear(int partition, JoinHeader header, bool idle) => _log.Enqueue(() => Take(partition, header, idle));

    public bool Read()
    {
        if (!_log.TryDequeue(out Action? take)) return false;
        take();
        return true;
    }

    /// <summary>Predictions that came too late for a delay.</summary>
    public long Late => _late.Values.Sum();

    private void Take(int partition, JoinEntry entry)
    {
        (long, long) key = (entry.Key.Delay, entry.Key.Start);
        if (!_entries.TryGetValue(key, out var entries)) _entries.Add(key, entries = []);
        (int, long, long) part = (partition, entry.Segment, entry.Key.Epoch);
        if (entries.TryGetValue(part, out JoinEntry? known))
        {
            if (known.Upto == entry.Upto && !(known.Cells.SequenceEqual(entry.Cells) && known.Numbers.SequenceEqual(entry.Numbers)))
                throw new BrokenLaw(JoinCheck.Impure);
            if (known.Upto >= entry.Upto) return;
        }

        entries[part] = entry;
        if (Sealed.TryGetValue(key, out var counts))
        {
            if (!JoinCheck.AreSame(Sum(key), counts) || !JoinCheck.AreSame(Numbers(key), SealedNumbers[key])) throw new BrokenLaw(JoinCheck.SealedChanged);
        }
        else if (IsSealed(key) && Sum(key).Count > 0)
        {
            throw new BrokenLaw(JoinCheck.SealedChanged);
        }
    }

    private void Take(int partition, JoinHeader header, bool idle)
    {
        if (header.Models.Any(m => !m.Fates.IsWhole)) throw new BrokenLaw(JoinCheck.Law);
        _late[(partition, header.Segment)] = header.Models.Sum(m => m.Rows.Sum(r => r.Late.Value));
        Losses += header.Losses.Length;
        EventTime horizon = header.Models.Length == 0 ? EventTime.None : header.Models[0].Horizon;
        _horizons[partition] = (EventTime.Max(horizon, _horizons.GetValueOrDefault(partition, (EventTime.None, false)).Item1), idle);
        if (_horizons.Count < partitions) return;
        EventTime least = _horizons.Values.Where(h => !h.Idle).Select(h => h.Horizon).DefaultIfEmpty(EventTime.None).Min();
        Horizon = EventTime.Max(Horizon, least);
        foreach ((long, long) key in _entries.Keys.Where(k => !Sealed.ContainsKey(k) && IsSealed(k)))
        {
            Sealed.Add(key, Sum(key));
            SealedNumbers.Add(key, Numbers(key));
        }
    }

    private bool IsSealed((long Delay, long Pane) key) => key.Pane + JoinTerms.Pane + key.Delay + JoinTerms.Lateness <= Horizon;

    private Dictionary<(int Signal, int Cell), long> Numbers((long Delay, long Pane) key)
    {
        var sum = new Dictionary<(int Signal, int Cell), long>();
        foreach (JoinedNumber number in _entries[key].Values.SelectMany(e => e.Numbers).Where(n => JoinTerms.RangeOf(n.Signal, n.Cell) is not null))
            sum[(number.Signal, number.Cell)] = sum.GetValueOrDefault((number.Signal, number.Cell)) + number.Count;
        return sum.Where(c => c.Value != 0).ToDictionary();
    }

    private Dictionary<(int Score, int Label), long> Sum((long Delay, long Pane) key)
    {
        var sum = new Dictionary<(int Score, int Label), long>();
        foreach (JoinedCell cell in _entries[key].Values.SelectMany(e => e.Cells))
        {
            (int, int) at = (cell.Prediction.Score, cell.Label);
            sum[at] = sum.GetValueOrDefault(at) + cell.Count;
        }

        return sum.Where(c => c.Value != 0 && c.Key.Score != JoinTerms.Unseen).ToDictionary();
    }
}
