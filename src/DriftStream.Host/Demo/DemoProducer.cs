using System.Text;
using Confluent.Kafka;
using DriftStream.Batches;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Demo;

/// <summary>Sends the sample in the order of its event times: a week of every stream, then the next.</summary>
internal sealed class DemoProducer : IDisposable
{
    private readonly AckedProducer _producer;
    private readonly List<Source> _sources = [];
    private readonly Dictionary<string, int> _partitions, _nextPartition = [];
    private readonly int _rowsPerMessage;

    /// <param name="folder">Where the files are.</param>
    /// <param name="script">Names them.</param>
    /// <param name="kafka">The broker.</param>
    /// <param name="partitions">Of each topic.</param>
    /// <param name="logger">For what librdkafka says.</param>
    /// <param name="rowsPerMessage">At most.</param>
    /// <param name="from">Rows that are dated before are left out; null for none.</param>
    public DemoProducer(
        string folder, DemoScript script, KafkaSettings kafka, Dictionary<string, int> partitions, ILogger logger, int rowsPerMessage = 400,
        EventTime? from = null)
    {
        (_partitions, _rowsPerMessage) = (partitions, rowsPerMessage);
        _producer = new AckedProducer(kafka, logger);
        foreach (DemoStream stream in script.Streams) _sources.Add(new Source(folder, stream, from));
    }

    public long Rows => _sources.Sum(s => s.Times.Length - s.First);

    public long Sent { get; private set; }

    /// <summary>Bytes of the messages' values.</summary>
    public long Bytes { get; private set; }

    public long First => _sources.Min(s => s.Times[0]);

    public long Last => _sources.Max(s => s.Times[^1]);

    /// <summary>Sends what is dated before <paramref name="time"/> and not yet sent; returns when the broker has it.</summary>
    public KafkaFailure? SendUntil(long time)
    {
        foreach (Source source in _sources)
        {
            for (int end; source.Next < source.Times.Length && source.Times[source.Next] < time; source.Next = end)
            {
                end = source.Next;
                while (end < source.Times.Length && end < source.Next + _rowsPerMessage && source.Times[end] < time) end++;
                if (Send(source, end) is { } failure) return failure;
                Sent += end - source.Next;
            }
        }

        return _producer.Barrier();
    }

    public void Dispose() => _producer.Dispose();

    private KafkaFailure? Send(Source source, int end)
    {
        string topic = source.Stream.Topic;
        int partition = _nextPartition.GetValueOrDefault(topic) % _partitions[topic];
        _nextPartition[topic] = partition + 1;
        var headers = new Headers();
        foreach ((string name, string value) in source.Stream.Headers) headers.Add(name, Encoding.UTF8.GetBytes(value));
        byte[] message = source.Messages.Write(source.Next, end);
        Bytes += message.Length;
        return _producer.Send(new OutgoingRecord(topic, partition, null, message, Headers: headers));
    }

    private sealed class Source
    {
        public Source(string folder, DemoStream stream, EventTime? from)
        {
            Stream = stream;
            List<Batch> batches = [.. DataFile.Open(Path.Combine(folder, stream.File)).Batches];
            Messages = new ArrowMessages(batches);
            Times = new long[Messages.Rows];
            int row = 0;
            foreach (Batch batch in batches)
            {
                ColumnTimes.Read(batch.Find(stream.Time)!, 0, Times.AsSpan(row, batch.Rows));
                row += batch.Rows;
            }

            if (from is not { } first) return;
            while (First < Times.Length && Times[First] < first) First++;
            Next = First;
        }

        public DemoStream Stream { get; }

        public ArrowMessages Messages { get; }

        /// <summary>Ascending.</summary>
        public long[] Times { get; }

        /// <summary>Of those that are sent.</summary>
        public int First { get; }

        public int Next { get; set; }
    }
}
