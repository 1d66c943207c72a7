using System.CommandLine;
using System.Text.Json.Nodes;
using DriftStream.Desk;
using DriftStream.Host.Answering;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream silence list</c> and <c>driftstream away list</c>: what holds now, and how to end it.</summary>
internal static class StandingList
{
    // Of an id that the command line makes.
    private const int WholeId = 32;

    public static Command Create(AnswerKind kind)
    {
        bool silences = kind == AnswerKind.Silence;
        Option<string> config = SharedOptions.Config();
        var owner = new Option<string?>("--owner") { Description = silences ? "Only of this owner's models." : "Only of this owner.", HelpName = "ID" };
        Option<bool> json = SharedOptions.Json(silences
            ? "One document a line: id, owner, by, said, from, until, model, version, signal, group, severity, rule, reason, heard."
            : "One document a line: id, owner, to, by, said, from, until, note, heard.");
        var command = new Command("list", silences
            ? """
              Lists the silences that hold or begin later, those that end first before the others. What the desk refused or has ended is not among them.

              Example: driftstream silence list -c driftstream.yaml --owner labour-insights
              """
            : """
              Lists who is away, or will be, and who answers meanwhile.

              Example: driftstream away list -c driftstream.yaml
              """)
        {
            config, owner, json,
        };
        command.SetAction((parsed, cancel) => Task.Run(
            () => Run(kind, parsed.GetValue(config)!, parsed.GetValue(owner), parsed.GetValue(json), cancel), cancel));
        return command;
    }

    private static int Run(AnswerKind kind, string config, string? owner, bool json, CancellationToken cancel)
    {
        if (AnswerOptions.Load(config, owner) is not { } plan) return ExitCode.Usage;
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
        EventTime now = EventTime.From(DateTime.UtcNow);
        IReadOnlyList<StandingAnswer> read = StandingAnswers.Read(
            plan, kind, now, Console.Error, logs.CreateLogger("list"), out KafkaFailure? failure, cancel);
        if (failure is not null) return BrokerFailure.Report(plan.Kafka, failure, Console.Error);
        StandingAnswer[] shown = [.. read.Where(s => owner is null || s.Owner == owner)];
        foreach (StandingAnswer standing in shown) Console.WriteLine(json ? Json(standing) : Text(standing, now, Ink.ForOutput));
        if (shown.Length == 0) Console.Error.WriteLine(kind == AnswerKind.Silence ? "no silences" : "nobody is away");
        return ExitCode.Fine;
    }

    /// <summary>The id that begins so of one that stands; what was written where there is none, or are several.</summary>
    public static string Whole(DriftPlan plan, AnswerKind kind, string id, CancellationToken cancel)
    {
        if (id.Length >= WholeId) return id;
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
        IReadOnlyList<StandingAnswer> read = StandingAnswers.Read(
            plan, kind, EventTime.From(DateTime.UtcNow), TextWriter.Null, logs.CreateLogger("list"), out _, cancel);
        StandingAnswer[] found = [.. read.Where(s => s.Answer.Id.StartsWith(id, StringComparison.OrdinalIgnoreCase))];
        return found is [var only] ? only.Answer.Id : id;
    }

    private static string Text(StandingAnswer standing, EventTime now, Ink ink)
    {
        Answer answer = standing.Answer;
        string from = answer.From > now ? $"from {EventTime.Format(answer.From.Value)} " : "";
        string heard = standing.Heard ? "" : ink.Doubtful(", not heard by the desk yet");
        string what = answer.Kind == AnswerKind.Away ? $"{Printable.Of(answer.To)} answers instead" : Matchers(answer);
        string note = answer.Note is null ? "" : $": {Printable.Of(answer.Note)}";
        return $"{Printable.Of(answer.Id)}  {ink.Strong(Printable.Of(standing.Owner))}  {from}until {EventTime.Format(answer.Until!.Value)}  {what}{heard}\n"
            + $"    {Printable.Of(answer.By)}{note}";
    }

    private static string Matchers(Answer answer)
    {
        string text = string.Join(", ", Named(answer).Where(m => m.Text is not null).Select(m => $"{m.Name} {Printable.Of(m.Text)}"));
        return text.Length == 0 ? "all models" : text;
    }

    private static (string Name, string? Text)[] Named(Answer answer) =>
    [
        ("model", answer.Model), ("version", answer.Version), ("signal", answer.Signal), ("group", answer.Group), ("severity", answer.Severity),
        ("rule", answer.Rule),
    ];

    private static string Json(StandingAnswer standing)
    {
        Answer answer = standing.Answer;
        var json = new JsonObject { ["id"] = answer.Id, ["owner"] = standing.Owner };
        if (answer.Kind == AnswerKind.Away) json["to"] = answer.To;
        json["by"] = answer.By;
        json["said"] = EventTime.Format(standing.Said);
        json["from"] = EventTime.Format(answer.From ?? standing.Said);
        json["until"] = EventTime.Format(answer.Until!.Value);
        if (answer.Kind == AnswerKind.Away) json["note"] = answer.Note;
        else
        {
            foreach ((string name, string? text) in Named(answer)) json[name] = text;
            json["reason"] = answer.Note;
        }

        json["heard"] = standing.Heard;
        return json.ToJsonString(BaselineCommand.Relaxed);
    }
}
