using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Kafka;

/// <summary>How a topic compares with what it must be.</summary>
public enum TopicState
{
    /// <summary>As it must be, or more generous.</summary>
    Fine,
    /// <summary>Not there.</summary>
    Missing,
    /// <summary>Was missing and is there now.</summary>
    Created,
    /// <summary>It exists, but is not usable as it is.</summary>
    Wrong,
    /// <summary>The broker refuses to say or to do.</summary>
    Failed,
}

/// <summary>What was found about one topic.</summary>
/// <param name="Detail">What differs and what is needed; empty where all is fine.</param>
/// <param name="Partitions">How many a source topic has; 0 where it is missing, and for topics of ours.</param>
public sealed record TopicFinding(string Topic, TopicState State, string Detail, int Partitions = 0)
{
    /// <summary>What would lose rows although nothing is wrong, or null.</summary>
    public string? Warning { get; init; }
}

/// <summary>Compares a broker's topics with a plan, and creates those of ours that are missing. Changes no topic that exists.</summary>
public static class TopicCheck
{
    /// <summary>How many topics are created by one request: a controller refuses one that makes more than 10,000 records of its own log.</summary>
    internal const int MostAtOnce = 100;

    private static readonly TimeSpan Default = TimeSpan.FromSeconds(20);

    /// <summary>Compares, and with <paramref name="apply"/> creates what is missing and waits until every partition has a leader.</summary>
    /// <param name="patience">How long the broker may take for each answer; 20 s by default.</param>
    /// <returns>Our topics in the catalogue's order, then the sources; empty with a failure when no broker answers.</returns>
    public static ImmutableArray<TopicFinding> Run(DriftPlan plan, bool apply, ILogger logger, out KafkaFailure? failure,
        TimeSpan? patience = null)
    {
        var ours = TopicCatalogue.Of(plan);
        var wait = patience ?? Default;
        string[] sources = [.. plan.Counting.Sources.Keys];
        var words = new BrokerWords();
        using var admin = new AdminClientBuilder(ClientSettings.Admin(plan.Kafka)).LogTo(logger, words).Build();
        try
        {
            var found = words.Ask(wait, most => Found(admin, most));
            OurTopic[] absent = [.. ours.Where(t => !found.ContainsKey(t.Name))];
            var existed = new HashSet<string>(StringComparer.Ordinal);
            var refused = apply ? Create(admin, wait, absent, existed) : [];
            var now = apply ? Settled(admin, wait, absent.Where(t => !refused.ContainsKey(t.Name))) : found;
            var configs = Configs(admin, wait, [.. ours.Select(t => t.Name).Concat(sources).Where(now.ContainsKey)]);
            failure = null;
            return
            [
                .. ours.Select(t => refused.TryGetValue(t.Name, out string? why) ? new TopicFinding(t.Name, TopicState.Failed, why)
                    : Compare(t, now, configs, isNew: !found.ContainsKey(t.Name) && !existed.Contains(t.Name))),
                .. sources.Select(s => Source(s, now, configs)),
            ];
        }
        catch (KafkaException e)
        {
            failure = words.Failure(e.Error, plan.Kafka.Bootstrap);
            return [];
        }
    }

    private static TopicFinding Compare(OurTopic topic, Dictionary<string, int> now, Dictionary<string, TopicConfig> configs, bool isNew)
    {
        if (!now.TryGetValue(topic.Name, out int partitions))
            return new(topic.Name, TopicState.Missing, $"to be created with {topic.Partitions} partitions");
        var config = configs[topic.Name];
        if (config.Failure is not null)
            return new(topic.Name, TopicState.Failed, config.Failure);
        var differences = new List<string>();
        if (partitions != topic.Partitions)
            differences.Add($"{partitions} partitions, must be {topic.Partitions}");
        foreach ((string property, string needed) in topic.Config)
        {
            string has = config.Values.GetValueOrDefault(property, "");
            if (!Suffices(property, has, needed))
                differences.Add($"{property} is {has}, needed is {needed}");
        }
        return differences.Count > 0 ? new(topic.Name, TopicState.Wrong, string.Join("; ", differences))
            : new(topic.Name, isNew ? TopicState.Created : TopicState.Fine, "");
    }

    private static TopicFinding Source(string topic, Dictionary<string, int> now, Dictionary<string, TopicConfig> configs)
    {
        if (!now.TryGetValue(topic, out int partitions))
            return new(topic, TopicState.Missing, "a source topic is never created here: its producer owns it");
        var config = configs[topic];
        if (config.Failure is not null)
            return new(topic, TopicState.Failed, config.Failure, partitions);
        return config.Values.GetValueOrDefault("cleanup.policy", "").Contains("compact", StringComparison.Ordinal)
            ? new(topic, TopicState.Wrong, "is compacted: rows vanish before they are counted twice, so no count can be repeated", partitions)
            : new(topic, TopicState.Fine, "", partitions) { Warning = ClockWarning(config.Values.GetValueOrDefault("message.timestamp.type", "")) };
    }

