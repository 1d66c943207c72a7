using DriftStream.Host.Kafka;

namespace DriftStream.Host.Worker;

/// <summary>
/// The alerts of one owner, in their order: some in flight, the others waiting. After a failure its topic is left alone for a while, and what comes
/// meanwhile is not tried; then one alert is, and the others wait for what becomes of it.
/// </summary>
/// <remarks>Of one thread.</remarks>
internal sealed class OwnerLane(string topic, TimeProvider time)
{
    /// <summary>How many alerts of one owner may be in flight at once.</summary>
    public const int MaxInFlight = 500;

    /// <summary>How long a topic that failed is left alone.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly Queue<Delivery> _waiting = [];
    private int _inFlight;
    private KafkaFailure? _failure;
    private long _failedAt;

    public string Topic => topic;

    public void Add(Delivery delivery) => _waiting.Enqueue(delivery);

    /// <summary>The next alert that something can be done about.</summary>
    /// <param name="instead">Why it is not to be sent: its topic failed a short while ago. Null: send it, and say how that <see cref="Ended"/>.</param>
    /// <returns>False while the next one has to wait, or where there is none.</returns>
    public bool TryNext(out Delivery next, out KafkaFailure? instead)
    {
        instead = null;
        // One alert at a time after a failure, so that what is given back keeps its order too.
        if (!_waiting.TryPeek(out next!) || _inFlight >= (_failure is null ? MaxInFlight : 1)) return false;
        _waiting.Dequeue();
        if (_failure is not null && time.GetElapsedTime(_failedAt) < Rest) instead = _failure;
        else _inFlight++;
        return true;
    }

    /// <summary>What became of an alert that was sent. One that is too large says nothing about the next.</summary>
    public void Ended(KafkaFailure? failure)
    {
        _inFlight--;
        if (failure is null) _failure = null;
        else if (failure.Kind != KafkaErrorKind.TooLarge) (_failure, _failedAt) = (failure, time.GetTimestamp());
    }
}
