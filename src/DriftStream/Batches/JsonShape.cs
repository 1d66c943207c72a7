using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace DriftStream.Batches;

/// <summary>
/// The columns that JSON rows seem to have, where nobody says what they are: every single value that some row has, named by its path.
/// A column whose values are all numbers, none of them an integer beyond 2^53, is a number; any other is a category.
/// For people and files; a stream's columns are configured.
/// </summary>
/// <param name="Columns">In the order of their first values.</param>
/// <param name="IsCut">There are more paths than the limit.</param>
public sealed record JsonShape(ImmutableArray<JsonColumn> Columns, bool IsCut)
{
    /// <summary>The shape of all rows of a message.</summary>
    /// <param name="message">Valid JSON of objects, as a <see cref="JsonMessageReader"/> without columns has found.</param>
    /// <param name="most">The most columns.</param>
    /// <param name="lines">Several objects or arrays may follow one another.</param>
    public static JsonShape Of(ReadOnlyMemory<byte> message, int most, bool lines = false)
    {
        var found = new OrderedDictionary<string, Found>(StringComparer.Ordinal);
        bool cut = false;
        var reader = new Utf8JsonReader(message.Span, JsonSyntax.Options(lines));
        while (reader.Read())
        {
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            JsonElement root = document.RootElement;
            foreach (JsonElement row in root.ValueKind == JsonValueKind.Array ? root.EnumerateArray() : new[] { root }.AsEnumerable())
            {
                foreach (JsonProperty field in row.EnumerateObject()) See(field.Value, JsonPath.Field(field.Name));
            }
        }

        return new JsonShape([.. found.Values.Select(f => new JsonColumn(f.Path.Text, f.Kind, f.Path))], cut);

        void See(JsonElement value, JsonPath path)
        {
            if (value.ValueKind == JsonValueKind.Object && path.Steps.Length < JsonPath.MostSteps)
            {
                foreach (JsonProperty field in value.EnumerateObject()) See(field.Value, path.Then(new JsonStep(field.Name)));
            }
            else if (value.ValueKind == JsonValueKind.Array && path.Steps.Length < JsonPath.MostSteps)
            {
                cut |= value.GetArrayLength() > most;
                foreach ((int index, JsonElement element) in value.EnumerateArray().Index().Take(most))
                    See(element, path.Then(new JsonStep(null, index)));
            }
            else if (found.TryGetValue(path.Text, out Found? known)) known.See(value);
            else if (found.Count < most) found.Add(path.Text, new Found(path, value));
            else cut = true;
        }
    }

    private sealed class Found
    {
        private bool _number, _other;

        public Found(JsonPath path, JsonElement value)
        {
            Path = path;
            See(value);
        }

        public JsonPath Path { get; }

        public JsonKind Kind => _number && !_other ? JsonKind.Number : JsonKind.Category;

        // An integer that no double holds exactly is unlikely to be an amount.
        private static bool IsId(JsonElement value) => value.ValueKind == JsonValueKind.Number
            && JsonMarshal.GetRawUtf8Value(value).IndexOfAny(".eE"u8) < 0
            && !(value.TryGetInt64(out long whole) && whole is >= -JsonValues.LargestInteger and <= JsonValues.LargestInteger);

        public void See(JsonElement value)
        {
            _number |= value.ValueKind == JsonValueKind.Number;
            _other |= value.ValueKind is JsonValueKind.String or JsonValueKind.True or JsonValueKind.False || IsId(value);
        }
    }
}
