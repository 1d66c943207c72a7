using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>Turns what happened to a symptom into what its owner reads of it.</summary>
/// <param name="versions">How many versions of a window have counts of their own.</param>
public sealed class SymptomWriter(int versions)
{
    /// <summary>A signal, or a slice of it; <paramref name="rules"/> are all that looked at it.</summary>
    public static Symptom Signal(
        Subject subject, JudgedSignal signal, ImmutableArray<RuledStatistic> rules, SymptomTurn turn, AlertSettings settings, JudgementSettings judged)
    {
        ImmutableArray<RuledStatistic> told = Told(rules, turn);
        SignalRole role = judged.Baseline.Signals.FirstOrDefault(s => s.IsSignal && s.Name == signal.Signal)?.Role ?? SignalRole.Feature;
        string summary = turn.Status == SymptomStatus.Ended ? Ended(signal.Subject, signal.Why, told, turn, settings) : Spoken(signal.Why, signal.Subject);
        return Write(subject, turn, summary, new SymptomDetail(told, Consecutive(told, turn, settings))
        {
            Slice = signal.Slice,
            Cells = signal.Cells,
            Baseline = Reference(judged),
        }) with
        {
            Role = role,
            Upstream = UpstreamSign.Of(signal, role, rules),
            Moved = signal.Moved,
        };
    }

    /// <summary>A group; <paramref name="group"/> holds its verdicts, one a statistic, and <paramref name="rules"/> all that looked.</summary>
    public static Symptom Group(
        Subject subject, JudgedGroup[] group, ImmutableArray<RuledStatistic> rules, SymptomTurn turn, AlertSettings settings, JudgementSettings judged)
    {
        ImmutableArray<RuledStatistic> told = Told(rules, turn);
        JudgedGroup leading = told.IsEmpty ? group[0] : group.First(g => ReferenceEquals(g.Statistic, told[0].Statistic));
        string summary = turn.Status == SymptomStatus.Ended ? Ended(leading.Group, leading.Why, told, turn, settings) : Spoken(leading.Why, leading.Group);
        return Write(subject, turn, summary, new SymptomDetail(told, Consecutive(told, turn, settings)) { By = leading.By, Baseline = Reference(judged) }) with
        {
            Role = SignalRole.Group,
            Moved = group.Max(g => g.Moved),
        };
    }

    /// <summary>How well a version of a model does; <paramref name="rules"/> are all that looked at its <paramref name="metrics"/>.</summary>
    public static Symptom Performance(
        Subject subject, ImmutableArray<JudgedMetric> metrics, ImmutableArray<RuledStatistic> rules, SymptomTurn turn, AlertSettings settings,
        JudgementSettings judged)
    {
        ImmutableArray<RuledStatistic> told = Told(rules, turn);
        JudgedMetric leading = told.IsEmpty ? metrics[0] : metrics.First(m => ReferenceEquals(m.Statistic, told[0].Statistic));
        string name = $"the performance ({leading.Metric.Name})";
        string summary = turn.Status == SymptomStatus.Ended ? Ended(name, leading.Why, told, turn, settings) : Spoken(leading.Why, name);
        return Write(subject, turn, summary, new SymptomDetail(told, Consecutive(told, turn, settings)) { Baseline = Reference(judged) }) with
        {
            Role = SignalRole.Outcome,
        };
    }

    /// <summary>Which features a version of a model relies on; <paramref name="rules"/> are all that looked.</summary>
    public static Symptom OfAttributions(
        Subject subject, JudgedAttributions attributions, ImmutableArray<RuledStatistic> rules, SymptomTurn turn, AlertSettings settings,
        JudgementSettings judged)
    {
        ImmutableArray<RuledStatistic> told = Told(rules, turn);
        const string name = "the ranking of attributions";
        string summary = turn.Status == SymptomStatus.Ended ? Ended(name, attributions.Why, told, turn, settings) : Spoken(attributions.Why, name);
        return Write(subject, turn, summary, new SymptomDetail(told, Consecutive(told, turn, settings)) { Baseline = Reference(judged) });
    }

