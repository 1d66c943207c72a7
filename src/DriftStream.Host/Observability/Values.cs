using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace DriftStream.Host.Observability;

/// <summary>An integer that any thread may add to or set, without allocating.</summary>
internal sealed class Value(KeyValuePair<string, object?>[] labels)
{
    private long _now;

    public long Now => Interlocked.Read(ref _now);

    public ReadOnlySpan<KeyValuePair<string, object?>> Labels => labels;

    public void Add(long more) => Interlocked.Add(ref _now, more);

    public void Set(long now) => Interlocked.Exchange(ref _now, now);
}

/// <summary>The values of one metric, by at most three labels: exactly what its instrument tells whoever asks. Thread-safe.</summary>
internal sealed class Values(string? first = null, string? second = null, string? third = null)
{
    private readonly ConcurrentDictionary<(string? First, string? Second, string? Third), Value> _all = new();

    /// <summary>The value with these labels, which exists from now on: 0 until it is changed.</summary>
    public Value With(string? firstValue = null, string? secondValue = null, string? thirdValue = null) =>
        _all.TryGetValue((firstValue, secondValue, thirdValue), out Value? value) ? value : _all.GetOrAdd((firstValue, secondValue, thirdValue), Create);

    /// <summary>Ends the series.</summary>
    public void Remove(string firstValue, string? secondValue = null) => _all.TryRemove((firstValue, secondValue, null), out _);

    public IEnumerable<Measurement<long>> Whole() => _all.Values.Select(v => new Measurement<long>(v.Now, v.Labels));

    /// <summary>The values in a unit that is <paramref name="parts"/> times the one in which they are kept.</summary>
    public IEnumerable<Measurement<double>> Parts(double parts) => _all.Values.Select(v => new Measurement<double>(v.Now / parts, v.Labels));

    private Value Create((string? First, string? Second, string? Third) labels)
    {
        (string? Name, string? Value)[] all = [(first, labels.First), (second, labels.Second), (third, labels.Third)];
        return new Value([.. all.Where(l => l.Name is not null).Select(l => new KeyValuePair<string, object?>(l.Name!, l.Value))]);
    }
}
