using System.CommandLine;
using System.Text;
using DriftStream.Host.History;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Pages;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream report</c>: a model's page as one file.</summary>
internal static class ReportCommand
{
    private const int Batch = 500;

    public static Command Create()
    {
        Option<string> config = SharedOptions.Config();
        var model = new Option<string>("--model") { Description = "The model.", Required = true, HelpName = "ID" };
        var window = new Option<string?>("--window") { Description = "The name of its windows; default: the shortest.", HelpName = "NAME" };
        Option<string?> from = Time("--from", "Windows that end after this time; default: as many as are drawn, 365."),
            to = Time("--to", "Windows that end by this time; default: all.");
        var output = new Option<string>("--output", "-o")
        {
            Description = "The file: .html to be read and printed, .json for programs.",
            Required = true,
            HelpName = "FILE"
        };
        output.Validators.Add(r =>
        {
            if (r.Tokens is [var token] && !IsHtml(token.Value) && !IsJson(token.Value)) r.AddError($"-o: '{token.Value}' ends with neither .html nor .json");
        });
        var command = new Command("report", """
            Writes what was watched of a model, what fired, who was told and who answered into one file, from the topics.

            Example: driftstream report -c driftstream.yaml --model employment --from 2026-07-01 --to 2026-10-01 -o employment.html
            """)
        {
            config, model, window, from, to, output,
        };
        command.SetAction((parsed, cancel) => RunAsync(
            parsed.GetValue(config)!, new Asked(parsed.GetValue(model)!, parsed.GetValue(window), Parsed(parsed.GetValue(from)), Parsed(parsed.GetValue(to))),
            parsed.GetValue(output)!, cancel));
        return command;
    }

    private static async Task<int> RunAsync(string config, Asked asked, string output, CancellationToken cancel)
    {
        if (PlanFile.Load(config, Console.Error) is not { } plan) return ExitCode.Usage;
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
        ILogger logger = logs.CreateLogger("report");
        var topics = new TopicNames(plan.Topics.Prefix);
        using var store = new HistoryStore(null, topics.Prefix, TimeProvider.System, logger);
        if (Read(plan, topics, store, asked.Model, logger, cancel) is { } failure) return BrokerFailure.Report(plan.Kafka, failure, Console.Error);
        var site = new Site(new HistoryReader(store), () => plan, TimeProvider.System);
        if (ReportView.Of(site, asked.Model, asked.Window, asked.From, asked.To) is not { } view)
        {
            if (!plan.Models.Any(m => m.Id == asked.Model)) return VerdictsCommand.UnknownModel(plan, asked.Model, Console.Error);
            Console.Error.WriteLine($"{asked.Model}: no window of that time has been judged");
            return ExitCode.BadNews;
        }

        byte[] text = IsJson(output) ? PageApi.Report(view) : Encoding.UTF8.GetBytes(await PageText.Of<ReportPage>(("View", view)).ConfigureAwait(false));
        try
        {
            await File.WriteAllBytesAsync(output, text, cancel).ConfigureAwait(false);
            Console.WriteLine($"{output}: {view.Model.Strip.Columns.Length} windows, {view.Episodes.Length} episodes");
            return ExitCode.Fine;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{output}: {e.Message}");
            return ExitCode.World;
        }
    }

    // The same records as the pages', those of one model; what was said of all owners, since owners change.
    private static KafkaFailure? Read(DriftPlan plan, TopicNames topics, HistoryStore store, string model, ILogger logger, CancellationToken cancel)
    {
        var writer = new HistoryWriter(store, topics, Duration.FromDays(3650), TimeProvider.System, logger);
        string[] ofOwners = [.. plan.Owners.Keys.SelectMany(o => new[] { topics.AlertsOf(o), topics.AnswersOf(o) })];
        byte[] key = Encoding.UTF8.GetBytes(model);
        foreach (string topic in (string[])[topics.Verdicts, topics.Actions, topics.Plan, topics.Desk, .. ofOwners])
        {
            using LogTail? tail = LogTail.Topic(plan.Kafka, topic, follow: false, logger, out KafkaFailure? failure);
            // Whoever may not read the desks' log has symptoms as they were told.
            if (tail is null && topic == topics.Desk && failure!.Kind is KafkaErrorKind.Denied or KafkaErrorKind.Missing) continue;
            if (tail is null) return failure;
            var records = new List<LogRecord>();
            while (tail.TryRead(out LogRecord record, cancel))
            {
                if ((topic == topics.Verdicts || topic == topics.Desk) && record.Key is { } of && !of.AsSpan().SequenceEqual(key)) continue;
                records.Add(record);
                if (records.Count < Batch) continue;
                writer.TryWrite(records, new Dictionary<(string, int), long>());
                records.Clear();
            }

            if (tail.Failure is { } broken) return broken;
            writer.TryWrite(records, new Dictionary<(string, int), long>());
        }

        return null;
    }

    private static Option<string?> Time(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "TIME" };
        option.Validators.Add(r =>
        {
            if (r.Tokens is [var token] && !EventTime.TryParse(token.Value, out _)) r.AddError(
                $"{name}: '{token.Value}' is no time: 2026-07-01, or 2026-07-01T12:00:00Z");
        });
        return option;
    }

    private static EventTime? Parsed(string? text) => EventTime.TryParse(text, out EventTime time) ? time : null;

    private static bool IsHtml(string path) => path.EndsWith(".html", StringComparison.OrdinalIgnoreCase);

    private static bool IsJson(string path) => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    private sealed record Asked(string Model, string? Window, EventTime? From, EventTime? To);
}
