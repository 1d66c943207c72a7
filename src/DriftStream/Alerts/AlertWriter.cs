using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>Turns what happened to an episode into the message its owner reads.</summary>
/// <param name="plan">Hash of the plan that judges.</param>
/// <param name="versions">How many versions of a window have counts of their own.</param>
public sealed class AlertWriter(string plan, int versions)
{
    /// <summary>The alert of a signal; <paramref name="rules"/> are all that looked at it.</summary>
    public Alert Signal(
        Verdict verdict, JudgedSignal signal, ImmutableArray<RuledStatistic> rules, Turn turn, AlertSettings settings, JudgementSettings judged)
    {
        ImmutableArray<RuledStatistic> told = Told(rules, turn);
        string summary = turn.Status == AlertStatus.Firing ? signal.Why! : Resolved(signal.Subject, signal.Why, told, turn, settings);
        // No group has such a name.
        string? slice = signal.Slice is null ? null : $"slice:{signal.Slice.Key}";
        return Write(verdict, signal.Signal, null, told, turn, settings, judged, summary, slice) with { Cells = signal.Cells, Slice = signal.Slice };
    }

    /// <summary>The alert of a group; <paramref name="group"/> holds its verdicts, one a statistic, and <paramref name="rules"/> all that looked.</summary>
    public Alert Group(
        Verdict verdict, JudgedGroup[] group, ImmutableArray<RuledStatistic> rules, Turn turn, AlertSettings settings, JudgementSettings judged)
    {
        ImmutableArray<RuledStatistic> told = Told(rules, turn);
        JudgedGroup leading = told.IsEmpty ? group[0] : group.First(g => ReferenceEquals(g.Statistic, told[0].Statistic));
        string summary = turn.Status == AlertStatus.Firing ? leading.Why! : Resolved(leading.Group, leading.Why, told, turn, settings);
        return Write(verdict, null, leading.Group, told, turn, settings, judged, summary) with { By = leading.By };
    }

    /// <summary>An alert of the whole model, which names neither signal nor group.</summary>
    public Alert OfModel(Verdict verdict, RuledStatistic ruled, Turn turn, AlertSettings settings, JudgementSettings judged)
    {
        JudgedStatistic statistic = ruled.Statistic;
        bool ofVersions = statistic.Name == VersionBound.OtherVersions;
        string summary = turn.Status == AlertStatus.Firing
            ? ofVersions ? VersionBound.Summary(verdict.Window.Lost!, versions) : LossJudge.Summary(statistic, verdict.Window)
            : ofVersions ? $"versions are few enough again: {Windows(turn.Quiet)} in which each has counts of its own"
            : LossJudge.Ended(statistic, Windows(turn.Quiet));
        return Write(verdict, null, null, [ruled], turn, settings, judged, summary, $"model:{statistic.Name}");
    }

    /// <summary>The alert of traffic that no model claims: the root owner must find an owner for it, or stop it.</summary>
    public Alert Unowned(UnownedWindow unowned, Owner root, WindowSettings window)
    {
        var rule = new Rule("unowned", null, null, "unowned_rows", null, new Alarm(AlarmKind.Above, 0), Severity.Warning);
        JudgedStatistic statistic = JudgedStatistic.OfCount("unowned_rows", unowned.Rows, unowned.Rows, rule.Id, Judgement.Drifting);
        var none = ImmutableSortedDictionary<string, WindowCounts>.Empty;
        var closed = new ClosedWindow(unowned.Value, "", window, unowned.Start, unowned.End, true, unowned.Rows, RowCount.Zero, none);
        string rows = unowned.Rows == 1 ? "1 row names" : $"{unowned.Rows} rows name";
        string summary = $"{rows} the model '{unowned.Value}', which nobody owns: register it with an owner, or stop its traffic";
        string id = IdOf(closed, null, null, null, AlertStatus.Firing, 1);
        return ToRoot(root, closed, id, new RuledStatistic(rule, statistic), summary);
    }

    /// <summary>The alert of a window that could not be judged. It goes to the root owner, since the model's owner cannot mend the program.</summary>
    public Alert Failed(ClosedWindow window, string reason, Owner root)
    {
        var rule = new Rule("unjudged", null, null, "unjudged_windows", null, new Alarm(AlarmKind.Above, 0), Severity.Critical);
        JudgedStatistic statistic = JudgedStatistic.OfCount("unjudged_windows", 1, window.Rows, rule.Id, Judgement.Drifting);
        string summary = $"the window {EventTime.Format(window.Start)} of '{window.Model}' could not be judged: {reason}";
        string id = IdOf(window, "unjudged", null, null, AlertStatus.Firing, 1);
        return ToRoot(root, window, id, new RuledStatistic(rule, statistic), summary);
    }

