using DriftStream.Kernels;

namespace DriftStream.Cells;

/// <summary>The counter that fits a signal.</summary>
public static class CellCounters
{
    public static ICellCounter For(BaselineSignal signal, BinaryColumn? decision, BinaryColumn? label) =>
        For(signal, decision, label, CpuCounter.Shared, 0);

    /// <param name="signal">What is counted.</param>
    /// <param name="decision">What counts as selected.</param>
    /// <param name="label">What counts as positive.</param>
    /// <param name="numbers">Counts numbers; they are in the counts when it has settled them.</param>
    /// <param name="lane">Whose counts they are.</param>
    public static ICellCounter For(
        BaselineSignal signal, BinaryColumn? decision, BinaryColumn? label, INumberCounter numbers, int lane) => signal.Layout.Kind switch
        {
            LayoutKind.Numeric => new NumericCells(signal.Columns[0], signal.Layout, numbers, lane),
            LayoutKind.Categorical => new CategoricalCells(signal.Columns[0], signal.Layout),
            _ => new TableCells(signal.Columns, signal.Layout, decision!, label),
        };
}
