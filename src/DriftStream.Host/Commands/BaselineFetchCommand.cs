using System.CommandLine;
using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream baseline fetch</c>: the baseline that a model is judged by, out of the log: one that was learned is nowhere else.</summary>
internal static class BaselineFetchCommand
{
    public static Command Create()
    {
        Option<string> config = SharedOptions.Config();
        Option<string?> model = new("--model") { Description = "Whose baseline; not needed where there is one model.", HelpName = "ID" };
        Option<string> to = new("--output", "-o") { Description = "The file to write; an older one is replaced.", Required = true, HelpName = "FILE" };
        Option<bool> json = SharedOptions.Json("One document: {file, id, hash, rows, signals}.");
        var command = new Command("fetch", """
            Writes the baseline that a model is judged by, as the newest plan of the plan topic has it, to a file. So what was learned
            can be looked at, kept, and pinned: baseline: { file: FILE, hash: HASH }.

            Example: driftstream baseline fetch -c driftstream.yaml --model employment -o employment.baseline
            """)
        {
            config, model, to, json,
        };
        command.SetAction(parsed => Run(parsed.GetValue(config)!, parsed.GetValue(model), parsed.GetValue(to)!, parsed.GetValue(json)));
        return command;
    }

    private static int Run(string config, string? model, string to, bool json)
    {
        if (PlanFile.Load(config, Console.Error) is not { } plan) return ExitCode.Usage;
        if (ModelFile.Choose(plan.Models, m => m.Id, model, Console.Error) is not { } chosen) return ExitCode.Usage;
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
        var log = new PlanLog(plan.Kafka, new TopicNames(plan.Topics.Prefix), logs.CreateLogger("baseline"));
        List<(long Epoch, PlanRecord Record)> plans = log.Read(out _, out KafkaFailure? failure);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        failure ??= log.ReadBaselines(files);
        if (failure is not null) return BrokerFailure.Report(plan.Kafka, failure, Console.Error);
        ModelDocument? document = plans.Count == 0 ? null : plans[^1].Record.Document?.Models.FirstOrDefault(m => m.Id == chosen.Id);
        if (document?.Baseline is not { } baseline)
        {
            Console.Error.WriteLine(document is { Learn: not null }
                ? $"{chosen.Id} is still learning its baseline; /readyz of a worker that counts says how far it is"
                : $"the plan that runs has no model {chosen.Id}; driftstream plans lists the plans");
            return ExitCode.BadNews;
        }

        if (!files.TryGetValue(baseline.Part, out byte[]? file))
        {
            Console.Error.WriteLine($"the baseline of {chosen.Id} ({baseline.Part}) is not in the topic baselines");
            return ExitCode.World;
        }

        if (!BaselineBuildCommand.Write(to, file)) return ExitCode.World;
        int signals = baseline.Signals.Length;
        Console.WriteLine(json
            ? JsonSerializer.Serialize(new { file = to, id = chosen.Id, hash = baseline.Part, rows = baseline.Rows, signals })
            : Printable.Of($"{to}: {chosen.Id}, {baseline.Rows} rows, {signals} signals") + $"\n{baseline.Part}");
        return ExitCode.Fine;
    }
}
