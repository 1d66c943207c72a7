using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using DriftStream.Tests.Batches;

namespace DriftStream.Tests.Frames;

/// <summary>One row as it was before anyone encoded it.</summary>
internal sealed record PlainRow(string? Model, long? Time, string? Version, double? Number, string? Category);

internal sealed record RandomMessage(byte[] Payload, long Timestamp, PlainRow[] Rows);

/// <summary>Messages of one schema, written by Apache.Arrow, with the rows they were made from.</summary>
internal static class RandomMessages
{
    /// <summary>Of <see cref="RandomColumn"/>: eight integers, three floats; and the decimals.</summary>
    private const int NumberKinds = 11, Decimals = 15;

    private static readonly string?[] Models = ["a", "b", "nobody", "nobody else", null];

    public static List<RandomMessage> Make(Random random, int messages)
    {
        int number = random.Next(NumberKinds + 1), category = random.Next(11, 15);
        if (number == NumberKinds) number = Decimals;
        int order = random.Next(3);
        long now = 1_000_000;
        var made = new List<RandomMessage>();
        for (int i = 0; i < messages; i++)
        {
            made.Add(Message(random, number, category, order, now));
            now += random.Next(200);
        }

        return made;
    }

    private static RandomMessage Message(Random random, int number, int category, int order, long now)
    {
        int rows = random.Next(6) == 0 ? 0 : random.Next(1, 90);
        bool oneModel = random.Next(3) == 0;
        var plain = new (string? Model, long? Time, string? Version)[rows];
        for (int i = 0; i < rows; i++)
        {
            long behind = random.Next(20) switch { 0 => -random.Next(150), < 4 => random.Next(400), _ => random.Next(60) };
            plain[i] = (
                oneModel ? "a" : Models[random.Next(random.Next(2) == 0 ? 2 : Models.Length)],
                random.Next(25) == 0 ? null : now - behind,
                random.Next(10) == 0 ? null : $"v{random.Next(3)}");
        }

        if (order == 1) plain = [.. plain.OrderBy(p => p.Time)];
        RandomColumn numbers = RandomColumn.Of(random, number, rows), categories = RandomColumn.Of(random, category, rows);
        double? Number(int i) => numbers.Values[i] is { } text ? double.Parse(text,
            CultureInfo.InvariantCulture) / (number == Decimals ? 1000 : 1) : null;
        PlainRow[] all = [.. plain.Select((p, i) => new PlainRow(p.Model, p.Time, p.Version, Number(i), categories.Values[i]))];
        return new RandomMessage(Write(random, plain, numbers, categories), now, all);
    }

    private static byte[] Write(
        Random random, (string? Model, long? Time, string? Version)[] plain, RandomColumn numbers, RandomColumn categories)
    {
        var models = new StringArray.Builder();
        var versions = new StringArray.Builder();
        var times = new Int64Array.Builder();
        foreach ((string? model, long? time, string? version) in plain)
        {
            models.Append(model);
            versions.Append(version);
            if (time is { } at) times.Append(at);
            else times.AppendNull();
        }

        IArrowArray[] columns = [models.Build(), times.Build(), versions.Build(), numbers.Array, categories.Array];
        string[] names = ["model", "time", "version", "number", "category"];
        var schema = new Schema([.. columns.Select((c, i) => new Field(names[i], TypeOf(i, numbers, categories), true))], null);
        var options = new IpcOptions
        {
            CompressionCodec = random.Next(3) switch { 0 => CompressionCodecType.Lz4Frame, 1 => CompressionCodecType.Zstd, _ => null },
            CompressionCodecFactory = new CompressionCodecFactory(),
        };
        using var stream = new MemoryStream();
        using var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true, options);
        for (int start = 0; start <= plain.Length;)
        {
            int rows = random.Next(2) == 0 ? plain.Length - start : random.Next(plain.Length - start + 1);
            var batch = new RecordBatch(schema, columns.Select(c => ArrowArrayFactory.Slice(c, start, rows)), rows);
            writer.WriteRecordBatch(batch);
            GC.KeepAlive(batch);
            start += rows;
            if (start == plain.Length) break;
        }

        writer.WriteEnd();
        return stream.ToArray();
    }

    private static IArrowType TypeOf(int column, RandomColumn numbers, RandomColumn categories) => column switch
    {
        1 => Int64Type.Default,
        3 => numbers.Type,
        4 => categories.Type,
        _ => StringType.Default,
    };
}
