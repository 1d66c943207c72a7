using CsCheck;
using DriftStream.Batches;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Batches;

public sealed class ColumnsTests
{
    [Fact]
    public void Numbers_ComeBackWithTheirNulls() => Gen.Double.Nullable().Array[0, 70].Sample(values =>
    {
        Column column = Columns.Of<double>(values);
        double[] read = new double[values.Length];
        ColumnNumbers.Widen(column, 0, read);
        Assert.Equal(values.Count(v => v is null), column.Nulls);
        Assert.Equal(column.Nulls == 0, column.Validity.IsEmpty);
        Assert.Equal(values, read.Select((v, i) => column.IsValid(i) ? v : (double?)null));
    });

    [Fact]
    public void Bools_ComeBackWithTheirNulls() => Gen.Bool.Nullable().Array[0, 70].Sample(values =>
    {
        Column column = Columns.Of(values);
        double[] read = new double[values.Length];
        ColumnNumbers.Widen(column, 0, read);
        Assert.Equal(values, read.Select((v, i) => column.IsValid(i) ? v == 1 : (bool?)null));
    });

    [Fact]
    public void Times_ComeBackWithTheirNulls() => Gen.Long[0, EventTime.Latest].Nullable().Array[0, 70].Sample(values =>
    {
        Column column = Columns.Times(values);
        long[] read = new long[values.Length];
        Assert.True(ColumnTimes.Read(column, 0, read));
        Assert.Equal(values.Select(v => v ?? EventTime.None), read);
    });

    private static readonly string?[] Samples = ["", "a", "Müller", "\U0001F4C8", "a longer text than twelve", null];

    [Fact]
    public void Text_ComesBackPlainAndByDictionary() =>
        Gen.Int[0, Samples.Length - 1].Select(i => Samples[i]).Array[0, 70].Sample(values =>
        {
            foreach (Column column in (Column[])[Columns.Text(values), Columns.Categories(values, 1)])
            {
                Assert.Equal(values.Count(v => v is null), column.Nulls);
                Assert.Equal(values, Enumerable.Range(0, values.Length).Select(i => Text(column, i)));
            }
        });

    [Fact]
    public void Categories_IndexOutsideTheDictionary_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Columns.Categories([0, 2], Columns.Text(["a", "b"]), 1));

    [Theory]
    [InlineData(0, 40)]
    [InlineData(8, 9)]
    [InlineData(3, 20)]
    [InlineData(13, 0)]
    public void Slice_HoldsTheRowsOfTheBatch(int start, int rows)
    {
        int[] numbers = [.. Enumerable.Range(0, 40)];
        string?[] texts = [.. numbers.Select(i => i % 5 == 0 ? null : $"text {i % 7}")];
        Batch batch = new BatchBuilder()
            .Add("f32", Columns.Of<float>([.. numbers.Select(i => i % 3 == 0 ? null : (float?)i)]))
            .Add("i8", Columns.Of<sbyte>([.. numbers.Select(i => (sbyte)i)]))
            .Add("bool", Columns.Of([.. numbers.Select(i => i % 4 == 0 ? null : (bool?)(i % 3 == 0))]))
            .Add("text", Columns.Text(texts))
            .Add("category", Columns.Categories(texts, 1))
            .Add("nothing", Columns.Nulls(40))
            .Build();

        Batch slice = batch.Slice(start, rows);

        Assert.Equal(rows, slice.Rows);
        for (int c = 0; c < batch.Columns.Length; c++)
        {
            Column whole = batch.Columns[c], part = slice.Columns[c];
            Assert.Equal(Enumerable.Range(start, rows).Count(i => !whole.IsValid(i)), part.Nulls);
            for (int i = 0; i < rows; i++)
            {
                Assert.Equal(whole.IsValid(start + i), part.IsValid(i));
                if (whole.Type.IsText) Assert.Equal(Text(whole, start + i), Text(part, i));
                else if (whole.IsValid(start + i)) Assert.Equal(Number(whole, start + i), Number(part, i));
            }
        }
    }

    [Fact]
    public void Slice_BeyondTheBatch_IsRefused()
    {
        Batch batch = new BatchBuilder().Add("x", Columns.Of<int>([1, 2, 3])).Build();
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Slice(2, 2));
    }

    [Fact]
    public void Build_ColumnsThatDoNotMatch_AreRefused()
    {
        BatchBuilder builder = new BatchBuilder().Add("x", Columns.Of<int>([1, 2, 3]));
        Assert.Throws<ArgumentException>(() => builder.Add("y", Columns.Of<int>([1])));
        Assert.Throws<ArgumentException>(() => builder.Build(new Schema([new Field("x", ColumnTypes.Int64)])));
    }

    private static string? Text(Column column, int row) =>
        ColumnText.HasValue(column, row) ? System.Text.Encoding.UTF8.GetString(ColumnText.Utf8(column, row)) : null;

    private static double Number(Column column, int row)
    {
        double[] value = new double[1];
        ColumnNumbers.Widen(column, row, value);
        return value[0];
    }
}
