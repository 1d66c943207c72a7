using DriftStream.Kernels;

namespace DriftStream.Cells;

/// <summary>The counter that fits a signal.</summary>
public static class CellCounters
{
    /// <summary>A counter on the CPU.</summary>
    /// <param name="signal">What is counted.</param>
    /// <param name="decision">What counts as selected; needed for a group.</param>
    /// <param name="label">What counts as positive; needed for a group with labels.</param>
    public static ICellCounter For(BaselineSignal signal, BinaryColumn? decision, BinaryColumn? label) =>
        For(signal, decision, label, CpuCounter.Shared, 0);

    /// <param name="signal">What is counted.</param>
    /// <param name="decision">What counts as selected.</param>
    /// <param name="label">What counts as positive.</param>
    /// <param name="numbers">Counts numbers, which are in the counts once it has settled them.</param>
    /// <param name="lane">The lane that the counts belong to.</param>
    public static ICellCounter For(
        BaselineSignal signal, BinaryColumn? decision, BinaryColumn? label, INumberCounter numbers, int lane) => signal.Layout.Kind switch
        {
            LayoutKind.Numeric => new NumericCells(signal.Columns[0], signal.Layout, numbers, lane),
            LayoutKind.Categorical => new CategoricalCells(signal.Columns[0], signal.Layout),
            _ => new TableCells(signal.Columns, signal.Layout, decision!, label),
        };
}
