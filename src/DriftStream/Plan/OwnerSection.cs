using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Reads <c>owners:</c> and <c>root_owner:</c>.</summary>
internal static class OwnerSection
{
    private const string IdsExpected = "letters, digits, '.', '_' and '-', at most 128";

    /// <summary>The owners, by id. One whose id cannot be used is reported and left out.</summary>
    public static ImmutableSortedDictionary<string, Owner> Read(ConfigMap file)
    {
        var owners = ImmutableSortedDictionary.CreateBuilder<string, Owner>(StringComparer.Ordinal);
        var nodes = new Dictionary<string, ConfigNode>(StringComparer.Ordinal);
        var escalations = new List<(ConfigNode At, string Owner, string To)>();
        if (file.Require("owners", "a list of the teams that answer for models") is not { } list) return owners.ToImmutable();
        ImmutableArray<ConfigNode> items = file.Values.List(list, "owners");
        if (items.IsEmpty && list.Kind == ConfigKind.List) file.Findings.Error(list, "no_owner", "owners is empty", "at least one owner");
        for (int i = 0; i < items.Length; i++)
        {
            var map = new ConfigMap(items[i], $"owners[{i}]", file.Findings);
            if (Read(map, escalations) is not { } owner) continue;
            ConfigNode at = map.Find("id")!;
            // Kafka's metrics write '.' as '_', so Kafka refuses a topic that differs from another only in that.
            if (nodes.TryAdd(owner.Id.Replace('.', '_'), at)) owners.Add(owner.Id, owner);
            else map.Findings.Error(at, "duplicate_id",
                $"an owner '{owner.Id}' would share its topic with the one on line {nodes[owner.Id.Replace('.', '_')].Line}");
        }

        foreach ((ConfigNode at, string owner, string to) in escalations)
        {
            if (to == owner) file.Findings.Error(at, "bad_escalation", $"'{owner}' escalates to itself", "another owner");
            else Reference(at, to, owners.Keys, "escalate.to", file.Findings);
        }

        return owners.ToImmutable();
    }

    /// <summary>The owner of whatever has no other.</summary>
    public static Owner? Root(ConfigMap file, ImmutableSortedDictionary<string, Owner> owners)
    {
        if (file.Find("root_owner") is { } at)
        {
            string? id = file.Values.Text(at, "root_owner");
            return id is not null && Reference(at, id, owners.Keys, "root_owner", file.Findings) ? owners[id] : null;
        }

        if (owners.Count == 0) return null;
        Owner first = owners[FirstWritten(file, owners)];
        if (owners.Count > 1)
        {
            file.Findings.Warn(file.Find("owners")!, "root_owner_guessed", $"no root_owner: '{first.Id}' gets the alerts of unknown models",
                "root_owner: " + string.Join(" or ", owners.Keys));
        }

        return first;
    }

    /// <summary>Whether an owner has this id; reports it if not.</summary>
    public static bool Reference(ConfigNode at, string id, IEnumerable<string> owners, string what, FindingList findings)
    {
        string[] known = [.. owners];
        if (known.Contains(id)) return true;
        findings.Error(at, "unknown_owner", $"{what}: no owner has the id '{at.Written}'",
            known.Length == 0 ? null : string.Join(", ", known), Spelling.Hint(id, known));
        return false;
    }

    /// <summary>An id that can be part of a topic's name, or null and a finding.</summary>
    public static string? Id(ConfigMap map)
    {
        if (map.Require("id", IdsExpected) is not { } node || map.Values.Text(node, map.Of("id")) is not { } id) return null;
        if (id.Length <= PlanLimits.Id && IsTopicText(id)) return id;
        map.Findings.Error(node, "bad_id", $"{map.Of("id")}: {node.Described} cannot be part of a topic's name", IdsExpected);
        return null;
    }

    /// <summary>Whether all characters are allowed in the name of a Kafka topic.</summary>
    public static bool IsTopicText(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static Owner? Read(ConfigMap map, List<(ConfigNode At, string Owner, string To)> escalations)
    {
        string? id = Id(map), name = map.Text("name"), contact = map.Text("contact"), to = null;
        Duration after = default;
        ConfigMap escalate = map.Map("escalate");
        if (escalate.IsThere)
        {
            ConfigNode? toNode = escalate.Require("to", "the id of an owner");
            to = toNode is null ? null : map.Values.Text(toNode, escalate.Of("to"));
            escalate.Require("after", "a duration: 4h");
            after = escalate.Duration("after", Duration.Zero, least: EventTime.Second);
            escalate.Close();
            if (to is not null) escalations.Add((toNode!, id ?? "", to));
        }

        ImmutableArray<Webhook>? webhooks = WebhookSection.Read(map);
        map.Close();
        if (id is null) return null;
        if (contact is null && map.Find("contact") is null)
            map.Findings.Warn(map.Find("id")!, "no_contact", $"owner '{id}' has no contact: its alerts will not say whom to reach",
                "contact: a mail address, a channel, a rota");
        return new Owner(id, name ?? id, contact ?? "", to, after) { Webhooks = webhooks };
    }

    private static string FirstWritten(ConfigMap file, ImmutableSortedDictionary<string, Owner> owners) =>
        file.Find("owners")!.Items.Select(o => o.Find("id")?.Text).OfType<string>().First(owners.ContainsKey);

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, Owner owner)
    {
        yaml.OpenItem();
        yaml.Text("id", owner.Id);
        yaml.Text("name", owner.Name);
        if (owner.Contact.Length > 0) yaml.Text("contact", owner.Contact);
        if (owner.EscalateTo is { } to)
            yaml.Line("escalate", $"{{ to: {YamlText.Quoted(to)}, after: {Quantity.Duration(owner.EscalateAfter)} }}");
        WebhookSection.Write(yaml, owner.Webhooks);
        yaml.Close();
    }
}
