using DriftStream.Host.Kafka;
using Xunit;

namespace DriftStream.Host.Tests.Kafka;

public sealed class LineLimitTests
{
    private readonly List<string> _lines = [];
    private readonly Clock _clock = new();
    private readonly LineLimit _limit;

    public LineLimitTests() => _limit = new LineLimit(_clock, TimeSpan.FromSeconds(30));

    [Fact]
    public void Say_TheFirstOfAKind_ComesAtOnce_TheOthersAreSummedUp_WithTheLast()
    {
        foreach (string text in (string[])["a1", "a2", "b1", "a3"]) Say(text);
        Assert.Equal(["a1", "b1"], _lines);
        _clock.Ring();
        Assert.Equal(["a1", "b1", "2 more, the last a3"], _lines);
    }

    [Fact]
    public void Say_AnOutageThatGoesOn_IsOneLineAWhile_AndAfterAQuietOneTheNextComesAtOnce()
    {
        Say("a1");
        Say("a2");
        _clock.Ring();
        Say("a3");
        Say("a4");
        _clock.Ring();
        Assert.Equal(["a1", "1 more, the last a2", "2 more, the last a4"], _lines);
        _clock.Ring(); // nothing was held back
        Assert.Equal(0, _clock.Timers);
        Say("a5");
        Assert.Equal("a5", _lines[^1]);
    }

    private void Say(string text) => _limit.Say(text[..1], () => _lines.Add(text), more => _lines.Add($"{more} more, the last {text}"));

    /// <summary>Its timers go off when it is told to.</summary>
    private sealed class Clock : TimeProvider
    {
        private readonly List<Timer> _timers = [];

        public int Timers => _timers.Count;

        public void Ring() => _timers.ToList().ForEach(t => t.Ring());

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30)), (dueTime, period));
            var timer = new Timer(this, () => callback(state));
            _timers.Add(timer);
            return timer;
        }

        private sealed class Timer(Clock clock, Action ring) : ITimer
        {
            public void Ring() => ring();

            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose() => clock._timers.Remove(this);

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
