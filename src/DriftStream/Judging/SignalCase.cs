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
    private static readonly string[] AlwaysShown = ["psi", "ks", "missing", JointDependence.DependenceShift, JointDependence.CorrelationShift];

    /// <summary>Slices are many and small: there a limit must be passed by a whole interval, also where the rule asks for none.</summary>
    private const double ConfidenceOfSlices = 0.99;

    /// <summary>A goal is missed where a whole interval misses it, also where the rule asks for none: a target is often where the share is.</summary>
    private const double ConfidenceOfGoals = 0.95;

    /// <summary>With fewer rows of the reference nothing is judged by it, however few the window asks for.</summary>
    private const long FewestReference = 30;

    private readonly BaselineSignal _signal;
    private readonly Slice? _slice;
    private readonly bool _showAll, _mixed, _ofHours;
    private readonly int _privacyRows;
    private readonly string? _against;
    private readonly ImmutableArray<long> _window;
    private readonly (long Reference, long Window) _rows;
    private readonly DesignEffect _design;
    private CellGroups? _ofBaseline;
    private readonly CellGroups _groups;
    private readonly List<(string Name, string? Convention, double? Confidence, Statistic Statistic)> _known = [];
    private readonly List<Look> _looks = [];

    /// <param name="reading">The signal in the window, and the leading baseline.</param>
    /// <param name="window">The window.</param>
    /// <param name="settings">The rules.</param>
    /// <param name="trends">The detectors of trends, which see all rows of the signal against the leading baseline; null where nothing is to be noted.</param>
    /// <param name="against">What it is compared with in place of the leading baseline; null: that one.</param>
    /// <param name="slice">The rows that the reading is of; null for all.</param>
    public SignalCase(
        SignalReading reading, ClosedWindow window, JudgementSettings settings, Trends? trends = null, WindowReference? against = null, Slice? slice = null)
    {
        BaselineSignal signal = against?.Of(reading.Signal) ?? reading.Signal;
        (_signal, _window, _mixed) = (signal, reading.Counts, reading.IsMixed);
        (_against, _slice) = (against?.Name, slice);
        (_showAll, _privacyRows) = (settings.ShowAll, settings.PrivacyRows);
        _rows = (Sum(signal.Counts), Sum(_window));
        _design = DesignEffect.At(signal.Clusters, _rows.Window);
        // The hours of a calendar may hold few rows of the baseline, even where it is large, and the stream may have few of any reference.
        _ofHours = settings.Baseline.Calendar is not null && against is null;
        long leastReference = _ofHours || against is not null ? window.Window.MinRows : Math.Min(window.Window.MinRows, FewestReference);
        _groups = CellGroups.Of(Pair());
        foreach (Rule rule in settings.Rules)
        {
            if (rule.Signal != "*" && rule.Signal != signal.Name) continue;
            // How many rows there are is said of the whole, and a goal is one for the whole.
            if (slice is not null && (rule.Statistic == RowRates.Volume || rule.Cells is not null)) continue;
            CatalogEntry? entry = StatisticCatalog.Find(rule.Statistic, rule.Convention, signal.Layout);
            if (entry is null || entry.OfCells != rule.Cells.HasValue) continue; // not a statistic of this kind of signal
            if (_mixed && !IsCommon(rule.Statistic, window)) continue;
            if (against is not null && IsOfWindowAlone(rule)) continue; // the leading case has said it
            if ((against is not null || slice is not null) && rule.Alarm.Form.IsTrend) continue; // one detector, one series of values
            long minRows = rule.Urgent ? rule.Alarm.MinRows ?? window.Window.MinRows : Math.Max(window.Window.MinRows, rule.Alarm.MinRows ?? 0);
            _looks.Add(LookAt(rule, entry, minRows, leastReference));
        }

        if (trends is null || _mixed) return;
        foreach (Look look in _looks) look.Show(trends, window, signal.Name, settings.Baseline.Hash);
    }

    /// <summary>The looks of calibrated rules, grouped where they share a p-value: each group is one member of the window's family.</summary>
    public IEnumerable<IEnumerable<Look>> CalibratedLooks() =>
        _looks.Where(l => l.IsCalibrated).GroupBy(l => (l.Statistic.Name, l.Statistic.Test));

    /// <summary>What its only rule says, without anything else of the signal; null where that cannot look at it.</summary>
    public (JudgedStatistic Statistic, string? Why)? Alone() => _looks is [var look] ? (look.Judged(), look.Judge().Why) : null;

    /// <param name="family">How many p-values the window has.</param>
    public JudgedSignal Verdict(int family)
    {
        (Judgement judgement, string? why) = Together();
        IEnumerable<Statistic> unjudged = _mixed || _against is not null ? [] : _showAll ? Others() : Unasked();
        ImmutableArray<JudgedStatistic> statistics = [.. _looks.Select(l => Judged(l, family)).Where(IsShown), .. unjudged.Select(Look.Unjudged)];
        ImmutableArray<CellContribution> cells = Contributions.Top(_groups, _showAll ? 0 : _privacyRows);
        CountPair pair = Pair();
        if (judgement == Judgement.Drifting)
        {
            MeanShift? mean = _signal.Layout.Kind == LayoutKind.Numeric ? MeanShift.Of(pair) : null;
            why = Sentence(statistics, mean) + (_against is null ? "" : $" (against {_against})");
            if (_slice is not null) why = $"among {_slice.Text}: {why}";
        }

        long missing = RowRates.Rows(pair, RowRates.Missing)?.Window ?? 0, unseen = RowRates.Rows(pair, RowRates.Unseen)?.Window ?? 0;
        JointDependence? dependence = _mixed ? null : _groups.Dependence;
        if (dependence is not null) missing = pair.WindowRows - dependence.Window.Rows;
        return new JudgedSignal(_signal.Name, pair.WindowRows, missing, unseen, judgement, why, statistics, cells)
        {
            Slice = _slice,
            Pair = dependence is null ? null : new JudgedPair(_signal.Columns[0], _signal.Columns[1], dependence.Reference, dependence.Window),
            Moved = judgement == Judgement.Drifting ? RowsMoved.Of(pair, _groups, [.. Speaking().Select(l => l.Rule.Statistic)]) : 0,
            IsOneCell = judgement == Judgement.Drifting && dependence is null && RowsMoved.IsOneCell(pair),
            Shares = dependence is null && _against is null && (_slice is null || judgement == Judgement.Drifting)
                ? SignalShares.Of(_groups, _privacyRows)
                : null,
            DesignEffect = _signal.Clusters.IsEmpty ? null : _design.Cells,
        };
    }

    // Goals first: they are what the owner has asked for.
    private string Sentence(ImmutableArray<JudgedStatistic> statistics, MeanShift? mean)
    {
        List<string> goals = [.. Speaking().Select(l => l.Rule.Goal).OfType<string>().Distinct().Select(g => $"goal missed: {g}")];
        goals.AddRange(Speaking().Where(l => l.Rule.Cells is not null && !l.Rule.Alarm.Form.IsTrend).Select(OfShare));
        ImmutableArray<JudgedStatistic> others = [.. statistics.Where(s => s.Name != RowRates.Share || s.Trend is not null)];
        if (others.Any(s => s.Rejected))
        {
            goals.Add(_groups.Dependence is { } dependence
                ? Summary.OfPair(_signal.Columns[0], _signal.Columns[1], others, dependence)
                : Summary.OfSignal(_signal.Name, others, _groups, mean));
        }

        return string.Join("; ", goals);

        string OfShare(Look look) => Summary.OfShare(
            _signal.Name, look.Rule, look.Statistic.Value!.Value, RowsOf(look.Rule, Pair())!.Value.Reference / (double)_rows.Reference);
    }

    private IEnumerable<Look> Speaking() => _looks.Where(l => l.Judge().Judgement == Judgement.Drifting);

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
        if (Speaking().Any()) return (Judgement.Drifting, null);
        // Urgent rules see only gross faults, and a trend is looked for beside what a window shows by itself: neither says that a signal is well.
        List<(Judgement Judgement, string? Why)> judged = [.. _looks.Where(l => !l.Rule.AtOnce).Select(l => l.Judge())];
        if (judged.Count == 0) judged = [.. _looks.Where(l => l.Rule.Alarm.Form.IsTrend).Select(l => l.Judge())];
        if (_mixed) return (Judgement.Insufficient, SignalReading.Mixed);
        // Where one rule cannot say, the signal is not called steady because another one can.
        int silent = judged.FindIndex(j => j.Judgement == Judgement.Insufficient);
        if (silent >= 0) return judged[silent];
        return judged.Count > 0 ? (Judgement.Steady, null) : (Judgement.Unjudged, null);
    }

    // A rate is of cells that all layouts have; the volume is the window's only where every plan counted the signal.
    private bool IsCommon(string statistic, ClosedWindow window) =>
        statistic == RowRates.Volume ? Pair().WindowRows == window.Rows : RowRates.Rows(Pair(), statistic) is not null;

    // Such a number does not compare the window with anything.
    private static bool IsOfWindowAlone(Rule rule) =>
        rule.Alarm.Form.IsOfValue && rule.Statistic is RowRates.Volume or RowRates.Missing or RowRates.Nan or RowRates.Unseen or RowRates.Share;

    private Look LookAt(Rule rule, CatalogEntry entry, long minRows, long leastReference)
    {
        double? confidence = rule.Alarm.Confidence ?? Unwritten();
        Statistic statistic = rule.Cells is { } cells ? RowRates.Of(Pair(), cells, confidence) : Get(entry, confidence);
        bool change = rule.Alarm.Form.NeedsBaseline;
        return new Look(rule, statistic, change ? OfBaseline(rule, entry) : null, change ? Change(rule, confidence) : null, minRows)
        {
            FewReference = Few(),
            OfValues = statistic.WindowRows < _rows.Window,
            Sure = rule.Alarm with { Confidence = confidence },
        };

        double? Unwritten() => rule.Cells is not null ? ConfidenceOfGoals
            : _slice is null || rule.Alarm.Form.IsCalibrated ? null : ConfidenceOfSlices;

        string? Few()
        {
            string rows = Look.Rows(_rows.Reference);
            string has = _against is not null ? $"{_against} has {rows} for this window" : $"the baseline has {rows}{(_ofHours ? " in these hours" : "")}";
            return _rows.Reference < leastReference ? $"{has}, fewer than {leastReference}" : null;
        }
    }

    // Rates need no groups, and most rules that need the baseline's own are on rates.
    private double? OfBaseline(Rule rule, CatalogEntry entry)
    {
        var own = new CountPair(_signal.Layout, _signal.Counts.AsSpan(), _signal.Counts.AsSpan());
        if (own.ReferenceRows == 0) return null;
        if (rule.Statistic == RowRates.OutOfRange) return RowRates.OutOfRangeOf(own).Value;
        if (RowsOf(rule, own) is { } rows) return rows.Reference / (double)own.ReferenceRows;
        return entry.Compute?.Invoke(own, _ofBaseline ??= CellGroups.Of(own), entry.Convention, null).Value;
    }

    private (long Reference, long Window)? RowsOf(Rule rule, in CountPair pair)
    {
        (long Reference, long Window)? rows = rule.Cells is { } cells ? RowRates.Rows(pair, cells) : RowRates.Rows(pair, rule.Statistic);
        return rows is { } known && rule.Statistic == RowRates.Unseen ? (UnseenOfBaseline(), known.Window) : rows;
    }

    // The growth of a rate has an interval of its own, since both samples are uncertain.
    private Interval? Change(Rule rule, double? asked)
    {
        CountPair pair = Pair();
        if (asked is not { } confidence || RowsOf(rule, pair) is not { } rows) return null;
        if (pair.ReferenceRows == 0 || pair.WindowRows == 0) return null;
        double f = _design.Worst; // so many rows count as one
        return Proportions.Newcombe(
            rows.Window / f, pair.WindowRows / f, rows.Reference / f, pair.ReferenceRows / f, Proportions.Quantile(confidence));
    }

    // The baseline knows all of its own categories: what is new in it are the rows it would not know without themselves (Good 1953).
    private long UnseenOfBaseline() => (long)NovelRows.OfUnseen(_signal.Counts.AsSpan(), _window.AsSpan(), _signal.Layout.UnseenCell).Single;

    private IEnumerable<Statistic> Unasked()
    {
        foreach (string name in AlwaysShown)
        {
            CatalogEntry? entry = StatisticCatalog.Find(name, null, _signal.Layout);
            if (entry is null || _looks.Exists(l => l.Rule.Statistic == name && l.Rule.Convention is null or "merged-cells")) continue;
            yield return Get(entry, null);
        }
    }

    // Some conventions are spellings of one another: equal results are reported once.
    private IEnumerable<Statistic> Others()
    {
        HashSet<(string, string?)> shown = [.. _looks.Select(l => (l.Statistic.Name, l.Statistic.Convention))];
        return StatisticCatalog.Entries
            .Where(e => e.Suits(_signal.Layout) && !e.OfCells)
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
