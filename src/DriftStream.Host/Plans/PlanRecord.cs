using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Host.Plans;

/// <summary>A record of the plan topic: one plan, who brought it, and when.</summary>
/// <param name="Hash">The hash of the plan's canonical text.</param>
/// <param name="By">User and host, or what the starter says.</param>
/// <param name="At">By the starter's clock: for people only, nothing depends on it.</param>
/// <param name="Plan">The canonical text.</param>
/// <param name="Segment">Bytes of payload that end a segment; those of the first plan hold for all. Null in records that do not say.</param>
public sealed record PlanRecord(string Hash, string By, EventTime At, string Plan, long? Segment = null)
{
    // A topic takes records of 4 MiB, and a plan of 10,000 models is 27 MiB of text that repeats itself.
    private const int LongestPlain = 1 << 20, LongestPacked = 256 << 20;

    /// <summary>The plan, or null where the text is not a plan of this version.</summary>
    public PlanDocument? Document => PlanDocument.Read(Plan);

    public static PlanRecord Of(DriftPlan plan, string by, EventTime at)
    {
        PlanDocument document = PlanDocument.Of(plan);
        return new PlanRecord(document.Hash, by, at, document.Text, plan.Counting.SegmentBytes);
    }

    /// <summary>The value of the record: JSON, gzipped where it is longer than 1 MiB.</summary>
    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("hash", Hash);
            json.WriteString("by", By);
            json.WriteString("at", EventTime.Format(At));
            if (Segment is { } segment) json.WriteNumber("segment", segment);
            json.WritePropertyName("plan");
            json.WriteRawValue(Plan);
            json.WriteEndObject();
        }

        if (buffer.WrittenCount <= LongestPlain) return buffer.WrittenSpan.ToArray();
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(buffer.WrittenSpan);
        return packed.ToArray();
    }

    /// <summary>Null where the value is not such a record.</summary>
    public static PlanRecord? Read(byte[]? value)
    {
        if (value is null) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(value is [0x1f, 0x8b, ..] ? Unpacked(value) : value);
            JsonElement root = json.RootElement;
            string written = root.GetProperty("at").GetString()!;
            EventTime at = EventTime.From(DateTimeOffset.Parse(written, CultureInfo.InvariantCulture).UtcDateTime);
            long? segment = root.TryGetProperty("segment", out JsonElement bytes) ? bytes.GetInt64() : null;
            string plan = root.GetProperty("plan").GetRawText();
            return new PlanRecord(root.GetProperty("hash").GetString()!, root.GetProperty("by").GetString()!, at, plan, segment);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException or KeyNotFoundException or FormatException
            or ArgumentNullException)
        {
            return null;
        }
    }

    private static byte[] Unpacked(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var text = new MemoryStream();
        var block = new byte[1 << 16];
        for (int read = gzip.Read(block); read > 0; read = gzip.Read(block))
        {
            if (text.Length + read > LongestPacked) throw new InvalidDataException("it holds more than any plan");
            text.Write(block, 0, read);
        }

        return text.ToArray();
    }

    /// <summary>One line of <c>plans --json</c>.</summary>
    /// <param name="epoch">Its offset.</param>
    public string Line(long epoch)
    {
        ImmutableArray<ModelDocument> models = Document?.Models ?? [];
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("epoch", epoch);
            json.WriteString("hash", Hash);
            json.WriteString("by", By);
            json.WriteString("at", EventTime.Format(At));
            json.WriteNumber("models", models.Length);
            json.WriteStartArray("baselines");
            foreach (ModelDocument model in models)
            {
                json.WriteStartObject();
                json.WriteString("model", model.Id);
                json.WriteString("hash", model.Baseline?.Hash);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
