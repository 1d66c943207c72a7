using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>Judges the KPIs of a window: each is one number, and the whole of its interval must miss the target.</summary>
internal static class KpiJudge
{
    /// <summary>The confidence of a KPI's interval, unless the config says otherwise.</summary>
    public const double DefaultConfidence = 0.95;

    private const string NotWatched = "the baseline does not have it";

    /// <summary>The KPIs, in the order of the config.</summary>
    /// <param name="window">The window.</param>
    /// <param name="settings">The KPIs, and what errors cost.</param>
    /// <param name="signals">The counts of the signals in the window.</param>
    /// <param name="outcomes">Those of decisions, scores and labels, beside the baseline's; null where the model has no label.</param>
    public static ImmutableArray<JudgedKpi> Judge(
        ClosedWindow window, JudgementSettings settings, IReadOnlyList<SignalReading> signals, OutcomePair? outcomes) =>
        [.. settings.Kpis.Select(k => Judge(k, window, settings, signals, outcomes))];

    private static JudgedKpi Judge(
        Kpi kpi, ClosedWindow window, JudgementSettings settings, IReadOnlyList<SignalReading> signals, OutcomePair? outcomes)
    {
        // How many rows a KPI needs is its own matter, as of a rule on how well the model does.
        long least = kpi.Rule.Alarm.MinRows ?? (kpi.IsOfLabels ? PerformanceJudge.DefaultMinRows : window.Window.MinRows);
        window = window with { Window = window.Window with { MinRows = least } };
        if (!kpi.IsOfLabels || outcomes is null || kpi.Rule.Statistic == Kpi.CostPerRow)
            return Told(kpi, Measured(kpi, window, settings, signals, outcomes), null, null);
        JudgedMetric metric = PerformanceJudge.JudgeMetric(kpi.Rule, outcomes, window);
        Interval? open = metric.OfCells ? metric.Metric.LeftOpen : null;
        // What cells leave open is no chance: a target that the rows may miss by it is not met.
        Interval? rows = outcomes.Kind == LabelKind.Binary ? null : open;
        return Told(kpi, (metric.Statistic, metric.Why), open, rows) with { OfCells = metric.OfCells };
    }

    private static (JudgedStatistic Statistic, string? Why) Measured(
        Kpi kpi, ClosedWindow window, JudgementSettings settings, IReadOnlyList<SignalReading> signals, OutcomePair? outcomes)
    {
        JudgementSettings alone = settings with { Rules = [kpi.Rule], Further = [] };
        if (!kpi.IsOfLabels)
        {
            if (signals.FirstOrDefault(s => s.Signal.IsSignal && s.Signal.Name == kpi.Rule.Signal) is not { } reading) return Insufficient(kpi, NotWatched);
            (JudgedStatistic Statistic, string? Why) judged = new SignalCase(reading, window, alone).Alone() ?? Insufficient(kpi, SignalReading.Mixed);
            return judged with { Why = Open(kpi, judged.Statistic, reading) ?? judged.Why };
        }

        return outcomes is null ? Insufficient(kpi, NotWatched) : PerformanceJudge.JudgeCost(kpi.Rule, settings.Costs!, outcomes, window);
    }

    private static (JudgedStatistic, string?) Insufficient(Kpi kpi, string why) =>
        (JudgedStatistic.OfCount(kpi.Rule.Statistic, null, 0, kpi.Id, Judgement.Insufficient), why);

    // Why a mean cannot be told that enough rows have: one of them may be anything.
    private static string? Open(Kpi kpi, JudgedStatistic of, SignalReading reading)
    {
        bool isTold = of is { Low: not null, High: not null } || of is not { Judgement: Judgement.Insufficient, Value: not null };
        if (kpi.Rule.Statistic != Mean.Name || isTold) return null;
        (long below, long above) = (reading.Counts[0], reading.Counts[reading.Signal.Layout.NanCell - 1]);
        (long Rows, string Where)[] ends = [(below, "below the baseline's least value"), (above, "above its greatest one")];
        (long Rows, string Where)[] beyond = [.. ends.Where(e => e.Rows > 0)];
        return beyond.Length == 0 ? null
            : $"mean: {string.Join(" and ", beyond.Select(b => $"{Look.Rows(b.Rows)} {b.Where}"))} may be anywhere; a share has no such end";
    }

    // A number that meets its target is well, also where chance leaves open by how little: what is missed must be missed for sure.
    private static bool Meets(Kpi kpi, JudgedStatistic of, string? why, Interval? rows) =>
        of is { Judgement: Judgement.Insufficient, Value: { } value } && JudgedStatistic.IsUndecided(why)
        && Look.Threshold(kpi.Rule.Alarm with { Confidence = null }, of.Name, value, null, null, rows).Judgement == Judgement.Steady
        && (kpi.AtLeast ? of.Low : of.High) is not null;

    private static JudgedKpi Told(Kpi kpi, (JudgedStatistic Statistic, string? Why) judged, Interval? open, Interval? rows)
    {
        if (Meets(kpi, judged.Statistic, judged.Why, rows)) judged = (judged.Statistic with { Judgement = Judgement.Steady }, null);
        var told = new JudgedKpi(kpi, judged.Statistic, judged.Statistic.Judgement == Judgement.Steady ? null : judged.Why) { LeftOpen = open };
        return told.MissedBy is null ? told : told with { Why = Missed(told) };
    }

    // conversion misses its target of at least 30 %: 27 % (26.1 % to 27.9 %) of 10,400 rows; 312 rows short, which costs 3,744 EUR
    private static string Missed(JudgedKpi of)
    {
        (Kpi kpi, JudgedStatistic now) = (of.Kpi, of.Statistic);
        // What it misses its target by, and costs, is the least that it can be.
        bool isOpen = of.IsUnbounded;
        string least = isOpen ? "at least " : "";
        string interval = (now.Low, now.High) switch
        {
            ({ } low, { } high) => $" ({Summary.Ends(low, high, kpi.Spell)})",
            ({ } low, null) => $" ({(isOpen ? Summary.Ends(low, double.PositiveInfinity, kpi.Spell) : $"from {kpi.Spell(low)}")})",
            (null, { } high) => $" ({(isOpen ? Summary.Ends(double.NegativeInfinity, high, kpi.Spell) : $"up to {kpi.Spell(high)}")})",
            _ => "",
        };
        string cost = of.Cost is { } amount ? $", which costs {least}{amount.ToString("N0", CultureInfo.InvariantCulture)} {kpi.Unit}" : "";
        string by = of.RowsShort is { } rows
            ? $"{rows.ToString("N0", CultureInfo.InvariantCulture)} {(rows == 1 ? "row" : "rows")} {(kpi.AtLeast ? "short" : "too many")}"
            : $"{least}{kpi.Spell(of.MissedBy!.Value)} {(kpi.AtLeast ? "short" : "too much")}";
        return $"{kpi.Name} misses its target of {kpi.TargetText}: {Summary.Known(now.Value!.Value, of.LeftOpen, kpi.Spell)}{interval} of "
            + $"{now.WindowRows.ToString("N0", CultureInfo.InvariantCulture)} rows; {by}{cost}";
    }
}
