using static DriftStream.Tests.Joins.JoinTerms;

namespace DriftStream.Tests.Joins;

/// <summary>The rows of a world: predictions and labels of ids, each id in one partition of either topic, as keyed producers have them.</summary>
internal sealed class JoinData
{
    private readonly JoinScene _scene;
    private readonly int _salt;
    private readonly PriorityQueue<(bool IsLabel, int Source, int Id, int Cell, long Time, bool Rejected), (long At, int Order)> _due = new();
    private readonly Dictionary<(int Source, int Generation, int Offset), int[]> _at = [];
    private readonly List<int> _offsets = [];
    private int _order, _ids = 1;

    public JoinData(JoinScene scene, Random random)
    {
        _scene = scene;
        PredictionPartitions = random.Next(2, 4);
        LabelPartitions = scene == JoinScene.Unreported ? 2 : random.Next(1, 3);
        _salt = random.Next(1 << 20);
        Sources = [.. Enumerable.Range(0, PredictionPartitions + LabelPartitions).Select(p => new JoinSourceLog(p))];
    }

    public int PredictionPartitions { get; }

    public int LabelPartitions { get; }

    public JoinSourceLog[] Sources { get; }

    /// <summary>Every row, in the order in which they were produced.</summary>
    public List<JoinRow> Rows { get; } = [];

    /// <summary>The rows of a message, by source partition, generation of its topic and offset.</summary>
    public int[] RowsAt(int source, int generation, int offset) => _at.GetValueOrDefault((source, generation, offset)) ?? [];

    /// <summary>Offset of the message that holds a row.</summary>
    public int OffsetOf(int row) => _offsets[row];

    /// <summary>When the next row is produced that is not yet.</summary>
    public long? NextDue => _due.TryPeek(out _, out (long At, int Order) due) ? due.At : null;

    public bool IsLabelSource(int source) => source >= PredictionPartitions;

    /// <summary>A prediction that is produced by now, and what labels it may have.</summary>
    public void New(long now, Random random)
    {
        int id = _ids++, cell = random.Next(2);
        long time = now - random.Next(Disorder);
        int source = ((id * 31) + _salt) % PredictionPartitions, labels = PredictionPartitions + (((id * 17) + _salt) % LabelPartitions);
        if (_scene == JoinScene.Duplicates && random.NextDouble() < .1) (id, cell) = (0, Unseen);
        bool rejected = random.NextDouble() < .05;
        long at = _scene == JoinScene.Edge ? Any(random, time, PaneOf(time) + Pane + Lateness - 1) : time + Slow(random, .15);
        Push(at, false, source, id, cell, time, rejected);
        if (_scene == JoinScene.Duplicates && random.NextDouble() < .4)
        {
            for (int n = random.Next(1, 3); n > 0; n--)
            {
                long again = at + random.Next(30);
                Push(again, false, source, id, cell, Math.Max(time, again - random.Next(Disorder)), false);
            }
        }

        if (_scene == JoinScene.Never || random.NextDouble() < .15) return;
        bool several = _scene is JoinScene.Corrected or JoinScene.Duplicates || random.NextDouble() < .1;
        for (int n = 1 + (several ? Any(random, 0, 1, 1, 2) : 0); n > 0; n--) Label(id, labels, time, random);
    }

    /// <summary>Appends what is due by now, in messages of a few rows.</summary>
    public void Emit(long now, Random random)
    {
        var by = new SortedDictionary<int, List<(bool IsLabel, int Source, int Id, int Cell, long Time, bool Rejected)>>();
        while (_due.TryPeek(out _, out (long At, int Order) due) && due.At <= now)
        {
            (bool, int Source, int, int, long, bool) row = _due.Dequeue();
            if (!by.TryGetValue(row.Source, out var rows)) by.Add(row.Source, rows = []);
            rows.Add(row);
        }

        foreach ((int source, var rows) in by)
        {
            while (rows.Count > 0)
            {
                int n = Math.Min(rows.Count, random.Next(1, 4));
                int generation = Sources[source].Generation;
                Append(source, [.. rows[..n].Select(r => new JoinRow(r.IsLabel, source, generation, r.Id, r.Cell, r.Time, r.Rejected))], random);
                rows.RemoveRange(0, n);
            }
        }
    }

    public void Append(int source, JoinRow[] rows, Random random)
    {
        int first = Rows.Count;
        Rows.AddRange(rows);
        JoinSourceLog log = Sources[source];
        int[] numbers = [.. Enumerable.Range(first, rows.Length)];
        _at.Add((source, log.Generation, log.Records.Count), numbers);
        _offsets.AddRange(numbers.Select(_ => log.Records.Count));
        log.Records.Add((random.Next(1, 4), numbers));
    }

    private void Label(int id, int source, long time, Random random)
    {
        double x = random.NextDouble();
        long after = x switch
        {
            < .35 => random.Next(5),
            < .55 => -random.Next(1, Early + 2),
            < .65 => Within,
            < .72 => Within + 1,
            _ => random.Next(Within + 4),
        };
        if (_scene == JoinScene.Nightly) after = Math.Min(after, 10);
        long slow = _scene == JoinScene.Edge ? Any(random, 0, Lateness - Early - 1) : Slow(random, .1);
        long at = Math.Max(time + after + slow - Any(random, 0, 0, Early), 0);
        if (_scene == JoinScene.Nightly) at = (at / Night * Night) + Night;
        Push(at, true, source, id, random.Next(3), time + after, false);
    }

    private long Slow(Random random, double share) =>
        _scene == JoinScene.Late && random.NextDouble() < share ? random.Next(15, 60) : random.Next(Disorder);

    private void Push(long at, bool isLabel, int source, int id, int cell, long time, bool rejected) =>
        _due.Enqueue((isLabel, source, id, cell, time, rejected), (at, _order++));

    private static T Any<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}
