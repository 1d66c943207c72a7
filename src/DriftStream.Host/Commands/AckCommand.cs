using System.CommandLine;
using System.Text.Json.Nodes;
using DriftStream.Host.Answering;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream ack</c>: somebody has it.</summary>
internal static class AckCommand
{
    private const int LeastOfId = 6;

    public static Command Create()
    {
        Option<string> config = SharedOptions.Config(), by = AnswerOptions.By();
        Option<string?> owner = AnswerOptions.Owner("the owner of the episode's model"), note = AnswerOptions.Note();
        Option<string?> until = AnswerOptions.Time(
            "--until", "How long somebody looks after it; default 7d, at most 30d. It fires again then, if it is still on.", Duration.FromDays(30));
        Option<bool> json = SharedOptions.Json("The desk's reply as it is.");
        var episode = new Argument<string>("EPISODE")
        {
            Description = $"The episode's id, or its first {LeastOfId} characters and more (driftstream episodes).",
        };
        var command = new Command("ack", """
            Acknowledges an episode: it stops being repeated and escalated, until it gets worse, ends, or the time is over.
            What is acknowledged is the revision that was told last; the desk refuses it where a worse one is on its way.

            Example: driftstream ack 3fa94c -c driftstream.yaml --until 2d --note "upstream is repairing the feed"
            """)
        {
            episode, config, owner, until, note, by, json,
        };
        command.SetAction((parsed, cancel) => Task.Run(() => Run(
            parsed.GetValue(config)!, parsed.GetValue(episode)!, parsed.GetValue(owner), parsed.GetValue(until), parsed.GetValue(note), parsed.GetValue(by)!,
            parsed.GetValue(json), cancel), cancel));
        command.Add(End());
        return command;
    }

    private static Command End()
    {
        Option<string> config = SharedOptions.Config(), by = AnswerOptions.By();
        Option<string?> owner = AnswerOptions.Owner("the owner of the episode's model");
        Option<bool> json = SharedOptions.Json("The desk's reply as it is.");
        var episode = new Argument<string>("EPISODE") { Description = "The episode's id, or its beginning." };
        var command = new Command("end", """
            Ends an acknowledgement before its time: the episode fires again at once, with a whole deadline.

            Example: driftstream ack end 3fa94c -c driftstream.yaml
            """)
        {
            episode, config, owner, by, json,
        };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            string? speaker = parsed.GetValue(owner);
            if (AnswerOptions.Load(parsed.GetValue(config)!, speaker) is not { } plan) return ExitCode.Usage;
            if (Find(plan, parsed.GetValue(episode)!, out int exit, cancel) is not { } told) return exit;
            var fields = new JsonObject { ["model"] = told.Model, ["episode"] = told.Id };
            return AnswerOptions.Send(plan, speaker ?? told.Owner, "end", parsed.GetValue(by)!, fields, parsed.GetValue(json), cancel);
        }, cancel));
        return command;
    }

    private static int Run(
        string config, string episode, string? owner, string? until, string? note, string by, bool json, CancellationToken cancel)
    {
        if (AnswerOptions.Load(config, owner) is not { } plan) return ExitCode.Usage;
        if (Find(plan, episode, out int exit, cancel) is not { } told) return exit;
        if (!json) Console.WriteLine($"{told.Model}, revision {told.Revision} ({told.Status}, {told.Severity}): {told.Summary}");
        EventTime now = EventTime.From(DateTime.UtcNow);
        var fields = new JsonObject
        {
            ["model"] = told.Model,
            ["episode"] = told.Id,
            ["revision"] = told.Revision,
            ["until"] = AnswerOptions.Parse(until, now) is { } time ? EventTime.Format(time) : null,
            ["note"] = note,
        };
        return AnswerOptions.Send(plan, owner ?? told.Owner, "acknowledge", by, fields, json, cancel);
    }

    /// <summary>The episode that an id, or the beginning of one, names; null after saying why there is none.</summary>
    public static ToldEpisode? Find(DriftPlan plan, string episode, out int exit, CancellationToken cancel)
    {
        exit = ExitCode.Usage;
        if (episode.Length < LeastOfId)
        {
            Console.Error.WriteLine($"'{episode}' is too short: give at least {LeastOfId} characters of the episode's id (driftstream episodes)");
            return null;
        }

        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
        IReadOnlyList<ToldEpisode> all = OpenEpisodes.Read(
            plan, plan.Owners.Keys, TextWriter.Null, logs.CreateLogger("episodes"), out KafkaFailure? failure, cancel);
        if (failure is not null)
        {
            exit = BrokerFailure.Report(plan.Kafka, failure, Console.Error);
            return null;
        }

        ToldEpisode[] found = [.. all.Where(e => e.Id.StartsWith(episode, StringComparison.OrdinalIgnoreCase))];
        if (found.Length == 1) return found[0];
        exit = ExitCode.BadNews;
        Console.Error.WriteLine(found.Length == 0
            ? $"nobody was told of an episode '{episode}'; driftstream episodes lists those that are open"
            : $"'{episode}' begins {found.Length} episodes: {string.Join(", ", found.Take(5).Select(e => e.Id))}");
        return null;
    }
}
