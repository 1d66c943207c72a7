using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>From a closed window to its verdict: a pure function of the counts, the baseline, the rules and what their trends have seen.</summary>
public static class WindowJudge
{
    /// <summary>Why a window is unjudged that a learned baseline came into the middle of.</summary>
    internal const string CountedBefore = "some of its rows were counted before its baseline was learned";

    /// <param name="window">What is judged.</param>
    /// <param name="settings">The rules, and the baseline of the newest plan that counted its rows.</param>
    /// <param name="baselines">Baselines of all plans that counted its rows, oldest first; empty where that is the settings' alone.</param>
    /// <param name="references">What it is judged against beside the baseline.</param>
    /// <param name="trends">The detectors of its trends, which see the window; null where there are none, as of a window by itself.</param>
    /// <param name="each">Who works on signals: in turn, where there are trends; null: one after the other. The verdict is the same.</param>
    public static Verdict Judge(
        ClosedWindow window, JudgementSettings settings, ImmutableArray<Baseline> baselines = default,
        ImmutableArray<WindowReference> references = default, Trends? trends = null, EachColumn? each = null)
    {
        each ??= OneByOne.Each;
        if (baselines.IsDefaultOrEmpty) baselines = [settings.Baseline];
        if (references.IsDefault) references = [];
        if (baselines.FirstOrDefault(b => b.ToLearn is not null) is { ToLearn: { } first })
            return Unjudged(window, settings, baselines.Length > 1 ? CountedBefore : $"learning its baseline from the first {first.Spell()} of its rows");
        if (settings.Baseline.LearnedUntil is { } until && window.Start < until)
            return Unjudged(window, settings, $"its rows are among those that its baseline was learned from, up to {EventTime.Format(until)}");
        var readings = new List<SignalReading>();
        var slices = new List<SignalCase>();
        var unread = new List<JudgedSignal>();
        var groups = ImmutableArray.CreateBuilder<JudgedGroup>();
        SignalReading? outcomes = null, labels = null;
        ILookup<string, BaselineSignal> counted = baselines.SelectMany(b => b.Signals).ToLookup(s => s.Key, StringComparer.Ordinal);
        foreach (BaselineSignal signal in settings.Baseline.Signals)
        {
            SignalReading reading = SignalReading.Of(signal, window, baselines.Length, counted, settings.Baseline.Calendar);
            if (signal.Role == SignalRole.Outcome) outcomes = reading;
            else if (signal.Role == SignalRole.Label) labels = reading;
            else if (signal.Role == SignalRole.Group) groups.AddRange(GroupJudge.Judge(reading, window, settings));
            else if (signal.Role == SignalRole.Calibration) groups.AddRange(CalibrationJudge.Judge(reading, window, settings));
            else if (signal.Role == SignalRole.GroupResiduals) groups.AddRange(GroupErrorJudge.Judge(reading, window, settings));
            else if (signal.Role == SignalRole.Slice && reading.IsMixed) unread.AddRange(Unread(signal));
            else if (signal.Role == SignalRole.Slice) slices.AddRange(Slices(reading, window, settings));
            else readings.Add(reading);
        }

        if (outcomes is not null) outcomes = outcomes with { Labels = labels };
        OutcomePair? table = outcomes is null ? null : OutcomePair.Of(outcomes);
        ComparedPerformance? performance = outcomes is null ? null : PerformanceJudge.Judge(outcomes, table!, window, settings, trends);
        var signals = new SeveralReferences[readings.Count];
        each(signals.Length, i => signals[i] = Against(readings[i]));
        int family = CorrectForLooks([.. signals.SelectMany(s => s.Cases), .. slices]);
        var judged = new JudgedSignal[signals.Length];
        each(judged.Length, i => judged[i] = signals[i].Verdict(family));
        ImmutableArray<JudgedSignal> verdicts = [.. judged], ofSlices = [.. slices.Select(s => s.Verdict(family)), .. unread];
        ImmutableArray<JudgedGroup> of = groups.ToImmutable();
        ImmutableArray<JudgedStatistic> ofModel = LossJudge.Judge(window, settings);
        ImmutableArray<JudgedMetric> metrics = performance?.Judged ?? [];
        ImmutableArray<JudgedKpi> kpis = KpiJudge.Judge(window, settings, readings, table);
        JudgedAttributions? attributions = AttributionJudge.Judge(window, settings, readings);
        string why = Why(verdicts, ofSlices, of, metrics, kpis) + Lacking(ofModel, window);
        if (attributions is { Judgement: Judgement.Drifting }) why += "; the ranking of attributions";
        return new Verdict(window, Overall(verdicts, ofSlices, of, metrics, kpis, attributions?.Judgement), why, verdicts, of, settings.Baseline.Hash)
        {
            OfModel = ofModel,
            Performance = performance,
            Attributions = attributions,
            Kpis = kpis,
            Slices = ofSlices,
            ShowsAllSlices = settings.ShowAll,
            Baselines = baselines.Length > 1 ? [.. baselines.Select(b => b.Hash)] : [],
            References = references,
        };

        SeveralReferences Against(SignalReading reading) => new(
            new SignalCase(reading, window, settings, trends),
            // In the few cells that two layouts have in common there is nothing that the leading baseline does not say.
            [.. references.Where(r => r.Judges(reading.Signal) && !reading.IsMixed).Select(r => (r, new SignalCase(reading, window, settings, against: r)))]);
    }

