using System.Collections.Immutable;

namespace DriftStream.Host.Web;

/// <summary>How one role stands.</summary>
/// <param name="Role">Counter, judge or delivery.</param>
/// <param name="Alive">Its loop ticked lately. Never about Kafka: an outage of the broker must not restart the fleet.</param>
/// <param name="Ready">Alive, and everything it needs to work is there.</param>
/// <param name="Detail">What it is doing or waiting for.</param>
public sealed record RoleState(string Role, bool Alive, bool Ready, string Detail);

/// <summary>One role's report about itself. Thread-safe; a tick costs nothing worth saving.</summary>
public sealed class RoleHealth
{
    private readonly TimeProvider _time;
    private long _ticked;
    private volatile Answer _answer = new(false, "starting");

    internal RoleHealth(string role, TimeProvider time)
    {
        (Role, _time, _ticked) = (role, time, time.GetTimestamp());
    }

    public string Role { get; }

    /// <summary>The loop went round once more.</summary>
    public void Tick() => Interlocked.Exchange(ref _ticked, _time.GetTimestamp());

    /// <summary>Everything needed is there. A counter without a partition is ready too.</summary>
    public void Ready(string detail) => _answer = new(true, detail);

    /// <summary>Something is missing; the detail says what.</summary>
    public void NotReady(string detail) => _answer = new(false, detail);

    internal RoleState Now(TimeSpan stall)
    {
        var quiet = _time.GetElapsedTime(Interlocked.Read(ref _ticked));
        bool alive = quiet <= stall;
        var answer = _answer;
        return new(Role, alive, alive && answer.Ready, alive ? answer.Detail : $"no tick for {quiet.TotalSeconds:0} s ({answer.Detail})");
    }

    private sealed record Answer(bool Ready, string Detail);
}

/// <summary>All roles of this process.</summary>
/// <param name="time">The clock; the system's outside tests.</param>
/// <param name="stall">A loop without a tick for so long counts as dead; 60 s unless told.</param>
public sealed class Health(TimeProvider time, TimeSpan? stall = null)
{
    private readonly TimeSpan _stall = stall ?? TimeSpan.FromSeconds(60);
    private ImmutableList<RoleHealth> _roles = [];

    /// <summary>A role that reports from now on.</summary>
    public RoleHealth Add(string role)
    {
        var added = new RoleHealth(role, time);
        ImmutableInterlocked.Update(ref _roles, roles => roles.Add(added));
        return added;
    }

    /// <summary>How all roles stand now.</summary>
    public ImmutableArray<RoleState> States => [.. _roles.Select(r => r.Now(_stall))];
}
