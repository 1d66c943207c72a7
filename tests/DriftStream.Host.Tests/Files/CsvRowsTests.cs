using System.IO.Compression;
using System.Text;
using DriftStream.Batches;
using DriftStream.Host.Files;
using Xunit;

namespace DriftStream.Host.Tests.Files;

public sealed class CsvRowsTests
{
    [Fact]
    public void Types_AreFoundByTheRule()
    {
        using var file = new TemporaryFile(
            "id,score,when,name,none,mixed\n" +
            "1,0.5,2017-03-09,a,,1\n" +
            "-2,,2017-03-09T18:30:00.25+02:00,\"b, \"\"c\"\"\",,x\n" +
            ",1e-3,,,,2\n" +
            "\n");

        DataFile data = DataFile.Open(file.Path);

        Assert.Equal(
            [
                "id int64: 1 -2 null",
                "score float64: 0.5 null 0.001",
                "when timestamp[us, UTC]: 2017-03-09T00:00:00Z 2017-03-09T16:30:00.25Z null",
                "name dictionary<int32, utf8>: 'a' 'b, \"c\"' null",
                "none null: null null null",
                "mixed dictionary<int32, utf8>: '1' 'x' '2'",
            ],
            FileText.Lines(data));
        Assert.Equal(["id", "score", "when", "name", "none", "mixed"], data.Guessed);
    }

    [Fact]
    public void StatedTypes_WinOverTheRule()
    {
        using var file = new TemporaryFile("zip;n\n01234;1\n99999;2\n");

        DataFile data = DataFile.Open(file.Path, Stated(("zip", JsonKind.Category), ("n", JsonKind.Number)));

        Assert.Equal(["zip dictionary<int32, utf8>: '01234' '99999'", "n float64: 1 2"], FileText.Lines(data));
        Assert.Empty(data.Guessed);
    }

    [Fact]
    public void ALateValue_DecidesForTheWholeColumn_AcrossBatches()
    {
        int rows = DataFile.BatchRows + 10;
        using var file = new TemporaryFile("n\n" + string.Concat(Enumerable.Range(0, rows).Select(i => i + "\n")) + "end\n");

        Batch[] batches = [.. DataFile.Open(file.Path).Batches];

        Assert.Equal([DataFile.BatchRows, 11], batches.Select(b => b.Rows));
        Assert.Same(batches[0].Schema, batches[1].Schema);
        Assert.Equal([.. Enumerable.Range(0, rows).Select(i => $"'{i}'"), "'end'"], batches.SelectMany(b => FileText.Values(b.Columns[0])));
        Assert.NotEqual(batches[0].Columns[0].DictionaryVersion, batches[1].Columns[0].DictionaryVersion);
    }

    [Fact]
    public void HeaderAlone_IsAFileWithoutRows()
    {
        using var file = new TemporaryFile("a,b\n");
        DataFile data = DataFile.Open(file.Path);
        Assert.Equal(["a", "b"], data.Schema.Fields.Select(f => f.Name));
        Assert.Empty(data.Batches);
    }

    [Theory]
    [InlineData("a,a\n1,2\n", 0, "a", "two columns have this name")]
    [InlineData("a,,c\n1,2,3\n", 0, null, "column 2 has no name")]
    [InlineData("a\n\"open\n1\n", 1, null, "correct the file")]
    [InlineData("a;b\n1;2\n2;1,5\n", 2, "b", "'1,5' may be a number with a decimal comma")]
    [InlineData("a,b\n1,\"1,234.00\"\n", 1, "b", "without commas")]
    public void BrokenFiles_SayWhereAndWhatToDo(string content, int row, string? column, string expected)
    {
        using var file = new TemporaryFile(content);
        var problem = Assert.Throws<DataFileException>(() => DataFile.Open(file.Path));
        Assert.Equal((file.Path, row, column), (problem.Path, problem.Row, problem.Column));
        Assert.Contains(expected, problem.Message);
    }

    [Theory]
    [InlineData("abc", "'abc' is no number")]
    [InlineData("\"1,5\"", "'1,5' is no number; write numbers with a decimal point and without commas")]
    [InlineData("1e999", "'1e999' is no number")]
    [InlineData("9007199254740993", "is an integer beyond 2^53")]
    [InlineData("1,2", "it has 3 fields, the header 2")]
    public void ARowThatCannotBeRead_IsRefused_AndTheOthersAreRead(string value, string expected)
    {
        using var file = new TemporaryFile($"id,age\n1,30\n2,{value}\n3,31\n");
        DataFile data = DataFile.Open(file.Path, Stated(("id", JsonKind.Number), ("age", JsonKind.Number)));
        Assert.Equal(["id float64: 1 3", "age float64: 30 31"], FileText.Lines(data));
        Assert.Equal(FileText.Lines(data), FileText.Lines(data));
        Assert.Equal((1, 3), (data.Refused.Rows, data.Refused.Of));
        Assert.StartsWith("row 2, ", data.Refused.First);
        Assert.Contains(expected, data.Refused.First);
    }

