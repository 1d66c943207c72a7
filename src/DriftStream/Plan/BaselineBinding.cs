using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Brings a model and its baseline together: the baseline must hold everything that the model is configured for.</summary>
internal sealed class BaselineBinding
{
    // Models that watch the same of one baseline share that part, in memory and in the work of hashing it.
    private static readonly ConditionalWeakTable<Baseline, ConcurrentDictionary<string, Baseline>> Selections = [];


    private readonly WrittenModel _model;
    private readonly Baseline _baseline;
    private readonly FindingList _findings;
    private readonly string[] _signals;
    private bool _lacks;

    private BaselineBinding(WrittenModel model, Baseline baseline, FindingList findings)
    {
        _model = model;
        _baseline = baseline;
        _findings = findings;
        _signals = [.. baseline.Signals.Where(s => s.IsColumn).Select(s => s.Name)];
    }

    /// <summary>The part of the baseline that the model is judged by, under the hash of the whole; or null and findings.</summary>
    public static Baseline? Load(WrittenModel model, Func<BaselineRequest, BaselineLoad> baselines, FindingList findings)
    {
        if (model.Baseline is not { } written) return null;
        CheckOutcomeRules(model, findings);
        BaselineLoad load = baselines(written.Request);
        if (load.Baseline is { } baseline) return new BaselineBinding(model, baseline, findings).Select(written, load.StandsIn ? null : written.Pin);
        if (load.Problem is null && written.Request.Learn is { } first) return Baseline.Unlearned(model.Id, first);
        findings.Error(written.At, "baseline", $"the baseline of '{model.Id}' ({written.Written}): {load.Problem}");
        return null;
    }

    /// <summary>As <see cref="Load"/>, of a baseline that was learned.</summary>
    public static Baseline? Bind(WrittenModel model, Baseline learned, FindingList findings) =>
        new BaselineBinding(model, learned, findings).Select(model.Baseline!, null);

    private Baseline Select(WrittenBaseline written, string? pin)
    {
        ModelColumns columns = _model.Policy.Columns;
        if (pin is not null && pin != _baseline.Hash)
            _findings.Error(written.At.Find("hash")!, "baseline_hash",
                $"the baseline of '{_model.Id}' ({written.Written}) is not the one that is pinned", _baseline.Hash);
        CheckCalendar(_model, written, _baseline, _findings);
        Has("score", columns.Score);
        Has("decision", columns.Decision?.Column);
        foreach (string feature in columns.Features.Only ?? []) Has("features", feature);
        if (written.Request.Origin == BaselineOrigin.File)
        {
            foreach (string column in columns.Categorical) Has("categorical", column);
        }

        foreach (string signal in _model.Policy.Edges.BySignal.Keys) Known(At(signal, "edges"), signal, _signals, "signal");
        string[] tables = [.. _baseline.Signals.Where(s => s.Role == SignalRole.Group).Select(s => s.Name)];
        // Without a decision a group has no table, but residuals where a rule asks for them.
        foreach (ImmutableArray<string> group in columns.Decision is null ? [] : columns.Groups)
            Known(At(group[0], "columns", "groups"), BaselineBuilder.GroupName(group), tables, "group");
        CheckVectors();
        CheckAttributions(columns);
        CheckSlices();
        CheckPairs();
        CheckPositive(columns.Decision);
        ImmutableArray<BaselineSignal> selected = [.. _baseline.Signals.Where(IsSelected)];
        if (selected.IsEmpty && !_lacks)
        {
            _findings.Error(written.At, "no_signal", $"nothing of the baseline of '{_model.Id}' is watched",
                "a feature, a score or a decision");
        }
        foreach (WrittenRule rule in _model.Policy.Rules) CheckRule(rule, selected);
        foreach (WrittenKpi kpi in _model.Kpis) CheckRule(new WrittenRule(AsRule(kpi.Kpi), kpi.At), selected);
        CheckPaths(columns, selected);
        return Selected(selected);
    }

