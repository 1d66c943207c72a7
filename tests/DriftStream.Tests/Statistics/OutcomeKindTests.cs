using System.Collections.Immutable;
using System.Text.Json;
using CsCheck;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>
/// Metrics of labels that are numbers or classes, of cells beside the rows themselves: what is said of rows is compared with values of scikit-learn
/// (<see cref="OutcomeMetricsTests"/>).
/// </summary>
public sealed class OutcomeKindTests
{
    private static readonly JsonElement Known = Reference.Load("outcomes.json");

    private static readonly string[] ClassNames = ["a", "b", "c", "d"];

    /// <summary>Residuals as they are, as nobody expects them, and far beyond all that the reference has; labels that are far from 0; nothing at all.</summary>
    private static readonly Gen<(double Predicted, double Label)> Rows =
        from unit in OneOf(1e-9, 1, 1000, 1e12)
        from label in Gen.Frequency((8, Gen.Double[-2, 2].Select(y => 40 + y)), (1, Gen.Double[-1000, 1000]), (1, OneOf(0, 40, double.NaN)))
        from off in Gen.Frequency((8, Gen.Double[-1, 1]), (2, Gen.Double[-1, 1].Select(x => x * unit)), (1, Gen.Const(0.0)), (1, Gen.Const(double.NaN)))
        select (label + off, label);

    /// <summary>The value of the rows lies where cells leave it open, whatever the reference was like; and what they leave open is little.</summary>
    [Fact]
    public void Residuals_LieWhereTheirCellsSay() => Gen.Select(Rows.Array[1, 40], Rows.Array[1, 400]).Sample((reference, rows) =>
    {
        ImmutableArray<BaselineSignal> signals = Signals(reference);
        Performance counted = Of(signals, rows);
        (double Predicted, double Label)[] known = [.. rows.Where(r => double.IsFinite(r.Predicted) && double.IsFinite(r.Label))];
        Assert.Equal(new LabelCoverage(rows.Length, rows.Count(r => double.IsFinite(r.Label))), counted.Labels);
        foreach ((PerformanceMetric exact, PerformanceMetric of) in Residuals.Of(known).Zip(counted.Metrics))
        {
            Assert.Equal((exact.Name, exact.GreaterIsBetter), (of.Name, of.GreaterIsBetter));
            if (known.Length == 0) Assert.Null(of.Value);
            if (of.Value is not { } value || exact.Value is not { } raw) continue;
            Interval open = of.LeftOpen!.Value;
            Assert.True(open.Low <= raw && raw <= open.High, $"{of.Name}: {raw:R} is not in [{open.Low:R}, {open.High:R}]");
            Assert.InRange(value, open.Low, open.High);
            Assert.True(of.Low <= open.Low && of.High >= open.High || of.Name.StartsWith("residual", StringComparison.Ordinal), of.Name);
        }
    }, iter: 500);

    /// <summary>As documented: 1/32 of the mean distance of rows that are off as the reference was, and nothing of what is exactly 0.</summary>
    [Fact]
    public void WhatCellsLeaveOpen_IsAThirtySecond()
    {
        (double Predicted, double Label)[] rows = Drawn(20_000, seed: 3);
        Performance counted = Of(Signals(rows[..10_000]), rows[10_000..]);
        ImmutableArray<PerformanceMetric> exact = Residuals.Of(rows[10_000..]);
        double mae = exact[0].Value!.Value, rmse = exact[1].Value!.Value;
        Assert.InRange(Width("mae"), 0, mae / 32);
        Assert.InRange(Width("rmse"), 0, rmse / 32);
        Assert.InRange(Width("bias"), 0, mae / 32);
        Assert.InRange(Width("r2"), 0, (1 - exact[3].Value!.Value) * 2.5 * (2.0 / 32));
        foreach (PerformanceMetric quantile in counted.Metrics.Skip(4)) Assert.InRange(Width(quantile.Name), 0, Math.Abs(quantile.Value!.Value) / 31);
        foreach ((PerformanceMetric of, PerformanceMetric raw) in counted.Metrics.Zip(exact))
        {
            Assert.True(Math.Abs(of.Value!.Value - raw.Value!.Value) <= Width(of.Name) / 2 * 1.001, of.Name);
            // R squared: which residual a label has is not known, so that its error is an upper bound; so is that of a quantile, which lies in a cell.
            if (of.Name == "r2") Assert.InRange(of.Error!.Value, raw.Error!.Value, 2 * raw.Error.Value);
            else if (!of.Name.StartsWith("residual", StringComparison.Ordinal)) Reference.Near(raw.Error!.Value, of.Error, of.Name, 0.02);
            else Assert.InRange(of.Error!.Value, raw.Error!.Value, raw.Error.Value + Width(of.Name));
        }

        Performance right = Of(Signals([(double.NaN, double.NaN)]), [.. Enumerable.Range(0, 100).Select(i => ((double)i, (double)i))]);
        Assert.Equal((0.0, new Interval(0, 0)), (right.Metrics[0].Value, right.Metrics[0].LeftOpen));
        Assert.Equal(1, right.Metrics[3].Value);

        double Width(string name) => counted.Metrics.Single(m => m.Name == name).LeftOpen is { } open ? open.High - open.Low : 0;
    }

