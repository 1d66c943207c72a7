using System.Collections.Immutable;

namespace DriftStream.Kernels.Gpu;

/// <summary>One measured layout.</summary>
/// <param name="Wide">The layout is of float64; otherwise of float32.</param>
/// <param name="Edges">How many edges it has.</param>
/// <param name="Values">How many values of a column make the device faster; null: not even the most that were tried.</param>
public readonly record struct BreakEvenRow(bool Wide, int Edges, int? Values);

/// <summary>
/// Which columns are worth sending. The more edges, the more the CPU has to do for a value, while the device mostly waits for the
/// copy; the fewer values, the more it costs to load a layout for them.
/// </summary>
/// <param name="Rows">By type, then by edges.</param>
public sealed record BreakEven(ImmutableArray<BreakEvenRow> Rows)
{
    /// <summary>Nothing is worth sending.</summary>
    public static BreakEven Never { get; } = new([]);

    /// <summary>Everything is sent: for the tests of the device's kernels.</summary>
    internal static BreakEven Always { get; } = new([new(false, 0, 0), new(true, 0, 0)]);

    /// <summary>
    /// The least values of a column worth sending, as measured for the largest layout that has no more edges than this one;
    /// <see cref="int.MaxValue"/> where none are.
    /// </summary>
    public int Least(bool wide, int edges)
    {
        int? least = null;
        foreach (BreakEvenRow row in Rows)
        {
            if (row.Wide == wide && row.Edges <= edges) least = row.Values;
        }

        return least ?? int.MaxValue;
    }
}
