using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>Where the version of a row is found: one of the three, or none for the empty version.</summary>
public sealed record VersionSource(string? Column = null, string? Value = null, string? Header = null);

/// <summary>What a counter must know of a model: where its columns are and which cells they fall into.</summary>
/// <param name="Id">The model's id.</param>
/// <param name="TimeColumn">The event-time column, or null for the Kafka timestamp.</param>
/// <param name="Version">Where a row's version is found.</param>
/// <param name="Decision">The decision column, or null.</param>
/// <param name="Label">The label column where the same message brings it, or null.</param>
/// <param name="Signals">What is counted: columns with their layouts, fairness tables included.</param>
/// <param name="PaneSize">Microseconds; the greatest common divisor of the model's window sizes and steps, at most a day.</param>
/// <param name="PaneOffset">Microseconds that pane starts are shifted by.</param>
/// <param name="AllowedLateness">Microseconds a pane stays open after its end.</param>
/// <param name="IntegerTime">The unit of an integer event-time column; null where its type says it.</param>
/// <param name="Paths">Where a column lies inside a JSON row, unless it is the field of its name.</param>
public sealed record CountedModel(
    string Id,
    string? TimeColumn,
    VersionSource Version,
    BinaryColumn? Decision,
    BinaryColumn? Label,
    ImmutableArray<BaselineSignal> Signals,
    Duration PaneSize,
    Duration PaneOffset,
    Duration AllowedLateness,
    TimeUnit? IntegerTime = null,
    ImmutableSortedDictionary<string, JsonPath>? Paths = null)
{
    /// <summary>What <see cref="Label"/> is.</summary>
    public LabelKind LabelKind { get; init; }

    /// <summary>The column that names a row, where labels that come later find it by that; null where none do.</summary>
    public string? IdColumn { get; init; }

    /// <summary>What is counted of its rows once labels that come later have met them; of labels, by what cells they are told.</summary>
    public ImmutableArray<BaselineSignal> Joined { get; init; } = [];

    /// <summary>Its rows are labels, which find their predictions by <see cref="IdColumn"/>: they are in no pane.</summary>
    public bool BringsLabels { get; init; }

    /// <summary>Whether a pane that ends there takes no more rows at this watermark: a row of it is late.</summary>
    /// <param name="end">Event time in microseconds.</param>
    /// <param name="watermark">Event time in microseconds, or <c>EventTime.None</c>: then none is sealed.</param>
    public bool IsSealed(EventTime end, EventTime watermark) => watermark != EventTime.None && end + AllowedLateness <= watermark;
}

/// <summary>How the model of a row is found on a topic: the one model that names it, or a header, or a column.</summary>
public sealed record ModelSelector(string? Header = null, string? Column = null);

/// <summary>The models of one source topic.</summary>
/// <param name="Topic">Its name.</param>
/// <param name="Format">How its messages are written.</param>
/// <param name="Selector">Null where one model alone names the topic.</param>
/// <param name="Models">The models that name the topic, in the order of their ids.</param>
public sealed record SourceTopic(string Topic, MessageFormat Format, ModelSelector? Selector, ImmutableArray<CountedModel> Models)
{
    /// <summary>Rows of it are told to the topic <c>joins</c>.</summary>
    public bool IsProjected => Models.Any(m => m.IdColumn is not null);

    /// <summary>Models that a message's rows may belong to, as far as can be told without reading it; none if its header names an unknown model.</summary>
    internal ImmutableArray<string> ModelsOf(in SourceRecord record)
    {
        string? named = Selector?.Header is { } header ? record.Header(header) : null;
        return [.. Models.Select(m => m.Id).Where(id => Selector?.Header is null || id == named)];
    }
}

/// <summary>Everything a counter's output depends on, besides the log itself.</summary>
/// <param name="Epoch">Offset in the plan topic of the first plan with these cells, panes and fates.</param>
/// <param name="Sources">The source topics, by name.</param>
/// <param name="MaxFuture">Microseconds an event time may be ahead of its record's timestamp.</param>
/// <param name="SegmentBytes">Payload bytes that end a segment.</param>
/// <param name="SegmentSpan">Microseconds of record time that end a segment.</param>
/// <param name="UnownedPane">The pane size, in microseconds, by which rows that no model claims are counted.</param>
public sealed record CountingSettings(
    long Epoch,
    ImmutableSortedDictionary<string, SourceTopic> Sources,
    Duration MaxFuture,
    long SegmentBytes,
    Duration SegmentSpan,
    Duration UnownedPane)
{
    /// <summary>How many versions of a pane have counts of their own where a plan does not say.</summary>
    public const int DefaultVersions = 100;

    /// <summary>
    /// How many versions of a pane have counts of their own in a segment: those whose rows come first. Rows of any further ones are counted
    /// together. Rows without a version are always kept apart.
    /// </summary>
    public int Versions { get; init; } = DefaultVersions;

    /// <summary>Short hash (<see cref="PlanName.Short"/>) of the plan at <see cref="Epoch"/>; 0 where it is unknown.</summary>
    public ulong EpochHash { get; init; }

    /// <summary>The deployment's secret, by which ids of rows are named outside the worker that read them.</summary>
    public RowSecret Ids { get; init; } = RowSecret.None;
}
