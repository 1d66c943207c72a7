using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Windows;

namespace DriftStream.Tests.Alerts;

/// <summary>How two rules of one signal judged a window: <c>Info</c> and <c>Critical</c> are their severities.</summary>
public sealed record Told(Judgement Info, Judgement Critical)
{
    public bool Speaks => Info == Judgement.Drifting || Critical == Judgement.Drifting;

    public Severity Severity => Critical == Judgement.Drifting ? Severity.Critical : Severity.Info;
}

/// <summary>Windows of one signal in order, of size 10 at steps of 10 or fewer, and the turns that they make.</summary>
internal static class SymptomStory
{
    public const int Size = 10;

    public static readonly Subject X = new("m", "1", "w", "x", null);

    /// <summary><c>D</c> the one rule speaks, <c>S</c> it is steady, <c>?</c> insufficient.</summary>
    public static string Play(string story, int every) => string.Join(' ', Turns(
        [.. story.Select((c, i) => ((long)i * every, new Told(Of(c), Judgement.Unjudged)))], Settings(2, 3, 3)));

    /// <summary>Such as <c>20F10</c>: at 20 it fires, since 10; <c>50R3</c>: resolved at 50 with three quiet windows.</summary>
    public static IEnumerable<string> Turns(IEnumerable<(long Start, Told Told)> story, AlertSettings settings)
    {
        var symptoms = new Symptoms();
        foreach ((long start, Told told) in story)
        {
            if (Note(symptoms, X, start, told, settings) is { } turn) yield return Text(start, turn);
        }
    }

    public static string Text(long start, SymptomTurn turn) => turn.Status == SymptomStatus.Ended
        ? $"{start}R{turn.Quiet}"
        : $"{start}F{turn.Symptom.Since}{turn.Symptom.Severity}{(turn.Status == SymptomStatus.Began ? 1 : 2)}";

    /// <summary>Null where nothing is to be told.</summary>
    public static SymptomTurn? Note(Symptoms symptoms, Subject subject, long start, Told told, AlertSettings settings)
    {
        var window = new ClosedWindow(
            "m", "1", new WindowSettings("w", new(Size), new(Size), new(0), 0), new(start), new(start + Size), true, new(1), new(0),
            ImmutableSortedDictionary<string, WindowCounts>.Empty);
        SymptomTurn? turn = symptoms.Note(
            subject, window, [Ruled(Severity.Info, told.Info), Ruled(Severity.Critical, told.Critical)], Story.None, settings);
        return turn is { IsNews: true } ? turn : null;
    }

    public static RuledStatistic Ruled(Severity severity, Judgement judgement)
    {
        var rule = new Rule(severity.ToString(), "*", null, "psi", null, new Alarm(AlarmKind.Above, 0), severity);
        return new RuledStatistic(rule, new JudgedStatistic(
            "psi", null, 1, null, null, null, null, 1, 1, rule.Id, judgement == Judgement.Drifting, judgement));
    }

    public static AlertSettings Settings(int fireAfter, int fireOf, int resolveAfter) =>
        new("m", new Owner("o", "O", "o@example.org"), [], null, null, [], fireAfter, fireOf, resolveAfter);

    private static Judgement Of(char c) => c switch { 'D' => Judgement.Drifting, 'S' => Judgement.Steady, _ => Judgement.Insufficient };
}
