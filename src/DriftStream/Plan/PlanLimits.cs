using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>The bounds a config is held to: what nobody means, or what would not fit the log.</summary>
internal static class PlanLimits
{
    public const long LongestDuration = 3650 * EventTime.Day;
    public const long LongestWindow = 400 * EventTime.Day;
    public const long LongestPane = EventTime.Day;
    public const long ShortestWindow = EventTime.Second;

    /// <summary>Windows of one model that are open at one instant.</summary>
    public const long Overlap = 10_000;

    /// <summary>Panes of one window: they are all kept until it closes.</summary>
    public const long PanesOfWindow = 100_000;

    /// <summary>Versions of a pane with counts of their own: a segment ends at as many panes.</summary>
    public const int Versions = 1000;

    public const int CountsPartitions = 10_000;

    /// <summary>Counting threads of one worker.</summary>
    public const int Threads = 256;

    /// <summary>Kafka's own bound on the name of a topic.</summary>
    public const int TopicName = 249;

    /// <summary>Leaves the prefix its part of a topic's name.</summary>
    public const int Id = 128;
    public const int Prefix = 100;
}
