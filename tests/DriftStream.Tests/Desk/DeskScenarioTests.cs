using System.Text.Json;
using DriftStream.Desk;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Desk;

/// <summary>What owners are told in the stories that the desk was made for, word by word; and whoever restarts it after any record hears the same.</summary>
public sealed class DeskScenarioTests
{
    [Fact]
    public void AnUpstreamBreak_IsOneEpisode_AndAStragglerAnUpdateFiveMinutesLater() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age +job +pay +score")
        .Window(2.1, 2, "+zip")
        .Tick(2.15).Tick(2.3)
        .Window(5.1, 5, "-age -job")
        .Window(6.1, 6, "-pay -score -zip")
        .Says(
            "1.1h E1 r1 firing warning [age job pay score] to A, began",
            "2.15h E1 r2 firing warning [age job pay score zip] to A, update",
            "6.1h E1 r3 resolved warning [] to A, resolved");

    [Fact]
    public void Acknowledged_ThenWorse() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age")
        .Acknowledge(1.5, "A", "E1", 1, 49)
        .Window(2.1, 2, "+job")
        .Tick(2.5)
        .Window(3.1, 3, "+pay!")
        .Acknowledge(3.5, "A", "E1", 2, 49)
        .Acknowledge(3.6, "A", "E1", 4, 49)
        .Says(
            "1.1h E1 r1 firing warning [age] to A, began",
            "1.5h E1 r2 acknowledged warning [age] to A, acknowledged",
            "1.5h A: acknowledge -> done",
            "2.5h E1 r3 acknowledged warning [age job] to A, update",
            "3.1h E1 r4 firing critical [age job pay] to A, worse",
            "3.5h A: acknowledge -> outdated",
            "3.6h E1 r5 acknowledged critical [age job pay] to A, acknowledged",
            "3.6h A: acknowledge -> done");

