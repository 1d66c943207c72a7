using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>Judges missing rows, some or all of a window's: statistics of the whole model, not of a signal or a group.</summary>
public static class LossJudge
{
    /// <summary>Share of rows that are in no window, 0 to 1: late, overtaken, future, rejected, dropped.</summary>
    public const string Lost = "lost";

    /// <summary>Share of rows that were rejected, 0 to 1.</summary>
    public const string Rejected = "rejected";

    /// <summary>How many windows in a row had no row.</summary>
    public const string Silence = "silence";

    /// <summary>The names of all statistics of a whole model.</summary>
    public static ImmutableArray<string> Names { get; } = [Lost, Rejected, Silence];

    /// <summary>Empty for a window that does not carry the model's losses: another version's window of the same time does.</summary>
    public static ImmutableArray<JudgedStatistic> Judge(ClosedWindow window, JudgementSettings settings)
    {
        if (window.Lost is not { } losses) return [];
        return [.. settings.Rules.Where(r => r.Signal is null && r.Group is null).Select(r => Judge(r, window, losses))];
    }

    /// <summary>One sentence: how many rows are lost, what became of them, and where to look for a fast clock.</summary>
    public static string Summary(JudgedStatistic statistic, ClosedWindow window)
    {
        if (statistic.Name == Silence) return $"no row in {window.Empty} window{(window.Empty == 1 ? "" : "s")} of {window.Window.Name} in a row";
        Losses losses = window.Lost!;
        LossCounts counts = losses.Counts;
        long rows = statistic.Name == Rejected ? losses.Rejected : losses.Lost;
        string share = ((double)rows / losses.All).ToString("P1", CultureInfo.InvariantCulture);
        string all = $"{Digits(rows)} of {Digits(losses.All)} rows ({share})";
        string unread = counts.Unreadable == 0 ? ""
            : $", {Digits(counts.Unreadable)} unreadable message{(counts.Unreadable == 1 ? "" : "s")} taken for {Digits(losses.Unread)} of them";
        if (statistic.Name == Rejected) return $"{all} were rejected{unread}: the rejects topic says why";
        (string Fate, long Rows)[] fates =
        [
            ("late", counts.Late), ("overtaken", counts.Overtaken), ("in the future", counts.Future), ("rejected", losses.Rejected),
            ("dropped", counts.Dropped),
        ];
        string text = $"{all} are in no window: "
            + string.Join(", ", fates.Where(f => f.Rows > 0).Select(f => $"{Digits(f.Rows)} {f.Fate}")) + unread;
        if (losses.Furthest is not { } furthest || counts.Late + counts.Overtaken == 0) return text;
        return $"{text}; event time was moved to {EventTime.Format(furthest.Watermark)} by the record at offset {furthest.Record.Offset} of "
            + $"{furthest.Source}, stamped {EventTime.Format(furthest.Record.Timestamp)}";
    }

    private static JudgedStatistic Judge(Rule rule, ClosedWindow window, Losses losses)
    {
        if (rule.Statistic == Silence)
        {
            bool speaks = Speaks(rule.Alarm, window.Empty);
            return new JudgedStatistic(
                Silence, null, window.Empty, null, null, null, null, 0, window.Rows, rule.Id, speaks, speaks ? Judgement.Drifting : Judgement.Steady);
        }

        double? value = rule.Statistic == Rejected ? losses.RejectedShare : losses.Share;
        Judgement judgement = value is null || losses.All < (rule.Alarm.MinRows ?? window.Window.MinRows) ? Judgement.Insufficient
            : Speaks(rule.Alarm, value.Value) ? Judgement.Drifting : Judgement.Steady;
        return new JudgedStatistic(rule.Statistic, null, value, null, null, null, null, 0, losses.All, rule.Id, judgement == Judgement.Drifting, judgement);
    }

    private static bool Speaks(Alarm alarm, double value) => alarm.Kind == AlarmKind.Below ? value < alarm.Value : value > alarm.Value;

    private static string Digits(long rows) => rows.ToString("N0", CultureInfo.InvariantCulture);
}