    private Alert ToRoot(Owner root, ClosedWindow window, string id, RuledStatistic ruled, string summary) => new()
    {
        Id = id,
        Episode = id,
        Status = AlertStatus.Firing,
        Severity = ruled.Rule.Severity,
        Revision = 1,
        To = [root],
        Model = window.Model,
        Version = window.Version,
        Summary = summary,
        Rules = [ruled],
        Consecutive = "1 of 1",
        Window = window,
        Since = window.Start,
        RespondBy = RespondBy(window, ruled.Rule.Severity),
        Plan = plan,
    };

    private Alert Write(
        Verdict verdict,
        string? signal,
        string? group,
        ImmutableArray<RuledStatistic> rules,
        Turn turn,
        AlertSettings settings,
        JudgementSettings judged,
        string summary,
        string? part = null)
    {
        ClosedWindow window = verdict.Window;
        // A statistic of the whole model and a slice are subjects of their own.
        string? named = part ?? group;
        Episode episode = turn.Episode;
        ClosedWindow opened = window with { Start = episode.Start };
        bool atOnce = rules.Any(r => r.Rule.AtOnce && r.Speaks);
        string consecutive = turn.Status != AlertStatus.Firing ? $"{turn.Quiet} quiet" : atOnce ? "1 of 1" : $"{settings.FireAfter} of {settings.FireOf}";
        return new Alert
        {
            Id = IdOf(window, signal, named, verdict.BaselineHash, turn.Status, episode.Revision),
            Episode = IdOf(opened, signal, named, episode.Baseline, AlertStatus.Firing, 1),
            Status = turn.Status,
            Severity = episode.Severity,
            Revision = episode.Revision,
            To = [settings.Owner, .. settings.Stakeholders],
            Model = window.Model,
            Version = window.Version,
            Signal = signal,
            Group = group,
            Summary = summary,
            Rules = rules,
            Consecutive = consecutive,
            Window = window,
            Baseline = judged.Baseline.ToLearn is null ? new BaselineReference(judged.Baseline.Id, judged.Baseline.Hash, judged.Baseline.Rows) : null,
            Since = episode.Since,
            RespondBy = RespondBy(window, episode.Severity),
            Purpose = settings.Purpose,
            Runbook = settings.Runbook,
            Tags = settings.Tags,
            Plan = plan,
        };
    }

    // The rules that speak now; at the end of an episode those that spoke or, if the plan has none of them any more, those that it has.
    private static ImmutableArray<RuledStatistic> Told(ImmutableArray<RuledStatistic> rules, Turn turn)
    {
        ImmutableArray<RuledStatistic> told =
            [.. rules.Where(r => turn.Status == AlertStatus.Firing ? r.Speaks : turn.Episode.Rules.Contains(r.Spoken))];
        return [.. (told.IsEmpty ? rules : told).OrderByDescending(r => r.Rule.Severity)];
    }

    private static string Resolved(string subject, string? why, ImmutableArray<RuledStatistic> told, Turn turn, AlertSettings settings)
    {
        // A detector that has found a trend starts anew at the level that the statistic has come to.
        if (!told.IsEmpty && told.All(r => r.Rule.Alarm.Form.IsTrend))
            return $"{subject} has moved no further: {told[0].Rule.Alarm.Trend!.Name} has started anew where it stands now, which is no all-clear";
        if (turn.Quiet >= settings.ResolveAfter) return $"{subject} is back to its baseline: {turn.Quiet} quiet windows";
        string judged = $"{subject} is no longer judged: no rule has spoken for {Episodes.Patience * settings.ResolveAfter} windows, and of the "
            + $"{settings.ResolveAfter} quiet ones that would show it well {turn.Quiet} could be judged";
        return why is null ? judged : $"{judged} ({why})";
    }

    private static string Windows(int count) => count == 1 ? "1 window" : $"{count} windows";

    private static string IdOf(ClosedWindow window, string? signal, string? group, string? baseline, AlertStatus status, int revision) =>
        Identity.Of(
            window.Rest ? "alert of other versions" : "alert",
            window.Model,
            window.Version,
            signal,
            group,
            window.Window.Name,
            EventTime.Format(window.Start),
            window.Window.Size.ToString(),
            window.CutBy?.ToString(CultureInfo.InvariantCulture),
            baseline,
            status == AlertStatus.Firing ? "firing" : "resolved",
            revision.ToString(CultureInfo.InvariantCulture));

    // Counted from the window's end, not from now: the same window gives the same alert whenever it is judged.
    private static EventTime RespondBy(ClosedWindow window, Severity severity) => window.End + severity switch
    {
        Severity.Critical => Duration.FromHours(4),
        Severity.Warning => Duration.FromDays(1),
        Severity.Info => Duration.FromDays(7),
    };
}
