using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>From verdicts to symptoms: which subjects a window has, what each of them says, and what is told of it.</summary>
/// <param name="symptoms">What spoke so far.</param>
internal sealed class SymptomTurns(Symptoms symptoms)
{
    /// <summary>Traffic of a model that nobody registered has ended after so many windows without it.</summary>
    public const int UnownedPatience = 3;

    /// <summary>What a verdict does to the symptoms of its model: those that begin, are on or end.</summary>
    /// <param name="verdict">The verdict; its windows must come in order of time.</param>
    /// <param name="settings">How many windows a symptom takes.</param>
    /// <param name="judged">The rules.</param>
    /// <param name="versions">How many versions of a window have counts of their own.</param>
    public List<Symptom> Of(Verdict verdict, AlertSettings settings, JudgementSettings judged, int versions)
    {
        var told = new List<Symptom>();
        // A window that a new plan ended early decides nothing: its rows are in that plan's windows too, and those speak.
        if (verdict.Window.CutBy is not null) return told;
        Signals(verdict, told, settings, judged);
        OfModel(verdict, told, settings, judged, versions);
        EndSilence(verdict, told, settings, judged);
        // There is a verdict for each statistic of a group, but the group speaks once.
        foreach (IGrouping<string, JudgedGroup> group in verdict.Groups.GroupBy(g => g.Group))
        {
            ImmutableArray<RuledStatistic> rules = RuledStatistic.Of(group.Select(g => g.Statistic), judged.Rules);
            Subject subject = SubjectOf(verdict.Window, null, group.Key);
            if (symptoms.Note(subject, verdict.Window, rules, Story.Of([.. group]), settings) is { } turn)
                told.Add(SymptomWriter.Group(subject, [.. group], rules, turn, settings, judged));
        }

        Performance(verdict, told, settings, judged);
        Attributions(verdict, told, settings, judged);
        Kpis(verdict, told, settings, judged);
        if (Judged(verdict.Window) is { } mended) told.Add(mended);
        return verdict.Window.Delay is { } delay ? [.. told.Select(s => s with { Summary = Joined(s.Summary, delay) })] : told;
    }

    // The name of such a window says it to those who chose it. Labels count up to the end of the prediction's pane and the delay.
    private static string Joined(string summary, Duration delay) => $"{summary} (by labels known up to {delay.Spell()} later)";

    /// <summary>What ends because no window has judged it for so long.</summary>
    /// <param name="window">A window of which all versions have been judged.</param>
    /// <param name="settings">How many windows a symptom takes.</param>
    public IEnumerable<Symptom> Gone(ClosedWindow window, AlertSettings settings) =>
        symptoms.Forget(window, settings).Select(s => SymptomWriter.Gone(s.Subject, s.Turn, settings));

    /// <summary>A window that could not be judged: the root owner must know.</summary>
    public Symptom Unjudged(ClosedWindow window, string reason)
    {
        Subject subject = SubjectOf(window, null, null) with { OfModel = SubjectNames.Unjudged };
        SymptomTurn turn = symptoms.Note(subject, window, [RootRules.Unjudged(window.Rows, Judgement.Drifting)], Story.None, AtOnce(window.Model))!;
        return SymptomWriter.Unjudged(subject, window, reason, turn);
    }

    /// <summary>
    /// A model whose rows are lost while nothing goes on: null where none of its rules on lost rows speaks, or it has been told before.
    /// </summary>
    /// <param name="stretch">What is known of it.</param>
    /// <param name="judged">The rules.</param>
    /// <param name="minRows">With fewer rows there is nothing to tell, unless a rule says so.</param>
    public Symptom? Standstill(StandstillStretch stretch, JudgementSettings judged, long minRows)
    {
        ClosedWindow window = WindowOf(stretch, minRows);
        Subject subject = SubjectOf(window, null, null) with { OfModel = SubjectNames.Standstill };
        ImmutableArray<RuledStatistic> rules = stretch.IsOver
            ? [RootRules.Moving()]
            : RuledStatistic.Of(LossJudge.OfStandstill(window, judged), judged.Rules);
        return symptoms.Note(subject, window, rules, Story.None, AtOnce(window.Model)) is { IsNews: true } turn
            ? SymptomWriter.Standstill(subject, window, rules, turn, stretch, judged)
            : null;
    }

