using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Host.Files;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Host.Compare;

/// <summary>What two files are compared by.</summary>
internal sealed record ComparisonSettings
{
    /// <summary>The model's id, or a name for the comparison.</summary>
    public required string Model { get; init; }

    /// <summary>The version that the verdicts name.</summary>
    public string Version { get; init; } = "";

    /// <summary>The reference.</summary>
    public required Baseline Baseline { get; init; }

    /// <summary>The decision column, or null.</summary>
    public BinaryColumn? Decision { get; init; }

    /// <summary>The label column, or null.</summary>
    public BinaryColumn? Label { get; init; }

    /// <summary>What it is.</summary>
    public LabelKind LabelKind { get; init; }

    /// <summary>Which columns say how well the model did, or null where nobody knows.</summary>
    public OutcomeNames? Outcomes { get; init; }

    /// <summary>How well the model did on the reference; null likewise.</summary>
    public Performance? ReferencePerformance { get; init; }

    /// <summary>What scores mean by the labels of the reference; null where nobody knows.</summary>
    public ScoreCalibration? Calibration { get; init; }

    /// <summary>Where labels are classes, those of which each is shown.</summary>
    public ImmutableArray<string> Classes { get; init; } = [];

    /// <summary>The outcomes of the reference, which the detectors of errors see first; null where nobody knows them.</summary>
    public Outcomes? ReferenceOutcomes { get; init; }

    /// <summary>What is judged.</summary>
    public required ImmutableArray<Rule> Rules { get; init; }

    /// <summary>Numbers that the model's owner has set targets for.</summary>
    public ImmutableArray<Kpi> Kpis { get; init; } = [];

    /// <summary>What wrong decisions cost; null where nobody says.</summary>
    public ErrorCosts? Costs { get; init; }

    /// <summary>A window with fewer rows is insufficient.</summary>
    public required long MinRows { get; init; }

    /// <summary>The event-time column, or null. Rows without a time are then left out, as a stream rejects them.</summary>
    public string? Time { get; init; }

    /// <summary>The unit of an integer event-time column, or null.</summary>
    public TimeUnit? IntegerTime { get; init; }

    /// <summary>How rows are cut into windows.</summary>
    public required Chunking Chunks { get; init; }

    /// <summary>Where columns lie inside a JSON row, unless they are the fields of their names.</summary>
    public ImmutableSortedDictionary<string, JsonPath>? Paths { get; init; }

    /// <summary>The reference's numbers as they are, where the verdicts show what other tools say of them; else null.</summary>
    public RawNumbers? Numbers { get; init; }

    /// <summary>What is read of the rows to be judged: what a stream of them would be read as.</summary>
    public WantedColumns Wanted
    {
        get
        {
            var model = new CountedModel(Model, Time, new VersionSource(), Decision, Label, Baseline.Signals, default, default, default, IntegerTime, Paths)
            {
                LabelKind = LabelKind,
            };
            WantedColumns wanted = WantedColumns.Of(CountedColumns.Of(model, null), Baseline.Signals);
            return Outcomes is null ? wanted : Outcomes.Among(wanted);
        }
    }
}

/// <summary>Counts the rows of a file into windows and judges each: the numbers a stream of those rows would give.</summary>
internal sealed class Comparison
{
    private const int ManyRows = 4096;

    private readonly ComparisonSettings _settings;
    private readonly ImmutableArray<BaselineSignal> _signals;
    private readonly ICellCounter[] _counters;
    private readonly JudgementSettings _judgement;
    private OutcomeReader? _outcomes;
    private readonly EstimatedPerformance? _ofReference;
    private ErrorWatch _watch = new();

    public Comparison(ComparisonSettings settings)
    {
        _settings = settings;
        _signals = settings.Baseline.Signals;
        _counters = CellCounters.ForAll(_signals, settings.Decision, settings.Label);
        _judgement = new JudgementSettings(settings.Model, settings.Baseline, settings.Rules)
        {
            ShowAll = true,
            Kpis = settings.Kpis,
            Costs = settings.Costs,
        };
        if (settings.Calibration is { } calibration) _ofReference = settings.ReferenceOutcomes!.Estimate(calibration);
    }

