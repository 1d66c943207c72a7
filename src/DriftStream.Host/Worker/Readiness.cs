using DriftStream.Host.Observability;

namespace DriftStream.Host.Worker;

/// <summary>
/// Whether a stage does its work: the group has given it its partitions, and what it writes every <c>engine.flush</c> was acknowledged recently.
/// Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="flush"><c>engine.flush</c> in microseconds.</param>
/// <param name="what">What it writes: flush or checkpoint.</param>
internal sealed class Readiness(TimeProvider time, long flush, string what)
{
    /// <summary>What a role without an assignment says of itself.</summary>
    public const string Waiting = "waiting for the group to assign partitions";

    /// <summary>What a role says whose share is not yet known.</summary>
    private const string Rebalancing = "rebalancing: the group has not given out all partitions yet";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    // A member that joins is given nothing at first. It gets its share once those who have it have let go of it: at the next heartbeat, 3 s apart.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(7);

    // A rebalance or a slow broker may delay two flushes before anybody should look.
    private readonly TimeSpan _recent = TimeSpan.FromMicroseconds(2 * flush) + TimeSpan.FromSeconds(10);

    private long _written, _said, _given;
    private volatile bool _assigned;

    /// <summary>The group has given the stage partitions, or said that there are none for it.</summary>
    public void Assigned()
    {
        Wrote();
        Volatile.Write(ref _given, time.GetTimestamp());
        _assigned = true;
    }

    /// <summary>The group has taken some partitions back, to give them to another member.</summary>
    public void Revoked() => Volatile.Write(ref _given, time.GetTimestamp());

    /// <summary>The group has taken all partitions, without asking.</summary>
    public void Lost() => _assigned = false;

    /// <summary>A flush or checkpoint was acknowledged.</summary>
    public void Wrote() => Volatile.Write(ref _written, time.GetTimestamp());

    /// <summary>Tells the role's health where the stage stands, unless it has just done so: called for every message.</summary>
    public void Say(RoleHealth health, int partitions, string doing)
    {
        long now = time.GetTimestamp();
        if (_said != 0 && time.GetElapsedTime(_said, now) < Pace) return;
        _said = now;
        TimeSpan since = time.GetElapsedTime(Volatile.Read(ref _written), now);
        string work = $"{doing} {partitions} {(partitions == 1 ? "partition" : "partitions")}";
        if (!_assigned) health.NotReady(Waiting);
        else if (partitions == 0 && time.GetElapsedTime(Volatile.Read(ref _given), now) < Settled) health.NotReady(Rebalancing);
        else if (partitions == 0) health.Ready("no partitions: other workers have them all", _recent);
        else if (since <= _recent) health.Ready(work, _recent);
        else health.NotReady($"{work}, but no {what} was acknowledged for {since.TotalSeconds:0} s");
    }
}
