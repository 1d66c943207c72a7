using System.Collections.Immutable;
using DriftStream.Alerts;

namespace DriftStream.Plan;

/// <summary>Reads <c>owners:</c> and <c>root_owner:</c>.</summary>
internal static class OwnerSection
{
    /// <summary>What members of an owner are named by.</summary>
    private const string Group = "group:";

    private const string IdsExpected = "letters, digits, '.', '_' and '-', at most 128";
    private const string ContactExpected = "contact: a mail address, a channel, a rota";

    /// <summary>The owners of all files, by id. One whose id cannot be used is reported and left out.</summary>
    /// <param name="files">The config, and the files that it includes.</param>
    /// <param name="text">The content of a file that an owner names, or null.</param>
    public static ImmutableSortedDictionary<string, WrittenOwner> Read(ImmutableArray<ConfigMap> files, Func<string, string?> text)
    {
        var owners = ImmutableSortedDictionary.CreateBuilder<string, WrittenOwner>(StringComparer.Ordinal);
        var nodes = new Dictionary<string, ConfigNode>(StringComparer.Ordinal);
        if (!files.Any(f => f.Has("owners"))) files[0].Require("owners", "a list of the teams that answer for models");
        foreach (ConfigMap map in files.SelectMany(f => f.Items("owners", "no_owner", "at least one owner")))
        {
            if (Read(map, text) is not { } owner) continue;
            ConfigNode at = map.Find("id")!;
            string id = owner.Owner.Id, topic = id.Replace('.', '_');
            // Kafka's metrics write '.' as '_', so Kafka refuses a topic that differs from another only in that.
            if (nodes.TryAdd(topic, at)) owners.Add(id, owner);
            else map.Findings.Error(at, "duplicate_id", $"an owner '{id}' would share its topic with the one on {nodes[topic].SeenFrom(at)}");
        }

        ImmutableSortedSet<string> known = [.. owners.Keys];
        foreach (WrittenOwner owner in owners.Values)
        {
            EscalationSection.Check(owner, known);
            foreach (ConfigNode at in owner.Map.Find("delegates")?.Items ?? [])
            {
                if (at.Text == owner.Owner.Id) owner.Map.Findings.Error(at, "bad_delegate", $"'{at.Written}' is a delegate of itself", "another owner");
                else if (owner.Owner.Delegates.Contains(at.Text)) Reference(at, at.Text, known, owner.Map.Of("delegates"), owner.Map.Findings);
            }
        }

        return owners.ToImmutable();
    }

    /// <summary>The owner of whatever has no other.</summary>
    public static Owner? Root(ConfigMap file, ImmutableSortedDictionary<string, WrittenOwner> owners)
    {
        if (file.Find("root_owner") is { } at)
        {
            string? id = file.Values.Text(at, "root_owner");
            return id is not null && Reference(at, id, [.. owners.Keys], "root_owner", file.Findings) ? owners[id].Owner : null;
        }

        if (owners.Count == 0) return null;
        // The first of the config itself; what is first among the included files is an accident of their names.
        WrittenOwner first = owners.Values.OrderBy(o => o.Map.At.File == file.At.File ? 0 : 1).ThenBy(o => o.Map.At.File, StringComparer.Ordinal)
            .ThenBy(o => o.Map.At.Line).ThenBy(o => o.Map.At.Column).First();
        if (owners.Count > 1)
        {
            const int most = 10;
            string others = owners.Count > most ? ", or another owner" : "";
            file.Findings.Warn(file.Find("owners") ?? file.At, "root_owner_guessed",
                $"no root_owner: '{first.Owner.Id}' gets the alerts of unknown models",
                "root_owner: " + string.Join(" or ", owners.Keys.Take(most)) + others);
        }

        return first.Owner;
    }

