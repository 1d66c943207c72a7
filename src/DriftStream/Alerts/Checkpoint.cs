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
/// <param name="Symptoms">What spoke, and what is on.</param>
/// <param name="Plan">Hash of the plan at the ledger's epoch; null where an earlier release wrote none.</param>
public sealed record CheckpointState(long Next, long Low, LedgerState Ledger, ImmutableArray<SymptomState> Symptoms, string? Plan = null)
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
    private const byte Version = 4;

    // Before 4 symptoms were alerts of the judge's own: what was on begins again once enough windows say so.
    private const byte OldestVersion = 2;

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
        if (bytes.IsEmpty || bytes.Span[0] is < OldestVersion or > Version) return null;
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes[1..].ToArray()), CompressionMode.Decompress);
            CheckpointState? state = JsonSerializer.Deserialize(gzip, CheckpointJson.Default.CheckpointState);
            return state is { Symptoms.IsDefault: true } ? state with { Symptoms = [] } : state;
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(CheckpointState))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
