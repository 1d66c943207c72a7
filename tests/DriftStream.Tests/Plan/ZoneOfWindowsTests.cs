using DriftStream.Cells;
using DriftStream.Plan;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>What a zone of a window does to the rest of a plan.</summary>
public sealed class ZoneOfWindowsTests
{
    private const string TimeColumn = "columns: { time: at }", Rolling = "{ name: recent, rolling: 7d, calendar: hour_of_day }";

    [Theory]
    [InlineData("{ size: 7d, zone: Europe/Berlin }", 60, 0)]
    [InlineData("{ size: 7d, zone: Asia/Kolkata }", 30, 0)]
    [InlineData("{ size: 7d, zone: Asia/Kathmandu, offset: 4d }", 15, 0)]
    [InlineData("{ size: 7d, zone: Africa/Monrovia }", 60, 0)]
    [InlineData("[{ size: 7d, zone: Europe/Berlin }, { size: 90m }]", 30, 0)]
    [InlineData("[{ size: 90m, offset: 10m }, { size: 7d, zone: Europe/Berlin }]", 10, 0)]
    [InlineData("[{ size: 1d, zone: Europe/Berlin }, { size: 1d, zone: Asia/Kathmandu, name: other }]", 15, 0)]
    [InlineData("{ size: 1h, offset: 10m, zone: Asia/Kathmandu }", 60, 10)]
    public void Panes_FitTheDaysOfTheZone(string windows, int minutes, int offset)
    {
        ModelWindows model = Read($"window: {windows}").Models[0].Windows;
        Assert.Equal((Duration.FromMinutes(minutes), Duration.FromMinutes(offset)), (model.PaneSize, model.PaneOffset));
    }

    /// <summary>Another zone is another plan; a plan that comes from its topic has the zone again, and so has the config that is written out.</summary>
    [Fact]
    public void Zone_IsPartOfThePlan()
    {
        DriftPlan none = Read("window: { size: 1d }"), berlin = Read("window: { size: 1d, zone: Europe/Berlin }");
        PlanDocument document = PlanDocument.Of(berlin);
        Assert.Equal(3, new[] { none, berlin, Read("window: { size: 1d, zone: Europe/Paris }") }.Select(p => p.Hash).Distinct().Count());
        Assert.DoesNotContain("zone", PlanDocument.Of(none).Text, StringComparison.Ordinal);
        Assert.Contains("\"zone\":\"Europe/Berlin\"", document.Text, StringComparison.Ordinal);
        Assert.Equal(berlin.Models[0].Windows.Windows, PlanDocument.Read(document.Text)!.Models[0].Windows);
        Assert.Null(PlanDocument.Read(document.Text.Replace("Berlin", "Atlantis", StringComparison.Ordinal)));
        PlanResult again = Configs.Read(Configs.Read(Configs.WithModel("window: { size: 1d, zone: Europe/Berlin }")).Effective!);
        Assert.Equal(berlin.Hash, again.Plan!.Hash);
        Assert.Contains(PlanDiff.Between(PlanDocument.Of(none), document), change => change.To == "Europe/Berlin");
    }

    [Theory]
    [InlineData("{ size: 1d, zone: Asia/Kathmandu }", "Asia/Kathmandu")]
    [InlineData("{ size: 1h, zone: Asia/Kathmandu }", "Asia/Kathmandu")]
    [InlineData("[{ size: 1d, zone: Asia/Kathmandu }, { size: 1h }]", "Asia/Kathmandu")]
    [InlineData("{ size: 1h }", null)]
    public void Calendar_IsThatOfTheZone(string windows, string? zone)
    {
        string text = WithBaseline("[{ name: a, data: a, calendar: hour_of_week }, " + Rolling + "]", windows);
        BaselineRequest? asked = null;
        PlanResult result = Configs.Read(text, request =>
        {
            asked = request;
            return BaselineLoad.Of(Configs.Employment with { Calendar = Of(request.Settings.CalendarZone) });
        });
        Assert.Empty(result.Findings);
        Assert.Equal(zone, asked!.Settings.CalendarZone?.Id);
        StreamReference stream = Assert.Single(result.Plan!.Models[0].Windows.References);
        Assert.Equal((CalendarKind.HourOfDay, zone), (stream.Calendar, stream.CalendarZone?.Id));
    }

    [Fact]
    public void Baseline_WithTheHoursOfAnotherZone_IsRefused()
    {
        string text = WithBaseline("{ file: a, calendar: hour_of_week }", "{ size: 1d, zone: Asia/Kathmandu }");
        Finding finding = Assert.Single(Configs.Read(text, _ => BaselineLoad.Of(Configs.Employment with { Calendar = Of(null) })).Findings);
        Assert.Equal("baseline", finding.Code);
        Assert.EndsWith(
            "was built with the calendar hour_of_week; here it is hour_of_week of Asia/Kathmandu", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calendar_OfTwoZones_IsRefused()
    {
        string text = WithBaseline("{ file: a, calendar: hour_of_week }", "[{ size: 1d, zone: Asia/Tokyo }, { size: 7d, zone: Asia/Seoul }]");
        Finding finding = Configs.Read(text).Findings.First();
        Assert.Equal(("calendar_zone", "models[0].baseline.calendar: the windows have the zones Asia/Tokyo and Asia/Seoul"), (finding.Code, finding.Message));
    }

    [Fact]
    public void LearnedBaseline_IsAnotherOneInAnotherZone()
    {
        string Settings(string windows) =>
            Configs.Read(WithBaseline("{ learn: 14d, calendar: hour_of_week }", windows)).Plan!.Models[0].Learn!.Settings;
        Assert.NotEqual(Settings("{ size: 1d }"), Settings("{ size: 1d, zone: Asia/Tokyo }"));
        Assert.Equal(Settings("{ size: 1d, zone: Asia/Tokyo }"), Settings("{ size: 7d, zone: Asia/Tokyo }"));
    }

    private static Calendar Of(Zone? zone) => new(CalendarKind.HourOfWeek, [.. Enumerable.Repeat(2, 168)]) { Zone = zone };

    private static string WithBaseline(string baseline, string windows) =>
        Configs.WithModel($"{TimeColumn}|window: {windows}").Replace("{ file: employment.baseline }", baseline, StringComparison.Ordinal);

    private static DriftPlan Read(string lines)
    {
        PlanResult result = Configs.Read(Configs.WithModel(lines));
        Assert.Empty(result.Findings);
        return result.Plan!;
    }
}