    /// <summary>Whether an owner has this id; reports it if not.</summary>
    public static bool Reference(ConfigNode at, string id, ImmutableSortedSet<string> owners, string what, FindingList findings)
    {
        const int most = 30;
        if (owners.Contains(id)) return true;
        string? expected = owners.IsEmpty ? null : string.Join(", ", owners.Take(most)) + (owners.Count > most ? ", ..." : "");
        findings.Error(at, "unknown_owner", $"{what}: no owner has the id '{at.Written}'", expected, Spelling.Hint(id, owners));
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

    /// <summary>Warns of owners that nobody follows up although their models can be critical.</summary>
    /// <param name="owners">All owners.</param>
    /// <param name="root">Whoever has the last word: behind it there is nobody.</param>
    /// <param name="models">All models.</param>
    public static void WarnOfNoChain(ImmutableSortedDictionary<string, WrittenOwner> owners, Owner root, ImmutableArray<WrittenModel> models)
    {
        foreach (IGrouping<string?, WrittenModel> owned in models.Where(m => m.IsEverCritical).GroupBy(m => m.Owner))
        {
            if (owned.Key is not { } id || id == root.Id || owners[id] is not { Owner.Escalate.IsEmpty: true } owner) continue;
            int others = owned.Count() - 1;
            string more = others == 0 ? "" : others == 1 ? " and 1 other model" : $" and {Quantity.Digits(others)} other models";
            owner.Map.Findings.Warn(owner.Map.Find("id")!, "no_escalation",
                $"'{id}' escalates to nobody, and alerts of '{owned.First().Id}'{more} can be critical", "escalate: [{ to: ID, after: 4h }]",
                "an alert that nobody answers then stays where it is");
        }
    }

    private static WrittenOwner? Read(ConfigMap map, Func<string, string?> text)
    {
        if (!map.IsThere) return null;
        string? id = Id(map), name = map.Text("name"), contact = map.Text("contact");
        if (!map.Has("contact") || (contact is not null && string.IsNullOrWhiteSpace(contact)))
        {
            map.Findings.Error(map.Find("id") ?? map.At, "no_contact",
                $"{(id is null ? map.Path : $"owner '{id}'")} has no contact: an owner whom nobody can reach is none", ContactExpected);
        }

        var owner = new Owner(id ?? "", name ?? id ?? "", contact ?? "")
        {
            Members = Members(map),
            Delegates = map.Texts("delegates") ?? [],
            Hours = HoursSection.Read(map.Map("hours"), text),
            Escalate = EscalationSection.Read(map),
            Webhooks = WebhookSection.Read(map) ?? [],
        };
        map.Close();
        Once(map, "delegates");
        return id is null ? null : new WrittenOwner(owner, map);
    }

    private static ImmutableArray<string> Members(ConfigMap map)
    {
        foreach (ConfigNode at in map.Find("members")?.Items ?? [])
        {
            if (at.Kind == ConfigKind.Text && !at.IsEmpty && !(at.Text.StartsWith(Group, StringComparison.Ordinal) && at.Text.Length > Group.Length))
            {
                map.Findings.Error(at, "bad_member", $"{map.Of("members")}: {at.Described} is no group",
                    "group: and its name at the identity provider: group:labour");
            }
        }

        ImmutableArray<string> members = map.Texts("members") ?? [];
        Once(map, "members");
        return members;
    }

    private static void Once(ConfigMap map, string key)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (ConfigNode at in map.Find(key)?.Items ?? [])
        {
            if (at.Kind == ConfigKind.Text && !seen.Add(at.Text))
                map.Findings.Error(at, "duplicate_id", $"{map.Of(key)}: '{at.Written}' is here twice", "each once");
        }
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, Owner owner)
    {
        yaml.OpenItem();
        yaml.Text("id", owner.Id);
        yaml.Text("name", owner.Name);
        yaml.Text("contact", owner.Contact);
        yaml.Line("members", YamlText.List(owner.Members));
        yaml.Line("delegates", YamlText.List(owner.Delegates));
        if (owner.Hours is { } hours) HoursSection.Write(yaml, hours);
        EscalationSection.Write(yaml, owner.Escalate);
        WebhookSection.Write(yaml, owner.Webhooks);
        yaml.Close();
    }
}