    private static string? ClockWarning(string timestamps) => timestamps == "LogAppendTime" ? null
        : $"message.timestamp.type is {timestamps}, better is LogAppendTime: "
            + "one producer whose clock is ahead moves event time for all, and honest rows are late";

    /// <summary>More retention, larger messages and more replicas in sync are as good as what is needed; tuning is free.</summary>
    private static bool Suffices(string property, string has, string needed) => property switch
    {
        "segment.bytes" or "min.cleanable.dirty.ratio" => true,
        "retention.ms" => has == "-1" || AtLeast(has, needed),
        "max.message.bytes" or "min.insync.replicas" => AtLeast(has, needed),
        _ => has == needed,
    };

    private static bool AtLeast(string has, string needed) =>
        long.TryParse(has, CultureInfo.InvariantCulture, out long h) && h >= long.Parse(needed, CultureInfo.InvariantCulture);

    /// <summary>All topics that we may see, with their partitions. Asking for one by name could create it.</summary>
    private static Dictionary<string, int> Found(IAdminClient admin, TimeSpan wait) =>
        admin.GetMetadata(wait).Topics.Where(t => !t.Error.IsError && t.Partitions.TrueForAll(p => p.Leader >= 0))
            .ToDictionary(t => t.Topic, t => t.Partitions.Count);

    /// <param name="admin">Creates them.</param>
    /// <param name="wait">How long to wait for that.</param>
    /// <param name="topics">Those that no broker has told of.</param>
    /// <param name="existed">Names of those that were there all the same: the broker that was asked had not heard of them yet.</param>
    /// <returns>Why a topic was refused, by name.</returns>
    private static Dictionary<string, string> Create(IAdminClient admin, TimeSpan wait, IReadOnlyCollection<OurTopic> topics, HashSet<string> existed)
    {
        var refused = new Dictionary<string, string>();
        foreach (OurTopic[] some in topics.Chunk(MostAtOnce))
        {
            var wanted = some.Select(t => new TopicSpecification
            {
                Name = t.Name,
                NumPartitions = t.Partitions,
                ReplicationFactor = t.Replication,
                Configs = t.Config.ToDictionary(),
            });
            try
            {
                admin.CreateTopicsAsync(wanted, new() { OperationTimeout = wait, RequestTimeout = wait }).GetAwaiter().GetResult();
            }
            catch (CreateTopicsException e)
            {
                // Another worker may have been faster: a topic that exists is compared, not refused.
                foreach (CreateTopicReport result in e.Results.Where(r => r.Error.IsError))
                {
                    if (result.Error.Code == ErrorCode.TopicAlreadyExists) existed.Add(result.Topic);
                    else refused[result.Topic] = $"{result.Error.Code}: {result.Error.Reason}";
                }
            }
        }

        return refused;
    }

    private static Dictionary<string, int> Settled(IAdminClient admin, TimeSpan wait, IEnumerable<OurTopic> created)
    {
        OurTopic[] awaited = [.. created];
        long since = Stopwatch.GetTimestamp();
        while (true)
        {
            var found = Found(admin, wait);
            if (Array.TrueForAll(awaited, t => found.ContainsKey(t.Name)) || Stopwatch.GetElapsedTime(since) > wait)
                return found;
            Thread.Sleep(50);
        }
    }

    // The broker that answers may not yet have heard of a topic that another one just made: it is asked until it has.
    private static Dictionary<string, TopicConfig> Configs(IAdminClient admin, TimeSpan wait, string[] topics)
    {
        var configs = new Dictionary<string, TopicConfig>();
        long since = Stopwatch.GetTimestamp();
        for (string[] open = topics; open.Length > 0; open = [.. open.Where(t => configs[t].NotHeardOf)])
        {
            if (configs.Count > 0)
            {
                if (Stopwatch.GetElapsedTime(since) > wait) break;
                Thread.Sleep(100);
            }

            foreach ((string topic, TopicConfig config) in Described(admin, wait, open)) configs[topic] = config;
        }

        return configs;
    }

    private static Dictionary<string, TopicConfig> Described(IAdminClient admin, TimeSpan wait, string[] topics)
    {
        var resources = topics.Select(t => new ConfigResource { Type = ResourceType.Topic, Name = t });
        try
        {
            return admin.DescribeConfigsAsync(resources, new() { RequestTimeout = wait }).GetAwaiter().GetResult()
                .ToDictionary(r => r.ConfigResource.Name, r => new TopicConfig(Values(r.Entries), null, false));
        }
        catch (DescribeConfigsException e)
        {
            return e.Results.ToDictionary(r => r.ConfigResource.Name, r => new TopicConfig(
                r.Error.IsError ? [] : Values(r.Entries),
                r.Error.IsError ? $"{r.Error.Code}: {r.Error.Reason}" : null,
                r.Error.Code == ErrorCode.UnknownTopicOrPart));
        }

        static Dictionary<string, string> Values(Dictionary<string, ConfigEntryResult> entries) =>
            entries.ToDictionary(e => e.Key, e => e.Value.Value ?? "");
    }

    private sealed record TopicConfig(Dictionary<string, string> Values, string? Failure, bool NotHeardOf);
}
