using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.References;
using DriftStream.Plan;
using DriftStream.Statistics;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream baseline build</c>: reference counts of a file or a topic as one file, named by the hash of its content.</summary>
internal sealed class BaselineBuildCommand
{
    private readonly Option<string> _config = SharedOptions.Config();
    private readonly Option<string?> _model = new("--model")
    {
        Description = "Which model's settings; not needed where there is one.",
        HelpName = "ID",
    };
    private readonly Option<string> _from = new("--from")
    {
        Description = "Reference rows: a Parquet, Arrow, JSON or CSV file, or topic:NAME for the model's rows in a topic.",
        Required = true,
        HelpName = "FILE|topic:NAME",
    };
    private readonly Option<string?> _fromTime = new("--from-time") { Description = "Of a topic: rows from this event time on (ISO 8601).", HelpName = "TIME" };
    private readonly Option<string?> _toTime = new("--to-time") { Description = "Of a topic: rows before this event time.", HelpName = "TIME" };
    private readonly Option<string?> _bootstrap = SharedOptions.Bootstrap();
    private readonly Option<string> _to = new("--output", "-o")
    {
        Description = "The file to write; an older one is replaced.",
        Required = true,
        HelpName = "FILE",
    };
    private readonly Option<string?> _like = new("--like")
    {
        Description = "Count in the cells of this baseline, so that windows can be judged against both.",
        HelpName = "FILE",
    };
    private readonly Option<bool> _json = SharedOptions.Json("One document: {file, id, hash, rows, signals, order, quality: [{signal, bins, ...}]}.");

    public static Command Create()
    {
        var options = new BaselineBuildCommand();
        foreach (Option<string?> time in new[] { options._fromTime, options._toTime })
        {
            time.Validators.Add(r =>
            {
                if (r.Tokens is [var token] && Time(token.Value) is null)
                    r.AddError($"{time.Name} takes a time such as 2026-03-09T00:00:00Z, not {token.Value}");
            });
        }

        var command = new Command("build", """
            Counts reference rows with a model's settings into a baseline file. The same rows and settings give the same hash, which
            the configuration may pin.

            Example: driftstream baseline build -c driftstream.yaml --model employment --from reference.parquet -o employment.baseline
            """)
        {
            options._config, options._model, options._from, options._fromTime, options._toTime, options._bootstrap, options._like, options._to, options._json,
        };
        command.SetAction((parsed, cancel) => Task.FromResult(options.Run(parsed, cancel)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancel)
    {
        string config = parsed.GetValue(_config)!, from = parsed.GetValue(_from)!;
        (long? start, long? end) = (Time(parsed.GetValue(_fromTime)), Time(parsed.GetValue(_toTime)));
        if (ModelFile.Request(config, parsed.GetValue(_model), Console.Error, out KafkaSettings? kafka) is not { } request) return ExitCode.Usage;
        if (!from.StartsWith(InitCommand.TopicPrefix, StringComparison.Ordinal))
        {
            if (start is null && end is null) return Build(parsed, InputFile.Open(from, WantedColumns.Of(request.Settings), Console.Error), request.Settings);
            Console.Error.WriteLine("--from-time and --to-time are of a topic: --from topic:NAME");
            return ExitCode.Usage;
        }

        if (parsed.GetValue(_bootstrap) is { } bootstrap) kafka = kafka! with { Bootstrap = bootstrap };
        var reference = new TopicReference(from[InitCommand.TopicPrefix.Length..], request.Settings, request.Stream, start, end);
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Critical, json: false);
        DataFile? rows = reference.Read(kafka!, logs.CreateLogger("baseline"), Console.Error, out KafkaFailure? failure, cancel);
        if (failure is not null) return BrokerFailure.Report(kafka!, failure, Console.Error);
        return rows is null ? ExitCode.Usage : Build(parsed, rows, request.Settings);
    }

    private int Build(ParseResult parsed, DataFile rows, BaselineSettings settings)
    {
        string to = parsed.GetValue(_to)!;
        Baseline? like = null;
        if (parsed.GetValue(_like) is { } other && (like = BaselineCommand.Read(other)) is null) return ExitCode.Usage;
        BaselineResult result = ModelFile.Count(rows, settings, Console.Error, like);
        Baseline baseline = result.Baseline!;
        if (!Write(to, BaselineFile.Write(baseline))) return ExitCode.World;
        int signals = baseline.Signals.Length;
        string order = BaselineQuality.Order(result, settings.Time);
        if (parsed.GetValue(_json))
        {
            IEnumerable<object> quality = BaselineQuality.Document(baseline, result.Distinct);
            ImmutableSortedDictionary<string, long> sampled = result.Sampled;
            Console.WriteLine(JsonSerializer.Serialize(
                new { file = to, id = baseline.Id, hash = baseline.Hash, rows = baseline.Rows, signals, order, sampled, quality }, BaselineCommand.Relaxed));
            return ExitCode.Fine;
        }

        Console.WriteLine($"{to}: {baseline.Id}, {baseline.Rows} rows, {signals} signals\n{baseline.Hash}");
        Console.WriteLine(FormattableString.Invariant($"rows: enough for windows of up to {baseline.Rows / ReferenceQuality.WindowsOfRows:N0}"));
        Console.WriteLine(order);
        if (!result.Sampled.IsEmpty)
        {
            Console.WriteLine($"ranges: found from one value in {result.Sampled.Values.Max()} of {result.Sampled.Count} columns, which have more than "
                + $"{BaselineSettings.KeptValues:N0}; all rows are counted");
        }

        foreach (string line in BaselineQuality.Table(baseline, result.Distinct)) Console.WriteLine(line);
        return ExitCode.Fine;
    }

    /// <summary>Writes a baseline file; false after the reason was written.</summary>
    internal static bool Write(string to, byte[] baseline)
    {
        try
        {
            // A worker that starts at that moment must find the old file or the new one, never half of it.
            string half = to + ".tmp";
            File.WriteAllBytes(half, baseline);
            File.Move(half, to, overwrite: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{to} cannot be written: {e.Message}");
            return false;
        }
    }

    private static long? Time(string? text) => text is not null && IsoTime.TryParse(Encoding.UTF8.GetBytes(text), out long time) ? time : null;
}
