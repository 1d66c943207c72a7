using System.Reflection;
using System.Text.Json;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Api;

/// <summary>Times and durations have types where they cross a seam, so that the compiler refuses one in the place of another.</summary>
public sealed class NumberTypesTests
{
    private static readonly string[] Times =
    [
        "Start", "End", "LastEnd", "Since", "WaitsSince", "RespondBy", "Watermark", "Timestamp", "Stamp", "IdleStamp", "IdleSince", "Now", "SealedUpto", "Kept",
    ];

    private static readonly string[] Durations =
    [
        "Size", "Every", "PaneSize", "PaneOffset", "AllowedLateness", "ExtendTo", "Longest", "MaxFuture", "IdleAfter", "IdleLease", "CloseAfterIdle",
        "Flush", "SegmentSpan", "UnownedPane", "EscalateAfter",
    ];

    /// <summary>What a checkpoint keeps of the ledger's own numbers, and starts of segments, which are offsets.</summary>
    private static readonly string[] Bare =
    [
        "ModelProgress.SealedUpto", "ModelProgress.LastEnd", "ModelProgress.WaitsSince", "ModelProgress.Kept", "MarkedPane.Start", "MarkedPane.End",
        "GrowingWindow.Start", "FoldedSnapshot.LastEnd", "FoldedSnapshot.Start", "SegmentSnapshot.Start",
    ];

    [Fact]
    public void TimesAndDurations_AreNeverBareNumbersInARecord()
    {
        string[] found =
        [
            .. from type in typeof(EventTime).Assembly.GetExportedTypes()
               from property in type.GetProperties()
               where Times.Concat(Durations).Contains(property.Name)
               where (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) == typeof(long)
               select $"{type.Name}.{property.Name}",
        ];
        Assert.Equal(Bare.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(typeof(EventTime))]
    [InlineData(typeof(Duration))]
    public void NumberTypes_AreReadAsANumberButNeverMadeOfOneByConversion(Type type)
    {
        IEnumerable<MethodInfo> conversions = type.GetMethods().Where(m => m.Name is "op_Implicit" or "op_Explicit");
        Assert.Equal(typeof(long), Assert.Single(conversions).ReturnType);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1_500_000_000_000_000)]
    public void NumberTypes_AreWrittenAsTheirNumber(long number)
    {
        string text = number.ToString();
        Assert.Equal(text, JsonSerializer.Serialize(new EventTime(number)));
        Assert.Equal(text, JsonSerializer.Serialize(new Duration(number)));
        Assert.Equal(new EventTime(number), JsonSerializer.Deserialize<EventTime>(text));
        Assert.Equal(new Duration(number), JsonSerializer.Deserialize<Duration>(text));
        Assert.Equal($"{number} {number:N0}", $"{new EventTime(number)} {new EventTime(number):N0}");
        Assert.Equal($"{number} {number:N0}", $"{new Duration(number)} {new Duration(number):N0}");
    }

    [Theory]
    [InlineData("\"7\"")]
    [InlineData("7.5")]
    [InlineData("null")]
    [InlineData("9223372036854775808")]
    public void NumberTypes_RefuseOtherJson(string json)
    {
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<EventTime>(json));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Duration>(json));
    }

    [Fact]
    public void Arithmetic_KeepsTheMeaning()
    {
        EventTime noon = new(12 * EventTime.Hour), one = noon + Duration.FromHours(1);
        Assert.Equal(new EventTime(13 * EventTime.Hour), one);
        Assert.Equal(Duration.FromMinutes(60), one - noon);
        Assert.Equal(new EventTime(11 * EventTime.Hour), noon - Duration.FromSeconds(3600));
        Assert.Equal(Duration.FromDays(1), Duration.FromHours(25) - Duration.FromHours(1));
        Assert.Equal(Duration.FromDays(1), Duration.FromHours(23) + Duration.FromHours(1));
        Assert.Equal((noon, one), (EventTime.Min(one, noon), EventTime.Max(noon, one)));
        Assert.True(EventTime.None < EventTime.Earliest && EventTime.Earliest < noon && noon < EventTime.Latest);
    }
}
