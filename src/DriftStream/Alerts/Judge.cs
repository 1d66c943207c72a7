using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>Everything a judge's output depends on, besides its counts partition.</summary>
/// <param name="PlanHash">Hash of the plan, which every record names.</param>
/// <param name="Root">The owner of whatever has no other.</param>
/// <param name="Windowing">How windows close.</param>
/// <param name="Judgement">How they are judged, by model.</param>
/// <param name="Alerts">Who is told, by model.</param>
public sealed record JudgeSettings(
    string PlanHash,
    Owner Root,
    WindowingSettings Windowing,
    ImmutableSortedDictionary<string, JudgementSettings> Judgement,
    ImmutableSortedDictionary<string, AlertSettings> Alerts);

/// <summary>What one record of the counts topic made the judge say, in the order in which it is to be written.</summary>
public sealed record JudgeOutput(IReadOnlyList<SealedPane> Panes, IReadOnlyList<Verdict> Verdicts, IReadOnlyList<Alert> Alerts)
{
    /// <summary>The output of a record that changed nothing to be told.</summary>
    public static JudgeOutput Nothing { get; } = new([], [], []);

    /// <summary>Windows that could not be judged, for the log.</summary>
    public IReadOnlyList<UnjudgedWindow> Failures { get; init; } = [];

    /// <inheritdoc cref="LedgerOutput.Faults"/>
    public IReadOnlyList<ModelFault> Faults { get; init; } = [];
}

/// <summary>A window without a judgement, and what stood in the way.</summary>
/// <param name="Window">The window.</param>
/// <param name="Reason">The reason, in the words of its verdict.</param>
/// <param name="Thrown">The exception that was thrown here; null where the counts had been given up before, by a counter for instance.</param>
public sealed record UnjudgedWindow(ClosedWindow Window, string Reason, Exception? Thrown);

/// <summary>
/// From counts to verdicts to alerts: a pure function of one counts partition and of the plans that its records name. Windows are judged by
/// the rules of the newest plan named so far, against the baseline of the plan that counted their rows.
/// </summary>
public sealed class Judge
{
    private readonly Func<long, JudgeSettings> _plans;
    private readonly Episodes _episodes;
    private readonly References _references;
    private readonly Trends _trends;
    private readonly Volumes _volumes;
    private JudgeSettings _settings;
    private AlertWriter _alerts;
    private long _epoch;

    /// <summary>A judge with one plan for everything.</summary>
    public Judge(JudgeSettings settings)
        : this(_ => settings, 0)
    {
    }

    /// <param name="plans">The settings of the plan at an offset of the plan topic; it may throw where there is none.</param>
    /// <param name="epoch">Offset of the plan to start with; headers name newer ones.</param>
    public Judge(Func<long, JudgeSettings> plans, long epoch)
        : this(plans, new WindowLedger(e => plans(e).Windowing, epoch), new Episodes(), new Trends(), new Volumes(), [])
    {
    }

    private Judge(
        Func<long, JudgeSettings> plans, WindowLedger ledger, Episodes episodes, Trends trends, Volumes volumes, ImmutableArray<AlarmedPanes> alarmed)
    {
        (_plans, Ledger, _epoch) = (plans, ledger, ledger.Epoch);
        (_episodes, _trends, _volumes) = (episodes, trends, volumes);
        _references = References.Restore(ledger, alarmed);
        _settings = plans(_epoch);
        _alerts = Writer(_settings);
    }

    /// <summary>The counts partition's panes and windows.</summary>
    public WindowLedger Ledger { get; }

    /// <summary>Applies a record of the counts topic; bytes that are no such record change nothing.</summary>
    public JudgeOutput Apply(long offset, ReadOnlySpan<byte> record) => Apply(offset, FrameCodec.Read(record));

    /// <summary>Applies what a record of the counts topic was read as; null for bytes that are no such record.</summary>
    public JudgeOutput Apply(long offset, ICountsRecord? record)
    {
        LedgerOutput output = Ledger.Apply(offset, record);
        if (Ledger.Epoch != _epoch)
        {
            (_epoch, _settings) = (Ledger.Epoch, _plans(Ledger.Epoch));
            _alerts = Writer(_settings);
            ForgetOthers();
        }

        if (output.IsEmpty) return JudgeOutput.Nothing;
        var verdicts = new List<Verdict>(output.Closed.Count);
        var alerts = new List<Alert>();
        var failures = new List<UnjudgedWindow>();
        foreach (ClosedWindow window in output.Closed)
        {
            UnjudgedWindow? failed = window.Fault is { } fault ? new UnjudgedWindow(window, fault, null) : TryJudge(window, verdicts, alerts);
            if (failed is null) continue;
            failures.Add(failed);
            (Verdict verdict, Alert alert) = Unjudged(failed);
            verdicts.Add(verdict);
            alerts.Add(alert);
        }

        foreach (UnownedWindow window in output.Unowned) alerts.Add(_alerts.Unowned(window, _settings.Root, _settings.Windowing.Unowned.Windows[0]));
        return new JudgeOutput(output.Sealed, verdicts, alerts) { Failures = failures, Faults = output.Faults };
    }

