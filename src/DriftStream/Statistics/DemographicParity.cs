using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>Decided rows of one value of a protected attribute, and how many of them were selected.</summary>
public readonly record struct GroupRate(string Value, long Rows, long Selected)
{
    /// <summary>Null where no row was decided.</summary>
    public double? Rate => Rows > 0 ? (double)Selected / Rows : null;
}

/// <summary>
/// Demographic parity of one group table. Rows without a decision are not counted; rows whose group is missing or unseen form
/// no group.
/// </summary>
/// <param name="Value">Ratio: lowest selection rate over the reference's. Difference: the reference's less the lowest.</param>
/// <param name="Low">Lower end of the interval of that value over all judged groups together, or null.</param>
/// <param name="High">Upper end of that interval, or null.</param>
/// <param name="Lowest">The group with the lowest rate.</param>
/// <param name="Reference">The group that the others are compared with.</param>
/// <param name="Judged">How many groups were large enough, with the reference.</param>
public sealed record DemographicParity(double Value, double? Low, double? High, GroupRate Lowest, GroupRate Reference, int Judged)
{
    /// <summary>The ratio's name in the config and in every message.</summary>
    public const string RatioName = "demographic_parity_ratio";
    /// <summary>The difference's name in the config and in every message.</summary>
    public const string DifferenceName = "demographic_parity_difference";

    /// <summary>Asks for the group with the highest rate as the reference; so does null.</summary>
    public const string Best = "best";
    /// <summary>Asks for the group with the most rows as the reference.</summary>
    public const string Largest = "largest";

    /// <summary>With an interval, a group is judged only where at least this many of it would be selected at the reference's rate.</summary>
    public const int LeastSelected = 10;

    /// <summary>The groups of a table, in the layout's order; then <c>unseen</c> and <c>missing</c> where rows fell there.</summary>
    public static ImmutableArray<GroupRate> Rates(Layout table, ReadOnlySpan<long> counts)
    {
        var rates = ImmutableArray.CreateBuilder<GroupRate>();
        for (int group = 0; group < table.Categories.Length + 2; group++)
        {
            long rejected = CountPair.Sum(counts.Slice(table.TableCell(group, 0, 0), table.Labels));
            long selected = CountPair.Sum(counts.Slice(table.TableCell(group, 1, 0), table.Labels));
            bool known = group < table.Categories.Length;
            if (!known && rejected + selected == 0) continue;
            string value = known ? table.Categories[group] : group == table.Categories.Length ? "unseen" : "missing";
            rates.Add(new GroupRate(value, rejected + selected, selected));
        }

        return rates.ToImmutable();
    }

    /// <summary>
    /// Lowest selection rate over the reference's, 1 at parity; with the highest rate as the reference it is Fairlearn's ratio. Null where fewer than
    /// two groups can be judged, the reference is none of them, or nobody of it was selected. The interval is the simultaneous one of the least
    /// ratio: Koopman's score interval of each group
    /// against the reference, one-sided at (1 - confidence) / (groups - 1); its ends are the least of the lower and the least of the upper ends.
    /// </summary>
    /// <param name="groups">All groups but missing and unseen.</param>
    /// <param name="minRows">Groups with fewer rows are not judged; with an interval, nor are those that expect under 10 selected.</param>
    /// <param name="confidence">0.95 for 95 %; null for the value alone.</param>
    /// <param name="reference"><see cref="Best"/>, <see cref="Largest"/> or the value of a group; null is <see cref="Best"/>.</param>
    public static DemographicParity? Ratio(ImmutableArray<GroupRate> groups, long minRows, double? confidence, string? reference = null) =>
        Of(groups, minRows, confidence, reference, ratio: true);

    /// <summary>The reference's selection rate less the lowest (Fairlearn's difference), 0 at parity; Miettinen-Nurminen intervals.</summary>
    /// <inheritdoc cref="Ratio"/>
    public static DemographicParity? Difference(ImmutableArray<GroupRate> groups, long minRows, double? confidence, string? reference = null) =>
        Of(groups, minRows, confidence, reference, ratio: false);

    private static DemographicParity? Of(ImmutableArray<GroupRate> groups, long minRows, double? confidence, string? chosen, bool ratio)
    {
        long rows = groups.Sum(g => g.Rows);
        // A reference of a few rows would make every ratio shaky: it must hold a fair part of all rows.
        double leastReference = confidence is null ? minRows : Math.Max(minRows, 0.02 * rows);
        if (Chosen(groups, leastReference, chosen) is not { } reference) return null;
        double top = reference.Rate!.Value;
        bool Judgeable(GroupRate g) => g.Rows >= minRows && (confidence is null || g.Rows * top >= LeastSelected) && g != reference;
        if (Extreme(groups, Judgeable, highest: false) is not { } lowest || (ratio && top == 0)) return null;
        ImmutableArray<GroupRate> others = [.. groups.Where(Judgeable)];
        double least = lowest.Rate!.Value;
        // A group that is not the reference may have the highest rate of all; parity then ends at 1.
        double value = ratio ? Math.Min(1, least / top) : Math.Max(0, top - least);
        var parity = new DemographicParity(value, null, null, lowest, reference, others.Length + 1);
        if (confidence is null) return parity;
        return parity.WithInterval(others, Normal.UpperQuantile((1 - confidence.Value) / others.Length), ratio);
    }

    private static GroupRate? Chosen(ImmutableArray<GroupRate> groups, double leastRows, string? chosen)
    {
        if (chosen is null or Best) return Extreme(groups, g => g.Rows >= leastRows, highest: true);
        GroupRate? group = chosen == Largest
            ? groups.Cast<GroupRate?>().MaxBy(g => g!.Value.Rows)
            : groups.Cast<GroupRate?>().FirstOrDefault(g => g!.Value.Value == chosen);
        return group is { Rate: not null } found && found.Rows >= leastRows ? found : null;
    }

    private DemographicParity WithInterval(ImmutableArray<GroupRate> others, double z, bool ratio)
    {
        double low = ratio ? 1 : 0, high = low;
        for (int i = 0; i < others.Length; i++)
        {
            GroupRate g = others[i];
            Interval interval = ratio
                ? Proportions.Ratio(g.Selected, g.Rows, Reference.Selected, Reference.Rows, z)
                : Proportions.Difference(Reference.Selected, Reference.Rows, g.Selected, g.Rows, z);
            low = ratio ? Math.Min(low, interval.Low) : Math.Max(low, interval.Low);
            high = ratio ? Math.Min(high, interval.High) : Math.Max(high, interval.High);
        }

        return this with { Low = low, High = high };
    }

    private static GroupRate? Extreme(ImmutableArray<GroupRate> groups, Func<GroupRate, bool> among, bool highest)
    {
        GroupRate? extreme = null;
        foreach (GroupRate group in groups)
        {
            if (group.Rate is not { } rate || !among(group)) continue;
            if (extreme is null || (highest ? rate > extreme.Value.Rate : rate < extreme.Value.Rate)) extreme = group;
        }

        return extreme;
    }
}
