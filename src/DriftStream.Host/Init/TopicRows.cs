using System.Buffers;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Init;

/// <summary>The rows of some messages of a topic, spread over all that it holds: as many as are needed to see what it carries.</summary>
/// <param name="Rows">Of one schema: that of the first message that can be read.</param>
/// <param name="Format">Of the messages that were read.</param>
/// <param name="Messages">Messages that were read.</param>
/// <param name="PassedOver">Messages that cannot be read, or have another schema or format.</param>
/// <param name="First">Why the first of them was passed over, or null.</param>
internal sealed record TopicRows(DataFile Rows, MessageFormat Format, int Messages, int PassedOver, string? First)
{
    /// <summary>What was looked at, for people.</summary>
    public string Seen { get; private init; } = "";

    private const int MostMessages = 2000;
    private const long MostBytes = 32 << 20;

    /// <summary>Null with a failure, or without one where the topic has no message that can be read.</summary>
    public static TopicRows? Read(KafkaSettings kafka, string topic, ILogger logger, out KafkaFailure? failure, CancellationToken cancel)
    {
        var sample = new Sample(topic);
        (int records, long oldest, long newest) = (0, long.MaxValue, long.MinValue);
        LogSample? log = LogSample.Read(kafka, topic, MostMessages, MostBytes, logger, Take, out failure, cancel);
        if (log is null || sample.Rows() is not { } rows) return null;
        string times = records == 0 ? "" : $", sent from {EventTime.Format(oldest)} to {EventTime.Format(newest)}";
        return rows with
        {
            Seen = FormattableString.Invariant(
                $"{records:N0} of {log.Held:N0} messages, spread over all offsets of {log.Partitions} partitions{times}"),
        };

        void Take(LogRecord record)
        {
            (records, oldest, newest) = (records + 1, Math.Min(oldest, record.Timestamp), Math.Max(newest, record.Timestamp));
            if (record.Value is { } value) sample.Add(value, $"{topic}:{record.Partition}:{record.Offset}");
        }
    }

    private sealed class Sample(string topic)
    {
        private readonly List<Batch> _batches = [];
        private readonly ArrayBufferWriter<byte> _json = new();
        private Schema? _schema;
        private MessageFormat? _format;
        private int _messages, _passedOver;
        private string? _first;

        public void Add(byte[] value, string place)
        {
            bool json = value.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];
            string? problem = json ? AddJson(value) : AddArrow(value);
            if (problem is null)
            {
                _messages++;
                return;
            }

            _passedOver++;
            _first ??= $"{place}: {problem}";
        }

        public TopicRows? Rows()
        {
            if (_format is not { } format) return null;
            DataFile file = format == MessageFormat.Json
                ? JsonRows.Read(topic, _json.WrittenMemory, WantedColumns.All)
                : new DataFile(topic, _schema!, _batches);
            return new TopicRows(file, format, _messages, _passedOver, _first);
        }

        private string? AddJson(byte[] value)
        {
            if (_format == MessageFormat.Arrow) return "it is JSON, those before it are Arrow";
            if (new JsonMessageReader(new InputLimits(), []).Read(value) is { } reject) return reject.Detail;
            _format = MessageFormat.Json;
            _json.Write(value);
            _json.Write("\n"u8);
            return null;
        }

        private string? AddArrow(byte[] value)
        {
            using var reader = new ArrowMessageReader(new InputLimits());
            if (reader.Read(value) is { } reject) return reject.Detail;
            if (_format == MessageFormat.Json) return "it is Arrow, those before it are JSON";
            _schema ??= reader.Schema!;
            bool same = reader.Schema!.Fields.Select(f => (f.Name, f.Type)).SequenceEqual(_schema.Fields.Select(f => (f.Name, f.Type)));
            if (!same) return "its columns are not those of the messages before it";
            _format = MessageFormat.Arrow;
            _batches.AddRange(reader.Batches);
            return null;
        }
    }
}