    /// <summary>Values of scikit-learn's definitions, of which cells know the same to what they leave open.</summary>
    [Fact]
    public void Numbers_AreThoseOfTheReference()
    {
        (double, double)[] rows = [.. Known.GetProperty("numbers").EnumerateArray().Select(r => (r[0].GetDouble(), r[1].GetDouble()))];
        IEnumerable<string> names = Known.GetProperty("regression").EnumerateObject().Select(m => m.Name);
        Assert.Equal(names, StatisticCatalog.OfOutcomes(LabelKind.Number).Select(e => e.Name));
        foreach (PerformanceMetric metric in Of(Signals(rows), rows).Metrics)
        {
            double expected = Known.GetProperty("regression").GetProperty(metric.Name).GetDouble();
            Assert.InRange(expected, metric.LeftOpen!.Value.Low, metric.LeftOpen.Value.High);
        }
    }

    /// <summary>What stands in a table of classes is what was said of the rows, to the last digit, and so are its errors.</summary>
    [Fact]
    public void Classes_AreThoseOfTheReference()
    {
        (string Decided, string Label)[] rows = [.. Known.GetProperty("classes").EnumerateArray().Select(r => (r[0].GetString()!, r[1].GetString()!))];
        BaselineSignal table = Table(ClassNames);
        ImmutableArray<PerformanceMetric> metrics = Performance.Of(OutcomeCounts.Of(table, Count(table, rows)), [.. ClassNames]).Metrics;
        Assert.Equal(Known.GetProperty("class_metrics").EnumerateObject().Select(m => m.Name), metrics.Select(m => m.Name));
        Assert.Equal(metrics.Length - (ClassNames.Length * 3), StatisticCatalog.OfOutcomes(LabelKind.Class).Count(e => !e.OfClass));
        foreach (PerformanceMetric metric in metrics.Where(m => m.Name != "precision of d"))
        {
            Reference.Near(Known.GetProperty("class_metrics").GetProperty(metric.Name).GetDouble(), metric.Value, metric.Name);
            Reference.Near(Known.GetProperty("class_errors").GetProperty(metric.Name).GetDouble(), metric.Error, metric.Name, 0.03);
            Assert.Null(metric.LeftOpen);
        }
    }

