using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace DriftStream.Cells;

/// <summary>
/// A baseline as one file: the magic <c>DSBL</c>, a format version, then gzipped canonical JSON. The hash is over the JSON alone,
/// so it does not depend on compression, path or date.
/// </summary>
public static class BaselineFile
{
    private const byte FormatVersion = 1;

    private static ReadOnlySpan<byte> Magic => "DSBL"u8;

    /// <summary>The baseline with its content hash.</summary>
    public static Baseline Hashed(string id, long rows, ImmutableArray<BaselineSignal> signals)
    {
        var baseline = new Baseline(id, rows, signals, "");
        return baseline with { Hash = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Json(baseline))) };
    }

    /// <summary>The file's content. The same baseline gives the same JSON, but compression may differ between versions of .NET.</summary>
    public static byte[] Write(Baseline baseline)
    {
        using var output = new MemoryStream();
        output.Write(Magic);
        output.WriteByte(FormatVersion);
        using (var gzip = new GZipStream(output, CompressionLevel.SmallestSize, leaveOpen: true)) gzip.Write(Json(baseline));
        return output.ToArray();
    }

    /// <summary>Reads a baseline; null where the bytes are none, and <paramref name="problem"/> then says why.</summary>
    public static Baseline? Read(byte[] bytes, out string problem)
    {
        problem = "";
        if (bytes.Length < 5 || !bytes.AsSpan(0, 4).SequenceEqual(Magic))
            problem = "the file is no baseline (it does not begin with DSBL); make one with: driftstream baseline build";
        else if (bytes[4] != FormatVersion)
            problem = $"the baseline has format version {bytes[4]}; this build reads version {FormatVersion}";
        if (problem.Length > 0) return null;
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes, 5, bytes.Length - 5), CompressionMode.Decompress);
            using JsonDocument json = JsonDocument.Parse(gzip);
            return Read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or KeyNotFoundException or InvalidOperationException
            or FormatException or ArgumentException or IndexOutOfRangeException)
        {
            problem = "the baseline is damaged: " + e.Message;
            return null;
        }
    }

    private static byte[] Json(Baseline baseline)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", baseline.Id);
            json.WriteNumber("rows", baseline.Rows);
            json.WriteStartArray("signals");
            foreach (BaselineSignal signal in baseline.Signals) Write(signal, json);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(BaselineSignal signal, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", signal.Name);
        json.WriteString("role", signal.Role.ToString());
        json.WriteStartArray("columns");
        foreach (string column in signal.Columns) json.WriteStringValue(column);
        json.WriteEndArray();
        json.WriteString("kind", signal.Layout.Kind.ToString());
        json.WriteBoolean("exact", signal.Layout.Exact);
        json.WriteBoolean("labelled", signal.Layout.Labelled);
        json.WriteStartArray("edges");
        // As text, which keeps infinities, and with "R", which keeps every bit.
        foreach (double edge in signal.Layout.Edges) json.WriteStringValue(edge.ToString("R", CultureInfo.InvariantCulture));
        json.WriteEndArray();
        json.WriteStartArray("categories");
        foreach (string category in signal.Layout.Categories) json.WriteStringValue(category);
        json.WriteEndArray();
        json.WriteStartArray("counts");
        foreach (long count in signal.Counts) json.WriteNumberValue(count);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static Baseline Read(JsonElement root)
    {
        var signals = ImmutableArray.CreateBuilder<BaselineSignal>();
        foreach (JsonElement signal in root.GetProperty("signals").EnumerateArray()) signals.Add(ReadSignal(signal));
        return Hashed(Text(root.GetProperty("id")), root.GetProperty("rows").GetInt64(), signals.ToImmutable());
    }

    private static BaselineSignal ReadSignal(JsonElement signal)
    {
        ImmutableArray<string> columns = Texts(signal, "columns"), categories = Texts(signal, "categories");
        ImmutableArray<double> edges = [.. Texts(signal, "edges").Select(e => double.Parse(e, CultureInfo.InvariantCulture))];
        ImmutableArray<long> counts = [.. signal.GetProperty("counts").EnumerateArray().Select(c => c.GetInt64())];
        Layout layout = OneOf<LayoutKind>(signal.GetProperty("kind")) switch
        {
            LayoutKind.Numeric => Layout.Numeric(edges, signal.GetProperty("exact").GetBoolean()),
            LayoutKind.Categorical => Layout.Categorical(categories),
            _ => Layout.Table(categories, signal.GetProperty("labelled").GetBoolean()),
        };
        string name = Text(signal.GetProperty("name"));
        if (counts.Length != layout.Cells) throw new FormatException($"signal '{name}' has {counts.Length} counts for {layout.Cells} cells");
        if (counts.Any(c => c < 0)) throw new FormatException($"signal '{name}' has a negative count");
        if (columns.Length < 1 || columns.Length > (layout.Kind == LayoutKind.Table ? 2 : 1))
            throw new FormatException($"signal '{name}' has {columns.Length} columns");
        return new BaselineSignal(name, OneOf<SignalRole>(signal.GetProperty("role")), columns, layout, counts);
    }

    private static ImmutableArray<string> Texts(JsonElement signal, string name) =>
        [.. signal.GetProperty(name).EnumerateArray().Select(Text)];

    private static string Text(JsonElement element) => element.GetString() ?? throw new FormatException("a text is null");

    private static T OneOf<T>(JsonElement element) where T : struct, Enum =>
        Enum.TryParse(Text(element), out T value) && Enum.IsDefined(value) ? value : throw new FormatException($"'{element}' is no {typeof(T).Name}");
}
