using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Desk;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Desk;

/// <summary>What is recommended, when not, and what becomes of it; whoever restarts the desk after any record hears the same.</summary>
public sealed class DeskActionTests
{
    // Version 6 has been there for long, 7 came in the window up to 25h and its score speaks in the one up to 26h.
    private static DeskScript NewVersion(DeskPlan plan, double later = 0, string speaks = "+7/score") => new DeskScript(plan)
        .Window(1.1, 1, "6=1000", "")
        .Window(25.1, 25, "6=900 7=100", "")
        .Window(26.1 + later, 26 + later, "6=500 7=500!score", speaks);

    private static DeskPlan OwnRetrain(long coolDown, int most, long per) => ActionScript.Plan(m => m with
    {
        Recommend = m.Recommend with { Retrain = new RetrainSettings(Duration.FromDays((int)coolDown), most, Duration.FromDays((int)per)) },
    });

    // From the window up to 1h on, and the score with it.
    private static DeskScript Lasting(DeskPlan plan, int windows, string first = "+7/age +7/score")
    {
        DeskScript script = new DeskScript(plan).Window(1.1, 1, "7=1000", first);
        for (int i = 1; i <= windows; i++) script.Window(i + 1.1, i + 1, "7=1000", first.Replace('+', '='));
        return script;
    }

    [Fact]
    public void WhatLooksBroken_IsToBeLookedAtUpstream_InTheFirstWord()
    {
        DeskScript script = new DeskScript(ActionScript.Plan()).Window(1.1, 1, "7=1000", "+7/age~missing +7/job~one_cell +7/zip +7/score");
        script.Says(
            "1.1h E1 r1 firing warning [age job score zip] to A, began",
            "1.1h E1 check_upstream recommended");
        DeskAction action = Assert.Single(script.Actions);
        Assert.Equal("age has drifted; also job", action.Why);
        Assert.Equal(["age", "job"], action.Symptoms.Select(s => s.Subject.Signal));
        Assert.Equal([action], script.Alerts[0].Actions);
    }

    [Fact]
    public void OfTheWholeModel_Too() => new DeskScript(ActionScript.Plan())
        .Window(1.1, 1, "=0", "+/@silence~silence")
        .Says(
            "1.1h E1 r1 firing warning [silence] to A, began",
            "1.1h E1 check_upstream recommended");

    [Fact]
    public void ADistributionThatMoves_IsNoFaultUpstream() => new DeskScript(ActionScript.Plan())
        .Window(1.1, 1, "7=1000", "+7/age")
        .Says("1.1h E1 r1 firing warning [age] to A, began");

    [Fact]
    public void OneOfAKind_StandsAtATime() => new DeskScript(ActionScript.Plan())
        .Window(1.1, 1, "7=1000", "+7/age~missing")
        .Window(9.1, 9, "7=1000", "=7/age~missing +7/job~missing")
        .Says(
            "1.1h E1 r1 firing warning [age] to A, began",
            "1.1h E1 check_upstream recommended",
            "9.1h E2 r1 firing warning [job] to A, began");

    [Fact]
    public void ANewVersionThatSpeaks_WhereTheOneBeforeIsSteady_IsToBeRolledBack()
    {
        DeskScript script = NewVersion(ActionScript.Plan());
        script.Says(
            "26.1h E1 r1 firing warning [score] to A, began",
            "26.1h E1 roll_back 7->6 recommended");
        DeskAction action = script.Actions[0];
        Assert.Equal(("7", "verdict of 6", 500L, DeskScript.At(26)), (action.Version, action.To!.Verdict, action.To.Rows, action.To.End));
        Assert.Equal(action.Record, action.To.Record);
        Assert.Equal(
            "version 7 is new, and score drifts in it; version 6 was steady on that in the window up to 2026-11-24T02:00:00Z", action.Why);
    }

    [Theory]
    [InlineData("+7/decision")]
    [InlineData("+7/sex")]
    public void ByAnyOfItsAnswers(string speaks) => Assert.Equal(ActionKind.RollBack, Assert.Single(NewVersion(ActionScript.Plan(), 0, speaks).Actions).Kind);

    [Theory]
    [InlineData("+7/age")]
    [InlineData("+7/score|country=DE")]
    public void ByNothingElse(string speaks) => Assert.Empty(NewVersion(ActionScript.Plan(), 0, speaks).Actions);

