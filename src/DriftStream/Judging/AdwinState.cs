using System.Collections.Immutable;
using DriftStream.Time;

namespace DriftStream.Judging;

/// <summary>Values that adwin keeps together.</summary>
/// <param name="Total">Their sum.</param>
/// <param name="Squares">The sum of their squared deviations from their own mean.</param>
/// <param name="Start">Start of the window that the first of them is of.</param>
public readonly record struct AdwinBucket(double Total, double Squares, EventTime Start);

/// <summary>
/// ADWIN as River 0.26 has it: a window of values as long as its older and its newer part do not differ in their means by more than chance, kept in buckets of
/// 1, 2, 4 ... values. Bifet and Gavalda 2007. The bound of a cut takes values to lie within a range of about 1. After a trend it starts anew.
/// </summary>
/// <param name="Rows">By the logarithm of their size, the smallest first: buckets, the oldest first.</param>
/// <param name="Width">How many values the window holds.</param>
/// <param name="Total">Their sum.</param>
/// <param name="Squares">The sum of their squared deviations from their mean.</param>
/// <param name="Windows">Values since the start.</param>
public sealed record AdwinState(ImmutableArray<ImmutableArray<AdwinBucket>> Rows, double Width, double Total, double Squares, int Windows)
{
    /// <summary>One that has seen nothing.</summary>
    public static AdwinState Empty { get; } = new([[]], 0, 0, 0, 0);

    /// <summary>It has found a trend with its last value, and starts anew with the next.</summary>
    public bool Found { get; init; }

    /// <summary>The state after another value, and what it says.</summary>
    public (AdwinState State, TrendReading Reading) Next(double value, EventTime start, TrendSettings settings)
    {
        AdwinState state = (Found ? Empty : this).Add(value, start).Compress(settings.MaxBuckets!.Value);
        int needed = settings.GracePeriod!.Value + 1;
        Cut? nearest = null;
        bool found = false;
        if (state.Windows % settings.Clock!.Value == 0 && state.Width >= needed)
        {
            while (state.FindCut(settings, ref nearest))
            {
                found = true;
                state = state.DropOldest();
            }
        }

        EventTime? since = found ? state.Rows[^1][0].Start : null;
        return (state with { Found = found }, new TrendReading(found, nearest?.Difference, nearest?.Allowed, since, state.Windows) { Least = needed });
    }

    private AdwinState Add(double value, EventTime start)
    {
        double off = Width > 0 ? value - (Total / Width) : 0;
        return new AdwinState(
            Rows.SetItem(0, Rows[0].Add(new AdwinBucket(value, 0, start))), Width + 1, Total + value, Squares + (Width * off * off / (Width + 1)), Windows + 1);
    }

    // One bucket too many of a size: the two oldest become one of twice the size.
    private AdwinState Compress(int most)
    {
        ImmutableArray<ImmutableArray<AdwinBucket>> rows = Rows;
        for (int i = 0; i < rows.Length && rows[i].Length > most; i++)
        {
            if (i + 1 == rows.Length) rows = rows.Add([]);
            double size = Size(i);
            (AdwinBucket first, AdwinBucket second) = (rows[i][0], rows[i][1]);
            double apart = (first.Total / size) - (second.Total / size);
            var joined = new AdwinBucket(
                first.Total + second.Total, first.Squares + second.Squares + (size * size * apart * apart / (size + size)), first.Start);
            rows = rows.SetItem(i, rows[i].RemoveRange(0, 2)).SetItem(i + 1, rows[i + 1].Add(joined));
        }

        return this with { Rows = rows };
    }

    /// <summary>Whether some cut into an older and a newer part has means too far apart: the first one, from the oldest on.</summary>
    /// <param name="settings">The parameters.</param>
    /// <param name="nearest">The cut that came nearest to that or, if there is one, did it.</param>
    private bool FindCut(TrendSettings settings, ref Cut? nearest)
    {
        double least = settings.MinWindowLength!.Value, delta = Math.Log(2 * Math.Log(Width) / settings.Delta!.Value);
        double older = 0, newer = Width, olderTotal = 0, newerTotal = Total;
        for (int i = Rows.Length - 1; i >= 0; i--)
        {
            for (int k = 0; k < Rows[i].Length && !(i == 0 && k == Rows[0].Length - 1); k++)
            {
                older += Size(i);
                newer -= Size(i);
                olderTotal += Rows[i][k].Total;
                newerTotal -= Rows[i][k].Total;
                if (older < least || newer < least) continue;
                double harmonic = (1 / (older - least + 1)) + (1 / (newer - least + 1));
                var cut = new Cut(
                    Math.Abs((olderTotal / older) - (newerTotal / newer)),
                    Math.Sqrt(2 * harmonic * (Math.Max(0, Squares) / Width) * delta) + (2.0 / 3 * delta * harmonic));
                if (nearest is null || cut.Difference * nearest.Value.Allowed > nearest.Value.Difference * cut.Allowed) nearest = cut;
                if (cut.Difference > cut.Allowed) return true;
            }
        }

        return false;
    }

    private AdwinState DropOldest()
    {
        int last = Rows.Length - 1;
        double size = Size(last), width = Width - size;
        AdwinBucket oldest = Rows[last][0];
        double total = Total - oldest.Total, apart = (oldest.Total / size) - (total / width);
        ImmutableArray<AdwinBucket> row = Rows[last].RemoveAt(0);
        return this with
        {
            Rows = row.IsEmpty ? Rows.RemoveAt(last) : Rows.SetItem(last, row),
            Width = width,
            Total = total,
            Squares = Squares - (oldest.Squares + (size * width * apart * apart / (size + width))),
        };
    }

    private static double Size(int row) => Math.ScaleB(1, row);

    private readonly record struct Cut(double Difference, double Allowed);
}
