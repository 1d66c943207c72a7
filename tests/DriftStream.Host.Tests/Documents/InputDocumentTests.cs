using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using DriftStream.Batches;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Kafka;
using DriftStream.Time;
using Example;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Documents;

/// <summary>What docs/input.md shows is what works.</summary>
public sealed class InputDocumentTests(Brokers brokers)
{
    private static readonly string Text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "input.md"));

    private static readonly string Source = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Documents", "PredictionSender.cs"));

    [Fact]
    public void CSharp_IsTheSourceThatIsCompiledHere()
    {
        string source = Regex.Match(Source, @"// <document>\n(.*)// </document>", RegexOptions.Singleline).Groups[1].Value;
        Assert.Equal(source, Assert.Single(Blocks("csharp")));
    }

    [Fact]
    public async Task CSharp_SendsWhatACounterReads()
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 1);
        var time = new DateTimeOffset(2026, 3, 9, 18, 30, 15, 250, TimeSpan.FromHours(1));
        using (var sender = new PredictionSender(brokers[Brokers.Embedded].Bootstrap, topic))
            await sender.SendAsync([new(time, 41, "north", 0.83, true), new(time.AddSeconds(1), null, null, 0.12, false)]);

        using LogTail tail = LogTail.Topic(brokers[Brokers.Embedded], topic, false, NullLogger.Instance, out _)!;
        Assert.True(tail.TryRead(out LogRecord record, TestContext.Current.CancellationToken));
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Null(reader.Read(record.Value));
        Batch batch = Assert.Single(reader.Batches.ToArray());
        long[] times = new long[2];
        Assert.True(ColumnTimes.Read(batch.Find("event_time")!, 0, times));
        Assert.Equal("2026-03-09T17:30:15.25Z", EventTime.Format(times[0]));
        double[] ages = new double[2], probabilities = new double[2];
        ColumnNumbers.Widen(batch.Find("age")!, 0, ages);
        ColumnNumbers.Widen(batch.Find("probability")!, 0, probabilities);
        Assert.Equal((41, false, 0.12), (ages[0], batch.Find("age")!.IsValid(1), probabilities[1]));
        Assert.Equal("north", Encoding.UTF8.GetString(ColumnText.Utf8(batch.Find("region")!, 0)));
        Assert.Equal(ColumnKind.Bool, batch.Find("decision")!.Type.Kind);
    }

    [Fact]
    public void Json_IsReadAsTheTextSays()
    {
        string[] json = Blocks("json");
        Assert.Equal(2, json.Length);
        var plain = new JsonMessageReader(new InputLimits(),
        [
            new("event_time", JsonKind.Time, JsonPath.Field("event_time")), new("age", JsonKind.Number, JsonPath.Field("age")),
            new("region", JsonKind.Category, JsonPath.Field("region")),
        ]);
        Assert.Null(plain.Read(Encoding.UTF8.GetBytes(json[0])));
        Assert.Equal((2, 1, false), (plain.Batches[0].Rows, plain.Batches[0].Find("age")!.Nulls, plain.Batches[0].HasRefusals));

        Match paths = Regex.Match(Assert.Single(Blocks("yaml")), @"path: \{ (.*) \}");
        ImmutableArray<JsonColumn> columns =
        [
            .. paths.Groups[1].Value.Split(", ").Select(p => p.Split(": "))
                .Select(p => new JsonColumn(p[0], p[0] == "at" ? JsonKind.Time : JsonKind.Number, JsonPath.Parse(p[1].Trim('"'))!)),
        ];
        var envelope = new JsonMessageReader(new InputLimits(), columns);
        Assert.Null(envelope.Read(Encoding.UTF8.GetBytes(json[1])));
        Batch row = envelope.Batches[0];
        Assert.All(row.Columns, c => Assert.Equal((0, null), (c.Nulls, c.Refusal)));
        Assert.Equal((41, 52_000, 0.83), (Number("age"), Number("income"), Number("probability")));

        double Number(string column) => ColumnNumbers.Float64(row.Find(column)!)[0];
    }

    private static string[] Blocks(string language) =>
        [.. Regex.Matches(Text, $"```{language}\n(.*?)```", RegexOptions.Singleline).Select(m => m.Groups[1].Value)];
}
