using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>A month of a shop with a day cycle, a week cycle and days of their own: what is told of it by the default rules.</summary>
public sealed class ShopMonthTests
{
    private const int Days = 30, ReferenceDays = 14, Seeds = 3;

    private static readonly BaselineSettings Settings = BaselineSettings.Of("shop") with
    {
        NotFeatures = ["event_time", "order_id"],
        Score = "score",
        Decision = new BinaryColumn("decision", "1"),
        Time = "event_time",
        Categorical = ["decision"],
    };

    /// <summary>Hours that follow a cycle, and days that are not like each other, are no drift.</summary>
    [Theory]
    [InlineData(1, null)]
    [InlineData(1, CalendarKind.HourOfWeek)]
    [InlineData(24, null)]
    [InlineData(24, CalendarKind.HourOfWeek)]
    public void MonthWithoutFaults_TellsNothing(int hours, CalendarKind? calendar)
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            Batch[] month = [.. new Shop(seed).Hours(Days)];
            Assert.Empty(Told(Built(month, calendar), month, hours));
        }
    }

    /// <summary>A column that is null for five days is told with its first window, and is well again after; a mix that shifts is told as that.</summary>
    [Theory]
    [InlineData(1, null)]
    [InlineData(1, CalendarKind.HourOfWeek)]
    [InlineData(24, null)]
    [InlineData(24, CalendarKind.HourOfWeek)]
    public void MonthWithFaults_TellsEachWithItsStory(int hours, CalendarKind? calendar)
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            Batch[] month = [.. new Shop(seed) { AgeMissing = (24 * 17)..(24 * 22), MixShift = 24 * 25 }.Hours(Days)];
            List<Told> told = Told(Built(month, calendar), month, hours);
            Told[] age = [.. told.Where(t => t.Signal == "age")];
            Assert.Equal([SymptomStatus.Began, SymptomStatus.Ended], age.Select(t => t.Status));
            Assert.Equal((Shop.FirstDay.AddDays(17), "age: missing in 100 % of rows (baseline 0 %)"), (age[0].Start, age[0].Why));
            Assert.InRange(age[1].Start, Shop.FirstDay.AddDays(22), Shop.FirstDay.AddDays(25));
            Told mix = told.First(t => t.Signal == "category");
            Assert.InRange(mix.Start, Shop.FirstDay.AddDays(25), Shop.FirstDay.AddDays(29));
            Assert.Contains("grocery fell from ", mix.Why);
            Assert.Contains("gaming rose from ", mix.Why);
            // Who buys games buys fewer items for less money: what else is told follows from the mix.
            Assert.DoesNotContain(told, t => t.Signal is not ("age" or "category" or "items" or "basket"));
            Assert.All(told.Where(t => t.Signal != "age"), t => Assert.True(t.Start >= Shop.FirstDay.AddDays(25), $"{t}"));
        }
    }

    private static Baseline Built(Batch[] hours, CalendarKind? calendar)
    {
        BaselineSettings settings = Settings with { Calendar = calendar };
        IEnumerable<Batch> reference = hours.Take(24 * ReferenceDays);
        return ReferenceClusters.Measure(BaselineBuilder.Build(reference, settings).Baseline!, reference, settings);
    }

    private static List<Told> Told(Baseline baseline, Batch[] batches, int hours)
    {
        ImmutableArray<Rule> rules =
        [
            .. ModelDefaults.Rules,
            new Rule("mean", "score", null, "mean_shift", null, new Alarm(AlarmKind.Calibrated, 0.01, 0.1), Severity.Warning),
            new Rule("rate", "decision", null, "rate_difference", null, new Alarm(AlarmKind.Calibrated, 0.01, 0.05), Severity.Warning),
        ];
        var settings = new JudgementSettings("shop", baseline, rules);
        var window = new WindowSettings("w", new(hours * EventTime.Hour), new(hours * EventTime.Hour), new(0), 100);
        var alerts = new AlertSettings("shop", new Owner("o", "o", "o"), [], null, null, [], 2, 3, 3);
        var symptoms = new Symptoms();
        var told = new List<Told>();
        for (int from = 0; from + hours <= batches.Length; from += hours)
        {
            ClosedWindow closed = Closed(baseline, window, batches.AsSpan(from, hours), EventTime.From(Shop.FirstDay.AddHours(from)));
            foreach (JudgedSignal signal in WindowJudge.Judge(closed, settings).Signals)
            {
                var subject = new Subject("shop", "", "w", signal.Signal, null);
                ImmutableArray<RuledStatistic> ruled = RuledStatistic.Of(signal.Statistics, rules);
                if (symptoms.Note(subject, closed, ruled, Story.None, alerts) is { IsNews: true } turn)
                    told.Add(new Told(Shop.FirstDay.AddHours(from), turn.Status, signal.Signal, signal.Why ?? ""));
            }
        }

        return told;
    }

    private static ClosedWindow Closed(Baseline baseline, WindowSettings window, ReadOnlySpan<Batch> batches, long start)
    {
        ICellCounter[] counters = [.. baseline.Signals.Select(s => CellCounters.For(s, Settings.Decision, null))];
        SignalCounts[] counts = [.. baseline.Signals.Select(s => new SignalCounts(s.Key, s.Layout))];
        long rows = 0;
        foreach (Batch batch in batches)
        {
            rows += batch.Rows;
            for (int i = 0; i < counters.Length; i++)
            {
                Assert.Null(counters[i].Bind(batch));
                counters[i].Count(0, batch.Rows, counts[i].Cells);
            }
        }

        return new ClosedWindow("shop", "", window, new(start), new(start + window.Size), true, new(rows), new(0), WindowCounts.BySignal(counts));
    }
}

/// <summary>What a symptom did.</summary>
internal sealed record Told(DateTime Start, SymptomStatus Status, string Signal, string Why);
