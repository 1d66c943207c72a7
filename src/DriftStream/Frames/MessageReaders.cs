using DriftStream.Batches;

namespace DriftStream.Frames;

/// <summary>The readers of one thread: one for each topic whose format needs to be told its columns, one for all topics of another format.</summary>
public sealed class MessageReaders(InputLimits limits) : IDisposable
{
    private readonly Dictionary<(MessageFormat Format, string Topic), IMessageReader> _readers = [];

    /// <summary>The topic's reader.</summary>
    public IMessageReader For(SourceTopic topic)
    {
        if (!_readers.TryGetValue(Key(topic), out IMessageReader? reader)) _readers.Add(Key(topic), reader = New(topic));
        return reader;
    }

    /// <summary>Forgets the topic's reader: the next message is read by a new one.</summary>
    public void Drop(SourceTopic topic)
    {
        if (_readers.Remove(Key(topic), out IMessageReader? reader)) (reader as IDisposable)?.Dispose();
    }

    /// <summary>Forgets all readers.</summary>
    public void Dispose()
    {
        foreach (IDisposable reader in _readers.Values.OfType<IDisposable>()) reader.Dispose();
        _readers.Clear();
    }

    private IMessageReader New(SourceTopic topic) => topic.Format switch
    {
        MessageFormat.Arrow => new ArrowMessageReader(limits),
        MessageFormat.Json => new JsonMessageReader(limits, CountedColumns.Of(topic)),
    };

    private static (MessageFormat, string) Key(SourceTopic topic) => (topic.Format, topic.Format.NeedsColumns() ? topic.Topic : "");
}
