using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace DriftStream.Host.Observability;

/// <summary>How one role stands.</summary>
/// <param name="Role">Counter, judge or delivery.</param>
/// <param name="Alive">Its loop ticked recently. This never depends on Kafka: an outage of the broker must not restart the fleet.</param>
/// <param name="Ready">It is alive, has everything that it needs, and has worked recently.</param>
/// <param name="Detail">What it is doing or waiting for.</param>
public sealed record RoleState(string Role, bool Alive, bool Ready, string Detail);

/// <summary>One role's report about itself. Thread-safe; a tick costs next to nothing.</summary>
public sealed class RoleHealth
{
    private readonly TimeProvider _time;
    private long _ticked;
    private volatile Answer _answer;
    private volatile string? _lack;

    internal RoleHealth(string role, TimeProvider time)
    {
        (Role, _time, _ticked) = (role, time, time.GetTimestamp());
        _answer = new(false, "starting", _ticked, null);
    }

    public string Role { get; }

    /// <summary>The loop went round once more.</summary>
    public void Tick() => Interlocked.Exchange(ref _ticked, _time.GetTimestamp());

    /// <summary>The role does its work. A counter without a partition is ready too.</summary>
    /// <param name="detail">What it is doing.</param>
    /// <param name="lasts">How long this holds: it must be said again before, or the role is no longer ready. Null: until something else is said.</param>
    public void Ready(string detail, TimeSpan? lasts = null) => _answer = new(true, detail, _time.GetTimestamp(), lasts);

    /// <summary>Something is missing; the detail says what.</summary>
    public void NotReady(string detail) => _answer = new(false, detail, _time.GetTimestamp(), null);

    /// <summary>What the broker lacks of all that the role needs, whatever the role says of itself; null for nothing.</summary>
    public void Lacks(string? what) => _lack = what;

    internal RoleState Now(TimeSpan stall)
    {
        var quiet = _time.GetElapsedTime(Interlocked.Read(ref _ticked));
        var (answer, lack) = (_answer, _lack);
        var since = _time.GetElapsedTime(answer.Said);
        string? why = quiet > stall ? $"no tick for {quiet.TotalSeconds:0} s ({lack ?? answer.Detail})"
            : lack ?? (since > answer.Lasts ? $"nothing written for {since.TotalSeconds:0} s (before: {answer.Detail})" : null);
        return new(Role, quiet <= stall, why is null && answer.Ready, why ?? answer.Detail);
    }

    private sealed record Answer(bool Ready, string Detail, long Said, TimeSpan? Lasts);
}

/// <summary>All roles of this process, and what else there is to say about it.</summary>
/// <param name="time">The clock; the system's outside tests.</param>
/// <param name="stall">
/// A loop without a tick for this long counts as dead; 180 s by default. In an outage calls to Kafka hold up a healthy loop: each for half a
/// minute, and several may follow each other (an alert goes to its owner, to the undeliverable topic, to the root owner).
/// </param>
public sealed class Health(TimeProvider time, TimeSpan? stall = null)
{
    private readonly TimeSpan _stall = stall ?? TimeSpan.FromSeconds(180);
    private readonly ConcurrentDictionary<string, ImmutableArray<string>> _details = new(StringComparer.Ordinal);
    private ImmutableList<RoleHealth> _roles = [];

    /// <summary>Adds a role, which reports from now on.</summary>
    public RoleHealth Add(string role)
    {
        var added = new RoleHealth(role, time);
        ImmutableInterlocked.Update(ref _roles, roles => roles.Add(added));
        return added;
    }

    /// <summary>How all roles stand now.</summary>
    public ImmutableArray<RoleState> States => [.. _roles.Select(r => r.Now(_stall))];

    /// <summary>What is shown beside the roles and makes none of them unready, by name.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<string>> Details => _details;

    /// <summary>Shows lines under a name, such as the findings of a configuration that was refused while the former one goes on.</summary>
    /// <param name="name">What they are about.</param>
    /// <param name="lines">Replace those shown before; without any the name goes away.</param>
    public void Tell(string name, ImmutableArray<string> lines)
    {
        if (lines.IsEmpty) _details.TryRemove(name, out _);
        else _details[name] = lines;
    }
}
