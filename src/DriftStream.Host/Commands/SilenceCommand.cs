using System.CommandLine;
using System.Text.Json.Nodes;
using DriftStream.Desk;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream silence</c>: what is known and not to be told for a while.</summary>
internal static class SilenceCommand
{
    private static readonly string[] Matched = ["version", "signal", "group", "severity", "rule"];

    public static Command Create()
    {
        Option<string> config = SharedOptions.Config(), by = AnswerOptions.By();
        Option<string?> owner = AnswerOptions.Owner("the owner of the model"),
            reason = AnswerOptions.Note("--reason", "Why; it stands in what is told when the silence ends."),
            from = AnswerOptions.Time("--from", "When it begins; default: now.", Duration.FromDays(90)),
            until = AnswerOptions.Time("--until", "When it ends; at most 90d.", Duration.FromDays(90));
        var model = new Option<string?>("--model") { Description = "Symptoms of this model; none: of all models of the owner.", HelpName = "ID" };
        Option<string?>[] matchers =
        [
            .. Matched.Select(name => new Option<string?>($"--{name}") { Description = $"Only of this {name}; * stands for any text.", HelpName = "TEXT" }),
        ];
        Option<bool> json = SharedOptions.Json("The desk's reply as it is.");
        reason.Required = until.Required = true;
        var command = new Command("silence", """
            Keeps symptoms from being told for a while. They go on being judged; when the silence ends and one is still on, it is told then,
            with a whole deadline and the silence named.

            Example: driftstream silence -c driftstream.yaml --model employment --signal AGEP --until 2d --reason "form is being migrated"
            """)
        {
            config, owner, model, from, until, reason, by, json,
        };
        foreach (Option<string?> matcher in matchers) command.Add(matcher);
        command.Add(StandingList.Create(AnswerKind.Silence));
        command.Add(End());
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            if (AnswerOptions.Load(parsed.GetValue(config)!, parsed.GetValue(owner)) is not { } plan) return ExitCode.Usage;
            string? of = parsed.GetValue(model);
            if (OwnerOf(plan, parsed.GetValue(owner), of) is not { } speaker) return ExitCode.Usage;
            EventTime now = EventTime.From(DateTime.UtcNow);
            var fields = new JsonObject
            {
                ["model"] = of,
                ["from"] = AnswerOptions.Parse(parsed.GetValue(from), now) is { } begins ? EventTime.Format(begins) : null,
                ["until"] = EventTime.Format(AnswerOptions.Parse(parsed.GetValue(until), now)!.Value),
                ["reason"] = parsed.GetValue(reason),
            };
            foreach ((string name, Option<string?> matcher) in Matched.Zip(matchers)) fields[name] = parsed.GetValue(matcher);
            return AnswerOptions.Send(plan, speaker, "silence", parsed.GetValue(by)!, fields, parsed.GetValue(json), cancel);
        }, cancel));
        return command;
    }

    /// <summary>The owner that speaks for a model; null after saying why there is none.</summary>
    public static string? OwnerOf(DriftPlan plan, string? owner, string? model)
    {
        // A pattern is of no model: who says it has to be said.
        ModelPlan? of = plan.Models.FirstOrDefault(m => m.Id == model);
        if (model is not null && of is null && !model.Contains('*'))
        {
            VerdictsCommand.UnknownModel(plan, model, Console.Error);
            return null;
        }

        if (owner is null && of is null) Console.Error.WriteLine("for whom? give --owner, or the --model of one for its owner");
        return owner ?? of?.Alerts.Owner.Id;
    }

    private static Command End()
    {
        Option<string> config = SharedOptions.Config(), by = AnswerOptions.By();
        var owner = new Option<string>("--owner") { Description = "For whom it is said: whoever silenced.", HelpName = "ID", Required = true };
        Option<bool> json = SharedOptions.Json("The desk's reply as it is.");
        var silence = new Argument<string>("SILENCE")
        {
            Description = "The silence's id, or its beginning: the reply to it said it, and 'silence list' shows it.",
        };
        var command = new Command("end", """
            Ends a silence before its time: what is on is told at once.

            Example: driftstream silence end 5f0c… -c driftstream.yaml --owner labour-insights
            """)
        {
            silence, config, owner, by, json,
        };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            if (AnswerOptions.Load(parsed.GetValue(config)!, parsed.GetValue(owner)) is not { } plan) return ExitCode.Usage;
            var fields = new JsonObject { ["silence"] = StandingList.Whole(plan, AnswerKind.Silence, parsed.GetValue(silence)!, cancel) };
            return AnswerOptions.Send(plan, parsed.GetValue(owner)!, "end", parsed.GetValue(by)!, fields, parsed.GetValue(json), cancel);
        }, cancel));
        return command;
    }
}
