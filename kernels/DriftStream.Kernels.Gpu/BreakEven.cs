using System.Collections.Immutable;

namespace DriftStream.Kernels.Gpu;

/// <summary>One measured layout.</summary>
/// <param name="Wide">float64, else float32.</param>
/// <param name="Edges">Edges of the layout.</param>
/// <param name="Values">From how many values of a column on the device is faster; null: not up to the most that were tried.</param>
public readonly record struct BreakEvenRow(bool Wide, int Edges, int? Values);

/// <summary>
/// Which columns are worth sending. The more edges, the more the CPU has to do for a value, while the device mostly waits for the
/// copy; the fewer values, the more it weighs that a layout is loaded for them.
/// </summary>
/// <param name="Rows">By type, then by edges.</param>
public sealed record BreakEven(ImmutableArray<BreakEvenRow> Rows)
{
    /// <summary>Nothing is worth sending.</summary>
    public static BreakEven Never { get; } = new([]);

    /// <summary>Everything is sent: for the tests of the device's kernels.</summary>
    internal static BreakEven Always { get; } = new([new(false, 0, 0), new(true, 0, 0)]);

    /// <summary>
    /// The least values of a column worth sending, by the measured layout with the most edges that has not more than this one;
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
