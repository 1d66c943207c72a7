using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Joins;
using DriftStream.Time;

namespace DriftStream.Tests.Joins;

/// <summary>A record of a simulated partition of joins.</summary>
/// <param name="Session">Of the counter that wrote it.</param>
/// <param name="Bytes">As it stands there.</param>
/// <param name="Weight">What it adds to a segment.</param>
internal sealed record JoinsRecord(int Session, byte[] Bytes, int Weight);

/// <summary>A snapshot as it lies on a disk.</summary>
/// <param name="Position">The position record of where it is.</param>
/// <param name="Bytes">What the joiner wrote.</param>
internal sealed record JoinSnapshot(JoinPosition Position, byte[] Bytes);

/// <summary>
/// The engine's joiner, with at most one thing done wrong around it: other records go in, other entries come out, or a restart begins elsewhere.
/// </summary>
internal sealed class MutantJoiner
{
    private static readonly SourceOffset Nowhere = new(long.MaxValue);

    private readonly JoinMutant _mutant;
    // Some mutants make two records of one.
    private readonly int _scale;
    private readonly Func<long> _clock;
    private readonly Dictionary<string, int> _reported = [];
    private readonly HashSet<int> _sessions = [];
    private readonly Dictionary<JoinKey, (JoinEntry Last, Dictionary<JoinedCell, long> Added)> _added = [];
    private readonly HashSet<JoinKey> _dirty = [];
    private int _taken;

    public MutantJoiner(Corrections corrections, JoinMutant mutant, JoinScene scene, Func<long> clock, JoinPosition? position, JoinSnapshot? snapshot)
    {
        (_mutant, _clock) = (mutant, clock);
        _scale = mutant is JoinMutant.BeginsAtTheLastFlush or JoinMutant.TimeBeforeRows ? 2 : 1;
        JoinSettings settings = JoinTerms.Settings(corrections, mutant, scene);
        position = (position, mutant) switch
        {
            (null, _) => null,
            (_, JoinMutant.RestartsAtTheSegment) => position with { Low = position.Next, LowTime = position.Time },
            (_, JoinMutant.RestartsWithoutRefusals) => position with { Refusals = [.. position.Refusals.Where(r => r.Upto is null)] },
            (_, JoinMutant.RestartsWithoutNumbers) => position with { Carried = [.. position.Carried.Select(h => h with { Number = null })] },
            (_, JoinMutant.RestartsWithTheNewestPoints) =>
                position with { LowTime = position.LowTime with { Points = position.Time.Points, Topics = position.Time.Topics } },
            (_, JoinMutant.SnapshotWithItsOwnRefusals) => position with { Refusals = snapshot?.Position.Refusals ?? position.Refusals },
            _ => position,
        };
        Joiner? resumed = position is null || snapshot is null ? null
            : Joiner.Restore(_ => settings, JoinTerms.JoinSegments, position, new MemoryStream(snapshot.Bytes));
        IsResumed = resumed is not null;
        Joiner = resumed ?? (position is null ? new Joiner(_ => settings, 0, JoinTerms.JoinSegments)
            : Joiner.Restore(_ => settings, JoinTerms.JoinSegments, position));
    }

    /// <summary>It went on from the snapshot.</summary>
    public bool IsResumed { get; }

    public Joiner Joiner { get; }

    /// <summary>Offset of the record to come.</summary>
    public int Next => (int)(Joiner.Next / _scale);

    /// <summary>Offset of the segment's first record.</summary>
    public int Segment => (int)(Joiner.Segment / _scale);

    public void Add(JoinsRecord record)
    {
        Projection projection = ProjectionCodec.Read(record.Bytes, out string why) ?? throw new BrokenLaw($"CODEC {why}");
        (Projection? first, projection) = Changed(projection, record.Session);
        // Where there is nothing to say first, it is of a session that failed: dropped whole.
        if (_scale == 2) Joiner.Add(Joiner.Next, default, 0, first ?? projection with { From = Nowhere, Upto = Nowhere, Rows = [], IsGap = false });
        Joiner.Add(Joiner.Next, default, record.Weight, projection);
        if (_mutant == JoinMutant.CorrectionsOnlyAdd) Note(Joiner.Flush(all: true));
    }

