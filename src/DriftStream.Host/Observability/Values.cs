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

/// <summary>The values of one metric, by at most two labels: exactly what its instrument tells whoever asks. Thread-safe.</summary>
internal sealed class Values(string? first = null, string? second = null)
{
    private readonly ConcurrentDictionary<(string? First, string? Second), Value> _all = new();

    /// <summary>The value with these labels, which exists from now on: 0 until it is changed.</summary>
    public Value With(string? firstValue = null, string? secondValue = null) =>
        _all.TryGetValue((firstValue, secondValue), out Value? value) ? value : _all.GetOrAdd((firstValue, secondValue), Create);

    /// <summary>Ends the series.</summary>
    public void Remove(string firstValue, string? secondValue = null) => _all.TryRemove((firstValue, secondValue), out _);

    public IEnumerable<Measurement<long>> Whole() => _all.Values.Select(v => new Measurement<long>(v.Now, v.Labels));

    /// <summary>The values in a unit that is <paramref name="parts"/> times the one in which they are kept.</summary>
    public IEnumerable<Measurement<double>> Parts(double parts) => _all.Values.Select(v => new Measurement<double>(v.Now / parts, v.Labels));

    private Value Create((string? First, string? Second) labels)
    {
        if (first is null) return new Value([]);
        KeyValuePair<string, object?> one = new(first, labels.First);
        return new Value(second is null ? [one] : [one, new(second, labels.Second)]);
    }
}