    [Fact]
    public void AVersionThatCameTwoWeeksAgo_IsNew_AndOneThatCameBefore_IsNot()
    {
        Assert.Single(NewVersion(ActionScript.Plan(), later: (14 * 24) - 1).Actions);
        Assert.Empty(NewVersion(ActionScript.Plan(), later: 14 * 24).Actions);
    }

    /// <summary>Nobody knows how long the versions have been there that were in the first window.</summary>
    [Fact]
    public void WhatWasThereFromTheStart_IsNotNew() => Assert.Empty(new DeskScript(ActionScript.Plan())
        .Window(1.1, 1, "6=500 7=500", "").Window(2.1, 2, "6=500 7=500", "+7/score").Actions);

    /// <summary>All rows have gone over to the new version.</summary>
    [Fact]
    public void TheVersionBefore_IsKnownByItsLastRecord_ThirtyDaysLong()
    {
        Assert.Equal("6", After(30 * 24).Actions.Single().To!.Version);
        Assert.Equal(DeskScript.At(1), After(30 * 24).Actions.Single().To!.End);
        Assert.Empty(After((30 * 24) + 1).Actions);

        static DeskScript After(double hours) => new DeskScript(ActionScript.Plan())
            .Window(1.1, 1, "6=1000", "")
            .Window(hours, hours, "7=1000", "")
            .Window(hours + 1.1, hours + 1, "7=1000", "+7/score");
    }

    [Theory]
    [InlineData("6=500!score", "")] // not steady there
    [InlineData("6=500?", "")] // not judged
    [InlineData("6=500", "+6/score")] // has the symptom too
    public void TheVersionBefore_MustBeSteadyOnTheSame(string six, string also) => Assert.Empty(new DeskScript(ActionScript.Plan())
        .Window(1.1, 1, "6=1000", "")
        .Window(25.1, 25, "6=900 7=100", "")
        .Window(26.1, 26, $"{six} 7=500", $"+7/score {also}").Actions);

    [Fact]
    public void TheVersionBefore_MayDriftElsewhere() => Assert.Single(new DeskScript(ActionScript.Plan())
        .Window(1.1, 1, "6=1000", "")
        .Window(25.1, 25, "6=900 7=100", "")
        .Window(26.1, 26, "6=500!decision 7=500", "+7/score +6/decision +6/age").Actions);

    /// <summary>A window of it with too few rows says nothing; one before with enough does.</summary>
    [Fact]
    public void TheVersionBefore_NeedsRows()
    {
        Assert.Equal(DeskScript.At(25), Of("6=900 7=100").To!.End);
        Assert.Equal(DeskScript.At(1), Of("6=99 7=1000").To!.End);
        Assert.Empty(new DeskScript(ActionScript.Plan())
            .Window(1.1, 1, "6=99", "").Window(25.1, 25, "7=1000", "").Window(26.1, 26, "7=1000", "+7/score").Actions);

        static DeskAction Of(string middle) => new DeskScript(ActionScript.Plan())
            .Window(1.1, 1, "6=1000", "").Window(25.1, 25, middle, "").Window(26.1, 26, "6=99!score 7=500", "+7/score").Actions.Single();
    }

    [Fact]
    public void ANewVersionWithFewRows_IsNotRolledBack() => Assert.Empty(new DeskScript(ActionScript.Plan())
        .Window(1.1, 1, "6=1000", "").Window(25.1, 25, "6=900 7=100", "+7/score").Window(25.2, 25.5, "6=900 7=99", "=7/score").Actions.Skip(1));

    [Fact]
    public void WhereToGoBackTo_IsWhatTheOwnerSays()
    {
        DeskPlan plan = ActionScript.Plan(m => m with { RollbackTo = "5" });
        Assert.Equal("5", Script(plan, "5=1000").Actions.Single().To!.Version);
        Assert.Equal("6", Script(ActionScript.Plan(), "5=1000").Actions.Single().To!.Version);
        Assert.Empty(Script(plan, "4=1000").Actions);

        static DeskScript Script(DeskPlan plan, string first) => new DeskScript(plan)
            .Window(0.6, 0.5, first, "").Window(1.1, 1, "6=1000", "").Window(25.1, 25, "6=900 7=100", "").Window(26.1, 26, "6=500 7=500", "+7/score");
    }

