using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Joins;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Joins;

/// <summary>A row as it is sent: a prediction, or a label.</summary>
internal sealed record SentRow(bool IsLabel, string Id, DateTime Time, string Group, int Value);

/// <summary>
/// Predictions and labels of one model from a seed, with everything that may happen to them: labels before their predictions, by night, at the last moment and
/// too late, several of one prediction, of none, and predictions twice. And what a plain join in memory makes of them, which knows nothing of Kafka.
/// </summary>
internal sealed class JoinTraffic
{
    public const int Days = 6, RowsOfDay = 1200, PredictionPartitions = 2, LabelPartitions = 3;

    public static readonly DateTime Start = new(2026, 1, 5, 0, 0, 0, DateTimeKind.Utc);

    public static readonly TimeSpan Within = TimeSpan.FromDays(2), Early = TimeSpan.FromMinutes(5);

    private readonly string _model;
    private readonly DateTime _start;
    private readonly bool _isNightly;
    private readonly Random _random;
    private readonly List<(DateTime At, int Order, SentRow Row)> _rows = [];

    /// <param name="model">The model, whose topics have its name.</param>
    /// <param name="seed">Of everything that happens.</param>
    /// <param name="isNightly">Labels come by night.</param>
    /// <param name="later">Days between <see cref="Start"/> and the first row.</param>
    public JoinTraffic(string model, int seed, bool isNightly, int later = 0)
    {
        (_model, _isNightly, _random, _start) = (model, isNightly, new Random(seed), Start.AddDays(later));
        for (int day = 0; day < Days; day++)
        {
            for (int i = 0; i < RowsOfDay; i++) Add($"{later + day}-{i}", _start.AddDays(day).AddSeconds(_random.Next(86_400)));
        }

        _rows.Sort((a, b) => (a.At, a.Order).CompareTo((b.At, b.Order)));
        // Whoever comes last moves time beyond all that may be waited for.
        DateTime end = _start.AddDays(60);
        for (int partition = 0; partition < PredictionPartitions; partition++) Last(new SentRow(false, $"last-{later}-{partition}", end, "f", 0));
        for (int partition = 0; partition < LabelPartitions; partition++) Last(new SentRow(true, $"none-{later}-{partition}", end, "", 0));
    }

    public int Predictions => _rows.Count(r => !r.Row.IsLabel);

    public int Labels => _rows.Count(r => r.Row.IsLabel);

    /// <summary>Sends a part of the rows, in messages of a few, each id in one partition of either topic.</summary>
    public void Send(DriftPlan plan, int part, int parts)
    {
        using var producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
        int from = _rows.Count * part / parts, to = _rows.Count * (part + 1) / parts;
        foreach (var message in _rows[from..to].Select(r => r.Row).GroupBy(r => (r.IsLabel, PartitionOf(r))))
        {
            foreach (SentRow[] rows in message.Chunk(20))
            {
                (bool isLabel, int partition) = message.Key;
                byte[] value = JsonSerializer.SerializeToUtf8Bytes(rows.Select(Json));
                Assert.Null(producer.Send(
                    new OutgoingRecord(isLabel ? $"{_model}.truth" : _model, partition, null, value), TestContext.Current.CancellationToken));
            }
        }

        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    /// <summary>Of each day and delay how many predictions have a group, a decision and a label (0, 1, or 2 for none).</summary>
    public Dictionary<(DateTime Day, TimeSpan Delay, string Group, int Decision, int Label), long> Joined(Corrections corrections, params TimeSpan[] delays)
    {
        var counts = new Dictionary<(DateTime, TimeSpan, string, int, int), long>();
        foreach (IGrouping<string, SentRow> id in _rows.Select(r => r.Row).GroupBy(r => r.Id))
        {
            if (id.FirstOrDefault(r => !r.IsLabel) is not { } prediction || prediction.Time >= _start.AddDays(Days)) continue;
            IEnumerable<SentRow> labels = id.Where(r => r.IsLabel && r.Time >= prediction.Time - Early && r.Time <= prediction.Time + Within);
            if (corrections == Corrections.First) labels = labels.Take(1);
            foreach (TimeSpan delay in delays)
            {
                SentRow? label = labels.Where(l => l.Time < prediction.Time.Date.AddDays(1) + delay).OrderBy(l => l.Time).LastOrDefault();
                (DateTime, TimeSpan, string, int, int) cell = (prediction.Time.Date, delay, prediction.Group, prediction.Value, label?.Value ?? 2);
                counts[cell] = counts.GetValueOrDefault(cell) + 1;
            }
        }

        return counts;
    }

    private void Add(string id, DateTime time)
    {
        var prediction = new SentRow(false, id, time, _random.Next(3) == 0 ? "f" : "m", _random.Next(2));
        Arrive(time.AddSeconds(_random.Next(600)), prediction);
        if (_random.Next(20) == 0) Arrive(time.AddSeconds(600 + _random.Next(600)), prediction with { Value = 1 - prediction.Value });
        for (int labels = _random.Next(10) switch { < 2 => 0, < 8 => 1, _ => 2 }; labels > 0; labels--)
        {
            TimeSpan after = _random.Next(12) switch
            {
                0 => TimeSpan.FromMinutes(-4),
                1 => Within,
                2 => Within + TimeSpan.FromMilliseconds(1),
                3 => Within + TimeSpan.FromDays(7),
                _ => TimeSpan.FromSeconds(_random.Next((int)Within.TotalSeconds)),
            };
            DateTime known = time + after;
            Arrive(_isNightly ? known.Date.AddDays(1) : known.AddSeconds(_random.Next(600)), new SentRow(true, id, known, "", _random.Next(2)));
        }

        if (_random.Next(20) == 0) Arrive(time, new SentRow(true, "orphan-" + id, time, "", 1));
    }

    private void Arrive(DateTime at, SentRow row) => _rows.Add((at, _rows.Count, row));

    private void Last(SentRow row) => _rows.Add((DateTime.MaxValue, _rows.Count, row));

    // An id's rows are in one partition of a topic, whatever came before in the process.
    private static int PartitionOf(SentRow row)
    {
        int partitions = row.IsLabel ? LabelPartitions : PredictionPartitions;
        if (row.Id.StartsWith("last-", StringComparison.Ordinal) || row.Id.StartsWith("none-", StringComparison.Ordinal)) return row.Id[^1] - '0';
        return row.Id.Sum(c => c) % partitions;
    }

    private static object Json(SentRow row) => row.IsLabel
        ? new { id = row.Id, known_at = row.Time, y = row.Value }
        : new { id = row.Id, at = row.Time, sex = row.Group, granted = row.Value };
}
