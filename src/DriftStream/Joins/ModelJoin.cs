using System.Collections.Immutable;
using DriftStream.Time;

namespace DriftStream.Joins;

/// <summary>What a joiner keeps of one model.</summary>
internal sealed class ModelJoin
{
    /// <summary>Of the newest plan that has it: its source topics are those that move time.</summary>
    public required JoinedModel Plan { get; set; }

    /// <summary>Offset of that plan in the plan topic.</summary>
    public required long Epoch { get; set; }

    /// <summary>How far its time has come, or <see cref="EventTime.None"/>. Never goes back.</summary>
    public EventTime Horizon { get; set; } = EventTime.None;

    /// <summary>How far it had come when the segment at hand began.</summary>
    public EventTime Began { get; set; } = EventTime.None;

    public JoinFates Fates { get; set; } = new();

    /// <summary>What has become of labels, by the topic that brought them.</summary>
    public SortedDictionary<string, LabelTally> Sources { get; } = new(StringComparer.Ordinal);

    public DueIds Due { get; } = new();

    public LabelTally Source(string topic)
    {
        if (!Sources.TryGetValue(topic, out LabelTally? source)) Sources.Add(topic, source = new LabelTally());
        return source;
    }

    /// <summary>What <see cref="Sources"/> say now.</summary>
    public ImmutableSortedDictionary<string, LabelSource> SaveSources() =>
        Sources.ToImmutableSortedDictionary(s => s.Key, s => s.Value.Save(), StringComparer.Ordinal);
}

/// <summary>The ids of a model by the horizon at which something becomes of them: the end of a pane and what is waited after it, so many share one.</summary>
internal sealed class DueIds
{
    private readonly PriorityQueue<long, long> _times = new();
    private readonly Dictionary<long, (int First, List<UInt128>? Reminders)> _due = [];

    /// <summary>An id is due then; it stands at one time only, the first at which it may be due.</summary>
    /// <param name="time">The horizon.</param>
    /// <param name="place">The place of the id.</param>
    /// <param name="link">Its link to the next of that time.</param>
    public void Add(EventTime time, int place, ref int link)
    {
        (int first, List<UInt128>? reminders) = At(time);
        link = first;
        _due[time] = (place, reminders);
    }

    /// <summary>An id that is due later already is due then too. By its name, since it may be forgotten by then.</summary>
    public void Remind(EventTime time, UInt128 id)
    {
        (int first, List<UInt128>? reminders) = At(time);
        if (reminders is null) _due[time] = (first, reminders = []);
        reminders.Add(id);
    }

    /// <summary>Takes out the earliest that are due at a horizon; false where none are.</summary>
    public bool TryTake(EventTime horizon, out int first, out List<UInt128>? reminders)
    {
        (first, reminders) = (-1, null);
        if (!_times.TryPeek(out long time, out _) || time > horizon) return false;
        _times.Dequeue();
        _due.Remove(time, out (int First, List<UInt128>? Reminders) due);
        (first, reminders) = due;
        return true;
    }

    public void Save(BinaryWriter to)
    {
        to.Write(_due.Count);
        foreach ((long time, (int first, List<UInt128>? reminders)) in _due)
        {
            to.Write(time);
            to.Write(first);
            to.Write(reminders?.Count ?? 0);
            foreach (UInt128 id in reminders ?? []) Write(to, id);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote, where there is nothing yet.</summary>
    public void Restore(BinaryReader from)
    {
        for (int times = from.ReadInt32(); times > 0; times--)
        {
            (long time, int first, int reminders) = (from.ReadInt64(), from.ReadInt32(), from.ReadInt32());
            _times.Enqueue(time, time);
            _due[time] = (first, reminders == 0 ? null : [.. Enumerable.Range(0, reminders).Select(_ => ReadId(from))]);
        }
    }

    public static void Write(BinaryWriter to, UInt128 id)
    {
        to.Write((ulong)(id >> 64));
        to.Write((ulong)id);
    }

    public static UInt128 ReadId(BinaryReader from) => new(from.ReadUInt64(), from.ReadUInt64());

    private (int First, List<UInt128>? Reminders) At(EventTime time)
    {
        if (_due.TryGetValue(time, out (int First, List<UInt128>? Reminders) due)) return due;
        _times.Enqueue(time, time);
        return (-1, null);
    }
}