    [Fact]
    public void WordsForNone_AreNull_ButInTexts()
    {
        using var file = new TemporaryFile("n,b,land\nNA,True,NA\n1.5,,DE\ninf,FALSE,N/A\n-Inf,NULL,FR\nNaN,N/A,None\n");
        DataFile data = DataFile.Open(file.Path);
        Assert.Equal(
            ["n float64: null 1.5 Infinity -Infinity NaN", "b bool: 1 null 0 null null", "land dictionary<int32, utf8>: 'NA' 'DE' 'N/A' 'FR' 'None'"],
            FileText.Lines(data).Select(l => l.Replace("\u221E", "Infinity")));
        Assert.Empty(data.Notes);
    }

    [Fact]
    public void ATextOfMostlyNumbers_IsNoted()
    {
        using var file = new TemporaryFile("n\n" + string.Concat(Enumerable.Range(0, 20).Select(i => i + "\n")) + "?\n");
        Assert.Equal(["column 'n' is read as text: 20 of 21 values are numbers, '?' in row 21 is none"], DataFile.Open(file.Path).Notes);
    }

    [Fact]
    public void IntegersThatADoubleRounds_AreNoFloats()
    {
        using var file = new TemporaryFile("a,b,c\n9007199254740993,9007199254740993,18446744073709551615\n1,0.5,2\n");
        Assert.Equal(
            ["a int64: 9007199254740992 1", "b dictionary<int32, utf8>: '9007199254740993' '0.5'", "c dictionary<int32, utf8>: '18446744073709551615' '2'"],
            FileText.Lines(DataFile.Open(file.Path)));
    }

    [Fact]
    public void KnownCategories_SayHowFlagsAndCodesAreWritten()
    {
        var wanted = new WantedColumns(
            [Known("flag", "false", "true"), Known("code", "0", "1", "2.5"), Known("zip", "01016", "1")], OtherColumns.None, []);
        using var file = new TemporaryFile("flag,code,zip\nTrue,1.0,1.0\nFALSE,2.50,01016\nNA,0,NA\n");
        Assert.Equal(
            [
                "flag dictionary<int32, utf8>: 'true' 'false' null", "code dictionary<int32, utf8>: '1' '2.5' '0'",
                "zip dictionary<int32, utf8>: '1.0' '01016' 'NA'",
            ],
            FileText.Lines(DataFile.Open(file.Path, wanted)));
    }

    [Fact]
    public void Gzip_AndAByteOrderMark_AreRead()
    {
        byte[] text = [.. Encoding.UTF8.Preamble, .. "a;b\n1;x\n"u8], json = [.. Encoding.UTF8.Preamble, .. "{\"a\": 1}\n{\"a\": 2}"u8];
        foreach (byte[] content in new[] { text, Packed(text) })
        {
            using var file = new TemporaryFile(content);
            Assert.Equal(["a int64: 1", "b dictionary<int32, utf8>: 'x'"], FileText.Lines(DataFile.Open(file.Path)));
        }

        foreach (byte[] content in new[] { json, Packed(json) })
        {
            using var file = new TemporaryFile(content);
            Assert.Equal(["a float64: 1 2"], FileText.Lines(DataFile.Open(file.Path)));
        }

        using var cut = new TemporaryFile(Packed(json)[..^12]);
        Assert.Throws<DataFileException>(() => DataFile.Open(cut.Path));
        using var wide = new TemporaryFile([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a,b\n1,2\n")]);
        Assert.Contains("UTF-16", Assert.Throws<DataFileException>(() => DataFile.Open(wide.Path)).Message);
    }

    [Fact]
    public void ColumnsThatNobodyWants_AreNotRead()
    {
        using var file = new TemporaryFile("a,b,c\n1,\"1,5\",x\n");
        DataFile data = DataFile.Open(file.Path, Stated(("a", JsonKind.Number), ("absent", JsonKind.Number)));
        Assert.Equal(["a float64: 1"], FileText.Lines(data));
        Assert.Equal(["b", "c"], data.PassedOver);
    }

    [Fact]
    public void BytesThatAreNotUtf8_AreRefused()
    {
        using var file = new TemporaryFile([.. "name\n"u8, .. "M"u8, 0xFC, .. "ller\n"u8]);
        Assert.Contains("not UTF-8", Assert.Throws<DataFileException>(() => DataFile.Open(file.Path)).Message);
    }

    private static WantedColumns Stated(params (string Name, JsonKind Kind)[] columns) => new(
        [.. columns.Select(c => new WantedColumn(c.Name, c.Kind, JsonPath.Field(c.Name)))], OtherColumns.None, []);

    private static WantedColumn Known(string name, params string[] categories) =>
        new(name, JsonKind.Category, JsonPath.Field(name)) { Categories = [.. categories] };

    private static byte[] Packed(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(content);
        return packed.ToArray();
    }
}
