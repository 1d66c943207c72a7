using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;
using static DriftStream.Tests.Alerts.SymptomStory;

namespace DriftStream.Tests.Alerts;

/// <summary>A symptom that is on is told again when what it says is another story, and not when a number changes.</summary>
public sealed class StoryTests
{
    private static readonly RuledStatistic Psi = Ruled(Severity.Warning, Judgement.Drifting);

    /// <summary>Each window: the cells that moved, the greatest first. A star where something is told.</summary>
    [Theory]
    [InlineData("+a-b +a-b +a-b +a-b", "2")]
    [InlineData("+a-b +a-b -b+a -b+a", "2")] // both were told
    [InlineData("+a-b +a-b -a+c -a+c", "2 4*")] // a fell, after it rose
    [InlineData("+a-b +a-b +c-b +a-b +a-b", "2")] // one odd window
    [InlineData("+a-b +a-b +c-b +a-b +c-b", "2 5*")] // two of three
    [InlineData("+a-b +a-b +c-b +c-b +c-b +a-b +a-b", "2 4* 7*")] // and back
    [InlineData("+a-b +a-b +c-b . +c-b", "2 5*")]
    public void AnotherLeadingCell_IsToldOnceItHasSpokenAsOftenAsBeginningTakes(string windows, string expected)
    {
        var symptoms = new Symptoms();
        var told = new List<string>();
        foreach ((int i, string window) in windows.Split(' ').Index())
        {
            RuledStatistic rule = window == "." ? Ruled(Severity.Warning, Judgement.Insufficient) : Psi;
            SymptomTurn? turn = Note(symptoms, i * Size, [rule], window == "." ? Story.None : Story.Of(Signal(window), [rule]));
            if (turn is { IsNews: true }) told.Add($"{i + 1}{(turn.StoryChanged ? "*" : "")}");
        }

        Assert.Equal(expected, string.Join(' ', told));
    }

    [Fact]
    public void ARuleOfAnotherKind_IsAnotherStory()
    {
        RuledStatistic missing = new(Psi.Rule with { Id = "missing", Statistic = "missing" }, Psi.Statistic with { Name = "missing", Rule = "missing" });
        RuledStatistic ks = new(Psi.Rule with { Id = "ks", Statistic = "ks" }, Psi.Statistic with { Name = "ks", Rule = "ks" });
        Assert.False(Story.Of(Signal("+a"), [Psi, missing]).IsPartOf(Story.Of(Signal("+a"), [Psi]).Marks));
        Assert.True(Story.Of(Signal("+a"), [Psi, ks]).IsPartOf(Story.Of(Signal("+a"), [Psi]).Marks)); // both say that the distribution moved
        Assert.True(Story.Of(Signal("+b"), [missing]).IsPartOf(Story.Of(Signal("+a"), [missing]).Marks)); // a rate has no cell but its own
    }

    [Fact]
    public void AnotherGoal_IsAnotherStory()
    {
        RuledStatistic approved = new(Psi.Rule with { Statistic = "share", Cells = ["1"] }, Psi.Statistic with { Name = "share" });
        RuledStatistic undecided = approved with { Rule = approved.Rule with { Cells = ["missing"] } };
        Assert.False(Story.Of(Signal("+a"), [approved, undecided]).IsPartOf(Story.Of(Signal("+a"), [approved]).Marks));
        Assert.True(Story.Of(Signal("+b"), [approved]).IsPartOf(Story.Of(Signal("+a"), [approved]).Marks));
    }

    [Fact]
    public void OfAGroup_ItIsWhichValueIsSelectedLeast()
    {
        JudgedGroup one = new("SEX", Psi.Statistic, "why", []) { Least = "1" };
        Assert.True(Story.Of([one]).IsPartOf(Story.Of([one]).Marks));
        Assert.False(Story.Of([one with { Least = "2" }]).IsPartOf(Story.Of([one]).Marks));
        Assert.Empty(Story.Of([one with { Statistic = Psi.Statistic with { Judgement = Judgement.Steady } }]).Marks);
    }

    [Fact]
    public void AnUrgentRule_ChangesTheStoryAtOnce()
    {
        var symptoms = new Symptoms();
        for (int i = 0; i < 2; i++) Note(symptoms, i * Size, [Psi], Story.Of(Signal("+a"), [Psi]));
        RuledStatistic urgent = new(
            new Rule("u", "*", null, "missing", null, new Alarm(AlarmKind.AboveBaselineBy, 0.5), Severity.Warning) { Urgent = true },
            Psi.Statistic with { Name = "missing", Rule = "u" });
        Assert.True(Note(symptoms, 2 * Size, [Psi, urgent], Story.Of(Signal("+a"), [Psi, urgent]))!.StoryChanged);
    }

    /// <summary>A version that is gone has no windows in which it could be quiet.</summary>
    [Fact]
    public void ASubjectThatNoWindowJudges_EndsAfterFourTimesTheQuietWindows()
    {
        var symptoms = new Symptoms();
        for (int i = 0; i < 2; i++) Note(symptoms, i * Size, [Psi], Story.None);
        AlertSettings settings = Settings(2, 3, 3);
        for (int i = 2; i < 14; i++) Assert.Empty(symptoms.Forget(Window(i * Size), settings));

        (Subject subject, SymptomTurn turn) = Assert.Single(symptoms.Forget(Window(14 * Size), settings));

        Assert.Equal((X, SymptomStatus.Ended), (subject, turn.Status));
        Assert.Empty(symptoms.Save());
    }

    private static SymptomTurn? Note(Symptoms symptoms, long start, ImmutableArray<RuledStatistic> rules, Story story) =>
        symptoms.Note(X, Window(start), rules, story, Settings(2, 3, 3));

    private static ClosedWindow Window(long start) => new(
        "m", "1", new WindowSettings("w", new(Size), new(Size), new(0), 0), new(start), new(start + Size), true, new(1), new(0),
        ImmutableSortedDictionary<string, WindowCounts>.Empty);

    private static JudgedSignal Signal(string cells) => new("x", 100, 0, 0, Judgement.Drifting, "why", [],
        [.. cells.Chunk(2).Select(c => new CellContribution($"{c[1]}", 0.5, c[0] == '+' ? 0.6 : 0.4, 1))]);
}
