using System.Text;
using DriftStream.Host.Webhooks;
using DriftStream.Judging;
using Xunit;

namespace DriftStream.Host.Tests.Webhooks;

public sealed class AlertmanagerEpisodesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    private readonly AlertmanagerEpisodes _episodes = new(Severity.Warning);

    [Fact]
    public void Firing_IsPosted_AndAllThatIsOpenAgain_UntilItIsResolved()
    {
        PostedAlert first = Assert.Single(Take("e1", "firing", "critical"));
        Assert.Equal(
            ["alertname=DriftStream", "episode=e1", "model=m \"1\"", "owner=team", "severity=critical"],
            first.Labels.Select(l => $"{l.Key}={l.Value}").Order());
        Assert.Equal(("it fell", "AGEP, SEX by RAC1P", "https://run.book/1", "2026-11-30T00:00:00Z", "firing", "https://x/e"), (
            first.Annotations["summary"], first.Annotations["symptoms"], first.Annotations["runbook"], first.Annotations["respond_by"],
            first.Annotations["status"], first.Annotations["link"]));
        Assert.Equal("check_upstream (accepted): the feed lost a column\nretrain (recommended): it lasts", first.Annotations["recommended"]);
        Assert.Equal("about 1,200.5 EUR (rows x value)", first.Annotations["at_stake"]);
        Assert.Equal((Now.AddHours(-1), Now + AlertmanagerEpisodes.Lasts), (first.Starts, first.Ends));
        Take("e2", "firing", "warning");
        PostedAlert[] all = All(Now.AddMinutes(1));
        Assert.Equal(["e1", "e2"], all.Select(a => a.Labels["episode"]));
        Assert.All(all, a => Assert.Equal(Now.AddMinutes(1) + AlertmanagerEpisodes.Lasts, a.Ends));

        PostedAlert ended = Assert.Single(Take("e1", "resolved", "critical"));
        Assert.Equal((first.Labels["severity"], Now), (ended.Severity, ended.Ends));
        Assert.Equal("e2", Assert.Single(All(Now)).Labels["episode"]);
    }

    [Fact]
    public void RaisedSeverity_EndsTheLabelsBefore()
    {
        Take("e1", "firing", "warning");
        PostedAlert[] said = Take("e1", "firing", "critical");
        Assert.Equal([("warning", Now), ("critical", Now + AlertmanagerEpisodes.Lasts)], said.Select(a => (a.Severity, a.Ends)));
        Assert.Equal("critical", Assert.Single(All(Now)).Severity);
        Assert.Equal([("critical", Now)], Take("e1", "resolved", "critical").Select(a => (a.Severity, a.Ends)));
    }

    [Fact]
    public void Acknowledged_GoesOn_Silenced_Ends_AndMayComeBack()
    {
        Take("e1", "firing", "critical");
        PostedAlert acknowledged = Assert.Single(Take("e1", "acknowledged", "critical"));
        Assert.Equal(("acknowledged", Now + AlertmanagerEpisodes.Lasts), (acknowledged.Annotations["status"], acknowledged.Ends));
        Assert.Equal(Now, Assert.Single(Take("e1", "silenced", "critical")).Ends);
        Assert.Empty(All(Now));
        Assert.Equal(Now + AlertmanagerEpisodes.Lasts, Assert.Single(Take("e1", "firing", "critical")).Ends);
    }

    [Fact]
    public void BelowTheSeverity_NothingIsSaid_ButWhatWasAboveEnds()
    {
        Assert.Empty(Take("e1", "firing", "info"));
        Assert.Empty(Take("e1", "resolved", "info"));
        Take("e2", "firing", "critical");
        Assert.Equal([("critical", Now)], Take("e2", "firing", "info").Select(a => (a.Severity, a.Ends)));
        Assert.Empty(All(Now));
    }

    [Fact]
    public void ResolvedThatWasNotSeenToOpen_IsEnded() => Assert.Equal(Now, Assert.Single(Take("e1", "resolved", "critical")).Ends);

    [Fact]
    public void TimeInTheFuture_StartsNow()
    {
        AlertView alert = Alert("e1", "firing", "critical") with { Told = Now.AddDays(1) };
        PostedAlert said = Assert.Single(AlertmanagerRules.Read(AlertmanagerEpisodes.Request(_episodes.Take(alert, Now), Now).Body));
        Assert.Equal(Now, said.Starts);
    }

    [Fact]
    public void Episodes_AreBounded_AndTheOldestIsForgotten()
    {
        for (int i = 0; i <= AlertmanagerEpisodes.Most; i++) _episodes.Take(Alert($"e{i}", "firing", "critical"), Now);
        Assert.Equal(AlertmanagerEpisodes.Most, _episodes.Count);
        PostedAlert[] all = All(Now);
        Assert.Equal((AlertmanagerEpisodes.Most, "e1"), (all.Length, all[0].Labels["episode"]));
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("[1]")]
    [InlineData("{\"status\": \"firing\", \"model\": 3, \"episode\": \"e\"}")]
    public void WhatIsNoAlert_IsNone(string text) => Assert.Null(AlertView.Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void AlertOfToday_IsRead()
    {
        AlertView alert = AlertView.Read("""
            {"id": "i", "episode": "e", "status": "firing", "severity": "info", "owner": {"id": "o"}, "model": "m", "signal": "AGEP", "group": null,
             "summary": "s",
             "window": {"end": "2026-11-29T10:00:00Z"}, "actions": [{"kind": "investigate", "runbook": "https://r"}]}
            """u8.ToArray())!;
        Assert.Equal(("i", "e", Severity.Info, "o", "https://r", Now.AddHours(-2)),
            (alert.Id, alert.Episode, alert.Severity, alert.Owner, alert.Runbook, alert.Told));
        Assert.Equal(["AGEP"], alert.Symptoms);
    }

    private static AlertView Alert(string episode, string status, string severity) => AlertView.Read(Encoding.UTF8.GetBytes($$"""
        {"id": "i", "episode": "{{episode}}", "status": "{{status}}", "severity": "{{severity}}", "owner": {"id": "team"}, "model": "m \"1\"",
         "summary": "it fell",
         "told": "2026-11-29T11:00:00Z", "respond_by": "2026-11-30T00:00:00Z", "link": "https://x/e", "symptoms":
         [{"signal": "AGEP", "group": null, "status": "on"}, {"signal": "old", "status": "ended"}, {"signal": "SEX", "group": "RAC1P", "status": "began"}],
         "at_stake": {"amount": 1200.5, "unit": "EUR", "formula": "rows x value"},
         "actions": [{"kind": "check_upstream", "id": "c1", "state": "accepted", "why": "the feed lost a column"},
                     {"kind": "retrain", "id": "r1", "state": "recommended", "why": "it lasts"}, {"kind": "investigate", "runbook": "https://run.book/1"}]}
        """))!;

    private PostedAlert[] Take(string episode, string status, string severity) =>
        AlertmanagerRules.Read(AlertmanagerEpisodes.Request(_episodes.Take(Alert(episode, status, severity), Now), Now).Body);

    private PostedAlert[] All(DateTimeOffset now) => [.. _episodes.All(now).SelectMany(r => AlertmanagerRules.Read(r.Body))];
}
