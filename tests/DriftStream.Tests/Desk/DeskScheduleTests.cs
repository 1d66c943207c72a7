using Xunit;

namespace DriftStream.Tests.Desk;

/// <summary>What chance rarely hits, as schedules.</summary>
public sealed class DeskScheduleTests
{
    [Fact]
    public void ATick_CountsForWhenTheAnswersWereRead_NotForWhenItWasWritten() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age!")
        .Tick(6, upto: 5)
        .Acknowledge(6.1, "A", "E1", 1, 30, said: 5.05)
        .Tick(7)
        .Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "6.1h E1 r2 acknowledged critical [age] to A, acknowledged",
            "6.1h A: acknowledge -> done");

    [Fact]
    public void ATick_DoesNotVouchForItsOwnMoment() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age!")
        .Tick(5.2, upto: 5.1)
        .Acknowledge(5.3, "A", "E1", 1, 30, said: 5.1)
        .Tick(7)
        .Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "5.3h E1 r2 acknowledged critical [age] to A, acknowledged",
            "5.3h A: acknowledge -> done");

    [Fact]
    public void ALaterAcknowledgement_TakesNothingBack() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age!")
        .Acknowledge(2, "A", "E1", 1, 48)
        .Acknowledge(3, "A", "E1", 1, 10)
        .Tick(11).Tick(48.2)
        .Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "2h E1 r2 acknowledged critical [age] to A, acknowledged",
            "2h A: acknowledge -> done",
            "3h A: acknowledge -> done",
            "48.2h E1 r3 firing critical [age] to A, lapsed");

    [Fact]
    public void WhatComesBack_IsTheNewOwners() => new DeskScript(DeskScript.Plan(), DeskScript.Plan("D", "second"))
        .Window(1.1, 1, "+age")
        .Window(4.1, 4, "-age")
        .PlanOf(5, 1)
        .Window(6.1, 6, "+age")
        .Says(
            "1.1h E1 r1 firing warning [age] to A, began",
            "4.1h E1 r2 resolved warning [] to A, resolved",
            "6.1h E1 r3 firing warning [age] to D, back");

    [Fact]
    public void SilentFromBirth_IsToldToANewOwner_WhoHasNotSilencedIt() => new DeskScript(DeskScript.Plan(), DeskScript.Plan("D", "second"))
        .Silence(0.5, "A", "age", 8)
        .Window(1.1, 1, "+age")
        .PlanOf(3, 1)
        .Says("0.5h A: silence -> done", "3h E1 r1 firing warning [age] to D, began");
}
