using System.Diagnostics;
using System.Text;
using DriftStream.Desk;
using DriftStream.Host.Kafka;
using DriftStream.Host.Plans;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>What desks have left on a broker, held against a fold of their log.</summary>
internal sealed class DeskReading(KafkaSettings kafka, TopicNames names, DriftPlan plan)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, List<(EventTime At, string Line)>> _stories = new(StringComparer.Ordinal);

    /// <summary>Alerts as the fold has them, by id.</summary>
    public Dictionary<string, DeskAlert> Alerts { get; } = new(StringComparer.Ordinal);

    /// <summary>What was said of a model, or replied to answers that name it: or to an owner that named none.</summary>
    public string[] StoryOf(string name) =>
        _stories.TryGetValue(name, out List<(EventTime At, string Line)>? lines) ? [.. lines.OrderBy(l => l.At).Select(l => l.Line)] : [];

    /// <summary>
    /// Waits until the alerts topic holds what a fold of the whole log says: the same bytes in the same order, each once, however often desks died.
    /// </summary>
    public void AlertsAreThoseOfTheLog(int partitions, Func<string> log)
    {
        for (long began = Stopwatch.GetTimestamp(); ; Thread.Sleep(500))
        {
            string[] expected = Fold(partitions), there = [.. Enumerable.Range(0, partitions).SelectMany(p => Values(names.Alerts, p))];
            // The log may have grown while it was read.
            if (expected.SequenceEqual(there)) return;
            if (Stopwatch.GetElapsedTime(began) < Patience) continue;
            Assert.True(expected.SequenceEqual(there), $"of the log:\n{string.Join('\n', expected)}\nthere:\n{string.Join('\n', there)}\n{log()}");
        }
    }

    /// <summary>
    /// Waits until the topics of owners hold each alert and reply for exactly those to whom it goes, as it stands in the alerts topic. Delivery is at least
    /// once: the same id has the same bytes.
    /// </summary>
    /// <param name="partitions">Of the alerts topic.</param>
    /// <param name="missed">Owners whose topics take nothing.</param>
    /// <returns>How many records are there twice.</returns>
    public int OwnersHaveThem(int partitions, params string[] missed)
    {
        var wanted = new HashSet<(string Owner, string Value)>();
        foreach (LogRecord record in Enumerable.Range(0, partitions).SelectMany(p => Records(names.Alerts, p)))
        {
            foreach (string owner in AlertRecords.Owners(record.Headers).Except(missed)) wanted.Add((owner, Encoding.UTF8.GetString(record.Value!)));
        }

        for (long began = Stopwatch.GetTimestamp(); ; Thread.Sleep(500))
        {
            (string Owner, string Value)[] there = [.. plan.Owners.Keys.Except(missed).SelectMany(o => Values(names.AlertsOf(o), 0).Select(v => (o, v)))];
            HashSet<(string, string)> once = [.. there];
            if (once.SetEquals(wanted)) return there.Length - once.Count;
            if (Stopwatch.GetElapsedTime(began) < Patience && once.IsProperSubsetOf(wanted)) continue;
            Assert.True(once.SetEquals(wanted), $"missed:\n{Lines(wanted.Except(once))}\nnot theirs:\n{Lines(once.Except(wanted))}");
        }

        static string Lines(IEnumerable<(string, string)> all) => string.Join('\n', all);
    }

    /// <summary>The values of a partition of a topic, as text.</summary>
    public string[] Values(string topic, int partition) => [.. Records(topic, partition).Select(r => Encoding.UTF8.GetString(r.Value!))];

    private List<LogRecord> Records(string topic, int partition)
    {
        var records = new List<LogRecord>();
        using LogTail tail = LogTail.Partition(kafka, topic, partition, null, NullLogger.Instance);
        while (tail.TryRead(out LogRecord record)) records.Add(record);
        Assert.Null(tail.Failure);
        return records;
    }

    private string[] Fold(int partitions)
    {
        var book = new PlanBook(plan);
        foreach ((long epoch, PlanRecord record) in new PlanLog(kafka, names, NullLogger.Instance).Read(out _, out _)) book.Add(epoch, record);
        _stories.Clear();
        Alerts.Clear();
        var said = new List<string>();
        for (int partition = 0; partition < partitions; partition++)
        {
            var desk = new DriftStream.Desk.Desk(book.Desks, book.Oldest);
            foreach (LogRecord record in Records(names.Desk, partition))
            {
                DeskOutput output = desk.Apply(record.Timestamp, DeskCodec.Read(record.Value)!);
                foreach (DeskAlert alert in output.Alerts) Note(alert);
                foreach (Reply reply in output.Replies) Note(reply);
                said.AddRange(output.Alerts.Select(a => Encoding.UTF8.GetString(DeskAlertJson.Write(a))));
                said.AddRange(output.Replies.Select(r => Encoding.UTF8.GetString(DeskAlertJson.Write(r))));
            }
        }

        return [.. said];
    }

    private void Note(DeskAlert alert)
    {
        Alerts.Add(alert.Id, alert);
        string symptoms = string.Join(' ', alert.Loud.Select(s => s.Signal ?? s.OfModel));
        Note(alert.Model, alert.Told,
            $"r{alert.Revision} {Lower(alert.Status)} {Lower(alert.Severity)} [{symptoms}] to {string.Join(' ', alert.To)}, {Lower(alert.Because)}");
    }

    private void Note(Reply reply) =>
        Note(reply.Answer.Model ?? reply.Owner, reply.Heard, $"{reply.Owner}: {Lower(reply.Answer.Kind)} -> {Lower(reply.Outcome)}");

    private void Note(string of, EventTime at, string line)
    {
        if (!_stories.TryGetValue(of, out List<(EventTime, string)>? lines)) _stories.Add(of, lines = []);
        lines.Add((at, line));
    }

    private static string Lower<T>(T member)
        where T : struct, Enum => member.ToString().ToLowerInvariant();
}
