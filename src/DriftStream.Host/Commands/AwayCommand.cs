using System.CommandLine;
using System.Text.Json.Nodes;
using DriftStream.Desk;
using DriftStream.Time;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream away</c>: somebody else answers meanwhile.</summary>
internal static class AwayCommand
{
    private static readonly Duration Longest = Duration.FromDays(366);

    public static Command Create()
    {
        Option<string> config = SharedOptions.Config(), by = AnswerOptions.By();
        var owner = new Option<string>("--owner") { Description = "Who is away.", HelpName = "ID", Required = true };
        var to = new Option<string>("--to") { Description = "The owner that answers meanwhile.", HelpName = "ID", Required = true };
        Option<string?> from = AnswerOptions.Time("--from", "When it begins; default: now.", Longest),
            until = AnswerOptions.Time("--until", "When the owner is back; at most 366d.", Longest);
        until.Required = true;
        Option<string?> note = AnswerOptions.Note();
        Option<bool> json = SharedOptions.Json("The desk's reply as it is.");
        var command = new Command("away", """
            Says that an owner is away: alerts go to both, and what the other one acknowledges or silences counts.

            Example: driftstream away -c driftstream.yaml --owner labour-insights --until 2026-12-07T08:00:00Z --to ml-platform
            """)
        {
            config, owner, from, until, to, note, by, json,
        };
        command.Add(StandingList.Create(AnswerKind.Away));
        command.Add(End());
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            if (AnswerOptions.Load(parsed.GetValue(config)!, parsed.GetValue(owner)) is not { } plan) return ExitCode.Usage;
            string instead = parsed.GetValue(to)!;
            if (!plan.Owners.ContainsKey(instead) || instead == parsed.GetValue(owner))
            {
                Console.Error.WriteLine($"--to: '{instead}' is not another owner; the configuration has {string.Join(", ", plan.Owners.Keys)}");
                return ExitCode.Usage;
            }

            EventTime now = EventTime.From(DateTime.UtcNow);
            var fields = new JsonObject
            {
                ["from"] = AnswerOptions.Parse(parsed.GetValue(from), now) is { } begins ? EventTime.Format(begins) : null,
                ["until"] = EventTime.Format(AnswerOptions.Parse(parsed.GetValue(until), now)!.Value),
                ["to"] = instead,
                ["note"] = parsed.GetValue(note),
            };
            return AnswerOptions.Send(plan, parsed.GetValue(owner)!, "away", parsed.GetValue(by)!, fields, parsed.GetValue(json), cancel);
        }, cancel));
        return command;
    }

    private static Command End()
    {
        Option<string> config = SharedOptions.Config(), by = AnswerOptions.By();
        var owner = new Option<string>("--owner") { Description = "Who is back.", HelpName = "ID", Required = true };
        Option<bool> json = SharedOptions.Json("The desk's reply as it is.");
        var absence = new Argument<string>("ABSENCE")
        {
            Description = "The absence's id, or its beginning: the reply to it said it, and 'away list' shows it.",
        };
        var command = new Command("end", """
            Says that an owner is back before its time: the other one no longer answers instead.

            Example: driftstream away end 5f0c… -c driftstream.yaml --owner labour-insights
            """)
        {
            absence, config, owner, by, json,
        };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            if (AnswerOptions.Load(parsed.GetValue(config)!, parsed.GetValue(owner)) is not { } plan) return ExitCode.Usage;
            var fields = new JsonObject { ["away"] = StandingList.Whole(plan, AnswerKind.Away, parsed.GetValue(absence)!, cancel) };
            return AnswerOptions.Send(plan, parsed.GetValue(owner)!, "end", parsed.GetValue(by)!, fields, parsed.GetValue(json), cancel);
        }, cancel));
        return command;
    }
}