    // What was counted before there was a baseline is in no cell. What is judged without one is judged: lost rows, silence.
    private static Verdict Unjudged(ClosedWindow window, JudgementSettings settings, string why)
    {
        ImmutableArray<JudgedStatistic> ofModel = LossJudge.Judge(window, settings);
        return new Verdict(window, Judgement.Unjudged, why + Lacking(ofModel, window), [], [], settings.Baseline.Hash) { OfModel = ofModel };
    }

    private static string Lacking(ImmutableArray<JudgedStatistic> ofModel, ClosedWindow window) =>
        string.Concat(ofModel.Where(s => s.Judgement == Judgement.Drifting).Select(s => "; " + LossJudge.Summary(s, window)));

    private static IEnumerable<SignalCase> Slices(SignalReading reading, ClosedWindow window, JudgementSettings settings)
    {
        BaselineSignal? whole = settings.Baseline.Signals.FirstOrDefault(s => s.IsColumn && s.Name == reading.Signal.Name);
        return reading.Slices(whole?.Clusters ?? []).Select(s => new SignalCase(s.Reading, window, settings, slice: s.Slice));
    }

    // A slice has no cells that all layouts have.
    private static IEnumerable<JudgedSignal> Unread(BaselineSignal signal) => signal.Layout.Slices.Select(values =>
        new JudgedSignal(signal.Name, 0, 0, 0, Judgement.Insufficient, SignalReading.Mixed, [], []) { Slice = new Slice(signal.SliceColumns, values) });

    // One family for a model, version and window: it holds every p-value that a calibrated rule looks at, once, those of slices too.
    private static int CorrectForLooks(List<SignalCase> signals)
    {
        List<IEnumerable<Look>> family = [.. signals.SelectMany(s => s.CalibratedLooks())];
        double[] adjusted = BenjaminiHochberg.Adjusted([.. family.Select(same => same.First().Statistic.PValueOfRule!.Value)]);
        for (int i = 0; i < adjusted.Length; i++)
        {
            foreach (Look look in family[i]) look.AdjustedP = adjusted[i];
        }

        return family.Count;
    }

    // Small slices are insufficient in many windows, which says nothing of the model.
    private static Judgement Overall(
        ImmutableArray<JudgedSignal> signals, ImmutableArray<JudgedSignal> slices, ImmutableArray<JudgedGroup> groups, ImmutableArray<JudgedMetric> metrics,
        ImmutableArray<JudgedKpi> kpis, Judgement? attributions)
    {
        HashSet<Judgement> said =
        [
            .. signals.Select(s => s.Judgement), .. groups.Select(g => g.Statistic.Judgement), .. metrics.Select(m => m.Statistic.Judgement),
            .. kpis.Select(k => k.Statistic.Judgement), .. attributions is { } ranked ? (Judgement[])[ranked] : [],
        ];
        if (said.Contains(Judgement.Drifting) || slices.Any(s => s.Judgement == Judgement.Drifting)) return Judgement.Drifting;
        if (said.Contains(Judgement.Steady)) return Judgement.Steady;
        return said.Contains(Judgement.Insufficient) ? Judgement.Insufficient : Judgement.Unjudged;
    }

