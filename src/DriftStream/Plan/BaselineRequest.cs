using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;

namespace DriftStream.Plan;

/// <summary>Where a baseline comes from.</summary>
public enum BaselineOrigin : byte
{
    /// <summary>A file that <c>baseline build</c> wrote.</summary>
    File,
    /// <summary>Reference rows, counted when the plan is read.</summary>
    Data,
}

/// <summary>What must be known to load, or build, the baseline of a model. The engine opens no file: the caller does.</summary>
/// <param name="Origin">What the file is.</param>
/// <param name="Path">Relative paths of the config are resolved against the config's folder.</param>
/// <param name="Settings">What it is built of; the id is the model's.</param>
public sealed record BaselineRequest(BaselineOrigin Origin, string Path, BaselineSettings Settings)
{
    /// <summary>For a baseline that is built of the model's own stream.</summary>
    public ModelStream Stream { get; init; } = new(ImmutableDictionary<string, ModelSelector?>.Empty, null, null);
}

/// <summary>How the rows of a model are found in its topics.</summary>
/// <param name="Selectors">By topic; null where the topic has no other model.</param>
/// <param name="Time">The event-time column, or null for the Kafka timestamp.</param>
/// <param name="IntegerTime">The unit of an integer time.</param>
public sealed record ModelStream(ImmutableDictionary<string, ModelSelector?> Selectors, string? Time, TimeUnit? IntegerTime);

/// <summary>A baseline, or one clause that says why there is none.</summary>
public sealed record BaselineLoad
{
    private BaselineLoad(Baseline? baseline, string? problem) => (Baseline, Problem) = (baseline, problem);

    public Baseline? Baseline { get; }

    public string? Problem { get; }

    /// <summary>It is not the one that the config names but stands in its place: a pinned hash says nothing about it.</summary>
    public bool StandsIn { get; private init; }

    public static BaselineLoad Of(Baseline baseline) => new(baseline, null);

    public static BaselineLoad InPlace(Baseline baseline) => new(baseline, null) { StandsIn = true };

    public static BaselineLoad Failed(string problem) => new(null, problem);
}
