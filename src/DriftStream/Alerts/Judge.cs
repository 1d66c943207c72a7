using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
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
    ImmutableSortedDictionary<string, AlertSettings> Alerts)
{
    /// <summary>
    /// Of one counts partition, whose models alone have rows there: headers tell every partition of every model, and what a judge would say of a model that it
    /// never sees a row of is false.
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="partitions">How many there are.</param>
    public JudgeSettings OfPartition(int partition, int partitions)
    {
        IEnumerable<string> others = Windowing.Models.Where(m => CountsPartition.Of(m.Value.ModelId, partitions) != partition).Select(m => m.Key);
        return this with { Windowing = Windowing with { Models = Windowing.Models.RemoveRange(others) } };
    }
}

/// <summary>A closed window of a model, all versions in it.</summary>
/// <param name="Record">What the desk is told of it; its versions have no digests of their verdicts yet, for nothing is written.</param>
/// <param name="Verdicts">The verdicts of its versions that are told.</param>
public sealed record JudgedWindow(WindowRecord Record, ImmutableArray<Verdict> Verdicts)
{
    /// <summary>The JSON of the verdicts, and of the record with the digests of these.</summary>
    public (ImmutableArray<byte[]> Verdicts, byte[] Record) Write()
    {
        var documents = ImmutableArray.CreateBuilder<byte[]>();
        var digests = new Dictionary<string, string>();
        foreach (Verdict verdict in Verdicts)
        {
            IReadOnlyList<byte[]> parts = VerdictJson.Write(verdict);
            documents.AddRange(parts);
            digests.Add(VerdictJson.IdOf(verdict, 0), Identity.Digest(parts));
        }

        WindowRecord record = Record with
        {
            Versions = [.. Record.Versions.Select(v => v.Verdict is { } id ? v with { Digest = digests[id] } : v)],
        };
        return (documents.ToImmutable(), WindowRecordJson.Write(record));
    }
}

/// <summary>What one record of the counts topic made the judge say, in the order in which it is to be written.</summary>
public sealed record JudgeOutput(IReadOnlyList<SealedPane> Panes, IReadOnlyList<JudgedWindow> Windows)
{
    /// <summary>The output of a record that changed nothing to be told.</summary>
    public static JudgeOutput Nothing { get; } = new([], []);

    /// <summary>All verdicts, in the order of the windows.</summary>
    public ImmutableArray<Verdict> Verdicts { get; } = [.. Windows.SelectMany(w => w.Verdicts)];

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
/// From counts to verdicts to symptoms: a pure function of one counts partition and of the plans that its records name. Windows are judged by
/// the rules of the newest plan named so far, against the baseline of the plan that counted their rows.
/// </summary>
public sealed class Judge
{
    private readonly Func<long, JudgeSettings> _plans;
    private readonly Symptoms _symptoms;
    private readonly SymptomTurns _turns;
    private readonly References _references;
    private readonly Trends _trends;
    private readonly Volumes _volumes;
    private JudgeSettings _settings;
    private long _epoch;

    /// <summary>A judge with one plan for everything.</summary>
    public Judge(JudgeSettings settings)
        : this(_ => settings, 0)
    {
    }

    /// <param name="plans">The settings of the plan at an offset of the plan topic; it may throw where there is none.</param>
    /// <param name="epoch">Offset of the plan to start with; headers name newer ones.</param>
    public Judge(Func<long, JudgeSettings> plans, long epoch)
        : this(plans, new WindowLedger(e => plans(e).Windowing, epoch), new Symptoms(), new Trends(), new Volumes(), [])
    {
    }

    private Judge(
        Func<long, JudgeSettings> plans, WindowLedger ledger, Symptoms symptoms, Trends trends, Volumes volumes, ImmutableArray<AlarmedPanes> alarmed)
    {
        (_plans, Ledger, _epoch) = (plans, ledger, ledger.Epoch);
        (_symptoms, _turns, _trends, _volumes) = (symptoms, new SymptomTurns(symptoms), trends, volumes);
        _references = References.Restore(ledger, alarmed);
        _settings = plans(_epoch);
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
            ForgetOthers();
        }

        List<JudgedWindow> unowned = UnownedWindows(output.Unowned);
        if (output.IsEmpty && unowned.Count == 0) return JudgeOutput.Nothing;
        var windows = new List<JudgedWindow>();
        var failures = new List<UnjudgedWindow>();
        foreach (ClosedWindow[] same in Adjacent(output.Closed))
        {
            if (Judged(same, failures) is { } judged) windows.Add(judged);
        }

        windows.AddRange(unowned);
        windows.AddRange(output.Standstills.Select(Judged).OfType<JudgedWindow>());
        return new JudgeOutput(output.Sealed, windows) { Failures = failures, Faults = output.Faults };
    }

