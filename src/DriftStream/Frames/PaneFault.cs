using DriftStream.Cells;

namespace DriftStream.Frames;

/// <summary>
/// What stands in an entry in place of counts that cannot be trusted, since only half of some rows may have been added. It goes wherever counts go,
/// through frames and panes into windows, and a window that holds one is not judged.
/// </summary>
public static class PaneFault
{
    // No signal has such a name: no name in a configuration can begin with this character.
    private const string Mark = "\0fault: ";

    /// <summary>The reason in the form of counts without a cell.</summary>
    public static SignalCounts Of(string reason) => new(Mark + reason, 0, []);

    /// <summary>The reason, or null where these are real counts.</summary>
    public static string? In(SignalCounts counts) =>
        counts.Signal is { } signal && signal.StartsWith(Mark, StringComparison.Ordinal) ? signal[Mark.Length..] : null;

    /// <summary>An entry with its rows, and the reason why it has no counts.</summary>
    public static Entry In(Entry entry, string reason) => entry with { Signals = [Of(reason)] };
}
