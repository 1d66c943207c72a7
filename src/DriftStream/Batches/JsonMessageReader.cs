using System.Collections.Immutable;
using System.Text.Json;

namespace DriftStream.Batches;

/// <summary>
/// Reads messages that each hold one JSON object, or an array of objects: each object is a row. Only the columns asked for are read,
/// into the same kinds of columns that Arrow messages have; all other fields are passed over. A field that is missing or null is null;
/// a value of a wrong type marks its row (<see cref="Column.Refused"/>). A message that is no valid JSON in UTF-8, is nested deeper than
/// <see cref="DeepestValue"/>, or names a field of a column's path twice in one object is rejected whole: its rows could mean anything.
/// Batches and columns are reused by the next message, and a message without refused values allocates nothing once its columns
/// have been as long before. One thread at a time.
/// </summary>
/// <remarks>The format: RFC 8259. Texts point into the message unless they are escaped.</remarks>
public sealed class JsonMessageReader : IMessageReader
{
    /// <summary>How many objects and arrays may lie in one another, with the outermost.</summary>
    public const int DeepestValue = 64;

    private const int FirstRows = 64;

    private readonly InputLimits _limits;
    private readonly bool _lines;
    private readonly JsonText _text = new();
    private readonly JsonValues[] _columns;
    private readonly JsonNode _row;
    private readonly Batch[] _batches;
    private readonly int _mostRows;
    private int _rows, _capacity;
    private long _objects;
    private bool _isRead;

    /// <param name="limits">What one message may cost; <see cref="InputLimits.DecompressedBytes"/> bounds the memory of its columns.</param>
    /// <param name="columns">What is read of each row.</param>
    /// <param name="lines">The bytes are a file: any number of objects or arrays, one after the other.</param>
    public JsonMessageReader(InputLimits limits, ImmutableArray<JsonColumn> columns, bool lines = false)
    {
        (_limits, _lines) = (limits, lines);
        _columns = [.. columns.Select(c => new JsonValues(c, _text))];
        _row = JsonNode.Row(_columns);
        _batches = [new Batch(new Schema([.. columns.Select(c => new Field(c.Name, c.Type))]))];
        int width = Math.Max(1, columns.Length == 0 ? 1 : _columns.Sum(c => c.Width));
        _mostRows = Math.Min(limits.Rows, limits.DecompressedBytes / width);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<Batch> Batches => _batches.AsSpan(0, _isRead ? 1 : 0);

    /// <summary>The schema of the columns that are read.</summary>
    public Schema Schema => _batches[0].Schema;

    /// <inheritdoc/>
    public Reject? Read(ReadOnlyMemory<byte> message)
    {
        foreach (JsonValues column in _columns) column.Clear(_rows);
        _text.Clear();
        (_rows, _isRead) = (0, false);
        if (JsonSyntax.Opening(message.Span, _limits.MessageBytes) is { } unread) return unread;
        if (ReadRows(message.Span) is { } reject) return reject;
        Publish(message);
        return null;
    }

    private void Publish(ReadOnlyMemory<byte> message)
    {
        Batch batch = _batches[0];
        batch.Rows = _rows;
        batch.HasRefusals = false;
        for (int i = 0; i < _columns.Length; i++) batch.HasRefusals |= _columns[i].Publish(batch.Columns[i], _rows, message);
        _isRead = true;
    }

    private Reject? ReadRows(ReadOnlySpan<byte> message)
    {
        var reader = new Utf8JsonReader(message, JsonSyntax.Options(_lines));
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.StartArray)
                {
                    if (ReadRow(ref reader) is { } reject) return reject;
                    continue;
                }

                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (ReadRow(ref reader) is { } reject) return reject;
                }
            }

            return null;
        }
        catch (JsonException e)
        {
            return JsonSyntax.Invalid(message, e, _lines);
        }
    }

    private Reject? ReadRow(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return new Reject(RejectReason.NotJson,
                $"byte {reader.TokenStartIndex} is {JsonSyntax.Name(reader.TokenType)}; a message is one object, or an array of objects");
        }

        if (_rows == _capacity && !Grow())
        {
            string limit = _mostRows == _limits.Rows ? "the limit" : $"as many as fit into {_limits.DecompressedBytes} bytes of columns";
            return new Reject(RejectReason.LimitExceeded, $"the message has more than {_mostRows} rows, {limit}");
        }

        _rows++;
        return ReadObject(ref reader, _row);
    }

    private bool Grow()
    {
        if (_capacity >= _mostRows) return false;
        _capacity = (int)Math.Min(_mostRows, Math.Max(FirstRows, 2L * _capacity));
        foreach (JsonValues column in _columns) column.Grow(_capacity);
        return true;
    }

    private Reject? ReadValue(ref Utf8JsonReader reader, JsonNode node)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null: return null;
            case JsonTokenType.StartObject:
                foreach (JsonValues column in node.Columns) column.Refuse(reader, _rows - 1, "is an object where a single value is expected");
                return ReadObject(ref reader, node);
            case JsonTokenType.StartArray:
                foreach (JsonValues column in node.Columns) column.Refuse(reader, _rows - 1, "is an array where a single value is expected");
                return ReadArray(ref reader, node);
            default:
                foreach (JsonValues column in node.Columns) column.Take(ref reader, _rows - 1);
                return null;
        }
    }

    private Reject? ReadObject(ref Utf8JsonReader reader, JsonNode node)
    {
        if (JsonSyntax.TooDeep(reader) is { } deep) return deep;
        long number = ++_objects;
        JsonNode? before = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            JsonNode? field = node.Find(ref reader, before);
            if (field?.Seen == number)
                return new Reject(RejectReason.NotJson, $"row {_rows}: the field at byte {reader.TokenStartIndex} is in its object for the second time");
            reader.Read();
            if (field is null)
            {
                if (JsonSyntax.Skip(ref reader) is { } reject) return reject;
                continue;
            }

            (field.Seen, before) = (number, field);
            if (ReadValue(ref reader, field) is { } unread) return unread;
        }

        return null;
    }

    private Reject? ReadArray(ref Utf8JsonReader reader, JsonNode node)
    {
        if (JsonSyntax.TooDeep(reader) is { } deep) return deep;
        for (int index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            Reject? reject = node.At(index) is { } element ? ReadValue(ref reader, element) : JsonSyntax.Skip(ref reader);
            if (reject is not null) return reject;
        }

        return null;
    }
}