    /// <summary>A KPI.</summary>
    public static Symptom OfKpi(
        Subject subject, JudgedKpi kpi, RuledStatistic ruled, SymptomTurn turn, AlertSettings settings, JudgementSettings judged)
    {
        ImmutableArray<RuledStatistic> told = [ruled];
        string summary = turn.Status != SymptomStatus.Ended ? Spoken(kpi.Why, kpi.Kpi.Name)
            : turn.Quiet >= settings.ResolveAfter ? $"{kpi.Kpi.Name} meets its target of {kpi.Kpi.TargetText} again: {turn.Quiet} quiet windows"
            : Ended(kpi.Kpi.Name, kpi.Why, told, turn, settings);
        return Write(subject, turn, summary, new SymptomDetail(told, Consecutive(told, turn, settings)) { Kpi = kpi, Baseline = Reference(judged) }) with
        {
            Role = SignalRole.Outcome,
            // What they are worth is said by the KPI or, in the same unit for all, by the goal of the model.
            Moved = kpi.Kpi.ValuePerRow == settings.Goal?.ValuePerRow ? kpi.RowsShort ?? 0 : 0,
        };
    }

    /// <summary>A statistic of the whole model.</summary>
    public Symptom OfModel(Subject subject, ClosedWindow window, RuledStatistic ruled, SymptomTurn turn, AlertSettings settings, JudgementSettings judged)
    {
        JudgedStatistic statistic = ruled.Statistic;
        bool ofVersions = statistic.Name == VersionBound.OtherVersions;
        string summary = turn.Status == SymptomStatus.Ended
            ? ofVersions ? $"versions are few enough again: {Windows(turn.Quiet)} in which each has counts of its own"
            : LossJudge.Ended(statistic, Windows(turn.Quiet))
            : ofVersions ? VersionBound.Summary(window.Lost!, versions) : LossJudge.Summary(statistic, window);
        ImmutableArray<RuledStatistic> told = [ruled];
        return Write(subject, turn, summary, new SymptomDetail(told, Consecutive(told, turn, settings)) { Baseline = Reference(judged) }) with
        {
            Upstream = UpstreamSign.Of(statistic),
        };
    }

    /// <summary>Rows that are lost while nothing goes on.</summary>
    internal static Symptom Standstill(
        Subject subject, ClosedWindow window, ImmutableArray<RuledStatistic> rules, SymptomTurn turn, StandstillStretch stretch, JudgementSettings judged)
    {
        if (turn.Status == SymptomStatus.Ended) return Write(subject, turn, LossJudge.MovesAgain(window), null);
        // The rule on rejected rows leads, for it knows why they were.
        ImmutableArray<RuledStatistic> told = [.. Told(rules, turn).OrderByDescending(t => t.Statistic.Name == LossJudge.Rejected)];
        JudgedStatistic leading = told[0].Statistic;
        string summary = LossJudge.StandsStill(leading, window, stretch.Standstill);
        return Write(subject, turn, summary, new SymptomDetail(told, "1 of 1") { Baseline = Reference(judged) }) with { Upstream = UpstreamSign.Of(leading) };
    }

    /// <summary>Traffic that no model claims: the root owner must find an owner for it, or stop it. Null rows where it has ended.</summary>
    public static Symptom Unowned(Subject subject, UnownedWindow? unowned, SymptomTurn turn)
    {
        if (unowned is null)
            return Write(subject, turn, $"no row has named the model '{subject.Model}' for {Windows(turn.Quiet)} of {subject.Window}", null);
        string rows = unowned.Rows == 1 ? "1 row names" : $"{unowned.Rows} rows name";
        string summary = $"{rows} the model '{unowned.Value}', which nobody owns: register it with an owner, or stop its traffic";
        return Write(subject, turn, summary, new SymptomDetail([RootRules.Unowned(unowned.Rows)], "1 of 1"));
    }

