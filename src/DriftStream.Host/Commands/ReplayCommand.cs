using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Replay;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream replay</c>: a file's rows as messages, for a trial or a test.</summary>
internal sealed class ReplayCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "Parquet, Arrow (stream or file), JSON or CSV. It is held in memory." };
    private readonly Option<string?> _bootstrap = SharedOptions.Bootstrap();
    private readonly Option<string> _topic = new("--topic")
    {
        Description = "Where to; it must exist.",
        Required = true,
        HelpName = "TOPIC",
    };
    private readonly Option<string?> _config = SharedOptions.OptionalConfig("A configuration, for its kafka: settings.");
    private readonly Option<int> _rows = new("--rows-per-message")
    {
        Description = "Rows of a message.",
        DefaultValueFactory = _ => 500,
        HelpName = "N",
    };
    private readonly Option<double?> _rate = new("--rate")
    {
        Description = "Rows a second; default: as fast as the broker takes them.",
        HelpName = "N",
    };
    private readonly Option<string> _format = new("--format")
    {
        Description = "Of messages: arrow, or json (an array of objects).",
        DefaultValueFactory = _ => MessageFormat.Arrow.Word(),
    };
    private readonly Option<string?> _time = new("--time-column")
    {
        Description = "The event time: checked first, and read as a time from CSV. The Kafka timestamp is that of sending.",
        HelpName = "COLUMN",
    };

    private readonly Option<string?> _key = new("--key-column")
    {
        Description = "Rows of a message share this column's value, which is the message's key; default: messages go round the partitions.",
        HelpName = "COLUMN",
    };

    private readonly Option<string[]> _header = new("--header")
    {
        Description = "A header of every message; may be repeated.",
        HelpName = "NAME=VALUE",
    };
    private readonly Option<string> _compression = new("--compression")
    {
        Description = "Of the buffers inside messages.",
        DefaultValueFactory = _ => "none",
    };
    private readonly Option<bool> _progress = new("--progress") { Description = "Show progress on stderr, also where it is no terminal." };
    private readonly Option<bool> _json =
        SharedOptions.Json("One document at the end: {rows, messages, partitions, seconds, rows_per_second}.");

    public static Command Create()
    {
        var options = new ReplayCommand();
        options._format.AcceptOnly([.. MessageFormats.All.Select(f => f.Word())]);
        options._compression.AcceptOnly("none", "lz4", "zstd");
        options._rows.Validators.Add(r => Require(r, r.GetValueOrDefault<int>() > 0, "--rows-per-message takes a whole number above 0"));
        options._rate.Validators.Add(r => Require(r, r.GetValueOrDefault<double?>() is null or > 0, "--rate takes a number above 0"));
        options._header.Validators.Add(r => Require(r, r.Tokens.All(t => t.Value.IndexOf('=') > 0), "--header takes NAME=VALUE"));
        var command = new Command("replay", """
            Sends the rows of a file in its order, as Arrow or JSON messages.

            Example: driftstream replay stream.parquet --bootstrap localhost:9092 --topic employment.predictions
            """)
        {
            options._file, options._bootstrap, options._topic, options._config, options._rows, options._rate, options._format,
            options._time, options._key, options._header, options._compression, options._progress, options._json,
        };
        command.SetAction((parsed, cancel) => Task.FromResult(options.Run(parsed, cancel)));
        return command;
    }

    private static void Require(OptionResult result, bool holds, string otherwise)
    {
        if (!holds) result.AddError(otherwise);
    }

    private int Run(ParseResult parsed, CancellationToken cancel)
    {
        DriftPlan? plan = null;
        if (parsed.GetValue(_config) is { } config && (plan = PlanFile.Load(config, Console.Error)) is null) return ExitCode.Usage;
        if (SharedOptions.Kafka(plan, parsed.GetValue(_bootstrap)) is not { } kafka) return ExitCode.Usage;
        string? time = parsed.GetValue(_time), key = parsed.GetValue(_key);
        DataFile file = InputFile.Open(parsed.GetValue(_file)!, WantedColumns.AllWithTime(time), Console.Error);
        Check(file, time, key);
        List<Batch> batches = [.. file.Batches];
        file.TellRefused(Console.Error);
        if (batches.Sum(b => (long)b.Rows) == 0) return Refuse($"{file.Path}: the file has no rows");

        var compression = Enum.Parse<ArrowCompression>(parsed.GetValue(_compression)!, ignoreCase: true);
        MessageFormat format = MessageFormats.All.First(f => f.Word() == parsed.GetValue(_format));
        if (!MessageWriters.HasCompression(format) && compression != ArrowCompression.None)
            return Refuse($"--compression is of Arrow buffers; {format.Name()} has none");
        if (!TellUnsent(file, format)) return Refuse($"{file.Path}: no column can be sent");
        var settings = new ReplaySettings(
            kafka, parsed.GetValue(_topic)!, parsed.GetValue(_rows), parsed.GetValue(_rate), key, Headers(parsed), format, compression);
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
        bool shown = parsed.GetValue(_progress) || !Console.IsErrorRedirected;
        Action<long, long>? progress = shown ? ProgressLine(Console.IsErrorRedirected) : null;
        var run = new ReplayRun(settings, batches, logs.CreateLogger("replay")) { Progress = progress };
        ReplayResult? result = run.Run(out KafkaFailure? failure, cancel);
        if (shown && !Console.IsErrorRedirected) Console.Error.Write("\r\e[K");
        if (result is null) return BrokerFailure.Report(kafka, failure!, Console.Error);
        if (result.LeftOut > 0) Console.Error.WriteLine($"{result.LeftOut} values were left out: {format.Name()} has no NaN and no infinity");
        Report(result, settings.Topic, parsed.GetValue(_json));
        return ExitCode.Fine;
    }

    private KeyValuePair<string, string>[] Headers(ParseResult parsed) =>
        [.. (parsed.GetValue(_header) ?? []).Select(h => h.Split('=', 2)).Select(h => KeyValuePair.Create(h[0], h[1]))];

    private static void Check(DataFile file, string? time, string? key)
    {
        foreach (string column in new[] { time, key }.OfType<string>()) file.MustHave(column);
        if (time is null) return;
        ColumnType type = file.Schema.Fields[file.Schema.IndexOf(time)].Type;
        if (!ColumnTimes.CanRead(type)) throw new DataFileException(file.Path, $"it is {type.Name}, which is no time", column: time);
    }

    /// <summary>Says which columns are not sent, or not as they were; false where none is.</summary>
    private static bool TellUnsent(DataFile file, MessageFormat format)
    {
        Field[] unsent = [.. file.Schema.Fields.Where(f => !MessageWriters.CanWrite(format, f.Type))];
        if (unsent.Length > 0) Console.Error.WriteLine($"not sent: {string.Join(", ", unsent.Select(f => $"{f.Name} ({f.Type.Name})"))}");
        string[] deeper = [.. file.IsJson ? file.Schema.Fields.Select(f => f.Name).Where(n => JsonPath.Parse(n)?.Steps.Length > 1) : []];
        if (deeper.Length > 0)
            Console.Error.WriteLine($"sent as {MessageWriters.Columns(format)} of these names, and not where they were: {string.Join(", ", deeper)}");
        return unsent.Length < file.Schema.Fields.Length;
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return ExitCode.Usage;
    }

    private static Action<long, long> ProgressLine(bool lines)
    {
        long since = Stopwatch.GetTimestamp(), shown = since;
        return (rows, all) =>
        {
            if (Stopwatch.GetElapsedTime(shown) < TimeSpan.FromSeconds(lines ? 5 : 0.2)) return;
            shown = Stopwatch.GetTimestamp();
            double rate = rows / Stopwatch.GetElapsedTime(since).TotalSeconds;
            string text = string.Create(CultureInfo.InvariantCulture, $"{rows:N0} of {all:N0} rows, {rate:N0} rows/s");
            if (lines) Console.Error.WriteLine(text);
            else Console.Error.Write($"\r{text}\e[K");
        };
    }

    private static void Report(ReplayResult result, string topic, bool json)
    {
        double rate = Math.Round(result.Rows / Math.Max(result.Seconds, 1e-3));
        string people = string.Create(CultureInfo.InvariantCulture,
            $"{result.Rows:N0} rows in {result.Messages:N0} messages, {result.Seconds:0.0} s, {rate:N0} rows/s");
        Console.WriteLine(json
            ? JsonSerializer.Serialize(new
            {
                rows = result.Rows,
                messages = result.Messages,
                partitions = result.Partitions,
                seconds = Math.Round(result.Seconds, 3),
                rows_per_second = rate,
            })
            : $"{people}, to {topic} ({result.Partitions} partitions)");
    }
}
