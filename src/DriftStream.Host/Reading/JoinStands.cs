using System.Collections.Immutable;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Joins;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Reading;

/// <summary>How far the labels of one model have met its predictions, over all partitions of <c>joins</c>.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Partitions">Of how many partitions a joiner has told.</param>
/// <param name="Horizon">How far time has come in all of them; none where one has not begun.</param>
/// <param name="Fates">Their sum.</param>
internal sealed record LabelStand(string Model, int Partitions, EventTime Horizon, JoinFates Fates)
{
    /// <summary>What became of the labels of each topic, in their order; none where a joiner of an earlier build told.</summary>
    public ImmutableArray<(string Topic, LabelSource Labels)> Sources { get; init; } = [];

    /// <summary>What was rejected of its label topics before the join; null where nobody can say.</summary>
    public ImmutableArray<LabelRejects>? Rejected { get; init; }
}

/// <summary>Reads where the joiners of a deployment stand, as they told last: at most a flush ago.</summary>
internal static class JoinStands
{
    /// <summary>One a model of the plan whose labels come later, in the order of their ids.</summary>
    public static IReadOnlyList<LabelStand> Read(DriftPlan plan, ILogger logger, out KafkaFailure? failure)
    {
        string topic = new TopicNames(plan.Topics.Prefix).JoinPositions;
        var last = new Dictionary<int, JoinReport>();
        using LogTail? tail = LogTail.Topic(plan.Kafka, topic, follow: false, logger, out failure);
        while (tail is not null && tail.TryRead(out LogRecord record))
        {
            if (record.Value is null || !JoinReport.IsOne(record.Key)) continue;
            if (JoinReport.Read(record.Value) is { } report) last[report.Partition] = report;
            else logger.CountsUnreadable(topic, record.Partition, record.Offset, record.Value.Length);
        }

        failure ??= tail?.Failure;
        ILookup<string, JoinProgress> told = last.Values.SelectMany(r => r.Models).ToLookup(m => m.Model, StringComparer.Ordinal);
        return
        [
            .. plan.Models.Where(m => m.Labels is not null).Select(m => (m.Id, Told: told[m.Id].ToArray())).Select(m => new LabelStand(
                m.Id, m.Told.Length, m.Told.Select(p => p.Horizon).DefaultIfEmpty(EventTime.None).Min(), JoinFates.Sum(m.Told.Select(p => p.Fates)))
            {
                Sources =
                [
                    .. m.Told.SelectMany(p => p.Sources).GroupBy(s => s.Key, s => s.Value).OrderBy(g => g.Key, StringComparer.Ordinal)
                        .Select(g => (g.Key, LabelSource.Sum(g))),
                ],
            }),
        ];
    }
}
