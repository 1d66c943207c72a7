namespace DriftStream.Cells;

/// <summary>The counter that fits a signal.</summary>
public static class CellCounters
{
    public static ICellCounter For(BaselineSignal signal, BinaryColumn? decision, BinaryColumn? label) => signal.Layout.Kind switch
    {
        LayoutKind.Numeric => new NumericCells(signal.Columns[0], signal.Layout),
        LayoutKind.Categorical => new CategoricalCells(signal.Columns[0], signal.Layout),
        _ => new TableCells(signal.Columns, signal.Layout, decision!, label),
    };
}