    /// <summary>A window of rows that no model claims.</summary>
    public Symptom Unowned(UnownedWindow unowned, WindowSettings window)
    {
        var closed = new ClosedWindow(
            unowned.Value, "", window, unowned.Start, unowned.End, true, unowned.Rows, new(0), ImmutableSortedDictionary<string, WindowCounts>.Empty);
        Subject subject = SubjectOf(closed, null, null) with { OfModel = SubjectNames.Unowned };
        SymptomTurn turn = symptoms.Note(subject, closed, [RootRules.Unowned(unowned.Rows)], Story.None, AtOnce(unowned.Value))!;
        return SymptomWriter.Unowned(subject, unowned, turn);
    }

    /// <summary>The symptoms of unregistered models that end because their traffic has, with the window in which that is known.</summary>
    /// <param name="upto">Up to where event time has come for such rows.</param>
    public IEnumerable<(Symptom Symptom, Stretch Window)> UnownedEnded(EventTime upto)
    {
        foreach ((Subject subject, OpenSymptom open, Stretch window) in symptoms.EndUnowned(upto, UnownedPatience))
            yield return (SymptomWriter.Unowned(subject, null, new SymptomTurn(SymptomStatus.Ended, open, UnownedPatience)), window);
    }

    // One cause, one symptom: what all rows say is not said of a slice again, nor what a slice says of a part of it. A slice that is on goes on.
    private void Signals(Verdict verdict, List<Symptom> told, AlertSettings settings, JudgementSettings judged)
    {
        var speaking = new List<JudgedSignal>();
        foreach (JudgedSignal signal in verdict.Signals.Concat(verdict.Slices.OrderBy(s => s.Slice!.Columns.Length)))
        {
            Subject subject = SubjectOf(verdict.Window, signal.Signal, null) with { Slice = signal.Slice?.Key };
            bool isOn = symptoms.IsOn(subject);
            if (!isOn && signal.Slice is { } slice && speaking.Exists(t => t.Signal == signal.Signal && t.Slice?.Holds(slice) != false)) continue;
            ImmutableArray<RuledStatistic> rules = RuledStatistic.Of(signal.Statistics, judged.Rules);
            if (isOn || rules.Any(r => r.Speaks)) speaking.Add(signal);
            if (symptoms.Note(subject, verdict.Window, rules, Story.Of(signal, rules), settings) is { } turn)
                told.Add(SymptomWriter.Signal(subject, signal, rules, turn, settings, judged));
        }
    }

    // Lost rows and rows of other versions are counted, not estimated: one window is enough to be sure. They name no version.
    private void OfModel(Verdict verdict, List<Symptom> told, AlertSettings settings, JudgementSettings judged, int versions)
    {
        ClosedWindow window = verdict.Window with { Version = "" };
        AlertSettings atOnce = settings with { FireAfter = 1, FireOf = 1 };
        ImmutableArray<RuledStatistic> rules = RuledStatistic.Of(verdict.OfModel, judged.Rules);
        if (window.Lost is { } rows) rules = rules.Add(new RuledStatistic(VersionBound.Rule, VersionBound.Judge(rows)));
        var writer = new SymptomWriter(versions);
        foreach (RuledStatistic ruled in rules)
        {
            Subject subject = SubjectOf(window, null, null) with { OfModel = ruled.Statistic.Name };
            if (symptoms.Note(subject, window, [ruled], Story.None, atOnce) is { } turn)
                told.Add(writer.OfModel(subject, window, ruled, turn, atOnce, judged));
        }
    }

