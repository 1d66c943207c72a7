using DriftStream.Batches;

namespace DriftStream.Frames;

/// <summary>
/// The readers of one thread: one for each topic whose format must be told its columns, or that has columns of lists, and one for all other topics of a format.
/// </summary>
internal sealed class MessageReaders(InputLimits limits) : IDisposable
{
    private readonly Dictionary<(MessageFormat Format, string Topic), IMessageReader> _readers = [];

    /// <summary>The topic's reader, made at first use; it stays this object's and is not to be disposed.</summary>
    public IMessageReader For(SourceTopic topic)
    {
        if (!_readers.TryGetValue(Key(topic), out IMessageReader? reader)) _readers.Add(Key(topic), reader = New(topic));
        return reader;
    }

    /// <summary>Forgets the topic's reader, so that the next message is read by a new one.</summary>
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
        MessageFormat.Arrow => new ArrowMessageReader(limits, lists: CountedColumns.ListsOf(topic)),
        MessageFormat.Json => new JsonMessageReader(limits, CountedColumns.Of(topic)),
    };

    private static (MessageFormat, string) Key(SourceTopic topic) =>
        (topic.Format, topic.Format.NeedsColumns() || CountedColumns.ListsOf(topic).Count > 0 ? topic.Topic : "");
}
