using System.Collections.Immutable;

namespace DriftStream.Cells;

/// <summary>The signals of a model that need the label of a row: of labels that come later, they are counted once these have met their predictions.</summary>
public static class JoinedSignals
{
    /// <summary>The outcomes of a model, in whatever cells; null where it has none.</summary>
    public static BaselineSignal? OutcomeOf(ImmutableArray<BaselineSignal> signals) => signals.FirstOrDefault(s => s.Role == SignalRole.Outcome);

    /// <summary>Those of a model, in its order.</summary>
    public static ImmutableArray<BaselineSignal> Of(ImmutableArray<BaselineSignal> signals) =>
        [.. signals.Where(s => IsOfLabelsAlone(s) || (s.Role == SignalRole.Group && s.Layout.Labelled))];

    /// <summary>
    /// Those of whose groups a prediction brings its code, in the order of the codes: tables of groups, and residuals by group, of which there is no table.
    /// </summary>
    /// <param name="joined">The signals of <see cref="Of"/>.</param>
    internal static ImmutableArray<BaselineSignal> Grouped(ImmutableArray<BaselineSignal> joined) =>
        [.. joined.Where(IsGrouped)];

    /// <summary>Whether it is one of <see cref="Grouped"/>.</summary>
    internal static bool IsGrouped(BaselineSignal joined) => joined.Role is SignalRole.Group or SignalRole.GroupResiduals;

    /// <summary>
    /// Whether a signal needs the label for what it is there for. Where that comes later it is counted before only if its scores tell what to expect.
    /// </summary>
    public static bool IsOfLabelsAlone(BaselineSignal signal) =>
        signal.Role is SignalRole.Outcome or SignalRole.Label or SignalRole.Calibration or SignalRole.GroupResiduals;
}
