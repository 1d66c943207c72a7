using System.Collections.Immutable;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>A pane in which a detector has found that the rate of errors has changed.</summary>
/// <param name="Pane">The pane.</param>
/// <param name="Row">The first row, from 1, at which it did so; errors being spread evenly, it says no more than how soon.</param>
public readonly record struct FoundChange(PaneErrors Pane, long Row);

/// <summary>What a detector says of the errors of a window that it has not seen before.</summary>
/// <param name="Changes">The panes in which it has found a change, in the order of time; it starts anew after each.</param>
/// <param name="Warned">It has warned in the last pane, and found nothing there.</param>
/// <param name="Rows">Rows that it has seen since it started.</param>
public sealed record ErrorReading(ImmutableArray<FoundChange> Changes, bool Warned, long Rows)
{
    /// <summary>How many rows it must have seen before it can say.</summary>
    public int Least { get; init; }
}

/// <summary>A detector of changes in the rate of errors, as a checkpoint keeps it.</summary>
/// <param name="Memory">What it remembers, as <see cref="IErrorDetector.Save"/> writes it.</param>
/// <param name="Rows">Rows since it started.</param>
public sealed record ErrorState(byte[] Memory, long Rows)
{
    /// <summary>Shows panes to a detector.</summary>
    /// <param name="kind">Which one.</param>
    /// <param name="state">As it was after the panes before them; null for one that starts.</param>
    /// <param name="panes">In the order of time.</param>
    public static (ErrorState State, ErrorReading Reading) Next(ErrorDetectorKind kind, ErrorState? state, IEnumerable<PaneErrors> panes)
    {
        IErrorDetector detector = ErrorDetectors.New(kind);
        if (state is not null)
        {
            using var from = new BinaryReader(new MemoryStream(state.Memory));
            detector.Load(from);
        }

        var changes = ImmutableArray.CreateBuilder<FoundChange>();
        long rows = state?.Rows ?? 0;
        bool warned = false;
        foreach (PaneErrors pane in panes)
        {
            (long place, long found) = (0, 0);
            ErrorSignal last = ErrorSignal.None;
            foreach (bool error in ErrorWatch.Spread(pane.Rows, pane.Errors))
            {
                (place, rows) = (place + 1, rows + 1);
                last = detector.Next(error);
                if (last != ErrorSignal.Drift) continue;
                rows = 0;
                if (found == 0) found = place;
            }

            if (found > 0) changes.Add(new FoundChange(pane, found));
            warned = found == 0 && last == ErrorSignal.Warning;
        }

        var memory = new MemoryStream();
        using (var to = new BinaryWriter(memory)) detector.Save(to);
        return (new ErrorState(memory.ToArray(), rows), new ErrorReading(changes.ToImmutable(), warned, rows) { Least = detector.LeastRows });
    }
}
