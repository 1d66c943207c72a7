using System.Collections.Immutable;

namespace DriftStream.Plan;

/// <summary>A part of a plan as people read it.</summary>
/// <param name="Name">What follows the path of the part that it is in: <c>.alarm</c>, or <c>[psi]</c> for an item of a list.</param>
/// <param name="Text">Its value; where it has parts, a line that says what it is.</param>
/// <param name="Parts">No two have the same name.</param>
internal sealed record PlanNode(string Name, string Text, ImmutableArray<PlanNode> Parts)
{
    public static PlanNode Leaf(string name, string text) => new(name, text, []);

    /// <summary>Every difference between two nodes of one name, in their order; what only one of them has is a single change.</summary>
    public static IEnumerable<PlanChange> Between(PlanNode from, PlanNode to, string path)
    {
        // A value that became a node with parts is another value.
        if (from.Parts.IsEmpty || to.Parts.IsEmpty)
        {
            if (from.Text != to.Text) yield return new PlanChange(path, from.Text, to.Text);
            if (from.Parts.IsEmpty && to.Parts.IsEmpty) yield break;
        }

        foreach (PlanNode part in from.Parts)
        {
            PlanNode? other = to.Find(part.Name);
            IEnumerable<PlanChange> changes = other is null ? [new PlanChange(path + part.Name, part.Text, null)] : Between(part, other, path + part.Name);
            foreach (PlanChange change in changes) yield return change;
        }

        foreach (PlanNode part in to.Parts.Where(p => from.Find(p.Name) is null)) yield return new PlanChange(path + part.Name, null, part.Text);
    }

    public PlanNode? Find(string name) => Parts.FirstOrDefault(p => p.Name == name);
}