    /// <summary>How many rows have no time; known once the verdicts have been enumerated.</summary>
    public long LeftOut { get; private set; }

    /// <summary>What is to be told of labels and scores that are NaN or infinite, likewise.</summary>
    public IEnumerable<string> Odd(string path) => _outcomes?.Odd(path) ?? [];

    /// <summary>One verdict for each window that has rows, in the file's order or by time. All rows in one window give one verdict even without rows.</summary>
    /// <exception cref="DataFileException">The file cannot be read, or a column has a type that cannot be counted.</exception>
    public IEnumerable<Verdict> Verdicts(DataFile current)
    {
        LeftOut = 0;
        _watch = new ErrorWatch();
        _outcomes = _settings.Outcomes is { } names ? new OutcomeReader(names) : null;
        Watch(_settings.ReferenceOutcomes?.Confusion ?? default);
        var open = new SortedDictionary<long, ChunkCounts>();
        if (_settings.Chunks == Chunking.All) open.Add(0, NewChunk()); // no rows are a window, too
        long row = 0;
        foreach (Batch batch in current.Batches)
        {
            Bind(batch, current.Path);
            Count(batch, row, Times(batch, current.Path), open);
            row += batch.Rows;
            // By rows, only the newest chunk can still grow; by time, any of them may.
            while (!_settings.Chunks.ByTime && open.Count > 1) yield return Close(open);
        }

        while (open.Count > 0) yield return Close(open);
    }

    private void Count(Batch batch, long row, long[]? times, SortedDictionary<long, ChunkCounts> open)
    {
        for (int start = 0, end; start < batch.Rows; start = end)
        {
            long chunk = Chunk(start);
            for (end = start + 1; end < batch.Rows && Chunk(end) == chunk; end++) ;
            if (chunk == Chunking.Nowhere)
            {
                LeftOut += end - start;
                continue;
            }

            if (!open.TryGetValue(chunk, out ChunkCounts? counts)) open.Add(chunk, counts = NewChunk());
            (int first, int rows) = (start, end - start);
            Each(rows, i => _counters[i].Count(first, rows, counts.Cells[i]));
            counts.Numbers?.Add(batch, first, rows);
            _outcomes?.Add(counts.Outcomes!, first, rows);
            counts.Add(end - start, times.AsSpan(times is null ? 0 : start, times is null ? 0 : end - start));
        }

        long Chunk(int at) => times is not null && times[at] == EventTime.None
            ? Chunking.Nowhere
            : _settings.Chunks.Of(row + at, times is null ? EventTime.None : times[at]);
    }

    private Verdict Close(SortedDictionary<long, ChunkCounts> open)
    {
        (long chunk, ChunkCounts counts) = open.First();
        open.Remove(chunk);
        (WindowSettings window, EventTime start, EventTime end) = Window(chunk, counts);
        var cells = WindowCounts.BySignal(_signals.Select((signal, i) => new SignalCounts(signal.Key, signal.Layout.Key, counts.Cells[i])));
        var closed = new ClosedWindow(_settings.Model, _settings.Version, window, start, end, true, new(counts.Rows), RowCount.Zero, cells);
        Verdict verdict = WindowJudge.Judge(closed, _judgement, each: Cores.Each);
        if (counts.Outcomes is not null && _settings.ReferencePerformance is { } before)
        {
            verdict = verdict with
            {
                Performance = new ComparedPerformance(before, counts.Outcomes.Performance(_settings.Outcomes!.Kind, _settings.Classes))
                {
                    Judged = verdict.Performance?.Judged ?? [],
                    Costs = verdict.Performance?.Costs,
                    Estimate = Estimate(counts.Outcomes),
                    Detectors = Watch(counts.Outcomes.Confusion),
                    Groups = counts.Outcomes.Groups(_settings.ReferenceOutcomes, _settings.Outcomes!.Kind, _settings.Classes),
                    Differences = _settings.Outcomes.Kind == LabelKind.Number ? counts.Outcomes.Differences() : [],
                },
            };
        }

        return counts.Numbers is null ? verdict : _settings.Numbers!.Beside(verdict, counts.Numbers);
    }

