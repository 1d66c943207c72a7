using System.Text;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Host.Files;
using DriftStream.Host.Inspect;
using DriftStream.Host.Tests.Commands;
using DriftStream.Plan;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Host.Tests.Files;

public sealed class JsonMessagesTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public static TheoryData<MessageFormat> Formats => [.. MessageFormats.All];

    public void Dispose() => File.Delete(_file);

    /// <summary>What is written in a format is read as it was, by a counter that knows the format and by people who do not.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public void Employment_SentInAnyFormat_GivesTheFramesOfArrow(MessageFormat format)
    {
        Batch[] rows = [.. DataFile.Open(Cli.Sample("stream-2016-2018.parquet")).Batches.Take(1)];
        var asArrow = new ArrowMessages(rows);
        IMessageWriter written = MessageWriters.Of(format, rows, ArrowCompression.None);
        (List<Entry> expected, FateCounts fates) = Count(Counting(MessageFormat.Arrow), spans => asArrow.Write(spans), rows[0].Rows);
        (List<Entry> found, FateCounts also) = Count(Counting(format), written.Write, rows[0].Rows);
        Assert.Equal(0, written.LeftOut);
        InspectedMessage seen = InspectedMessage.Read("here", written.Write([new RowSpan(0, 0, 7)]), new InputLimits());
        Assert.Equal((null, 7), (seen.Reject, seen.Rows));
        Assert.True(fates.Counted > 60_000 && expected.Count > 100);
        Assert.Equal(fates, also);
        Assert.Equal(expected.Select(Text), found.Select(Text));
    }

    [Fact]
    public void Values_ReadBackAsTheyWere()
    {
        var builder = new BatchBuilder()
            .Add("d", Columns.Of<double>([-90362452003751490, -0.0, double.NaN, 1e300]))
            .Add("f", Columns.Of<float>([0.1f, float.PositiveInfinity, 16777217, 3]))
            .Add("i", Columns.Of<long>([1L << 53, -(1L << 53), 0, long.MaxValue]))
            .Add("b", Columns.Of([true, false, true, false]))
            .Add("t", Columns.Times([0, 1_488_985_200_123_456, null, -1]))
            .Add("s", Columns.Text(["", "Größe \"\\\n", null, "\U0001F642"]))
            .Add("c", Columns.Categories(["a", null, "a", "b"], 1));
        Batch batch = builder.Build();
        var messages = new JsonMessages([batch]);
        byte[] message = messages.Write([new RowSpan(0, 0, 4)]);
        Assert.Equal(2, messages.LeftOut);
        var reader = new JsonMessageReader(new InputLimits(),
        [
            .. "df".Select(c => new JsonColumn(c.ToString(), JsonKind.Number, JsonPath.Field(c.ToString()))),
            new("i", JsonKind.Number, JsonPath.Field("i")), new("t", JsonKind.Time, JsonPath.Field("t")),
            .. "bsc".Select(c => new JsonColumn(c.ToString(), JsonKind.Category, JsonPath.Field(c.ToString()))),
        ]);
        Assert.Null(reader.Read(message));
        Batch read = reader.Batches[0];
        Assert.Equal([-90362452003751490, -0.0, null, 1e300], Numbers(read.Find("d")!));
        Assert.Equal([(double)0.1f, null, 16777216, 3], Numbers(read.Find("f")!));
        Assert.Equal([9007199254740992, -9007199254740992, 0, null], Numbers(read.Find("i")!));
        Assert.True(read.Find("i")!.IsRefused(3));
        long[] times = new long[4];
        ColumnTimes.Read(read.Find("t")!, 0, times);
        Assert.Equal([0, 1_488_985_200_123_456, EventTime.None, -1], times);
        Assert.Equal(["true", "false", "true", "false"], Texts(read.Find("b")!));
        Assert.Equal(["", "Größe \"\\\n", null, "\U0001F642"], Texts(read.Find("s")!));
        Assert.Equal(["a", null, "a", "b"], Texts(read.Find("c")!));
    }

    [Theory]
    [InlineData("{\"a\": 1, \"b\": {\"c\": \"x\"}}\n{\"a\": 2.5}\n")]
    [InlineData(" [{\"a\": 1, \"b\": {\"c\": \"x\"}}, {\"a\": 2.5}]")]
    public void Files_OfJson_AreRead(string text)
    {
        File.WriteAllText(_file, text);
        DataFile file = DataFile.Open(_file);
        Assert.Equal(["a", "b.c"], file.Schema.Fields.Select(f => f.Name));
        Batch batch = Assert.Single(file.Batches);
        Assert.Equal([1, 2.5], Numbers(batch.Columns[0]));
        Assert.Equal(["x", null], Texts(batch.Columns[1]));
    }

    [Theory]
    [InlineData("{\"a\": 1}\n{\"a\": ", "Truncated|not at its end")]
    public void Files_ThatCannotBeRead_SayWhere(string text, string why)
    {
        File.WriteAllText(_file, text);
        Assert.Matches(why, Assert.Throws<DataFileException>(() => DataFile.Open(_file)).Message);
    }

    [Fact]
    public void Files_WithIntegersBeyondDoubles_HoldThemAsTexts()
    {
        File.WriteAllText(_file, "{\"a\": 1, \"n\": 1}\n{\"a\": 9007199254740993, \"n\": 1e300}");
        Batch batch = Assert.Single(DataFile.Open(_file).Batches);
        Assert.Equal(["1", "9007199254740993"], Texts(batch.Columns[0]));
        Assert.Equal([1, 1e300], Numbers(batch.Columns[1]));
    }

    private static CountingSettings Counting(MessageFormat format)
    {
        string path = Cli.Sample("driftstream.yaml"), text = File.ReadAllText(path);
        text = text.Replace("employment.predictions, format: arrow", $"employment.predictions, format: {format.Word()}", StringComparison.Ordinal);
        PlanResult result = PlanReader.Read(path, text, BaselineSource.Load, _ => null, _ => null);
        Assert.Equal(format, result.Plan!.Counting.Sources["employment.predictions"].Format);
        return result.Plan.Counting;
    }

    private static (List<Entry> Entries, FateCounts Fates) Count(CountingSettings settings, Func<List<RowSpan>, byte[]> write, int rows)
    {
        const string topic = "employment.predictions";
        using var lane = new CountingLane(settings, new InputLimits());
        var counter = new PartitionCounter(settings, new SourcePartition(topic, 0), new(0), EventTime.None);
        long now = EventTime.From(new DateTime(2019, 1, 1));
        for (int start = 0, offset = 0; start < rows; start += 500, offset++)
        {
            byte[] message = write([new RowSpan(0, start, Math.Min(500, rows - start))]);
            counter.Add(new SourceRecord(new(offset), new(now), message, false, [], 1), lane);
            Assert.True(counter.Rejects.IsEmpty);
        }

        return ([.. counter.Flush(new(now), 1, idle: true).Entries], counter.Fates);
    }

    private static string Text(Entry entry) =>
        $"{entry.Key} {entry.Rows}: {string.Join("; ", entry.Signals.Select(s => $"{s.Signal} {s.Layout} {string.Join(' ', s.Cells)}"))}";

    private static double?[] Numbers(Column column)
    {
        double[] values = new double[column.Rows];
        ColumnNumbers.Widen(column, 0, values);
        return [.. values.Select((v, row) => column.IsValid(row) ? v : (double?)null)];
    }

    private static string?[] Texts(Column column) => [.. Enumerable.Range(0, column.Rows)
        .Select(row => ColumnText.HasValue(column, row) ? Encoding.UTF8.GetString(ColumnText.Utf8(column, row)) : null)];
}
