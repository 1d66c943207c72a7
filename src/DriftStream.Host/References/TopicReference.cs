using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.References;

/// <summary>The rows of one model in a topic, from which to build its baseline.</summary>
/// <param name="Topic">One of the model's sources, or another topic that holds only its rows.</param>
/// <param name="Settings">What the baseline is built of.</param>
/// <param name="Stream">How the model's rows are recognised, and where their time is.</param>
/// <param name="From">The earliest event time, or null.</param>
/// <param name="To">The event time after the last, or null.</param>
internal sealed record TopicReference(string Topic, BaselineSettings Settings, ModelStream Stream, long? From, long? To)
{
    private const long MostBytes = 1L << 30;

    // A stream would not count a row whose event time is further ahead of its record's.
    private const long Ahead = EventTime.Day;

    private ModelSelector? Selector => Stream.Selectors.GetValueOrDefault(Topic);

    /// <summary>Null with a failure, or where no message can be read, or after the reason was written.</summary>
    public DataFile? Read(KafkaSettings kafka, ILogger logger, TextWriter errors, out KafkaFailure? failure, CancellationToken cancel)
    {
        var messages = NewMessages();
        using LogTail? tail = LogTail.Topic(kafka, Topic, follow: false, logger, out failure);
        if (tail is null) return null;
        long bytes = 0;
        while (tail.TryRead(out LogRecord record, cancel))
        {
            if (!Add(record, messages) || (bytes += record.Value!.Length) <= MostBytes) continue;
            errors.WriteLine($"{Topic}: more than 1 GiB of messages; narrow them by --from-time and --to-time");
            return null;
        }

        failure = tail.Failure;
        return failure is null ? Rows(messages, errors) : null;
    }

    /// <summary>No messages yet, of which everything will be read that the baseline needs.</summary>
    public TopicMessages NewMessages() => new(Topic, WantedColumns.Of(Settings).Lists);

    /// <summary>Adds a record to the messages where it may hold rows of the model; whether it does.</summary>
    public bool Add(in LogRecord record, TopicMessages messages)
    {
        if (record.Value is not { } value || !IsIn(record)) return false;
        messages.Add(value, $"{Topic}:{record.Partition}:{record.Offset}");
        return true;
    }

    /// <summary>The model's rows in these messages; null after the reason was written.</summary>
    public DataFile? Rows(TopicMessages messages, TextWriter errors)
    {
        if (messages.Rows(Wanted()) is not { } read)
        {
            errors.WriteLine($"{Topic}: there is no message of these times that can be read; driftstream inspect {Topic}:0:0 says why not");
            return null;
        }

        errors.WriteLine($"{Topic}: {read.Messages} messages read");
        if (read.First is not null) errors.WriteLine($"{read.PassedOver} messages were passed over; the first: {read.First}");
        return new DataFile(Topic, read.Rows.Schema, Chosen(read.Rows, errors));
    }

    private bool IsIn(in LogRecord record)
    {
        if (Selector?.Header is { } header
            && !(record.Headers.TryGetLastBytes(header, out byte[] name) && Encoding.UTF8.GetString(name) == Settings.Id)) return false;
        return Stream.Time is null ? IsIn(record.Timestamp) : From is not { } from || record.Timestamp >= from - Ahead;
    }

    private bool IsIn(long time) => time != EventTime.None && (From is not { } from || time >= from) && (To is not { } to || time < to);

    private WantedColumns Wanted()
    {
        WantedColumns wanted = WantedColumns.Of(Settings);
        if (Stream.Time is { } time) wanted = With(wanted, time, JsonKind.Time);
        return Selector?.Column is { } column ? With(wanted, column, JsonKind.Category) : wanted;
    }

    private WantedColumns With(WantedColumns wanted, string name, JsonKind kind) => wanted.Find(name) is not null ? wanted : wanted with
    {
        Stated = wanted.Stated.Add(new WantedColumn(name, kind, Settings.Paths.GetValueOrDefault(name) ?? JsonPath.Field(name), Stream.IntegerTime)),
    };

    private IEnumerable<Batch> Chosen(DataFile rows, TextWriter errors)
    {
        foreach (Batch batch in rows.Batches)
        {
            Column? models = Selector?.Column is { } column ? batch.Find(column) : null;
            long[]? times = Times(batch);
            byte[] text = new byte[256];
            bool all = times is null && Selector?.Column is null;
            IEnumerable<Batch> runs = all ? [batch] : RowRuns.Where(batch, row => (times is null || IsIn(times[row])) && IsOurs(models, row, text));
            foreach (Batch run in runs) yield return run;
        }

        rows.TellRefused(errors);
    }

    private bool IsOurs(Column? models, int row, byte[] text)
    {
        if (Selector?.Column is null) return true;
        return models is not null && ColumnText.HasValue(models, row)
            && Encoding.UTF8.GetString(text.AsSpan(0, CategoryText.Copy(models, row, text))) == Settings.Id;
    }

    private long[]? Times(Batch batch)
    {
        if (Stream.Time is not { } name || (From is null && To is null)) return null;
        Column column = batch.Find(name) ?? throw new DataFileException(Topic, "there is no such column", column: name);
        if (!ColumnTimes.CanRead(column.Type, Stream.IntegerTime))
            throw new DataFileException(Topic, $"it is {column.Type.Name}, which is no time", column: name);
        long[] times = new long[batch.Rows];
        ColumnTimes.Read(column, 0, times, Stream.IntegerTime);
        return times;
    }
}
