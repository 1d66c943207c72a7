using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Joins;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Tests.Joins;

/// <summary>A partition of joins, written by hand, and its joiner. A microsecond is the unit of all times.</summary>
internal sealed class JoinScript
{
    public const int Pane = 10, Lateness = 5, Within = 20, Early = 3;

    private readonly Dictionary<(string Topic, int Partition), long> _next = [];
    private readonly Func<long, JoinSettings> _plans;
    private readonly JoinSegments _segments;
    private readonly List<JoinEntry> _ended = [];

    public JoinScript(Corrections corrections = Corrections.First, long segmentBytes = 1000)
        : this(_ => Plan(Model("m", corrections)), segmentBytes)
    {
    }

    public JoinScript(Func<long, JoinSettings> plans, long segmentBytes = 1000)
    {
        (_plans, _segments) = (plans, new JoinSegments(segmentBytes, Duration.FromHours(1)));
        Joiner = new Joiner(plans, 0, _segments);
    }

    public Joiner Joiner { get; private set; }

    /// <summary>What stands in the partition.</summary>
    public List<Projection?> Log { get; } = [];

    public JoinFates Fates => Joiner.Models[0].Fates;

    public long Horizon => Joiner.Models[0].Horizon;

    public static JoinSettings Plan(params JoinedModel[] models) => new(
        models.ToImmutableSortedDictionary(m => m.Model, m => m), new QuietRule(new(30), new(50), new(100)));

    public static JoinedModel Model(string name, Corrections corrections = Corrections.First, params string[] topics) => new(
        name, topics.Length == 0 ? ["p", "l"] : [.. topics], new(Pane), Duration.Zero, new(Lateness), new(Within), new(Early), [new(8), new(Within)],
        corrections);

    public JoinScript Predict(
        int id, long time, int score = 0, long epoch = 0, string topic = "p", string model = "m", int decision = -1, int? group = null) =>
        Write(Of(topic, epoch, new ProjectedRow(
            default, (UInt128)id, new(time), new PredictionCell(model, "v", score, decision, group is { } code ? [code] : decision < 0 ? [] : [0], []))));

    public JoinScript Label(int id, long time, int cell = 0, long epoch = 0, string topic = "l", string model = "m") =>
        Write(Of(topic, epoch, new ProjectedRow(default, (UInt128)id, new(time), new LabelCell(model, cell))));

    /// <summary>A prediction, or a label, that is a number.</summary>
    public JoinScript Number(int id, long time, double number, bool isLabel, long epoch = 0, params ImmutableArray<int> groups)
    {
        IProjectedCell cell = isLabel ? new LabelCell("m", 0) : new PredictionCell("m", "v", -1, 2, groups.IsDefault ? [] : groups, []);
        return Write(Of(isLabel ? "l" : "p", epoch, new ProjectedRow(default, (UInt128)id, new(time), cell) { Number = number }));
    }

    /// <summary>Event time reaches so far in both topics.</summary>
    public JoinScript Time(long watermark) => Write(Of("p", 0) with { Watermark = new(watermark) }).Write(Of("l", 0) with { Watermark = new(watermark) });

    /// <summary>The projection that comes next for the first partition of a topic.</summary>
    public Projection Of(string topic, long epoch, params ProjectedRow[] rows)
    {
        long next = _next.GetValueOrDefault((topic, 0));
        return new Projection(new SourcePartition(topic, 0), topic[0], 1, new(0), epoch, new(next), new(next + 1), EventTime.None, new(Log.Count),
            [.. rows.Select(r => r with { Offset = new(next) })]);
    }

    public JoinScript Write(Projection? projection)
    {
        if (projection is not null) _next[(projection.Source.Topic, projection.Source.Partition)] = projection.Upto;
        Log.Add(projection);
        if (Joiner.EndsBefore(default, projection)) _ended.AddRange(Joiner.Finish().Entries);
        Joiner.Add(new(Log.Count - 1), default, 10, projection);
        return this;
    }

    /// <summary>Ends the segment, and goes on from its position record as another joiner would.</summary>
    /// <param name="lost">Records before this one are no longer there.</param>
    public JoinPosition Restart(int lost = 0)
    {
        JoinPosition position = JoinPositionCodec.Read(JoinPositionCodec.Write(Joiner.Finish().Position!))!;
        Restart(position, lost);
        return position;
    }

    /// <inheritdoc cref="Restart(int)"/>
    public void Restart(JoinPosition position, int lost = 0)
    {
        Joiner = Joiner.Restore(_plans, _segments, position);
        for (int i = Math.Max(lost, (int)position.Low.Value); Joiner.IsReplaying && i < Log.Count; i++) Joiner.Add(new(i), default, 10, Log[i]);
    }

    /// <summary>A joiner that goes on from a snapshot; null where that is of no use.</summary>
    public Joiner? Resume(JoinPosition position, Stream snapshot) => Joiner.Restore(_plans, _segments, position, snapshot);

    /// <summary>The counts of the segments that a newer plan has ended, and of the one at hand, added up: those that are not zero.</summary>
    public string[] Sums() =>
    [
        .. _ended.Concat(Joiner.Flush(all: true).Entries)
            .SelectMany(e => e.Cells, (e, c) => (Cell: $"{e.Key.Start}+{e.Key.Delay} {c.Prediction.Score}:{(c.Label < 0 ? "none" : c.Label)}", c.Count))
            .GroupBy(c => c.Cell, c => c.Count.Value, (cell, counts) => (Cell: cell, Count: counts.Sum()))
            .Where(c => c.Count != 0).Select(c => $"{c.Cell} {c.Count}").Order(StringComparer.Ordinal),
    ];

    /// <summary>The counts of the entries that have changed, by pane, delay and cells; a prediction without a label is one of <c>none</c>.</summary>
    public string[] Counts() =>
    [
        .. Joiner.Flush(all: true).Entries.SelectMany(e => e.Cells.Select(c =>
                $"{e.Key.Start}+{e.Key.Delay} {c.Prediction.Score}:{(c.Label < 0 ? "none" : c.Label)} {c.Count}")
            .DefaultIfEmpty($"{e.Key.Start}+{e.Key.Delay} nothing")),
    ];
}
