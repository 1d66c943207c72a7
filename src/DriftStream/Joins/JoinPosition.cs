using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using DriftStream.Frames;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Joins;

/// <summary>
/// Where a joiner goes on after a restart: from <paramref name="Low"/> to <paramref name="Next"/> it folds without writing, for the ids that it remembers.
/// </summary>
/// <param name="Next">Offset in <c>joins</c> at which the next segment begins.</param>
/// <param name="Time">The state of time there.</param>
/// <param name="Low">The greatest former start of a segment at or before the first row of the oldest remembered id.</param>
/// <param name="LowTime">The state of time there.</param>
/// <param name="Fates">By model id.</param>
/// <param name="Carried">Ids remembered for so long that they stand here whole; the replay skips their rows.</param>
/// <param name="Unknown">Rows of models that their plan does not join.</param>
/// <param name="Refusals">Where new ids were refused, as far as a replay meets it.</param>
public sealed record JoinPosition(
    SourceOffset Next,
    JoinTime Time,
    SourceOffset Low,
    JoinTime LowTime,
    ImmutableSortedDictionary<string, JoinFates> Fates,
    ImmutableArray<HeldId> Carried,
    RowCount Unknown,
    ImmutableArray<JoinRefusal> Refusals)
{
    /// <summary>What has become of labels, by model and by the topic that brought them; null in records of earlier builds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, LabelSource>>? Sources { get; init; }
}

/// <summary>All that a joiner knows of time, and how far it has taken each source partition.</summary>
/// <param name="Epoch">The newest plan that a projection has named.</param>
/// <param name="Now">The greatest stamp of any projection, or <see cref="EventTime.None"/>.</param>
/// <param name="Topics">The source topics, as they are now.</param>
/// <param name="Watermarks">How far the watermarks of each topic had come, by stamp.</param>
/// <param name="Sources">What each partition says of time.</param>
/// <param name="Points">How far each partition is taken.</param>
/// <param name="Horizons">Of each model.</param>
/// <param name="Torn">Records of <c>joins</c> are gone: what is unknown of a source partition may be because of that.</param>
public sealed record JoinTime(
    long Epoch,
    EventTime Now,
    ImmutableArray<JoinTopic> Topics,
    ImmutableArray<TopicWatermarks> Watermarks,
    ImmutableArray<JoinSource> Sources,
    ImmutableArray<JoinPoint> Points,
    ImmutableArray<JoinHorizon> Horizons,
    bool Torn);

/// <summary>How far time has come for a model.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Epoch">The newest plan that has it.</param>
/// <param name="Horizon">Event time, or <see cref="EventTime.None"/>.</param>
public sealed record JoinHorizon(string Model, long Epoch, EventTime Horizon);

/// <summary>A source topic as it is now.</summary>
/// <param name="Topic">Its name.</param>
/// <param name="Id">The broker's id of the topic of that name of which something new was said last.</param>
/// <param name="Partitions">How many partitions it is known to have.</param>
public sealed record JoinTopic(string Topic, UInt128 Id, int Partitions);

/// <summary>What a source partition says of time.</summary>
/// <param name="Source">The partition.</param>
/// <param name="Watermark">Largest event time accepted, or <see cref="EventTime.None"/>.</param>
/// <param name="Upto">The greatest offset reached.</param>
/// <param name="IdleStamp">Stamp of the last idle claim that stands, or <see cref="EventTime.None"/>.</param>
/// <param name="IdleSince">Stamp of the first idle claim since the partition last moved, or <see cref="EventTime.None"/>.</param>
public sealed record JoinSource(SourcePartition Source, EventTime Watermark, SourceOffset Upto, EventTime IdleStamp, EventTime IdleSince);

/// <summary>How far a source partition is taken.</summary>
/// <param name="Source">The partition.</param>
/// <param name="TopicId">The broker's id of its topic.</param>
/// <param name="Next">Rows of messages before this offset have been taken, or are lost.</param>
/// <param name="Part">The part to come of the message there, where it comes in several.</param>
/// <param name="Torn">Records of <c>joins</c> are gone since: once, a projection for it may begin later.</param>
/// <param name="Rows">Rows taken, predictions and labels.</param>
public sealed record JoinPoint(SourcePartition Source, UInt128 TopicId, SourceOffset Next, int Part, bool Torn, RowCount Rows);

/// <summary>An id that is remembered.</summary>
/// <param name="Id">Its name.</param>
/// <param name="State">What has become of its row.</param>
/// <param name="Time">Event time of its prediction; of its first label where none has come.</param>
/// <param name="Cell">Of that row.</param>
/// <param name="End">The horizon at which it is forgotten.</param>
/// <param name="Born">The horizon at which it would have been forgotten without later rows.</param>
/// <param name="Waiting">Further labels that wait for a prediction, in the order of the log.</param>
/// <param name="Counted">The label that counts, for each delay, where labels can be corrected.</param>
public sealed record HeldId(
    UInt128 Id, HeldState State, EventTime Time, HeldCell Cell, EventTime End, EventTime Born, ImmutableArray<HeldLabel> Waiting,
    ImmutableArray<HeldLabel?> Counted)
{
    /// <summary>What that row is, where labels are numbers; null where they are none, or nothing was predicted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Number { get; init; }
}

/// <summary>What has become of the row that an id is remembered by.</summary>
public enum HeldState : byte
{
    /// <summary>A label that waits for its prediction.</summary>
    Waiting,

    /// <summary>A label that none came for.</summary>
    Orphan,

    /// <summary>A prediction that waits for its label.</summary>
    Pending,

    /// <summary>A prediction that has met one.</summary>
    Matched,

    /// <summary>A prediction for which none came.</summary>
    Unlabelled,
}

/// <summary>A cell and the plan whose layouts it is by.</summary>
/// <param name="Prediction">Null for a label.</param>
/// <param name="Label">Null for a prediction.</param>
/// <param name="Epoch">Offset in the plan topic.</param>
public sealed record HeldCell(PredictionCell? Prediction, LabelCell? Label, long Epoch)
{
    /// <summary>Of a label the topic that brought it; null of a prediction.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Topic { get; init; }

    /// <summary>The one that it is.</summary>
    internal IProjectedCell Any => (IProjectedCell?)Prediction ?? Label!;
}

/// <summary>A label of a remembered id.</summary>
/// <param name="Time">The label's time.</param>
/// <param name="Cell">Its cell.</param>
public sealed record HeldLabel(EventTime Time, HeldCell Cell)
{
    /// <summary>What it is where labels are numbers, else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Number { get; init; }
}

/// <summary>The value of a joiner's position record: one version byte, then gzipped JSON.</summary>
public static class JoinPositionCodec
{
    private const byte Version = 2;

    /// <summary>The bytes of a position record.</summary>
    public static byte[] Write(JoinPosition position)
    {
        using var output = new MemoryStream();
        output.WriteByte(Version);
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
            JsonSerializer.Serialize(gzip, position, JoinPositionJson.Default.JoinPosition);
        return output.ToArray();
    }

    /// <summary>Null where the bytes are no position that this version reads: the joiner then starts from the beginning of <c>joins</c>.</summary>
    public static JoinPosition? Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty || bytes.Span[0] != Version) return null;
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes[1..].ToArray()), CompressionMode.Decompress);
            return JsonSerializer.Deserialize(gzip, JoinPositionJson.Default.JoinPosition);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(JoinPosition))]
[JsonSerializable(typeof(JoinSnapshotHead))]
internal sealed partial class JoinPositionJson : JsonSerializerContext;
