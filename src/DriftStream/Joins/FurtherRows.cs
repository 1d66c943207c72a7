using DriftStream.Time;

namespace DriftStream.Joins;

/// <summary>A label of an id.</summary>
/// <param name="Time">The label's time.</param>
/// <param name="Cell">Place of its cell in <see cref="KnownCells"/>, or <see cref="None"/>.</param>
/// <param name="Number">What it is where labels are numbers.</param>
internal readonly record struct HeardLabel(EventTime Time, int Cell, double Number)
{
    public const int None = -1;

    /// <summary>In place of a label that has not come.</summary>
    public static HeardLabel Missing { get; } = new(default, None, double.NaN);
}

/// <summary>What is remembered of an id with more than one row that matters.</summary>
/// <param name="born">The horizon at which the id would have been forgotten without further rows.</param>
internal sealed class FurtherRows(EventTime born)
{
    public EventTime Born { get; } = born;

    /// <summary>The horizon at which the id is forgotten, where a further row is waited for longer than the first one.</summary>
    public EventTime End { get; set; } = born;

    /// <summary>Labels that wait beside the first one, in the order of the log.</summary>
    public List<HeardLabel> Waiting { get; } = [];

    /// <summary>The label that counts, for each delay; empty where the first label counts for good.</summary>
    public HeardLabel[] Counted { get; set; } = [];
}
