using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using DriftStream.Host.History;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.History;
using DriftStream.Host.Tests.Joins;
using DriftStream.Host.Tests.Observability;
using DriftStream.Host.Tests.Pages;
using DriftStream.Host.Web;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Deploy;

/// <summary>What deploy/ gives to Prometheus and Grafana: its names are those of the metrics, promtool's tests hold, and every query finds data.</summary>
public sealed partial class DeployTests
{
    private const string Promtool = "DRIFTSTREAM_PROMTOOL";

    private static readonly string[] Boards = ["fleet", "model", "worker"];

    private static string Folder => Path.Combine(PagesTests.SourceFolder(), "deploy");

    private static string Rules => Path.Combine(Folder, "prometheus", "rules.yaml");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Also without Prometheus: what is asked for is there, by its name and with the labels that the document has.</summary>
    [Fact]
    public void Expressions_NameWhatThereIs()
    {
        string rules = File.ReadAllText(Rules);
        string[] recorded = [.. Recorded().Matches(rules).Select(m => m.Groups[1].Value)];
        using var metrics = MetricsTests.Busy();
        ShownMetrics shown = ShownMetrics.OfPage(metrics.Text());
        HashSet<string> names = [.. shown.Metrics.Select(m => m.Name), .. shown.Series.Keys.Select(k => k[..k.IndexOf('{', StringComparison.Ordinal)])];
        string[] asked = [rules, .. Boards.SelectMany(Queries), .. Boards.SelectMany(Variables)];

        Assert.Equal([], asked.SelectMany(a => Metric().Matches(a)).Select(m => m.Value).Distinct().Where(n => !names.Contains(n)));
        Assert.Equal([], asked.SelectMany(a => Recording().Matches(a)).Select(m => m.Value).Distinct().Except(recorded));
    }

    [Fact]
    public void EveryAlert_HasATest()
    {
        string tests = File.ReadAllText(Path.Combine(Folder, "prometheus", "rules.test.yaml"));
        string[] alerts = [.. Alert().Matches(File.ReadAllText(Rules)).Select(m => m.Groups[1].Value)];

        Assert.Equal(alerts.Distinct().Order(), alerts.Order());
        Assert.Equal([], alerts.Where(a => !Regex.IsMatch(tests, $"alertname: {a}\\s+eval_time: \\S+\\s+exp_alerts:\\s+- exp_labels")));
    }

