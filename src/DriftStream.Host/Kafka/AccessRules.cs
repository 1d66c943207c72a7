using System.Collections.Immutable;
using DriftStream.Plan;

namespace DriftStream.Host.Kafka;

/// <summary>The least rights that each role needs, as commands of Kafka's own tool.</summary>
/// <remarks>Read and Write include Describe. Idempotent writing needs no right of its own since Kafka 3.0.</remarks>
public static class AccessRules
{
    /// <summary>Grants for the principals <c>User:driftstream-counter</c>, <c>-judge</c>, <c>-delivery</c> and
    /// <c>-topics</c> (who runs <c>topics --apply</c>), and one for the readers of each owner.</summary>
    public static ImmutableArray<string> Commands(DriftPlan plan)
    {
        var names = new TopicNames(plan.Topics.Prefix);
        var lines = ImmutableArray.CreateBuilder<string>();
        string[] sources = [.. plan.Counting.Sources.Keys];
        string[] ownerTopics = [.. plan.Owners.Keys.Select(names.AlertsOf)];

        Grant("counter", "Read", [.. sources, names.Positions, names.Plan, names.Baselines]);
        Grant("counter", "Write", [names.Counts, names.Positions, names.Rejects, names.Plan, names.Baselines]);
        Add("counter", "Read", $"--group {names.CounterGroup}");

        Grant("judge", "Read", [names.Counts, names.Panes, names.Checkpoints, names.Plan, names.Baselines]);
        Grant("judge", "Write", [names.Panes, names.Checkpoints, names.Alerts, names.Verdicts, names.Plan, names.Baselines]);
        Add("judge", "Read", $"--group {names.JudgeGroup}");
        Add("judge", "Write", $"--transactional-id {names.Prefix}judge- --resource-pattern-type prefixed");

        Grant("delivery", "Read", [names.Alerts]);
        Grant("delivery", "Write", [names.Undeliverable, .. ownerTopics]);
        Add("delivery", "Read", $"--group {names.DeliveryGroup}");

        foreach (string role in (string[])["counter", "judge", "delivery"])
            Add(role, "Describe", $"--group {ClientSettings.ReaderGroup}");

        foreach (string topic in TopicCatalogue.Of(plan).Select(t => t.Name))
            Add("topics", "Create --operation DescribeConfigs", $"--topic {topic}");
        foreach (string topic in sources)
            Add("topics", "Describe --operation DescribeConfigs", $"--topic {topic}");

        foreach (string owner in plan.Owners.Keys)
        {
            lines.Add(Command($"User:{owner}", "Read", $"--topic {names.AlertsOf(owner)}"));
            lines.Add(Command($"User:{owner}", "Describe", $"--group {ClientSettings.ReaderGroup}"));
        }
        return lines.DrainToImmutable();

        void Grant(string role, string operation, IEnumerable<string> topics)
        {
            foreach (string topic in topics)
                Add(role, operation, $"--topic {topic}");
        }

        void Add(string role, string operation, string resource) =>
            lines.Add(Command($"User:driftstream-{role}", operation, resource));

        string Command(string principal, string operation, string resource) =>
            $"kafka-acls --bootstrap-server {plan.Kafka.Bootstrap} --add --allow-principal {principal} --operation {operation} {resource}";
    }
}
