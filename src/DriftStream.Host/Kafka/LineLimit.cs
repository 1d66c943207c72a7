namespace DriftStream.Host.Kafka;

/// <summary>
/// Lets the first line of a kind through at once, holds back those that follow for a while, and then says how many there were: an outage is
/// told in a few lines, not in thousands. Thread-safe.
/// </summary>
/// <remarks>The kinds are librdkafka's facilities and codes, some hundred at most. What is held back when the process ends is not told.</remarks>
/// <param name="time">The clock; the system's outside tests.</param>
/// <param name="hold">The time from a line to the sum of those that followed.</param>
internal sealed class LineLimit(TimeProvider time, TimeSpan hold)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Held> _kinds = new(StringComparer.Ordinal);

    /// <param name="kind">Lines of one kind say nearly the same.</param>
    /// <param name="say">Writes the line.</param>
    /// <param name="sum">Writes, given a number, that there were as many more lines of this kind, of which this one was the last.</param>
    public void Say(string kind, Action say, Action<int> sum)
    {
        lock (_gate)
        {
            if (_kinds.TryGetValue(kind, out Held? held))
            {
                (held.Lines, held.Sum) = (held.Lines + 1, sum);
                return;
            }

            _kinds[kind] = held = new Held();
            held.Timer = time.CreateTimer(_ => End(kind, held), null, hold, hold);
        }

        say();
    }

    private void End(string kind, Held held)
    {
        Action<int> sum;
        int lines;
        lock (_gate)
        {
            (lines, sum, held.Lines) = (held.Lines, held.Sum!, 0);
            if (lines == 0)
            {
                _kinds.Remove(kind);
                held.Timer!.Dispose();
                return;
            }
        }

        sum(lines);
    }

    private sealed class Held
    {
        public int Lines { get; set; }

        public Action<int>? Sum { get; set; }

        public ITimer? Timer { get; set; }
    }
}
