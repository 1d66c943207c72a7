using System.Collections.Immutable;
using System.CommandLine;
using DriftStream.Host.Answering;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Owners;
using DriftStream.Host.Plans;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream owners</c>: who owns what, and what is missing.</summary>
internal static class OwnersCommand
{
    public static Command Create()
    {
        Option<string?> config = SharedOptions.OptionalConfig("The configuration file; needed but for --from.");
        var owner = new Option<string?>("--owner") { Description = "Only this one.", HelpName = "ID" };
        var offline = new Option<bool>("--offline") { Description = "Do not ask the broker for traffic." };
        var history = new Option<bool>("--history") { Description = "Who owned each model from when to when, from the plans that ran." };
        var from = new Option<string?>("--from")
        {
            Description = "Print owners of a Backstage catalogue, as a file to include.",
            HelpName = "catalog-info.yaml",
        };
        Option<bool> json = SharedOptions.Json("One document: {plan, root_owner, owners, unowned, findings}; with --history one span a line.");
        var command = new Command("owners", """
            Who owns which model, how each owner is reached, when it works and who comes after it. Says which models have had no rows for a week,
            which rows nobody owns, what is open and overdue, and which dates have passed. Exit code 1 when there is anything of that kind.

            Example: driftstream owners -c driftstream.yaml
            """)
        {
            config, owner, offline, history, from, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(from) is { } catalogue) return Import(catalogue);
            if (parsed.GetValue(config) is not { } file) return Refuse("which configuration? give -c, or --from for a catalogue");
            if (PlanFile.Load(file, Console.Error) is not { } plan) return ExitCode.Usage;
            if (parsed.GetValue(owner) is { } id && !plan.Owners.ContainsKey(id))
                return Refuse($"there is no owner '{id}'; the configuration has {string.Join(", ", plan.Owners.Keys)}");
            using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
            ILogger logger = logs.CreateLogger("owners");
            return parsed.GetValue(history)
                ? History(plan, parsed.GetValue(owner), parsed.GetValue(json), logger)
                : Show(plan, parsed.GetValue(owner), parsed.GetValue(offline), parsed.GetValue(json), logger);
        });
        return command;
    }

    private static int Show(DriftPlan plan, string? owner, bool offline, bool json, ILogger logger)
    {
        EventTime now = EventTime.From(DateTime.UtcNow);
        KafkaFailure? failure = null;
        Traffic? traffic = offline ? null : Traffic.Read(plan, now, logger, out failure);
        IReadOnlyList<ToldEpisode> episodes = [];
        if (!offline && failure is null) episodes = OpenEpisodes.Read(plan, plan.Owners.Keys, Console.Error, logger, out failure, CancellationToken.None);
        if (failure is null) episodes = EpisodesNow.Of(plan, episodes, Console.Error, logger, CancellationToken.None);
        OwnerReport report = OwnerReport.Of(plan, traffic, episodes, now, owner);
        if (json) Console.WriteLine(OwnerJson.Of(report));
        else Console.Write(OwnerText.Of(report, Ink.ForOutput));
        // What the configuration alone says is worth having where nobody answers.
        int world = failure is null ? ExitCode.Fine : BrokerFailure.Report(plan.Kafka, failure, Console.Error);
        return report.Findings.IsEmpty ? world : ExitCode.BadNews;
    }

    private static int History(DriftPlan plan, string? owner, bool json, ILogger logger)
    {
        var log = new PlanLog(plan.Kafka, new TopicNames(plan.Topics.Prefix), logger);
        List<(long Epoch, PlanRecord Record)> plans = log.Read(out _, out KafkaFailure? failure);
        if (failure is not null) return BrokerFailure.Report(plan.Kafka, failure, Console.Error);
        if (plans.Count == 0) Console.Error.WriteLine("no plan was run yet");
        foreach ((long epoch, _) in plans.Where(p => p.Record.Document is null))
            Console.Error.WriteLine($"plan {epoch} was written by another version of driftstream: it is left out");
        foreach (OwnerSpan span in OwnerHistory.Of(plans).Where(s => owner is null || s.Owner == owner))
            Console.WriteLine(json ? OwnerJson.Of(span) : Printable.Of(OwnerText.Of(span)));
        return ExitCode.Fine;
    }

    private static int Import(string catalogue)
    {
        string text;
        try
        {
            text = File.ReadAllText(catalogue);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refuse($"{catalogue}: {e.Message}");
        }

        string? fragment = CatalogInfo.Fragment(catalogue, text, out ImmutableArray<Finding> findings);
        PlanFile.Write(findings, Console.Error);
        if (fragment is null) return ExitCode.Usage;
        Console.Write(fragment);
        return ExitCode.Fine;
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(Printable.Of(why));
        return ExitCode.Usage;
    }
}
