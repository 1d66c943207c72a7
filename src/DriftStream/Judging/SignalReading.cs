using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>
/// The counts of one signal of a window in the cells of its reference or, where plans with different cells counted them, in the few
/// cells that all of them have: any value, NaN or unseen, missing.
/// </summary>
/// <param name="Signal">The reference; in a mixed reading, over the common cells.</param>
/// <param name="Counts">Rows by cell of the reference's layout.</param>
/// <param name="IsMixed">Two layouts counted the signal, so only its rates can be judged.</param>
internal sealed record SignalReading(BaselineSignal Signal, ImmutableArray<long> Counts, bool IsMixed)
{
    /// <summary>Of outcomes whose labels are numbers, these; else null.</summary>
    public SignalReading? Labels { get; init; }

    /// <summary>Why a mixed signal is called insufficient.</summary>
    public const string Mixed = "counted under two baselines, whose cells differ";

    /// <param name="signal">The reference.</param>
    /// <param name="window">The window.</param>
    /// <param name="baselines">How many baselines its rows were counted by.</param>
    /// <param name="counted">The signals of all these baselines, by key.</param>
    /// <param name="calendar">Which hours of the baseline the window is compared with; null: all.</param>
    public static SignalReading Of(
        BaselineSignal signal, ClosedWindow window, int baselines, ILookup<string, BaselineSignal> counted, Calendar? calendar)
    {
        if (calendar is not null) signal = signal with { Counts = signal.CountsIn(calendar, window.Start, window.End) };
        bool came = window.Counts.TryGetValue(signal.Key, out WindowCounts? counts);
        // A plan that did not count the signal leaves rows out.
        bool whole = came && (baselines < 2 || counts!.Rows == window.Rows);
        if (whole && counts!.TryGet(signal.Layout, out ImmutableArray<long> cells)) return new(signal, cells, false);
        // No message brought the column, so all its rows are missing.
        if (!came && baselines < 2) return new(signal, AllMissing(signal.Layout, window.Rows), false);
        if (!signal.IsColumn) return new(signal, signal.Role == SignalRole.Pair ? [.. new long[signal.Layout.Cells]] : [], true);
        Layout common = Common(signal.Layout);
        var sum = new long[common.Cells];
        var done = new HashSet<ulong>();
        foreach (BaselineSignal other in counted[signal.Key])
        {
            if (counts is not null && done.Add(other.Layout.Key)) Fold(other.Layout, counts.Part(other.Layout), common, sum);
        }

        var own = new long[common.Cells];
        Fold(signal.Layout, signal.Counts, common, own);
        return new(signal with { Layout = common, Counts = [.. own] }, [.. sum], true);
    }

    /// <summary>The slices of a reading whose layout is sliced, and that is not mixed: of each one its reference and its rows.</summary>
    /// <param name="clusters">How the rows of the signal cluster. How those of a slice do is not measured.</param>
    public IEnumerable<(Slice Slice, SignalReading Reading)> Slices(ImmutableArray<ClusterScale> clusters)
    {
        Layout layout = Signal.Layout;
        for (int i = 0; i < layout.Slices.Length; i++)
        {
            BaselineSignal inner = Signal with
            {
                Layout = layout.Inner!,
                Counts = layout.OfSlice(Signal.Counts, i),
                Slots = [],
                Clusters = clusters,
            };
            yield return (new Slice(Signal.SliceColumns, layout.Slices[i]), new(inner, layout.OfSlice(Counts, i), false));
        }
    }

    private static Layout Common(Layout layout) => layout.Kind == LayoutKind.Numeric ? Layout.Numeric([]) : Layout.Categorical(["known"]);

    private static void Fold(Layout layout, ImmutableArray<long> counts, Layout common, long[] sum)
    {
        for (int cell = 0; cell < layout.Cells; cell++)
        {
            int to = cell == layout.MissingCell ? common.MissingCell
                : cell == layout.NanCell && common.NanCell >= 0 ? common.NanCell
                : cell == layout.UnseenCell && common.UnseenCell >= 0 ? common.UnseenCell : 0;
            sum[to] += counts[cell];
        }
    }

    private static ImmutableArray<long> AllMissing(Layout layout, long rows)
    {
        var counts = new long[layout.Cells];
        if (layout.Kind is LayoutKind.Sliced or LayoutKind.Joint) counts[^1] = rows; // in no slice; without both values
        if (layout.MissingCell >= 0) counts[layout.MissingCell] = rows;
        return [.. counts];
    }
}
