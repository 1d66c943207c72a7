using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>The bounds of a config: beyond them lies what nobody means, or what would not fit the log.</summary>
internal static class PlanLimits
{
    public const long LongestDuration = 3650 * EventTime.Day;
    public const long LongestWindow = 400 * EventTime.Day;
    public const long LongestPane = EventTime.Day;
    public const long ShortestWindow = EventTime.Second;

    /// <summary>How many windows of one model may be open at one instant.</summary>
    public const long Overlap = 10_000;

    /// <summary>How many false episodes somebody may ask for.</summary>
    public const long MostFalseAlarms = 1_000_000;

    /// <summary>How long the desk remembers how often something was recommended.</summary>
    public const long LongestBudget = 366 * EventTime.Day;

    /// <summary>How many panes one window may have, since all are kept until it closes.</summary>
    public const long PanesOfWindow = 100_000;

    /// <summary>How many versions of a pane may have counts of their own: a segment ends at as many panes.</summary>
    public const int Versions = 1000;

    /// <summary>How many ids joiners may remember: their places are 32 bit numbers.</summary>
    public const int Pending = 2_000_000_000;

    public const int CountsPartitions = 10_000;

    /// <summary>How many rows a cell may need before it is told by itself.</summary>
    public const int PrivacyRows = 1000;

    /// <summary>How many counting threads one worker may have.</summary>
    public const int Threads = 256;

    /// <summary>Kafka's own bound on the name of a topic.</summary>
    public const int TopicName = 249;

    /// <summary>The longest id: the prefix of a topic's name needs the rest.</summary>
    public const int Id = 128;
    public const int Prefix = 100;
}
