using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Judgements;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>Everything a judge's output depends on, besides its counts partition.</summary>
/// <param name="PlanHash">Named in every record.</param>
/// <param name="Root">The owner of what nobody owns.</param>
/// <param name="Windowing">How windows close.</param>
/// <param name="Judgement">How they are judged, by model.</param>
/// <param name="Alerts">Who is told, by model.</param>
public sealed record JudgeSettings(
    string PlanHash,
    Owner Root,
    WindowingSettings Windowing,
    ImmutableSortedDictionary<string, JudgementSettings> Judgement,
    ImmutableSortedDictionary<string, AlertSettings> Alerts);

/// <summary>What one record of the counts topic made the judge say, in the order it is to be written.</summary>
public sealed record JudgeOutput(IReadOnlyList<Entry> Panes, IReadOnlyList<Verdict> Verdicts, IReadOnlyList<Alert> Alerts)
{
    public static JudgeOutput Nothing { get; } = new([], [], []);
}

/// <summary>From counts to verdicts to alerts: a pure function of one counts partition.</summary>
public sealed class Judge
{
    private readonly JudgeSettings _settings;
    private readonly Episodes _episodes;
    private readonly AlertWriter _alerts;

    public Judge(JudgeSettings settings)
        : this(settings, new WindowLedger(settings.Windowing), new Episodes())
    {
    }

    private Judge(JudgeSettings settings, WindowLedger ledger, Episodes episodes)
    {
        _settings = settings;
        Ledger = ledger;
        _episodes = episodes;
        _alerts = new AlertWriter(settings.PlanHash);
    }

    public WindowLedger Ledger { get; }

    /// <summary>Applies a record of the counts topic; bytes that are no such record change nothing.</summary>
    public JudgeOutput Apply(long offset, ReadOnlySpan<byte> record)
    {
        LedgerOutput output = Ledger.Apply(offset, FrameCodec.Read(record));
        if (output.IsEmpty) return JudgeOutput.Nothing;
        var verdicts = new List<Verdict>(output.Closed.Count);
        var alerts = new List<Alert>();
        foreach (ClosedWindow window in output.Closed)
        {
            Verdict verdict = WindowJudge.Judge(window, _settings.Judgement[window.Model]);
            verdicts.Add(verdict);
            Turn(verdict, alerts);
        }

        foreach (UnownedWindow window in output.Unowned) alerts.Add(_alerts.Unowned(window, _settings.Root, _settings.Windowing.Unowned.Windows[0]));
        return new JudgeOutput(output.Sealed, verdicts, alerts);
    }

    /// <summary>The state after the record before <paramref name="next"/>.</summary>
    public byte[] Checkpoint(long next) => Alerts.Checkpoint.Write(new CheckpointState(next, Ledger.Low(next), Ledger.Save(), _episodes.Save()));

    /// <summary>
    /// A judge as it was; its counts still have to be rebuilt from <see cref="CheckpointState.Low"/> to <see
    /// cref="CheckpointState.Next"/>.
    /// </summary>
    public static Judge Restore(JudgeSettings settings, CheckpointState state) =>
        new(settings, WindowLedger.Restore(settings.Windowing, state.Ledger), Episodes.Restore(state.Episodes));

    private void Turn(Verdict verdict, List<Alert> alerts)
    {
        AlertSettings settings = _settings.Alerts[verdict.Window.Model];
        JudgementSettings judged = _settings.Judgement[verdict.Window.Model];
        foreach (SignalVerdict signal in verdict.Signals)
        {
            foreach (JudgedStatistic statistic in signal.Statistics)
            {
                if (statistic.Rule is null || Note(verdict, signal.Signal, null, statistic, settings) is not { } turn) continue;
                alerts.Add(_alerts.Signal(verdict, signal, statistic, turn, settings, judged));
            }
        }

        TurnOfModel(verdict, alerts, settings, judged);
        EndSilence(verdict, alerts, settings, judged);
        foreach (GroupVerdict group in verdict.Groups)
        {
            if (group.Statistic.Rule is null || Note(verdict, null, group.Group, group.Statistic, settings) is not { } turn) continue;
            alerts.Add(_alerts.Group(verdict, group, turn, settings, judged));
        }
    }

    // Lost rows are counted, not estimated: one window is enough to be sure of them. They name no version.
    private void TurnOfModel(Verdict verdict, List<Alert> alerts, AlertSettings settings, JudgementSettings judged)
    {
        ClosedWindow window = verdict.Window with { Version = "" };
        AlertSettings atOnce = settings with { FireAfter = 1, FireOf = 1 };
        foreach (JudgedStatistic statistic in verdict.OfModel)
        {
            var subject = new Subject(window.Model, "", window.Window.Name, null, null, statistic.Rule!);
            if (_episodes.Note(subject, window, statistic.Judgement, atOnce) is { } turn)
                alerts.Add(_alerts.OfModel(verdict with { Window = window }, statistic, turn, atOnce, judged));
        }
    }

    // Windows without rows have no version: rows of a version end what those began.
    private void EndSilence(Verdict verdict, List<Alert> alerts, AlertSettings settings, JudgementSettings judged)
    {
        if (verdict.Window.Lost is null || verdict.Window.Version.Length == 0) return;
        Verdict nameless = verdict with { Window = verdict.Window with { Version = "" } };
        foreach (SignalVerdict signal in verdict.Signals)
        {
            foreach (JudgedStatistic volume in signal.Statistics.Where(s => s is { Name: RowRates.Volume, Rule: not null, Judgement: Judgement.Steady }))
            {
                if (Note(nameless, signal.Signal, null, volume, settings) is { } turn)
                    alerts.Add(_alerts.Signal(nameless, signal, volume, turn, settings, judged));
            }
        }
    }

    private Turn? Note(Verdict verdict, string? signal, string? group, JudgedStatistic statistic, AlertSettings settings)
    {
        ClosedWindow window = verdict.Window;
        var subject = new Subject(window.Model, window.Version, window.Window.Name, signal, group, statistic.Rule!);
        return _episodes.Note(subject, window, statistic.Judgement, settings);
    }
}
