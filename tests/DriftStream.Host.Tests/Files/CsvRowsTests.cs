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

        var types = new Dictionary<string, ColumnKind> { ["zip"] = ColumnKind.Dictionary, ["n"] = ColumnKind.Float64 };
        DataFile data = DataFile.Open(file.Path, types);

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
    [InlineData("a,b\n1,2\n3\n", 2, null, "1 fields, the header 2")]
    [InlineData("a,b\n1,2,3\n", 1, null, "3 fields, the header 2")]
    [InlineData("a,a\n1,2\n", 0, "a", "two columns have this name")]
    [InlineData("a,,c\n1,2,3\n", 0, null, "column 2 has no name")]
    [InlineData("a\n\"open\n1\n", 1, null, "correct the file")]
    public void BrokenFiles_SayWhereAndWhatToDo(string content, int row, string? column, string expected)
    {
        using var file = new TemporaryFile(content);
        var problem = Assert.Throws<DataFileException>(() => DataFile.Open(file.Path));
        Assert.Equal((file.Path, row, column), (problem.Path, problem.Row, problem.Column));
        Assert.Contains(expected, problem.Message);
    }

    [Fact]
    public void AValueThatIsNotOfItsStatedType_NamesRowAndColumn()
    {
        using var file = new TemporaryFile("id,age\n1,30\n2,abc\n");
        DataFile data = DataFile.Open(file.Path, new Dictionary<string, ColumnKind> { ["age"] = ColumnKind.Float64 });
        var problem = Assert.Throws<DataFileException>(() => data.Batches.ToArray());
        Assert.Equal((2, "age"), (problem.Row, problem.Column));
        Assert.Contains("'abc' is not a number", problem.Message);
    }

    [Fact]
    public void BytesThatAreNotUtf8_AreRefused()
    {
        using var file = new TemporaryFile([.. "name\n"u8, .. "M"u8, 0xFC, .. "ller\n"u8]);
        Assert.Contains("not UTF-8", Assert.Throws<DataFileException>(() => DataFile.Open(file.Path)).Message);
    }
}
