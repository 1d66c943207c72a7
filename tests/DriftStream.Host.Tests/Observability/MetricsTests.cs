using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Tests.Pages;
using DriftStream.Host.Web;
using DriftStream.Joins;
using DriftStream.Judging;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Observability;

public sealed class MetricsTests
{
    private const string Names = """
        actions alerts_total answers_total attribution_judgement attribution_value build_info config_last_reload_success_timestamp_seconds
        config_last_reload_successful
        deadlines_missed_total desk_lag_records
        entries_total episodes fairness_judgement fairness_value faults_total flush_seconds flushes_total frame_bytes_total frames_total gpu_values_total
        join_labels join_lag_records join_predictions join_remembered_ids join_snapshot_duration_seconds join_snapshots_total join_table_bytes
        judge_lag_records kafka_failures_total kpi_judgement kpi_target kpi_value label_coverage_ratio label_lag_seconds
        lag_records messages_total open_panes open_windows payload_bytes_total payloads_in_use performance_cost_per_row performance_judgement
        performance_labels_ratio performance_value plan_epoch rebalances_total rows_in_total
        rows_total segments_total signal_judgement signal_missing_ratio signal_p_value signal_rows signal_value signals_left_out
        unaccounted_rows undeliverable_total verdicts_total watermark_seconds web_certificate_expiry_timestamp_seconds web_lag_records web_refused_total
        webhook_delivered_total webhook_lag_records webhook_undeliverable_total window_end_timestamp_seconds window_judgement window_rows
        """;

