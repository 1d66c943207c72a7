using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace DriftStream.Host.Tests.Observability;

/// <summary>An ExportMetricsServiceRequest of OTLP: as much of it as says what arrived.</summary>
/// <remarks>Field numbers: opentelemetry-proto 1.x, metrics/v1/metrics.proto, common/v1/common.proto.</remarks>
internal static class OtlpRequest
{
    /// <summary>Attributes of what sends.</summary>
    public static Dictionary<string, string> Resource(byte[] request) =>
        Messages(request, 1).SelectMany(r => Messages(r, 1)).SelectMany(r => Attributes(r, 1)).ToDictionary(a => a.Key, a => a.Value);

    public static ShownMetrics Metrics(byte[] request)
    {
        var metrics = new List<(string, string, string)>();
        var series = new Dictionary<string, double>();
        foreach (ReadOnlyMemory<byte> metric in Messages(request, 1).SelectMany(r => Messages(r, 2)).SelectMany(s => Messages(s, 2)))
        {
            string name = Texts(metric, 1).Single();
            foreach ((int field, _, ReadOnlyMemory<byte> data) in Fields(metric).Where(f => f.Field is 5 or 7 or 9).ToList())
            {
                bool total = field == 7 && Fields(data).Any(f => f.Field == 3 && f.Number == 1); // is_monotonic
                metrics.Add((name, field switch { 9 => "histogram", 7 => total ? "counter" : "sum", _ => "gauge" }, Texts(metric, 2).Single()));
                foreach (ReadOnlyMemory<byte> point in Messages(data, 1))
                {
                    if (field == 9) AddHistogram(series, name, point);
                    else series.Add(ShownMetrics.Key(name, Attributes(point, 7)), Number(point));
                }
            }
        }

        return new ShownMetrics(metrics, series);
    }

    private static double Number(ReadOnlyMemory<byte> point) => Fields(point).Where(f => f.Field is 4 or 6)
        .Select(f => f.Field == 4 ? BitConverter.UInt64BitsToDouble(f.Number) : (long)f.Number).Single();

    private static void AddHistogram(Dictionary<string, double> series, string name, ReadOnlyMemory<byte> point)
    {
        double[] bounds = [.. Fixed(Messages(point, 7).Single()).Select(BitConverter.UInt64BitsToDouble), double.PositiveInfinity];
        double upto = 0;
        foreach ((double bound, ulong count) in bounds.Zip(Fixed(Messages(point, 6).Single())))
        {
            string le = double.IsInfinity(bound) ? "+Inf" : bound.ToString("R", CultureInfo.InvariantCulture);
            series.Add(ShownMetrics.Key(name + "_bucket", [("le", le)]), upto += count);
        }

        series.Add(name + "_sum{}", BitConverter.UInt64BitsToDouble(Fields(point).Single(f => f.Field == 5).Number));
        series.Add(name + "_count{}", Fields(point).Single(f => f.Field == 4).Number);
    }

    private static IEnumerable<ulong> Fixed(ReadOnlyMemory<byte> packed) =>
        Enumerable.Range(0, packed.Length / 8).Select(i => BinaryPrimitives.ReadUInt64LittleEndian(packed.Span[(8 * i)..]));

    private static IEnumerable<(string Key, string Value)> Attributes(ReadOnlyMemory<byte> message, int field) =>
        Messages(message, field).Select(a => (Texts(a, 1).Single(), Messages(a, 2).SelectMany(v => Texts(v, 1)).FirstOrDefault("")));

    private static IEnumerable<string> Texts(ReadOnlyMemory<byte> message, int field) =>
        Messages(message, field).Select(m => Encoding.UTF8.GetString(m.Span));

    private static IEnumerable<ReadOnlyMemory<byte>> Messages(ReadOnlyMemory<byte> message, int field) =>
        Fields(message).Where(f => f.Field == field).Select(f => f.Bytes);

    /// <summary>The fields of a protobuf message: a number for wire types 0 and 1, bytes for 2.</summary>
    private static List<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> Fields(ReadOnlyMemory<byte> message)
    {
        var fields = new List<(int, ulong, ReadOnlyMemory<byte>)>();
        for (int at = 0; at < message.Length;)
        {
            ulong tag = Varint(message.Span, ref at), number = 0;
            ReadOnlyMemory<byte> bytes = default;
            switch (tag & 7)
            {
                case 0:
                    number = Varint(message.Span, ref at);
                    break;
                case 1:
                    number = BinaryPrimitives.ReadUInt64LittleEndian(message.Span[at..]);
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(message.Span, ref at);
                    bytes = message.Slice(at, length);
                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new FormatException($"wire type {tag & 7}");
            }

            fields.Add(((int)(tag >> 3), number, bytes));
        }

        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
