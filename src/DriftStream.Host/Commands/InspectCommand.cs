using System.CommandLine;
using System.Globalization;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Host.Inspect;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream inspect</c>: what one message holds, or why it is refused.</summary>
internal sealed class InspectCommand
{
    private const int DefaultRows = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Argument<string> _message = new("MESSAGE")
    {
        Description = "A file that holds the value of one message, or topic:partition:offset.",
    };
    private readonly Option<string?> _config = SharedOptions.OptionalConfig(
        "A configuration: kafka: and limits: settings, and what is read of its sources' messages.");
    private readonly Option<string?> _bootstrap = SharedOptions.Bootstrap();
    private readonly Option<string?> _rows = new("--rows")
    {
        Description = $"Rows whose values are shown, or all; default {DefaultRows}.",
        HelpName = "N|all",
    };
    private readonly Option<bool> _json =
        SharedOptions.Json("One document: {rows, batches, columns: [{name, type, values}]}, or {rejected: {reason, detail, limits}}.");

    public static Command Create()
    {
        var options = new InspectCommand();
        options._rows.Validators.Add(r =>
        {
            if (r.Tokens is [var token] && Rows(token.Value) is null) r.AddError($"--rows takes a whole number or all, not {token.Value}");
        });
        var command = new Command("inspect", """
            Shows what one message holds, or why a counter refuses it: the reason's code, a sentence, the limits. Exit code 1 when
            it is refused.

            Example: driftstream inspect employment.predictions:0:1042 --bootstrap localhost:9092 --rows all
            """)
        {
            options._message, options._config, options._bootstrap, options._rows, options._json,
        };
        command.SetAction((parsed, cancel) => Task.FromResult(options.Run(parsed, cancel)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancel)
    {
        DriftPlan? plan = null;
        if (parsed.GetValue(_config) is { } config && (plan = PlanFile.Load(config, Console.Error)) is null) return ExitCode.Usage;
        string place = parsed.GetValue(_message)!;
        byte[]? value;
        SourceTopic? source = null;
        if (!File.Exists(place) && RecordPlace.Parse(place) is { } record)
        {
            if (SharedOptions.Kafka(plan, parsed.GetValue(_bootstrap)) is not { } kafka) return ExitCode.Usage;
            source = plan?.Counting.Sources.GetValueOrDefault(record.Topic);
            if (Fetch(kafka, record, cancel, out value) is var code and not ExitCode.Fine) return code;
        }
        else if (Load(place) is { } bytes)
        {
            value = bytes;
        }
        else
        {
            return ExitCode.Usage;
        }

        return Show(InspectedMessage.Read(place, value, plan?.Limits ?? new InputLimits(), source), parsed);
    }

    private int Show(InspectedMessage message, ParseResult parsed)
    {
        int rows = parsed.GetValue(_rows) is { } text ? Rows(text)!.Value : DefaultRows;
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(_json)) MessageJson.Write(output, message, rows);
        else MessageText.Write(output, message, rows);
        return message.Reject is null ? ExitCode.Fine : ExitCode.BadNews;
    }

    private static byte[]? Load(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{path}: the file cannot be read ({e.Message}); a record of a topic is written topic:partition:offset");
            return null;
        }
    }

    /// <param name="value">Null for a tombstone, or where the code is not <see cref="ExitCode.Fine"/>.</param>
    private static int Fetch(KafkaSettings kafka, RecordPlace place, CancellationToken cancel, out byte[]? value)
    {
        value = null;
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Critical, json: false);
        ILogger logger = logs.CreateLogger("inspect");
        int partitions = Partitions.Of(kafka, place.Topic, Patience, logger, out KafkaFailure? failure);
        if (failure is { Kind: KafkaErrorKind.Missing }) return NoRecord(place, $"{kafka.Bootstrap} has no such topic");
        if (failure is not null) return BrokerFailure.Report(kafka, failure, Console.Error);
        if (place.Partition >= partitions)
            return NoRecord(place, $"the topic has {(partitions == 1 ? "partition 0 alone" : $"the partitions 0 to {partitions - 1}")}");
        (long low, long high) = Partitions.Offsets(kafka, place.Topic, place.Partition, Patience, logger, out failure);
        if (failure is not null) return BrokerFailure.Report(kafka, failure, Console.Error);
        if (place.Offset < low || place.Offset >= high)
            return NoRecord(place, low == high ? "the partition holds no record" : $"the partition holds the offsets {low} to {high - 1}");
        using LogTail tail = LogTail.Partition(kafka, place.Topic, place.Partition, place.Offset, logger);
        if (!tail.TryRead(out LogRecord record, cancel))
        {
            if (tail.Failure is { } unread) return BrokerFailure.Report(kafka, unread, Console.Error);
            return NoRecord(place, "there is no record at this offset, and none behind it that is committed");
        }

        if (record.Offset != place.Offset) return NoRecord(place, $"there is no record at this offset; the next one is at {record.Offset}");
        value = record.Value;
        return ExitCode.Fine;
    }

    private static int NoRecord(RecordPlace place, string why)
    {
        Console.Error.WriteLine(Printable.Of($"{place}: {why}"));
        return ExitCode.Usage;
    }

    private static int? Rows(string text) =>
        text == "all" ? int.MaxValue
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rows) ? rows : null;
}

/// <summary>One record of a log, written <c>topic:partition:offset</c>.</summary>
internal sealed record RecordPlace(string Topic, int Partition, long Offset)
{
    public static RecordPlace? Parse(string text) =>
        text.Split(':') is [{ Length: > 0 } topic, var partition, var offset]
            && int.TryParse(partition, NumberStyles.None, CultureInfo.InvariantCulture, out int p)
            && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out long o)
            ? new RecordPlace(topic, p, o)
            : null;

    public override string ToString() => $"{Topic}:{Partition}:{Offset}";
}
