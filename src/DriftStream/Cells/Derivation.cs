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
}

/// <summary>How a signal is made from several number columns.</summary>
/// <param name="As">What is made of them.</param>
/// <param name="Seed">Of a projection: with the signal's name it gives the signs. 0 of a norm.</param>
public sealed record Derivation(VectorMeasure As, long Seed = 0);

/// <summary>A signal that is to be made from several number columns.</summary>
/// <param name="Name">The signal's name, which no column has.</param>
/// <param name="Columns">The columns, in the order in which they are summed.</param>
/// <param name="Derived">What is made of them.</param>
public sealed record VectorSignal(string Name, ImmutableArray<string> Columns, Derivation Derived)
{
    /// <summary>Whether a signal of a baseline is made in the same way.</summary>
    public bool IsMadeAs(BaselineSignal signal) =>
        signal.IsColumn && signal.Name == Name && signal.Derived == Derived && signal.Columns.SequenceEqual(Columns);
}
