using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Host.Commands;
using DriftStream.Host.Files;
using DriftStream.Host.Tests.Commands;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Host.Tests.Compare;

/// <summary>Changes that an alarm over all cells together does not see: names that change, constants, rare values.</summary>
public sealed class BlindAlarmTests
{
    [Theory]
    [InlineData("rename-hidden-1", "drifting", "a (50 % of the baseline) no longer arrives, unseen is new (")]
    [InlineData("rename-hidden-2", "drifting", "c (")]
    [InlineData("constant-column-1", "steady", null)]
    [InlineData("constant-column-2", "steady", null)]
    [InlineData("constant-column-3", "drifting", "unseen is new (17 % of rows, baseline 0)")]
    [InlineData("constant-column-4", "drifting", "EUR (100 % of the baseline) no longer arrives, unseen is new (100 % of rows, baseline 0)")]
    [InlineData("constant-column-5", "drifting", "7 (100 % of the baseline) no longer arrives")]
    [InlineData("constant-column-6", "drifting", "rose from 0.2 % to 3 %")]
    public void Compare_SaysWhatChanged(string kind, string judgement, string? why)
    {
        string data = Path.Combine(AppContext.BaseDirectory, "data", "cases", kind);
        CliResult run = Cli.Run("compare", "--reference", data + "-r.parquet", "--current", data + "-c.parquet", "--json");
        Assert.True(run.Code == 0, run.Errors);
        JsonElement signal = Assert.Single(run.Json.GetProperty("signals").EnumerateArray());
        Assert.Equal(judgement, signal.GetProperty("judgement").GetString());
        if (why is null) Assert.False(signal.TryGetProperty("why", out _));
        else Assert.Contains(why, signal.GetProperty("why").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Every category of the sample with at least 1 % of the rows, renamed in a window that is 52 times smaller than its baseline.</summary>
    [Fact]
    public void EveryCategoryOfTheSample_Renamed_IsFound()
    {
        BaselineSettings settings = ModelFile.BaselineSettings(Cli.Sample("driftstream.yaml"), "employment", TextWriter.Null)!;
        Baseline baseline = BaselineBuilder.Build(DataFile.Open(Cli.Sample("reference-2015.parquet")).Batches, settings).Baseline!;
        var judged = new JudgementSettings("employment", baseline, ModelDefaults.Rules);
        ImmutableSortedDictionary<string, ImmutableArray<long>> counts = FirstRows(baseline, settings, 1_330);
        Assert.Equal(Judgement.Steady, WindowJudge.Judge(Window(baseline, counts), judged).Judgement);
        var missed = new List<string>();
        int renames = 0;
        foreach (BaselineSignal signal in baseline.Signals.Where(s => s.Layout.Kind == LayoutKind.Categorical))
        {
            for (int category = 0; category < signal.Layout.Categories.Length; category++)
            {
                long[] renamed = [.. counts[signal.Key]];
                if (renamed[category] < 0.01 * renamed.Sum()) continue;
                renames++;
                renamed[signal.Layout.UnseenCell] += renamed[category];
                renamed[category] = 0;
                Verdict verdict = WindowJudge.Judge(Window(baseline, counts.SetItem(signal.Key, [.. renamed])), judged);
                JudgedSignal of = verdict.Signals.Single(s => s.Signal == signal.Name);
                string name = signal.Layout.Categories[category];
                if (of.Judgement != Judgement.Drifting) missed.Add($"{signal.Name} {name}");
                else Assert.Contains("unseen is new", of.Why, StringComparison.Ordinal);
            }
        }

        Assert.Empty(missed);
        Assert.True(renames >= 56, $"{renames}");
    }

    private static ClosedWindow Window(Baseline baseline, ImmutableSortedDictionary<string, ImmutableArray<long>> counts) => new(
        "employment", "7", new WindowSettings("7d", new(7), new(7), new(0), 500), new(0), new(7), true, new(1_330), new(0),
        WindowCounts.BySignal(baseline.Signals.Select(s => new SignalCounts(s.Key, s.Layout.Key, [.. counts[s.Key]]))));

    private static ImmutableSortedDictionary<string, ImmutableArray<long>> FirstRows(Baseline baseline, BaselineSettings settings, int rows)
    {
        ICellCounter[] counters = [.. baseline.Signals.Select(s => CellCounters.For(s, settings.Decision, settings.Label))];
        long[][] counts = [.. baseline.Signals.Select(s => new long[s.Layout.Cells])];
        int left = rows;
        foreach (Batches.Batch batch in DataFile.Open(Cli.Sample("stream-2016-2018.parquet")).Batches)
        {
            int take = Math.Min(left, batch.Rows);
            for (int i = 0; i < counters.Length; i++)
            {
                Assert.Null(counters[i].Bind(batch));
                counters[i].Count(0, take, counts[i]);
            }

            left -= take;
            if (left == 0) break;
        }

        return baseline.Signals.Select((s, i) => KeyValuePair.Create(s.Key, ImmutableArray.Create(counts[i]))).ToImmutableSortedDictionary();
    }
}
