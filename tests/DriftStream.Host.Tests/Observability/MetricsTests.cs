using System.Text;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using Xunit;

namespace DriftStream.Host.Tests.Observability;

public sealed class MetricsTests
{
    private const string Names = """
        alerts_total config_last_reload_success_timestamp_seconds config_last_reload_successful
        entries_total faults_total flush_seconds flushes_total frame_bytes_total frames_total gpu_values_total judge_lag_records kafka_failures_total
        lag_records messages_total open_panes open_windows payload_bytes_total payloads_in_use plan_epoch rebalances_total rows_in_total
        rows_total segments_total unaccounted_rows undeliverable_total verdicts_total watermark_seconds
        """;

    [Fact]
    public async Task Text_HasEveryMetric_AndNoOther()
    {
        string text = await Text(Busy());

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
    [InlineData("messages_total{fate=\"read\"} 7")]
    [InlineData("messages_total{fate=\"unreadable\"} 2")]
    [InlineData("messages_total{fate=\"tombstone\"} 1")]
    [InlineData("payload_bytes_total 4096")]
    [InlineData("frame_bytes_total 1000")]
    [InlineData("entries_total 50")]
    [InlineData("watermark_seconds{topic=\"t\",partition=\"3\"} 1.5")]
    [InlineData("lag_records{topic=\"t\",partition=\"3\"} 12")]
    [InlineData("alerts_total{owner=\"team\",status=\"firing\"} 1")]
    [InlineData("kafka_failures_total{kind=\"Denied\"} 1")]
    [InlineData("faults_total{step=\"count\"} 1")]
    [InlineData("payloads_in_use 1")]
    public async Task Text_HasTheValue(string line) =>
        Assert.Contains("\ndriftstream_" + line + "\n", await Text(Busy()));

    [Fact]
    public async Task Forget_TheSeriesOfAPartitionEnd()
    {
        var metrics = Busy();
        metrics.Forget("t", 3);
        metrics.ForgetJudge(2);

        string text = await Text(metrics);

        Assert.DoesNotContain("partition=", text);
    }

    private static Metrics Busy()
    {
        var metrics = new Metrics();
        metrics.Count(new FateCounts(100, 90, 4, 3, 2, 1, 10, 2, 1), 4096);
        metrics.Overtaken(5);
        metrics.Unaccounted(0);
        metrics.SegmentFinished();
        metrics.Flushed(2, 1000, 50, TimeSpan.FromMilliseconds(20));
        metrics.Partition("t", 3, 1_500_000, 12);
        metrics.Rebalanced();
        metrics.Open(2, 9);
        metrics.JudgeLag(2, 7);
        metrics.Verdict("steady");
        metrics.Alert("team", "firing");
        metrics.Undeliverable("team");
        metrics.Fault("count");
        metrics.Failed(nameof(KafkaErrorKind.Denied));
        metrics.PlanEpoch(4);
        var pool = new PayloadPool(100);
        metrics.WatchPayloads(() => pool.Rented - pool.Returned);
        pool.Copy([1]);
        return metrics;
    }

    private static async Task<string> Text(Metrics metrics)
    {
        using var stream = new MemoryStream();
        await metrics.Registry.CollectAndExportAsTextAsync(stream, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
