using System.Collections.Immutable;
using DriftStream.Host.Observability;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

public sealed class ReadinessTests
{
    private readonly Clock _clock = new();
    private readonly Health _health;
    private readonly RoleHealth _role;
    private readonly Readiness _readiness;

    public ReadinessTests()
    {
        _health = new Health(_clock);
        _role = _health.Add("judge");
        _readiness = new Readiness(_clock, flush: 5_000_000, "checkpoint");
    }

    [Fact]
    public void MemberWithoutPartitions_IsRebalancing_UntilItsShareIsKnown()
    {
        Assert.Equal((false, Readiness.Waiting), Say(0));
        _readiness.Assigned(); // what a member that joins is given first: nothing
        (bool ready, string detail) = Say(0);
        Assert.False(ready);
        Assert.StartsWith("rebalancing", detail);
        _clock.Pass(3);
        Assert.StartsWith("rebalancing", Say(0).Detail);
        _readiness.Assigned();
        Assert.Equal((true, "judging 2 partitions"), Say(2));
        _clock.Pass(1000);
        _readiness.Wrote();
        _readiness.Revoked();
        Assert.StartsWith("rebalancing", Say(0).Detail);
        Assert.Equal((true, "judging 1 partition"), Say(1)); // the others of a member are judged meanwhile
    }

    [Fact]
    public void WhoeverIsLeftOver_IsReady()
    {
        _readiness.Assigned();
        _clock.Pass(8);
        Assert.Equal((true, "no partitions: other workers have them all"), Say(0));
    }

    [Theory]
    [InlineData(WorkerRole.All, "plan counter joiner judge desk delivery webhook")]
    [InlineData(WorkerRole.Counter, "plan counter")]
    [InlineData(WorkerRole.Judge, "plan judge")]
    [InlineData(WorkerRole.Desk, "plan desk delivery webhook")]
    public void WorkerThatDoesNotRunYet_HasAllItsRoles_AndNoneIsReady(WorkerRole role, string expected)
    {
        using var status = new WorkerStatus(TimeProvider.System);
        DriftPlan plan = Kafka.Plans.Small(new KafkaSettings("127.0.0.1:1", ImmutableSortedDictionary<string, string>.Empty));
        _ = new Host.Worker.Worker(plan, role, status, TimeProvider.System, NullLogger.Instance);
        Assert.Equal(expected.Split(' '), status.Health.States.Select(s => s.Role));
        Assert.All(status.Health.States, s => Assert.True(s is { Alive: true, Ready: false }, s.Detail));
    }

    private (bool Ready, string Detail) Say(int partitions)
    {
        _clock.Pass(1);
        _role.Tick();
        _readiness.Say(_role, partitions, "judging");
        RoleState state = Assert.Single(_health.States);
        return (state.Ready, state.Detail);
    }

    private sealed class Clock : TimeProvider
    {
        private long _seconds = 1;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds;

        public void Pass(int seconds) => _seconds += seconds;
    }
}
