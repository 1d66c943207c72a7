using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>A rate that is compared between groups: of which rows, and which of them count.</summary>
public enum RateOf : byte
{
    /// <summary>Selected rows, of all with a decision: demographic parity.</summary>
    Selected,

    /// <summary>Selected rows, of those with a decision whose label is positive: equal opportunity (Hardt, Price and Srebro 2016).</summary>
    TruePositive,

    /// <summary>Selected rows, of those with a decision whose label is negative; with <see cref="TruePositive"/> equalized odds.</summary>
    FalsePositive,

    /// <summary>Rows with a positive label, of those that are selected and have a label: predictive parity (Chouldechova 2017).</summary>
    Precision,

    /// <summary>Rows whose decision is as their label, of all with both.</summary>
    Accuracy,
}

/// <summary>Rows of one value of a protected attribute that a rate is of, and how many of them count.</summary>
/// <param name="Value">The group; <c>unseen</c> and <c>missing</c> are nobody's.</param>
/// <param name="Rows">The rate's denominator.</param>
/// <param name="Events">The rate's numerator: of the selection rate, selected rows.</param>
public readonly record struct GroupRate(string Value, long Rows, long Events)
{
    /// <summary>Null where the rate is of no row.</summary>
    public double? Rate => Rows > 0 ? (double)Events / Rows : null;
}

/// <summary>The rates of a fairness table.</summary>
public static class GroupRates
{
    private const int Rejected = 0, Selected = 1, Negative = 0, Positive = 1, Unlabelled = 2;

    /// <summary>Whether the rate needs labels.</summary>
    public static bool NeedsLabel(RateOf of) => of != RateOf.Selected;

    /// <summary>
    /// The groups of a table, in the layout's order; then <c>unseen</c> and <c>missing</c> where rows fell there. Rows without a decision, and where the rate
    /// needs labels those without one, are in no rate.
    /// </summary>
    /// <param name="table">The table's layout.</param>
    /// <param name="counts">One count a cell.</param>
    /// <param name="of">Which rate; those that need labels have no row in a table without them.</param>
    public static ImmutableArray<GroupRate> Of(Layout table, ReadOnlySpan<long> counts, RateOf of)
    {
        var rates = ImmutableArray.CreateBuilder<GroupRate>();
        for (int group = 0; group < table.Categories.Length + 2; group++)
        {
            (long rows, long events) = Count(table, counts, group, of);
            if (group >= table.Categories.Length && rows == 0) continue;
            rates.Add(new GroupRate(table.GroupName(group), rows, events));
        }

        return rates.ToImmutable();
    }

    /// <summary>Of the rows with a decision, how many have a label: of those that are selected, and of the others.</summary>
    /// <returns>Null where the table has no labels.</returns>
    public static (LabelCoverage Selected, LabelCoverage Rejected)? Coverage(Layout table, ReadOnlySpan<long> counts)
    {
        if (!table.Labelled) return null;
        return (Of(counts, Selected), Of(counts, Rejected));

        LabelCoverage Of(ReadOnlySpan<long> counts, int decision)
        {
            (long rows, long labelled) = (0, 0);
            for (int group = 0; group < table.Categories.Length + 2; group++)
            {
                rows += CountPair.Sum(counts.Slice(table.TableCell(group, decision, 0), table.Labels));
                labelled += Labelled(table, counts, group, decision);
            }

            return new LabelCoverage(rows, labelled);
        }
    }

    /// <summary>
    /// The same by group, in the layout's order; then <c>unseen</c> and <c>missing</c> where rows fell there. Labels that are known of one group more often
    /// than of another bias every comparison of the two.
    /// </summary>
    /// <returns>Empty where the table has no labels.</returns>
    public static ImmutableArray<GroupCoverage> CoverageBy(Layout table, ReadOnlySpan<long> counts)
    {
        if (!table.Labelled) return [];
        var by = ImmutableArray.CreateBuilder<GroupCoverage>();
        for (int group = 0; group < table.Categories.Length + 2; group++)
        {
            LabelCoverage selected = Of(counts, group, Selected), rejected = Of(counts, group, Rejected);
            if (group >= table.Categories.Length && selected.Rows + rejected.Rows == 0) continue;
            by.Add(new GroupCoverage(table.GroupName(group), selected, rejected));
        }

        return by.ToImmutable();

        LabelCoverage Of(ReadOnlySpan<long> counts, int group, int decision) =>
            new(CountPair.Sum(counts.Slice(table.TableCell(group, decision, 0), table.Labels)), Labelled(table, counts, group, decision));
    }

    private static (long Rows, long Events) Count(Layout table, ReadOnlySpan<long> counts, int group, RateOf of)
    {
        if (of == RateOf.Selected)
        {
            long rejected = CountPair.Sum(counts.Slice(table.TableCell(group, Rejected, 0), table.Labels));
            long selected = CountPair.Sum(counts.Slice(table.TableCell(group, Selected, 0), table.Labels));
            return (rejected + selected, selected);
        }

        if (!table.Labelled) return (0, 0);
        long truePositive = counts[table.TableCell(group, Selected, Positive)], falsePositive = counts[table.TableCell(group, Selected, Negative)];
        long falseNegative = counts[table.TableCell(group, Rejected, Positive)], trueNegative = counts[table.TableCell(group, Rejected, Negative)];
        return of switch
        {
            RateOf.TruePositive => (truePositive + falseNegative, truePositive),
            RateOf.FalsePositive => (falsePositive + trueNegative, falsePositive),
            RateOf.Precision => (truePositive + falsePositive, truePositive),
            RateOf.Accuracy => (truePositive + falsePositive + falseNegative + trueNegative, truePositive + trueNegative),
            RateOf.Selected => throw new ArgumentOutOfRangeException(nameof(of), of, "it needs no label"),
        };
    }

    private static long Labelled(Layout table, ReadOnlySpan<long> counts, int group, int decision) =>
        CountPair.Sum(counts.Slice(table.TableCell(group, decision, 0), Unlabelled));
}

/// <summary>How many rows have a label.</summary>
/// <param name="Rows">All of them.</param>
/// <param name="Labelled">Those with one.</param>
public readonly record struct LabelCoverage(long Rows, long Labelled)
{
    /// <summary>Null where there is no row.</summary>
    public double? Share => Rows > 0 ? (double)Labelled / Rows : null;
}

/// <summary>Of how many rows of a group the label is known.</summary>
/// <param name="Value">The group.</param>
/// <param name="Selected">Of those that were selected.</param>
/// <param name="Rejected">Of the others with a decision.</param>
public sealed record GroupCoverage(string Value, LabelCoverage Selected, LabelCoverage Rejected);
