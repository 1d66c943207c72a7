using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace DriftStream.Cells;

/// <summary>
/// A baseline as one file: the magic <c>DSBL</c>, a format version, then gzipped canonical JSON. The hash is over the JSON alone,
/// so it does not depend on compression, path or date. What the first version does not know, a calendar and how rows cluster, is the second's,
/// slices are the third's, vectors the fourth's, a calendar of a zone the fifth's, vectors of lists the sixth's, outcomes the seventh's, pairs the
/// eighth's, attributions the tenth's, calibration tables the eleventh's, residuals by group the
/// twelfth's; a baseline without these is still written as the first, under the hash
/// that it always had.
/// </summary>
public static class BaselineFile
{
    private const byte FirstVersion = 1, SecondVersion = 2, ThirdVersion = 3, FourthVersion = 4, FifthVersion = 5, SixthVersion = 6, SeventhVersion = 7,
        EighthVersion = 8, NinthVersion = 9, TenthVersion = 10, EleventhVersion = 11, TwelfthVersion = 12;
    internal const int LongestEdge = 32; // -1.7976931348623157E+308 has 24

    // Hashing a baseline means writing all of it, and a plan is asked for its parts again and again.
    private static readonly ConditionalWeakTable<Baseline, Baseline> Parts = [];

    private static ReadOnlySpan<byte> Magic => "DSBL"u8;

    /// <summary>The baseline with its content hash.</summary>
    public static Baseline Hashed(string id, long rows, ImmutableArray<BaselineSignal> signals) => Hashed(new Baseline(id, rows, signals, ""));

    /// <inheritdoc cref="Hashed(string, long, ImmutableArray{BaselineSignal})"/>
    public static Baseline Hashed(Baseline baseline) => Hashed(baseline, OneByOne.Each);

    /// <inheritdoc cref="Hashed(string, long, ImmutableArray{BaselineSignal})"/>
    internal static Baseline Hashed(Baseline baseline, EachColumn each)
    {
        Baseline hashed = baseline with { Hash = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Json(baseline, each))) };
        Parts.Add(hashed, hashed);
        return hashed;
    }

    /// <summary>The same content under its own hash: itself, where that is known to be its hash.</summary>
    internal static Baseline Part(Baseline baseline) => Parts.GetValue(baseline, Hashed);

    /// <summary>A part under the hash of the whole.</summary>
    internal static Baseline Under(string whole, Baseline part)
    {
        if (part.Hash == whole) return part;
        Baseline named = part with { Hash = whole };
        Parts.Add(named, Part(part));
        return named;
    }

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
        else if (bytes[4] is < FirstVersion or > TwelfthVersion)
            problem = $"the baseline has format version {bytes[4]}; this build reads versions {FirstVersion} to {TwelfthVersion}";
        if (problem.Length > 0) return null;
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes, 5, bytes.Length - 5), CompressionMode.Decompress);
            using var json = new MemoryStream(4 * bytes.Length);
            gzip.CopyTo(json);
            return Hashed(BaselineText.Read(json.GetBuffer().AsSpan(0, (int)json.Length)));
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException or FormatException or ArgumentException)
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
            var of = new ArrayBufferWriter<byte>((baseline.Signals[i].Layout.Edges.Length + baseline.Signals[i].Counts.Length) * LongestEdge / 2 + 256);
            using (var json = new Utf8JsonWriter(of)) Write(baseline.Signals[i], json);
            signals[i] = of.WrittenSpan.ToArray();
        });
        var buffer = new ArrayBufferWriter<byte>(signals.Sum(s => s.Length) + 1024);
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
            if (derived.Length > 0) json.WriteNumber("length", derived.Length);
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
        if (layout.Kind == LayoutKind.Outcome)
        {
            WriteNested("inner", layout.Inner!);
            return;
        }

        if (layout.Kind == LayoutKind.Calibration)
        {
            WriteNested("inner", layout.Inner!);
            WriteCategories();
            return;
        }

        if (layout.Second is { } second)
        {
            WriteNested("inner", layout.Inner!);
            WriteNested("second", second);
            json.WriteBoolean("folded", layout.Folded);
            json.WriteBoolean("second_folded", layout.SecondFolded);
            return;
        }

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
            WriteNested("inner", inner);
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
        WriteCategories();

        void WriteCategories()
        {
            json.WriteStartArray("categories");
            foreach (string category in layout.Categories) json.WriteStringValue(category);
            json.WriteEndArray();
        }

        void WriteNested(string name, Layout of)
        {
            json.WriteStartObject(name);
            Write(of, json);
            json.WriteEndObject();
        }
    }

    private static byte Version(Baseline baseline) => baseline.Signals.Any(s => s.Role == SignalRole.GroupResiduals) ? TwelfthVersion
        : baseline.Signals.Any(s => s.Role == SignalRole.Calibration) ? EleventhVersion
        : baseline.Signals.Any(s => s.IsAttribution) ? TenthVersion
        : baseline.Signals.Any(s => s.Role == SignalRole.Outcome && s.LabelKind != LabelKind.Binary) ? NinthVersion
        : baseline.Signals.Any(s => s.Role == SignalRole.Pair) ? EighthVersion
        : baseline.Signals.Any(s => s.Role == SignalRole.Outcome) ? SeventhVersion
        : baseline.Signals.Any(s => s.Derived is { Length: > 0 }) ? SixthVersion
        : baseline.Calendar?.Zone is not null ? FifthVersion
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
}
