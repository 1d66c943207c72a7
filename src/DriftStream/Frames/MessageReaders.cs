using DriftStream.Batches;

namespace DriftStream.Frames;

/// <summary>The readers of one thread: one for Arrow messages of all topics, one for each topic of JSON messages.</summary>
internal sealed class MessageReaders(InputLimits limits) : IDisposable
{
    private ArrowMessageReader _arrow = new(limits);
    private readonly Dictionary<string, JsonMessageReader> _json = new(StringComparer.Ordinal);

    /// <summary>The topic's reader, made at first use; it stays this object's and is not to be disposed.</summary>
    public IMessageReader For(SourceTopic topic)
    {
        if (topic.Format == MessageFormat.Arrow) return _arrow;
        if (!_json.TryGetValue(topic.Topic, out JsonMessageReader? reader))
            _json.Add(topic.Topic, reader = new JsonMessageReader(limits, CountedColumns.Of(topic)));
        return reader;
    }

    /// <summary>Forgets the topic's reader, so that the next message is read by a new one.</summary>
    public void Drop(SourceTopic topic)
    {
        if (topic.Format == MessageFormat.Json)
        {
            _json.Remove(topic.Topic);
            return;
        }

        _arrow.Dispose();
        _arrow = new ArrowMessageReader(limits);
    }

    /// <inheritdoc/>
    public void Dispose() => _arrow.Dispose();
}