    /// <summary>
    /// A table that lacks some classes knows of their rows what it says: the value of a table that has all of them lies where it is left open.
    /// </summary>
    [Fact]
    public void ClassesThatATableLacks_LeaveTheirRowsOpen()
    {
        string[] names = ["a", "b", "c", "d", "e", "f"];
        Gen<string> name = OneOf(names);
        Gen.Select(Gen.Select(name, name).Array[1, 60], Gen.Int[1, 6]).Sample((rows, known) =>
        {
            BaselineSignal all = Table(names), some = Table(names[..known]);
            ImmutableArray<PerformanceMetric> whole = Of(all), part = Of(some);
            foreach ((PerformanceMetric exact, PerformanceMetric of) in whole.Zip(part))
            {
                Assert.Equal(exact.Name, of.Name);
                if (of.Value is not { } value || exact.Value is not { } raw) continue;
                Interval open = of.LeftOpen ?? new Interval(value, value);
                Assert.True(open.Low - 1e-12 <= raw && raw <= open.High + 1e-12, $"{of.Name}: {raw:R} is not in [{open.Low:R}, {open.High:R}]");
                if (of.Low is { } low) Assert.True(low <= open.Low + 1e-12 && of.High >= open.High - 1e-12, of.Name);
            }

            ImmutableArray<PerformanceMetric> Of(BaselineSignal table) => Performance.Of(OutcomeCounts.Of(table, Count(table, rows)), ["a"]).Metrics;
        }, iter: 1000);
    }

    /// <summary>A rule on each metric judges it, says what it found, and stands with it in the verdict.</summary>
    [Fact]
    public void Rules_JudgeEachMetric()
    {
        (double Predicted, double Label)[] numbers = Drawn(2000, seed: 5);
        ImmutableArray<BaselineSignal> signals = Signals(numbers);
        (string, string)[] classes = [.. Enumerable.Range(0, 2000).Select(i => (ClassNames[i % 4], ClassNames[i % 9 % 4]))];
        BaselineSignal table = Table(ClassNames);
        ImmutableArray<BaselineSignal> tables = [table with { Counts = [.. Count(table, classes)] }];
        foreach (CatalogEntry entry in StatisticCatalog.OfOutcomes(LabelKind.Number).Concat(StatisticCatalog.OfOutcomes(LabelKind.Class)))
        {
            ImmutableArray<BaselineSignal> of = entry.Labels == LabelKind.Number ? signals : tables;
            Alarm[] alarms = [new(AlarmKind.Above, -100), new(AlarmKind.Below, 100), new(AlarmKind.AboveBaselineBy, 5, Confidence: 0.95)];
            Rule[] rules =
            [
                .. alarms.Select((alarm, i) => new Rule($"{i}", null, null, entry.Name, null, alarm, Severity.Warning) { Class = entry.OfClass ? "b" : null }),
            ];
            Verdict verdict = Judge(of, [.. rules]);
            string name = StatisticCatalog.NameOf(entry.Name, rules[0].Class);
            Assert.Equal([Judgement.Drifting, Judgement.Drifting, Judgement.Steady], verdict.Performance!.Judged.Select(j => j.Statistic.Judgement));
            Assert.StartsWith($"{name} is ", verdict.Performance.Judged[0].Why, StringComparison.Ordinal);
            Assert.Equal(name, verdict.Performance.Judged[0].Statistic.Name);
            JsonElement[] told = [.. Json(verdict).GetProperty("metrics").EnumerateArray().Where(m => m.GetProperty("name").GetString() == name)];
            Assert.Equal(3, told.Count(m => m.TryGetProperty("judgement", out _)));
            Assert.Equal(1, told[0].GetProperty("p_value").GetDouble(), 1e-9); // a window that is its own baseline
        }
    }

    /// <summary>What labels of another kind have, a model does not: no rule on it says anything.</summary>
    [Fact]
    public void Rules_OfOtherLabels_AreSilent()
    {
        Rule[] rules = [Named("mae"), Named("recall"), Named("roc_auc"), Named("estimated_accuracy"), Named("recall") with { Class = "a" }];
        Assert.Equal(["mae"], Judge(Signals(Drawn(500, seed: 1)), [.. rules]).Performance!.Judged.Select(j => j.Metric.Name));
        BaselineSignal table = Table(ClassNames);
        table = table with { Counts = [.. Count(table, [.. Enumerable.Repeat(("a", "b"), 400)])] };
        JudgedMetric judged = Judge([table], [.. rules]).Performance!.Judged.Single();
        Assert.Equal(("recall of a", "recall of a: 0 rows with a label of the class, fewer than 100"), (judged.Metric.Name, judged.Why));

        static Rule Named(string statistic) => new(statistic, null, null, statistic, null, new Alarm(AlarmKind.Above, 0), Severity.Info);
    }

