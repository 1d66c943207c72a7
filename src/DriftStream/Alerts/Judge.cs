using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Judgements;
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
            ImmutableArray<RuledStatistic> rules = RuledStatistic.Of(signal.Statistics, judged.Rules);
            if (Note(verdict, signal.Signal, null, rules, settings) is { } turn)
                alerts.Add(_alerts.Signal(verdict, signal, rules, turn, settings, judged));
        }

        // A verdict for each statistic of a group; the group speaks once.
        foreach (IGrouping<string, GroupVerdict> group in verdict.Groups.GroupBy(g => g.Group))
        {
            ImmutableArray<RuledStatistic> rules = RuledStatistic.Of(group.Select(g => g.Statistic), judged.Rules);
            if (Note(verdict, null, group.Key, rules, settings) is { } turn)
                alerts.Add(_alerts.Group(verdict, [.. group], rules, turn, settings, judged));
        }
    }

    private Turn? Note(Verdict verdict, string? signal, string? group, ImmutableArray<RuledStatistic> rules, AlertSettings settings)
    {
        ClosedWindow window = verdict.Window;
        var subject = new Subject(window.Model, window.Version, window.Window.Name, signal, group);
        return _episodes.Note(subject, window, verdict.BaselineHash, rules, settings);
    }
}