    // What no row can ever have. Rules of defaults: are for many models, of which some have it.
    private static void CheckOutcomeRules(WrittenModel model, FindingList findings)
    {
        foreach (WrittenKpi kpi in model.Kpis.Where(k => k.Kpi.IsOfLabels))
        {
            if (OutcomeFit.Never(AsRule(kpi.Kpi), model.Policy.Columns) is var (why, expected))
                findings.Error(kpi.At, "rule_target", $"the KPI '{kpi.Kpi.Id}' of '{model.Id}' can never be told: {why}", expected);
        }

        bool own = model.At.Find("rules") is not null;
        foreach (WrittenRule written in model.Policy.Rules.Where(r => r.Rule.IsOfOutcomes || r.Rule.IsOfAttributions))
        {
            if (OutcomeFit.Never(written.Rule, model.Policy.Columns) is not var (why, expected)) continue;
            string message = $"{written.Rule.Statistic} of '{model.Id}' can never be judged: {why}";
            if (own) findings.Error(written.Target ?? model.At, "rule_target", message, expected);
            else findings.Warn(model.At, "rule_silent", message, expected);
        }
    }

    // What errors cost is told of the rows that accuracy is of.
    private static Rule AsRule(Kpi kpi) => kpi.Rule.Statistic == Kpi.CostPerRow ? kpi.Rule with { Statistic = "accuracy" } : kpi.Rule;

    private void CheckOutcomeRule(ConfigNode at, Rule rule, ImmutableArray<BaselineSignal> selected)
    {
        ModelColumns columns = _model.Policy.Columns;
        if (OutcomeFit.Never(rule, columns) is not null) return;
        const string again = "build it again with this configuration: driftstream baseline build";
        if (selected.FirstOrDefault(s => s.Role == SignalRole.Outcome) is not { } outcomes)
        {
            _findings.Error(at, "rule_target",
                $"{rule.Statistic} needs decisions and scores by label, and the baseline of '{_model.Id}' was counted without", null, again);
            return;
        }

        if (rule.Class is { } name) Known(at, name, [.. ClassCells.ClassesOf(outcomes)], "class");

        if (rule.IsOfEstimates)
        {
            if (OutcomeEstimator.For(outcomes.Layout, outcomes.Counts.AsSpan()) is not null) return;
            _findings.Error(at, "rule_target",
                $"{rule.Statistic} of '{_model.Id}' can never be judged: fewer than {ScoreCalibration.LeastRows} rows of the baseline have a score and a "
                + "positive label, or a negative one", null, "a baseline of rows whose labels are known");
            return;
        }

        OutcomeCounts of = OutcomeCounts.Of(outcomes, outcomes.Counts.AsSpan());
        if (rule.MetricOf(columns.LabelKind)!.OfProbabilities && of.Scores is { Rows: > 0, AreProbabilities: false })
        {
            _findings.Error(at, "rule_target",
                $"{rule.Statistic} of '{_model.Id}' can never be judged: it is of probabilities, and the baseline has scores that are not between 0 and 1",
                "roc_auc, pr_auc or score_ks");
        }

        if (!rule.Alarm.Form.IsOfValue && of.Selected.Labelled + of.Rejected.Labelled + of.Undecided.Labelled == 0)
        {
            _findings.Error(at, "rule_target",
                $"{rule.Statistic} of '{_model.Id}' can never be compared: no row of the baseline has a label", "above or below");
        }
    }

    private Baseline Selected(ImmutableArray<BaselineSignal> signals)
    {
        if (signals.Length == _baseline.Signals.Length) return _baseline;
        return Selections.GetOrCreateValue(_baseline)
            .GetOrAdd(string.Join('\n', signals.Select(s => s.Key)), _ => _baseline with { Signals = signals });
    }

