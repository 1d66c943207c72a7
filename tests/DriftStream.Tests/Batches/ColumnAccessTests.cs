using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using CsCheck;
using DriftStream.Batches;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Batches;

/// <summary>The accessors against independent arithmetic: BigInteger, double.Parse and DateTimeOffset.</summary>
public sealed class ColumnAccessTests
{
    [Theory]
    [InlineData(4, 3)]
    [InlineData(8, 6)]
    [InlineData(16, 10)]
    [InlineData(16, 38)]
    [InlineData(16, -3)]
    [InlineData(32, 20)]
    [InlineData(32, 0)]
    public void Widen_Decimal_IsTheNearestDoubleOrItsNeighbour(int width, int scale)
    {
        Gen.Byte.Array[width].Select(Gen.Int[0, width * 8]).Sample((bytes, bits) =>
        {
            BigInteger unscaled = new BigInteger(bytes) >> ((width * 8) - bits);
            double expected = double.Parse($"{unscaled}E{-scale}", CultureInfo.InvariantCulture);
            double widened = ColumnReading.Widened(DecimalColumn(unscaled, width, scale), 0);
            bool exact = BigInteger.Abs(unscaled) < (1L << 53) && Math.Abs(scale) <= 22;
            Assert.InRange(widened, exact ? expected : Math.BitDecrement(expected), exact ? expected : Math.BitIncrement(expected));
        });
    }

    [Fact]
    public void Widen_Decimal256WithoutScale_IsTheNearestDouble()
    {
        Gen.Byte.Array[32].Select(Gen.Int[0, 256]).Sample((bytes, bits) =>
        {
            BigInteger value = new BigInteger(bytes) >> (256 - bits);
            double expected = double.Parse(value.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            Assert.Equal(expected, ColumnReading.Widened(DecimalColumn(value, 32, 0), 0));
        });
    }

    [Fact]
    public void Widen_Decimal256JustAboveATie_RoundsUp()
    {
        BigInteger tie = (BigInteger.One << 200) + (BigInteger.One << 147);
        Assert.Equal(Math.ScaleB(1, 200), ColumnReading.Widened(DecimalColumn(tie, 32, 0), 0));
        Assert.Equal(Math.BitIncrement(Math.ScaleB(1, 200)), ColumnReading.Widened(DecimalColumn(tie + 1, 32, 0), 0));
        Assert.Equal(-Math.BitIncrement(Math.ScaleB(1, 200)), ColumnReading.Widened(DecimalColumn(-tie - 1, 32, 0), 0));
    }

    [Fact]
    public void Widen_FromTheMiddle_StartsThere()
    {
        var bits = new Column { Type = new ColumnType(ColumnKind.Bool, "bool"), Rows = 12, Values = new byte[] { 0b1010_0000, 0b0101 } };
        Column ints = Of(new ColumnType(ColumnKind.UInt64, "uint64"), 1UL, ulong.MaxValue);
        var values = new double[4];
        ColumnNumbers.Widen(bits, 6, values);
        Assert.Equal([0, 1, 1, 0], values);
        ColumnNumbers.Widen(ints, 1, values.AsSpan(0, 1));
        Assert.Equal(18446744073709551616.0, values[0]);
    }

    [Theory]
    [InlineData(TimeUnit.Second, 1_500_000_000, 1_500_000_000_000_000)]
    [InlineData(TimeUnit.Millisecond, -1, -1_000)]
    [InlineData(TimeUnit.Microsecond, -1, -1)]
    [InlineData(TimeUnit.Nanosecond, -1, -1)]
    [InlineData(TimeUnit.Nanosecond, 1_999, 1)]
    [InlineData(TimeUnit.Nanosecond, long.MinValue, -9_223_372_036_854_776)]
    public void Times_OfAnyUnit_AreMicroseconds(TimeUnit unit, long value, long expected)
    {
        foreach (ColumnKind kind in new[] { ColumnKind.Timestamp, ColumnKind.Int64 })
        {
            var times = new long[1];
            Assert.True(ColumnTimes.Read(Of(new ColumnType(kind, "t", unit), value), 0, times, unit));
            Assert.Equal(expected, times[0]);
        }
    }

    [Theory]
    [InlineData(ColumnKind.Timestamp, long.MaxValue)]
    [InlineData(ColumnKind.Timestamp, 253_402_300_800)]
    [InlineData(ColumnKind.Date64, long.MinValue)]
    [InlineData(ColumnKind.UInt64, -1)]
    public void Times_OutsideTheCalendar_AreFlagged(ColumnKind kind, long value)
    {
        Column column = Of(new ColumnType(kind, "t"), 0, value);
        var times = new long[2];
        Assert.False(ColumnTimes.Read(column, 0, times, TimeUnit.Second));
        Assert.Equal([0, EventTime.None], times);
        column.Validity = new byte[] { 1 };
        column.Nulls = 1;
        Assert.True(ColumnTimes.Read(column, 0, times, TimeUnit.Second));
        Assert.Equal([0, EventTime.None], times);
    }

    [Fact]
    public void Times_OfDates_AreMidnights()
    {
        Column column = Of(new ColumnType(ColumnKind.Date32, "date32"), -1, 17_234);
        var times = new long[2];
        Assert.True(ColumnTimes.Read(column, 0, times));
        Assert.Equal(["1969-12-31T00:00:00Z", "2017-03-09T00:00:00Z"], times.Select(EventTime.Format));
    }

    [Fact]
    public void Codes_OfEveryWidth_AreTheIndices()
    {
        Same<sbyte>(ColumnKind.Int8, 0, 127, 5);
        Same<byte>(ColumnKind.UInt8, 0, 200, 5);
        Same<short>(ColumnKind.Int16, 0, 32767, 5);
        Same<ushort>(ColumnKind.UInt16, 0, 65535, 5);
        Same(ColumnKind.Int32, 0, 70_000, 5);
        Same<uint>(ColumnKind.UInt32, 0, 70_000, 5);
        Same<long>(ColumnKind.Int64, 0, 70_000, 5);
        Same<ulong>(ColumnKind.UInt64, 0, 70_000, 5);
    }

    private static void Same<T>(ColumnKind index, params T[] codes) where T : unmanaged, IBinaryInteger<T>
    {
        Column column = Of(new ColumnType(ColumnKind.Dictionary, "d", Index: index), codes);
        var read = new int[2];
        ColumnCodes.Read(column, 1, read);
        Assert.Equal(codes[1..].Select(int.CreateChecked), read);
        Assert.True(ColumnCodes.Of<T>(column).SequenceEqual(codes));
        column.Validity = new byte[] { 0b011 };
        column.Nulls = 1;
        ColumnCodes.Read(column, 1, MemoryMarshal.Cast<int, uint>(read.AsSpan()));
        Assert.Equal([int.CreateChecked(codes[1]), ColumnCodes.NoCode], read);
    }

    private static Column Of<T>(ColumnType type, params T[] values) where T : unmanaged =>
        new() { Type = type, Rows = values.Length, Values = ArrowBytes.Bytes(values) };

    private static Column DecimalColumn(BigInteger unscaled, int width, int scale)
    {
        byte[] bytes = new byte[width];
        if (unscaled.Sign < 0) bytes.AsSpan().Fill(0xFF);
        unscaled.ToByteArray().AsSpan().CopyTo(bytes);
        return new Column { Type = new ColumnType(ColumnKind.Decimal, "decimal", Width: width, Scale: scale), Rows = 1, Values = bytes };
    }
}
