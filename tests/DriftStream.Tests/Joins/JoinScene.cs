using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Joins;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Tests.Joins;

/// <summary>What happens in a simulated world of late labels.</summary>
public enum JoinScene
{
    Base,

    /// <summary>Two owners of every source partition, and two joiners of every partition of joins, for ever.</summary>
    Two,

    /// <summary>Messages of counters and joiners get lost.</summary>
    Loss,

    /// <summary>Labels are corrected, mostly with the newest one counting.</summary>
    Corrected,

    /// <summary>Labels come in nightly batches; in between their partitions are idle.</summary>
    Nightly,

    /// <summary>No label ever comes.</summary>
    Never,

    /// <summary>Ids come again, and one is the same for ever.</summary>
    Duplicates,

    /// <summary>Rows come later than is allowed.</summary>
    Late,

    /// <summary>Retention passes counters that are down.</summary>
    Gap,

    /// <summary>Source topics are made again.</summary>
    Recreated,

    /// <summary>All is there before anybody begins to read.</summary>
    Replay,

    /// <summary>A partition that is counted is not reported until late.</summary>
    Unreported,

    /// <summary>Rows and labels come at the last moment at which they still count.</summary>
    Edge,

    /// <summary>Plans change inside segments.</summary>
    Epochs,

    /// <summary>Only a few ids may be remembered.</summary>
    Full,
}

/// <summary>What every world has in common. A microsecond is the unit of all times, so that few steps reach far.</summary>
internal static class JoinTerms
{
    public const int Pane = 10, Lateness = 12, Within = 40, Early = 3, Disorder = 4, FirstDelay = 15;
    public const int Flush = 2, Lease = 4, IdleAfter = 8, CloseAfterIdle = 15, WatermarkStep = 2, Night = 48;
    public const int SourceSegment = 8, JoinsSegment = 14, Few = 5;

    public static JoinSegments JoinSegments { get; } = new(JoinsSegment, Duration.FromHours(1));

    /// <summary>Score cell of rows that stand in no window that is looked at.</summary>
    public const int Unseen = 9;

    public const string Model = "m", Predictions = "predictions", Labels = "labels";

    /// <summary>Labels are also numbers, of which residuals and labels are counted; ranges alone are looked at.</summary>
    public static ImmutableArray<BaselineSignal> Numbers { get; } =
    [
        new("y", SignalRole.Outcome, ["s", "y"], Layout.Numeric([-20, -10, 0, 10, 20]), []),
        new("y", SignalRole.Label, ["s", "y"], Layout.Numeric([10, 20, 30]), []),
        new("g", SignalRole.GroupResiduals, ["s", "y", "g"], Layout.Sliced([["a"], ["b"]], Layout.Numeric([-20, -10, 0, 10, 20]), folded: false), []),
    ];

    /// <summary>A range of a signal: of residuals by group among those of the group; null of another cell.</summary>
    public static int? RangeOf(int signal, int cell)
    {
        Layout layout = Numbers[signal].Layout, ranges = layout.Inner ?? layout;
        return cell < ranges.Cells * Math.Max(1, layout.Slices.Length) && cell % ranges.Cells <= ranges.Edges.Length ? cell : null;
    }

    public static readonly ImmutableArray<Duration> Delays = [new(FirstDelay), new(Within)];

    public static JoinSettings Settings(Corrections corrections, JoinMutant mutant, JoinScene scene) => new(
        new Dictionary<string, JoinedModel>
        {
            [Model] = new(
                Model,
                mutant == JoinMutant.HorizonOverPredictionsAlone ? [Predictions] : [Predictions, Labels],
                new(Pane),
                Duration.Zero,
                new(mutant == JoinMutant.DelayNotFrozen ? 1_000_000 : Lateness),
                new(Within),
                new(Early),
                Delays,
                corrections)
            {
                Signals = Numbers,
            },
        }.ToImmutableSortedDictionary(),
        new QuietRule(new(IdleAfter), new(Lease), new(CloseAfterIdle)),
        scene == JoinScene.Full ? Few : int.MaxValue);

    public static long PaneOf(long time) => EventTime.Floor(time, Pane);
}