    private OutcomeEstimate? Estimate(Outcomes rows) => _settings.Calibration is not { } calibration ? null
        : new OutcomeEstimate(_ofReference!, rows.Estimate(calibration)) { Labelled = rows.EstimateLabelled(calibration) };

    // Windows come in their order, and each is a pane.
    private ImmutableArray<DetectedErrors> Watch(in Confusion confusion) =>
        confusion.Rows == 0 ? [] : _watch.Next(confusion.Rows, confusion.FalsePositive + confusion.FalseNegative);

    private ChunkCounts NewChunk() => new(_signals)
    {
        Numbers = _settings.Numbers is null ? null : new RawNumbers(_signals),
        Outcomes = _outcomes is null ? null : new Outcomes(),
    };

    private (WindowSettings Window, EventTime Start, EventTime End) Window(long chunk, ChunkCounts counts)
    {
        Chunking chunks = _settings.Chunks;
        if (chunks.ByTime)
        {
            WindowSettings windows = chunks.Windows(_settings.MinRows);
            var start = new EventTime(chunk);
            return (windows, start, windows.EndOf(start));
        }

        // Rows of the file, from 1. The last chunk may be short, and is named by the rows that it has.
        long first = (chunk * chunks.Rows) + 1;
        string name = chunks.Rows == 0 ? "all rows" : $"rows {first}-{first + counts.Rows - 1}";
        return (new WindowSettings(name, default, default, default, _settings.MinRows), counts.Earliest, counts.End);
    }

    private void Bind(Batch batch, string path)
    {
        Each(batch.Rows, i =>
        {
            if (_counters[i].Bind(batch) is { } reject) throw new DataFileException(path, reject.Detail);
        });
        if (_outcomes?.Bind(batch) is { } unread) throw new DataFileException(path, unread.Detail);
    }

    // A few rows are counted sooner than another thread wakes.
    private void Each(int rows, Action<int> work)
    {
        if (rows >= ManyRows) Cores.Each(_counters.Length, work);
        else for (int i = 0; i < _counters.Length; i++) work(i);
    }

    private long[]? Times(Batch batch, string path)
    {
        if (_settings.Time is not { } name) return null;
        Column column = batch.Find(name) ?? throw new DataFileException(path, "there is no such column", column: name);
        if (!ColumnTimes.CanRead(column.Type, _settings.IntegerTime))
            throw new DataFileException(path, $"it is {column.Type.Name}, which is no time", column: name);
        long[] times = new long[batch.Rows];
        ColumnTimes.Read(column, 0, times, _settings.IntegerTime);
        return times;
    }
}

/// <summary>The counts of one chunk while its rows come.</summary>
internal sealed class ChunkCounts(ImmutableArray<BaselineSignal> signals)
{
    private long _earliest = long.MaxValue, _latest = long.MinValue;

    /// <summary>One vector a signal.</summary>
    public long[][] Cells { get; } = [.. signals.Select(s => new long[s.Layout.Cells])];

    /// <summary>Its numbers as they are, where they are asked for.</summary>
    public RawNumbers? Numbers { get; init; }

    /// <summary>What was decided and turned out, where labels are known.</summary>
    public Outcomes? Outcomes { get; init; }

    public long Rows { get; private set; }

    /// <summary>The earliest time of its rows; 0, which is 1970, where they have none.</summary>
    public EventTime Earliest => new(_earliest == long.MaxValue ? 0 : _earliest);

    /// <summary>The microsecond after the latest time; 0 where there is none.</summary>
    public EventTime End => new(_latest == long.MinValue ? 0 : _latest + 1);

    public void Add(int rows, ReadOnlySpan<long> times)
    {
        Rows += rows;
        foreach (long time in times)
        {
            _earliest = Math.Min(_earliest, time);
            _latest = Math.Max(_latest, time);
        }
    }
}
