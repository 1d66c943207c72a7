namespace DriftStream.Host.Webhooks;

/// <summary>When to try again: after 1 s, doubling to 5 minutes, each a little more or less, so that many do not come back at one moment.</summary>
public static class RetryPace
{
    /// <summary>How long something that fails is tried.</summary>
    public static readonly TimeSpan GiveUp = TimeSpan.FromHours(24);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromMinutes(5);

    /// <param name="failures">How often it has failed, from 1.</param>
    /// <param name="asked">How long the other side asks to be left alone: never less, but a day at most.</param>
    /// <param name="random">In [0, 1).</param>
    public static TimeSpan After(int failures, TimeSpan? asked, double random)
    {
        double seconds = Math.Min(First.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 30)), Longest.TotalSeconds);
        var own = TimeSpan.FromSeconds(seconds * (0.75 + (0.5 * random)));
        if (asked is not { } least) return own;
        return least > GiveUp ? GiveUp : least > own ? least : own;
    }
}
