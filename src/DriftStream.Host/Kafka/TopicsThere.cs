using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Kafka;

/// <summary>Asks the broker whether topics are there and may be used. Creates none, reads none.</summary>
internal sealed partial class TopicsThere : IDisposable
{
    // What is wrong must be known within ten seconds: twice this, and the time between two questions, take less.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3), ShortPatience = TimeSpan.FromSeconds(2);

    /// <summary>Where to look when a broker does not let us in.</summary>
    public const string Login = "look at kafka.client (security.protocol, sasl.mechanism, sasl.username, sasl.password, ssl.ca.location)";

    private readonly string _bootstrap;
    private readonly BrokerWords _words = new();
    private readonly Dictionary<string, int> _partitions = new(StringComparer.Ordinal);
    private readonly IAdminClient _admin;

    /// <exception cref="IOException">librdkafka cannot work with the settings: a certificate that is not there, say.</exception>
    public TopicsThere(KafkaSettings kafka, ILogger logger)
    {
        _bootstrap = kafka.Bootstrap;
        try
        {
            _admin = new AdminClientBuilder(ClientSettings.Admin(kafka)).LogTo(logger, _words).Build();
        }
        catch (InvalidOperationException e)
        {
            throw new IOException($"kafka.client: {e.Message}", e);
        }
    }

    /// <summary>What is wrong, by topic; empty where all is well. Waits a few seconds for an answer.</summary>
    /// <remarks>
    /// One question for each topic: librdkafka's DescribeTopics, which takes them all at once, never returned, or took the process with it, when
    /// the broker went away meanwhile.
    /// </remarks>
    /// <param name="topics">Their names.</param>
    /// <param name="failure">Why nobody answered, in the broker's words and ours; null where somebody did.</param>
    public ImmutableDictionary<string, KafkaFailure> Lacking(IReadOnlyCollection<string> topics, out KafkaFailure? failure)
    {
        var lacking = ImmutableDictionary.CreateBuilder<string, KafkaFailure>();
        failure = null;
        foreach (string topic in topics)
        {
            _partitions[topic] = Partitions.Of(_admin, topic, Patience, _words, out KafkaFailure? found);
            if (found is { Kind: KafkaErrorKind.Unreachable } || (found is not null && _words.AreRefusal))
            {
                failure = Unanswered(_words.Failure(new Error(ErrorCode.Local_TimedOut), _bootstrap));
                return [];
            }

            _words.Forget();
            if (found is not null) lacking[topic] = found;
        }

        return lacking.ToImmutable();
    }

    /// <summary>Looks for a partition that no member of the group has, among those that the topics were last <see cref="Lacking">found</see> to have.</summary>
    /// <param name="unassigned">One of them; null where there is none.</param>
    /// <returns>False while the group is being rebalanced, or where nobody answers.</returns>
    public bool Asked(string group, IEnumerable<string> topics, out TopicPartition? unassigned)
    {
        unassigned = null;
        if (GroupShare.Of(_admin, group, ShortPatience) is not { } share) return false;
        unassigned = topics
            .SelectMany(t => Enumerable.Range(0, _partitions.GetValueOrDefault(t)).Select(p => new TopicPartition(t, p)))
            .FirstOrDefault(p => !share.Contains(p));
        return true;
    }

    public void Dispose() => _admin.Dispose();

    private static KafkaFailure Unanswered(KafkaFailure failure)
    {
        // librdkafka adds how long the attempt took, and how often it was repeated.
        string said = Attempt().Replace(failure.Detail, "");
        string advice = failure.Kind == KafkaErrorKind.Denied
            ? $"the broker does not let this client in: {Login}"
            : "no broker answers: look at kafka.bootstrap, the network and the broker";
        return failure with { Detail = $"{said}; {advice}" };
    }

    [GeneratedRegex(@" \(after \d+ms in state [^)]*\)( suppressed\))?")]
    private static partial Regex Attempt();
}
