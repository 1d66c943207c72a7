using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using DriftStream.Judging;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>What a judge needs to go on after a restart.</summary>
/// <param name="Next">The first counts offset not yet applied.</param>
/// <param name="Low">The first counts offset whose frames a rebuild must read.</param>
/// <param name="Ledger">The state of windows: chain, segments, horizons, marks.</param>
/// <param name="Episodes">The state of alerts: what spoke, what is open.</param>
/// <param name="Plan">Hash of the plan at the ledger's epoch; null where an earlier release wrote none.</param>
public sealed record CheckpointState(long Next, long Low, LedgerState Ledger, ImmutableArray<EpisodeState> Episodes, string? Plan = null)
{
    /// <summary>Panes that do not enter references; default in checkpoints of earlier releases.</summary>
    public ImmutableArray<AlarmedPanes> Alarmed { get; init; } = [];

    /// <summary>What the detectors of trends have seen; default in checkpoints of earlier releases.</summary>
    public ImmutableArray<TrendState> Trends { get; init; } = [];

    /// <summary>The volume of models so far; default in checkpoints of earlier releases.</summary>
    public ImmutableArray<VolumeState> Volumes { get; init; } = [];
}

/// <summary>The value of a record of the checkpoints topic: one version byte, then gzipped JSON.</summary>
public static class Checkpoint
{
    private const byte Version = 3;

    // The version from before versions of models were bounded, when no entry was of the rest.
    private const byte EarlyVersion = 2;

    /// <summary>The bytes of a checkpoint.</summary>
    public static byte[] Write(CheckpointState state)
    {
        using var output = new MemoryStream();
        output.WriteByte(Version);
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
            JsonSerializer.Serialize(gzip, state, CheckpointJson.Default.CheckpointState);
        return output.ToArray();
    }

    /// <summary>Null where the bytes are no checkpoint that this version reads: the judge then starts from the counts topic alone.</summary>
    public static CheckpointState? Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty || bytes.Span[0] is not (Version or EarlyVersion)) return null;
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes[1..].ToArray()), CompressionMode.Decompress);
            return JsonSerializer.Deserialize(gzip, CheckpointJson.Default.CheckpointState);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(CheckpointState))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
