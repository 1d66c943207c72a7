using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Desk;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Tests.Desk;

/// <summary>Window records with versions, for what is recommended of them.</summary>
internal static class ActionScript
{
    /// <summary>The plan of other scripts, with windows of an hour that need 100 rows and of a day that need 500.</summary>
    public static DeskPlan Plan(Func<AlertSettings, AlertSettings>? of = null, string owner = "A", string hash = "plan")
    {
        DeskPlan plan = DeskScript.Plan(owner, hash);
        AlertSettings model = plan.Models["m1"] with { Windows = [Window("1h", 1, 100), Window("1d", 24, 500)] };
        return plan with { Models = plan.Models.SetItem("m1", of is null ? model : of(model)) };
    }

    /// <param name="script">The script.</param>
    /// <param name="at">When it is appended, hours.</param>
    /// <param name="to">End of the window, hours of event time.</param>
    /// <param name="versions"><c>6=1000 7=40!score,group:sex 8=200?</c>: rows, and what is not steady; <c>?</c> could not be judged.</param>
    /// <param name="symptoms">
    /// <c>+7/age~missing</c> begins, <c>=7/age#120</c> is on, <c>-7/age</c> ends, <c>+7/score|de</c> in a slice; after <c>~</c> the sign of a fault upstream,
    /// after <c>#</c> the rows that moved. What is not called score, decision or sex is a feature, <c>7/@lost</c> is of the whole model.
    /// </param>
    /// <param name="size">Of the window, hours.</param>
    public static DeskScript Window(this DeskScript script, double at, double to, string versions, string symptoms, double size = 1)
    {
        string name = size < 24 ? "1h" : "1d";
        var record = new WindowRecord(
            "m1", name, DeskScript.At(to - size), DeskScript.At(to), true, 0, "plan",
            [.. Words(versions).Select(Version)], [.. Words(symptoms).Select(s => Of(s, name, DeskScript.At(to - size)))]);
        return script.Record(at, new WindowJudged(record));
    }

    public static DeskScript Decide(this DeskScript script, double at, string owner, string action, bool accept, string? episode = null) =>
        script.Answer(at, owner, new Answer("", AnswerKind.Decide, "anna")
        {
            Model = "m1",
            Episode = episode is null ? null : script.Id(episode),
            Action = action,
            Accept = accept,
            Note = "so be it",
        });

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static WindowSettings Window(string name, int hours, long minRows) =>
        new(name, Duration.FromHours(hours), Duration.FromHours(hours), Duration.Zero, minRows);

    private static WindowVersion Version(string text)
    {
        string[] parts = text.TrimEnd('?').Split('=', '!');
        Judgement judgement = text.EndsWith('?') ? Judgement.Unjudged : parts.Length > 2 ? Judgement.Drifting : Judgement.Steady;
        return new WindowVersion(parts[0], $"verdict of {parts[0]}", null, new RowCount(long.Parse(parts[1])), judgement, "sha256:b")
        {
            NotSteady = parts.Length > 2 ? [.. parts[2].Split(',')] : null,
        };
    }

    private static Symptom Of(string text, string window, EventTime since)
    {
        (string rest, string? moved) = Cut(text, '#');
        (rest, string? sign) = Cut(rest, '~');
        (rest, string? slice) = Cut(rest, '|');
        (string version, string? name) = Cut(rest[1..], '/');
        SignalRole role = name switch
        {
            "score" => SignalRole.Score,
            "decision" => SignalRole.Decision,
            "sex" => SignalRole.Group,
            _ => SignalRole.Feature,
        };
        bool ofModel = name!.StartsWith('@');
        var subject = new Subject(
            "m1", version, window, ofModel || role == SignalRole.Group ? null : name, role == SignalRole.Group ? name : null,
            ofModel ? name[1..] : null, slice);
        SymptomStatus status = text[0] switch { '+' => SymptomStatus.Began, '-' => SymptomStatus.Ended, _ => SymptomStatus.On };
        return new Symptom(subject, status, Severity.Warning, since, $"{name} has drifted")
        {
            Detail = text[0] == '=' ? [] : [.. """{"statistic":{"name":"psi","value":1},"rule":{"id":"psi"},"cells":[],"baseline":null,"rules":[]}"""u8],
            Role = ofModel ? null : role,
            Upstream = sign,
            Moved = moved is null ? 0 : long.Parse(moved),
        };
    }

    private static (string Before, string? After) Cut(string text, char at) =>
        text.IndexOf(at) is >= 0 and var i ? (text[..i], text[(i + 1)..]) : (text, null);
}
