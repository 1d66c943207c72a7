using DriftStream.Batches;
using DriftStream.Kernels;

namespace DriftStream.Frames;

/// <summary>
/// What one counting thread needs for itself: readers, and cell counters for the models of every topic. A message goes through a
/// lane in three steps: <see cref="Open"/>, <see cref="PartitionCounter.Decide"/>, <see cref="Count"/>. Only the second follows the
/// partition's order; the others run beside those of other lanes, whose counts add up to the same.
/// </summary>
/// <remarks>
/// <see cref="Open"/> prepares a message of one batch. Of several batches, each is prepared and decided in order, and all but the last
/// are counted there as well: a producer that writes many batches a message pays with some of the parallelism.
/// </remarks>
public sealed class CountingLane : IDisposable
{
    private readonly CountingSettings _settings;
    private readonly INumberCounter _numbers;
    private readonly MessageReaders _readers;
    private readonly List<CountingFault> _faults = [];
    private readonly Dictionary<string, BatchRows> _topics = new(StringComparer.Ordinal);
    private IMessageReader? _reader;
    private BatchRows? _rows;
    private int _next;

    /// <param name="settings">What the plan says of counting.</param>
    /// <param name="limits">The bounds of a message.</param>
    /// <param name="number">From 0 to one less than the number of lanes that the partition counters were given.</param>
    /// <param name="numbers">Counts numbers; the partition counters must settle with the same one. Null: the CPU.</param>
    public CountingLane(CountingSettings settings, InputLimits limits, int number = 0, INumberCounter? numbers = null)
    {
        _settings = settings;
        _numbers = numbers ?? CpuCounter.Shared;
        _readers = new MessageReaders(limits);
        Number = number;
    }

    /// <summary>From 0: which of a partition's lanes this one is.</summary>
    public int Number { get; }

    /// <summary>The message that is open.</summary>
    internal SourceRecord Record { get; private set; }

    /// <summary>Why the open message cannot be read, or null.</summary>
    internal Reject? Refused { get; private set; }

    /// <summary>What has failed so far in the message that was opened last.</summary>
    public IReadOnlyList<CountingFault> Faults => _faults;

    /// <summary>Reads a message. Its payload must stay until it is counted.</summary>
    public void Open(string topic, in SourceRecord record)
    {
        (Record, Refused, _next, _rows) = (record, record.Refused, 0, null);
        _faults.Clear();
        if (record.Tombstone || Refused is not null) return;
        SourceTopic source = _settings.Sources[topic];
        try
        {
            Read(topic, source);
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            // A reader that failed half way is not used again.
            _readers.Drop(source);
            (Refused, _rows) = (CountingFault.Reject(e), null);
            _faults.Add(new CountingFault(record.Offset, null, "read", e));
        }
    }

    /// <summary>Counts what has been decided, and releases the message.</summary>
    public void Count()
    {
        if (_next > 0) _rows!.Count();
        (Record, _rows, _next) = (default, null, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _readers.Dispose();

    /// <summary>The next batch to be decided, or null; the one before it is counted first.</summary>
    internal BatchRows? Next()
    {
        if (_rows is null || _next == _reader!.Batches.Length) return null;
        if (_next > 0) _rows.Count();
        if (_reader.Batches.Length > 1) _rows.Prepare(_reader.Batches[_next], Record);
        _next++;
        return _rows;
    }

    private void Read(string topic, SourceTopic source)
    {
        _reader = _readers.For(source);
        Refused = _reader.Read(Record.Payload);
        if (Refused is not null) return;
        if (!_topics.TryGetValue(topic, out _rows)) _topics.Add(topic, _rows = new BatchRows(_settings, source, _numbers, Number, _faults));
        if (_reader.Batches.Length == 1) _rows.Prepare(_reader.Batches[0], Record);
    }
}