    /// <summary>A version cannot be the one to go back to from itself.</summary>
    [Fact]
    public void TheVersionToGoBackTo_IsNotRolledBack() =>
        Assert.Empty(NewVersion(ActionScript.Plan(m => m with { RollbackTo = "7" })).Actions);

    [Fact]
    public void WhileSomebodyLooksUpstream_NothingElseIsRecommended_UnlessTheOwnerSaysItIsNotThat() =>
        NewVersion(ActionScript.Plan(), speaks: "+7/score +7/age~missing")
            .Window(27.1, 27, "6=500 7=500!score", "=7/score =7/age~missing")
            .Decide(27.5, "A", "check_upstream", accept: false)
            .Window(28.1, 28, "6=500 7=500!score", "=7/score =7/age~missing")
            .Says(
                "26.1h E1 r1 firing warning [age score] to A, began",
                "26.1h E1 check_upstream recommended",
                "27.5h A: decide -> done",
                "27.5h E1 check_upstream declined",
                "28.1h E1 roll_back 7->6 recommended");

    [Fact]
    public void AFeatureThatLastsThreeWindowsAfterItWasTold_WithTheScore_AsksForTraining() => Lasting(ActionScript.Plan(), 4).Tick(9).Says(
        "1.1h E1 r1 firing warning [age score] to A, began",
        "4.1h E1 retrain recommended",
        "9h E1 r2 firing warning [age score] to A, update");

    [Theory]
    [InlineData(2, "+7/age +7/score")] // not long enough
    [InlineData(9, "+7/age")] // nothing but a feature
    [InlineData(9, "+7/score")] // no feature
    [InlineData(9, "+7/age +7/decision")] // no score
    [InlineData(9, "+6/age +7/score")] // of another version
    public void Otherwise_NoTrainingIsAskedFor(int windows, string speaks) => Assert.Empty(Lasting(ActionScript.Plan(), windows, speaks).Actions);

    [Fact]
    public void NoTrainingIsAskedFor_WhileSomebodyLooksUpstream() => Assert.Equal(
        [ActionKind.CheckUpstream], Lasting(ActionScript.Plan(), 9, "+7/age +7/score +7/job~missing").Actions.Select(a => a.Kind));

    /// <summary>Windows that overlap hold the same rows: three windows of a day, one an hour, are not three days.</summary>
    [Fact]
    public void WindowsThatShareRows_CountOnce()
    {
        DeskScript script = new DeskScript(ActionScript.Plan()).Window(1.1, 1, "7=1000", "+7/age +7/score", size: 24);
        for (int i = 2; i <= 72; i++) script.Window(i + 0.1, i, "7=1000", "=7/age =7/score", size: 24);
        Assert.Empty(script.Actions);
        script.Window(73.1, 73, "7=1000", "=7/age =7/score", size: 24);
        Assert.Equal(ActionKind.Retrain, Assert.Single(script.Actions).Kind);
    }

    [Fact]
    public void WhatIsSilenced_IsNoReason() => new DeskScript(ActionScript.Plan())
        .Silence(0.5, "A", "age", 100)
        .Window(1.1, 1, "7=1000", "+7/age~missing +7/score")
        .Window(2.1, 2, "7=1000", "=7/age~missing =7/score").Window(3.1, 3, "7=1000", "=7/age =7/score").Window(4.1, 4, "7=1000", "=7/age =7/score")
        .Says(
            "0.5h A: silence -> done",
            "1.1h E1 r1 firing warning [score] to A, began");

    [Theory]
    [InlineData(7, 9, 60, 9.9, 0)] // cool down
    [InlineData(7, 9, 60, 10.1, 1)]
    [InlineData(1, 1, 30, 30, 0)] // budget
    [InlineData(1, 1, 30, 30.3, 1)]
    public void TrainingIsAskedForRarely(long coolDown, int most, long per, double days, int again)
    {
        // Recommended at 4.1h, over at 3 d.
        DeskScript script = Lasting(OwnRetrain(coolDown, most, per), 3).Window(72.1, 72, "7=1000", "-7/age -7/score");
        Assert.Equal([ActionState.Recommended, ActionState.Lapsed], script.Actions.Select(a => a.State));
        double hour = days * 24;
        script.Window(hour - 9, hour - 9, "7=1000", "+7/age +7/score");
        for (int i = 8; i >= 0; i--) script.Window(hour - i, hour - i, "7=1000", "=7/age =7/score");
        Assert.Equal(2 + again, script.Actions.Count);
    }