    /// <summary>Windows that could not be judged. They are the root owner's, since the model's owner cannot mend the program.</summary>
    public static Symptom Unjudged(Subject subject, ClosedWindow window, string? reason, SymptomTurn turn)
    {
        if (turn.Status == SymptomStatus.Ended) return Write(subject, turn, $"windows of '{window.Model}' are judged again", null);
        string summary = $"the window {EventTime.Format(window.Start)} of '{window.Model}' could not be judged: {reason}";
        return Write(subject, turn, summary, new SymptomDetail([RootRules.Unjudged(window.Rows, Judgement.Drifting)], "1 of 1"));
    }

    /// <summary>A symptom that ended because no window has judged its subject for so long.</summary>
    public static Symptom Gone(Subject subject, SymptomTurn turn, AlertSettings settings)
    {
        string of = subject.Version.Length == 0 ? "" : $" of version {subject.Version}";
        string why = settings.HasNoWindow(subject.Window)
            ? $"the model has no window {subject.Window} any more"
            : $"it was in none of the last {Symptoms.Patience * settings.ResolveAfter} windows";
        return Write(subject, turn, $"{subject.Name}{of} is no longer judged: {why}", null);
    }

    private static Symptom Write(Subject subject, SymptomTurn turn, string summary, SymptomDetail? detail) =>
        new(subject, turn.Status, turn.Symptom.Severity, turn.Symptom.Since, summary)
        {
            StoryChanged = turn.StoryChanged,
            Detail = turn.IsNews && detail is not null ? [.. SymptomJson.Write(detail)] : [],
        };

    // The rules that speak now; at the end of a symptom those that spoke or, if the plan has none of them any more, those that it has.
    private static ImmutableArray<RuledStatistic> Told(ImmutableArray<RuledStatistic> rules, SymptomTurn turn)
    {
        ImmutableArray<RuledStatistic> told =
            [.. rules.Where(r => turn.Status == SymptomStatus.Ended ? turn.Symptom.Rules.Contains(r.Spoken) : r.Speaks)];
        return [.. (told.IsEmpty ? rules : told).OrderByDescending(r => r.Rule.Severity)];
    }

    private static string Consecutive(ImmutableArray<RuledStatistic> told, SymptomTurn turn, AlertSettings settings) =>
        turn.Status == SymptomStatus.Ended ? $"{turn.Quiet} quiet"
        : told.Any(r => r.Rule.AtOnce && r.Speaks) ? "1 of 1"
        : $"{settings.FireAfter} of {settings.FireOf}";

    private static BaselineReference? Reference(JudgementSettings judged) =>
        judged.Baseline.ToLearn is null ? new BaselineReference(judged.Baseline.Id, judged.Baseline.Hash, judged.Baseline.Rows) : null;

    // A window that does not speak, or has nothing to say, while the symptom is on.
    private static string Spoken(string? why, string subject) => why ?? $"{subject} has been quiet, not yet for long enough";

    private static string Ended(string subject, string? why, ImmutableArray<RuledStatistic> told, SymptomTurn turn, AlertSettings settings)
    {
        // A detector that has found a trend starts anew at the level that the statistic has come to.
        if (!told.IsEmpty && told.All(r => r.Rule.Alarm.Form.Remembers))
            return $"{subject} has moved no further: {told[0].Rule.Alarm.DetectorName} has started anew where it stands now, which is no all-clear";
        if (turn.Quiet >= settings.ResolveAfter && !told.IsEmpty && told.All(r => r.Rule.Goal is not null))
            return $"{subject} meets its goal again ({string.Join("; ", told.Select(r => r.Rule.Goal).Distinct())}): {turn.Quiet} quiet windows";
        if (turn.Quiet >= settings.ResolveAfter) return $"{subject} is back to its baseline: {turn.Quiet} quiet windows";
        string judged = $"{subject} is no longer judged: no rule has spoken for {Symptoms.Patience * settings.ResolveAfter} windows, and of the "
            + $"{settings.ResolveAfter} quiet ones that would show it well {turn.Quiet} could be judged";
        return why is null ? judged : $"{judged} ({why})";
    }

    private static string Windows(int count) => count == 1 ? "1 window" : $"{count} windows";
}
