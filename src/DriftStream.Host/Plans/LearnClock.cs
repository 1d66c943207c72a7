using System.Globalization;
using DriftStream.Host.Kafka;
using DriftStream.Time;

namespace DriftStream.Host.Plans;

/// <summary>How far the topics of a learning model are. All times are those of records, in microseconds.</summary>
/// <param name="Start">The time of the first record; <c>EventTime.None</c> where there is none.</param>
/// <param name="End">The time up to which is learned, exclusive.</param>
/// <param name="Reached">The time of the last record.</param>
/// <param name="IsReady">Every partition in which rows come is beyond the end.</param>
/// <param name="Problem">What stands in the way, or null.</param>
internal readonly record struct LearnReach(long Start, long End, long Reached, bool IsReady, string? Problem)
{
    /// <summary>For people: <c>2d 3h of 7d</c>.</summary>
    public string Text => Start == EventTime.None ? "no rows yet" : $"{Days(Math.Min(Reached, End) - Start)} of {Days(End - Start)}";

    // The two greatest units tell enough.
    private static string Days(long microseconds)
    {
        (long Unit, string Name)[] units = [(EventTime.Day, "d"), (EventTime.Hour, "h"), (EventTime.Minute, "m"), (EventTime.Second, "s")];
        var parts = new List<string>();
        foreach ((long unit, string name) in units)
        {
            if (microseconds / unit > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{microseconds / unit}{name}"));
            else if (parts.Count > 0) break;
            microseconds %= unit;
        }

        return parts.Count == 0 ? "0s" : string.Join(' ', parts.Take(2));
    }
}

/// <summary>
/// Tells by the records' timestamps when the first rows of a model are complete. Event times would mean to read every row at each look.
/// </summary>
/// <param name="first">How much of the first rows is wanted.</param>
/// <param name="idleAfter">A partition is quiet that is so far behind another, or when nothing has come for so long.</param>
internal sealed class LearnClock(Duration first, Duration idleAfter)
{
    private long _start = EventTime.None, _records, _since;
    private string? _deleted;

    /// <summary>Looks at the partitions as they are.</summary>
    /// <param name="spans">All source partitions of the model.</param>
    /// <param name="now">Of the worker's clock, in microseconds.</param>
    public LearnReach Look(IReadOnlyList<PartitionSpan> spans, long now)
    {
        PartitionSpan[] filled = [.. spans.Where(s => !s.IsEmpty)];
        if (filled.Length == 0)
        {
            string topics = string.Join(", ", spans.Select(s => s.Topic).Distinct());
            return new LearnReach(EventTime.None, EventTime.None, EventTime.None, false, $"there are no rows in {topics}");
        }

        PartitionSpan oldest = filled.MinBy(s => s.First);
        long start = oldest.First, end = start + first, reached = filled.Max(s => s.Last), records = filled.Sum(s => s.High);
        if (records != _records) (_records, _since) = (records, now);
        bool quiet = reached >= end + idleAfter || now - _since >= idleAfter;
        bool ready = reached >= end && filled.All(s => s.Last >= end || quiet);
        // What is deleted while it is waited for will never be complete.
        if (_start != EventTime.None && start > _start)
        {
            _deleted = $"rows are deleted before they can be learned from: the oldest of {oldest.Topic} was of {EventTime.Format(_start)} and is now of "
                + $"{EventTime.Format(start)}; keep rows longer (retention.ms) than learn, or learn from less";
        }

        _start = start;
        return new LearnReach(start, end, reached, ready, ready ? null : _deleted);
    }
}
