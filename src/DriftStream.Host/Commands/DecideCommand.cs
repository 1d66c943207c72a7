using System.CommandLine;
using System.Text.Json.Nodes;
using DriftStream.Host.Answering;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream decide</c>: what is done about a model, for whoever asks later.</summary>
internal static class DecideCommand
{
    public static Command Create()
    {
        Option<string> config = SharedOptions.Config(), by = AnswerOptions.By();
        Option<string?> owner = AnswerOptions.Owner("the owner of the model"), note = AnswerOptions.Note(description: "What was decided, and why.");
        var model = new Option<string?>("--model") { Description = "The model.", HelpName = "ID" };
        var episode = new Option<string?>("--episode") { Description = "The episode that it is about; its model then.", HelpName = "ID" };
        var action = new Option<string?>("--action")
        {
            Description = "The recommendation that is decided on: check_upstream, roll_back, retrain, or its id. Goes with --accept or --decline.",
            HelpName = "KIND|ID",
        };
        var accept = new Option<bool>("--accept") { Description = "It is to be done." };
        var decline = new Option<bool>("--decline") { Description = "It is not." };
        Option<bool> json = SharedOptions.Json("The desk's reply as it is.");
        note.Required = true;
        var command = new Command("decide", """
            Writes down a decision about a model: retrain, roll back, keep it as it is; also whether what is recommended is done. It stands in what is
            told of the episode from then on. DriftStream does nothing itself.

            Example: driftstream decide -c driftstream.yaml --episode 3fa94c --action roll_back --accept --note "version 6 again, from noon"
            Example: driftstream decide -c driftstream.yaml --episode 3fa94c --note "the new form stays: retrain with answers since May"
            """)
        {
            config, owner, model, episode, action, accept, decline, note, by, json,
        };
        command.Validators.Add(r =>
        {
            bool named = r.GetValue(action) is not null, accepted = r.GetValue(accept), declined = r.GetValue(decline);
            if (named ? accepted == declined : accepted || declined) r.AddError("--action goes with one of --accept and --decline, and they with it");
        });
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            if (AnswerOptions.Load(parsed.GetValue(config)!, parsed.GetValue(owner)) is not { } plan) return ExitCode.Usage;
            (string? of, ToldEpisode? told) = (parsed.GetValue(model), null);
            if (parsed.GetValue(episode) is { } id)
            {
                told = AckCommand.Find(plan, id, out int exit, cancel);
                if (told is null) return exit;
                if (of is not null && of != told.Model)
                {
                    Console.Error.WriteLine($"--model: episode {told.Id} is of {Printable.Of(told.Model)}, not of {Printable.Of(of)}");
                    return ExitCode.Usage;
                }

                of = told.Model;
            }

            if (of is null)
            {
                Console.Error.WriteLine("about what? give --model or --episode");
                return ExitCode.Usage;
            }

            if (SilenceCommand.OwnerOf(plan, parsed.GetValue(owner) ?? told?.Owner, of) is not { } speaker) return ExitCode.Usage;
            var fields = new JsonObject
            {
                ["model"] = of,
                ["episode"] = told?.Id,
                ["action"] = parsed.GetValue(action),
                ["accept"] = parsed.GetValue(action) is null ? null : parsed.GetValue(accept),
                ["note"] = parsed.GetValue(note),
            };
            return AnswerOptions.Send(plan, speaker, "decide", parsed.GetValue(by)!, fields, parsed.GetValue(json), cancel);
        }, cancel));
        return command;
    }
}
