using DriftStream.Host.Files;
using Parquet;
using Parquet.Schema;
using Xunit;
using Sharp = ParquetSharp;

namespace DriftStream.Host.Tests.Files;

/// <summary>Parquet as it is written today: every encoding that the library writes, and types that only some tools use.</summary>
public sealed class ParquetKindsTests
{
    private const int Rows = 70_000;

    [Theory]
    [InlineData(Sharp.Encoding.Plain)]
    [InlineData(Sharp.Encoding.DeltaBinaryPacked)]
    [InlineData(Sharp.Encoding.ByteStreamSplit)]
    public void Integers_InPagesOfVersion2(Sharp.Encoding encoding)
    {
        long?[] values = [.. Enumerable.Range(0, Rows).Select(i => i % 7 == 0 ? (long?)null : i * 1_000_003L)];
        Assert.Equal(values.Select(v => v?.ToString() ?? "null"), Written(encoding, values));
    }

    [Theory]
    [InlineData(Sharp.Encoding.DeltaLengthByteArray)]
    [InlineData(Sharp.Encoding.DeltaByteArray)]
    public void Texts_InPagesOfVersion2(Sharp.Encoding encoding)
    {
        string?[] values = [.. Enumerable.Range(0, Rows).Select(i => i % 5 == 0 ? null : $"Größe {i % 1000}")];
        Assert.Equal(values.Select(v => v is null ? "null" : $"'{v}'"), Written(encoding, values));
    }

    [Fact]
    public void Booleans_AsRuns()
    {
        bool?[] values = [.. Enumerable.Range(0, Rows).Select(i => i % 11 == 0 ? (bool?)null : i % 3 == 0)];
        Assert.Equal(values.Select(v => v is null ? "null" : v.Value ? "1" : "0"), Written(Sharp.Encoding.Rle, values));
    }

    [Fact]
    public void Halves_AreRead() => Assert.Equal(["0.0999755859375", "null", "-2"], Written<Half?>(Sharp.Encoding.Plain, [(Half)0.1, null, (Half)(-2)]));

    [Fact]
    public void Decimals_KeepTheirScale_WhateverTheirWidth()
    {
        Sharp.Column[] columns =
        [
            new Sharp.Column<decimal?>("wide", Sharp.LogicalType.Decimal(29, 3)),
            new Sharp.Column<int?>("narrow", null),
        ];
        using var file = new TemporaryFile("");
        using (var writer = new Sharp.ParquetFileWriter(file.Path, columns))
        {
            using Sharp.RowGroupWriter group = writer.AppendRowGroup();
            using (Sharp.LogicalColumnWriter<decimal?> wide = group.NextColumn().LogicalWriter<decimal?>()) wide.WriteBatch([-1.5m, null, 12345678901.125m]);
            using (Sharp.LogicalColumnWriter<int?> narrow = group.NextColumn().LogicalWriter<int?>()) narrow.WriteBatch([1, 2, null]);
            writer.Close();
        }

        Assert.Equal(["wide decimal128(29, 3): -1.5 null 12345678901.125", "narrow int32: 1 2 null"], FileText.Lines(DataFile.Open(file.Path)));
    }

    // Written by Parquet.Net, which knows nothing of the reader.
    [Fact]
    public async Task Int96_IsATime()
    {
        var when = new DateTimeDataField("when", DateTimeFormat.Impala, isNullable: false);
        var stream = new MemoryStream();
        CancellationToken cancel = TestContext.Current.CancellationToken;
        DateTime[] times = [new(2017, 3, 9, 1, 2, 3, 456, DateTimeKind.Utc), new(1969, 12, 31, 23, 59, 59, DateTimeKind.Utc)];
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(when), stream, cancellationToken: cancel))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync<DateTime>(when, times, cancellationToken: cancel);
        }

        using var file = new TemporaryFile(stream.ToArray());
        Assert.Equal(["when timestamp[us, UTC]: 2017-03-09T01:02:03.456Z 1969-12-31T23:59:59Z"], FileText.Lines(DataFile.Open(file.Path)));
    }

    [Fact]
    public void NestedColumns_BesideUsedOnes_ArePassedOver()
    {
        Sharp.Column[] columns = [new Sharp.Column<int>("first"), new Sharp.Column<int?[]>("list"), new Sharp.Column<double?>("last")];
        using var file = new TemporaryFile("");
        using (var writer = new Sharp.ParquetFileWriter(file.Path, columns))
        {
            using Sharp.RowGroupWriter group = writer.AppendRowGroup();
            using (Sharp.LogicalColumnWriter<int> first = group.NextColumn().LogicalWriter<int>()) first.WriteBatch([1, 2, 3]);
            using (Sharp.LogicalColumnWriter<int?[]> list = group.NextColumn().LogicalWriter<int?[]>()) list.WriteBatch([[1, null], [], [3, 4, 5]]);
            using (Sharp.LogicalColumnWriter<double?> last = group.NextColumn().LogicalWriter<double?>()) last.WriteBatch([null, 0.5, 1]);
            writer.Close();
        }

        Assert.Equal(["first int32: 1 2 3", "list nested or binary: ? ? ?", "last float64: null 0.5 1"], FileText.Lines(DataFile.Open(file.Path)));
    }

    private static IEnumerable<string> Written<T>(Sharp.Encoding encoding, T[] values)
    {
        using var properties = new Sharp.WriterPropertiesBuilder()
            .Version(Sharp.ParquetVersion.PARQUET_2_6).DataPageVersion(Sharp.ParquetDataPageVersion.V2)
            .DisableDictionary().Encoding(encoding).Compression(Sharp.Compression.Zstd).DataPagesize(8192).Build();
        using var file = new TemporaryFile("");
        using (var writer = new Sharp.ParquetFileWriter(file.Path, [new Sharp.Column<T>("x")], properties))
        {
            using (Sharp.RowGroupWriter group = writer.AppendRowGroup())
            {
                using Sharp.LogicalColumnWriter<T> column = group.NextColumn().LogicalWriter<T>();
                column.WriteBatch(values);
            }

            using (Sharp.RowGroupWriter empty = writer.AppendRowGroup())
            {
                using Sharp.LogicalColumnWriter<T> column = empty.NextColumn().LogicalWriter<T>();
            }

            writer.Close();
        }

        return [.. DataFile.Open(file.Path).Batches.SelectMany(b => FileText.Values(b.Columns[0]))];
    }
}
