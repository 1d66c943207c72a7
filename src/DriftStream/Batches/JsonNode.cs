using System.Text;
using System.Text.Json;

namespace DriftStream.Batches;

/// <summary>
/// One place inside a row that some column's path leads to or through. Fields are looked for in the order in which they came last
/// time: a producer writes its rows alike, and a comparison is cheaper than a hash.
/// </summary>
internal sealed class JsonNode
{
    private const int LongestEscape = 6;

    private readonly Dictionary<byte[], JsonNode> _fields = new(Utf8Comparer.Instance);
    private readonly byte[] _name;
    private JsonNode?[] _elements = [];
    private JsonNode? _first, _next;
    private int _longestName;

    private JsonNode(byte[] name) => _name = name;

    /// <summary>The columns whose values are here.</summary>
    public List<JsonValues> Columns { get; } = [];

    /// <summary>The number of the object in which the field was last seen; twice in one object is a duplicate.</summary>
    public long Seen { get; set; }

    /// <summary>The row itself, with the places of all columns below it.</summary>
    public static JsonNode Row(IEnumerable<JsonValues> columns)
    {
        var row = new JsonNode([]);
        foreach (JsonValues column in columns)
        {
            JsonNode node = row;
            foreach (JsonStep step in column.Column.Path.Steps) node = step.Name is { } name ? node.Field(name) : node.Element(step.Index);
            node.Columns.Add(column);
        }

        return row;
    }

    /// <summary>The element of an array, or null where no column is in it.</summary>
    public JsonNode? At(int index) => index < _elements.Length ? _elements[index] : null;

    /// <summary>The field that the reader is at, or null where no column is in it.</summary>
    /// <param name="reader">At the name of a field.</param>
    /// <param name="before">The known field before it, or null for the first.</param>
    public JsonNode? Find(ref Utf8JsonReader reader, JsonNode? before)
    {
        JsonNode? expected = before is null ? _first : before._next;
        if (!reader.ValueIsEscaped && expected is not null && reader.ValueSpan.SequenceEqual(expected._name)) return expected;
        if (Look(ref reader) is not { } found) return null;
        if (before is null) _first = found;
        else before._next = found;
        return found;
    }

    private JsonNode? Look(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped) return Look(reader.ValueSpan);
        if (reader.ValueSpan.Length > _longestName * LongestEscape) return null;
        Span<byte> name = stackalloc byte[reader.ValueSpan.Length];
        return JsonText.TryUnescape(ref reader, name, out int length) ? Look(name[..length]) : null;
    }

    private JsonNode? Look(ReadOnlySpan<byte> name) =>
        _fields.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out JsonNode? node) ? node : null;

    private JsonNode Field(string name)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        if (_fields.TryGetValue(utf8, out JsonNode? node)) return node;
        _longestName = Math.Max(_longestName, utf8.Length);
        _fields.Add(utf8, node = new JsonNode(utf8));
        return node;
    }

    private JsonNode Element(int index)
    {
        if (_elements.Length <= index) Array.Resize(ref _elements, index + 1);
        return _elements[index] ??= new JsonNode([]);
    }
}
