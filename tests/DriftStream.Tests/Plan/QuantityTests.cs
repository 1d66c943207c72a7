using CsCheck;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("250ms", 250_000)]
    [InlineData("30s", 30_000_000)]
    [InlineData("5m", 300_000_000)]
    [InlineData("1h", 3_600_000_000)]
    [InlineData("7d", 604_800_000_000)]
    [InlineData("0s", 0)]
    public void Duration_IsMicroseconds(string text, long expected)
    {
        Assert.True(Quantity.TryDuration(text, out long value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("-5s")]
    [InlineData("1.5h")]
    [InlineData("5 s")]
    [InlineData("1h30m")]
    [InlineData("5M")]
    [InlineData("s")]
    [InlineData("106751992d")]
    [InlineData("99999999999999999999s")]
    public void Duration_RefusesWhatIsNone(string text) => Assert.False(Quantity.TryDuration(text, out _));

    [Theory]
    [InlineData("512B", 512)]
    [InlineData("512", 512)]
    [InlineData("64KiB", 65_536)]
    [InlineData("8MiB", 8_388_608)]
    [InlineData("1GiB", 1_073_741_824)]
    public void Size_IsBytes(string text, long expected)
    {
        Assert.True(Quantity.TrySize(text, out long value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("8MB")]
    [InlineData("8 MiB")]
    [InlineData("-1B")]
    [InlineData("9223372036854775807KiB")]
    public void Size_RefusesWhatIsNone(string text) => Assert.False(Quantity.TrySize(text, out _));

    [Theory]
    [InlineData("5%", 0.05)]
    [InlineData("0.05", 0.05)]
    [InlineData("0.1%", 0.001)]
    [InlineData("100%", 1)]
    [InlineData("1e-3", 0.001)]
    [InlineData("-1", -1)]
    public void Rate_IsAShare(string text, double expected)
    {
        Assert.True(Quantity.TryRate(text, out double value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("5%%")]
    [InlineData("1e2%")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e999")]
    [InlineData("0,05")]
    public void Rate_RefusesWhatIsNone(string text) => Assert.False(Quantity.TryRate(text, out _));

    [Fact]
    public void Duration_WrittenThenRead_IsTheSame() => Gen.Long[0, long.MaxValue / 1000].Sample(milliseconds =>
    {
        long value = milliseconds * 1000;
        return Quantity.TryDuration(Quantity.Duration(value), out long read) && read == value;
    });

    [Fact]
    public void Size_WrittenThenRead_IsTheSame() => Gen.Long[0, long.MaxValue].Sample(bytes =>
        Quantity.TrySize(Quantity.Size(bytes), out long read) && read == bytes);

    [Fact]
    public void Rate_WrittenThenRead_IsTheSameBits() => Gen.Double.Where(double.IsFinite).Sample(rate =>
        Quantity.TryRate(Quantity.Rate(rate), out double read)
            && BitConverter.DoubleToInt64Bits(read) == BitConverter.DoubleToInt64Bits(rate));

    // The reference is decimal arithmetic: exact for so few digits, and it knows nothing of exponents.
    [Fact]
    public void Rate_InPercent_IsTheSameDoubleAsTheShare() => Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[0, 6]).Sample((digits, places) =>
    {
        var percent = new decimal(digits, 0, 0, false, (byte)places);
        string share = (percent / 100m).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Quantity.TryRate(percent.ToString(System.Globalization.CultureInfo.InvariantCulture) + "%", out double a)
            && Quantity.TryRate(share, out double b) && a.Equals(b);
    });
}
