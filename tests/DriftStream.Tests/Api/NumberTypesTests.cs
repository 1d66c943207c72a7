using System.Reflection;
using System.Text.Json;
using DriftStream.Frames;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Api;

/// <summary>Numbers that mean different things have types where they cross a seam, so that the compiler refuses one in the place of another.</summary>
public sealed class NumberTypesTests
{
    private static readonly string[] Times =
    [
        "Start", "End", "LastEnd", "Since", "WaitsSince", "RespondBy", "Watermark", "Timestamp", "Stamp", "IdleStamp", "IdleSince", "Now", "SealedUpto", "Kept",
    ];

    private static readonly string[] Durations =
    [
        "Size", "Every", "PaneSize", "PaneOffset", "AllowedLateness", "ExtendTo", "Longest", "MaxFuture", "IdleAfter", "IdleLease", "CloseAfterIdle",
        "Flush", "SegmentSpan", "UnownedPane", "EscalateAfter", "After", "Update", "Repeat",
    ];

    /// <summary>Where several bare numbers stand side by side, and why no type would keep them apart.</summary>
    private static readonly Dictionary<string, string> SideBySide = new(StringComparer.Ordinal)
    {
        ["CheckpointState"] = "both are offsets in the counts topic",
        ["DeskState"] = "an offset of its log, and an epoch",
        ["CountingSettings"] = "an epoch, which a plan gets when it is written, and bytes, which stand between two durations",
        ["DetectedErrors"] = "a count, and a place among rows",
        ["ErrorWatch.Next"] = "rows, and those of them that are errors",
        ["ErrorWatch.Spread"] = "rows, and those of them that are errors",
        ["EventTime.Floor"] = "arithmetic on columns of times",
        ["FateCounts"] = "all three count messages",
        ["GroupCount"] = "both count rows",
        ["JudgedSignal"] = "all count rows",
        ["JudgedStatistic"] = "both count rows",
        ["JoinHeader"] = "both are epochs",
        ["PaneErrors"] = "rows, and those of them that are errors",
        ["PlanDocument.Adopt"] = "both are epochs",
    };

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
        Assert.Empty(found);
    }

    /// <summary>One bare number among typed ones is safe: in the place of another it does not compile.</summary>
    [Fact]
    public void BareNumbers_StandAlone()
    {
        string[] found =
        [
            .. from type in typeof(EventTime).Assembly.GetExportedTypes()
               from member in type.GetConstructors().AsEnumerable<MethodBase>().Concat(type.GetMethods())
               // Formulas are arithmetic: all their whole numbers count rows.
               where member.DeclaringType == type && type.Namespace != "DriftStream.Statistics"
               where member.GetParameters().Count(p => p.ParameterType == typeof(long) || p.ParameterType == typeof(long?)) > 1
               select member.IsConstructor ? type.Name : $"{type.Name}.{member.Name}",
        ];
        Assert.Equal(Lines(SideBySide.Keys), Lines(found.Distinct()));
    }

    [Theory]
    [InlineData(typeof(EventTime))]
    [InlineData(typeof(Duration))]
    [InlineData(typeof(SourceOffset))]
    [InlineData(typeof(RowCount))]
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
        IsWritten(new EventTime(number), number);
        IsWritten(new Duration(number), number);
        IsWritten(new SourceOffset(number), number);
        IsWritten(new RowCount(number), number);
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
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<SourceOffset>(json));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<RowCount>(json));
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

    [Fact]
    public void OffsetsAndRows_KeepTheMeaning()
    {
        SourceOffset seven = new(7);
        Assert.Equal(new SourceOffset(8), seven.Next);
        Assert.Equal(new SourceOffset(0), SourceOffset.None.Next);
        Assert.Equal((seven, seven), (SourceOffset.Max(seven, SourceOffset.None), SourceOffset.Max(SourceOffset.None, seven)));
        RowCount two = new(2), five = new(5);
        Assert.Equal((new RowCount(7), new RowCount(-3)), (two + five, two - five));
        Assert.Equal((five, five), (RowCount.Max(two, five), RowCount.Max(five, two)));
        Assert.Equal((new RowCount(9), RowCount.Zero), (RowCount.Sum([two, five, two]), RowCount.Sum([])));
    }

    private static string Lines(IEnumerable<string> names) => string.Join('\n', names.Order(StringComparer.Ordinal));

    private static void IsWritten<T>(T value, long number)
        where T : struct
    {
        string text = number.ToString();
        Assert.Equal(text, JsonSerializer.Serialize(value));
        Assert.Equal(value, JsonSerializer.Deserialize<T>(text));
        Assert.Equal($"{number} {number:N0}", $"{value} {value:N0}");
    }
}
