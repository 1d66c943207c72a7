namespace DriftStream.Windows;

/// <summary>Why rows of a window may be missing.</summary>
public enum IncompleteCause : byte
{
    /// <summary>A build marked it that did not say why.</summary>
    Unknown,

    /// <summary>What was counted of a source partition does not follow what was counted before: there are records that nobody counted.</summary>
    Uncounted,

    /// <summary>Predictions were refused, or did not come to their labels.</summary>
    Refused,

    /// <summary>Counters ran under two plans that take rows otherwise, or the plan had other windows before.</summary>
    OtherPlan,

    /// <summary>Windows before it could not be closed.</summary>
    Failed,

    /// <summary>The plan did not have the model while some of its rows came.</summary>
    NotInPlan,
}

/// <summary>The same for people.</summary>
internal static class Incomplete
{
    /// <summary>A pane of a former plan reaches beyond the window.</summary>
    public const string CutPane = "panes of the plan before reach beyond the window, and their rows cannot be divided";

    /// <summary>A counter did not know that the version has counts of its own.</summary>
    public const string Torn = "some of its rows may be among those of other versions (limits.versions)";

    /// <summary>The window is no more.</summary>
    public const string CutShort = "a newer plan ended it early";

    /// <param name="why">The cause.</param>
    /// <param name="topic">The source topic that it is about; null where it is about the model.</param>
    public static string Text(IncompleteCause why, string? topic) => why switch
    {
        IncompleteCause.Unknown => "an earlier build marked it so",
        IncompleteCause.Uncounted =>
            $"records of {topic} were not counted: they were deleted before, or the topic was made again",
        IncompleteCause.Refused => $"predictions were refused or lost before their labels came (driftstream labels)",
        IncompleteCause.OtherPlan => "the plan changed while its rows were counted, as it does when a baseline is learned, and not all were counted under one",
        IncompleteCause.Failed => "windows before it could not be closed",
        IncompleteCause.NotInPlan => "the plan did not have the model when some of its rows came",
    };
}
