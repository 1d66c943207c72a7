using System.Collections.Immutable;
using System.Numerics.Tensors;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>One signal of a window while it is judged: its counts, and every rule that looks at it.</summary>
internal sealed class SignalCase
{
    // Every verdict shows these, whatever the rules look at.
    private static readonly string[] AlwaysShown = ["psi", "ks", "missing"];

    private readonly BaselineSignal _signal;
    private readonly bool _showAll, _mixed;
    private readonly ImmutableArray<long> _window;
    private readonly (long Reference, long Window) _rows;
    private readonly DesignEffect _design;
    private CellGroups? _ofBaseline;
    private readonly CellGroups _groups;
    private readonly List<(string Name, string? Convention, double? Confidence, Statistic Statistic)> _known = [];
    private readonly List<Look> _looks = [];

    public SignalCase(SignalReading reading, ClosedWindow window, JudgementSettings settings)
    {
        BaselineSignal signal = reading.Signal;
        (_signal, _window, _mixed) = (signal, reading.Counts, reading.IsMixed);
        _showAll = settings.ShowAll;
        _rows = (Sum(signal.Counts), Sum(_window));
        _design = DesignEffect.At(signal.Clusters, _rows.Window);
        // The hours of a calendar may hold few rows of the baseline, even where it is large.
        long leastReference = settings.Baseline.Calendar is null ? 0 : window.Window.MinRows;
        _groups = CellGroups.Of(Pair());
        foreach (Rule rule in settings.Rules)
        {
            if (rule.Signal != "*" && rule.Signal != signal.Name) continue;
            CatalogEntry? entry = StatisticCatalog.Find(rule.Statistic, rule.Convention, signal.Layout.Kind);
            if (entry is null) continue; // not a statistic of this kind of signal
            if (_mixed && !IsCommon(rule.Statistic, window)) continue;
            long minRows = rule.Urgent ? rule.Alarm.MinRows ?? window.Window.MinRows : Math.Max(window.Window.MinRows, rule.Alarm.MinRows ?? 0);
            _looks.Add(LookAt(rule, entry, minRows, leastReference));
        }
    }

    /// <summary>The looks of calibrated rules, grouped where they share a p-value: each group is one member of the window's family.</summary>
    public IEnumerable<IEnumerable<Look>> CalibratedLooks() =>
        _looks.Where(l => l.IsCalibrated).GroupBy(l => (l.Statistic.Name, l.Statistic.Test));

    /// <param name="family">How many p-values the window has.</param>
    public JudgedSignal Verdict(int family)
    {
        (Judgement judgement, string? why) = Together();
        IEnumerable<Statistic> unjudged = _mixed ? [] : _showAll ? Others() : Unasked();
        ImmutableArray<JudgedStatistic> statistics = [.. _looks.Select(l => Judged(l, family)).Where(IsShown), .. unjudged.Select(Look.Unjudged)];
        ImmutableArray<CellContribution> cells = Contributions.Top(_groups);
        CountPair pair = Pair();
        if (judgement == Judgement.Drifting)
        {
            MeanShift? mean = _signal.Layout.Kind == LayoutKind.Numeric ? MeanShift.Of(pair) : null;
            why = Summary.OfSignal(_signal.Name, statistics, _groups, mean);
        }

        long missing = RowRates.Rows(pair, RowRates.Missing)?.Window ?? 0, unseen = RowRates.Rows(pair, RowRates.Unseen)?.Window ?? 0;
        return new JudgedSignal(_signal.Name, pair.WindowRows, missing, unseen, judgement, why, statistics, cells)
        {
            DesignEffect = _signal.Clusters.IsEmpty ? null : _design.Cells,
        };
    }

    // Urgent rules are many and hardly ever speak.
    private bool IsShown(JudgedStatistic statistic) => statistic.Rejected || !_looks.Exists(l => l.Rule.Urgent && l.Rule.Id == statistic.Rule);

    private JudgedStatistic Judged(Look look, int family)
    {
        JudgedStatistic judged = look.Judged();
        if (!look.IsCalibrated || look.Statistic.Name != PopulationStability.Name) return judged;
        Alarm alarm = look.Rule.Alarm;
        return judged with { Detectable = DetectableChange.Psi(Pair(), _groups, alarm.Value / family, alarm.MinEffect) };
    }

