using System.Text;
using DriftStream.Batches;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Commands;
using DriftStream.Host.Tests.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Replay;

public sealed class ReplayCommandTests(Brokers brokers)
{
    [Theory]
    [InlineData("none")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public void Rows_ArriveInOrder_RoundThePartitions(string compression)
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 3);
        string[] headers = ["--header", "model-id=income", "--header", "empty="];
        CliResult run = Replay(topic, ["--rows-per-message", "60", "--compression", compression, .. headers, "--json"]);
        Assert.Equal((0, 500, 9, 3), (run.Code, Int(run, "rows"), Int(run, "messages"), Int(run, "partitions")));

        List<LogRecord> records = Read(topic);
        Assert.Equal([3, 3, 3], records.CountBy(r => r.Partition).OrderBy(p => p.Key).Select(p => p.Value));
        // Round robin: message i is number i / 3 of partition i % 3.
        List<LogRecord> inOrder = [.. records.OrderBy(r => r.Offset).ThenBy(r => r.Partition)];
        Assert.Equal(Enumerable.Repeat(60, 8).Append(20), inOrder.Select(r => Ids(r).Length));
        long[] ids = [.. inOrder.SelectMany(Ids)];
        Assert.Equal(Source(), ids);
        Assert.All(records, r => Assert.Equal("income", Encoding.UTF8.GetString(r.Headers.GetLastBytes("model-id"))));
        Assert.All(records, r => Assert.Empty(r.Headers.GetLastBytes("empty")));
        Assert.All(records, r => Assert.Null(r.Key));
    }

    [Fact]
    public void Json_CarriesTheSameRows()
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 1);
        CliResult run = Replay(topic, "--format", "json", "--rows-per-message", "60");
        Assert.Equal((0, ""), (run.Code, run.Errors));
        var reader = new JsonMessageReader(new InputLimits(), [new("id", JsonKind.Number, JsonPath.Field("id"))]);
        var ids = new List<long>();
        foreach (LogRecord record in Read(topic))
        {
            Assert.Null(reader.Read(record.Value));
            ids.AddRange(Ids(reader.Batches[0]));
        }

        Assert.Equal(Source(), ids);
        Assert.Equal(2, Replay(topic, "--format", "json", "--compression", "lz4").Code);
    }

    [Fact]
    public void KeyColumn_KeepsAKeyInOnePartition()
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 3);
        CliResult run = Replay(topic, "--key-column", "sex", "--rows-per-message", "50");
        Assert.Equal(0, run.Code);
        Assert.StartsWith("500 rows in ", run.Output);

        List<LogRecord> records = Read(topic);
        Assert.Equal(["Female", "Male"], records.Select(r => Encoding.UTF8.GetString(r.Key!)).Distinct().Order());
        Assert.All(records.GroupBy(r => Encoding.UTF8.GetString(r.Key!)), key => Assert.Single(key.Select(r => r.Partition).Distinct()));
        Assert.Equal(Source().Order(), records.SelectMany(Ids).Order());
    }

    [Fact]
    public void Rate_IsKept()
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 1);
        CliResult run = Replay(topic, "--rate", "250", "--rows-per-message", "25", "--json");
        Assert.Equal(0, run.Code);
        Assert.InRange(run.Json.GetProperty("seconds").GetDouble(), 1.95, 20);
    }

    [Theory]
    [InlineData("--time-column", "nope", "no column 'nope'")]
    [InlineData("--time-column", "age", "is no time")]
    [InlineData("--key-column", "nope", "no column 'nope'")]
    public void WrongColumn_IsTwo_AndNothingIsSent(string option, string column, string why)
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 1);
        CliResult run = Replay(topic, option, column);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(why, run.Errors);
        Assert.Empty(Read(topic));
    }

    private CliResult Replay(string topic, params string[] options)
    {
        string bootstrap = brokers[Brokers.Embedded].Bootstrap;
        return Cli.Run(["replay", Cli.Sample("unregistered.parquet"), "--bootstrap", bootstrap, "--topic", topic, .. options]);
    }

    private static int Int(CliResult run, string name) => run.Json.GetProperty(name).GetInt32();

    private List<LogRecord> Read(string topic)
    {
        var records = new List<LogRecord>();
        using LogTail tail = LogTail.Topic(brokers[Brokers.Embedded], topic, false, NullLogger.Instance, out _)!;
        while (tail.TryRead(out LogRecord record, TestContext.Current.CancellationToken)) records.Add(record);
        Assert.Null(tail.Failure);
        return records;
    }

    private static long[] Ids(LogRecord record)
    {
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Null(reader.Read(record.Value));
        return [.. reader.Batches.ToArray().SelectMany(Ids)];
    }

    private static long[] Ids(Batch batch)
    {
        double[] ids = new double[batch.Rows];
        ColumnNumbers.Widen(batch.Find("id")!, 0, ids);
        return [.. ids.Select(id => (long)id)];
    }

    private static long[] Source() => [.. Host.Files.DataFile.Open(Cli.Sample("unregistered.parquet")).Batches.SelectMany(Ids)];
}
