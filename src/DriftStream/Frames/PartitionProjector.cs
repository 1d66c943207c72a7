using System.Runtime.InteropServices;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>How counters tell the topic <c>joins</c> of rows.</summary>
/// <param name="Partitions">How many partitions it has.</param>
/// <param name="Step">A watermark that moved by less than this since the last projection is not told by itself.</param>
public sealed record Projecting(int Partitions, Duration Step);

/// <summary>
/// What one session of a counter tells the partitions of <c>joins</c> of one source partition. The projections for one of them follow each other: each begins
/// where the one before ended, the first at the start of the segment. Whoever has nothing to hear hears nothing, unless time has moved or a segment ends.
/// </summary>
/// <param name="source">The source partition.</param>
/// <param name="topicId">The broker's id of its topic.</param>
/// <param name="segment">Offset of the first message of the segment that the session begins with.</param>
/// <param name="epoch">Offset in the plan topic of the plan that it begins with.</param>
/// <param name="joins">How many partitions <c>joins</c> has.</param>
/// <param name="step">A watermark that moved by less than this since the last projection is not told by itself.</param>
public sealed class PartitionProjector(SourcePartition source, UInt128 topicId, SourceOffset segment, long epoch, int joins, Duration step)
{
    private readonly List<ProjectedRow>[] _rows = [.. Enumerable.Range(0, joins).Select(_ => new List<ProjectedRow>())];
    private readonly SourceOffset[] _told = [.. Enumerable.Repeat(segment, joins)];
    private readonly EventTime[] _watermarks = [.. Enumerable.Repeat(EventTime.None, joins)];
    private SourceOffset _segment = segment;
    private long _epoch = epoch;

    /// <summary>A row of the segment, in the order of the partition.</summary>
    public void Add(ProjectedRow row) => _rows[RowIds.Partition(row.Id, joins)].Add(row);

    /// <summary>What is to be told of everything before an offset.</summary>
    /// <param name="upto">The offset after the last message read.</param>
    /// <param name="watermark">Of the source partition there.</param>
    /// <param name="stamp">The counter's clock.</param>
    /// <param name="partitions">How many partitions the source topic has.</param>
    /// <param name="idle">The partition has held nothing more for a while.</param>
    /// <param name="complete">The segment ends here: every partition of <c>joins</c> hears of it. The next one is begun by <see cref="Begin"/>.</param>
    public IEnumerable<(int Partition, Projection Projection)> Flush(
        SourceOffset upto, EventTime watermark, EventTime stamp, int partitions, bool idle, bool complete)
    {
        for (int k = 0; k < joins; k++)
        {
            bool moved = watermark != EventTime.None && (_watermarks[k] == EventTime.None || watermark - _watermarks[k] >= step);
            if (_rows[k].Count == 0 && !idle && !complete && !moved) continue;
            foreach (Projection part in Parts(k, stamp, partitions)) yield return (k, part);
            yield return (k, Last(k, upto, watermark, stamp, partitions) with { Idle = idle, Complete = complete });
        }
    }

    /// <summary>The messages from the last projection to an offset are gone. The next segment begins there, by <see cref="Begin"/>.</summary>
    public IEnumerable<(int Partition, Projection Projection)> Lose(SourceOffset upto, EventTime watermark, EventTime stamp, int partitions)
    {
        for (int k = 0; k < joins; k++)
        {
            _rows[k].Clear();
            yield return (k, Last(k, upto, watermark, stamp, partitions) with { IsGap = true });
        }
    }

    /// <summary>The next segment begins where the last projections ended.</summary>
    public void Begin(SourceOffset start, long under) => (_segment, _epoch) = (start, under);

    // What one record cannot hold goes into several: each of whole messages, or a part of one message that is too large by itself.
    private IEnumerable<Projection> Parts(int k, EventTime stamp, int partitions)
    {
        while (Most(_rows[k].Count) is var most && _rows[k].Count > most)
        {
            SourceOffset first = _rows[k][0].Offset;
            int message = _rows[k].FindIndex(r => r.Offset != first);
            if (message < 0) message = _rows[k].Count;
            int mostOfMessage = Most(message);
            if (message > mostOfMessage)
            {
                if (_told[k] < first) yield return Next(k, first, 0);
                int parts = (message + mostOfMessage - 1) / mostOfMessage;
                for (int part = 0; part < parts; part++)
                {
                    int rows = Math.Min(mostOfMessage, message - (part * mostOfMessage));
                    _told[k] = first;
                    yield return Next(k, first.Next, rows) with { Part = part, Parts = parts };
                }

                continue;
            }

            int end = Math.Max(most, message);
            while (end > message && _rows[k][end].Offset == _rows[k][end - 1].Offset) end--;
            yield return Next(k, _rows[k][end].Offset, end);
        }

        int Most(int rows) => ProjectionCodec.MostOf(CollectionsMarshal.AsSpan(_rows[k])[..rows]);

        // Its watermark is told by the last one: time moves after all rows.
        Projection Next(int to, SourceOffset end, int rows)
        {
            var next = new Projection(source, topicId, partitions, _segment, _epoch, _told[to], end, _watermarks[to], stamp, [.. _rows[to].Take(rows)]);
            _told[to] = end;
            _rows[to].RemoveRange(0, rows);
            return next;
        }
    }

    private Projection Last(int k, SourceOffset upto, EventTime watermark, EventTime stamp, int partitions)
    {
        var last = new Projection(source, topicId, partitions, _segment, _epoch, _told[k], upto, watermark, stamp, [.. _rows[k]]);
        (_told[k], _watermarks[k]) = (upto, watermark);
        _rows[k].Clear();
        return last;
    }
}
