using System.Collections.Immutable;

namespace DriftStream.Cells;

/// <summary>
/// The table of decision x label of a model whose labels are classes: a joint layout that has the same classes on both sides, so that
/// <see cref="Layout.UnseenCell"/> of either is any class that the table lacks.
/// </summary>
public static class ClassCells
{
    /// <summary>The most classes of a table: of more, those with the most labels.</summary>
    public const int Most = Layout.MostJoint - 2;

    /// <summary>The signal of a model.</summary>
    /// <param name="decision">The column of the class that is decided.</param>
    /// <param name="label">The column of the class that it is.</param>
    /// <param name="classes">In ordinal order.</param>
    internal static BaselineSignal Signal(string decision, string label, ImmutableArray<string> classes)
    {
        var cells = Layout.Categorical(classes);
        return new BaselineSignal(label, SignalRole.Outcome, [decision, label], Layout.Joint(cells, cells, folded: false, secondFolded: false), []);
    }

    /// <summary>The classes of a reference: those with the most labels, then what else is decided.</summary>
    /// <param name="labels">Its labels.</param>
    /// <param name="decisions">Its decisions.</param>
    internal static ImmutableArray<string> ClassesOf(ColumnSample labels, ImmutableArray<string> decisions) =>
        [.. labels.MostFrequent(Most).Concat(decisions).Distinct(StringComparer.Ordinal).Take(Most).Order(StringComparer.Ordinal)];

    /// <summary>The classes of an outcome's table.</summary>
    public static ImmutableArray<string> ClassesOf(BaselineSignal outcome) => outcome.Layout.Inner!.Categories;

    /// <summary>The cell of a row.</summary>
    /// <param name="table">A joint layout.</param>
    /// <param name="decision">Place of the class that is decided, of what the table lacks, or of no decision.</param>
    /// <param name="label">Likewise.</param>
    public static int Cell(Layout table, int decision, int label) => (decision * table.Second!.Cells) + label;
}
