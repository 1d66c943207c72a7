using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using DriftStream.Time;

namespace DriftStream.Host.Demo;

/// <summary>One file of the sample and where its rows go.</summary>
internal sealed record DemoStream(
    string File, string Topic, string Model, string Time, long Rows, ImmutableSortedDictionary<string, string> Headers);

/// <summary>Another signal that a fault is known to move.</summary>
internal sealed record DemoSubject(string? Signal, string? Group);

/// <summary>A fault that was put into the sample, or a change that is really there.</summary>
internal sealed record DemoFault(
    string Id,
    string Model,
    string Owner,
    DateTime From,
    DateTime To,
    string? Signal,
    string? Group,
    ImmutableArray<string> Cells,
    string What,
    ImmutableArray<DemoSubject> Also,
    double? ValuesFrom = null)
{
    public long FromTime => EventTime.From(From.ToUniversalTime());

    public long ToTime => EventTime.From(To.ToUniversalTime());

    /// <summary>SCHL, or SEX (group).</summary>
    public string Subject => Signal ?? (Group is null ? Model : Group + " parity");
}

/// <summary>The second act: labels that come later.</summary>
/// <param name="Config">Its configuration.</param>
/// <param name="From">Its first row.</param>
/// <param name="Until">When it ends: what is known by then.</param>
/// <param name="What">What it is about.</param>
/// <param name="Streams">Predictions and labels.</param>
internal sealed record DemoLabels(string Config, DateTime From, DateTime Until, string What, ImmutableArray<DemoStream> Streams)
{
    public EventTime FromTime => EventTime.From(From.ToUniversalTime());

    public EventTime UntilTime => EventTime.From(Until.ToUniversalTime());
}

/// <summary>What the sample holds: <c>faults.json</c> beside its data.</summary>
internal sealed record DemoScript(
    ImmutableArray<DemoStream> Streams, ImmutableArray<DemoFault> Faults, ImmutableArray<DemoFault> Expected, DemoLabels Labels)
{
    /// <exception cref="InvalidDataException">The file is not what this build knows.</exception>
    public static DemoScript Read(string folder)
    {
        string path = Path.Combine(folder, "faults.json");
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), DemoJson.Default.DemoScript) ?? throw new InvalidDataException($"{path} is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DemoScript))]
[JsonSerializable(typeof(DemoTable))]
internal sealed partial class DemoJson : JsonSerializerContext;
