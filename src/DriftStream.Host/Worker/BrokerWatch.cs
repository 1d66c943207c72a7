using System.Collections.Immutable;
using Confluent.Kafka;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// Asks the broker every few seconds for the topics that the roles need, tells each role what it lacks, and logs when a role becomes ready or
/// is no longer. A consumer that waits for a topic or a login that will never come is silent about it.
/// </summary>
internal sealed class BrokerWatch : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(3);

    private readonly List<Watched> _roles = [];
    private readonly PlanBook _plans;
    private readonly DriftPlan _plan;
    private readonly WorkerStatus _status;
    private readonly ILogger _logger;
    private readonly TopicsThere _there;

    /// <exception cref="IOException">No client can be made from the plan's settings.</exception>
    public BrokerWatch(PlanBook plans, WorkerStatus status, ILogger logger)
    {
        (_plans, _plan, _status, _logger) = (plans, plans.Own, status, logger);
        _there = new TopicsThere(_plan.Kafka, logger);
    }

    /// <summary>Adds a role, before the watch runs. A missing topic of an owner makes no role unready: it fails only that owner.</summary>
    public void Add(RoleHealth health)
    {
        health.Lacks("the broker has not answered yet");
        _roles.Add(new Watched(health));
    }

    /// <summary>Watches until cancelled.</summary>
    public void Run(CancellationToken cancel)
    {
        do
        {
            string[] topics = [.. _roles.SelectMany(r => Topics(r.Health.Role)).Distinct()];
            ImmutableDictionary<string, KafkaFailure> lacking = _there.Lacking(topics, out KafkaFailure? failure);
            foreach (Watched role in _roles)
            {
                KafkaFailure? found = failure ?? Topics(role.Health.Role).Select(lacking.GetValueOrDefault).FirstOrDefault(f => f is not null);
                string? lack = found is null ? Unassigned(role) : failure is null ? Advice(found) : found.Detail;
                role.Health.Lacks(lack);
                // The reason why nobody answers is worded differently at every attempt.
                Say(role, _status.Health.States.First(s => s.Role == role.Health.Role), failure is null ? lack : failure.Kind.ToString());
            }
        }
        while (!cancel.WaitHandle.WaitOne(Pace));
    }

    public void Dispose() => _there.Dispose();

    // A newer plan may have other sources.
    private ImmutableArray<string> Topics(string role)
    {
        var names = new TopicNames(_plan.Topics.Prefix);
        DriftPlan plan = _plans.Newest ?? _plan;
        string[] joins = plan.HasLaterLabels ? [names.Joins, names.JoinPositions] : [];
        return role switch
        {
            "plan" => [names.Plan, names.Baselines],
            "counter" => [.. plan.Counting.Sources.Keys, names.Counts, names.Positions, names.Rejects, .. joins.Take(1)],
            "joiner" => joins is [] ? [] : [.. joins, names.Counts],
            "judge" => [names.Counts, names.Panes, names.Checkpoints, names.Desk, names.Verdicts],
            "desk" => [names.Desk, names.DeskCheckpoints, names.Alerts, names.Actions],
            "delivery" => [names.Alerts, names.Undeliverable],
            "webhook" => (_plans.Newest ?? _plan).Owners.Values.Any(o => !o.Webhooks.IsEmpty) ? [names.Positions, names.Undeliverable] : [],
            "web" => [names.Plan, names.Verdicts, names.Actions],
            _ => throw new ArgumentOutOfRangeException(nameof(role), role, "a stage says here which topics it needs"),
        };
    }

    // A partition that nobody counts makes every counter unready, since any of them may be about to get it. During a rebalance that holds for a moment,
    // so a counter that is ready stays so until the next look.
    private string? Unassigned(Watched role)
    {
        if (role.Health.Role != "counter") return null;
        string group = new TopicNames(_plan.Topics.Prefix).CounterGroup;
        bool again = role.Uncounted is not null;
        if (_there.Asked(group, (_plans.Newest ?? _plan).Counting.Sources.Keys, out TopicPartition? unassigned)) role.Uncounted = unassigned;
        return role.Uncounted is not { } partition || (role.WasReady && !again) ? null
            : $"{partition.Topic}[{partition.Partition.Value}]: no worker counts it yet; the group takes new topics and partitions up within seconds";
    }

    private void Say(Watched role, RoleState state, string? lack)
    {
        if (state.Ready && !role.WasReady) _logger.RoleIsReady(state.Role, state.Detail);
        else if (!state.Ready && (role.WasReady || (lack is not null && lack != role.Lacked))) _logger.RoleIsNotReady(state.Role, state.Detail);
        (role.WasReady, role.Lacked) = (state.Ready, lack);
    }

    private string Advice(KafkaFailure failure)
    {
        bool ours = failure.Detail.StartsWith(_plan.Topics.Prefix, StringComparison.Ordinal);
        string advice = failure.Kind switch
        {
            KafkaErrorKind.Missing when ours => "driftstream topics --apply creates it",
            KafkaErrorKind.Missing => "there is no such source topic: correct sources: in the configuration, or let its producer create it",
            KafkaErrorKind.Denied => "driftstream topics --acls prints the rights of each role",
            _ => "it is asked for again every few seconds",
        };
        return $"{failure.Detail}; {advice}";
    }

    private sealed record Watched(RoleHealth Health)
    {
        public bool WasReady { get; set; }

        public string? Lacked { get; set; }

        /// <summary>A partition that nobody counted when this was last known.</summary>
        public TopicPartition? Uncounted { get; set; }
    }
}
