using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Host.Tests.Pages;

/// <summary>
/// A model whose labels come a week later, over twelve days, as the judge tells of it: labels are known of nearly all to whom it said yes, and of few of the
/// others, of men more often than of women; in the last days recall falls. The labels of the last two days are waited for.
/// </summary>
internal static class CreditModel
{
    public const string Id = "credit", Joined = "1d@7d", Episode = "cccccccccccccccccccccccccccccccc";

    public const int Days = 12, Labelled = 10, Leaned = 5;

    private static readonly ErrorCosts Costs = new(250, 40, "EUR");

    private static readonly EventTime Start = EventTime.From(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));

    private static readonly Layout Outcomes = Layout.Outcome(Layout.Numeric([0, 0.25, 0.5, 0.75, Math.BitIncrement(1.0)])),
        Sexes = Layout.Table(["f", "m"], labelled: true), Income = Layout.Numeric([0, 1000, 2000, 3000]),
        Sizes = Layout.Numeric([0, 1, 2, 4]);

    private static readonly ImmutableArray<Rule> Rules =
    [
        new("recall", null, null, "recall", null, new Alarm(AlarmKind.Below, 0.6, Confidence: 0.95), Severity.Critical),
        new("precision", null, null, "precision", null, new Alarm(AlarmKind.BelowBaselineBy, 0.1, Confidence: 0.95), Severity.Warning),
        new("fair", null, "sex", "equal_opportunity_difference", null, new Alarm(AlarmKind.Above, 0.3, Confidence: 0.95), Severity.Warning),
    ];

    /// <summary>The verdicts of its days: of rows as they came, and by their labels.</summary>
    public static IEnumerable<Verdict> Verdicts() => [.. Enumerable.Range(0, Days).Select(AsTheyCame), .. Enumerable.Range(0, Labelled).Select(ByLabels)];

    /// <summary>The same as records of their topic.</summary>
    public static IEnumerable<LogRecord> Records(TopicNames topics, EventTime at) => Verdicts().SelectMany(VerdictJson.Write)
        .Select((body, i) => new LogRecord(topics.Verdicts, 0, 2_000_000 + i, at, null, body, []));

    /// <summary>What its owner is told of it.</summary>
    /// <param name="form">Another alert, for all that this one shares with it.</param>
    public static LogRecord Alert(string topic, JsonObject form, EventTime told)
    {
        JsonObject window = Window(Labelled - 1);
        const string recall = "recall is 0.37 (0.33 to 0.41), below 0.6; 0.8 in the baseline (by labels known up to 7d later)";
        (form["id"], form["episode"], form["told"], form["model"]) = (Episode, Episode, EventTime.Format(told), Id);
        (form["status"], form["because"], form["respond_by"], form["next"]) = ("acknowledged", "acknowledged", null, null);
        form["acknowledged"] = new JsonObject
        {
            ["by"] = "rosa",
            ["owner"] = "labour-insights",
            ["until"] = EventTime.Format(told + Duration.FromDays(7)),
            ["note"] = "",
        };
        (form["signal"], form["group"], form["version"], form["summary"]) = (null, null, "", recall);
        (form["window"], form["cells"], form["by"]) = (window, new JsonArray(), new JsonArray());
        form["symptoms"] = new JsonArray(new JsonObject
        {
            ["signal"] = null,
            ["group"] = null,
            ["of_model"] = SubjectNames.Performance,
            ["version"] = "",
            ["status"] = "on",
            ["severity"] = "critical",
            ["since"] = EventTime.Format(Start + Duration.FromDays(7)),
            ["summary"] = recall,
            ["window"] = Window(Labelled - 1),
        });
        return new LogRecord(topic, 0, 2_000_000, told, null, Encoding.UTF8.GetBytes(form.ToJsonString()), []);
    }

    private static JsonObject Window(int day) => new()
    {
        ["name"] = Joined,
        ["start"] = EventTime.Format(Start + Duration.FromDays(day)),
        ["end"] = EventTime.Format(Start + Duration.FromDays(day + 1)),
        ["delay"] = "7d",
        ["complete"] = true,
        ["late_rows"] = 0,
    };

    private static Verdict AsTheyCame(int day)
    {
        var income = new BaselineSignal("income", SignalRole.Feature, ["income"], Income, Counts(Income, 0, 3000, 4000, 3000));
        var settings = new JudgementSettings(Id, new Baseline(Id, 10_000, [income, .. Attributions, Paid], "sha256:00"),
            [
                new Rule("relies", null, null, "attribution_ndcg", null, new Alarm(AlarmKind.Below, 0.9), Severity.Warning),
                new Rule("psi", "*", null, "psi", null, new Alarm(AlarmKind.Above, 0.2), Severity.Warning),
                new Rule("estimated", null, null, "estimated_recall", null, new Alarm(AlarmKind.Below, 0.05), Severity.Warning),
            ])
        {
            LabelsComeLater = true,
            Costs = Costs,
            Kpis =
            [
                new Kpi(new Rule("income", "income", null, "mean", null, new Alarm(AlarmKind.Below, 1600, Confidence: 0.95), Severity.Info), null)
                {
                    ValuePerRow = 1,
                    Unit = "EUR",
                },
            ],
        };
        SignalCounts counts = new("income", Income.Key, [.. Counts(Income, 0, 300 - day, 400, 300 + day)]);
        SignalCounts scores = new("outcome:paid_back", Outcomes.Key, Table(1000, RecallOf(day), labelled: 0).Outcomes);
        // For a day it leans on age, as it does on income.
        ImmutableArray<long> small = Counts(Sizes, 0, 1000), large = Counts(Sizes, 0, 0, 0, 1000);
        SignalCounts age = new("|shap_age|", Sizes.Key, [.. day == Leaned ? large : small]);
        SignalCounts ofIncome = new("|shap_income|", Sizes.Key, [.. day == Leaned ? small : large]);
        return WindowJudge.Judge(Closed("1d", day, null, counts, scores, age, ofIncome), settings) with { Plan = "sha256:11" };
    }

    private static Verdict ByLabels(int day)
    {
        (long[] outcomes, long[] sexes) = Table(1000, RecallOf(day), labelled: 1);
        var baseline = new Baseline(Id, 10_000,
            [Paid, new BaselineSignal("sex", SignalRole.Group, ["sex"], Sexes, [.. Table(10_000, 0.8, null).Sexes])], "sha256:00");
        ClosedWindow window = Closed(Joined, day, Duration.FromDays(7),
            new SignalCounts("outcome:paid_back", Outcomes.Key, outcomes), new SignalCounts("group:sex", Sexes.Key, sexes));
        var settings = new JudgementSettings(JoinedName.Of(Id, Duration.FromDays(7)), baseline, Rules) { Kpis = [Found], Costs = Costs };
        return WindowJudge.Judge(window, settings) with { Plan = "sha256:11" };
    }

    /// <summary>What the bank wants: three of five who would pay back are granted a credit.</summary>
    private static Kpi Found { get; } = new(
        new Rule("found", null, null, "recall", null, new Alarm(AlarmKind.Below, 0.6, Confidence: 0.95), Severity.Warning),
        "those who would pay back are found")
    {
        ValuePerRow = 120,
        Unit = "EUR",
    };

    private static IEnumerable<BaselineSignal> Attributions => new[] { ("shap_age", Counts(Sizes, 0, 10_000)), ("shap_income", Counts(Sizes, 0, 0, 0, 10_000)) }
        .Select(a => new BaselineSignal($"|{a.Item1}|", SignalRole.Feature, [a.Item1], Sizes, a.Item2) { Derived = new Derivation(VectorMeasure.Absolute) });

    private static BaselineSignal Paid =>
        new("paid_back", SignalRole.Outcome, ["score", "granted", "paid_back"], Outcomes, [.. Table(10_000, 0.8, null).Outcomes]);

    private static double RecallOf(int day) => day < 7 ? 0.78 + (0.004 * day) : 0.7 - (0.11 * (day - 6));

    private static ClosedWindow Closed(string name, int day, Duration? delay, params SignalCounts[] counts) => new(
        Id, "", new WindowSettings(name, Duration.FromDays(1), Duration.FromDays(1), Duration.Zero, 100), Start + Duration.FromDays(day),
        Start + Duration.FromDays(day + 1), true, new RowCount(1000), RowCount.Zero, WindowCounts.BySignal(counts))
    {
        Delay = delay,
    };

    // Half of the rows would pay back; of those so many are granted, of men more than of women, and of the granted nine of ten pay back. Of the labels
    // this part of those that come is known; null: all.
    private static (long[] Outcomes, long[] Sexes) Table(long rows, double recall, double? labelled)
    {
        long[] outcomes = new long[Outcomes.Cells], sexes = new long[Sexes.Cells];
        foreach (int sex in (int[])[0, 1])
        {
            long would = rows / 4, right = (long)(would * (recall + (sex == 0 ? -0.05 : 0.05))), wrong = right / 9;
            Add(sex, decision: 1, label: 1, right, (0.97 * labelled) ?? 1);
            Add(sex, decision: 1, label: 0, wrong, (0.97 * labelled) ?? 1);
            Add(sex, decision: 0, label: 1, would - right, ((sex == 0 ? 0.5 : 0.75) * labelled) ?? 1);
            Add(sex, decision: 0, label: 0, would - wrong, ((sex == 0 ? 0.5 : 0.75) * labelled) ?? 1);
        }

        return (outcomes, sexes);

        void Add(int sex, int decision, int label, long some, double share)
        {
            long labelled = (long)(some * share);
            foreach ((int state, long count) in ((int, long)[])[(label, labelled), (2, some - labelled)])
            {
                sexes[Sexes.TableCell(sex, decision, state)] += count;
                outcomes[OutcomeCells.Cell(Outcomes, decision == 1 ? 3 : label + 1, decision, state)] += count;
            }
        }
    }

    private static ImmutableArray<long> Counts(Layout layout, params ReadOnlySpan<long> first)
    {
        var counts = new long[layout.Cells];
        first.CopyTo(counts);
        return [.. counts];
    }
}
