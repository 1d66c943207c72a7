using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DriftStream.Batches;
using DriftStream.Time;

namespace DriftStream.Tests.Batches;

/// <summary>What a row has in a column: a text, nothing, or something that must be refused.</summary>
internal readonly record struct PlainValue(string? Text, bool Refused);

/// <summary>JSON rows read the slow and obvious way: the whole message as a tree, every value by walking its path.</summary>
internal static class PlainJson
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>One array of values a row, in the columns' order; null for a message that must be rejected.</summary>
    public static List<PlainValue[]>? Read(byte[] message, ImmutableArray<JsonColumn> columns)
    {
        try
        {
            Strict.GetString(message);
            using JsonDocument document = JsonDocument.Parse(message, new JsonDocumentOptions { MaxDepth = JsonMessageReader.DeepestValue });
            JsonElement root = document.RootElement;
            JsonElement[] rows = root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root];
            if (rows.Any(r => r.ValueKind != JsonValueKind.Object)) return null;
            var read = new List<PlainValue[]>();
            foreach (JsonElement row in rows)
            {
                if (HasDuplicates(row, columns)) return null;
                read.Add([.. columns.Select(c => Value(row, c))]);
            }

            return read;
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            return null;
        }
    }

    // Whether an object on some path has a field of that path twice.
    private static bool HasDuplicates(JsonElement row, ImmutableArray<JsonColumn> columns) => columns.Any(column =>
    {
        JsonElement? at = row;
        foreach (JsonStep step in column.Path.Steps)
        {
            if (at is { ValueKind: JsonValueKind.Object } there && there.EnumerateObject().Count(p => Name(p) == step.Name) > 1) return true;
            at = Step(at, step);
        }

        return false;
    });

    private static JsonElement? Step(JsonElement? at, JsonStep step)
    {
        if (at is not { } value) return null;
        if (step.Name is null) return value.ValueKind == JsonValueKind.Array && step.Index < value.GetArrayLength() ? value[step.Index] : null;
        if (value.ValueKind != JsonValueKind.Object) return null;
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (Name(property) == step.Name) return property.Value;
        }

        return null;
    }

    private static PlainValue Value(JsonElement row, JsonColumn column)
    {
        JsonElement? at = row;
        foreach (JsonStep step in column.Path.Steps) at = Step(at, step);
        if (at is not { ValueKind: not JsonValueKind.Null } value) return default;
        string? text = column.Kind switch
        {
            JsonKind.Number => Number(value),
            JsonKind.Category => Category(value),
            _ => Time(value, column.Integers),
        };
        return new PlainValue(text, text is null);
    }

    private static string? Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => "1",
        JsonValueKind.False => "0",
        JsonValueKind.Number when Exact(value) is { } number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => null,
    };

    private static string? Category(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.True: return "true";
            case JsonValueKind.False: return "false";
            case JsonValueKind.String: return Text(value);
            case JsonValueKind.Number when value.GetRawText().All(c => char.IsAsciiDigit(c) || c == '-'):
                var integer = System.Numerics.BigInteger.Parse(value.GetRawText(), CultureInfo.InvariantCulture);
                return integer >= long.MinValue && integer <= ulong.MaxValue ? integer.ToString(CultureInfo.InvariantCulture) : null;
            case JsonValueKind.Number when Exact(value) is { } number:
                return (number == 0 ? 0 : number).ToString("R", CultureInfo.InvariantCulture);
            default: return null;
        }
    }

    private static string? Time(JsonElement value, TimeUnit? unit)
    {
        // IsoTime has tests of its own.
        if (value.ValueKind == JsonValueKind.String)
            return Text(value) is { } text && IsoTime.TryParse(Encoding.UTF8.GetBytes(text), out long time) ? time.ToString() : null;
        if (value.ValueKind != JsonValueKind.Number || unit is null || !value.TryGetInt64(out long whole)) return null;
        decimal micros = unit switch
        {
            TimeUnit.Second => whole * 1_000_000m,
            TimeUnit.Millisecond => whole * 1000m,
            TimeUnit.Microsecond => whole,
            _ => Math.Floor(whole / 1000m),
        };
        return micros >= EventTime.Earliest && micros <= EventTime.Latest ? ((long)micros).ToString() : null;
    }

    private static double? Exact(JsonElement value)
    {
        string raw = value.GetRawText();
        double number = double.Parse(raw, CultureInfo.InvariantCulture);
        bool integer = raw.All(c => char.IsAsciiDigit(c) || c == '-');
        bool beyond = integer && System.Numerics.BigInteger.Abs(System.Numerics.BigInteger.Parse(raw)) > System.Numerics.BigInteger.One << 53;
        return double.IsFinite(number) && !beyond ? number : null;
    }

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // half of a surrogate pair
        }
    }

    private static string? Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
