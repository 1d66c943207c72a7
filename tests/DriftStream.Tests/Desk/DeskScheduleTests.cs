using DriftStream.Desk;
using DriftStream.Judging;
using Xunit;

namespace DriftStream.Tests.Desk;

/// <summary>What chance rarely hits, as schedules.</summary>
public sealed class DeskScheduleTests
{
    /// <summary>The laws that each mutant breaks by its schedule.</summary>
    internal static readonly Dictionary<DeskMutant, string> Laws = new()
    {
        [DeskMutant.TickByAppendTime] = "L3 escalated though somebody answered in time",
        [DeskMutant.TickInclusive] = "L3 escalated though somebody answered in time",
        [DeskMutant.AcknowledgementWeakens] = "L11 no longer acknowledged, though somebody said it is",
        [DeskMutant.AcknowledgementCoversWorse] = "L8 worse than what was acknowledged, and not firing",
        [DeskMutant.AcknowledgementCoversLater] = "L8 worse than what was acknowledged, and not firing",
        [DeskMutant.LateDatedBack] = "L3 dated back",
    };

    public static TheoryData<DeskMutant> Rare => [.. Laws.Keys];

    [Fact]
    public void ATick_CountsForWhenTheAnswersWereRead_NotForWhenItWasWritten() => ReadEarlier(new DeskScript(DeskScript.Plan()))
        .Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "6.1h E1 r2 acknowledged critical [age] to A, acknowledged",
            "6.1h A: acknowledge -> done");

    [Fact]
    public void ATick_DoesNotVouchForItsOwnMoment() => AtTheLastMoment(new DeskScript(DeskScript.Plan()))
        .Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "5.3h E1 r2 acknowledged critical [age] to A, acknowledged",
            "5.3h A: acknowledge -> done");

    [Fact]
    public void ALaterAcknowledgement_TakesNothingBack() => AnsweredTwice(new DeskScript(DeskScript.Plan()))
        .Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "2h E1 r2 acknowledged critical [age] to A, acknowledged",
            "2h A: acknowledge -> done",
            "3h A: acknowledge -> done",
            "48.2h E1 r3 firing critical [age] to A, lapsed");

    [Fact]
    public void WhatIsLate_IsNotDatedBack() => DownForLong(new DeskScript(DeskScript.Plan()))
        .Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "20h E1 r2 firing critical [age] to A B, escalated",
            "24.1h E1 r3 firing critical [age] to A B C, escalated");

    [Fact]
    public void ASilenceThatEnds_IsTold() => SilencedForAWhile(new DeskScript(DeskScript.Plan()))
        .Says(
            "1.1h E1 r1 firing warning [age] to A, began",
            "2h E1 r2 silenced warning [] to A, silenced",
            "2h A: silence -> done",
            "8.1h E1 r3 firing warning [age] to A, unsilenced");

    /// <summary>What each schedule is for: a desk that does it wrong breaks a law, and one that does not breaks none.</summary>
    [Theory]
    [MemberData(nameof(Rare))]
    public void WhatIsDoneWrong_BreaksALaw(DeskMutant mutant)
    {
        Assert.Empty(Play(mutant, DeskMutant.None));
        Assert.Contains(Laws[mutant], Play(mutant, mutant));
    }

    private static IReadOnlyCollection<string> Play(DeskMutant schedule, DeskMutant mutant)
    {
        var world = new DeskWorld(1, DeskMode.Transactions, mutant);
        var desk = new SimulatedDesk(world, world.Shelves[0]);
        bool rises = schedule is DeskMutant.AcknowledgementCoversWorse or DeskMutant.AcknowledgementCoversLater;
        world.Judge("a", rises ? Severity.Warning : Severity.Critical);
        desk.Work();
        switch (schedule)
        {
            // Another symptom is due to be told, so that there is a tick; it vouches for what was said before the desk fell asleep, and no more.
            case DeskMutant.TickByAppendTime or DeskMutant.TickInclusive:
                world.Sleep(schedule == DeskMutant.TickInclusive ? 240 : 235);
                world.Judge("b", Severity.Warning);
                desk.Read();
                Assert.True(desk.ReadEnds());
                if (schedule == DeskMutant.TickByAppendTime) world.Sleep(3);
                world.Acknowledge("A", 1, hours: 48);
                world.Sleep(60);
                desk.TickLate();
                break;
            case DeskMutant.AcknowledgementWeakens:
                world.Sleep(60);
                world.Acknowledge("A", 1, hours: 48);
                desk.Work();
                world.Sleep(60);
                world.Acknowledge("A", 2, hours: 8);
                break;
            case DeskMutant.AcknowledgementCoversWorse:
                world.Acknowledge("A", 1, hours: 48);
                desk.Work();
                world.Sleep(60);
                world.Judge("b", Severity.Critical);
                break;
            case DeskMutant.AcknowledgementCoversLater:
                world.Sleep(60);
                world.Judge("b", Severity.Critical);
                desk.Work();
                world.Acknowledge("A", 1, hours: 48);
                break;
            // Nobody was there for two deadlines.
            case DeskMutant.LateDatedBack:
                world.Sleep(1200);
                break;
        }

        return DeskCheck.Of(world, world.StandStill());
    }

    // It is told that it is over only when it has been gone for a while; who answers meanwhile has answered.
    [Fact]
    public void AnsweredWhileItComesAndGoes_IsAnswered() => ComesAndGoes(new DeskScript(DeskScript.Plan()))
        .Acknowledge(5.15, "A", "E1", 3, 30)
        .Window(5.18, 5.18, "+age!", from: 4.18)
        .Tick(12)
        .Says([.. CameBack, "5.15h A: acknowledge -> done", "5.18h E1 r4 acknowledged critical [age] to A, acknowledged"]);

    [Fact]
    public void AnAnswerToTheEnd_CoversWhatTheEndWasSaidToHaveBeen() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age!").Window(4.1, 4, "-age!").Window(5.1, 5, "+age!")
        .Acknowledge(5.2, "A", "E1", 2, 30)
        .Tick(12)
        .Says([.. CameBack, "5.2h E1 r4 acknowledged critical [age] to A, acknowledged", "5.2h A: acknowledge -> done"]);

    [Fact]
    public void AnotherOwnerWhileItComesAndGoes_OwesNothingOfTheFormerOne() =>
        ComesAndGoes(new DeskScript(DeskScript.Plan(), DeskScript.Plan("D", "second")))
        .PlanOf(5.15, 1)
        .Window(5.18, 5.18, "+age!", from: 4.18)
        .Tick(12)
        .Says(
        [
            .. CameBack, "5.15h E1 r4 resolved critical [] to D A, resolved", "12h E1 r5 firing critical [age] to D, back",
        ]);

    // The chain starts again: B is told four hours after it fires again, not after it was first told.
    [Fact]
    public void AnAcknowledgementThatIsEnded_FiresAtOnce_WithAWholeDeadline() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age!")
        .EndAcknowledgement(1.5, "A", "E1")
        .Acknowledge(2, "A", "E1", 1, 40)
        .EndAcknowledgement(3, "D", "E1")
        .EndAcknowledgement(4, "A", "E1")
        .Tick(5.2)
        .Tick(8.1)
        .Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "1.5h A: end -> unknown",
            "2h E1 r2 acknowledged critical [age] to A, acknowledged",
            "2h A: acknowledge -> done",
            "3h D: end -> refused",
            "4h E1 r3 firing critical [age] to A, lapsed",
            "4h A: end -> done",
            "8.1h E1 r4 firing critical [age] to A B, escalated");

    // Both are due at one tick: the news first, for it was due first.
    [Fact]
    public void ADeadline_IsNotMovedByASilenceThatIsAboutToEnd() => new DeskScript(DeskScript.Plan())
        .Silence(0.5, "A", "pay", 2)
        .Window(1.1, 1, "+age +pay!")
        .Window(1.15, 1.15, "+job", from: 0.15)
        .Tick(2.2)
        .Says(
            "0.5h A: silence -> done",
            "1.1h E1 r1 firing warning [age] to A, began",
            "2.2h E1 r2 firing warning [age job] to A, update",
            "2.2h E1 r3 firing critical [age job pay] to A, worse");

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

    // Whom the chain had reached was told that it is over.
    [Fact]
    public void WhatComesBackSilenced_BeginsWithItsOwner() => new DeskScript(DeskScript.Plan())
        .Window(1.1, 1, "+age!").Tick(5.2)
        .Window(6.1, 6, "-age!")
        .Silence(6.5, "A", "age", 12)
        .Window(7.1, 7, "+age!")
        .Acknowledge(8, "B", "E1", 4, 30)
        .Tick(12.1)
        .Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "5.2h E1 r2 firing critical [age] to A B, escalated",
            "6.1h E1 r3 resolved critical [] to A B, resolved",
            "6.5h A: silence -> done",
            "7.1h E1 r4 silenced critical [] to A, silenced",
            "8h B: acknowledge -> refused",
            "12.1h E1 r5 firing critical [age] to A, unsilenced");

    // The topics of two owners are read in any order.
    [Fact]
    public void AnEnd_EndsWhatWasAcknowledgedBeforeIt()
    {
        DeskScript script = new DeskScript(DeskScript.Plan()).Window(1.1, 1, "+age!").Acknowledge(1.5, "A", "E1", 1, 9);
        var end = new Answer("", AnswerKind.End, "cara") { Model = "m1", Episode = script.Id("E1") };
        script.Acknowledge(3, "A", "E1", 2, 30, said: 2.9).Answer(3.1, "C", end, said: 2).Answer(3.2, "C", end, said: 3.15).Says(
            "1.1h E1 r1 firing critical [age] to A, began",
            "1.5h E1 r2 acknowledged critical [age] to A, acknowledged",
            "1.5h A: acknowledge -> done",
            "3h A: acknowledge -> done",
            "3.1h C: end -> unknown",
            "3.2h E1 r3 firing critical [age] to A, lapsed",
            "3.2h C: end -> done");
    }

    private static string[] CameBack =>
    [
        "1.1h E1 r1 firing critical [age] to A, began", "4.1h E1 r2 resolved critical [] to A, resolved", "5.1h E1 r3 firing critical [age] to A, back",
    ];

    private static DeskScript ReadEarlier(DeskScript script) => script
        .Window(1.1, 1, "+age!").Tick(6, upto: 5).Acknowledge(6.1, "A", "E1", 1, 30, said: 5.05).Tick(7);

    private static DeskScript AtTheLastMoment(DeskScript script) => script
        .Window(1.1, 1, "+age!").Tick(5.2, upto: 5.1).Acknowledge(5.3, "A", "E1", 1, 30, said: 5.1).Tick(7);

    private static DeskScript AnsweredTwice(DeskScript script) => script
        .Window(1.1, 1, "+age!").Acknowledge(2, "A", "E1", 1, 48).Acknowledge(3, "A", "E1", 1, 10).Tick(11).Tick(48.2);

    private static DeskScript DownForLong(DeskScript script) => script.Window(1.1, 1, "+age!").Tick(20).Tick(24.1);

    private static DeskScript SilencedForAWhile(DeskScript script) => script.Window(1.1, 1, "+age").Silence(2, "A", "age", 8).Tick(8.1);

    // Back, and gone again before that may be told.
    private static DeskScript ComesAndGoes(DeskScript script) => script
        .Window(1.1, 1, "+age!").Window(4.1, 4, "-age!").Window(5.1, 5, "+age!").Window(5.12, 5.12, "-age!", from: 4.12);
}
