using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using DriftStream.Time;

namespace DriftStream.Cells;

/// <summary>
/// A baseline as one file: the magic <c>DSBL</c>, a format version, then gzipped canonical JSON. The hash is over the JSON alone,
/// so it does not depend on compression, path or date. What the first version does not know, a calendar and how rows cluster, is the second's,
/// slices are the third's, vectors the fourth's, a calendar of a zone the fifth's; a baseline without these is still written as the first,
/// under the hash that it always had.
/// </summary>
public static class BaselineFile
{
    private const byte FirstVersion = 1, SecondVersion = 2, ThirdVersion = 3, FourthVersion = 4, FifthVersion = 5;
    private const int LongestEdge = 32; // -1.7976931348623157E+308 has 24

    private static ReadOnlySpan<byte> Magic => "DSBL"u8;

    /// <summary>The baseline with its content hash.</summary>
    public static Baseline Hashed(string id, long rows, ImmutableArray<BaselineSignal> signals) => Hashed(new Baseline(id, rows, signals, ""));

    /// <inheritdoc cref="Hashed(string, long, ImmutableArray{BaselineSignal})"/>
    public static Baseline Hashed(Baseline baseline) => Hashed(baseline, OneByOne.Each);

    /// <inheritdoc cref="Hashed(string, long, ImmutableArray{BaselineSignal})"/>
    internal static Baseline Hashed(Baseline baseline, EachColumn each) =>
        baseline with { Hash = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Json(baseline, each))) };

    /// <summary>The file's content. The same baseline gives the same JSON, but compression may differ between versions of .NET.</summary>
    public static byte[] Write(Baseline baseline)
    {
        using var output = new MemoryStream();
        output.Write(Magic);
        output.WriteByte(Version(baseline));
        using (var gzip = new GZipStream(output, CompressionLevel.SmallestSize, leaveOpen: true)) gzip.Write(Json(baseline, OneByOne.Each));
        return output.ToArray();
    }

    /// <summary>Reads a baseline; null where the bytes are none, and <paramref name="problem"/> then says why.</summary>
    public static Baseline? Read(byte[] bytes, out string problem)
    {
        problem = "";
        if (bytes.Length < 5 || !bytes.AsSpan(0, 4).SequenceEqual(Magic))
            problem = "the file is no baseline (it does not begin with DSBL); make one with: driftstream baseline build";
        else if (bytes[4] is not (FirstVersion or SecondVersion or ThirdVersion or FourthVersion or FifthVersion))
            problem = $"the baseline has format version {bytes[4]}; this build reads versions {FirstVersion} to {FifthVersion}";
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

    // Nearly all of it are edges and counts, which take long to spell; each signal is spelled by itself.
    private static byte[] Json(Baseline baseline, EachColumn each)
    {
        var signals = new byte[baseline.Signals.Length][];
        each(signals.Length, i =>
        {
            var of = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(of)) Write(baseline.Signals[i], json);
            signals[i] = of.WrittenSpan.ToArray();
        });
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", baseline.Id);
            json.WriteNumber("rows", baseline.Rows);
            if (baseline.Calendar is { } calendar) Write(calendar, json);
            json.WriteStartArray("signals");
            foreach (byte[] signal in signals) json.WriteRawValue(signal, skipInputValidation: true);
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
        if (signal.Derived is { } derived)
        {
            json.WriteString("as", derived.As.ToString());
            json.WriteNumber("seed", derived.Seed);
        }

        Write(signal.Layout, json);
        json.WriteStartArray("counts");
        foreach (long count in signal.Counts) json.WriteNumberValue(count);
        json.WriteEndArray();
        if (!signal.Clusters.IsEmpty) Write(signal.Clusters, json);
        if (!signal.Slots.IsEmpty) Write(signal.Slots, json);
        json.WriteEndObject();
    }

    private static void Write(Layout layout, Utf8JsonWriter json)
    {
        json.WriteString("kind", layout.Kind.ToString());
        if (layout.Inner is { } inner)
        {
            json.WriteBoolean("folded", layout.Folded);
            json.WriteStartArray("slices");
            foreach (ImmutableArray<string> slice in layout.Slices)
            {
                json.WriteStartArray();
                foreach (string value in slice) json.WriteStringValue(value);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteStartObject("inner");
            Write(inner, json);
            json.WriteEndObject();
            return;
        }

        json.WriteBoolean("exact", layout.Exact);
        json.WriteBoolean("labelled", layout.Labelled);
        json.WriteStartArray("edges");
        // As text, which keeps infinities, and with "R", which keeps every bit.
        Span<byte> text = stackalloc byte[LongestEdge];
        foreach (double edge in layout.Edges)
        {
            if (!edge.TryFormat(text, out int length, "R", CultureInfo.InvariantCulture)) throw new InvalidOperationException($"{edge} is too long");
            json.WriteStringValue(text[..length]);
        }

        json.WriteEndArray();
        json.WriteStartArray("categories");
        foreach (string category in layout.Categories) json.WriteStringValue(category);
        json.WriteEndArray();
    }

    private static byte Version(Baseline baseline) => baseline.Calendar?.Zone is not null ? FifthVersion
        : baseline.Signals.Any(s => s.Derived is not null) ? FourthVersion
        : baseline.Signals.Any(s => s.Role == SignalRole.Slice) ? ThirdVersion
        : baseline.Calendar is null && baseline.Signals.All(s => s.Clusters.IsEmpty) ? FirstVersion
        : SecondVersion;

    private static void Write(Calendar calendar, Utf8JsonWriter json)
    {
        json.WriteStartObject("calendar");
        json.WriteString("kind", calendar.Kind.ToString());
        if (calendar.Zone is { } zone) json.WriteString("zone", zone.Id);
        json.WriteStartArray("hours");
        foreach (int hours in calendar.Hours) json.WriteNumberValue(hours);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(ImmutableArray<ClusterScale> clusters, Utf8JsonWriter json)
    {
        json.WriteStartArray("clusters");
        foreach (ClusterScale scale in clusters)
        {
            json.WriteStartArray();
            json.WriteNumberValue(scale.Rows);
            json.WriteNumberValue(scale.Chunks);
            json.WriteNumberValue(scale.Cells);
            json.WriteNumberValue(scale.Spread);
            json.WriteNumberValue(scale.Ranks);
            json.WriteNumberValue(scale.Worst);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    // Of each slot its cells and their rows in turn.
    private static void Write(ImmutableArray<SlotCounts> slots, Utf8JsonWriter json)
    {
        json.WriteStartArray("slots");
        foreach (SlotCounts slot in slots)
        {
            json.WriteStartArray();
            for (int i = 0; i < slot.Cells.Length; i++)
            {
                json.WriteNumberValue(slot.Cells[i]);
                json.WriteNumberValue(slot.Counts[i]);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static Baseline Read(JsonElement root)
    {
        var signals = ImmutableArray.CreateBuilder<BaselineSignal>();
        foreach (JsonElement signal in root.GetProperty("signals").EnumerateArray()) signals.Add(ReadSignal(signal));
        Calendar? calendar = root.TryGetProperty("calendar", out JsonElement written) ? ReadCalendar(written) : null;
        foreach (BaselineSignal signal in signals)
        {
            int slots = signal.Slots.IsEmpty ? calendar?.Hours.Length ?? 0 : signal.Slots.Length;
            if (slots != (calendar?.Hours.Length ?? 0)) throw new FormatException($"signal '{signal.Name}' has {slots} slots, unlike the calendar");
        }

        return Hashed(new Baseline(Text(root.GetProperty("id")), root.GetProperty("rows").GetInt64(), signals.ToImmutable(), "") { Calendar = calendar });
    }

    private static Calendar ReadCalendar(JsonElement calendar)
    {
        CalendarKind kind = OneOf<CalendarKind>(calendar.GetProperty("kind"));
        ImmutableArray<int> hours = [.. calendar.GetProperty("hours").EnumerateArray().Select(h => h.GetInt32())];
        if (hours.Length != Calendar.Slots(kind)) throw new FormatException($"the calendar has {hours.Length} slots");
        if (!calendar.TryGetProperty("zone", out JsonElement id)) return new Calendar(kind, hours);
        return Zone.TryFind(Text(id), out Zone? zone) ? new Calendar(kind, hours) { Zone = zone } : throw new FormatException($"there is no zone '{Text(id)}'");
    }

    private static ImmutableArray<ClusterScale> ReadClusters(JsonElement signal)
    {
        if (!signal.TryGetProperty("clusters", out JsonElement written)) return [];
        ImmutableArray<ClusterScale> scales =
        [
            .. written.EnumerateArray().Select(s =>
                new ClusterScale(s[0].GetDouble(), s[1].GetInt32(), s[2].GetDouble(), s[3].GetDouble(), s[4].GetDouble(), s[5].GetDouble())),
        ];
        bool ascend = scales.Zip(scales.Skip(1)).All(pair => pair.First.Rows < pair.Second.Rows);
        return ascend && scales.All(s => s is { Rows: > 0, Chunks: > 0, Cells: >= 1, Spread: >= 1, Ranks: >= 1 } && s.Worst >= s.Cells)
            ? scales
            : throw new FormatException("the scales of clusters are not what a build measures");
    }

    private static SlotCounts ReadSlot(JsonElement slot, int most)
    {
        int[] numbers = [.. slot.EnumerateArray().Select(n => n.GetInt32())];
        if (numbers.Length % 2 != 0) throw new FormatException("a slot has a cell without rows");
        int[] cells = [.. numbers.Where((_, i) => i % 2 == 0)], counts = [.. numbers.Where((_, i) => i % 2 == 1)];
        bool ascend = cells.Zip(cells.Skip(1)).All(pair => pair.First < pair.Second);
        return ascend && counts.All(c => c > 0) && (cells.Length == 0 || (cells[0] >= 0 && cells[^1] < most))
            ? new SlotCounts([.. cells], [.. counts])
            : throw new FormatException("a slot's cells are not ascending, or have no rows");
    }

    private static BaselineSignal ReadSignal(JsonElement signal)
    {
        ImmutableArray<string> columns = Texts(signal, "columns");
        ImmutableArray<long> counts = [.. signal.GetProperty("counts").EnumerateArray().Select(c => c.GetInt64())];
        Layout layout = ReadLayout(signal);
        SignalRole role = OneOf<SignalRole>(signal.GetProperty("role"));
        string name = Text(signal.GetProperty("name"));
        if (counts.Length != layout.Cells) throw new FormatException($"signal '{name}' has {counts.Length} counts for {layout.Cells} cells");
        if (counts.Any(c => c < 0)) throw new FormatException($"signal '{name}' has a negative count");
        if (layout.Kind == LayoutKind.Table != (role == SignalRole.Group) || layout.Kind == LayoutKind.Sliced != (role == SignalRole.Slice))
            throw new FormatException($"signal '{name}' is a {role} with cells of the kind {layout.Kind}");
        Derivation? derived = signal.TryGetProperty("as", out JsonElement measure)
            ? new Derivation(OneOf<VectorMeasure>(measure), signal.GetProperty("seed").GetInt64())
            : null;
        bool fits = layout.Kind switch
        {
            LayoutKind.Numeric when derived is not null => columns.Length > 1 && role == SignalRole.Feature,
            LayoutKind.Numeric or LayoutKind.Categorical => columns.Length == 1 && derived is null,
            LayoutKind.Table => columns.Length >= 1 && derived is null,
            LayoutKind.Sliced => derived is null && layout.Slices.All(s => s.Length == columns.Length - 1),
        };
        if (!fits) throw new FormatException($"signal '{name}' has {columns.Length} columns");
        ImmutableArray<SlotCounts> slots = signal.TryGetProperty("slots", out JsonElement written)
            ? [.. written.EnumerateArray().Select(s => ReadSlot(s, layout.Cells))]
            : [];
        return new BaselineSignal(name, role, columns, layout, counts)
        {
            Derived = derived,
            Clusters = ReadClusters(signal),
            Slots = slots,
        };
    }

    private static Layout ReadLayout(JsonElement layout)
    {
        LayoutKind kind = OneOf<LayoutKind>(layout.GetProperty("kind"));
        return kind switch
        {
            LayoutKind.Numeric => Layout.Numeric(
                [.. Texts(layout, "edges").Select(e => double.Parse(e, CultureInfo.InvariantCulture))], layout.GetProperty("exact").GetBoolean()),
            LayoutKind.Categorical => Layout.Categorical(Texts(layout, "categories")),
            LayoutKind.Table => Layout.Table(Texts(layout, "categories"), layout.GetProperty("labelled").GetBoolean()),
            LayoutKind.Sliced => Layout.Sliced(
                [.. layout.GetProperty("slices").EnumerateArray().Select(Texts)],
                ReadLayout(layout.GetProperty("inner")),
                layout.GetProperty("folded").GetBoolean()),
        };
    }

    private static ImmutableArray<string> Texts(JsonElement signal, string name) => Texts(signal.GetProperty(name));

    private static ImmutableArray<string> Texts(JsonElement list) => [.. list.EnumerateArray().Select(Text)];

    private static string Text(JsonElement element) => element.GetString() ?? throw new FormatException("a text is null");

    private static T OneOf<T>(JsonElement element) where T : struct, Enum =>
        Enum.TryParse(Text(element), out T value) && Enum.IsDefined(value) ? value : throw new FormatException($"'{element}' is no {typeof(T).Name}");
}
