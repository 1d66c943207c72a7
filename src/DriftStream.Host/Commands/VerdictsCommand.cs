using System.CommandLine;
using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Reading;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream verdicts</c>: every judged window, steady ones included.</summary>
internal static class VerdictsCommand
{
    public static Command Create()
    {
        Option<string> config = SharedOptions.Config();
        var model = new Option<string?>("--model") { Description = "Only this model's.", HelpName = "ID" };
        Option<bool> follow = SharedOptions.Follow(), json = SharedOptions.Json("The records as they are, one a line.");
        var command = new Command("verdicts", """
            Reads the verdicts of every judged window, in the order of each model's windows; a record that was written twice is shown once.

            Example: driftstream verdicts -c driftstream.yaml --model employment
            """)
        {
            config, model, follow, json,
        };
        command.SetAction((parsed, cancel) =>
            RunAsync(parsed.GetValue(config)!, parsed.GetValue(model), parsed.GetValue(follow), parsed.GetValue(json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string config, string? model, bool follow, bool json, CancellationToken cancel)
    {
        if (PlanFile.Load(config, Console.Error) is not { } plan) return ExitCode.Usage;
        if (model is not null && !plan.Models.Any(m => m.Id == model)) return UnknownModel(plan, model, Console.Error);
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
        Func<JsonElement, string>? forPeople = json ? null : verdict => RecordText.Verdict(verdict, Ink.ForOutput);
        var records = new JsonRecords(Console.Out, Console.Error, model, forPeople);
        string topic = new TopicNames(plan.Topics.Prefix).Verdicts;
        var reading = new TopicReading(plan.Kafka, records, logs.CreateLogger("verdicts"));
        if (await reading.RunAsync([topic], follow, cancel).ConfigureAwait(false) is { } failure)
            return BrokerFailure.Report(plan.Kafka, failure, Console.Error);
        if (!follow && records.Written == 0) Console.Error.WriteLine($"{topic}: no verdicts yet");
        return ExitCode.Fine;
    }

    internal static int UnknownModel(DriftPlan plan, string model, TextWriter errors)
    {
        errors.WriteLine($"there is no model '{model}'; the configuration has {string.Join(", ", plan.Models.Select(m => m.Id))}");
        return ExitCode.Usage;
    }
}