    /// <summary>The segment is over before this record.</summary>
    public bool EndsBefore(JoinsRecord record) => Joiner.EndsBefore(default, ProjectionCodec.Read(record.Bytes, out _));

    public JoinFlush Flush(bool all) => Changed(Joiner.Flush(all));

    public JoinFlush Finish()
    {
        JoinFlush flush = Changed(Joiner.Finish());
        _added.Clear();
        _dirty.Clear();
        return flush;
    }

    private (Projection? First, Projection Then) Changed(Projection projection, int session)
    {
        if (_mutant == JoinMutant.None) return (null, projection);
        SourceOffset next = Joiner.Points.Where(p => p.Source == projection.Source && p.TopicId == projection.TopicId).Select(p => p.Next).FirstOrDefault();
        switch (_mutant)
        {
            case JoinMutant.SnapshotWithoutReplay when IsResumed && Joiner.IsReplaying:
                return (null, projection with { Rows = [] });
            case JoinMutant.NoDedupe:
                return (null, projection with { TopicId = (UInt128)(1000 + _taken++), From = new(0) });
            case JoinMutant.DedupeBySession:
                bool begins = _sessions.Add((session * 100) + (projection.Source.Partition * 2) + (projection.Source.Topic == JoinTerms.Labels ? 1 : 0));
                return (null, projection with { TopicId = (UInt128)(1000 + session), From = begins ? new(0) : projection.From });
            case JoinMutant.BeginsAtTheLastFlush when projection.From > next:
                return (projection with { From = next, Upto = projection.From, IsGap = true, Rows = [], Idle = false, Complete = false }, projection);
            case JoinMutant.ExpiresByTheClock when projection.Watermark != EventTime.None:
                return (null, projection with { Watermark = EventTime.Max(projection.Watermark, new(_clock() - 5)) });
            case JoinMutant.UnreportedIgnored:
                int reported = Math.Max(_reported.GetValueOrDefault(projection.Source.Topic), projection.Source.Partition + 1);
                return (null, projection with { Partitions = _reported[projection.Source.Topic] = reported });
            case JoinMutant.TimeBeforeRows when projection.From <= next && next < projection.Upto && !projection.IsGap:
                return (projection with { From = next, Upto = next, Rows = [], Complete = false }, projection);
            default:
                return (null, projection);
        }
    }

    private JoinFlush Changed(JoinFlush flush)
    {
        if (_mutant == JoinMutant.ZeroNotWritten) return flush with { Entries = [.. flush.Entries.Where(e => e.Cells.Length > 0)] };
        if (_mutant != JoinMutant.CorrectionsOnlyAdd) return flush;
        Note(flush);
        ImmutableArray<JoinEntry> entries =
        [
            .. _dirty.Order().Select(k => _added[k]).Select(a => a.Last with
            {
                Upto = flush.Header.Upto,
                Cells = [.. a.Added.OrderBy(c => c.Key.Prediction).ThenBy(c => c.Key.Label).Select(c => c.Key with { Count = new RowCount(c.Value) })],
            }),
        ];
        _dirty.Clear();
        return flush with { Entries = entries };
    }

    // Only what a cell has more than before is counted.
    private void Note(JoinFlush flush)
    {
        foreach (JoinEntry entry in flush.Entries)
        {
            (JoinEntry? last, Dictionary<JoinedCell, long> added) = _added.TryGetValue(entry.Key, out var known) ? known : (null, []);
            foreach (JoinedCell cell in entry.Cells)
            {
                JoinedCell key = cell with { Count = default };
                long before = last?.Cells.Where(c => c with { Count = default } == key).Sum(c => c.Count.Value) ?? 0;
                if (cell.Count > before) added[key] = added.GetValueOrDefault(key) + cell.Count - before;
            }

            _added[entry.Key] = (entry, added);
            _dirty.Add(entry.Key);
        }
    }
}

/// <summary>A law does not hold.</summary>
internal sealed class BrokenLaw(string law) : Exception(law);
