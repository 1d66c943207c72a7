using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DriftStream.Host.History;

/// <summary>What is said of a signal, a slice, a group or a window; the more there is to look at, the greater.</summary>
public enum RankedJudgement : byte
{
    Steady,
    Unjudged,
    Insufficient,
    Drifting,
}

/// <summary>What a row of a strip is about.</summary>
public enum StripKind : byte
{
    Signal,
    Slice,
    Group,
}

/// <summary>One signal, slice or group of one window, as a strip draws it.</summary>
/// <param name="Name">The signal, or the group and its statistic.</param>
/// <param name="Judgement">What was judged.</param>
/// <param name="Size">How large the change is: of a signal its PSI, of a group how far its statistic is from parity; null where there is no number.</param>
public sealed record StripCell(StripKind Kind, string Name, RankedJudgement Judgement, double? Size)
{
    /// <summary>Of a group its statistic with the interval; null of all else.</summary>
    public GroupValue? Value { get; init; }
}

/// <summary>A statistic of a group and its interval; nulls where they are not known.</summary>
public sealed record GroupValue(double? Value, double? Low, double? High);

/// <summary>The cells of one verdict as text: a tenth of the verdict, and all that a strip of a hundred windows needs.</summary>
internal static class VerdictStrip
{
    /// <summary>Reads a verdict.</summary>
    public static List<StripCell> Of(JsonElement verdict)
    {
        var cells = new List<StripCell>();
        foreach (JsonElement signal in verdict.GetProperty("signals").EnumerateArray())
        {
            bool sliced = signal.TryGetProperty("slice", out JsonElement slice) && slice.ValueKind == JsonValueKind.Object;
            string name = signal.GetProperty("signal").GetString()!;
            cells.Add(new StripCell(
                sliced ? StripKind.Slice : StripKind.Signal, sliced ? $"{name} among {SliceText(slice)}" : name, JudgementOf(signal), Psi(signal)));
        }

        foreach (JsonElement group in verdict.GetProperty("groups").EnumerateArray())
        {
            string statistic = group.GetProperty("statistic").GetString()!;
            double? value = Number(group.GetProperty("value"));
            JsonElement[] interval = [.. group.GetProperty("interval").EnumerateArray()];
            double? size = statistic.EndsWith("_ratio", StringComparison.Ordinal) ? 1 - value : value;
            cells.Add(new StripCell(StripKind.Group, $"{group.GetProperty("group").GetString()} {statistic}", JudgementOf(group), size)
            {
                Value = new GroupValue(value, interval.Length > 0 ? Number(interval[0]) : null, interval.Length > 1 ? Number(interval[1]) : null),
            });
        }

        return cells;
    }

    /// <summary><c>country = DE and age = 30</c>.</summary>
    public static string SliceText(JsonElement slice) =>
        string.Join(" and ", slice.EnumerateObject().Select(p =>
            $"{p.Name} = {(p.Value.ValueKind == JsonValueKind.String ? p.Value.GetString() : p.Value.GetRawText())}"));

    public static RankedJudgement JudgementOf(JsonElement judged) => judged.GetProperty("judgement").GetString() switch
    {
        "steady" => RankedJudgement.Steady,
        "drifting" => RankedJudgement.Drifting,
        "insufficient" => RankedJudgement.Insufficient,
        _ => RankedJudgement.Unjudged,
    };

    public static string Write(IEnumerable<StripCell> cells)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            foreach (StripCell cell in cells)
            {
                json.WriteStringValue(cell.Name);
                json.WriteNumberValue(((int)cell.Kind * 10) + (int)cell.Judgement);
                Write(json, cell.Size);
                if (cell.Kind != StripKind.Group) continue;
                Write(json, cell.Value?.Value);
                Write(json, cell.Value?.Low);
                Write(json, cell.Value?.High);
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    public static List<StripCell> Read(string text)
    {
        var cells = new List<StripCell>();
        var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.String)
        {
            string name = json.GetString()!;
            json.Read();
            int number = json.GetInt32();
            double? size = Next(ref json);
            var kind = (StripKind)(number / 10);
            GroupValue? value = kind == StripKind.Group ? new GroupValue(Next(ref json), Next(ref json), Next(ref json)) : null;
            cells.Add(new StripCell(kind, name, (RankedJudgement)(number % 10), size) { Value = value });
        }

        return cells;
    }

    private static double? Next(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Number ? json.GetDouble() : null;
    }

    // Four digits are more than can be drawn.
    private static void Write(Utf8JsonWriter json, double? value)
    {
        if (value is { } number && double.IsFinite(number)) json.WriteRawValue(number.ToString("G4", CultureInfo.InvariantCulture));
        else json.WriteNullValue();
    }

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    // Against the leading baseline, as the default rule has it.
    private static double? Psi(JsonElement signal)
    {
        foreach (JsonElement statistic in signal.GetProperty("statistics").EnumerateArray())
        {
            if (statistic.GetProperty("name").ValueEquals("psi") && !statistic.TryGetProperty("against", out _)
                && Number(statistic.GetProperty("value")) is { } value) return value;
        }

        return null;
    }
}