    [Fact]
    public void EachKind_CanBeTurnedOff()
    {
        DeskPlan Off(Func<RecommendSettings, RecommendSettings> of) => ActionScript.Plan(m => m with { Recommend = of(m.Recommend) });
        Assert.Empty(new DeskScript(Off(r => r with { CheckUpstream = false })).Window(1.1, 1, "7=1000", "+7/age~missing").Actions);
        Assert.Empty(NewVersion(Off(r => r with { RollBack = false })).Actions);
        Assert.Empty(Lasting(Off(r => r with { Retrain = null }), 9).Actions);
    }

    [Fact]
    public void TurnedOff_WhatStandsLapses() => new DeskScript(
            ActionScript.Plan(), ActionScript.Plan(m => m with { Recommend = RecommendSettings.Off }, hash: "second"))
        .Window(1.1, 1, "7=1000", "+7/age~missing")
        .PlanOf(2, 1)
        .Window(3.1, 3, "7=1000", "=7/age~missing")
        .Says(
            "1.1h E1 r1 firing warning [age] to A, began",
            "1.1h E1 check_upstream recommended",
            "2h E1 check_upstream lapsed");

    [Fact]
    public void Decided_ByThoseWhoMayAnswer()
    {
        DeskScript script = NewVersion(ActionScript.Plan())
            .Decide(27, "D", "roll_back", accept: true)
            .Decide(28, "A", "retrain", accept: true)
            .Decide(28.5, "A", "roll_back", accept: true, episode: "nonsense")
            .Decide(29, "A", "roll_back", accept: true, episode: "E1")
            .Tick(29.2)
            .Decide(30, "A", "roll_back", accept: true)
            .Decide(31, "C", "roll_back", accept: false);
        script.Says(
            "26.1h E1 r1 firing warning [score] to A, began",
            "26.1h E1 roll_back 7->6 recommended",
            "27h D: decide -> refused",
            "28h A: decide -> unknown",
            "28.5h A: decide -> unknown",
            "29h A: decide -> done",
            "29h E1 roll_back 7->6 accepted",
            "29.2h E1 r2 firing warning [score] to A, update",
            "30h A: decide -> done",
            "31h C: decide -> done",
            "31h E1 roll_back 7->6 declined");
        Assert.Equal(("A", "anna", "so be it"), (script.Actions[1].Decision!.Owner, script.Actions[1].Decision!.By, script.Actions[1].Decision!.Note));
        Assert.Equal(ActionState.Accepted, script.Alerts[1].Actions.Single().State);
        Assert.Equal([1, 2, 3], script.Actions.Select(a => a.Revision));
        Assert.Single(script.Actions.Select(a => a.Id).Distinct());
        Assert.Equal(3, script.Actions.Select(a => a.EventId).Distinct().Count());
    }

    [Fact]
    public void GoneBack_IsDone_WhateverWasSaid_AndIsNotRecommendedAgain() => NewVersion(ActionScript.Plan())
        .Window(27.1, 27, "6=899 7=101!score", "=7/score")
        .Window(28.1, 28, "6=900 7=100!score", "=7/score")
        .Window(29.1, 29, "6=500 7=500!score", "=7/score")
        .Decide(30, "A", "roll_back", accept: true)
        .Says(
            "26.1h E1 r1 firing warning [score] to A, began",
            "26.1h E1 roll_back 7->6 recommended",
            "28.1h E1 roll_back 7->6 done",
            "30h A: decide -> unknown");

    /// <summary>Where the new version has had a few rows only, the old one has nearly all of them already: that shows nothing.</summary>
    [Fact]
    public void ATrialThatIsStopped_IsDone_WhenItHasLessThanHalfOfItsShare() => new DeskScript(ActionScript.Plan())
        .Window(1.1, 1, "6=10000", "")
        .Window(25.1, 25, "6=9500 7=500", "")
        .Window(26.1, 26, "6=9500 7=500!score", "+7/score")
        .Window(27.1, 27, "6=9500 7=500!score", "=7/score")
        .Window(28.1, 28, "6=10000", "")
        .Says(
            "26.1h E1 r1 firing warning [score] to A, began",
            "26.1h E1 roll_back 7->6 recommended",
            "28.1h E1 roll_back 7->6 done");

