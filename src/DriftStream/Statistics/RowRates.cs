using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>Shares of the window's rows in single cells, by kind or by name, and the number of rows.</summary>
public static class RowRates
{
    /// <summary>Share of rows without a value.</summary>
    public const string Missing = "missing";
    /// <summary>Share of rows that hold NaN.</summary>
    public const string Nan = "nan";
    /// <summary>Share of rows with a category that the baseline lacks.</summary>
    public const string Unseen = "unseen";
    /// <summary>Share of rows with a number below the baseline's least or above its greatest.</summary>
    public const string OutOfRange = "out_of_range";
    /// <summary>Share of rows in the cells that a rule names.</summary>
    public const string Share = "share";
    /// <summary>Number of rows.</summary>
    public const string Volume = "volume";

    /// <summary>Rows of the rate's cell in both samples; null for a rate that this layout does not have.</summary>
    public static (long Reference, long Window)? Rows(in CountPair pair, string rate)
    {
        int cell = rate switch
        {
            Missing => pair.Layout.MissingCell,
            Nan => pair.Layout.NanCell,
            Unseen => pair.Layout.UnseenCell,
            _ => -1,
        };
        return cell < 0 ? null : (pair.Reference[cell], pair.Window[cell]);
    }

    /// <summary>Rows in the named cells of both samples; null where the layout has no cell of one of the names.</summary>
    internal static (long Reference, long Window)? Rows(in CountPair pair, ImmutableArray<string> cells)
    {
        (long reference, long window) = (0, 0);
        foreach (string name in cells)
        {
            int cell = pair.Layout.CellOf(name);
            if (cell < 0) return null;
            (reference, window) = (reference + pair.Reference[cell], window + pair.Window[cell]);
        }

        return (reference, window);
    }

    /// <summary>The share of the window's rows; with Wilson's interval where a confidence is asked for.</summary>
    public static Statistic Of(in CountPair pair, string rate, double? confidence) => Of(pair, rate, Rows(pair, rate), confidence);

    /// <summary>The share of the window's rows that lie in the named cells, likewise.</summary>
    internal static Statistic Of(in CountPair pair, ImmutableArray<string> cells, double? confidence) => Of(pair, Share, Rows(pair, cells), confidence);

    private static Statistic Of(in CountPair pair, string rate, (long Reference, long Window)? rows, double? confidence)
    {
        bool defined = rows is not null && pair.WindowRows > 0;
        Statistic statistic = Statistic.Of(rate, null, defined ? (double)rows!.Value.Window / pair.WindowRows : null, pair);
        if (!defined || confidence is null) return statistic;
        Interval interval = Proportions.Wilson(
            rows!.Value.Window / pair.Design.Worst, pair.WindowRows / pair.Design.Worst, Proportions.Quantile(confidence.Value));
        return statistic with { Low = interval.Low, High = interval.High };
    }

    /// <summary>
    /// The share of the window's rows below the least or above the greatest value of the reference. It is an interval, because a layout
    /// that is not exact may have an outer cell that also holds the reference's own extremes.
    /// </summary>
    public static Statistic OutOfRangeOf(in CountPair pair)
    {
        if (pair.Layout.Kind != LayoutKind.Numeric || pair.WindowRows == 0) return Statistic.Of(OutOfRange, null, null, pair);
        ReadOnlySpan<long> reference = pair.ReferenceValues, window = pair.WindowValues;
        // A baseline without a number has no edge, and one cell for all numbers.
        long above = window.Length > 1 ? window[^1] : 0;
        double outer = window[0] + above;
        double certain = (reference[0] == 0 ? window[0] : 0) + (reference[^1] == 0 ? above : 0);
        double low = certain / pair.WindowRows;
        return Statistic.Of(OutOfRange, null, low, pair) with { Low = low, High = outer / pair.WindowRows };
    }

    /// <summary>The number of the window's rows.</summary>
    public static Statistic VolumeOf(in CountPair pair) => Statistic.Of(Volume, null, pair.WindowRows, pair);
}