    private static string Why(
        ImmutableArray<JudgedSignal> signals, ImmutableArray<JudgedSignal> slices, ImmutableArray<JudgedGroup> groups, ImmutableArray<JudgedMetric> metrics,
        ImmutableArray<JudgedKpi> kpis)
    {
        if (signals.IsEmpty && slices.IsEmpty) return WhyWithoutSignals(groups, metrics, kpis);
        string why = Count("signal", signals.Length, [.. signals.Where(s => s.Judgement == Judgement.Drifting).Select(s => s.Signal)]);
        if (slices.Length > 0)
            why += "; " + Count("slice", slices.Length, [.. slices.Where(s => s.Judgement == Judgement.Drifting).Select(s => s.Subject)]);
        string[] drifting = [.. groups.Where(g => g.Statistic.Judgement == Judgement.Drifting).Select(g => g.Group).Distinct()];
        if (drifting.Length > 0) why += "; " + Count("group", groups.Select(g => g.Group).Distinct().Count(), drifting);
        string[] worse = [.. metrics.Where(m => m.Statistic.Judgement == Judgement.Drifting).Select(m => m.Metric.Name).Distinct()];
        if (worse.Length > 0) why += "; " + Count("metric", metrics.Select(m => m.Metric.Name).Distinct().Count(), worse);
        string[] missed = [.. kpis.Where(k => k.MissedBy is not null).Select(k => k.Kpi.Id)];
        if (missed.Length > 0) why += "; " + Count("KPI", kpis.Length, missed);
        int silent = signals.Count(s => s.Judgement == Judgement.Insufficient), small = slices.Count(s => s.Judgement == Judgement.Insufficient);
        if (silent > 0) why += $"; {silent} insufficient";
        int untold = kpis.Count(k => k.Statistic.Judgement == Judgement.Insufficient);
        if (untold > 0) why += $"; {untold} KPI{(untold == 1 ? "" : "s")} insufficient";
        return small == 0 ? why : $"{why}; {small} slice{(small == 1 ? "" : "s")} insufficient";
    }

    // As of rows that were joined with their labels: "0 of 0 signals" would say that nothing was looked at.
    private static string WhyWithoutSignals(ImmutableArray<JudgedGroup> groups, ImmutableArray<JudgedMetric> metrics, ImmutableArray<JudgedKpi> kpis)
    {
        (string What, ILookup<string, Judgement> Judged)[] all =
        [
            ("metric", metrics.ToLookup(m => m.Metric.Name, m => m.Statistic.Judgement)),
            ("group", groups.Where(g => g.Statistic.Rule is not null).ToLookup(g => g.Group, g => g.Statistic.Judgement)),
            ("KPI", kpis.ToLookup(k => k.Kpi.Id, k => k.Statistic.Judgement)),
        ];
        string[] parts =
        [
            .. all.Where(a => a.Judged.Count > 0)
                .Select(a => Count(a.What, a.Judged.Count, [.. a.Judged.Where(j => j.Contains(Judgement.Drifting)).Select(j => j.Key)])),
        ];
        int silent = all.Sum(a => a.Judged.Count(j => j.Contains(Judgement.Insufficient) && !j.Contains(Judgement.Drifting)));
        return parts.Length == 0 ? "no rule looks at it" : string.Join("; ", parts) + (silent == 0 ? "" : $"; {silent} insufficient");
    }

    private static string Count(string what, int all, string[] drifting)
    {
        const int named = 5;
        string names = string.Join(", ", drifting.Take(named)) + (drifting.Length > named ? ", ..." : "");
        return $"{drifting.Length} of {all} {what}{(all == 1 ? "" : "s")}{(names.Length > 0 ? ": " : "")}{names}";
    }
}
