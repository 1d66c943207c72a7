using DriftStream.Batches;

namespace DriftStream.Frames;

/// <summary>
/// An exception between a message and its counts. It is contained where it arises: the rows of one model of one message are rejected or, once
/// they are decided, the panes that they were being added to are given up (<see cref="PaneFault"/>). The rest is counted as if it had not happened.
/// </summary>
/// <param name="Offset">The message's offset; where a pane failed while it was written, the end of what is counted.</param>
/// <param name="Model">Whose rows they were, or null where that was not known yet.</param>
/// <param name="Step">What failed: read, bind, decide, count, sum or encode.</param>
/// <param name="Why">The exception, for the log, with its stack trace.</param>
public sealed record CountingFault(SourceOffset Offset, string? Model, string Step, Exception Why)
{
    private const int LongestMessage = 300;

    /// <summary>Memory that has run out is no fault of a model: it ends the process.</summary>
    public static bool IsOne(Exception thrown) => thrown is not OutOfMemoryException;

    /// <summary>The exception in words for people who do not know the program.</summary>
    public static string Describe(Exception thrown)
    {
        string message = thrown.Message.Length > LongestMessage ? thrown.Message[..LongestMessage] + "..." : thrown.Message;
        return $"internal error: {thrown.GetType().Name}: {message}";
    }

    internal static Reject Reject(Exception thrown) => new(RejectReason.InternalError, Describe(thrown));
}
