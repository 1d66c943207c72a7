using System.Collections.Immutable;

namespace DriftStream.Cells;

/// <summary>What is made of the numbers of a vector.</summary>
public enum VectorMeasure : byte
{
    /// <summary>The Euclidean norm: the root of the sum of squares. It sees no rotation.</summary>
    Norm,

    /// <summary>
    /// The scalar product with a vector of random signs, divided by the root of the dimension (D. Achlioptas, "Database-friendly random projections",
    /// Journal of Computer and System Sciences 66, 2003).
    /// </summary>
    Projection,

    /// <summary>The absolute value of one column: how much a feature contributes, by an attribution that may have either sign.</summary>
    Absolute,
}

/// <summary>How a signal is made from several number columns, from one of lists, or from the sizes of one.</summary>
/// <param name="As">What is made of them.</param>
/// <param name="Seed">Of a projection: with the signal's name it gives the signs. 0 of all else.</param>
public sealed record Derivation(VectorMeasure As, long Seed = 0)
{
    /// <summary>How many numbers a vector may have.</summary>
    public const int LeastLength = 2, MostLength = 65_536;

    /// <summary>How many numbers each list has, where it is made of one column of lists; 0 of several columns, and where no list has been seen.</summary>
    public int Length { get; init; }
}

/// <summary>A signal that is to be made from several number columns, or from one of lists.</summary>
/// <param name="Name">The signal's name, which no column has.</param>
/// <param name="Columns">The columns, in the order in which they are summed.</param>
/// <param name="Derived">What is made of them.</param>
public sealed record VectorSignal(string Name, ImmutableArray<string> Columns, Derivation Derived)
{
    /// <summary>Whether a signal of a baseline is made in the same way.</summary>
    public bool IsMadeAs(BaselineSignal signal) =>
        signal.IsColumn && signal.Name == Name && signal.Derived is { } made && made with { Length = 0 } == Derived with { Length = 0 }
        && signal.Columns.SequenceEqual(Columns);

    /// <summary>It is made of one column, of lists.</summary>
    public bool IsOfLists => Columns.Length == 1 && Derived.As != VectorMeasure.Absolute;

    /// <summary>The sizes of a column of attributions: <c>|shap_income|</c>.</summary>
    public static VectorSignal AttributionOf(string column) => new($"|{column}|", [column], new Derivation(VectorMeasure.Absolute));
}