    /// <summary>The verdict and the alert of a window that could not be judged: for its readers, and for the root owner.</summary>
    public (Verdict Verdict, Alert Alert) Unjudged(UnjudgedWindow failed)
    {
        ClosedWindow window = failed.Window;
        string baseline = _settings.Judgement[window.Model].Baseline.Hash;
        var verdict = new Verdict(window, Judgement.Unjudged, failed.Reason, [], [], baseline) { Plan = _settings.PlanHash };
        return (verdict, _alerts.Failed(window, failed.Reason, _settings.Root));
    }

    /// <summary>The state after the record before <paramref name="next"/>, as <see cref="Alerts.Checkpoint"/> writes it.</summary>
    public byte[] Checkpoint(long next) => Alerts.Checkpoint.Write(
        new CheckpointState(next, Ledger.Low(next), Ledger.Save(), _episodes.Save(), _settings.PlanHash)
        {
            Alarmed = _references.Save(),
            Trends = _trends.Save(),
            Volumes = _volumes.Save(),
        });

    /// <summary>
    /// A judge as it was saved; its counts must still be rebuilt from <see cref="CheckpointState.Low"/> to <see
    /// cref="CheckpointState.Next"/>.
    /// </summary>
    public static Judge Restore(JudgeSettings settings, CheckpointState state) => Restore(_ => settings, state);

    /// <inheritdoc cref="Restore(JudgeSettings, CheckpointState)"/>
    public static Judge Restore(Func<long, JudgeSettings> plans, CheckpointState state) =>
        new(plans, WindowLedger.Restore(e => plans(e).Windowing, state.Ledger), Episodes.Restore(state.Episodes),
            Trends.Restore(state.Trends), Volumes.Restore(state.Volumes), state.Alarmed);

    // What the new plan does not have any more.
    private void ForgetOthers()
    {
        _trends.Keep(model => _settings.Judgement.TryGetValue(model, out JudgementSettings? judged) ? judged.Rules : [], Windows);
        _volumes.Keep(Windows);

        IEnumerable<string> Windows(string model) => _settings.Windowing.Models.TryGetValue(model, out ModelWindows? of) ? of.Windows.Select(w => w.Name) : [];
    }

    private static AlertWriter Writer(JudgeSettings settings) => new(settings.PlanHash, settings.Windowing.Versions);

    // Whatever is thrown concerns this model's window alone: the models beside it have owners of their own.
    private UnjudgedWindow? TryJudge(ClosedWindow window, List<Verdict> verdicts, List<Alert> alerts)
    {
        try
        {
            (Verdict verdict, JudgementSettings judged) = Judged(window);
            List<Alert> turned = Turn(verdict, judged);
            alerts.AddRange(turned);
            if (turned.Count > 0 || IsTold(window)) verdicts.Add(verdict);
            _references.Note(verdict);
            _trends.Commit();
            return null;
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            _trends.Discard();
            return new UnjudgedWindow(window, $"{e.GetType().Name}: {e.Message}", e);
        }
    }

    // A model that is quiet by nature closes many windows without a row, of which there is nothing to tell.
    private bool IsTold(ClosedWindow window) =>
        window.Empty <= _settings.Windowing.Models[window.Model].MostEmpty || window.Lost is { Lost.Value: > 0 } or { Overtaken.Length: > 0 };

    private (Verdict Verdict, JudgementSettings By) Judged(ClosedWindow window)
    {
        // A window may be of a plan under which nothing has been counted since the newest one came.
        JudgeSettings[] counted = [.. window.Epochs.Select(_plans).Where(p => p.Judgement.ContainsKey(window.Model))];
        Baseline[] baselines = [.. counted.Select(p => p.Judgement[window.Model].Baseline).DistinctBy(b => b.Hash)];
        JudgementSettings settings = _settings.Judgement[window.Model];
        if (baselines.Length > 0) settings = settings with { Baseline = counted[^1].Judgement[window.Model].Baseline };
        if (settings.Rules.Any(r => r.Statistic == LossJudge.SilenceProbability)) window = window with { Volume = _volumes.See(window) };
        string[] plans = [.. counted.Select(p => p.PlanHash).Append(_settings.PlanHash).Distinct()];
        Verdict judged = window.Rest
            ? new Verdict(window, Judgement.Unjudged, VersionBound.Why(_settings.Windowing.Versions), [], [], settings.Baseline.Hash)
            : WindowJudge.Judge(window, settings, [.. baselines], _references.Of(window, settings), _trends);
        Verdict verdict = judged with
        {
            Plan = _settings.PlanHash,
            Plans = plans.Length > 1 ? [.. plans] : [],
        };
        return (verdict, settings);
    }

