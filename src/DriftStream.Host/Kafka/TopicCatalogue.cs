using System.Collections.Immutable;
using DriftStream.Joins;
using DriftStream.Plan;
using DriftStream.Windows;

namespace DriftStream.Host.Kafka;

/// <summary>The names of our topics.</summary>
/// <param name="Prefix"><c>topics.prefix</c>.</param>
public readonly record struct TopicNames(string Prefix)
{
    public string Counts => Prefix + "counts";
    public string Panes => Prefix + "panes";
    public string Positions => Prefix + "positions";
    public string Joins => Prefix + "joins";
    public string JoinPositions => Prefix + "join-positions";
    public string Checkpoints => Prefix + "checkpoints";
    public string Desk => Prefix + "desk";
    public string DeskCheckpoints => Prefix + "desk-checkpoints";
    public string Alerts => Prefix + "alerts";
    public string Actions => Prefix + "actions";
    public string Verdicts => Prefix + "verdicts";
    public string Rejects => Prefix + "rejects";
    public string Undeliverable => Prefix + "undeliverable";
    public string Plan => Prefix + "plan";
    public string Baselines => Prefix + "baselines";

    /// <summary>The topic of one owner's alerts.</summary>
    public string AlertsOf(string owner) => $"{Prefix}alerts.{owner}";

    /// <summary>The topic in which one owner's people answer: who may write there speaks for the owner.</summary>
    public string AnswersOf(string owner) => $"{Prefix}answers.{owner}";

    /// <summary>The consumer group of the counters.</summary>
    public string CounterGroup => Prefix + "counter";

    /// <summary>The consumer group of the joiners.</summary>
    public string JoinGroup => Prefix + "joiner";

    /// <summary>The consumer group of the judges.</summary>
    public string JudgeGroup => Prefix + "judge";

    /// <summary>The consumer group of the desks.</summary>
    public string DeskGroup => Prefix + "desk";

    /// <summary>The consumer group of the delivery to owners.</summary>
    public string DeliveryGroup => Prefix + "delivery";

    /// <summary>The consumer group of the webhooks.</summary>
    public string WebhookGroup => Prefix + "webhook";

    /// <summary>The transactional id of the judge of one counts partition.</summary>
    public string JudgeTransaction(int partition) => $"{Prefix}judge-{partition}";

    /// <summary>The transactional id of the desk of one partition.</summary>
    public string DeskTransaction(int partition) => $"{Prefix}desk-{partition}";
}

/// <summary>What a topic must be.</summary>
/// <param name="Partitions">Exactly this many: what is written depends on the number.</param>
/// <param name="Config">Kafka's topic properties.</param>
/// <param name="Holds">What it holds, in one line for people.</param>
public sealed record OurTopic(
    string Name, int Partitions, short Replication, ImmutableSortedDictionary<string, string> Config, string Holds);

/// <summary>Every topic that a plan needs.</summary>
public static class TopicCatalogue
{
    private const long Day = 86_400_000L;

    /// <summary>Kafka's way to say that nothing is deleted: these topics are there to keep history.</summary>
    private const long Forever = -1;

    /// <summary>How long frames can be read again: a judge may be down that long, and no count is lost.</summary>
    private const long CountsReplay = 7 * Day;

    /// <summary>All topics, ordered by name.</summary>
    public static ImmutableArray<OurTopic> Of(DriftPlan plan)
    {
        var names = new TopicNames(plan.Topics.Prefix);
        int counts = plan.Engine.CountsPartitions;
        ModelWindows[] judged = [.. plan.Models.SelectMany(m => m.Judged()).Select(m => m.Windows)];
        long pane = judged.Max(m => m.PaneSize + m.AllowedLateness), window = judged.Max(m => m.Windows.Max(w => w.Longest) + m.Reach + m.AllowedLateness);
        var topics = new List<OurTopic>
        {
            Kept(names.Counts, counts, CountsReplay + Milliseconds(pane), "frames and headers of the counters"),
            Kept(names.Panes, counts, Milliseconds(window) + Day, "sealed panes, for long windows and backtests"),
            Compacted(names.Positions, 1, "where each source partition's next segment starts, and how far webhooks are"),
            Compacted(names.Checkpoints, counts, "what each judge knows, to go on after a restart"),
            Kept(names.Plan, 1, Forever, "every plan that was ever run; its offset is the epoch"),
            Kept(names.Baselines, 1, Forever, "the references that plans judge against, by the hash of their content"),
            Kept(names.Desk, counts, 30 * Day, "what judges found, what people said, how late it is: the log of the desks"),
            Compacted(names.DeskCheckpoints, counts, "what each desk knows, to go on after a restart"),
            Kept(names.Alerts, counts, 30 * Day, "all alerts as the desks wrote them, to be delivered"),
            Kept(names.Actions, counts, 365 * Day, "what is recommended to owners, and what became of it"),
            Kept(names.Verdicts, counts, 365 * Day, "one record a model and closed window"),
            Kept(names.Rejects, 1, 30 * Day, "messages that could not be read: where and why"),
            Kept(names.Undeliverable, 1, 90 * Day, "alerts whose owner's topic failed"),
        };
        if (plan.HasLaterLabels)
        {
            long remembered = plan.Models.Select(m => m.Joined()).OfType<JoinedModel>().Max(m => (long)m.Lifetime);
            topics.Add(Kept(names.Joins, counts, Milliseconds(remembered) + (2 * Day), "predictions and labels, by hashed ids, until they have met"));
            topics.Add(Compacted(names.JoinPositions, counts, "where each joiner goes on, and where it stands"));
        }

        foreach (string owner in plan.Owners.Keys)
        {
            topics.Add(Kept(names.AlertsOf(owner), 1, 365 * Day, $"what {owner} must know"));
            topics.Add(Answers(names.AnswersOf(owner), $"what {owner} answers"));
        }

        return [.. topics.OrderBy(t => t.Name, StringComparer.Ordinal)];

        // Age is counted from the time of appending: a replay of last year's rows must not be deleted as it is written.
        OurTopic Kept(string name, int partitions, long retention, string holds) => Topic(name, partitions, holds,
        [
            new("cleanup.policy", "delete"),
            new("retention.ms", retention.ToString()),
            new("message.timestamp.type", "LogAppendTime"),
        ]);

        // The newest segment is never compacted, and a restart reads all of it, so it is kept small.
        OurTopic Compacted(string name, int partitions, string holds) => Topic(name, partitions, holds,
        [
            new("cleanup.policy", "compact"),
            new("segment.bytes", (16 << 20).ToString()),
            new("min.cleanable.dirty.ratio", "0.1"),
        ]);

        // The key is the answer's id: all are kept, and one can be erased by a tombstone. What is said in time is measured by the broker's clock.
        OurTopic Answers(string name, string holds) => Topic(name, 1, holds,
            [new("cleanup.policy", "compact"), new("message.timestamp.type", "LogAppendTime")]);

        OurTopic Topic(string name, int partitions, string holds, IEnumerable<KeyValuePair<string, string>> config) =>
            new(name, partitions, (short)plan.Topics.Replication, ImmutableSortedDictionary.CreateRange(
            [
                .. config,
                new("max.message.bytes", ClientSettings.MaxMessageBytes.ToString()),
                new("min.insync.replicas", plan.Topics.Replication >= 3 ? "2" : "1"), // two copies before an acknowledgement
            ]), holds);
    }

    private static long Milliseconds(long micros) => (micros + 999) / 1000;
}