    [Fact]
    public void NobodyAnswers_TheSecondInTheChainDoes()
    {
        DeskScript script = new DeskScript(DeskScript.Plan())
            .Window(1.1, 1, "+age!")
            .Tick(5.1).Tick(5.2)
            .Acknowledge(6, "B", "E1", 2, 30)
            .Tick(9.2).Tick(13.2).Tick(30.1);
        script.Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "5.2h E1 r2 firing critical [age] to A B, escalated",
            "6h E1 r3 acknowledged critical [age] to A B, acknowledged",
            "6h B: acknowledge -> done",
            "30.1h E1 r4 firing critical [age] to A B, lapsed");
        Assert.Equal(["A"], script.Missed);
        Assert.Equal(["B", "C", null, "B"], script.Alerts.Select(a => a.Next));
        Assert.Equal(DeskScript.At(5.1), script.Alerts[0].RespondBy);
    }

    [Fact]
    public void AnsweredInTime_WhileTheDeskWasDown() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age!")
        .Acknowledge(20, "A", "E1", 1, 30, said: 5)
        .Tick(20.1)
        .Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "20h E1 r2 acknowledged critical [age] to A, acknowledged",
            "20h A: acknowledge -> done");

    [Fact]
    public void TheDeskWasDownOverTwoDeadlines_EachGetsTheTimeThatIsTheirs() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age!")
        .Tick(20).Tick(23.9).Tick(24.1)
        .Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "20h E1 r2 firing critical [age] to A B, escalated",
            "24.1h E1 r3 firing critical [age] to A B C, escalated");

    [Fact]
    public void SilencedBeforehand_TheSilenceEndsWhileItLasts()
    {
        DeskScript script = new DeskScript(DeskScript.Plan())
            .Silence(0.5, "A", "age", 8)
            .Window(1.1, 1, "+age")
            .Window(2.1, 2, "+job", since: 0)
            .Acknowledge(2.2, "A", "E1", 1, 40)
            .Tick(8.1);
        script.Says(
            "0.5h A: silence -> done",
            "2.1h E1 r1 firing warning [job] to A, began",
            "2.2h E1 r2 acknowledged warning [job] to A, acknowledged",
            "2.2h A: acknowledge -> done",
            "8.1h E1 r3 acknowledged warning [age job] to A, update");
        Assert.Equal(["known"], script.Alerts.Select(a => a.EndedSilence?.Reason).Where(r => r is not null));
        Assert.Equal([1, 1, 0], script.Alerts.Select(a => a.Silenced));
    }

    [Fact]
    public void BackWithinThreeWindows_IsTheSameEpisode() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age")
        .Window(4.1, 4, "-age")
        .Window(6.1, 6, "+age")
        .Window(9.1, 9, "-age")
        .Window(30.1, 30, "+age")
        .Says(
            "1.1h E1 r1 firing warning [age] to A, began",
            "4.1h E1 r2 resolved warning [] to A, resolved",
            "6.1h E1 r3 firing warning [age] to A, back",
            "9.1h E1 r4 resolved warning [] to A, resolved",
            "30.1h E2 r1 firing warning [age] to A, began");

    [Fact]
    public void TwoCausesFarApart_AreTwoEpisodes() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age")
        .Window(6.1, 6, "+sex")
        .Window(7.1, 7, "-age")
        .Says(
            "1.1h E1 r1 firing warning [age] to A, began",
            "6.1h E2 r1 firing warning [sex] to A, began",
            "7.1h E1 r2 resolved warning [] to A, resolved");

    [Fact]
    public void AnswersThatChangeNothing() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age")
        .Acknowledge(1.2, "B", "E1", 1, 9)
        .Acknowledge(1.3, "A", "nonsense", 1, 9)
        .Acknowledge(1.4, "A", "E1", 7, 9)
        .Window(4.1, 4, "-age")
        .Acknowledge(5, "A", "E1", 1, 9)
        .Says(
            "1.1h E1 r1 firing warning [age] to A, began",
            "1.2h B: acknowledge -> refused",
            "1.3h A: acknowledge -> unknown",
            "1.4h A: acknowledge -> unknown",
            "4.1h E1 r2 resolved warning [] to A, resolved",
            "5h A: acknowledge -> resolved");

    [Fact]
    public void AnAcknowledgementEnds() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age")
        .Acknowledge(2, "A", "E1", 1, 26)
        .Tick(26.1).Tick(74.2)
        .Says(
            "1.1h E1 r1 firing warning [age] to A, began",
            "2h E1 r2 acknowledged warning [age] to A, acknowledged",
            "2h A: acknowledge -> done",
            "26.1h E1 r3 firing warning [age] to A, lapsed",
            "74.2h E1 r4 firing warning [age] to A, repeat");

    [Fact]
    public void TwoModelsOfTwoOwners_AreTwoEpisodes_AndWhatNobodyCanJudgeIsTheRootOwners() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age", model: "m1")
        .Window(1.1, 1, "+age", model: "m3")
        .Window(2.1, 2, "+x@", model: "m1")
        .Window(3.1, 3, "=x@", model: "m1")
        .Window(4.1, 4, "-x@", model: "m1")
        .Says(
            "1.1h E1 r1 firing warning [age] to A, began",
            "1.1h E2 r1 firing warning [age] to B, began",
            "2.1h E3 r1 firing warning [unjudged] to C, began",
            "4.1h E3 r2 resolved warning [] to C, resolved");

    [Fact]
    public void AnotherOwner_IsToldWithAWholeDeadline_AndTheFormerOneMayAnswerNoMore()
    {
        DeskScript script = new DeskScript(DeskScript.Plan(), DeskScript.Plan("D", "second"))
            .Window(1.1, 1, "+age!")
            .Acknowledge(1.5, "A", "E1", 1, 49)
            .PlanOf(3, 1)
            .Acknowledge(4, "A", "E1", 3, 49)
            .Acknowledge(4.1, "D", "E1", 3, 49)
            .Window(5.1, 5, "-age");
        script.Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "1.5h E1 r2 acknowledged critical [age] to A, acknowledged",
            "1.5h A: acknowledge -> done",
            "3h E1 r3 firing critical [age] to D A, handover",
            "4h A: acknowledge -> refused",
            "4.1h E1 r4 acknowledged critical [age] to D, acknowledged",
            "4.1h D: acknowledge -> done",
            "5.1h E1 r5 resolved critical [] to D A, resolved");
        Assert.Equal(DeskScript.At(7), script.Alerts[2].RespondBy);
        Assert.Equal(["plan", "plan", "second", "second", "second"], script.Alerts.Select(a => a.Plan));
    }

    /// <summary>A warning is told on a Friday afternoon; its owner works from nine to five in Berlin, and is away until Monday.</summary>
    [Fact]
    public void Away_GoesToBoth_AndTheDeadlineRunsInWorkingHours()
    {
        Assert.True(Zone.TryFind("Europe/Berlin", out Zone? berlin));
        DayOfWeek[] days = [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday];
        var hours = new WorkingHours(berlin, days, TimeSpan.FromHours(9), TimeSpan.FromHours(17), []);
        double friday = (4 * 24) + 15;
        DeskScript script = new DeskScript(DeskScript.Plan(of: o => o.Id == "A" ? o with { Hours = hours } : o))
            .Answer(friday - 2, "A", new Answer("", AnswerKind.Away, "anna") { Until = DeskScript.At(friday + 66), To = "E" })
            .Window(friday, friday, "+age")
            .Acknowledge(friday + 1, "E", "E1", 1, null)
            .Window(friday + 80, friday + 80, "+job!", since: friday);
        script.Says(
            $"{friday - 2}h A: away -> done",
            $"{friday}h E1 r1 firing warning [age] to A E, began",
            $"{friday + 1}h E1 r2 acknowledged warning [age] to A E, acknowledged",
            $"{friday + 1}h E: acknowledge -> done",
            $"{friday + 80}h E1 r3 firing critical [age job] to A, worse");
        Assert.Equal("2026-11-30T15:00:00Z", EventTime.Format(script.Alerts[0].RespondBy!.Value));
    }

    /// <summary>Who has it for longer than was told is news, told with the next update; a shorter word changes nothing.</summary>
    [Fact]
    public void AcknowledgedForLonger_IsToldAsUpdate_AndForShorter_Stays()
    {
        DeskScript script = new DeskScript(DeskScript.Plan())
            .Window(1, 1, "+age")
            .Acknowledge(2, "A", "E1", 1, 20)
            .Acknowledge(3, "A", "E1", 2, 90)
            .Tick(3.5)
            .Acknowledge(4, "A", "E1", 2, 10)
            .Tick(5);
        script.Says(
            "1h E1 r1 firing warning [age] to A, began",
            "2h E1 r2 acknowledged warning [age] to A, acknowledged",
            "2h A: acknowledge -> done",
            "3h A: acknowledge -> done",
            "3.5h E1 r3 acknowledged warning [age] to A, update",
            "4h A: acknowledge -> done");
        Assert.Equal(DeskScript.At(90), script.Alerts[2].Acknowledged!.Until);
    }

    /// <summary>Whoever comes back early answers alone again; the one that stood in may not say so, and no longer answers.</summary>
    [Fact]
    public void BackEarly_EndsTheAbsence()
    {
        Answer back = new("", AnswerKind.End, "anna") { Absence = "gone" };
        DeskScript script = new DeskScript(DeskScript.Plan())
            .Answer(1, "A", new Answer("gone", AnswerKind.Away, "anna") { Until = DeskScript.At(66), To = "E" })
            .Answer(2, "E", back)
            .Window(3, 3, "+age")
            .Answer(4, "A", back with { Id = "home" })
            .Silence(5, "E", "age", 9)
            .Answer(6, "A", back with { Id = "again" })
            .Window(7, 7, "+job!", since: 3);
        script.Says(
            "1h A: away -> done",
            "2h E: end -> refused",
            "3h E1 r1 firing warning [age] to A E, began",
            "4h A: end -> done",
            "5h E: silence -> refused",
            "6h A: end -> unknown",
            "7h E1 r2 firing critical [age job] to A, worse");
    }

    /// <summary>Each owner's answers are heard in their order, those of several owners in any: what was ended before it was heard never begins.</summary>
    [Fact]
    public void EndedBeforeItWasHeard_DoesNotBegin()
    {
        Answer end = new("", AnswerKind.End, "anna");
        DeskScript script = new DeskScript(DeskScript.Plan())
            .Answer(1, "C", end with { Silence = "hush" })
            .Answer(1, "C", end with { Absence = "gone" })
            .Answer(1, "D", end with { Silence = "other" })
            .Answer(2, "A", new Answer("hush", AnswerKind.Silence, "anna") { Model = "m1", Signal = "age", Until = DeskScript.At(9), Note = "known" })
            .Answer(2, "A", new Answer("gone", AnswerKind.Away, "anna") { Until = DeskScript.At(66), To = "E" })
            .Answer(2, "A", new Answer("other", AnswerKind.Silence, "anna") { Model = "m1", Signal = "job", Until = DeskScript.At(9), Note = "known" })
            .Window(3, 3, "+age +job");
        script.Says(
            "1h C: end -> unknown",
            "1h C: end -> unknown",
            "1h D: end -> unknown",
            "2h A: silence -> done",
            "2h A: away -> done",
            "2h A: silence -> done",
            "3h E1 r1 firing warning [age] to A, began");
    }

    [Fact]
    public void AnAlert_HasTheFieldsOfTheContract()
    {
        DeskScript script = new DeskScript(DeskScript.Plan()).Window(1.1, 1, "+age +job! +pay").Acknowledge(2, "A", "E1", 1, 20);
        JsonElement alert = JsonDocument.Parse(DeskAlertJson.Write(script.Alerts[1])).RootElement;
        Assert.Equal(
            "id episode status severity revision because owner to model version signal group summary statistic rule cells baseline rules window since told "
            + "respond_by next escalate_to acknowledged silenced decision symptoms symptoms_left_out purpose at_stake actions tags receipt plan",
            string.Join(' ', alert.EnumerateObject().Select(p => p.Name)));
        Assert.Equal("job", alert.GetProperty("signal").GetString());
        Assert.Equal("3 symptoms: job has drifted; also age, pay", alert.GetProperty("summary").GetString());
        Assert.Equal(["job", "age", "pay"], alert.GetProperty("symptoms").EnumerateArray().Select(s => s.GetProperty("signal").GetString()));
        Assert.Equal("signal group version status severity since summary statistic cells window",
            string.Join(' ', alert.GetProperty("symptoms")[1].EnumerateObject().Select(p => p.Name)));
        JsonElement acknowledged = alert.GetProperty("acknowledged");
        Assert.Equal(("anna", "A"), (acknowledged.GetProperty("by").GetString(), acknowledged.GetProperty("owner").GetString()));
        JsonElement reply = JsonDocument.Parse(DeskAlertJson.Write(script.Replies[0])).RootElement;
        Assert.Equal("id answer kind owner by outcome why model episode revision said heard", string.Join(' ', reply.EnumerateObject().Select(p => p.Name)));
        Assert.Equal(("done", 2), (reply.GetProperty("outcome").GetString(), reply.GetProperty("revision").GetInt32()));
    }
}
