using System.Collections.Immutable;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
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

/// <summary>What all commands that answer share: for whom, by whom, until when, and how what the desk says to it is shown.</summary>
internal static class AnswerOptions
{
    private const int MostOfNote = 4000;

    public static Option<string?> Owner(string otherwise) => new("--owner") { Description = $"For whom it is said; default: {otherwise}.", HelpName = "ID" };

    public static Option<string> By() => new("--by")
    {
        Description = "Who says it; default: the user and the machine.",
        HelpName = "NAME",
        DefaultValueFactory = _ => $"{Environment.UserName}@{Environment.MachineName}",
    };

    public static Option<string?> Note(string name = "--note", string description = "What the others should know.")
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "TEXT" };
        option.Validators.Add(r =>
        {
            if (r.Tokens is [.., { Value: var text }] && (string.IsNullOrWhiteSpace(text) || text.Length > MostOfNote))
                r.AddError($"{name}: a text of 1 to {MostOfNote} characters");
        });
        return option;
    }

    /// <summary>A time, or a length from now.</summary>
    /// <param name="name">Its name; the time of <c>--until</c> is to come.</param>
    /// <param name="description">For the help.</param>
    /// <param name="most">How far it may be from now.</param>
    public static Option<string?> Time(string name, string description, Duration most)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "7d|TIME" };
        option.Validators.Add(r =>
        {
            if (r.Tokens is not [.., { Value: var text }]) return;
            EventTime now = EventTime.From(DateTime.UtcNow);
            if (Parse(text, now) is not { } time) r.AddError($"{name}: '{text}' is neither a length (4h, 7d) nor a time (2026-12-01T09:00:00Z)");
            else if (name == "--until" && time <= now) r.AddError($"{name}: {EventTime.Format(time)} has passed");
            else if (time > now + most) r.AddError($"{name}: {EventTime.Format(time)} is more than {Quantity.Duration(most)} from now");
        });
        return option;
    }

    /// <summary>The time that such an option means, or null.</summary>
    public static EventTime? Parse(string? text, EventTime now) =>
        text is null ? null
        : Quantity.TryDuration(text, out long length) ? now + new Duration(length)
        : EventTime.TryParse(text, out EventTime time) ? time
        : null;

    /// <summary>The plan, or null after saying why not; likewise where it lacks the owner that was asked for.</summary>
    public static DriftPlan? Load(string config, string? owner)
    {
        if (PlanFile.Load(config, Console.Error) is not { } plan) return null;
        if (owner is null || plan.Owners.ContainsKey(owner)) return plan;
        Console.Error.WriteLine($"there is no owner '{owner}'; the configuration has {string.Join(", ", plan.Owners.Keys)}");
        return null;
    }

    /// <summary>Writes the answer, waits for the desk and shows what it says.</summary>
    /// <param name="plan">Names the broker.</param>
    /// <param name="owner">For whom it is said.</param>
    /// <param name="kind">The answer's kind.</param>
    /// <param name="by">Who says it.</param>
    /// <param name="fields">What it says beside id, kind, by and via; those that are null are left out.</param>
    /// <param name="json">Whether the reply is shown as it is.</param>
    /// <returns>The exit code: 1 where the outcome is not <c>done</c>.</returns>
    public static int Send(DriftPlan plan, string owner, string kind, string by, JsonObject fields, bool json, CancellationToken cancel)
    {
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var answer = new JsonObject { ["id"] = id, ["kind"] = kind };
        foreach ((string name, JsonNode? value) in fields)
        {
            if (value is not null) answer[name] = value.DeepClone();
        }

        answer["by"] = by;
        answer["via"] = "cli";
        byte[] bytes = Encoding.UTF8.GetBytes(answer.ToJsonString(BaselineCommand.Relaxed));
        // What no desk can hear is not said.
        if (AnswerJson.Read(bytes, out ImmutableArray<string> findings) is null)
        {
            foreach (string finding in findings) Console.Error.WriteLine(Printable.Of(finding));
            return ExitCode.Usage;
        }

        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
        ILogger logger = logs.CreateLogger("answer");
        DeskReply? reply = AnswerCall.Send(plan, owner, id, bytes, logger, out KafkaFailure? failure, cancel);
        if (failure is not null) return BrokerFailure.Report(plan.Kafka, failure, Console.Error);
        if (reply is null)
        {
            Console.Error.WriteLine($"the answer is written, and the desk has not heard it within {AnswerCall.Patience.TotalSeconds:0} s: does a worker run "
                + "(driftstream run, role desk)? It is heard as soon as one does, by the time at which it was written; answer id " + id);
            return ExitCode.World;
        }

        if (json) Console.WriteLine(reply.Json);
        else Console.WriteLine(Printable.Of($"{reply.Outcome}: {reply.Why}"));
        return reply.Outcome == "done" ? ExitCode.Fine : ExitCode.BadNews;
    }
}
