using System.CommandLine;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Reading;
using DriftStream.Host.Terminal;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream alerts</c>: the owners' topics, for people.</summary>
internal static class AlertsCommand
{
    public static Command Create()
    {
        Option<string> config = SharedOptions.Config();
        var owner = new Option<string?>("--owner") { Description = "Only this owner's topic.", HelpName = "ID" };
        Option<bool> follow = SharedOptions.Follow(), json = SharedOptions.Json("The records as they are, one a line.");
        var command = new Command("alerts", """
            Reads what the owners were told, one owner's topic after the other; a record that was written twice is shown once.

            Example: driftstream alerts -c driftstream.yaml --owner labour-insights --follow
            """)
        {
            config, owner, follow, json,
        };
        command.SetAction((parsed, cancel) =>
            RunAsync(parsed.GetValue(config)!, parsed.GetValue(owner), parsed.GetValue(follow), parsed.GetValue(json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string config, string? owner, bool follow, bool json, CancellationToken cancel)
    {
        if (PlanFile.Load(config, Console.Error) is not { } plan) return ExitCode.Usage;
        if (owner is not null && !plan.Owners.ContainsKey(owner))
        {
            Console.Error.WriteLine($"there is no owner '{owner}'; the configuration has {string.Join(", ", plan.Owners.Keys)}");
            return ExitCode.Usage;
        }

        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
        var names = new TopicNames(plan.Topics.Prefix);
        string[] topics = [.. owner is null ? plan.Owners.Keys.Select(names.AlertsOf) : [names.AlertsOf(owner)]];
        // A stakeholder's copy is the same record in another topic: when all are asked for, it is shown once.
        var records = new JsonRecords(Console.Out, Console.Error, null, json ? null : alert => RecordText.Alert(alert, Ink.ForOutput));
        var reading = new TopicReading(plan.Kafka, records, logs.CreateLogger("alerts"));
        if (await reading.RunAsync(topics, follow, cancel).ConfigureAwait(false) is { } failure)
            return BrokerFailure.Report(plan.Kafka, failure, Console.Error);
        if (!follow && records.Written == 0) Console.Error.WriteLine("no alerts");
        return ExitCode.Fine;
    }
}
