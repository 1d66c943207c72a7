using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>How far a rate of the groups of one table is apart. Rows whose group is missing or unseen form no group.</summary>
/// <param name="Value">Ratio: lowest rate over the reference's. Difference: the reference's less the lowest.</param>
/// <param name="Low">Lower end of the interval of that value over all judged groups together, or null.</param>
/// <param name="High">Upper end of that interval, or null.</param>
/// <param name="Lowest">The group with the lowest rate.</param>
/// <param name="Reference">The group that the others are compared with.</param>
/// <param name="Judged">How many groups were large enough, with the reference.</param>
public sealed record GroupDisparity(double Value, double? Low, double? High, GroupRate Lowest, GroupRate Reference, int Judged)
{
    /// <summary>Asks for the group with the highest rate as the reference; so does null.</summary>
    public const string Best = "best";
    /// <summary>Asks for the group with the most rows as the reference.</summary>
    public const string Largest = "largest";

    /// <summary>With an interval, a group is judged only where at least this many of its rows would count at the reference's rate.</summary>
    public const int LeastEvents = 10;

    /// <summary>Which rate it is of: of a statistic of several rates, the one that is furthest apart.</summary>
    public RateOf Of { get; init; }

    /// <summary>
    /// Lowest rate over the reference's, 1 at parity; with the highest rate as the reference it is Fairlearn's ratio. Null where fewer than
    /// two groups can be judged, the reference is none of them, or its rate is 0. The interval is the simultaneous one of the least
    /// ratio: Koopman's score interval of each group
    /// against the reference, one-sided at (1 - confidence) / (groups - 1); its ends are the least of the lower and the least of the upper ends.
    /// </summary>
    /// <param name="groups">All groups but missing and unseen.</param>
    /// <param name="minRows">Groups with fewer rows are not judged; with an interval, nor are those that expect under 10 rows that count.</param>
    /// <param name="confidence">0.95 for 95 %; null for the value alone.</param>
    /// <param name="reference"><see cref="Best"/>, <see cref="Largest"/> or the value of a group; null is <see cref="Best"/>.</param>
    public static GroupDisparity? Ratio(ImmutableArray<GroupRate> groups, long minRows, double? confidence, string? reference = null) =>
        Between(groups, minRows, confidence, reference, ratio: true);

    /// <summary>The reference's rate less the lowest (Fairlearn's difference), 0 at parity; Miettinen-Nurminen intervals.</summary>
    /// <inheritdoc cref="Ratio"/>
    public static GroupDisparity? Difference(ImmutableArray<GroupRate> groups, long minRows, double? confidence, string? reference = null) =>
        Between(groups, minRows, confidence, reference, ratio: false);

    /// <summary>
    /// Of several rates that which is furthest apart (Fairlearn's equalized odds). Each has its interval at a level at which all hold together
    /// (Bonferroni); the ends are the worst of the lower and the worst of the upper ends.
    /// </summary>
    /// <param name="rates">Of each rate its groups.</param>
    /// <param name="of">Which rates.</param>
    /// <param name="ratio">Compares by ratios, otherwise by differences.</param>
    /// <param name="minRows">As of one rate.</param>
    /// <param name="confidence">As of one rate.</param>
    /// <param name="reference">As of one rate.</param>
    /// <returns>Null where one of the rates cannot be compared: what cannot be judged is not fair.</returns>
    public static GroupDisparity? Worst(
        ReadOnlySpan<ImmutableArray<GroupRate>> rates, ReadOnlySpan<RateOf> of, bool ratio, long minRows, double? confidence, string? reference)
    {
        GroupDisparity? worst = null;
        double low = ratio ? 1 : 0, high = low;
        foreach (GroupDisparity? one in All(rates, of, ratio, minRows, confidence, reference))
        {
            if (one is null) return null;
            if (worst is null || (ratio ? one.Value < worst.Value : one.Value > worst.Value)) worst = one;
            low = ratio ? Math.Min(low, one.Low ?? 1) : Math.Max(low, one.Low ?? 0);
            high = ratio ? Math.Min(high, one.High ?? 1) : Math.Max(high, one.High ?? 0);
        }

        return confidence is null ? worst : worst! with { Low = low, High = high };
    }

    /// <summary>The mean of the differences of several rates (average odds difference); named after the one that is furthest apart.</summary>
    /// <inheritdoc cref="Worst"/>
    public static GroupDisparity? Mean(
        ReadOnlySpan<ImmutableArray<GroupRate>> rates, ReadOnlySpan<RateOf> of, long minRows, double? confidence, string? reference)
    {
        GroupDisparity?[] all = All(rates, of, ratio: false, minRows, confidence, reference);
        if (all.Contains(null)) return null;
        GroupDisparity worst = all.MaxBy(d => d!.Value)!;
        return worst with
        {
            Value = all.Average(d => d!.Value),
            Low = confidence is null ? null : all.Average(d => d!.Low),
            High = confidence is null ? null : all.Average(d => d!.High),
        };
    }

    private static GroupDisparity?[] All(
        ReadOnlySpan<ImmutableArray<GroupRate>> rates, ReadOnlySpan<RateOf> of, bool ratio, long minRows, double? confidence, string? reference)
    {
        double? each = 1 - ((1 - confidence) / rates.Length);
        var all = new GroupDisparity?[rates.Length];
        for (int i = 0; i < rates.Length; i++)
        {
            if (Between(rates[i], minRows, each, reference, ratio) is { } one) all[i] = one with { Of = of[i] };
        }

        return all;
    }

    private static GroupDisparity? Between(ImmutableArray<GroupRate> groups, long minRows, double? confidence, string? chosen, bool ratio)
    {
        long rows = groups.Sum(g => g.Rows);
        // A reference of a few rows would make every ratio shaky: it must hold a fair part of all rows.
        double leastReference = confidence is null ? minRows : Math.Max(minRows, 0.02 * rows);
        if (Chosen(groups, leastReference, chosen) is not { } reference) return null;
        double top = reference.Rate!.Value;
        bool Judgeable(GroupRate g) => g.Rows >= minRows && (confidence is null || g.Rows * top >= LeastEvents) && g != reference;
        if (Extreme(groups, Judgeable, highest: false) is not { } lowest || (ratio && top == 0)) return null;
        ImmutableArray<GroupRate> others = [.. groups.Where(Judgeable)];
        double least = lowest.Rate!.Value;
        // A group that is not the reference may have the highest rate of all; parity then ends at 1.
        double value = ratio ? Math.Min(1, least / top) : Math.Max(0, top - least);
        var parity = new GroupDisparity(value, null, null, lowest, reference, others.Length + 1);
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

    private GroupDisparity WithInterval(ImmutableArray<GroupRate> others, double z, bool ratio)
    {
        double low = ratio ? 1 : 0, high = low;
        for (int i = 0; i < others.Length; i++)
        {
            GroupRate g = others[i];
            Interval interval = ratio
                ? Proportions.Ratio(g.Events, g.Rows, Reference.Events, Reference.Rows, z)
                : Proportions.Difference(Reference.Events, Reference.Rows, g.Events, g.Rows, z);
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
