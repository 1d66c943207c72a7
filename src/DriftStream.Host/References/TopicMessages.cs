using System.Buffers;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Host.Files;

namespace DriftStream.Host.References;

/// <summary>Messages of one topic as rows of one schema, that of the first readable message.</summary>
/// <param name="topic">Its name.</param>
/// <param name="lists">Columns of which lists of numbers are read; null for none.</param>
internal sealed class TopicMessages(string topic, IReadOnlySet<string>? lists = null)
{
    private readonly List<Batch> _batches = [];
    private readonly ArrayBufferWriter<byte> _json = new();
    private Schema? _schema;
    private MessageFormat? _format;
    private int _messages, _passedOver;
    private string? _first;

    /// <param name="value">The value of a record.</param>
    /// <param name="place">Where the record is, for people.</param>
    public void Add(byte[] value, string place)
    {
        string? problem = MessageFormats.Guess(value) switch
        {
            MessageFormat.Arrow => AddArrow(value),
            MessageFormat.Json => AddJson(value),
        };
        if (problem is null)
        {
            _messages++;
            return;
        }

        _passedOver++;
        _first ??= $"{place}: {problem}";
    }

    /// <summary>The rows of all messages that could be read; null where there is none.</summary>
    public TopicRows? Rows(WantedColumns wanted)
    {
        if (_format is not { } format) return null;
        DataFile file = format switch
        {
            MessageFormat.Arrow => new DataFile(topic, _schema!, _batches),
            MessageFormat.Json => JsonRows.Read(topic, _json.WrittenMemory, wanted),
        };
        return new TopicRows(file, format, _messages, _passedOver, _first);
    }

    private string? AddJson(byte[] value)
    {
        if (Other(MessageFormat.Json) is { } other) return other;
        if (new JsonMessageReader(new InputLimits(), []).Read(value) is { } reject) return reject.Detail;
        _format = MessageFormat.Json;
        _json.Write(value);
        _json.Write("\n"u8);
        return null;
    }

    private string? AddArrow(byte[] value)
    {
        using var reader = new ArrowMessageReader(new InputLimits(), lists: lists);
        if (reader.Read(value) is { } reject) return reject.Detail;
        if (Other(MessageFormat.Arrow) is { } other) return other;
        _schema ??= reader.Schema!;
        bool same = reader.Schema!.Fields.Select(f => (f.Name, f.Type)).SequenceEqual(_schema.Fields.Select(f => (f.Name, f.Type)));
        if (!same) return "its columns are not those of the messages before it";
        _format = MessageFormat.Arrow;
        _batches.AddRange(reader.Batches);
        return null;
    }

    private string? Other(MessageFormat format) =>
        _format is { } before && before != format ? $"it is {format.Name()}, those before it are {before.Name()}" : null;
}
