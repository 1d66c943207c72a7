using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace DriftStream.Tests.Laws;

/// <summary>A row that can be recognised wherever it is counted: its number is a category of its own.</summary>
internal sealed record SimulatedRow(int Partition, string Model, long Time, long Timestamp, bool NoTime, bool Flag);

internal sealed record SimulatedRecord(long Offset, long Timestamp, int Bytes, byte[] Payload);

/// <summary>One partition of the simulated source topic. Offsets have holes, as transaction markers leave them.</summary>
internal sealed class SimulatedLog
{
    private static readonly Schema Columns = new(
        [
            new Field("model", StringType.Default, false), new Field("time", Int64Type.Default, true),
            new Field("row", StringType.Default, false), new Field("flag", BooleanType.Default, true),
            new Field("version", StringType.Default, true),
        ],
        null);

    public List<SimulatedRecord> Records { get; } = [];

    /// <summary>The first offset that retention has left.</summary>
    public long Start { get; private set; }

    public long End { get; private set; }

    public bool Quiet { get; set; }

    /// <summary>How far event times are behind: a slow producer.</summary>
    public long Lag { get; set; }

    /// <summary>Of a row by its number: one of five, or none.</summary>
    public static string VersionOf(int row) => row % 11 == 0 ? "" : $"w{row * 7 % 5}";

    public void Skip(long offsets) => End += offsets;

    public void Append(long timestamp, int bytes, int first, IReadOnlyList<SimulatedRow> rows) =>
        Records.Add(new SimulatedRecord(End++, timestamp, bytes, Payload(first, rows)));

    public void Retain(long start)
    {
        Start = Math.Max(Start, start);
        Records.RemoveAll(r => r.Offset < Start);
    }

    public SimulatedRecord? At(long offset) => Records.Find(r => r.Offset >= offset);

    private static byte[] Payload(int first, IReadOnlyList<SimulatedRow> rows)
    {
        var model = new StringArray.Builder();
        var time = new Int64Array.Builder();
        var row = new StringArray.Builder();
        var flag = new BooleanArray.Builder();
        var version = new StringArray.Builder();
        for (int i = 0; i < rows.Count; i++)
        {
            model.Append(rows[i].Model);
            if (rows[i].NoTime) time.AppendNull();
            else time.Append(rows[i].Time);
            row.Append($"{first + i}");
            version.Append(VersionOf(first + i) is { Length: > 0 } name ? name : null);
            if (rows[i].Flag) flag.Append(true);
            else flag.AppendNull();
        }

        using var stream = new MemoryStream();
        using var batch = new RecordBatch(Columns, [model.Build(), time.Build(), row.Build(), flag.Build(), version.Build()], rows.Count);
        using (var writer = new ArrowStreamWriter(stream, Columns, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return stream.ToArray();
    }
}
