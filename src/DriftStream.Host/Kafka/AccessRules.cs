using System.Collections.Immutable;
using DriftStream.Plan;

namespace DriftStream.Host.Kafka;

/// <summary>The least rights that each role needs, as commands of Kafka's own tool.</summary>
/// <remarks>Read and Write include Describe. Idempotent writing needs no right of its own since Kafka 3.0.</remarks>
public static class AccessRules
{
    /// <summary>Grants for the principals of <c>topics.principals</c>: the roles, whoever runs <c>topics --apply</c>, and whoever reads alerts. Each grant
    /// once, even where roles share a principal.</summary>
    public static ImmutableArray<string> Commands(DriftPlan plan)
    {
        var names = new TopicNames(plan.Topics.Prefix);
        Principals who = plan.Topics.Principals;
        var lines = new List<string>();
        string[] sources = [.. plan.Counting.Sources.Keys];
        string[] ownerTopics = [.. plan.Owners.Keys.Select(names.AlertsOf)];

        Grant(who.Counter, "Read", [.. sources, names.Positions, names.Plan, names.Baselines]);
        Grant(who.Counter, "Write", [names.Counts, names.Positions, names.Rejects, names.Plan, names.Baselines]);
        Add(who.Counter, "Read", $"--group {names.CounterGroup}");

        Grant(who.Judge, "Read", [names.Counts, names.Panes, names.Checkpoints, names.Plan, names.Baselines]);
        Grant(who.Judge, "Write", [names.Panes, names.Checkpoints, names.Desk, names.Verdicts, names.Plan, names.Baselines]);
        Add(who.Judge, "Read", $"--group {names.JudgeGroup}");
        Add(who.Judge, "Write", $"--transactional-id {names.Prefix}judge- --resource-pattern-type prefixed");

        if (plan.HasLaterLabels)
        {
            Grant(who.Counter, "Write", [names.Joins]);
            // Joiners run where judges do.
            Grant(who.Judge, "Read", [names.Joins, names.JoinPositions]);
            Grant(who.Judge, "Write", [names.Counts, names.JoinPositions]);
            Add(who.Judge, "Read", $"--group {names.JoinGroup}");
        }

        string[] answers = [.. plan.Owners.Keys.Select(names.AnswersOf)];
        Grant(who.Desk, "Read", [names.Desk, names.DeskCheckpoints, names.Alerts, names.Actions, names.Plan, names.Baselines, .. answers]);
        Grant(who.Desk, "Write", [names.Desk, names.DeskCheckpoints, names.Alerts, names.Actions, names.Rejects, names.Plan, names.Baselines]);
        Add(who.Desk, "Read", $"--group {names.DeskGroup}");
        Add(who.Desk, "Write", $"--transactional-id {names.Prefix}desk- --resource-pattern-type prefixed");

        Grant(who.Delivery, "Read", [names.Alerts]);
        Grant(who.Delivery, "Write", [names.Undeliverable, .. ownerTopics]);
        Add(who.Delivery, "Read", $"--group {names.DeliveryGroup}");
        string[] posted = [.. plan.Owners.Values.Where(o => !o.Webhooks.IsEmpty).Select(o => names.AlertsOf(o.Id))];
        if (posted.Length > 0)
        {
            Grant(who.Delivery, "Read", [names.Positions, .. posted]);
            Grant(who.Delivery, "Write", [names.Positions]);
            Add(who.Delivery, "Read", $"--group {names.WebhookGroup}");
        }

        foreach ((string operation, string topic) in OfPages(plan, names)) Add(who.Web, operation, $"--topic {topic}");
        foreach (string role in (string[])[who.Counter, who.Judge, who.Desk, who.Delivery, .. OfPages(plan, names).Select(_ => who.Web).Take(1)])
            Add(role, "Describe", $"--group {ClientSettings.ReaderGroup}");

        foreach (string topic in TopicCatalogue.Of(plan).Select(t => t.Name)) Add(who.Topics, "Create --operation DescribeConfigs", $"--topic {topic}");
        foreach (string topic in sources) Add(who.Topics, "Describe --operation DescribeConfigs", $"--topic {topic}");

        foreach (string owner in plan.Owners.Keys)
        {
            string reader = who.Readers ?? $"User:{owner}";
            Add(reader, "Read", $"--topic {names.AlertsOf(owner)}");
            Add(reader, "Describe", $"--group {ClientSettings.ReaderGroup}");
            // Who may write there speaks for the owner: no principal gets this for all of them.
            Add($"User:{owner}", "Read --operation Write", $"--topic {names.AnswersOf(owner)}");
        }

        return [.. lines.Distinct()];

        void Grant(string principal, string operation, IEnumerable<string> topics)
        {
            foreach (string topic in topics)
                Add(principal, operation, $"--topic {topic}");
        }

        void Add(string principal, string operation, string resource) => lines.Add(
            $"kafka-acls --bootstrap-server {plan.Kafka.Bootstrap} --add --allow-principal {Quoted(principal)} --operation {operation} {resource}");
    }

    private static IEnumerable<(string Operation, string Topic)> OfPages(DriftPlan plan, TopicNames names)
    {
        if (plan.Web.Readers == PageReaders.Off) return [];
        string[] answers = [.. plan.Owners.Keys.Select(names.AnswersOf)];
        IEnumerable<string> read =
            [names.Verdicts, names.Actions, names.Desk, names.Plan, names.Baselines, .. plan.Owners.Keys.Select(names.AlertsOf), .. answers];
        // Pages answer for those whom a proxy names: whom they may answer for is then for the pages to see to.
        IEnumerable<string> written = [names.Plan, names.Baselines, .. plan.Web.Readers == PageReaders.Header ? answers : []];
        return read.Select(t => ("Read", t)).Concat(written.Select(t => ("Write", t)));
    }

    // Names of certificates hold commas and spaces: CN=worker,O=Example Ltd.
    private static string Quoted(string principal) =>
        principal.All(c => char.IsAsciiLetterOrDigit(c) || ":.-_=,@/+".Contains(c)) ? principal : $"'{principal.Replace("'", @"'\''")}'";
}
