using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>A statistic of a whole model.</summary>
/// <param name="Name">Its name in the config and in every message.</param>
/// <param name="Most">The greatest value it can take: limits of rules lie between 0 and this.</param>
/// <param name="OfRows">It is a share of the rows lost and counted, of which there must be enough; otherwise it is about windows.</param>
/// <param name="Value">Its value, or null where it is undefined.</param>
/// <param name="Summary">One sentence while it speaks.</param>
/// <param name="Ended">One sentence when it ends, made from the windows it took, such as <c>3 windows</c>.</param>
internal sealed record ModelStatistic(
    string Name, double Most, bool OfRows, Func<ClosedWindow, Losses, double?> Value, Func<ClosedWindow, string> Summary, Func<string, string> Ended);

/// <summary>Judges missing rows, some or all of a window's: statistics of the whole model, not of a signal or a group.</summary>
public static class LossJudge
{
    /// <summary>Share of rows that are in no window, 0 to 1: late, overtaken, future, rejected, dropped.</summary>
    public const string Lost = "lost";

    /// <summary>Share of rows that were rejected, 0 to 1.</summary>
    public const string Rejected = "rejected";

    /// <summary>How many windows in a row had no row.</summary>
    public const string Silence = "silence";

    /// <summary>The probability of so few rows, by the model's own volume: see <see cref="DriftStream.Statistics.Volume"/>.</summary>
    public const string SilenceProbability = "silence_probability";

    /// <summary>The names of all statistics of a whole model.</summary>
    internal static ImmutableArray<ModelStatistic> Statistics { get; } =
    [
        new(Lost, 1, true, (_, losses) => losses.Share, LostRows, windows => $"lost rows are few again: {windows} without an alarm"),
        new(Rejected, 1, true, (_, losses) => losses.RejectedShare, RejectedRows, windows => $"rejected rows are few again: {windows} without an alarm"),
        new(Silence, double.PositiveInfinity, false, (window, _) => window.Empty, SilentWindows, windows => $"rows come again: {windows} with some"),
        new(SilenceProbability, 1, false, (window, _) => window.Volume?.Probability, MissedRows,
            windows => $"rows come again: {windows} with as many as usual"),
    ];

    /// <summary>The names of all of them.</summary>
    public static ImmutableArray<string> Names { get; } = [.. Statistics.Select(s => s.Name)];

    /// <summary>Empty for a window that does not carry the model's losses: another version's window of the same time does.</summary>
    public static ImmutableArray<JudgedStatistic> Judge(ClosedWindow window, JudgementSettings settings)
    {
        if (window.Lost?.Untold() is not { } losses) return [];
        return [.. settings.Rules.Where(r => Names.Contains(r.Statistic)).Select(r => Judge(r, window, losses))];
    }

    /// <summary>What the rules on lost rows say of a standstill; nothing where more rows are counted than lost.</summary>
    /// <param name="window">The stretch that it lasts, with what was lost in it.</param>
    /// <param name="settings">The rules.</param>
    internal static ImmutableArray<JudgedStatistic> OfStandstill(ClosedWindow window, JudgementSettings settings) => window.Lost!.Lost > window.Lost.Rows
        ? [.. settings.Rules.Where(r => r is { Signal: null, Group: null, Statistic: Lost or Rejected }).Select(r => Judge(r, window, window.Lost))]
        : [];

    /// <summary>One sentence while it lasts: since when, what became of the rows, and why.</summary>
    internal static string StandsStill(JudgedStatistic statistic, ClosedWindow window, Standstill standstill)
    {
        string since = EventTime.Format(window.Start);
        bool counts = standstill.Counted + standstill.CountedBeyond > 0;
        string state = counts ? $"event time stands still since {since}, and no window closes" : $"no row has been counted since {since}";
        return $"{state}: {Summary(statistic, window)}";
    }

