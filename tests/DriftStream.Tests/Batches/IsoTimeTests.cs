using System.Globalization;
using System.Text;
using CsCheck;
using DriftStream.Batches;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Batches;

public sealed class IsoTimeTests
{
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.ffffffzzz", "yyyy-MM-dd HH:mm:ss.fffzzz", "yyyy-MM-dd't'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mmzzz",
        "yyyy-MM-dd'T'HH:mm:ss.fffffffzzz", "yyyy-MM-dd'T'HH:mm:ss,fzzz",
    ];

    [Fact]
    public void TryParse_WhatDateTimeOffsetWrites_IsWhatItReads()
    {
        Gen<string> formats = Gen.Int[0, Formats.Length - 1].Select(i => Formats[i]);
        Gen.Long[0, DateTime.MaxValue.Ticks].Select(Gen.Int[-14 * 60, 14 * 60], formats).Sample((ticks, minutes, format) =>
        {
            string local = format.Replace("zzz", "", StringComparison.Ordinal);
            var offset = TimeSpan.FromMinutes(minutes);
            string text = new DateTime(ticks).ToString(local, CultureInfo.InvariantCulture)
                + (minutes < 0 ? "-" : "+") + offset.ToString("hh\\:mm", CultureInfo.InvariantCulture);
            bool there = DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var expected);
            Assert.Equal(there, IsoTime.TryParse(Encoding.ASCII.GetBytes(text), out long time));
            if (there) Assert.Equal((long)Math.Floor((expected.UtcDateTime - DateTime.UnixEpoch).Ticks / 10m), time);
        });
    }

    [Theory]
    [InlineData("2017-03-09", "2017-03-09T00:00:00Z")]
    [InlineData("2017-03-09T18:30", "2017-03-09T18:30:00Z")]
    [InlineData("2017-03-09T18:30:15", "2017-03-09T18:30:15Z")]
    [InlineData("2017-03-09T18:30:15Z", "2017-03-09T18:30:15Z")]
    [InlineData("2017-03-09 18:30:15.5z", "2017-03-09T18:30:15.5Z")]
    [InlineData("2017-03-09T18:30:15.123456789+0200", "2017-03-09T16:30:15.123456Z")]
    [InlineData("2017-03-09T00:30-01", "2017-03-09T01:30:00Z")]
    [InlineData("2024-02-29T23:59:59.999999Z", "2024-02-29T23:59:59.999999Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    public void TryParse_Iso8601_IsRead(string text, string expected)
    {
        Assert.True(IsoTime.TryParse(Encoding.UTF8.GetBytes(text), out long time));
        Assert.Equal(expected, EventTime.Format(time));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2017")]
    [InlineData("03/09/2017")]
    [InlineData("2017-3-9")]
    [InlineData("2017-02-29")]
    [InlineData("2017-13-01")]
    [InlineData("0000-01-01")]
    [InlineData("-017-01-01")]
    [InlineData("2017-03-09T")]
    [InlineData("2017-03-09T24:00")]
    [InlineData("2017-03-09T18")]
    [InlineData("2017-03-09T18:60")]
    [InlineData("2017-03-09T18:30:60")]
    [InlineData("2017-03-09T18:30:15.")]
    [InlineData("2017-03-09T18:30:15 Z")]
    [InlineData("2017-03-09T18:30:15Zulu")]
    [InlineData("2017-03-09T18:30:15+2")]
    [InlineData("2017-03-09T18:30:15+02x00")]
    [InlineData("2017-W10-4")]
    [InlineData(" 2017-03-09")]
    [InlineData("0001-01-01T00:00+01:00")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(IsoTime.TryParse(Encoding.UTF8.GetBytes(text), out _));
}