    private (Judgement Judgement, string? Why) Together()
    {
        if (_looks.Count == 0 && !_mixed) return (Judgement.Unjudged, null);
        List<(Judgement Judgement, string? Why)> judged = [.. _looks.Where(l => !l.Rule.Urgent).Select(l => l.Judge())];
        if (_looks.Exists(l => l.Rule.Urgent && l.Judge().Judgement == Judgement.Drifting)) return (Judgement.Drifting, null);
        if (judged.Exists(j => j.Judgement == Judgement.Drifting)) return (Judgement.Drifting, null);
        if (_mixed) return (Judgement.Insufficient, SignalReading.Mixed);
        // Where one rule cannot say, the signal is not called steady because another one can.
        int silent = judged.FindIndex(j => j.Judgement == Judgement.Insufficient);
        if (silent >= 0) return judged[silent];
        return judged.Count > 0 ? (Judgement.Steady, null) : (Judgement.Unjudged, null);
    }

    // A rate is of cells that all layouts have; the volume is the window's only where every plan counted the signal.
    private bool IsCommon(string statistic, ClosedWindow window) =>
        statistic == RowRates.Volume ? Pair().WindowRows == window.Rows : RowRates.Rows(Pair(), statistic) is not null;

    private Look LookAt(Rule rule, CatalogEntry entry, long minRows, long leastReference)
    {
        Statistic statistic = Get(entry, rule.Alarm.Confidence);
        bool ofValues = statistic.WindowRows < _rows.Window;
        if (!rule.Alarm.Form.NeedsBaseline) return new Look(rule, statistic, null, null, minRows) { FewReference = Few(), OfValues = ofValues };
        return new Look(rule, statistic, OfBaseline(rule.Statistic, entry), Change(rule), minRows) { FewReference = Few(), OfValues = ofValues };

        (long, long)? Few() => _rows.Reference < leastReference ? (_rows.Reference, leastReference) : null;
    }

    // Rates need no groups, and most rules that need the baseline's own are on rates.
    private double? OfBaseline(string statistic, CatalogEntry entry)
    {
        var own = new CountPair(_signal.Layout, _signal.Counts.AsSpan(), _signal.Counts.AsSpan());
        if (own.ReferenceRows == 0) return null;
        if (statistic == RowRates.OutOfRange) return RowRates.OutOfRangeOf(own).Value;
        if (RowRates.Rows(own, statistic) is { } rows)
            return (statistic == RowRates.Unseen ? UnseenOfBaseline() : rows.Reference) / (double)own.ReferenceRows;
        return entry.Compute!(own, _ofBaseline ??= CellGroups.Of(own), entry.Convention, null).Value;
    }

    // The growth of a rate has an interval of its own, since both samples are uncertain.
    private Interval? Change(Rule rule)
    {
        CountPair pair = Pair();
        if (rule.Alarm.Confidence is not { } confidence || RowRates.Rows(pair, rule.Statistic) is not { } rows) return null;
        if (pair.ReferenceRows == 0 || pair.WindowRows == 0) return null;
        double f = _design.Cells; // so many rows count as one
        long ofBaseline = rule.Statistic == RowRates.Unseen ? UnseenOfBaseline() : rows.Reference;
        return Proportions.Newcombe(
            rows.Window / f, pair.WindowRows / f, ofBaseline / f, pair.ReferenceRows / f, Proportions.Quantile(confidence));
    }

    // The baseline knows all of its own categories: what is new in it are the rows it would not know without themselves (Good 1953).
    private long UnseenOfBaseline() => (long)NovelRows.OfUnseen(_signal.Counts.AsSpan(), _window.AsSpan(), _signal.Layout.UnseenCell).Single;

    private IEnumerable<Statistic> Unasked()
    {
        foreach (string name in AlwaysShown)
        {
            CatalogEntry? entry = StatisticCatalog.Find(name, null, _signal.Layout.Kind);
            if (entry is null || _looks.Exists(l => l.Rule.Statistic == name && l.Rule.Convention is null or "merged-cells")) continue;
            yield return Get(entry, null);
        }
    }

    // Some conventions are spellings of one another: equal results are reported once.
    private IEnumerable<Statistic> Others()
    {
        HashSet<(string, string?)> shown = [.. _looks.Select(l => (l.Statistic.Name, l.Statistic.Convention))];
        return StatisticCatalog.Entries
            .Where(e => e.Suits(_signal.Layout.Kind))
            .Select(e => Get(e, null))
            .Where(s => shown.Add((s.Name, s.Convention)));
    }

    private Statistic Get(CatalogEntry entry, double? confidence)
    {
        int at = _known.FindIndex(k => k.Name == entry.Name && k.Convention == entry.Convention && k.Confidence == confidence);
        if (at >= 0) return _known[at].Statistic;
        Statistic statistic = entry.Compute!(Pair(), _groups, entry.Convention, confidence);
        _known.Add((entry.Name, entry.Convention, confidence, statistic));
        return statistic;
    }

    private CountPair Pair() => new(_signal.Layout, _signal.Counts.AsSpan(), _window.AsSpan(), _rows, _design);

    private static long Sum(ImmutableArray<long> counts) => TensorPrimitives.Sum(counts.AsSpan());
}
