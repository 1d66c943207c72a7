using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Reads <c>escalate:</c> of an owner: its chain.</summary>
internal static class EscalationSection
{
    private const string Key = "escalate";

    /// <summary>The steps that can be read, whoever they name.</summary>
    public static ImmutableArray<EscalationStep> Read(ConfigMap owner)
    {
        var steps = ImmutableArray.CreateBuilder<EscalationStep>();
        foreach (ConfigMap map in Steps(owner))
        {
            ConfigNode? at = map.Require("to", "the id of an owner");
            string? to = at is null ? null : map.Values.Text(at, map.Of("to"));
            map.Require("after", "a duration: 4h");
            Duration after = map.Duration("after", Duration.Zero, least: EventTime.Second);
            Severity least = map.Choice("severity", Severity.Critical,
                ("info", Severity.Info), ("warning", Severity.Warning), ("critical", Severity.Critical));
            map.Close();
            if (to is null) continue;
            if (steps is [.., var before] && after <= before.After && after > Duration.Zero)
            {
                map.Findings.Error(map.Find("after")!, "bad_escalation",
                    $"{map.Path} comes no later than the step before it, which is {Quantity.Duration(before.After)} after the alert was told",
                    "each step later than the one before: both count from when the alert was told");
            }

            steps.Add(new EscalationStep(to, after, least));
        }

        return steps.ToImmutable();
    }

    /// <summary>Reports steps to owners that do not exist, to the owner itself, and to one that has been told already.</summary>
    public static void Check(WrittenOwner owner, ImmutableSortedSet<string> owners)
    {
        (string id, var seen) = (owner.Owner.Id, new HashSet<string>(StringComparer.Ordinal));
        foreach (ConfigMap map in Steps(owner.Map))
        {
            if (map.Find("to") is not { Kind: ConfigKind.Text } at) continue;
            if (at.Text == id) map.Findings.Error(at, "bad_escalation", $"'{id}' escalates to itself", "another owner");
            else if (!OwnerSection.Reference(at, at.Text, owners, map.Of("to"), map.Findings)) continue;
            else if (!seen.Add(at.Text)) map.Findings.Error(at, "duplicate_id", $"'{at.Written}' is told by a step before", "each owner once");
        }
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, ImmutableArray<EscalationStep> steps)
    {
        if (steps.IsEmpty) return;
        yaml.Open(Key);
        foreach (EscalationStep step in steps)
        {
            yaml.OpenItem();
            yaml.Text("to", step.To);
            yaml.Line("after", Quantity.Duration(step.After));
            yaml.Line("severity", step.Least.ToString().ToLowerInvariant());
            yaml.Close();
        }

        yaml.Close();
    }

    // One mapping is a list of one.
    private static IEnumerable<ConfigMap> Steps(ConfigMap owner)
    {
        ConfigNode? at = owner.Find(Key);
        if (at is null) return [];
        if (at.Kind != ConfigKind.List) return [owner.Map(Key)];
        return at.Items.Select((item, i) => new ConfigMap(item, $"{owner.Of(Key)}[{i}]", owner.Findings)).Where(m => m.IsThere);
    }
}
