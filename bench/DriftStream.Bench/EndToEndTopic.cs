using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace DriftStream.Bench;

/// <summary>A topic of messages of one size, each one record batch of float32 columns and an event time.</summary>
/// <remarks>
/// Values are normal, rounded to 1/256, so that lz4 has something to do. A few messages are made and sent again and again; all
/// times lie in one day, a second apart.
/// </remarks>
internal sealed class EndToEndTopic(string bootstrap, int columns, int messageBytes, string codec, bool constant = false)
{
    public const int Partitions = 4;

    private const int Distinct = 16;

    public string Bootstrap { get; } = bootstrap;

    public int Columns { get; } = columns;

    public int MessageBytes { get; } = messageBytes;

    /// <summary>Of the Kafka batches: none, lz4.</summary>
    public string Codec { get; } = codec;

    public string Name { get; } = $"bench.{columns}.{messageBytes}.{codec}{(constant ? ".constant" : "")}";

    /// <summary>Every column holds one value: a topic for minutes of reading then fits the memory that Kafka reads it from.</summary>
    public bool Constant { get; } = constant;

    public int RowsPerMessage { get; } = Math.Max(1, (messageBytes - (150 * columns)) / ((4 * columns) + 8));

    public long Messages { get; private set; }

    public long Rows => Messages * RowsPerMessage;

    public long Bytes { get; private set; }

    /// <summary>Makes the topic and fills it, unless an earlier run did.</summary>
    public void Fill(long bytes, TextWriter progress)
    {
        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Bootstrap }).Build();
        byte[][] messages = [.. Enumerable.Range(0, Distinct).Select(Message)];
        Messages = bytes / messages[0].Length;
        Bytes = Messages * messages[0].Length;
        if (admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Any(t => t.Topic == Name)) return;
        progress.WriteLine($"filling {Name}: {Messages:N0} messages of {messages[0].Length:N0} bytes, {RowsPerMessage} rows each");
        admin.CreateTopicsAsync([new TopicSpecification { Name = Name, NumPartitions = Partitions, ReplicationFactor = 1 }]).GetAwaiter().GetResult();
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
        {
            BootstrapServers = Bootstrap,
            CompressionType = Codec == "lz4" ? CompressionType.Lz4 : CompressionType.None,
            MessageMaxBytes = 8 << 20,
            QueueBufferingMaxKbytes = 64 << 10,
            LingerMs = 5,
        }).Build();
        for (long i = 0; i < Messages; i++)
        {
            var target = new TopicPartition(Name, (int)(i % Partitions));
            while (true)
            {
                try
                {
                    producer.Produce(target, new Message<Null, byte[]> { Value = messages[i % Distinct] });
                    break;
                }
                catch (ProduceException<Null, byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
                {
                    producer.Poll(TimeSpan.FromMilliseconds(50));
                }
            }
        }

        producer.Flush(TimeSpan.FromMinutes(5));
    }

    /// <summary>What the columns are compared with: one batch of the same columns, as an Arrow stream.</summary>
    public byte[] Reference() => Stream(Math.Min(4000, 8_000_000 / Columns), new Random(1), constant: false);

    /// <summary>One of the messages that the topic is filled with.</summary>
    public byte[] Message(int number) => Stream(RowsPerMessage, new Random(100 + number), Constant);

    private byte[] Stream(int rows, Random random, bool constant)
    {
        long start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000;
        var times = new TimestampArray.Builder(new Apache.Arrow.Types.TimestampType(TimeUnit.Microsecond, "UTC"));
        for (int i = 0; i < rows; i++) times.Append(DateTimeOffset.FromUnixTimeMilliseconds((start / 1000) + (i % 80_000 * 1000L)));
        var fields = new List<Field> { new("event_time", new Apache.Arrow.Types.TimestampType(TimeUnit.Microsecond, "UTC"), false) };
        var arrays = new List<IArrowArray> { times.Build() };
        for (int c = 0; c < Columns; c++)
        {
            var values = new FloatArray.Builder();
            for (int i = 0; i < rows; i++) values.Append(constant ? (c % 5) - 2 : (float)(Math.Round(Normal(random) * 256) / 256));
            fields.Add(new Field($"feature_{c:000}", FloatType.Default, false));
            arrays.Add(values.Build());
        }

        var schema = new Schema(fields, null);
        using var batch = new RecordBatch(schema, arrays, rows);
        using var memory = new MemoryStream();
        using (var writer = new ArrowStreamWriter(memory, schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return memory.ToArray();
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