    /// <summary>Reports a baseline that was not built with the calendar that the config wants, and one that has too few of its hours.</summary>
    public static void CheckCalendar(WrittenModel model, WrittenBaseline written, Baseline baseline, FindingList findings)
    {
        if (written.Request.Settings.Calendar is not { } wanted) return;
        ConfigNode at = written.At.Find("calendar")!;
        Zone? zone = written.Request.Settings.CalendarZone;
        string here = Cells.Calendar.Describe(wanted, zone);
        if (baseline.Calendar is { } calendar && (calendar.Kind, calendar.Zone) == (wanted, zone))
        {
            int thin = calendar.Hours.Count(h => h < 2), slots = calendar.Hours.Length;
            if (thin == 0) return;
            findings.Warn(at, "calendar_thin",
                $"{thin} of the {slots} hours of {here} are in the baseline of '{model.Id}' less than twice", null,
                "windows in them are insufficient, or compared with one day alone; is the unit of columns.time right?");
            return;
        }

        string has = baseline.Calendar is { } other ? $"with the calendar {other.Text}" : "without a calendar";
        findings.Error(at, "baseline",
            $"the baseline of '{model.Id}' ({written.Written}) was built {has}; here it is {here}", null,
            "build it again with this configuration: driftstream baseline build");
    }

    private void CheckPaths(ModelColumns columns, ImmutableArray<BaselineSignal> selected)
    {
        if (_model.At.Find("columns")?.Find("path") is not { } at) return;
        string[] read =
        [
            .. new[] { columns.Time, columns.Id, columns.Version.Column, columns.Label?.Column }.OfType<string>(),
            .. columns.Selectors, .. selected.SelectMany(s => s.Columns),
        ];
        foreach (string column in columns.Paths.Keys) Known(At(column, "columns", "path"), column, [.. read.Distinct()], "column");
        if (!_model.Sources.Any(s => s.Format.NeedsColumns()))
            _findings.Warn(at, "path_unused", $"no source of '{_model.Id}' has format: json; Arrow columns are found by their names");
    }

    private bool IsSelected(BaselineSignal signal)
    {
        ModelColumns columns = _model.Policy.Columns;
        if (signal.Derived is not null) return columns.Makes(signal);
        if (signal.Role == SignalRole.Calibration)
            return _model.Policy.Calibrated.Any(g => signal.Columns.SequenceEqual(CalibrationCells.Columns(columns.Score!, g, columns.Label!.Column)));
        if (signal.Role == SignalRole.GroupResiduals)
            return _model.Policy.Calibrated.Any(g => signal.Columns.SequenceEqual(GroupResidualCells.Columns(columns.Score!, columns.Label!.Column, g)));
        if (JoinedSignals.IsOfLabelsAlone(signal))
        {
            if (columns.Label is not { Column: var label } || signal.LabelKind != columns.LabelKind) return false;
            return signal.Columns.SequenceEqual(columns.LabelKind switch
            {
                LabelKind.Binary => OutcomeCells.Columns(columns.Score, columns.Decision?.Column, label),
                LabelKind.Number => OutcomeCells.Columns(columns.Score, null, label),
                LabelKind.Class => OutcomeCells.Columns(null, columns.Decision?.Column, label),
            });
        }

        if (signal.Role == SignalRole.Group) return columns.Groups.Any(g => g.SequenceEqual(signal.Columns));
        if (signal.Role == SignalRole.Pair) return _model.Policy.Pairs.Any(p => p.SequenceEqual(signal.Columns));
        if (signal.Role == SignalRole.Slice && !_model.Policy.Slices.Any(s => s.SequenceEqual(signal.SliceColumns))) return false;
        return signal.Name == columns.Score || signal.Name == columns.Decision?.Column || columns.IsFeature(signal.Name);
    }

    private void CheckVectors()
    {
        foreach (WrittenVector vector in _model.Policy.Columns.Vectors)
        {
            ConfigNode at = At(vector.Name, "columns", "vectors");
            foreach (VectorSignal wanted in vector.Signals)
            {
                if (!Known(at, wanted.Name, _signals, "signal")) break;
                if (_baseline.Signals.Any(wanted.IsMadeAs)) continue;
                _lacks = true;
                _findings.Error(at, "baseline", $"in the baseline of '{_model.Id}' the signal '{wanted.Name}' is made of other columns, or otherwise", null,
                    "build it again with this configuration: driftstream baseline build");
                break;
            }
        }
    }

    private void CheckAttributions(ModelColumns columns)
    {
        if (columns.Attributions is not { } prefix || _baseline.Signals.Count(s => s.IsAttribution && columns.Makes(s)) > 1) return;
        _lacks = true;
        _findings.Error(At(prefix, "columns", "attributions"), "baseline",
            $"the baseline of '{_model.Id}' has no attributions in columns that begin with '{prefix}'", null,
            "build it again with this configuration: driftstream baseline build");
    }

