#pragma warning disable IDE0005 // The document shows every using that a program of its own needs.
// <document>
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Confluent.Kafka;
using TimestampType = Apache.Arrow.Types.TimestampType;

namespace Example;

public sealed record Prediction(DateTimeOffset Time, double? Age, string? Region, double Probability, bool Decision);

/// <summary>Sends predictions, one batch a message.</summary>
public sealed class PredictionSender(string bootstrap, string topic) : IDisposable
{
    private static readonly Schema Columns = new Schema.Builder()
        .Field(f => f.Name("event_time").DataType(new TimestampType(TimeUnit.Microsecond, "UTC")))
        .Field(f => f.Name("age").DataType(DoubleType.Default))
        .Field(f => f.Name("region").DataType(StringType.Default))
        .Field(f => f.Name("probability").DataType(DoubleType.Default))
        .Field(f => f.Name("decision").DataType(BooleanType.Default))
        .Build();

    private readonly IProducer<Null, byte[]> _producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
    {
        BootstrapServers = bootstrap,
        EnableIdempotence = true,
        CompressionType = CompressionType.Lz4,
    }).Build();

    public async Task SendAsync(IReadOnlyList<Prediction> rows)
    {
        var times = new TimestampArray.Builder(new TimestampType(TimeUnit.Microsecond, "UTC"));
        var ages = new DoubleArray.Builder();
        var regions = new StringArray.Builder();
        var probabilities = new DoubleArray.Builder();
        var decisions = new BooleanArray.Builder();
        foreach (Prediction row in rows)
        {
            times.Append(row.Time);
            ages.Append(row.Age);
            regions.Append(row.Region);
            probabilities.Append(row.Probability);
            decisions.Append(row.Decision);
        }

        IArrowArray[] arrays = [times.Build(), ages.Build(), regions.Build(), probabilities.Build(), decisions.Build()];
        // Kept until it is written: the writer lets go of it earlier, and a finalizer would free its buffers.
        using var batch = new RecordBatch(Columns, arrays, rows.Count);
        using var message = new MemoryStream();
        using (var writer = new ArrowStreamWriter(message, Columns, leaveOpen: true))
        {
            await writer.WriteRecordBatchAsync(batch);
            await writer.WriteEndAsync();
        }

        await _producer.ProduceAsync(topic, new Message<Null, byte[]> { Value = message.ToArray() });
    }

    public void Dispose()
    {
        _producer.Flush(TimeSpan.FromSeconds(10));
        _producer.Dispose();
    }
}
// </document>
