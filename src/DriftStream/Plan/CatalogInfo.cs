using System.Collections.Immutable;

namespace DriftStream.Plan;

/// <summary>Owners of a Backstage catalogue (<c>catalog-info.yaml</c>) as a fragment of a config.</summary>
/// <remarks>Source: "Descriptor Format of Catalog Entities", backstage.io/docs/features/software-catalog/descriptor-format.</remarks>
public static class CatalogInfo
{
    private const string DefaultNamespace = "default";

    /// <summary>The fragment, to be included by a config once what it asks for is filled in; null where the text has no entity with an owner.</summary>
    /// <param name="file">Its name for people.</param>
    /// <param name="text">Its content: one or several YAML documents.</param>
    /// <param name="findings">What was left out, and why.</param>
    public static string? Fragment(string file, string text, out ImmutableArray<Finding> findings)
    {
        var list = new FindingList(file);
        Entity[] entities = [.. (ConfigText.ParseAll(text, list) ?? []).Select(d => Read(d, list)).OfType<Entity>()];
        var groups = entities.Where(e => e.Kind is "group" or "user").DistinctBy(e => e.Id).ToDictionary(e => e.Id, StringComparer.Ordinal);
        Entity[] owned = [.. entities.Where(e => e.Owner is not null)];
        IEnumerable<string> teams = groups.Values.Where(g => g.Kind == "group").Select(g => g.Id);
        string[] owners = [.. owned.Select(e => e.Owner!).Concat(teams).Distinct().Order(StringComparer.Ordinal)];
        if (owners.Length == 0 && !list.HasErrors) list.Error(1, 1, "no_owner", "no entity of the file has an owner", "kind, metadata.name and spec.owner");
        findings = list.Sorted();
        return owners.Length == 0 || list.HasErrors ? null : Write(owners, groups, owned);
    }

    private static string Write(string[] owners, Dictionary<string, Entity> groups, Entity[] owned)
    {
        var yaml = new YamlText();
        yaml.Open("owners");
        foreach (string id in owners)
        {
            Entity? group = groups.GetValueOrDefault(id);
            yaml.OpenItem();
            yaml.Text("id", id);
            yaml.Text("name", group?.Title);
            if (group?.Email is { } email) yaml.Text("contact", email);
            else yaml.Line("contact", "# fill in: the catalogue has no address of it");
            yaml.Close();
        }

        yaml.Close();
        // Where rows and references are, no catalogue says: what is not known yet is no model.
        string models = string.Concat(owned.Where(e => e.Kind is "component" or "resource").OrderBy(e => e.Id, StringComparer.Ordinal).Select(Template));
        return models.Length == 0 ? yaml.ToString() : $"{yaml}# What is a model: without '#', with its topics and a reference.\n# models:\n{models}";
    }

    private static string Template(Entity entity)
    {
        var yaml = new YamlText();
        yaml.OpenItem();
        yaml.Text("id", entity.Id);
        yaml.Text("owner", entity.Owner);
        yaml.Text("purpose", entity.Description);
        yaml.Line("sources", "[{ topic: fill-in }]");
        yaml.Line("baseline", "{ learn: 7d }");
        yaml.Close();
        return string.Concat(yaml.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => $"#   {l}\n"));
    }

    // Null for what is no entity; entities of other tools than Backstage's own are as good as its.
    private static Entity? Read(ConfigNode document, FindingList findings)
    {
        if (document.IsEmpty || Text(document, "kind") is not { } kind) return null;
        ConfigNode? metadata = document.Find("metadata"), spec = document.Find("spec"), profile = spec?.Find("profile");
        if (metadata is null || Text(metadata, "name") is not { } name) return null;
        string? owner = spec is null ? null : Text(spec, "owner");
        string? id = Id(metadata.Find("name")!, Text(metadata, "namespace"), name, findings);
        if (id is null) return null;
        return new Entity(
            kind.ToLowerInvariant(), id, owner is null ? null : Reference(spec!.Find("owner")!, owner, findings),
            (profile is null ? null : Text(profile, "displayName")) ?? Text(metadata, "title"),
            Text(metadata, "description")?.ReplaceLineEndings(" ").Trim(),
            profile is null ? null : Text(profile, "email"));
    }

    // [kind:][namespace/]name
    private static string? Reference(ConfigNode at, string text, FindingList findings)
    {
        string[] path = text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('/');
        return Id(at, path.Length > 1 ? path[0] : null, path[^1], findings);
    }

    private static string? Id(ConfigNode at, string? space, string name, FindingList findings)
    {
        string id = space is null or DefaultNamespace ? name : $"{space}.{name}";
        if (id.Length is > 0 and <= PlanLimits.Id && OwnerSection.IsTopicText(id)) return id;
        findings.Warn(at, "bad_id", $"{at.Described} cannot be part of a topic's name: it is left out", "letters, digits, '.', '_' and '-', at most 128");
        return null;
    }

    private static string? Text(ConfigNode map, string key) =>
        map.Find(key) is { Kind: ConfigKind.Text, IsEmpty: false, Text.Length: > 0 } node ? node.Text : null;

    private sealed record Entity(string Kind, string Id, string? Owner, string? Title, string? Description, string? Email);
}