    private List<Alert> Turn(Verdict verdict, JudgementSettings judged)
    {
        var alerts = new List<Alert>();
        // A window that a new plan ended early decides nothing: its rows are in that plan's windows too, and those speak.
        if (verdict.Window.CutBy is not null) return alerts;
        AlertSettings settings = _settings.Alerts[verdict.Window.Model];
        TurnOfSignals(verdict, alerts, settings, judged);
        // Once a window: with the verdict that carries the model's losses.
        if (verdict.Window.Lost is not null)
        {
            _episodes.Forget(verdict.Window, settings);
            _trends.Forget(verdict.Window);
        }

        TurnOfModel(verdict, alerts, settings, judged);
        EndSilence(verdict, alerts, settings, judged);
        // There is a verdict for each statistic of a group, but the group speaks once.
        foreach (IGrouping<string, JudgedGroup> group in verdict.Groups.GroupBy(g => g.Group))
        {
            ImmutableArray<RuledStatistic> rules = RuledStatistic.Of(group.Select(g => g.Statistic), judged.Rules);
            if (Note(verdict, null, group.Key, rules, settings) is { } turn)
                alerts.Add(_alerts.Group(verdict, [.. group], rules, turn, settings, judged));
        }

        return alerts;
    }

    // One cause, one alert: what all rows say is not said of a slice again, nor what a slice says of a part of it. A slice whose owner was told goes on.
    private void TurnOfSignals(Verdict verdict, List<Alert> alerts, AlertSettings settings, JudgementSettings judged)
    {
        var told = new List<JudgedSignal>();
        foreach (JudgedSignal signal in verdict.Signals.Concat(verdict.Slices.OrderBy(s => s.Slice!.Columns.Length)))
        {
            Subject subject = SubjectOf(verdict, signal.Signal, null) with { Slice = signal.Slice?.Key };
            bool isOpen = _episodes.IsOpen(subject);
            if (!isOpen && signal.Slice is { } slice && told.Exists(t => t.Signal == signal.Signal && t.Slice?.Holds(slice) != false)) continue;
            ImmutableArray<RuledStatistic> rules = RuledStatistic.Of(signal.Statistics, judged.Rules);
            if (isOpen || rules.Any(r => r.Speaks)) told.Add(signal);
            if (_episodes.Note(subject, verdict.Window, verdict.BaselineHash, rules, settings) is { } turn)
                alerts.Add(_alerts.Signal(verdict, signal, rules, turn, settings, judged));
        }
    }

    // Lost rows and rows of other versions are counted, not estimated: one window is enough to be sure. They name no version.
    private void TurnOfModel(Verdict verdict, List<Alert> alerts, AlertSettings settings, JudgementSettings judged)
    {
        ClosedWindow window = verdict.Window with { Version = "" };
        AlertSettings atOnce = settings with { FireAfter = 1, FireOf = 1 };
        ImmutableArray<RuledStatistic> rules = RuledStatistic.Of(verdict.OfModel, judged.Rules);
        if (window.Lost is { } rows) rules = rules.Add(new RuledStatistic(VersionBound.Rule, VersionBound.Judge(rows)));
        foreach (RuledStatistic ruled in rules)
        {
            var subject = new Subject(window.Model, "", window.Window.Name, null, null, ruled.Statistic.Name);
            if (_episodes.Note(subject, window, verdict.BaselineHash, [ruled], atOnce) is { } turn)
                alerts.Add(_alerts.OfModel(verdict with { Window = window }, ruled, turn, atOnce, judged));
        }
    }

    // Windows without rows have no version: rows of any version end what those windows began.
    private void EndSilence(Verdict verdict, List<Alert> alerts, AlertSettings settings, JudgementSettings judged)
    {
        if (verdict.Window.Lost is null || verdict.Window.Version.Length == 0) return;
        Verdict nameless = verdict with { Window = verdict.Window with { Version = "" } };
        foreach (JudgedSignal signal in verdict.Signals)
        {
            var steady = signal.Statistics.Where(s => s is { Name: RowRates.Volume, Rule: not null, Judgement: Judgement.Steady });
            ImmutableArray<RuledStatistic> rules = RuledStatistic.Of(steady, judged.Rules);
            if (!rules.IsEmpty && Note(nameless, signal.Signal, null, rules, settings) is { } turn)
                alerts.Add(_alerts.Signal(nameless, signal, rules, turn, settings, judged));
        }
    }

    private Turn? Note(Verdict verdict, string? signal, string? group, ImmutableArray<RuledStatistic> rules, AlertSettings settings) =>
        _episodes.Note(SubjectOf(verdict, signal, group), verdict.Window, verdict.BaselineHash, rules, settings);

    private static Subject SubjectOf(Verdict verdict, string? signal, string? group) =>
        new(verdict.Window.Model, verdict.Window.Version, verdict.Window.Window.Name, signal, group);
}
