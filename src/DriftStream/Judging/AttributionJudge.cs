using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>Judges whether a model still relies on the same features, by the means of |attribution| that its messages bring.</summary>
internal static class AttributionJudge
{
    private const int MostNamed = 3;

    /// <summary>The ranking of the features, and what the rules make of it; null where the model has fewer than two attributions.</summary>
    public static JudgedAttributions? Judge(ClosedWindow window, JudgementSettings settings, IEnumerable<SignalReading> signals)
    {
        SignalReading[] attributions = [.. signals.Where(s => s.Signal.IsAttribution)];
        if (attributions.Length < 2) return null;
        Rule[] rules = [.. settings.Rules.Where(r => r.IsOfAttributions)];
        string? unready = null;
        long rows = long.MaxValue;
        var means = new List<(string Feature, double Reference, double Window)>();
        foreach (SignalReading reading in attributions)
        {
            string feature = reading.Signal.Columns[0];
            if (reading.IsMixed)
            {
                unready ??= SignalReading.Mixed;
                continue;
            }

            var pair = new CountPair(reading.Signal.Layout, reading.Signal.Counts.AsSpan(), reading.Counts.AsSpan());
            MeanShift.Moments before = Sizes(pair.Layout, pair.ReferenceValues), now = Sizes(pair.Layout, pair.WindowValues);
            rows = Math.Min(rows, (long)now.Rows);
            if (now.Rows < window.Window.MinRows)
                unready ??= $"{Look.Rows((long)now.Rows)} with an attribution of {feature}, fewer than {window.Window.MinRows}";
            means.Add((feature, before.Mean, now.Mean));
        }

        if (unready is null && means.TrueForAll(m => m.Window == 0)) unready = "every attribution of the window is 0";
        if (unready is null && means.TrueForAll(m => m.Reference == 0)) unready = "every attribution of the baseline is 0";
        AttributionRanking ranking = unready is null ? AttributionRanking.Of(means) : new AttributionRanking(null, []);
        long reference = settings.Baseline.Rows, seen = rows == long.MaxValue ? 0 : rows;
        var statistic = new Statistic(AttributionRanking.Name, null, ranking.Value, null, null, null, null, reference, seen);
        ImmutableArray<JudgedStatistic> judged = rules.Length == 0
            ? [Look.Unjudged(statistic)]
            : [.. rules.Select(r => Look.Judged(statistic, r.Id, Said(r, ranking, seen)))];
        Rule? speaking = rules.FirstOrDefault(r => judged.Any(j => j.Rule == r.Id && j.Judgement == Judgement.Drifting));
        return new JudgedAttributions(ranking, judged, speaking is null ? unready ?? Few(rules, seen) : Summary(speaking, ranking));
    }

    // What lies beyond all cells, 2^40 times as large as is usual or infinite, is no explanation: one such row would be the mean of all.
    private static MeanShift.Moments Sizes(Layout layout, ReadOnlySpan<long> counts)
    {
        long[] kept = counts.ToArray();
        kept[^1] = 0;
        return MeanShift.Moments.Of(layout, kept);
    }

    private static Judgement Said(Rule rule, AttributionRanking ranking, long rows) =>
        ranking.Value is not { } value || rows < (rule.Alarm.MinRows ?? 0) ? Judgement.Insufficient
        : Look.Threshold(rule.Alarm, rule.Statistic, value, null, null).Judgement;

    private static string? Few(Rule[] rules, long rows) => rules.FirstOrDefault(r => rows < r.Alarm.MinRows) is { } rule
        ? $"{Look.Rows(rows)}, fewer than {rule.Alarm.MinRows}"
        : null;

    // the model relies on other features: the ranking of attributions has NDCG 0.84, below 0.9; income fell from 1 to 4, age rose from 3 to 1
    private static string Summary(Rule rule, AttributionRanking ranking)
    {
        IEnumerable<string> moved = ranking.Features.Where(f => f.Rank != f.ReferenceRank).OrderByDescending(f => Math.Abs(f.Effect)).Take(MostNamed)
            .Select(f => $"{f.Feature} {(f.Rank > f.ReferenceRank ? "fell" : "rose")} from {Place(f.ReferenceRank)} to {Place(f.Rank)}");
        return string.Create(CultureInfo.InvariantCulture,
            $"the model relies on other features: their ranking by attribution has an NDCG of {ranking.Value:0.###}, ")
            + $"{(rule.Alarm.Form.Below ? "below" : "above")} {Judging.Summary.Digits(rule.Alarm.Value)}; {string.Join(", ", moved)}";
    }

    private static string Place(int rank) => string.Create(CultureInfo.InvariantCulture, $"{rank}") + (rank % 100 is 11 or 12 or 13 ? "th"
        : (rank % 10) switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" });
}