    [Fact]
    public void Text_HasEveryMetric_AndNoOther()
    {
        string text = Busy().Text();

        var found = text.Split('\n').Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l.Split(' ')[2]).Order();
        Assert.Equal(Names.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(n => "driftstream_" + n), found);
    }

    [Theory]
    [InlineData("rows_in_total 100")]
    [InlineData("rows_total{fate=\"counted\"} 90")]
    [InlineData("rows_total{fate=\"late\"} 4")]
    [InlineData("rows_total{fate=\"future\"} 3")]
    [InlineData("rows_total{fate=\"rejected\"} 2")]
    [InlineData("rows_total{fate=\"unowned\"} 1")]
    [InlineData("rows_total{fate=\"overtaken\"} 5")]
    [InlineData("rows_total{fate=\"label\"} 8")]
    [InlineData("join_predictions{fate=\"pending\",model=\"m\"} 4")]
    [InlineData("join_labels{fate=\"matched\",model=\"m\"} 3")]
    [InlineData("join_remembered_ids 8")]
    [InlineData("join_lag_records{partition=\"2\"} 6")]
    [InlineData("join_table_bytes{place=\"memory\"} 400")]
    [InlineData("join_table_bytes{place=\"file\"} 100")]
    [InlineData("join_snapshots_total{outcome=\"written\"} 1")]
    [InlineData("join_snapshot_duration_seconds 1.5")]
    [InlineData("label_coverage_ratio{model=\"m\"} 0.75")]
    [InlineData("messages_total{fate=\"read\"} 7")]
    [InlineData("messages_total{fate=\"unreadable\"} 2")]
    [InlineData("messages_total{fate=\"tombstone\"} 1")]
    [InlineData("payload_bytes_total 4096")]
    [InlineData("frame_bytes_total 1000")]
    [InlineData("entries_total 50")]
    [InlineData("watermark_seconds{topic=\"t\",partition=\"3\"} 1.5")]
    [InlineData("lag_records{topic=\"t\",partition=\"3\"} 12")]
    [InlineData("alerts_total{owner=\"team\",status=\"firing\"} 1")]
    [InlineData("actions{owner=\"team\",kind=\"roll_back\",state=\"accepted\"} 1")]
    [InlineData("episodes{owner=\"team\",status=\"firing\",severity=\"warning\"} 2")]
    [InlineData("answers_total{owner=\"team\",outcome=\"done\"} 1")]
    [InlineData("kafka_failures_total{kind=\"Denied\"} 1")]
    [InlineData("faults_total{step=\"count\"} 1")]
    [InlineData("payloads_in_use 1")]
    public void Text_HasTheValue(string line) =>
        Assert.Contains("\ndriftstream_" + line + "\n", Busy().Text());

    [Fact]
    public void Forget_TheSeriesOfAPartitionEnd()
    {
        var metrics = Busy();
        metrics.Forget("t", 3);
        metrics.ForgetJudge(2);
        metrics.ForgetDesk(2);
        metrics.Joined([], 0, []);

        string text = metrics.Text();

        Assert.DoesNotContain("partition=", text);
    }

    [Fact]
    public void Forget_OnlyThat_AndItMayComeBack()
    {
        using Metrics metrics = Busy();
        metrics.Partition("t", 4, new(2_000_000), 1);
        metrics.Forget("t", 3);
        metrics.Forget("u", 4);
        Assert.Equal(["""{topic="t",partition="4"} 2"""], Watermarks());

        metrics.Partition("t", 3, new(3_000_000), 1);
        Assert.Equal(["""{topic="t",partition="3"} 3""", """{topic="t",partition="4"} 2"""], Watermarks());

        IEnumerable<string> Watermarks() => metrics.Text().Split('\n')
            .Where(l => l.StartsWith("driftstream_watermark_seconds", StringComparison.Ordinal)).Select(l => l["driftstream_watermark_seconds".Length..]);
    }

    /// <summary>Everything that the former exporter showed, to the byte; only the order of series differs.</summary>
    [Fact]
    public void Text_IsWhatPrometheusNetWrote()
    {
        using var metrics = new Metrics();
        Assert.Equal(Written("metrics-start.txt"), Sorted(metrics.Text()));

        TellEach(metrics);
        metrics.Flushed(3, 10, 5, TimeSpan.FromSeconds(100));
        metrics.Flushed(3, 10, 5, TimeSpan.FromMilliseconds(64)); // a bucket's bound is within it
        metrics.Partition("q\"uo\\te\n", 0, new(1_793_900_000_123_456), 3);
        metrics.Partition("low", 1, new(-5), 0);
        metrics.Partition("none", 1, new(long.MinValue), 0);
        metrics.ConfigRead(DateTimeOffset.FromUnixTimeMilliseconds(1_793_900_000_123));
        metrics.Count(new FateCounts(new(9_007_199_254_740), new(9_007_199_254_740), new(0), new(0), new(0), new(0), 10, 0, 0), 123_456_789_012_345);
        metrics.WatchPayloads(() => 1);
        Assert.Equal(Written("metrics-busy.txt"), Sorted(metrics.Text()));

        static string[] Written(string file) => Sorted(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", file)));

        // The version of the build is another one each time.
        static string[] Sorted(string text) =>
            [.. text.Split('\n').Where(l => !l.StartsWith("driftstream_build_info{", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    /// <summary>A signal of a verdict, a group and a metric with the verdict's numbers, under the names of the document.</summary>
    [Fact]
    public void Models_HaveTheNumbersOfTheirLastVerdicts()
    {
        Verdict[] verdicts = [.. CreditModel.Verdicts()];
        using Metrics metrics = Told(2000, verdicts);
        IReadOnlyDictionary<string, double> series = ShownMetrics.OfPage(metrics.Text()).Series;
        Verdict rows = verdicts.Last(v => v.Window.Delay is null), labels = verdicts.Last(v => v.Window.Delay is not null);

        JudgedStatistic psi = rows.Signals[0].Statistics.Single(s => s.Name == "psi");
        Assert.Equal(psi.Value, Of("signal_value", "1d", ("signal", "income"), ("statistic", "psi")));
        Assert.Equal(psi.PValue, Of("signal_p_value", "1d", ("signal", "income"), ("statistic", "psi")));
        Assert.Equal((1, 1000, 0), (Of("signal_judgement", "1d", ("signal", "income"), ("judgement", "steady")), Of("signal_rows", "1d", ("signal", "income")),
            Of("signal_missing_ratio", "1d", ("signal", "income"))));
        Assert.Equal(rows.Window.End / 1e6, Of("window_end_timestamp_seconds", "1d"));
        JudgedMetric recall = labels.Performance!.Judged.Single(m => m.Metric.Name == "recall");
        Assert.Equal((recall.Metric.Value!.Value, 1.0), (Of("performance_value", CreditModel.Joined, ("statistic", "recall")),
            Of("performance_judgement", CreditModel.Joined, ("statistic", "recall"), ("judgement", "drifting"))));
        Assert.Equal(labels.Performance.Window.Selected.Share, Of("performance_labels_ratio", CreditModel.Joined, ("rows", "selected")));
        Assert.Equal(labels.Performance.Costs!.Window!.PerRow, Of("performance_cost_per_row", CreditModel.Joined, ("by", "labels"), ("unit", "EUR")));
        Assert.Equal(rows.Performance!.Costs!.Estimated!.PerRow, Of("performance_cost_per_row", "1d", ("by", "estimate"), ("unit", "EUR")));
        Assert.Equal(labels.Groups[0].Statistic.Value, Of("fairness_value", CreditModel.Joined, ("group", "sex"),
            ("statistic", "equal_opportunity_difference")));
        JudgedKpi found = labels.Kpis.Single();
        Assert.Equal((found.Statistic.Value!.Value, 0.6, 1.0), (Of("kpi_value", CreditModel.Joined, ("kpi", "found")),
            Of("kpi_target", CreditModel.Joined, ("kpi", "found"), ("bound", "at_least")),
            Of("kpi_judgement", CreditModel.Joined, ("kpi", "found"), ("judgement", "drifting"))));
        Assert.Equal(0, series["driftstream_signals_left_out{}"]);

        double Of(string name, string window, params (string, string)[] labels) =>
            series[ShownMetrics.Key("driftstream_" + name, [("model", CreditModel.Id), ("version", ""), ("window", window), .. labels])];
    }

    /// <summary>What drifts comes first, then what changed most; how many are left out is told. With 0 nothing of any model is shown.</summary>
    [Fact]
    public void Models_AreBounded_TheWorstFirst()
    {
        Verdict[] verdicts = [.. CreditModel.Verdicts()];
        using Metrics metrics = Told(1, verdicts), none = Told(0, verdicts);
        using Metrics all = Told(2000, verdicts);
        int subjects = ShownMetrics.OfPage(all.Text()).Series.Keys.Count(k => k.StartsWith("driftstream_signal_rows", StringComparison.Ordinal)
            || k.StartsWith("driftstream_fairness_value", StringComparison.Ordinal) || k.StartsWith("driftstream_performance_value", StringComparison.Ordinal));

        IReadOnlyDictionary<string, double> series = ShownMetrics.OfPage(metrics.Text()).Series;
        Assert.EndsWith("statistic=recall,version=,window=1d@7d}", Assert.Single(series.Keys, k => k.Contains("performance_value", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.Equal(subjects - 1, series["driftstream_signals_left_out{}"]);
        Assert.DoesNotContain("credit", none.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Models_EndWithTheirPartition_TheirVersionAndTheirPlan()
    {
        Verdict[] verdicts = [.. CreditModel.Verdicts().Where(v => v.Window.Delay is null)];
        Verdict old = verdicts[0] with { Window = verdicts[0].Window with { Version = "old" } };
        using Metrics moved = Told(2000, [old, .. verdicts]), planned = Told(2000, verdicts);
        using Metrics both = Told(2000, [old, verdicts[1]]);

        Assert.Contains("version=\"old\"", both.Text(), StringComparison.Ordinal);
        Assert.DoesNotContain("version=\"old\"", moved.Text(), StringComparison.Ordinal);
        moved.ForgetJudge(3);
        Assert.Contains("credit", moved.Text(), StringComparison.Ordinal);
        moved.ForgetJudge(2);
        Assert.DoesNotContain("credit", moved.Text(), StringComparison.Ordinal);
        planned.Models.Keep(["credit", "other"]);
        Assert.Contains("credit", planned.Text(), StringComparison.Ordinal);
        planned.Models.Keep(["other"]);
        Assert.DoesNotContain("credit", planned.Text(), StringComparison.Ordinal);
    }

    private static Metrics Told(int most, IEnumerable<Verdict> verdicts)
    {
        var metrics = new Metrics();
        metrics.Models.Bound(most);
        foreach (Verdict verdict in verdicts) metrics.Models.Judged(2, verdict);
        return metrics;
    }

    [Fact]
    public async Task Page_HasTheNamesTypesLabelsAndHelpOfTheDocument()
    {
        using Metrics metrics = Busy();
        await using HealthPages pages = await HealthPages.StartAsync(
            "127.0.0.1:0", new Health(TimeProvider.System), metrics, NullLogger.Instance, TestContext.Current.CancellationToken);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1");
        using HttpResponseMessage answer = await client.GetAsync(new Uri(pages.Address, "metrics"), TestContext.Current.CancellationToken);
        ShownMetrics page = ShownMetrics.OfPage(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", $"{answer.Content.Headers.ContentType}");
        string[] documented = [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "docs", "metrics.md"))
            .Where(l => l.StartsWith("| `driftstream_", StringComparison.Ordinal))];
        Assert.Equal(documented, page.Metrics.Select(m =>
        {
            string labels = string.Join(", ", page.LabelsOf(m.Name).OrderBy(l => l != "topic").Select(l => $"`{l}`"));
            return $"| `{m.Name}` | {m.Type} | {(labels.Length == 0 ? "|" : labels + " |")} {m.Help} |";
        }));
    }

    [Fact]
    public void Count_AllocatesNothing()
    {
        using var metrics = new Metrics();
        var fates = new FateCounts(new(100), new(90), new(4), new(3), new(2), new(1), 10, 2, 1);
        for (int i = 0; i < 100; i++) CountAndTell();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) CountAndTell();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void CountAndTell()
        {
            metrics.Count(fates, 4096);
            metrics.Partition("t", 3, new(1_500_000), 12);
        }
    }

    // Of each kind something.
    private static void TellEach(Metrics metrics)
    {
        metrics.Count(new FateCounts(new(100), new(90), new(4), new(3), new(2), new(1), 10, 2, 1) { Labels = new(8) }, 4096);
        metrics.Overtaken(5);
        metrics.Unaccounted(0);
        metrics.SegmentFinished();
        metrics.Flushed(2, 1000, 50, TimeSpan.FromMilliseconds(20));
        metrics.Partition("t", 3, new(1_500_000), 12);
        metrics.Rebalanced();
        metrics.Open(2, 9);
        metrics.JudgeLag(2, 7);
        metrics.Verdict("steady");
        metrics.Alert("team", "firing");
        metrics.Answer("team", "done");
        metrics.DeadlineMissed("team");
        metrics.Episodes([new(("team", "firing", "warning"), 2)]);
        metrics.Actions([new(("team", "roll_back", "accepted"), 1)]);
        metrics.DeskLag(2, 1);
        var fates = JsonSerializer.Deserialize<JoinFates>(
            """{"Predictions":9,"Pending":4,"Matched":3,"Settled":3,"Unlabelled":1,"DuplicatePredictions":1,"Labels":3}""")!;
        ImmutableSortedDictionary<int, long> lags = new[] { 3600, 86_400 * 3 }.ToImmutableSortedDictionary(
            s => LagCells.Of(new Duration(s * EventTime.Second)), _ => 1L);
        var sources = ImmutableSortedDictionary<string, LabelSource>.Empty.Add("t", new LabelSource { Labels = 2, Matched = 2, Lags = lags });
        metrics.JoinTables(400, 100);
        metrics.Snapshot("written");
        metrics.SnapshotTook(TimeSpan.FromSeconds(1.5));
        metrics.Joined([(2, 6)], 8, [new JoinProgress("m", EventTime.None, EventTime.None, fates, []) { Sources = sources }]);
        metrics.WebLag(5);
        metrics.WebRefused("read");
        metrics.CertificateExpires(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        metrics.Models.Bound(5);
        foreach (Verdict verdict in CreditModel.Verdicts()) metrics.Models.Judged(2, verdict);
        metrics.Undeliverable("team");
        metrics.WebhookDelivered("team", "pager");
        metrics.WebhookFailed("team", "pager");
        metrics.WebhookLag("team", "pager", 3);
        metrics.Fault("count");
        metrics.Failed(nameof(KafkaErrorKind.Denied));
        metrics.PlanEpoch(4);
    }

    internal static Metrics Busy()
    {
        var metrics = new Metrics();
        TellEach(metrics);
        var pool = new PayloadPool(100);
        metrics.WatchPayloads(() => pool.Rented - pool.Returned);
        pool.Copy([1]);
        return metrics;
    }
}
