using System.Collections.Immutable;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

public sealed class EntryEstimateTests
{
    // The lateness of 10 minutes, which is the default, opens one pane more.
    [Theory]
    [InlineData("window: { size: 7d }", 5, 8)]
    [InlineData("window: { size: 7d }|allowed_lateness: 0s", 5, 7)]
    [InlineData("window: { size: 7d }|allowed_lateness: 2d", 5, 9)]
    [InlineData("window: { size: 7d, every: 1h }|allowed_lateness: 0s", 5, 168)]
    [InlineData("window: [{ size: 1h }, { size: 90m }]|allowed_lateness: 0s", 5, 3)]
    [InlineData("window: { size: 1h }|allowed_lateness: 0s|columns: { features: [AGEP] }", 1, 1)]
    [InlineData("window: { size: 7d, zone: UTC }|allowed_lateness: 0s", 5, 193)] // whole hours, and a week may be up to a day longer
    public void Entries_AreSignalsTimesPanes(string lines, int signals, long panes)
    {
        EntryEstimate estimate = Assert.Single(Configs.Read(Configs.WithModel(lines)).Entries);
        Assert.Equal((signals, panes), (estimate.Signals, estimate.Panes));
        Assert.Equal(signals * panes, estimate.Entries(_ => 1));
        Assert.Equal(3 * estimate.Entries(_ => 1), estimate.Entries(_ => 3));
    }

    [Fact]
    public void Warning_NamesTheGreatestModelAndWhatHelps()
    {
        ImmutableArray<EntryEstimate> estimates =
        [
            new EntryEstimate("small", ["a"], 10, 24, 3, 5),
            new EntryEstimate("great", ["a", "b"], 100, 168, 9, 5),
        ];
        Assert.Null(EntryEstimate.Warning("f", estimates, _ => 29));
        Finding warning = EntryEstimate.Warning("f", estimates, topic => topic == "a" ? 12 : 48)!;
        Assert.Equal(("f", 9, 5, FindingSeverity.Warning), (warning.File, warning.Line, warning.Column, warning.Severity));
        Assert.Equal(
            "the open windows hold about 1,010,880 entries, and 'great' most of them: 100 signals x 168 panes x 60 source partitions for each version",
            warning.Message);
        Assert.StartsWith("let the producer key records by model", warning.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void ConfigWithErrors_HasNoEstimate() => Assert.Empty(Configs.Read(Configs.Text("mistakes.yaml")).Entries);
}