    // Windows without rows have no version: rows of any version end what those windows began.
    private void EndSilence(Verdict verdict, List<Symptom> told, AlertSettings settings, JudgementSettings judged)
    {
        if (verdict.Window.Lost is null || verdict.Window.Version.Length == 0) return;
        ClosedWindow nameless = verdict.Window with { Version = "" };
        foreach (JudgedSignal signal in verdict.Signals)
        {
            var steady = signal.Statistics.Where(s => s is { Name: RowRates.Volume, Rule: not null, Judgement: Judgement.Steady });
            ImmutableArray<RuledStatistic> rules = RuledStatistic.Of(steady, judged.Rules);
            Subject subject = SubjectOf(nameless, signal.Signal, null);
            if (!rules.IsEmpty && symptoms.Note(subject, nameless, rules, Story.None, settings) is { } turn)
                told.Add(SymptomWriter.Signal(subject, signal, rules, turn, settings, judged));
        }
    }

    // All metrics speak together: they are of the same rows.
    private void Performance(Verdict verdict, List<Symptom> told, AlertSettings settings, JudgementSettings judged)
    {
        if (verdict.Performance is not { Judged: { IsEmpty: false } metrics }) return;
        ImmutableArray<RuledStatistic> rules = RuledStatistic.Of(metrics.Select(m => m.Statistic), judged.Rules);
        Subject subject = SubjectOf(verdict.Window, null, null) with { OfModel = SubjectNames.Performance };
        if (symptoms.Note(subject, verdict.Window, rules, Story.Of(metrics), settings) is { } turn)
            told.Add(SymptomWriter.Performance(subject, metrics, rules, turn, settings, judged));
    }

    private void Attributions(Verdict verdict, List<Symptom> told, AlertSettings settings, JudgementSettings judged)
    {
        if (verdict.Attributions is not { } attributions) return;
        ImmutableArray<RuledStatistic> rules = RuledStatistic.Of(attributions.Judged, judged.Rules);
        Subject subject = SubjectOf(verdict.Window, null, null) with { OfModel = SubjectNames.Attributions };
        if (!rules.IsEmpty && symptoms.Note(subject, verdict.Window, rules, Story.None, settings) is { } turn)
            told.Add(SymptomWriter.OfAttributions(subject, attributions, rules, turn, settings, judged));
    }

    // Each by itself: a target is missed for reasons of its own, and its owner may have to answer to others.
    private void Kpis(Verdict verdict, List<Symptom> told, AlertSettings settings, JudgementSettings judged)
    {
        foreach (JudgedKpi kpi in verdict.Kpis)
        {
            Subject subject = SubjectOf(verdict.Window, null, null) with { OfModel = SubjectNames.OfKpi(kpi.Kpi.Id) };
            RuledStatistic ruled = new(kpi.Kpi.Rule, kpi.Statistic);
            if (symptoms.Note(subject, verdict.Window, [ruled], Story.None, settings) is { } turn)
                told.Add(SymptomWriter.OfKpi(subject, kpi, ruled, turn, settings, judged));
        }
    }

    // A version whose windows were judged again, and a model whose windows could not even be told apart by version.
    private Symptom? Judged(ClosedWindow window)
    {
        foreach (string version in (string[])[window.Version, ""])
        {
            Subject subject = SubjectOf(window, null, null) with { Version = version, OfModel = SubjectNames.Unjudged };
            if (symptoms.Note(subject, window, [RootRules.Unjudged(window.Rows, Judgement.Steady)], Story.None, AtOnce(window.Model)) is { } turn)
                return SymptomWriter.Unjudged(subject, window, null, turn);
        }

        return null;
    }

    // Its time is the counters': there is none that its rows could tell.
    private static ClosedWindow WindowOf(StandstillStretch stretch, long minRows)
    {
        EventTime since = stretch.Standstill.Since;
        Duration lasted = stretch.Upto - since;
        var window = new WindowSettings(WindowRecord.Standstill, lasted, lasted, Duration.Zero, minRows);
        return new ClosedWindow(
            stretch.Model, "", window, since, stretch.Upto, true, RowCount.Zero, RowCount.Zero, ImmutableSortedDictionary<string, WindowCounts>.Empty)
        { Lost = stretch.Losses };
    }

    private static AlertSettings AtOnce(string model) => new(model, new Owner("", "", ""), [], null, null, [], FireAfter: 1, FireOf: 1, ResolveAfter: 1);

    private static Subject SubjectOf(ClosedWindow window, string? signal, string? group) =>
        new(window.Model, window.Version, window.Window.Name, signal, group);
}
