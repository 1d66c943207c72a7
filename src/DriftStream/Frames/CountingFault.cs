using DriftStream.Batches;

namespace DriftStream.Frames;

/// <summary>
/// An exception on the way from a message to counts. It ends where it came up: in the rows of one model of one message, which are rejected, or, once
/// they are decided, in the panes that they were being added to (<see cref="PaneFault"/>). The rest is counted as if it had not happened.
/// </summary>
/// <param name="Offset">Of the message; of the end of what is counted where a pane failed on its way out.</param>
/// <param name="Model">Whose rows they were, or null where that was not known yet.</param>
/// <param name="Step">What failed: read, bind, decide, count, sum or encode.</param>
/// <param name="Why">For the log, with its stack trace.</param>
public sealed record CountingFault(long Offset, string? Model, string Step, Exception Why)
{
    private const int LongestMessage = 300;

    /// <summary>Memory that has run out is no fault of a model: it ends the stage.</summary>
    public static bool IsOne(Exception thrown) => thrown is not OutOfMemoryException;

    /// <summary>For people who know neither the program nor the place.</summary>
    public static string Describe(Exception thrown)
    {
        string message = thrown.Message.Length > LongestMessage ? thrown.Message[..LongestMessage] + "..." : thrown.Message;
        return $"internal error: {thrown.GetType().Name}: {message}";
    }

    internal static Reject Reject(Exception thrown) => new(RejectReason.InternalError, Describe(thrown));
}
