using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Host.Observability;

/// <summary>What judges of this process said last of each model, version and kind of window: names, labels and help of these metrics stand here.</summary>
/// <remarks>
/// A series begins with the first window that closes after a judge has taken the model over, and ends when another worker takes it. Signals, groups and
/// metrics are bounded: those that drift come first, then those that a rule looks at, then those that changed most. Thread-safe.
/// </remarks>
public sealed class ModelMetrics
{
    /// <summary>A version that was in none of so many windows has gone.</summary>
    private const int Patience = 3;

    private const string WindowEnd = "window_end_timestamp_seconds", WindowRows = "window_rows", WindowJudgement = "window_judgement",
        SignalValue = "signal_value", SignalPValue = "signal_p_value", SignalJudgement = "signal_judgement", SignalRows = "signal_rows",
        SignalMissing = "signal_missing_ratio", FairnessValue = "fairness_value", FairnessJudgement = "fairness_judgement",
        PerformanceValue = "performance_value", PerformanceJudgement = "performance_judgement", PerformanceLabels = "performance_labels_ratio",
        PerformanceCost = "performance_cost_per_row", AttributionValue = "attribution_value", AttributionJudgement = "attribution_judgement",
        KpiValue = "kpi_value", KpiTarget = "kpi_target", KpiJudgement = "kpi_judgement";

