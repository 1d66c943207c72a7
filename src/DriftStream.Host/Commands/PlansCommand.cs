using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream plans</c>: who changed what, and when.</summary>
internal static class PlansCommand
{
    /// <summary>How many digits of a hash people see: enough to tell the plans of one topic apart.</summary>
    private const int HashDigits = 12;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Command Create()
    {
        Option<string> config = SharedOptions.Config();
        var diff = new Option<long[]>("--diff")
        {
            Description = "What differs between the plans of two epochs.",
            HelpName = "A B",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        Option<bool> json = SharedOptions.Json(
            "One JSON document a line: {epoch, hash, by, at, models, baselines: [{model, hash}]}; with --diff {path, from, to}.");
        var command = new Command("plans", """
            Every plan that was run, the oldest first: its epoch, when it came, by whom, its hash, and what it changed.

            Example: driftstream plans -c driftstream.yaml --diff 3 4
            """)
        {
            config, diff, json,
        };
        command.SetAction(parsed =>
        {
            if (PlanFile.Load(parsed.GetValue(config)!, Console.Error) is not { } plan) return ExitCode.Usage;
            using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
            var log = new PlanLog(plan.Kafka, new TopicNames(plan.Topics.Prefix), logs.CreateLogger("plans"));
            List<(long Epoch, PlanRecord Record)> plans = log.Read(out _, out KafkaFailure? failure);
            if (failure is not null) return BrokerFailure.Report(plan.Kafka, failure, Console.Error);
            return parsed.GetValue(diff) is [var from, var to] ? Diff(plans, from, to, parsed.GetValue(json)) : List(plans, parsed.GetValue(json));
        });
        return command;
    }

    private static int List(List<(long Epoch, PlanRecord Record)> plans, bool json)
    {
        if (plans.Count == 0) Console.Error.WriteLine("no plan was run yet");
        for (int i = 0; i < plans.Count; i++)
        {
            (long epoch, PlanRecord record) = plans[i];
            Console.WriteLine(json ? record.Line(epoch) : Printable.Of(Line(epoch, record, Summary(plans, i))));
        }

        return ExitCode.Fine;
    }

    private static string Line(long epoch, PlanRecord record, string summary)
    {
        string hash = record.Hash.StartsWith("sha256:", StringComparison.Ordinal) ? record.Hash["sha256:".Length..] : record.Hash;
        string shown = hash[..Math.Min(hash.Length, HashDigits)];
        return string.Create(CultureInfo.InvariantCulture, $"{epoch,5}  {EventTime.Format(record.At)}  {record.By}  {shown}  {summary}");
    }

    private static string Summary(List<(long Epoch, PlanRecord Record)> plans, int at)
    {
        PlanRecord record = plans[at].Record;
        if (record.Document is not { } document) return "written by another version of driftstream";
        if (at == 0) return $"the first: {document.Models.Length} models of {document.Owners.Length} owners";
        string changes = plans[at - 1].Record.Document is { } before ? PlanDiff.Summary(before, document) : "follows a plan of another version";
        int former = plans.FindIndex(0, at, p => p.Record.Hash == record.Hash);
        return former < 0 ? changes : string.Create(CultureInfo.InvariantCulture, $"{changes} (plan {plans[former].Epoch} again)");
    }

    private static int Diff(List<(long Epoch, PlanRecord Record)> plans, long from, long to, bool json)
    {
        if (Find(plans, from) is not { } before || Find(plans, to) is not { } after) return ExitCode.Usage;
        foreach (PlanChange change in PlanDiff.Between(before, after))
        {
            Console.WriteLine(json
                ? JsonSerializer.Serialize(new { path = change.Path, from = change.From, to = change.To }, Json)
                : Printable.Of(Line(change)));
        }

        return ExitCode.Fine;
    }

    private static string Line(PlanChange change) => change switch
    {
        { From: null } => $"{change.Path}: added ({change.To})",
        { To: null } => $"{change.Path}: removed ({change.From})",
        _ => $"{change.Path}: {change.From} -> {change.To}",
    };

    private static PlanDocument? Find(List<(long Epoch, PlanRecord Record)> plans, long epoch)
    {
        int at = plans.FindIndex(p => p.Epoch == epoch);
        if (at >= 0 && plans[at].Record.Document is { } document) return document;
        string which = plans.Count == 0 ? "the plan topic is empty"
            : string.Create(CultureInfo.InvariantCulture, $"the plan topic has {plans.Count}, from {plans[0].Epoch} to {plans[^1].Epoch}");
        Console.Error.WriteLine(at < 0
            ? $"--diff: there is no plan {epoch}; {which}: driftstream plans lists them"
            : $"--diff: plan {epoch} was written by another version of driftstream, and cannot be read by this one");
        return null;
    }
}
