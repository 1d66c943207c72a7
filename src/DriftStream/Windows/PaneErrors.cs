using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>How often a model was wrong in a pane.</summary>
/// <param name="Start">Start of the pane, event time in microseconds, inclusive.</param>
/// <param name="End">Its end, exclusive.</param>
/// <param name="Rows">Its rows with a decision and a label.</param>
/// <param name="Errors">Those of them in which the decision is not as the label.</param>
public readonly record struct PaneErrors(EventTime Start, EventTime End, long Rows, long Errors)
{
    /// <summary>
    /// Those of a sealed pane, by whatever layouts of scores or classes its outcomes were counted; null where no row has a decision and a label. A number is
    /// not right or wrong.
    /// </summary>
    internal static PaneErrors? Of(EntryKey key, IEnumerable<SignalCounts> signals)
    {
        Span<long> states = stackalloc long[Layout.Decisions * OutcomeColumns.States];
        states.Clear();
        foreach (SignalCounts signal in signals)
        {
            if (BaselineSignal.IsKeyOfClasses(signal.Signal)) AddClasses(signal.Cells, states);
            if (!BaselineSignal.IsKeyOfOutcomes(signal.Signal)) continue;
            // The states of decision and label are the last of a cell's parts, whatever the scores.
            for (int cell = 0; cell < signal.Cells.Length; cell++) states[cell % states.Length] += signal.Cells[cell];
        }

        long errors = Rows(states, OutcomeColumns.Yes, OutcomeColumns.No) + Rows(states, OutcomeColumns.No, OutcomeColumns.Yes);
        long rows = errors + Rows(states, OutcomeColumns.Yes, OutcomeColumns.Yes) + Rows(states, OutcomeColumns.No, OutcomeColumns.No);
        return rows > 0 ? new PaneErrors(key.Start, key.End, rows, errors) : null;

        static long Rows(ReadOnlySpan<long> states, int decision, int label) => states[(decision * OutcomeColumns.States) + label];
    }

    // Right is what is decided as it is, wrong all else with a decision and a label; what the table lacks is one class. The last of either is missing.
    private static void AddClasses(long[] cells, Span<long> states)
    {
        int side = (int)Math.Sqrt(cells.Length), known = side - 1;
        for (int decided = 0; decided < known; decided++)
        {
            for (int label = 0; label < known; label++)
            {
                int state = decided == label ? OutcomeColumns.Yes : OutcomeColumns.No;
                states[(OutcomeColumns.Yes * OutcomeColumns.States) + state] += cells[(decided * side) + label];
            }
        }
    }
}