    /// <summary>One sentence when it is over: how many rows it cost.</summary>
    internal static string MovesAgain(ClosedWindow window)
    {
        Losses losses = window.Lost!;
        return $"rows are counted and event time moves again; {Digits(losses.Lost)} row{(losses.Lost == 1 ? " was" : "s were")} lost since "
            + $"{EventTime.Format(window.Start)}{Unread(losses)}";
    }

    /// <summary>One sentence: how many rows are lost, what became of them, and where to look for a fast clock.</summary>
    public static string Summary(JudgedStatistic statistic, ClosedWindow window) => Named(statistic.Name).Summary(window);

    /// <summary>One sentence that says what is well again.</summary>
    internal static string Ended(JudgedStatistic statistic, string windows) => Named(statistic.Name).Ended(windows);

    private static string SilentWindows(ClosedWindow window) =>
        $"no row in {window.Empty} window{(window.Empty == 1 ? "" : "s")} of {window.Window.Name} in a row";

    private static string MissedRows(ClosedWindow window)
    {
        VolumeReading volume = window.Volume!;
        string rows = $"{Digits(window.Lost!.Rows)} in this window of {window.Window.Name}";
        return string.Create(CultureInfo.InvariantCulture,
            $"rows have stopped since {EventTime.Format(volume.Since!.Value)}: {rows}, about {volume.Expected:0} expected");
    }

    private static string RejectedRows(ClosedWindow window)
    {
        Losses losses = window.Lost!.Untold();
        string why = losses.Why is { } first ? $"{first}; the rejects topic says where" : "the rejects topic says why";
        return $"{Of(losses.Rejected, losses)} were rejected{Unread(losses)}: {why}";
    }

    private static string LostRows(ClosedWindow window)
    {
        Losses losses = window.Lost!.Untold();
        LossCounts counts = losses.Counts;
        (string Fate, long Rows)[] fates =
        [
            ("late", counts.Late), ("overtaken", counts.Overtaken), ("in the future", counts.Future), ("rejected", losses.Rejected),
            ("dropped", counts.Dropped),
        ];
        string text = $"{Of(losses.Lost, losses)} are in no window: "
            + string.Join(", ", fates.Where(f => f.Rows > 0).Select(f => $"{Digits(f.Rows)} {f.Fate}")) + Unread(losses);
        if (losses.Furthest is not { } furthest || counts.Late + counts.Overtaken == 0) return text;
        return $"{text}; event time was moved to {EventTime.Format(furthest.Watermark)} by the record at offset {furthest.Record.Offset.InTopic} of "
            + $"{furthest.Source}, stamped {EventTime.Format(furthest.Record.Timestamp)}";
    }

    private static string Of(long rows, Losses losses)
    {
        string share = ((double)rows / losses.All).ToString("P1", CultureInfo.InvariantCulture);
        return $"{Digits(rows)} of {Digits(losses.All)} rows ({share})";
    }

    private static string Unread(Losses losses)
    {
        long messages = losses.Counts.Unreadable;
        return messages == 0 ? "" : $", {Digits(messages)} unreadable message{(messages == 1 ? "" : "s")} taken for {Digits(losses.Unread)} of them";
    }

    private static JudgedStatistic Judge(Rule rule, ClosedWindow window, Losses losses)
    {
        ModelStatistic statistic = Named(rule.Statistic);
        double? value = statistic.Value(window, losses);
        bool few = statistic.OfRows && losses.All < (rule.Alarm.MinRows ?? window.Window.MinRows);
        Judgement judgement = few || value is null ? Judgement.Insufficient
            : Speaks(rule.Alarm, value.Value) ? Judgement.Drifting : Judgement.Steady;
        long rows = statistic.OfRows ? losses.All : window.Rows;
        return JudgedStatistic.OfCount(statistic.Name, value, rows, rule.Id, judgement);
    }

    private static ModelStatistic Named(string name) => Statistics.First(s => s.Name == name);

    private static bool Speaks(Alarm alarm, double value) => alarm.Form.Below ? value < alarm.Value : value > alarm.Value;

    private static string Digits(long rows) => rows.ToString("N0", CultureInfo.InvariantCulture);
}
