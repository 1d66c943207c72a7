using DriftStream.Batches;
using DriftStream.Host.Files;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace DriftStream.Host.Tests.Files;

public sealed class ParquetRowsTests
{
    [Fact]
    public async Task AllTypes_ComeBackWithTheirNulls()
    {
        DateTime first = new(2017, 3, 9, 0, 0, 0, DateTimeKind.Utc);
        DateTime[] times = [first, first.AddHours(1).AddMilliseconds(250), new(1969, 1, 1, 0, 0, 0, DateTimeKind.Utc)];
        byte[] content = await Write(
            2,
            (new DataField<double>("f64", nullable: true), (g, f) => g.WriteAsync<double>(f, new double?[] { 1.5, null, double.NaN })),
            (new DataField<float>("f32", nullable: false), (g, f) => g.WriteAsync<float>(f, new float[] { 1, 2, 3 })),
            (new DataField<long>("i64", nullable: true), (g, f) => g.WriteAsync<long>(f, new long?[] { null, -7, 8 })),
            (new DataField<int>("i32", nullable: false), (g, f) => g.WriteAsync<int>(f, new int[] { 4, 5, 6 })),
            (new DataField<short>("i16", nullable: false), (g, f) => g.WriteAsync<short>(f, new short[] { 4, 5, 6 })),
            (new DataField<byte>("u8", nullable: false), (g, f) => g.WriteAsync<byte>(f, new byte[] { 0, 128, 255 })),
            (new DataField<bool>("flag", nullable: true), (g, f) => g.WriteAsync<bool>(f, new bool?[] { true, null, false })),
            (new DataField<string>("name", nullable: true), (g, f) => g.WriteAsync(f, new[] { "Müller", null!, "" })),
            (new DateTimeDataField("when", DateTimeFormat.Timestamp, true, DateTimeTimeUnit.Micros, isNullable: false),
                (g, f) => g.WriteAsync<DateTime>(f, times)),
            (new DataField<byte[]>("blob"), (g, f) => g.WriteAsync(f, new[] { [1], [2], new byte[] { 3 } })));
        using var file = new TemporaryFile(content);

        DataFile data = DataFile.Open(file.Path);

        string[] once =
        [
            "f64 float64: 1.5 null NaN", "f32 float32: 1 2 3", "i64 int64: null -7 8", "i32 int32: 4 5 6", "i16 int16: 4 5 6",
            "u8 uint8: 0 128 255", "flag bool: 1 null 0", "name dictionary<int32, utf8>: 'Müller' null ''",
            "when timestamp[us, UTC]: 2017-03-09T00:00:00Z 2017-03-09T01:00:00.25Z 1969-01-01T00:00:00Z", "blob nested or binary: ? ? ?",
        ];
        Assert.Equal(once.Select(line => line + line[line.IndexOf(':')..][1..]), FileText.Lines(data));
        Assert.Equal(FileText.Lines(data), FileText.Lines(data));
        Assert.All(data.Batches, b => Assert.Same(data.Schema, b.Schema));
    }

    [Fact]
    public async Task LargeRowGroups_AreCutIntoBatches()
    {
        int rows = DataFile.BatchRows + 5;
        int[] values = [.. Enumerable.Range(0, rows)];
        byte[] content = await Write(1, (new DataField<int>("x", nullable: false), (g, f) => g.WriteAsync<int>(f, values)));
        using var file = new TemporaryFile(content);

        Batch[] batches = [.. DataFile.Open(file.Path).Batches];

        Assert.Equal([DataFile.BatchRows, 5], batches.Select(b => b.Rows));
        Assert.Equal(values.Select(v => v.ToString()), batches.SelectMany(b => FileText.Values(b.Columns[0])));
    }

    // Counted by pandas 2.3 on the published original, whose reference keeps its rows here.
    [Fact]
    public void TheSampleReference_HoldsTheOriginalsRelations()
    {
        DataFile data = DataFile.Open(Path.Combine(Root(), "samples", "employment", "reference-2015.parquet"));
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (string value in data.Batches.SelectMany(b => FileText.Values(b.Find("RELP")!)))
            counts[value.Trim('\'')] = counts.GetValueOrDefault(value.Trim('\'')) + 1;

        Assert.Equal(68_785, data.Batches.Sum(b => b.Rows));
        Assert.Equal(["0", "1", "10", "11", "12", "13", "14", "15", "16", "17", "2", "3", "4", "5", "6", "7", "8", "9"], counts.Keys);
        Assert.Equal(RelationCounts, counts.Values);
    }

    private static readonly int[] RelationCounts =
        [26562, 13149, 604, 277, 1279, 1605, 33, 615, 1540, 3595, 16037, 472, 400, 592, 704, 908, 224, 189];

    [Theory]
    [InlineData(0.99)]
    [InlineData(0.5)]
    public async Task CutFiles_AreRefused(double part)
    {
        byte[] content = await Write(1, (new DataField<int>("x", nullable: false), (g, f) => g.WriteAsync<int>(f, new int[] { 1, 2, 3 })));
        using var file = new TemporaryFile(content[..(int)(content.Length * part)]);
        Assert.Contains("damaged", Assert.Throws<DataFileException>(() => DataFile.Open(file.Path)).Message);
    }

    [Fact]
    public async Task DamagedColumn_IsNamed()
    {
        byte[] content = await Write(1, (new DataField<int>("x", nullable: false), (g, f) => g.WriteAsync<int>(f, new int[] { 1, 2, 3 })));
        content.AsSpan(4, 24).Fill(0xFF);
        using var file = new TemporaryFile(content);
        DataFile data = DataFile.Open(file.Path);
        Assert.Equal("x", Assert.Throws<DataFileException>(() => data.Batches.ToArray()).Column);
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("\0\0binary", "no Parquet, Arrow")]
    public void OtherFiles_AreRefused(string content, string expected)
    {
        using var file = new TemporaryFile(content);
        Assert.Contains(expected, Assert.Throws<DataFileException>(() => DataFile.Open(file.Path)).Message);
    }

    [Fact]
    public void MissingFilesAndFolders_AreRefused()
    {
        Assert.Contains("cannot be opened", Assert.Throws<DataFileException>(() => DataFile.Open("no-such-file")).Message);
        Assert.Contains("folder", Assert.Throws<DataFileException>(() => DataFile.Open(Path.GetTempPath())).Message);
    }

    private static async Task<byte[]> Write(
        int groups, params (DataField Field, Func<ParquetRowGroupWriter, DataField, Task> Write)[] columns)
    {
        var schema = new ParquetSchema([.. columns.Select(c => c.Field)]);
        var stream = new MemoryStream();
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(schema, stream))
        {
            for (int i = 0; i < groups; i++)
            {
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                foreach ((DataField field, Func<ParquetRowGroupWriter, DataField, Task> write) in columns) await write(group, field);
            }
        }

        return stream.ToArray();
    }

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "DriftStream.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