    /// <summary>What is said of a window in place of what cannot be written: for its readers, and for the root owner.</summary>
    public JudgedWindow Unjudged(JudgedWindow window, string reason)
    {
        Verdict[] verdicts = [.. window.Verdicts.Select(v => Unjudged(v.Window, reason))];
        Symptom[] symptoms = [.. verdicts.Select(v => _turns.Unjudged(v.Window, reason))];
        return new JudgedWindow(
            window.Record with { Versions = [.. verdicts.Select(v => VersionOf(v, isTold: true))], Symptoms = [.. symptoms], LeftOut = 0 }, [.. verdicts]);
    }

    /// <summary>The state after the record before <paramref name="next"/>, as <see cref="Alerts.Checkpoint"/> writes it.</summary>
    public byte[] Checkpoint(long next) => Alerts.Checkpoint.Write(
        new CheckpointState(next, Ledger.Low(next), Ledger.Save(), _symptoms.Save(), _settings.PlanHash)
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
        new(plans, WindowLedger.Restore(e => plans(e).Windowing, state.Ledger), Symptoms.Restore(state.Symptoms),
            Trends.Restore(state.Trends), Volumes.Restore(state.Volumes), state.Alarmed);

    // What the new plan does not have any more.
    private void ForgetOthers()
    {
        _trends.Keep(model => _settings.Judgement.TryGetValue(model, out JudgementSettings? judged) ? judged.Rules : [], Windows);
        _volumes.Keep(Windows);

        IEnumerable<string> Windows(string model) => _settings.Windowing.Models.TryGetValue(model, out ModelWindows? of) ? of.Windows.Select(w => w.Name) : [];
    }

    // The versions of one window close together.
    private static IEnumerable<ClosedWindow[]> Adjacent(IReadOnlyList<ClosedWindow> closed)
    {
        for (int first = 0, end; first < closed.Count; first = end)
        {
            for (end = first + 1; end < closed.Count && IsSame(closed[first], closed[end]);) end++;
            yield return [.. closed.Skip(first).Take(end - first)];
        }

        static bool IsSame(ClosedWindow a, ClosedWindow b) =>
            a.CountsName == b.CountsName && a.Window.Name == b.Window.Name && a.End == b.End && a.CutBy == b.CutBy;
    }

    // Null where a quiet model's window holds nothing and changes nothing.
    private JudgedWindow? Judged(ClosedWindow[] same, List<UnjudgedWindow> failures)
    {
        var verdicts = new List<Verdict>();
        var versions = new List<WindowVersion>();
        var symptoms = new List<Symptom>();
        foreach (ClosedWindow window in same)
        {
            UnjudgedWindow? failed = window.Fault is { } fault ? new UnjudgedWindow(window, fault, null) : TryJudge(window, verdicts, versions, symptoms);
            if (failed is null) continue;
            failures.Add(failed);
            Verdict verdict = Unjudged(window, failed.Reason);
            verdicts.Add(verdict);
            versions.Add(VersionOf(verdict, isTold: true));
            symptoms.Add(_turns.Unjudged(window, failed.Reason));
        }

        ClosedWindow first = same[0];
        if (first.CutBy is null && _settings.Alerts.TryGetValue(first.Model, out AlertSettings? settings)) symptoms.AddRange(_turns.Gone(first, settings));
        if (verdicts.Count == 0 && !symptoms.Exists(IsNews)) return null;
        Symptom[] worst = [.. symptoms.OrderByDescending(s => s.Status != SymptomStatus.On).ThenByDescending(s => s.Severity)];
        var record = new WindowRecord(
            first.Model, first.Window.Name, new(same.Min(w => w.Start.Microseconds)), first.End, same.All(w => w.Complete), _epoch, _settings.PlanHash,
            [.. versions], [.. worst.Take(WindowRecord.MostSymptoms)])
        {
            LeftOut = Math.Max(0, worst.Length - WindowRecord.MostSymptoms),
            LateRows = RowCount.Sum(same.Select(w => w.LateRows)),
            CutBy = first.CutBy,
            Zone = first.Window.DaysOf?.Id,
            Delay = first.Delay,
        };
        return new JudgedWindow(record, [.. verdicts]);
    }

    // Few rows may be a stray one: they are told once a whole day has brought nothing better.
    private JudgedWindow? Judged(StandstillStretch stretch)
    {
        (JudgementSettings judged, ModelWindows windows) = (_settings.Judgement[stretch.Model], _settings.Windowing.Models[stretch.Model]);
        EventTime since = stretch.Standstill.Since;
        long minRows = stretch.Standstill.HasNothingBetter(stretch.Upto) ? 1 : windows.Windows.Min(w => w.MinRows);
        if (_turns.Standstill(stretch, judged, minRows) is not { } symptom) return null;
        if (!stretch.IsOver) Ledger.NoteTold(stretch);
        return new JudgedWindow(
            new WindowRecord(stretch.Model, WindowRecord.Standstill, since, stretch.Upto, true, _epoch, _settings.PlanHash, [], [symptom]), []);
    }

    private static bool IsNews(Symptom symptom) => symptom.Status != SymptomStatus.On || !symptom.Detail.IsEmpty;

    // In the order of time; such traffic may end without anything that closes.
    private List<JudgedWindow> UnownedWindows(IReadOnlyList<UnownedWindow> closed)
    {
        var windows = new List<JudgedWindow>();
        foreach (UnownedWindow window in closed)
        {
            End(window.Start);
            windows.Add(Unowned(_turns.Unowned(window, _settings.Windowing.Unowned.Windows[0]), new Stretch(window.Start, window.End), window.Rows));
        }

        End(Ledger.UnownedUpto);
        return windows;

        void End(EventTime upto) => windows.AddRange(_turns.UnownedEnded(upto).Select(e => Unowned(e.Symptom, e.Window, RowCount.Zero)));
    }

    private JudgedWindow Unowned(Symptom symptom, Stretch window, RowCount rows)
    {
        Subject subject = symptom.Subject;
        var version = new WindowVersion("", null, null, rows, Judgement.Unjudged, "");
        return new JudgedWindow(
            new WindowRecord(subject.Model, subject.Window, window.Start, window.End, true, _epoch, _settings.PlanHash, [version], [symptom]), []);
    }

    private Verdict Unjudged(ClosedWindow window, string reason) =>
        new(window, Judgement.Unjudged, reason, [], [], _settings.Judgement[window.CountsName].Baseline.Hash) { Plan = _settings.PlanHash };

    private static WindowVersion VersionOf(Verdict verdict, bool isTold) => new(
        verdict.Window.Version, isTold ? VerdictJson.IdOf(verdict, 0) : null, null, verdict.Window.Rows, verdict.Judgement, verdict.BaselineHash)
    {
        Panes = verdict.Window.Panes.IsEmpty ? null : Identity.Digest(verdict.Window.Panes),
    };

    private static ImmutableArray<string>? NotSteady(Verdict verdict, Baseline baseline)
    {
        HashSet<string> answers = [.. baseline.Signals.Where(s => s.Role is SignalRole.Score or SignalRole.Decision).Select(s => s.Name)];
        ImmutableArray<string> keys =
        [
            .. verdict.Signals.Where(s => answers.Contains(s.Signal) && s.Judgement is Judgement.Drifting or Judgement.Insufficient).Select(s => s.Signal),
            .. verdict.Groups.Where(g => g.Statistic is { Rule: not null, Judgement: not Judgement.Steady })
                .Select(g => BaselineSignal.KeyOfGroup(g.Group)).Distinct(),
            .. (verdict.Performance?.Judged ?? []).Any(m => m.Statistic.Judgement != Judgement.Steady) ? [SubjectNames.Performance] : (string[])[],
        ];
        return keys.IsEmpty ? null : keys;
    }

    // Whatever is thrown concerns this model's window alone: the models beside it have owners of their own.
    private UnjudgedWindow? TryJudge(ClosedWindow window, List<Verdict> verdicts, List<WindowVersion> versions, List<Symptom> symptoms)
    {
        try
        {
            (Verdict verdict, JudgementSettings judged) = Judged(window);
            List<Symptom> turned = _turns.Of(verdict, _settings.Alerts[window.Model], judged, _settings.Windowing.Versions);
            if (window.Lost is not null && window.CutBy is null) _trends.Forget(window);
            bool isTold = IsTold(window) || turned.Exists(IsNews);
            if (isTold) verdicts.Add(verdict);
            versions.Add(VersionOf(verdict, isTold) with { NotSteady = NotSteady(verdict, judged.Baseline) });
            symptoms.AddRange(turned);
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
        window.Empty <= _settings.Windowing.Models[window.CountsName].MostEmpty || window.Lost is { Lost.Value: > 0 } or { Overtaken.Length: > 0 };

    private (Verdict Verdict, JudgementSettings By) Judged(ClosedWindow window)
    {
        // A window may be of a plan under which nothing has been counted since the newest one came.
        JudgeSettings[] counted = [.. window.Epochs.Select(_plans).Where(p => p.Judgement.ContainsKey(window.CountsName))];
        Baseline[] baselines = [.. counted.Select(p => p.Judgement[window.CountsName].Baseline).DistinctBy(b => b.Hash)];
        JudgementSettings settings = _settings.Judgement[window.CountsName];
        if (baselines.Length > 0) settings = settings with { Baseline = counted[^1].Judgement[window.CountsName].Baseline };
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
}