    [Fact]
    public async Task Rules_HoldWhatTheirTestsSay()
    {
        string? promtool = Environment.GetEnvironmentVariable(Promtool);
        Assert.SkipWhen(string.IsNullOrEmpty(promtool), $"{Promtool} names no promtool");
        using Process process = Process.Start(new ProcessStartInfo(promtool!, ["test", "rules", Path.Combine(Folder, "prometheus", "rules.test.yaml")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancel);
        string output = await process.StandardOutput.ReadToEndAsync(Cancel) + await errors;
        await process.WaitForExitAsync(Cancel);

        Assert.True(process.ExitCode == 0, output);
    }

    /// <summary>A worker that joins labels, judges and tells, as a real Prometheus has it: every panel shows something, every rule can be evaluated.</summary>
    [Fact]
    public async Task Queries_FindData_InARealPrometheus()
    {
        string? executable = Environment.GetEnvironmentVariable(PrometheusServer.Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(executable), $"{PrometheusServer.Variable} names no Prometheus");
        using var broker = new EmbeddedBroker();
        using var status = new WorkerStatus(TimeProvider.System);
        using HistoryStore store = Records.Memory();
        string folder = Directory.CreateTempSubdirectory("driftstream-dashboards-").FullName;
        DriftPlan plan = JoinRunTests.Prepare(folder, broker);
        await using HealthPages pages = await HealthPages.StartAsync("127.0.0.1:0", status.Health, status.Metrics, NullLogger.Instance, Cancel);
        using var prometheus = new PrometheusServer(executable!, pages.Address, Rules);
        await prometheus.ReadyAsync(Cancel);
        // What grows before the first scrape has not grown.
        for (int i = 0; i < 30 && (await prometheus.QueryAsync("up == 1", Cancel)).Length == 0; i++) await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
        using var stop = new CancellationTokenSource();
        var running = new Host.Worker.Worker(plan, WorkerRole.All, status, TimeProvider.System, NullLogger.Instance) { Store = store };
        Task worker = Task.Run(() => running.Run(stop.Token), Cancel);
        try
        {
            for (int day = 0; day < 8; day++) JoinRunTests.Predict(plan, day, toAll: day > 4);
            for (int day = 0; day < 8; day++) JoinRunTests.Label(plan, day, fair: day < 1);
            JoinRunTests.Label(plan, 9, fair: true);
            Assert.True(SpinWait.SpinUntil(() => JoinRunTests.Verdicts(plan).Count(v => v.TryGetProperty("delay", out _)) >= 3, TimeSpan.FromSeconds(60)),
                string.Join("; ", status.Health.States));
            string[] empty = [];
            for (int i = 0; i < 30; i++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
                empty = await Empty(prometheus);
                if (empty.Length == 0) break;
            }

            Assert.True(empty.Length == 0, string.Join("\n", empty));
            JsonElement groups = (await prometheus.GetAsync("api/v1/rules", Cancel)).GetProperty("data").GetProperty("groups");
            Assert.All(groups.EnumerateArray().SelectMany(g => g.GetProperty("rules").EnumerateArray()),
                r => Assert.True(r.GetProperty("health").GetString() == "ok", r.ToString()));
        }
        finally
        {
            await stop.CancelAsync();
            await worker.WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string[]> Empty(PrometheusServer prometheus)
    {
        var empty = new List<string>();
        foreach (string board in Boards)
        {
            foreach (string query in Queries(board))
            {
                string expression = query.Replace("$__rate_interval", "20s", StringComparison.Ordinal).Replace("$model", "shop", StringComparison.Ordinal)
                    .Replace("$window", ".*", StringComparison.Ordinal).Replace("$version", ".*", StringComparison.Ordinal)
                    .Replace("$owner", ".*", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal);
                if ((await prometheus.QueryAsync(expression, Cancel)).Length == 0) empty.Add($"{board}: {query}");
            }

            foreach (string variable in Variables(board))
            {
                Match parts = LabelValues().Match(variable);
                string of = parts.Groups[1].Value.Replace("$model", "shop", StringComparison.Ordinal), label = parts.Groups[2].Value;
                if ((await prometheus.QueryAsync($"group by ({label}) ({of})", Cancel)).Length == 0) empty.Add($"{board}: {variable}");
            }
        }

        foreach (string recorded in Recorded().Matches(await File.ReadAllTextAsync(Rules, Cancel)).Select(m => m.Groups[1].Value))
        {
            if ((await prometheus.QueryAsync(recorded, Cancel)).Length == 0) empty.Add($"rules: {recorded}");
        }

        return [.. empty];
    }

    /// <summary>The expressions of a dashboard's panels.</summary>
    private static string[] Queries(string board) =>
    [
        .. Board(board).GetProperty("panels").EnumerateArray().Where(p => p.TryGetProperty("targets", out _))
            .SelectMany(p => p.GetProperty("targets").EnumerateArray()).Select(t => t.GetProperty("expr").GetString()!),
    ];

    private static string[] Variables(string board) =>
    [
        .. Board(board).GetProperty("templating").GetProperty("list").EnumerateArray().Where(v => v.GetProperty("type").GetString() == "query")
            .Select(v => v.GetProperty("query").GetProperty("query").GetString()!),
    ];

    private static JsonElement Board(string board) =>
        JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(Folder, "grafana", board + ".json")));

    [GeneratedRegex(@"\bdriftstream_[a-z0-9_]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\bdriftstream:[a-z0-9_:]+")]
    private static partial Regex Recording();

    [GeneratedRegex(@"- record: (\S+)")]
    private static partial Regex Recorded();

    [GeneratedRegex(@"- alert: (\S+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"^label_values\((.+), (\w+)\)$")]
    private static partial Regex LabelValues();
}
