using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Where a baseline comes from.</summary>
public enum BaselineOrigin : byte
{
    /// <summary>A file that <c>baseline build</c> wrote.</summary>
    File,
    /// <summary>Reference rows, counted when the plan is read.</summary>
    Data,
    /// <summary>The first rows of the model's own topics, learned by the worker once they are there.</summary>
    Stream,
}

/// <summary>What must be known to load, or build, the baseline of a model. The engine opens no file: the caller does.</summary>
/// <param name="Origin">What the file is.</param>
/// <param name="Path">The file; relative paths of the config are resolved against the config's folder. Empty where there is none.</param>
/// <param name="Settings">What it is built of; its id is the model's.</param>
public sealed record BaselineRequest(BaselineOrigin Origin, string Path, BaselineSettings Settings)
{
    /// <summary>The baseline in whose cells the rows are counted; null where they get cells of their own.</summary>
    public Baseline? Like { get; init; }

    /// <summary>For a baseline that is built of the model's own stream.</summary>
    public ModelStream Stream { get; init; } = new(ImmutableDictionary<string, ModelSelector?>.Empty, null, null);

    /// <summary>Of a baseline that is learned: how much of the first rows it is learned from. Null of all others.</summary>
    public Duration? Learn { get; init; }
}

/// <summary>How the rows of a model are found in its topics.</summary>
/// <param name="Selectors">By topic; null where the topic has no other model.</param>
/// <param name="Time">The event-time column, or null for the Kafka timestamp.</param>
/// <param name="IntegerTime">The unit of an integer event-time column; null where its type says it.</param>
public sealed record ModelStream(ImmutableDictionary<string, ModelSelector?> Selectors, string? Time, TimeUnit? IntegerTime);

/// <summary>A baseline, or one clause that says why there is none.</summary>
public sealed record BaselineLoad
{
    private BaselineLoad(Baseline? baseline, string? problem) => (Baseline, Problem) = (baseline, problem);

    /// <summary>Null where there is a <see cref="Problem"/>, and <see cref="Later"/>.</summary>
    public Baseline? Baseline { get; }

    /// <summary>Why there is no baseline, in one clause without a full stop; null where there is one, and <see cref="Later"/>.</summary>
    public string? Problem { get; }

    /// <summary>The baseline replaces the one that the config names, so a pinned hash does not apply to it.</summary>
    public bool StandsIn { get; private init; }

    /// <summary>The baseline that the config names.</summary>
    public static BaselineLoad Of(Baseline baseline) => new(baseline, null);

    /// <summary>A baseline that replaces the one that the config names.</summary>
    public static BaselineLoad InPlace(Baseline baseline) => new(baseline, null) { StandsIn = true };

    /// <summary>No baseline yet: the worker learns it, as the request says.</summary>
    public static BaselineLoad Later { get; } = new(null, null);

    /// <summary>No baseline, and why: one clause without a full stop.</summary>
    public static BaselineLoad Failed(string problem) => new(null, problem);
}
