using System.Buffers;
using DriftStream.Frames;
using DriftStream.Time;
using static DriftStream.Tests.Joins.JoinTerms;

namespace DriftStream.Tests.Joins;

/// <summary>Where a counter goes on with a source partition.</summary>
internal sealed record ProjectionPosition(int Generation, int Next, long Watermark);

/// <summary>A counter that projects: some source partitions, one session, and the plan that it knows.</summary>
internal sealed class SimulatedProjection(JoinWorld world, int number)
{
    private readonly SortedDictionary<int, Part> _parts = [];
    private List<(int Source, int[] Sent, ProjectionPosition Position)> _waiting = [];
    private JoinSession _session = new(world.Joins + 1);
    private int _sessionNumber = world.NewSession();
    private long _epoch;

    public JoinSession Session => _session;

    public bool OwnsSome => _parts.Count > 0;

    public IEnumerable<int> Owned => _parts.Keys;

    /// <summary>Everything that is there has been read and told.</summary>
    public bool IsThrough => _parts.All(p => p.Value.Next >= world.Data.Sources[p.Key].Records.Count);

    /// <summary>Takes what is its own, from the position record on.</summary>
    public void Notice()
    {
        foreach (JoinSourceLog log in world.Data.Sources)
        {
            if (!world.Owns(number, log.Number) || _parts.ContainsKey(log.Number)) continue;
            ProjectionPosition position = world.Positions.GetValueOrDefault(log.Number) ?? new ProjectionPosition(log.Generation, 0, EventTime.None);
            var part = new Part { LastRecord = world.Now, Generation = log.Generation, Watermark = position.Watermark };
            _parts.Add(log.Number, part);
            Begin(log.Number, part, position.Generation == log.Generation ? position.Next : 0, _epoch, newSession: true);
        }
    }

    public void Crash(Random random)
    {
        world.Leave(_session.Die(random));
        _session = new JoinSession(world.Joins + 1);
        _sessionNumber = world.NewSession();
        _parts.Clear();
        _waiting.Clear();
    }

    /// <summary>Another plan: open segments are projected again under it.</summary>
    public void Learn(long epoch, bool again)
    {
        _epoch = epoch;
        if (!again) return;
        foreach ((int source, Part part) in _parts)
        {
            part.Watermark = part.WatermarkAtStart;
            Begin(source, part, part.Start, epoch, newSession: true);
        }
    }

    public void Poll(int source)
    {
        Part part = _parts[source];
        JoinSourceLog log = world.Data.Sources[source];
        if (_waiting.Exists(w => w.Source == source) && part.Bytes >= SourceSegment - 3) return;
        if (part.Generation != log.Generation)
        {
            Flush(source);
            part.Generation = log.Generation;
            Begin(source, part, 0, _epoch, newSession: true);
            return;
        }

        if (part.Next < log.Start)
        {
            Flush(source);
            log.Lost[part.Generation] = part.Next = log.Start;
            Write(part.Projector.Lose(new(log.Start), new(part.Watermark), new(world.Now), world.PartitionsBeside(source)), part);
            Begin(source, part, log.Start, _epoch, newSession: false);
            return;
        }

        if (part.Next >= log.Records.Count)
        {
            part.AtEnd = world.Now;
            return;
        }

        (int bytes, int[] rows) = log.Records[part.Next];
        (part.LastRecord, part.Bytes) = (world.Now, part.Bytes + bytes);
        foreach (int row in rows) Project(part, world.Data.Rows[row]);
        part.Next++;
        if (part.Bytes >= SourceSegment) Flush(source, complete: true);
    }

    public void Flush(int source, bool complete = false)
    {
        Part part = _parts[source];
        bool idle = world.HasIdle && !complete && part.AtEnd >= world.Now - JoinTerms.Flush && world.Now - part.LastRecord >= IdleAfter;
        Write(part.Projector.Flush(new(part.Next), new(part.Watermark), new(world.Now), world.PartitionsBeside(source), idle, complete), part);
        if (!complete) return;
        int[] sent = _session.Sent[..world.Joins];
        if (world.Mutant == JoinMutant.PositionBeforeAllPartitions) sent = sent[..1];
        _waiting.Add((source, sent, new ProjectionPosition(part.Generation, part.Next, part.Watermark)));
        Begin(source, part, part.Next, Math.Max(part.Epoch, _epoch), newSession: false);
        Pump();
    }

    /// <summary>Writes positions, as far as everything before them is acknowledged in every partition of joins.</summary>
    public void Pump()
    {
        foreach ((int source, int[] sent, ProjectionPosition position) in _waiting.ToArray())
        {
            if (!_session.IsAcknowledged(sent)) continue;
            _session.Send(world.Joins, () => world.Positions[source] = position);
            _waiting = [.. _waiting.Where(w => !ReferenceEquals(w.Position, position))];
        }
    }

    private void Project(Part part, JoinRow row)
    {
        if (row.IsRejected) return;
        bool late = !row.IsLabel && part.Watermark != EventTime.None && PaneOf(row.Time) + Pane + Lateness <= part.Watermark;
        if (late && world.Mutant == JoinMutant.LateRowsLeftOut) return;
        part.Watermark = Math.Max(part.Watermark, row.Time);
        IProjectedCell cell = row.IsLabel ? new LabelCell(Model, row.Cell) : new PredictionCell(Model, "v", row.Cell, -1, [row.Group], []);
        part.Projector.Add(new ProjectedRow(new(part.Next), world.NameOf(row.Id), new(row.Time), cell) { Number = row.Number });
    }

    private void Begin(int source, Part part, int start, long epoch, bool newSession)
    {
        (part.Start, part.Next, part.Bytes, part.Epoch, part.WatermarkAtStart) = (start, start, 0, epoch, part.Watermark);
        if (newSession)
        {
            part.Projector = new PartitionProjector(
                world.PartitionOf(source), world.TopicIdOf(source, part.Generation), new(start), epoch, world.Joins, new(WatermarkStep));
            part.Told = start;
        }
        else
        {
            part.Projector.Begin(new(start), epoch);
        }
    }

    private void Write(IEnumerable<(int Partition, Projection Projection)> projections, Part part)
    {
        foreach ((int k, Projection projection) in projections)
        {
            var output = new ArrayBufferWriter<byte>();
            Projection written = world.Mutant == JoinMutant.BeginsAtTheLastFlush ? projection with { From = new(part.Told) } : projection;
            ProjectionCodec.Write(written, output);
            var record = new JoinsRecord(_sessionNumber, output.WrittenSpan.ToArray(), 1 + projection.Rows.Length);
            _session.Send(k, () => world.Logs[k].Add(record));
        }

        part.Told = part.Next;
    }

    private sealed class Part
    {
        public required int Generation { get; set; }

        public required long Watermark { get; set; }

        public required long LastRecord { get; set; }

        public long WatermarkAtStart { get; set; }

        public int Start { get; set; }

        public int Next { get; set; }

        public int Told { get; set; }

        public int Bytes { get; set; }

        public long Epoch { get; set; }

        public long AtEnd { get; set; } = long.MinValue / 2;

        public PartitionProjector Projector { get; set; } = null!;
    }
}
