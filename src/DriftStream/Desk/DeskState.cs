using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>What a desk needs to go on after a restart.</summary>
/// <param name="Next">The first offset of its log that is not applied.</param>
/// <param name="Epoch">Offset of the plan in force.</param>
/// <param name="Plan">Hash of that plan.</param>
/// <param name="Now">Up to where time has passed.</param>
/// <param name="Forgot">When what is over was last forgotten.</param>
public sealed record DeskState(long Next, long Epoch, string Plan, EventTime Now, EventTime Forgot)
{
    /// <summary>Episodes, by id.</summary>
    public ImmutableArray<DeskEpisode> Episodes { get; init; } = [];

    /// <summary>Silences, by id.</summary>
    public ImmutableArray<Silence> Silences { get; init; } = [];

    /// <summary>Absences, in the order in which they were said.</summary>
    public ImmutableArray<Absence> Absences { get; init; } = [];

    /// <summary>Ends of silences and absences that were not known when they were heard.</summary>
    public ImmutableArray<EarlyEnd> EarlyEnds { get; init; } = [];

    /// <summary>The next offset of each topic of answers.</summary>
    public ImmutableSortedDictionary<string, long> Heard { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>When each answer was heard, by id.</summary>
    public ImmutableSortedDictionary<string, EventTime> Answers { get; init; } = ImmutableSortedDictionary<string, EventTime>.Empty;

    /// <summary>The last decision about a model, by its id.</summary>
    public ImmutableSortedDictionary<string, Decision> Decisions { get; init; } = ImmutableSortedDictionary<string, Decision>.Empty;

    /// <summary>Recommendations, by id.</summary>
    public ImmutableArray<DeskAction> Actions { get; init; } = [];

    /// <summary>The versions of each model, by its id.</summary>
    public ImmutableArray<KnownVersions> Versions { get; init; } = [];

    /// <summary>The end of the last window of each model and name.</summary>
    public ImmutableArray<WindowEnd> Ends { get; init; } = [];
}

/// <summary>The end of the last window of a model's windows of one name.</summary>
public sealed record WindowEnd(string Model, string Window, EventTime End);

/// <summary>The value of a record of the desk's checkpoints: one version byte, then gzipped JSON.</summary>
public static class DeskCheckpoint
{
    // Before 2 nothing was recommended, and nobody knew which versions there have been.
    private const byte Version = 2;

    /// <summary>The bytes of a checkpoint.</summary>
    public static byte[] Write(DeskState state)
    {
        using var output = new MemoryStream();
        output.WriteByte(Version);
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
            JsonSerializer.Serialize(gzip, state, DeskJson.Default.DeskState);
        return output.ToArray();
    }

    /// <summary>Null where the bytes are no checkpoint that this version reads: the desk then folds its log again.</summary>
    public static DeskState? Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty || bytes.Span[0] != Version) return null;
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes[1..].ToArray()), CompressionMode.Decompress);
            return JsonSerializer.Deserialize(gzip, DeskJson.Default.DeskState);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            return null;
        }
    }
}