    [Fact]
    public void ANewVersionWithEnoughRows_MeansThatItWasTrained() => Lasting(ActionScript.Plan(), 3)
        .Window(5.1, 5, "7=1000 8=99", "=7/age =7/score")
        .Window(6.1, 6, "7=1000 8=100", "=7/age =7/score")
        .Says(
            "1.1h E1 r1 firing warning [age score] to A, began",
            "4.1h E1 retrain recommended",
            "6.1h E1 retrain done");

    [Fact]
    public void AnOldVersionThatComesBack_IsNoTraining() => Assert.Single(
        new DeskScript(ActionScript.Plan(m => m with { Recommend = m.Recommend with { RollBack = false } }))
        .Window(0.6, 0.5, "6=1000", "")
        .Window(1.6, 1.5, "7=1000", "+7/age +7/score")
        .Window(2.6, 2.5, "7=1000", "=7/age =7/score").Window(3.6, 3.5, "7=1000", "=7/age =7/score")
        .Window(4.6, 4.5, "7=1000", "=7/age =7/score").Window(5.6, 5.5, "6=1000 7=1000", "=7/age =7/score").Actions);

    [Fact]
    public void WhatIsOver_Lapses_AndTheLastWordNamesNoAction()
    {
        DeskScript script = new DeskScript(ActionScript.Plan())
            .Window(1.1, 1, "7=1000", "+7/age~missing")
            .Window(4.1, 4, "7=1000", "-7/age");
        string id = script.Actions[0].Id;
        script.Decide(5, "A", id, accept: true).Says(
            "1.1h E1 r1 firing warning [age] to A, began",
            "1.1h E1 check_upstream recommended",
            "4.1h E1 r2 resolved warning [] to A, resolved",
            "4.1h E1 check_upstream lapsed",
            "5h A: decide -> resolved");
        Assert.Empty(script.Alerts[1].Actions);
        Assert.Equal("the episode is over", script.Actions[1].Ended);
    }

    [Fact]
    public void AfterTwoWeeks_ItLapses_AndIsDueUntilThen()
    {
        DeskScript script = new DeskScript(ActionScript.Plan())
            .Window(1.1, 1, "7=1000", "+7/age~missing")
            .Acknowledge(1.2, "A", "E1", 1, 700)
            .Tick(1.1 + (14 * 24))
            .Tick(1.2 + (14 * 24))
            .Window(338, 338, "7=1000", "=7/age~missing");
        script.Says(
            "1.1h E1 r1 firing warning [age] to A, began",
            "1.1h E1 check_upstream recommended",
            "1.2h E1 r2 acknowledged warning [age] to A, acknowledged",
            "1.2h A: acknowledge -> done",
            "337.2h E1 check_upstream lapsed",
            "338h E1 check_upstream recommended");
    }

    [Fact]
    public void AnEvent_HasTheFieldsOfTheContract()
    {
        DeskScript script = NewVersion(ActionScript.Plan()).Decide(29, "A", "roll_back", accept: true);
        JsonElement action = JsonDocument.Parse(DeskActionJson.Write(script.Actions[1])).RootElement;
        Assert.Equal(
            "id action kind state revision model version to_version episode owner why evidence recommended told lapses decision ended plan",
            string.Join(' ', action.EnumerateObject().Select(p => p.Name)));
        Assert.Equal("action.accepted", DeskActionJson.TypeOf(script.Actions[1]));
        Assert.Equal("record window symptoms steady", string.Join(' ', action.GetProperty("evidence").EnumerateObject().Select(p => p.Name)));
        Assert.Equal(("roll_back", "accepted", "7", "6"), (Text("kind"), Text("state"), Text("version"), Text("to_version")));
        Assert.Equal("2026-12-08T02:06:00Z", Text("lapses"));
        JsonElement alert = JsonDocument.Parse(DeskAlertJson.Write(script.Alerts[0])).RootElement;
        Assert.Equal(["roll_back", "investigate"], alert.GetProperty("actions").EnumerateArray().Select(a => a.GetProperty("kind").GetString()));
        JsonElement reply = JsonDocument.Parse(DeskAlertJson.Write(script.Replies[0])).RootElement;
        Assert.Equal((Text("action"), "accepted"), (reply.GetProperty("action").GetString(), reply.GetProperty("state").GetString()));

        string? Text(string name) => action.GetProperty(name).GetString();
    }
}