    private static Verdict Judge(ImmutableArray<BaselineSignal> signals, ImmutableArray<Rule> rules)
    {
        long rows = signals[0].Counts.Sum();
        var closed = new ClosedWindow("m", "", new WindowSettings("1d", new(7), new(7), new(0), 1), new(0), new(7), true, new(rows), new(0),
            WindowCounts.BySignal([.. signals.Select(s => new SignalCounts(s.Key, s.Layout.Key, [.. s.Counts]))]));
        return WindowJudge.Judge(closed, new JudgementSettings("m", new Baseline("m", rows, signals, "sha256:00"), rules));
    }

    private static JsonElement Json(Verdict verdict) =>
        JsonDocument.Parse(Assert.Single(VerdictJson.Write(verdict))).RootElement.GetProperty("performance");

    private static (double Predicted, double Label)[] Drawn(int rows, int seed)
    {
        var source = new Random(seed);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - source.NextDouble())) * Math.Cos(2 * Math.PI * source.NextDouble());
        return [.. Enumerable.Range(0, rows).Select(_ => 300 + (20 * Normal())).Select(y => (y + 3 + (8 * Normal()), y))];
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static ImmutableArray<BaselineSignal> Signals((double Predicted, double Label)[] reference)
    {
        Batch batch = new BatchBuilder()
            .Add("predicted", Columns.Of<double>([.. reference.Select(r => r.Predicted)]))
            .Add("label", Columns.Of<double>([.. reference.Select(r => r.Label)])).Build();
        BaselineSettings settings = BaselineSettings.Of("m") with
        {
            Features = [],
            Score = "predicted",
            Label = new BinaryColumn("label", "1"),
            LabelKind = LabelKind.Number,
        };
        ImmutableArray<BaselineSignal> signals = [.. Built(batch, settings).Where(s => s.Role is SignalRole.Outcome or SignalRole.Label)];
        // Counted from columns, as of messages that bring the label.
        Assert.All(signals, s => Assert.Equal(Count(s, reference), s.Counts));
        return signals;
    }

    private static BaselineSignal Table(string[] classes)
    {
        Batch batch = new BatchBuilder().Add("decided", Columns.Text(classes)).Add("label", Columns.Text(classes)).Build();
        BaselineSettings settings = BaselineSettings.Of("m") with
        {
            Features = [],
            Decision = new BinaryColumn("decided", "1"),
            Label = new BinaryColumn("label", "1"),
            LabelKind = LabelKind.Class,
        };
        BaselineSignal table = Built(batch, settings).Single(s => s.Role == SignalRole.Outcome);
        Assert.Equal(Count(table, [.. classes.Select(c => (c, c))]), table.Counts);
        return table;
    }

    private static ImmutableArray<BaselineSignal> Built(Batch batch, BaselineSettings settings)
    {
        BaselineResult result = BaselineBuilder.Build([batch], settings);
        Assert.Empty(result.Problems);
        Baseline read = BaselineFile.Read(BaselineFile.Write(result.Baseline!), out string problem)!;
        Assert.Equal(("", result.Baseline!.Hash), (problem, read.Hash));
        return read.Signals;
    }

    private static Performance Of(ImmutableArray<BaselineSignal> signals, (double Predicted, double Label)[] rows) =>
        Performance.Of(OutcomeCounts.Of(signals[0], Count(signals[0], rows), signals[1], Count(signals[1], rows)));

    private static long[] Count(BaselineSignal signal, (double Predicted, double Label)[] rows)
    {
        var counts = new long[signal.Layout.Cells];
        foreach ((double predicted, double label) in rows) counts[ResidualCells.Cell(signal, predicted, label)]++;
        return counts;
    }

    private static long[] Count(BaselineSignal table, (string Decided, string Label)[] rows)
    {
        var counts = new long[table.Layout.Cells];
        foreach ((string decided, string label) in rows) counts[ClassCells.Cell(table.Layout, Place(decided), Place(label))]++;
        return counts;

        int Place(string name) => ClassCells.ClassesOf(table).IndexOf(name) is >= 0 and var at ? at : table.Layout.Inner!.UnseenCell;
    }
}
