using System.Diagnostics;
using Confluent.Kafka;

namespace DriftStream.Host.Kafka;

/// <summary>
/// What librdkafka last said about a client's connections. A call without an answer only knows that it timed out; here is the reason:
/// a wrong password, a certificate, a name that does not resolve, a port where nobody listens. Thread-safe.
/// </summary>
internal sealed class BrokerWords
{
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(5);

    private volatile Error? _last;

    /// <summary>A reason why nobody answers, or null where none was given.</summary>
    public Error? Last => _last;

    /// <summary>Whether the broker does not let us in, so that asking again will not help.</summary>
    public bool AreRefusal => _last is { } last && KafkaFailure.KindOf(last.Code) == KafkaErrorKind.Denied;

    public void Hear(Error error)
    {
        // "All brokers are down" and "timed out" follow from the reason that was given before.
        if (error.Code is ErrorCode.Local_AllBrokersDown or ErrorCode.Local_TimedOut && _last is not null) return;
        // News of a refused connection often comes after that of a refused password: the password is the reason.
        if (AreRefusal && KafkaFailure.KindOf(error.Code) != KafkaErrorKind.Denied) return;
        _last = error;
    }

    /// <summary>Asks again until there is an answer or the patience ends; gives up at once where the broker does not let us in.</summary>
    /// <param name="question">Takes the time that it may wait.</param>
    /// <exception cref="KafkaException">There was no answer.</exception>
    public T Ask<T>(TimeSpan patience, Func<TimeSpan, T> question)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            TimeSpan left = patience - Stopwatch.GetElapsedTime(began);
            try
            {
                return question(left < Slice ? left : Slice);
            }
            catch (KafkaException e) when (left > Slice && !AreRefusal && KafkaFailure.KindOf(e.Error.Code) == KafkaErrorKind.Unreachable)
            {
            }
        }
    }

    /// <summary>Says that somebody has answered.</summary>
    public void Forget() => _last = null;

    /// <summary>A failed call, with the reason last heard where the call has none of its own.</summary>
    public KafkaFailure Failure(Error error, string where) =>
        KafkaFailure.From(_last is { } last && KafkaFailure.KindOf(error.Code) == KafkaErrorKind.Unreachable ? last : error, where);
}
