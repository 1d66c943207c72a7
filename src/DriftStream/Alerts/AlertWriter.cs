using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Judgements;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>Turns what happened to an episode into the message its owner reads.</summary>
internal sealed class AlertWriter(string plan)
{
    public Alert Signal(
        Verdict verdict, SignalVerdict signal, JudgedStatistic statistic, Turn turn, AlertSettings settings, JudgementSettings judged)
    {
        Rule rule = judged.Rules.First(r => r.Id == statistic.Rule);
        string summary = turn.Status == AlertStatus.Firing ? signal.Why! : Resolved(signal.Signal, settings);
        return Write(verdict, signal.Signal, null, statistic, rule, turn, settings, judged, summary) with { Cells = signal.Cells };
    }

    public Alert Group(Verdict verdict, GroupVerdict group, Turn turn, AlertSettings settings, JudgementSettings judged)
    {
        Rule rule = judged.Rules.First(r => r.Id == group.Statistic.Rule);
        string summary = turn.Status == AlertStatus.Firing ? group.Why! : Resolved(group.Group, settings);
        return Write(verdict, null, group.Group, group.Statistic, rule, turn, settings, judged, summary) with { By = group.By };
    }

    /// <summary>Traffic that no model claims: the root owner must find it an owner, or stop it.</summary>
    public Alert Unowned(UnownedWindow unowned, Owner root, WindowSettings window)
    {
        var rule = new Rule("unowned", null, null, "unowned_rows", null, new Alarm(AlarmKind.Above, 0), Severity.Warning);
        var statistic = new JudgedStatistic(
            "unowned_rows", null, unowned.Rows, null, null, null, null, 0, unowned.Rows, rule.Id, true, Judgement.Drifting);
        var none = ImmutableSortedDictionary<string, WindowCounts>.Empty;
        var closed = new ClosedWindow(unowned.Value, "", window, unowned.Start, unowned.End, true, unowned.Rows, 0, none);
        string rows = unowned.Rows == 1 ? "1 row names" : $"{unowned.Rows} rows name";
        string summary = $"{rows} the model '{unowned.Value}', which nobody owns: register it with an owner, or stop its traffic";
        string id = IdOf(closed, "unowned", null, rule.Id, AlertStatus.Firing);
        return new Alert(
            id, id, AlertStatus.Firing, rule.Severity, 1, [root], unowned.Value, "", null, null, summary, statistic, rule, "1 of 1", [], [], closed,
            null, unowned.Start, RespondBy(closed, rule.Severity), null, null, [], plan);
    }

    /// <summary>A window that could not be judged: the root owner must know, for its own owner cannot mend the program.</summary>
    public Alert Failed(ClosedWindow window, string reason, Owner root)
    {
        var rule = new Rule("unjudged", null, null, "unjudged_windows", null, new Alarm(AlarmKind.Above, 0), Severity.Critical);
        var statistic = new JudgedStatistic(
            "unjudged_windows", null, 1, null, null, null, null, 0, window.Rows, rule.Id, true, Judgement.Drifting);
        string summary = $"the window {EventTime.Format(window.Start)} of '{window.Model}' could not be judged: {reason}";
        string id = IdOf(window, "unjudged", null, rule.Id, AlertStatus.Firing);
        return new Alert(
            id, id, AlertStatus.Firing, rule.Severity, 1, [root], window.Model, window.Version, null, null, summary, statistic, rule, "1 of 1", [],
            [], window, null, window.Start, RespondBy(window, rule.Severity), null, null, [], plan);
    }

    private Alert Write(
        Verdict verdict,
        string? signal,
        string? group,
        JudgedStatistic statistic,
        Rule rule,
        Turn turn,
        AlertSettings settings,
        JudgementSettings judged,
        string summary)
    {
        ClosedWindow window = verdict.Window;
        string subject = signal ?? group!;
        string id = IdOf(window, subject, verdict.BaselineHash, rule.Id, turn.Status);
        string episode = IdOf(window with { Start = turn.Episode }, subject, verdict.BaselineHash, rule.Id, AlertStatus.Firing);
        string consecutive = turn.Status == AlertStatus.Firing ? $"{settings.FireAfter} of {settings.FireOf}" : $"{settings.ResolveAfter} quiet";
        return new Alert(
            id,
            episode,
            turn.Status,
            rule.Severity,
            1,
            [settings.Owner, .. settings.Stakeholders],
            window.Model,
            window.Version,
            signal,
            group,
            summary,
            statistic,
            rule,
            consecutive,
            [],
            [],
            window,
            new BaselineReference(judged.Baseline.Id, judged.Baseline.Hash, judged.Baseline.Rows),
            turn.Since,
            RespondBy(window, rule.Severity),
            settings.Purpose,
            settings.Runbook,
            settings.Tags,
            plan);
    }

    private static string Resolved(string subject, AlertSettings settings) =>
        $"{subject} is back to its baseline: {settings.ResolveAfter} quiet windows in a row";

    private static string IdOf(ClosedWindow window, string subject, string? baseline, string rule, AlertStatus status) => Identity.Of(
        "alert",
        window.Model,
        window.Version,
        subject,
        window.Window.Name,
        EventTime.Format(window.Start),
        window.Window.Size.ToString(),
        window.CutBy?.ToString(),
        baseline,
        rule,
        status == AlertStatus.Firing ? "firing" : "resolved",
        "1");

    // Counted from the window's end, not from now: the same window gives the same alert whenever it is judged.
    private static long RespondBy(ClosedWindow window, Severity severity) => window.End + severity switch
    {
        Severity.Critical => 4 * EventTime.Hour,
        Severity.Warning => EventTime.Day,
        _ => 7 * EventTime.Day,
    };
}
