using System.Collections.Immutable;

namespace DriftStream.Plan;

/// <summary>One difference between two plans.</summary>
/// <param name="Path">Where, in the words of the config: <c>models.employment.rules[psi].alarm.value</c>.</param>
/// <param name="From">What it was, with durations as the config writes them; null for something added.</param>
/// <param name="To">What it became; null for something removed.</param>
public sealed record PlanChange(string Path, string? From, string? To);

/// <summary>What differs between two plans, in full and in a line.</summary>
public static class PlanDiff
{
    /// <summary>Every difference. A model, an owner or a rule that only one of them has is a single difference.</summary>
    public static ImmutableArray<PlanChange> Between(PlanDocument from, PlanDocument to)
    {
        (PlanNode before, PlanNode after) = (PlanTree.Of(from), PlanTree.Of(to));
        // A path begins with a section of the plan, without a dot.
        return [.. PlanNode.Between(before, after, "").Select(c => c with { Path = c.Path.TrimStart('.') })];
    }

    /// <summary>What was changed, in a line: <c>rules of employment; baseline of wages; owner payroll added</c>.</summary>
    public static string Summary(PlanDocument from, PlanDocument to)
    {
        (PlanNode before, PlanNode after) = (PlanTree.Of(from), PlanTree.Of(to));
        var parts = new List<string>();
        foreach (PlanNode section in before.Parts)
        {
            PlanNode other = after.Find(section.Name)!;
            if (section.Name == PlanTree.Models) parts.AddRange(Each("model", section, other, (name, m, n) => $"{Aspects(m, n)} of {name}"));
            else if (section.Name == PlanTree.Owners) parts.AddRange(Each("owner", section, other, (name, m, n) => $"{Aspects(m, n)} of owner {name}"));
            else if (PlanNode.Between(section, other, "").Any()) parts.Add(Plain(section.Name));
        }

        return parts.Count == 0 ? "nothing" : string.Join("; ", parts);
    }

    private static IEnumerable<string> Each(string what, PlanNode from, PlanNode to, Func<string, PlanNode, PlanNode, string> changed)
    {
        foreach (PlanNode item in from.Parts)
        {
            PlanNode? other = to.Find(item.Name);
            if (other is null) yield return $"{what} {Plain(item.Name)} removed";
            else if (PlanNode.Between(item, other, "").Any()) yield return changed(Plain(item.Name), item, other);
        }

        foreach (PlanNode item in to.Parts.Where(p => from.Find(p.Name) is null)) yield return $"{what} {Plain(item.Name)} added";
    }

    private static string Aspects(PlanNode from, PlanNode to) => string.Join(", ",
        from.Parts.Concat(to.Parts).Select(p => p.Name).Distinct()
            .Where(n => from.Find(n) is not { } a || to.Find(n) is not { } b || PlanNode.Between(a, b, "").Any()).Select(Plain));

    private static string Plain(string name) => name.TrimStart('.');
}