    private void CheckSlices()
    {
        ILookup<string, BaselineSignal> built = _baseline.Signals
            .Where(s => s.Role == SignalRole.Slice)
            .ToLookup(s => BaselineBuilder.GroupName(s.SliceColumns), StringComparer.Ordinal);
        foreach (ImmutableArray<string> slice in _model.Policy.Slices)
        {
            string name = BaselineBuilder.GroupName(slice);
            ConfigNode at = At(slice[0], "slices");
            if (!Known(at, name, [.. built.Select(b => b.Key)], "slice")) continue;
            BaselineSignal one = built[name].First();
            if (one.Layout.Slices is [var only] && one.Counts[^1] == 0)
                _findings.Warn(at, "slice_alone", $"all rows of the baseline of '{_model.Id}' are in one slice, {new Slice(slice, only).Text}", null,
                    "its signals are judged twice; leave it out of slices");
        }
    }

    private void CheckPairs()
    {
        string[] built = [.. _baseline.Signals.Where(s => s.Role == SignalRole.Pair).Select(s => s.Name)];
        foreach (ImmutableArray<string> pair in _model.Policy.Pairs) Known(At(pair[0], "pairs"), BaselineBuilder.GroupName(pair), built, "pair");
    }

    private void CheckRule(WrittenRule written, ImmutableArray<BaselineSignal> selected)
    {
        Rule rule = written.Rule;
        if (written.Target is { } of && rule.IsOfOutcomes) CheckOutcomeRule(of, rule, selected);
        if (written.Target is not { } at || (rule.Signal ?? rule.Group) is not { } name) return;
        bool ofGroups = rule.Group is not null;
        if (StatisticCatalog.OfGroups(rule.Statistic) is { ErrorsOfGroups: { } errors })
        {
            GroupErrorFit.Check(_model, at, rule, errors, selected, _findings);
            return;
        }

        if (GroupErrorFit.LacksDecision(_model, at, rule, _findings)) return;
        CheckReference(at, rule, selected);
        if (ofGroups) CheckLabels(at, rule, selected);
        if (name == RuleSection.All)
        {
            WarnOfSilence(at, rule, selected);
            return;
        }

        BaselineSignal[] known = [.. selected.Where(s => ofGroups ? s.Role == SignalRole.Group : s.IsSignal)];
        if (!Known(at, name, [.. known.Select(s => s.Name)], ofGroups ? "group" : "signal")) return;
        Layout layout = known.First(s => s.Name == name).Layout;
        if (StatisticCatalog.Find(rule.Statistic, rule.Convention, layout) is null && !ofGroups)
        {
            string convention = rule.Convention is null ? "" : $" in the convention {rule.Convention}";
            string kindName = layout.Kind == LayoutKind.Numeric ? "numeric" : layout.Kind != LayoutKind.Joint ? "categorical"
                : JointDependence.AreNumbers(layout) ? "a pair" : "a pair, not of two numbers";
            _findings.Error(at, "rule_target", $"{rule.Statistic}{convention} says nothing about '{name}', which is {kindName}");
            return;
        }

        string[] cells = [.. Enumerable.Range(0, rule.Cells is null ? 0 : layout.Cells).Select(layout.CellName)];
        foreach (string cell in rule.Cells ?? []) Known(at, cell, cells, $"cell of the signal {name}");
    }

    private void CheckLabels(ConfigNode at, Rule rule, ImmutableArray<BaselineSignal> selected)
    {
        if (StatisticCatalog.OfGroups(rule.Statistic) is not { NeedsLabel: true } entry) return;
        if (_model.Policy.Columns is { Label: not null, LabelKind: not LabelKind.Binary and var kind })
        {
            _findings.Error(at, "rule_target",
                $"{rule.Statistic} is of labels that are positive or not, and those of '{_model.Id}' are of the kind {ColumnSection.KindWord(kind)}",
                kind == LabelKind.Number ? "mae_difference, rmse_difference or bias_difference; of decisions demographic_parity_ratio"
                    : "demographic_parity_ratio or demographic_parity_difference, which are of decisions");
            return;
        }

        if (selected.Any(s => s.Role == SignalRole.Group && !s.Layout.Labelled))
        {
            _findings.Error(at, "rule_target", $"{rule.Statistic} is of rows with a label, and the baseline of '{_model.Id}' was counted without one",
                "columns: { label: COLUMN }, and a baseline that is built with it");
            return;
        }

        if (entry.OfScoresOfGroups) CalibrationFit.Check(_model, at, rule, selected, _findings);
    }

