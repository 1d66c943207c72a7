using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Commands;

/// <summary>What a baseline's slices by the same columns are, and what they cost.</summary>
/// <param name="By">The columns.</param>
/// <param name="Slices">The slices.</param>
/// <param name="Outside">Rows of the baseline that are in none.</param>
/// <param name="Rows">All rows of the baseline.</param>
/// <param name="Signals">How many signals are sliced.</param>
/// <param name="Cells">Cells of all of them together, which every pane has.</param>
internal sealed record SliceSummary(ImmutableArray<string> By, ImmutableArray<Slice> Slices, long Outside, long Rows, int Signals, long Cells)
{
    private const int MostNamed = 5;

    public static IEnumerable<SliceSummary> Of(Baseline baseline) => baseline.Signals
        .Where(s => s.Role == SignalRole.Slice)
        .GroupBy(s => BaselineBuilder.GroupName(s.SliceColumns), StringComparer.Ordinal)
        .Select(of =>
        {
            BaselineSignal one = of.First();
            ImmutableArray<Slice> slices = [.. one.Layout.Slices.Select(values => new Slice(one.SliceColumns, values))];
            return new SliceSummary(one.SliceColumns, slices, one.Counts[^1], baseline.Rows, of.Count(), of.Sum(s => (long)s.Layout.Cells));
        });

    /// <summary>How many p-values a window may have: one a signal, and one for each of its slices.</summary>
    public static int Family(Baseline baseline) => baseline.Signals.Sum(s => s.IsSignal ? 1 : s.Layout.Slices.Length);

    /// <summary>One line for people.</summary>
    public override string ToString()
    {
        string names = string.Join("; ", Slices.Take(MostNamed).Select(s => s.Text)) + (Slices.Length > MostNamed ? "; ..." : "");
        string outside = ((double)Outside / Math.Max(1, Rows)).ToString("0.## %", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Slices.Length} slice{(Slices.Length == 1 ? "" : "s")} by {Printable.Of(string.Join(" and ", By))} ({Printable.Of(names)}), ")
            + string.Create(CultureInfo.InvariantCulture, $"{outside} of the baseline's rows in none: {Signals} signals more, {Cells:N0} cells a pane");
    }

    /// <summary>For JSON.</summary>
    public object Document() => new { by = By, slices = Slices.Select(s => s.Values), outside_rows = Outside, signals = Signals, cells = Cells };
}
