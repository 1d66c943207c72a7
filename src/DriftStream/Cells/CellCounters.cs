using System.Collections.Immutable;
using DriftStream.Kernels;

namespace DriftStream.Cells;

/// <summary>The counter that fits a signal.</summary>
public static class CellCounters
{
    /// <summary>A counter on the CPU.</summary>
    /// <param name="signal">What is counted.</param>
    /// <param name="decision">What counts as selected; needed for a group.</param>
    /// <param name="label">What counts as positive; needed for a group with labels, and for outcomes.</param>
    public static ICellCounter For(BaselineSignal signal, BinaryColumn? decision, BinaryColumn? label) =>
        For(signal, decision, label, CpuCounter.Shared, 0);

    /// <summary>The counters of a model's signals, on the CPU. Those that are sliced by the same columns share how these are read.</summary>
    /// <param name="signals">What is counted.</param>
    /// <param name="decision">What counts as selected; needed for a group.</param>
    /// <param name="label">What counts as positive; needed for a group with labels.</param>
    public static ICellCounter[] ForAll(ImmutableArray<BaselineSignal> signals, BinaryColumn? decision, BinaryColumn? label) =>
        ForAll(signals, decision, label, CpuCounter.Shared, 0);

    /// <inheritdoc cref="ForAll(ImmutableArray{BaselineSignal}, BinaryColumn, BinaryColumn)"/>
    /// <param name="signals">What is counted.</param>
    /// <param name="decision">What counts as selected.</param>
    /// <param name="label">What counts as positive.</param>
    /// <param name="numbers">Counts numbers, which are in the counts once it has settled them.</param>
    /// <param name="lane">The lane that the counts belong to.</param>
    public static ICellCounter[] ForAll(
        ImmutableArray<BaselineSignal> signals, BinaryColumn? decision, BinaryColumn? label, INumberCounter numbers, int lane)
    {
        var readers = new List<(BaselineSignal By, SliceReader Reader)>();
        return [.. signals.Select(s => s.Role == SignalRole.Slice ? Sliced(s, Reader(s)) : For(s, decision, label, numbers, lane))];

        SliceReader Reader(BaselineSignal signal)
        {
            int at = readers.FindIndex(r => r.By.SliceColumns.SequenceEqual(signal.SliceColumns) && SameSlices(r.By.Layout, signal.Layout));
            if (at >= 0) return readers[at].Reader;
            readers.Add((signal, new SliceReader(signal.SliceColumns, signal.Layout.Slices)));
            return readers[^1].Reader;
        }
    }

    /// <param name="signal">What is counted.</param>
    /// <param name="decision">What counts as selected.</param>
    /// <param name="label">What counts as positive.</param>
    /// <param name="numbers">Counts numbers, which are in the counts once it has settled them.</param>
    /// <param name="lane">The lane that the counts belong to.</param>
    public static ICellCounter For(
        BaselineSignal signal, BinaryColumn? decision, BinaryColumn? label, INumberCounter numbers, int lane) => signal.Layout.Kind switch
        {
            LayoutKind.Numeric when JoinedSignals.IsOfLabelsAlone(signal) => new ResidualCells(signal),
            LayoutKind.Numeric when signal.Derived is not null => new VectorCells(signal),
            LayoutKind.Numeric => new NumericCells(signal.Columns[0], signal.Layout, numbers, lane),
            LayoutKind.Categorical => new CategoricalCells(signal.Columns[0], signal.Layout),
            LayoutKind.Table => new TableCells(signal.Columns, signal.Layout, decision!, label),
            LayoutKind.Sliced when signal.Role == SignalRole.GroupResiduals => new GroupResidualCells(signal),
            LayoutKind.Sliced => Sliced(signal, new SliceReader(signal.SliceColumns, signal.Layout.Slices)),
            LayoutKind.Outcome => OutcomeCells.Of(signal, decision, label!),
            LayoutKind.Joint => Joint(signal),
            LayoutKind.Calibration => new CalibrationCells(signal, decision!, label!),
        };

    // A slice needs the cell of each row, which only the CPU says.
    private static SlicedCells Sliced(BaselineSignal signal, SliceReader slices)
    {
        BaselineSignal inner = signal with { Columns = [signal.Columns[0]], Layout = signal.Layout.Inner! };
        return new SlicedCells(For(inner, null, null), slices, signal.Layout);
    }

    // So does a pair.
    private static JointCells Joint(BaselineSignal signal)
    {
        (Layout first, Layout second) = (signal.Layout.Inner!, signal.Layout.Second!);
        return new JointCells(
            For(signal with { Columns = [signal.Columns[0]], Layout = first }, null, null),
            For(signal with { Columns = [signal.Columns[1]], Layout = second }, null, null),
            signal.Layout);
    }

    private static bool SameSlices(Layout a, Layout b) =>
        a.Slices.Length == b.Slices.Length && a.Slices.Zip(b.Slices).All(pair => pair.First.SequenceEqual(pair.Second));

}