    private void CheckReference(ConfigNode at, Rule rule, ImmutableArray<BaselineSignal> selected)
    {
        if (rule.Reference is null or GroupDisparity.Largest) return;
        string[] values =
        [
            .. selected.Where(s => s.Role == SignalRole.Group && (rule.Group == RuleSection.All || rule.Group == s.Name))
                .SelectMany(s => s.Layout.Categories).Distinct(StringComparer.Ordinal),
        ];
        if (values.Length > 0) Known(at, rule.Reference, values, $"value of the group {rule.Group}");
    }

    // A rule for all signals passes over those that do not suit its statistic; with a tool's convention that may surprise.
    private void WarnOfSilence(ConfigNode at, Rule rule, ImmutableArray<BaselineSignal> selected)
    {
        if (rule.Convention is null) return;
        int silent = selected.Count(s =>
            s.IsColumn && StatisticCatalog.Find(rule.Statistic, rule.Convention, s.Layout.Kind) is null);
        if (silent == 0) return;
        _findings.Warn(at, "rule_silent",
            $"{rule.Statistic} in the convention {rule.Convention} says nothing about {silent} signals of '{_model.Id}'",
            null, "on their kind it is not defined, or needs the raw rows of both samples");
    }

    private void CheckPositive(BinaryColumn? decision)
    {
        BaselineSignal? signal = _baseline.Signals.FirstOrDefault(s =>
            s.Name == decision?.Column && s.Layout.Kind == LayoutKind.Categorical);
        if (decision is null || signal is null) return;
        // One of several classes, of which nobody asks who was selected.
        if (_model.Policy.Columns is { LabelKind: LabelKind.Class, Groups.IsEmpty: true } && decision.Positive == BinaryColumn.DefaultPositive) return;
        ImmutableArray<string> values = signal.Layout.Categories;
        if (values.Contains(decision.Positive) || (decision.Positive == BinaryColumn.DefaultPositive && values.Contains("true"))) return;
        _findings.Error(At(decision.Positive, "columns", "decision"), "bad_positive",
            $"no row of the baseline of '{_model.Id}' has the decision '{decision.Positive}'",
            string.Join(", ", values.Take(10)), $"decision: {{ column: {decision.Column}, positive: ... }}");
    }

    private void Has(string role, string? column)
    {
        if (column is not null) Known(At(column, "columns", role), column, _signals, "signal");
    }

    private bool Known(ConfigNode at, string name, string[] known, string what)
    {
        if (known.Contains(name)) return true;
        _lacks = true;
        const int shown = 20;
        string expected = string.Join(", ", known.Take(shown)) + (known.Length > shown ? ", ..." : "");
        _findings.Error(at, "not_in_baseline", $"the baseline of '{_model.Id}' has no {what} '{name}'",
            known.Length == 0 ? null : expected, Spelling.Hint(name, known));
        return false;
    }

    // Where the model names it; if it came from the defaults, the model.
    private ConfigNode At(string name, params ReadOnlySpan<string> path)
    {
        ConfigNode? node = _model.At;
        foreach (string key in path) node = node?.Find(key);
        return node is null ? _model.At : Naming(node, name) ?? node;
    }

    private static ConfigNode? Naming(ConfigNode node, string name)
    {
        if (node.Kind == ConfigKind.Text) return node.Text == name ? node : null;
        foreach (ConfigEntry entry in node.Entries)
        {
            if (entry.Key.Text == name) return entry.Key;
        }

        return node.Entries.Select(e => e.Value).Concat(node.Items).Select(n => Naming(n, name)).FirstOrDefault(n => n is not null);
    }
}