    private static readonly (string Name, string Help)[] Instruments =
    [
        (WindowEnd, "End of the last window that was judged, in seconds since 1970."),
        (WindowRows, "Rows of the last window."),
        (WindowJudgement, "What was said of the last window: 1, with the judgement as a label."),
        (SignalValue, "A statistic of a signal in the last window, against the leading baseline: PSI, and those that a rule looks at."),
        (SignalPValue, "The p-value of a statistic of a signal in the last window; absent where it has none."),
        (SignalJudgement, "What was said of a signal in the last window: 1, with the judgement as a label."),
        (SignalRows, "Rows of a signal in the last window."),
        (SignalMissing, "Share of a signal's rows in the last window that are null."),
        (FairnessValue, "A fairness statistic of a group in the last window."),
        (FairnessJudgement, "What was said of a fairness statistic in the last window: 1, with the judgement as a label."),
        (PerformanceValue, "A metric of how well a model does, in the last window, of rows whose label is known."),
        (PerformanceJudgement, "What was said of a metric in the last window: 1, with the judgement as a label."),
        (PerformanceLabels, "Share of the last window's rows whose label is known: of all, of the selected, of the others."),
        (PerformanceCost, "What wrong decisions cost in the last window, a row: of rows whose label is known, and as it was to be expected before."),
        (AttributionValue, "Whether a model relies on the same features as in the baseline, in the last window: 1 where it does."),
        (AttributionJudgement, "What was said of the ranking of attributions in the last window: 1, with the judgement as a label."),
        (KpiValue, "A number that its owner has set a target for, in the last window."),
        (KpiTarget, "Its target: with bound at_least the least value, with at_most the greatest."),
        (KpiJudgement, "What was said of a KPI in the last window: 1, with the judgement as a label; drifting where it misses its target."),
    ];

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Model, string Version, string Window), Reading> _windows = [];
    private ILookup<string, Sample> _shown = Array.Empty<Sample>().ToLookup(s => s.Metric);
    private int _most, _leftOut;
    private bool _changed;

    internal ModelMetrics(Meter meter, string prefix)
    {
        foreach ((string name, string help) in Instruments) meter.CreateObservableGauge(prefix + name, () => Shown(name), null, help);
        meter.CreateObservableGauge(
            prefix + "signals_left_out", LeftOut, null, "Signals, groups and metrics whose last values web.metrics.signals leaves out.");
    }

    /// <summary>How many signals, groups and metrics may be shown; with 0, which it is until it is told, nothing of any model is.</summary>
    public void Bound(int most)
    {
        lock (_gate) (_most, _changed) = (most, true);
    }

    /// <summary>What a judge said of a window.</summary>
    /// <param name="partition">The counts partition of its model.</param>
    /// <param name="verdict">The windows of a model come in order of time.</param>
    public void Judged(int partition, Verdict verdict)
    {
        ClosedWindow window = verdict.Window;
        // One that a new plan ended early decides nothing, and closes once more.
        if (window.CutBy is not null) return;
        lock (_gate)
        {
            EventTime oldest = window.End - new Duration(Patience * window.Window.Size.Microseconds);
            Remove((of, reading) => of.Model == window.Model && of.Window == window.Window.Name && reading.End <= oldest);
            _windows[(window.Model, VersionOf(window), window.Window.Name)] = Read(partition, verdict);
            _changed = true;
        }
    }

    /// <summary>Forgets the models of a counts partition that another process now has.</summary>
    public void Forget(int partition)
    {
        lock (_gate) Remove((_, reading) => reading.Partition == partition);
    }

    /// <summary>Forgets the models that a new plan does not have any more.</summary>
    public void Keep(IEnumerable<string> models)
    {
        HashSet<string> kept = [.. models];
        lock (_gate) Remove((of, _) => !kept.Contains(of.Model));
    }

    private void Remove(Func<(string Model, string Version, string Window), Reading, bool> which)
    {
        foreach (var gone in _windows.Where(w => which(w.Key, w.Value)).ToArray()) _changed |= _windows.Remove(gone.Key);
    }

    private IEnumerable<Measurement<double>> Shown(string metric)
    {
        lock (_gate)
        {
            Choose();
            return [.. _shown[metric].Select(s => new Measurement<double>(s.Value, s.Labels))];
        }
    }

    private long LeftOut()
    {
        lock (_gate)
        {
            Choose();
            return _leftOut;
        }
    }

    private void Choose()
    {
        if (!_changed) return;
        _changed = false;
        Subject[] all = [.. _windows.Values.SelectMany(w => w.Subjects)];
        _leftOut = Math.Max(0, all.Length - _most);
        IEnumerable<Subject> chosen = all.OrderByDescending(s => s.Judgement == Judgement.Drifting).ThenByDescending(s => s.Judgement is not null)
            .ThenByDescending(s => s.Size).Take(_most);
        IEnumerable<Sample> ofWindows = _most == 0 ? [] : _windows.Values.SelectMany(w => w.Whole);
        _shown = ofWindows.Concat(chosen.SelectMany(s => s.Samples)).ToLookup(s => s.Metric, StringComparer.Ordinal);
    }

    private static string VersionOf(ClosedWindow window) => window.Rest ? ClosedWindow.OtherVersions : window.Version;

    private static Reading Read(int partition, Verdict verdict)
    {
        ClosedWindow window = verdict.Window;
        KeyValuePair<string, object?>[] labels = [new("model", window.Model), new("version", VersionOf(window)), new("window", window.Window.Name)];
        var whole = new List<Sample>
        {
            new(WindowEnd, window.End / 1e6, labels),
            new(WindowRows, window.Rows, labels),
            new(WindowJudgement, 1, [.. labels, new("judgement", Name(verdict.Judgement))]),
        };
        List<Subject> subjects = [.. verdict.Shown.Select(s => OfSignal(s, labels)), .. verdict.Groups.Select(g => OfGroup(g, labels))];
        if (verdict.Performance is { } performance)
        {
            // While labels are still to come all that is known is estimated.
            if (!performance.AwaitsLabels) whole.AddRange(OfLabels(performance.Window, labels));
            if (performance.Costs is { } costs) whole.AddRange(OfCosts(costs, labels));
            subjects.AddRange(Metrics(performance).Select(m => OfMetric(m, performance.Judged.Where(j => j.Metric.Name == m.Name), labels)));
        }

        if (verdict.Attributions is { } attributions)
        {
            Judgement? said = attributions.Judgement == Judgement.Unjudged ? null : attributions.Judgement;
            whole.AddRange(Judged(
                AttributionValue, AttributionJudgement, attributions.Ranking.Value, said, 0, [.. labels, new("statistic", AttributionRanking.Name)]).Samples);
        }

        whole.AddRange(verdict.Kpis.SelectMany(k => OfKpi(k, labels)));
        return new Reading(partition, window.End, [.. whole], [.. subjects.Where(s => !s.Samples.IsEmpty)]);
    }

    private static Subject OfSignal(JudgedSignal signal, KeyValuePair<string, object?>[] window)
    {
        KeyValuePair<string, object?>[] labels = [.. window, new("signal", signal.Subject)];
        var samples = new List<Sample> { new(SignalRows, signal.Rows, labels), new(SignalJudgement, 1, [.. labels, new("judgement", Name(signal.Judgement))]) };
        if (signal.Rows > 0) samples.Add(new Sample(SignalMissing, signal.Missing / (double)signal.Rows, labels));
        double size = 0;
        foreach (JudgedStatistic statistic in signal.Statistics.Where(s => s.Against is null).DistinctBy(s => s.Name))
        {
            bool isPsi = statistic.Name == PopulationStability.Name;
            if (isPsi) size = statistic.Value ?? 0;
            if (!isPsi && statistic.Rule is null) continue;
            KeyValuePair<string, object?>[] own = [.. labels, new("statistic", statistic.Name)];
            if (statistic.Value is { } value) samples.Add(new Sample(SignalValue, value, own));
            if (statistic.PValue is { } p) samples.Add(new Sample(SignalPValue, p, own));
        }

        return new Subject(signal.Judgement, size, [.. samples]);
    }

    private static Subject OfGroup(JudgedGroup group, KeyValuePair<string, object?>[] window)
    {
        JudgedStatistic statistic = group.Statistic;
        double? parity = statistic.Name.EndsWith("_ratio", StringComparison.Ordinal) ? 1 - statistic.Value : statistic.Value;
        return Judged(FairnessValue, FairnessJudgement, statistic.Value, statistic.Rule is null ? null : statistic.Judgement, parity ?? 0,
            [.. window, new("group", group.Group), new("statistic", statistic.Name)]);
    }

    // Few and asked for: none is left out.
    private static IEnumerable<Sample> OfKpi(JudgedKpi of, KeyValuePair<string, object?>[] window)
    {
        KeyValuePair<string, object?>[] labels = [.. window, new("kpi", of.Kpi.Id)];
        if (of.Statistic.Value is { } value) yield return new Sample(KpiValue, value, labels);
        yield return new Sample(KpiTarget, of.Kpi.Target, [.. labels, new("bound", of.Kpi.AtLeast ? "at_least" : "at_most")]);
        yield return new Sample(KpiJudgement, 1, [.. labels, new("judgement", Name(of.Statistic.Judgement))]);
    }

    private static IEnumerable<(string Name, double? Value, double? Before)> Metrics(ComparedPerformance performance)
    {
        IEnumerable<(string, double?, double?)> known = performance.AwaitsLabels ? []
            : performance.Window.Metrics.Zip(performance.Reference.Metrics, (now, before) => (now.Name, now.Value, before.Value));
        if (performance.Estimate is not { } estimate) return known;
        return known.Concat(StatisticCatalog.OfEstimates.Select(
            e => (e.Name, estimate.Window.Metric(e.Estimates!).Value, estimate.Reference.Metric(e.Estimates!).Value)));
    }

    private static Subject OfMetric(
        (string Name, double? Value, double? Before) metric, IEnumerable<JudgedMetric> looks, KeyValuePair<string, object?>[] window)
    {
        // Of several rules the one that speaks.
        JudgedMetric? look = looks.OrderByDescending(l => l.Statistic.Judgement == Judgement.Drifting).FirstOrDefault();
        return Judged(PerformanceValue, PerformanceJudgement, metric.Value, look?.Statistic.Judgement, Math.Abs((metric.Value - metric.Before) ?? 0),
            [.. window, new("statistic", metric.Name)]);
    }

    private static Subject Judged(
        string ofValue, string ofJudgement, double? value, Judgement? judgement, double size, KeyValuePair<string, object?>[] labels)
    {
        var samples = new List<Sample>();
        if (value is { } known && double.IsFinite(known)) samples.Add(new Sample(ofValue, known, labels));
        if (judgement is { } said) samples.Add(new Sample(ofJudgement, 1, [.. labels, new("judgement", Name(said))]));
        return new Subject(judgement, size, [.. samples]);
    }

    private static IEnumerable<Sample> OfLabels(Performance performance, KeyValuePair<string, object?>[] window)
    {
        (string Rows, LabelCoverage Of)[] all = [("all", performance.Labels), ("selected", performance.Selected), ("others", performance.Rejected)];
        return all.Where(l => l.Of.Share is not null).Select(l => new Sample(PerformanceLabels, l.Of.Share!.Value, [.. window, new("rows", l.Rows)]));
    }

    private static IEnumerable<Sample> OfCosts(OutcomeCosts costs, KeyValuePair<string, object?>[] window)
    {
        (string Of, RowCosts? Cost)[] all = [("labels", costs.Window), ("estimate", costs.Estimated)];
        return all.Where(c => c.Cost is not null)
            .Select(c => new Sample(PerformanceCost, c.Cost!.PerRow, [.. window, new("by", c.Of), new("unit", costs.Costs.Unit)]));
    }

    private static string Name(Judgement judgement) => judgement.ToString().ToLowerInvariant();

    private sealed record Sample(string Metric, double Value, KeyValuePair<string, object?>[] Labels);

    /// <summary>A signal, a statistic of a group, or a metric; without a judgement where no rule looks at it.</summary>
    private sealed record Subject(Judgement? Judgement, double Size, ImmutableArray<Sample> Samples);

    private sealed record Reading(int Partition, EventTime End, ImmutableArray<Sample> Whole, ImmutableArray<Subject> Subjects);
}
