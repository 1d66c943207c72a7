using System.CommandLine;
using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Host.Files;
using DriftStream.Host.Init;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.References;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream init</c>: a first configuration for what a file or a topic holds.</summary>
internal sealed class InitCommand
{
    /// <summary>The prefix of a topic's name, where rows may come from a file or a topic.</summary>
    public const string TopicPrefix = "topic:";

    private readonly Option<string> _from = new("--from")
    {
        Description = "Rows: a Parquet, Arrow, JSON or CSV file, or topic:NAME for messages from all of a topic's retention.",
        Required = true,
        HelpName = "FILE|topic:NAME",
    };
    private readonly Option<string> _to = new("--output", "-o")
    {
        Description = "The configuration to write; one that is there is kept unless --force is given.",
        Required = true,
        HelpName = "FILE",
    };
    private readonly Option<string?> _bootstrap = SharedOptions.Bootstrap();
    private readonly Option<string?> _config = SharedOptions.OptionalConfig("A configuration, for its kafka: settings.");
    private readonly Option<bool> _force = new("--force") { Description = "Replace what is there." };
    private readonly Option<bool> _json = SharedOptions.Json("One document: {file, rows, columns, baseline}.");

    public static Command Create()
    {
        var options = new InitCommand();
        var command = new Command("init", """
            Writes a commented configuration for the rows of a file or a topic: columns, types, and what they are likely to be for.
            Guesses are marked, to be confirmed; the owner is left to be filled in, and then check passes. Of a topic the rows are
            counted into a baseline file beside it.

            Example: driftstream init --from topic:employment.predictions --bootstrap localhost:9092 -o driftstream.yaml
            """)
        {
            options._from, options._to, options._bootstrap, options._config, options._force, options._json,
        };
        command.SetAction((parsed, cancel) => Task.FromResult(options.Run(parsed, cancel)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancel)
    {
        string from = parsed.GetValue(_from)!, to = parsed.GetValue(_to)!;
        bool force = parsed.GetValue(_force);
        if (!force && File.Exists(to)) return Refuse($"{to} is there already; --force replaces it");
        return from.StartsWith(TopicPrefix, StringComparison.Ordinal)
            ? FromTopic(parsed, from[TopicPrefix.Length..], to, force, cancel)
            : FromFile(parsed, from, to);
    }

    private int FromFile(ParseResult parsed, string from, string to)
    {
        DataFile file = InputFile.Open(from, WantedColumns.All, Console.Error);
        string model = Name(Path.GetFileNameWithoutExtension(from));
        string reference = Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(to))!, Path.GetFullPath(from));
        MessageFormat format = file.IsJson ? MessageFormat.Json : MessageFormat.Arrow;
        var source = new DraftSource(from, model, $"{model}.predictions", true, format, parsed.GetValue(_bootstrap), reference, BaselineOrigin.Data);
        return Write(parsed, source, file, to, null);
    }

    private int FromTopic(ParseResult parsed, string topic, string to, bool force, CancellationToken cancel)
    {
        DriftPlan? plan = null;
        if (parsed.GetValue(_config) is { } config && (plan = PlanFile.Load(config, Console.Error)) is null) return ExitCode.Usage;
        if (SharedOptions.Kafka(plan, parsed.GetValue(_bootstrap)) is not { } kafka) return ExitCode.Usage;
        string model = Name(topic), baseline = $"{model}.baseline";
        string path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(to))!, baseline);
        if (!force && File.Exists(path)) return Refuse($"{path} is there already; --force replaces it");
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Critical, json: false);
        TopicRows? read = TopicRows.Read(kafka, topic, logs.CreateLogger("init"), out KafkaFailure? failure, cancel);
        if (failure is not null) return BrokerFailure.Report(kafka, failure, Console.Error);
        if (read is null) return Refuse($"{topic}: there is no message that can be read; driftstream inspect {topic}:0:0 says why not");
        Console.Error.WriteLine($"{topic}: {read.Seen}");
        if (read.First is not null) Console.Error.WriteLine($"{read.PassedOver} messages were passed over; the first: {Printable.Of(read.First)}");
        var source = new DraftSource($"{read.Messages} messages of {topic}", model, topic, false, read.Format, kafka.Bootstrap, baseline, BaselineOrigin.File)
        {
            Share = read.Share,
        };
        return Write(parsed, source, read.Rows, to, path);
    }

    /// <param name="baseline">The file that the rows are counted into, or null where the configuration names the rows themselves.</param>
    private int Write(ParseResult parsed, DraftSource source, DataFile rows, string to, string? baseline)
    {
        long count = rows.Batches.Sum(b => (long)b.Rows);
        if (count == 0) return Refuse($"{rows.Path}: there are no rows to learn from");
        string text = ConfigDraft.Write(source, rows.Batches, count, out RowTimes? times);
        BaselineSettings settings = Settings(to, text);
        if (baseline is not null && times is { Until: not null })
        {
            rows = new DataFile(rows.Path, rows.Schema, times.Reference(rows.Batches, settings.Time!, settings.IntegerTime));
            Console.Error.WriteLine($"{rows.Path}: the rows of {times.ReferenceDays} are the baseline; those after them can be judged by it");
        }

        Baseline reference = ModelFile.Build(rows, settings, Console.Error);
        if (reference.Signals.IsEmpty) return Refuse($"{rows.Path}: no column can be watched; numbers, texts and booleans can, that are no times and no ids");
        try
        {
            File.WriteAllText(to, text);
            if (baseline is not null) File.WriteAllBytes(baseline, BaselineFile.Write(reference));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{to} cannot be written: {e.Message}");
            return ExitCode.World;
        }

        parsed.InvocationConfiguration.Output.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(new { file = to, rows = count, columns = rows.Schema.Fields.Length, baseline })
            : $"{to}: {rows.Schema.Fields.Length} columns of {count} rows; confirm the guesses, fill in the owner, then: driftstream check {to}");
        return ExitCode.Fine;
    }

    // The draft has no owner yet, but what it says of the baseline can be read.
    private static BaselineSettings Settings(string path, string text) =>
        PlanReader.Read(path, text, _ => BaselineLoad.Failed(""), _ => null, _ => null).Requests[0].Settings;

    // Keeps only what an id and a topic may be made of.
    private static string Name(string text)
    {
        string name = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '-')).Trim('.', '-');
        return name.Length == 0 ? "model" : name[..Math.Min(name.Length, 100)];
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return ExitCode.Usage;
    }
}
