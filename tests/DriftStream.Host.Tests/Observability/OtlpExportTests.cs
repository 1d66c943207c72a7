using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DriftStream.Frames;
using DriftStream.Host.Observability;
using DriftStream.Host.Tests.Plans;
using DriftStream.Host.Tests.Worker;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace DriftStream.Host.Tests.Observability;

public sealed class OtlpExportTests
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT", Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL", Http = "http/protobuf";
    private const string Interval = "OTEL_METRIC_EXPORT_INTERVAL", Exporter = "OTEL_METRICS_EXPORTER";

    private readonly Lines _log = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EndpointSet_WhatThePageShowsArrives_OfThisObjectAlone()
    {
        await using Collector collector = await Collector.StartAsync();
        using Metrics metrics = MetricsTests.Busy(), other = MetricsTests.Busy();
        using OtlpExport? sending = Start(
            metrics, (Endpoint, collector.Address), (Protocol, Http), (Interval, "50"), ("OTEL_SERVICE_NAME", "mine"),
            ("OTEL_RESOURCE_ATTRIBUTES", "team=a,service.instance.id=7"));
        metrics.Flushed(1, 1, 1, TimeSpan.FromSeconds(0.3)); // what is told before the first reader is there is told to nobody

        byte[] request = await collector.NextAsync(r => OtlpRequest.Metrics(r).Series.ContainsKey("driftstream_flush_seconds_count{}"));

        Dictionary<string, string> resource = OtlpRequest.Resource(request);
        Assert.Equal(("mine", "a", "7"), (resource["service.name"], resource["team"], resource["service.instance.id"]));
        ShownMetrics sent = OtlpRequest.Metrics(request), page = ShownMetrics.OfPage(metrics.Text());
        Assert.Equal(page.Metrics.Order(), sent.Metrics.Order());
        Assert.Equal(Values(page), Values(sent));
        Assert.Equal(1, sent.Series["driftstream_flush_seconds_bucket{le=1.024}"] - sent.Series["driftstream_flush_seconds_bucket{le=0.256}"]);
        Assert.Equal([$"metrics are sent to {collector.Address} by OTLP"], _log.Texts);

        metrics.Forget("t", 3);
        await collector.NextAsync(r => !OtlpRequest.Metrics(r).Series.Keys.Any(k => k.Contains("topic=t}", StringComparison.Ordinal)));

        static IEnumerable<KeyValuePair<string, double>> Values(ShownMetrics of) => of.Series
            .Where(s => !s.Key.StartsWith("driftstream_flush_seconds", StringComparison.Ordinal)).OrderBy(s => s.Key, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Dispose_SendsWhatThereIs_UnderOurNameIfThereIsNoOther()
    {
        await using Collector collector = await Collector.StartAsync();
        using var metrics = new Metrics();
        OtlpExport? sending = Start(metrics, (Endpoint, collector.Address), (Protocol, Http), (Interval, "3600000"));
        metrics.Count(new FateCounts { Rows = new(5) }, 0);

        sending!.Dispose();

        byte[] request = await collector.NextAsync();
        Assert.Equal(5, OtlpRequest.Metrics(request).Series["driftstream_rows_in_total{}"]);
        Assert.Equal("driftstream", OtlpRequest.Resource(request)["service.name"]);
    }

    [Theory]
    [InlineData]
    [InlineData(Exporter, "otlp")]
    [InlineData(Protocol, Http, Endpoint, " ")]
    [InlineData(Endpoint, "*", Exporter, "none")]
    [InlineData(Endpoint, "*", Exporter, "prometheus")]
    [InlineData(Endpoint, "*", "OTEL_SDK_DISABLED", "true")]
    public async Task NotAskedFor_NothingIsSentOrSaid(params string[] variables)
    {
        await using Collector collector = await Collector.StartAsync();
        using var metrics = new Metrics();
        (string, string)[] environment =
            [.. variables.Chunk(2).Select(v => (v[0], v[1].Replace("*", collector.Address, StringComparison.Ordinal))), (Interval, "20")];

        using OtlpExport? sending = Start(metrics, environment);

        Assert.Null(sending);
        await Task.Delay(200, Cancel);
        Assert.True(collector.IsEmpty);
        Assert.Empty(_log.Texts);
    }

    [Theory]
    [InlineData(Endpoint, "collector:4317")]
    [InlineData(Endpoint, "/v1/metrics")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "ftp://collector")]
    [InlineData(Protocol, "http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "GRPC")]
    [InlineData(Interval, "5s")]
    [InlineData(Interval, "0")]
    [InlineData(Exporter, "otlp,console")]
    public void NotUnderstood_IsTold_AndNothingIsSent(string variable, string value)
    {
        using var metrics = new Metrics();

        using OtlpExport? sending = Start(metrics, (Endpoint, "http://127.0.0.1:1"), (variable, value));

        Assert.Null(sending);
        Assert.StartsWith($"no metrics are sent by OTLP: the environment variable {variable} is not ", Assert.Single(_log.Texts));
    }

    [Theory]
    [InlineData(false, Http)]
    [InlineData(false, "grpc")]
    [InlineData(true, Http)]
    [InlineData(true, "grpc")]
    public void CollectorRefusesOrHangs_IsTold_AndHoldsNobody(bool hangs, string protocol)
    {
        using var silent = new Silent(hangs);
        using Metrics metrics = MetricsTests.Busy();
        OtlpExport? sending = Start(metrics, (Endpoint, silent.Address), (Protocol, protocol), (Interval, "50"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"));

        bool Told() => _log.Texts.Any(t => t.StartsWith("metrics were not sent by OTLP, the worker goes on without: ", StringComparison.Ordinal));
        Assert.True(SpinWait.SpinUntil(Told, TimeSpan.FromSeconds(30)));
        Assert.Contains("driftstream_rows_in_total 100\n", metrics.Text());
        long since = Stopwatch.GetTimestamp();
        sending!.Dispose();
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(4), $"{Stopwatch.GetElapsedTime(since)}");
        Assert.Equal(2, _log.Texts.Length); // started, and told once although every export failed
    }

    [Fact]
    public async Task Run_TheEnvironmentNamesACollector_WhichHasTheMetrics()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "stops the worker by a signal");
        await using Collector collector = await Collector.StartAsync();
        using var files = new ConfigFolder("kafka: { bootstrap: \"127.0.0.1:1\" }");
        using WorkerProcess worker = WorkerProcess.RunWithPages(
            files.Config, (Endpoint, collector.Address), (Protocol, Http), (Interval, "200"), ("OTEL_SERVICE_NAME", "staging"));

        // A slow start sends a request before there is anything to tell.
        byte[] request = await collector.NextAsync(r =>
            OtlpRequest.Metrics(r).Series.TryGetValue("driftstream_config_last_reload_successful{}", out double value) && value == 1);

        Assert.Equal("staging", OtlpRequest.Resource(request)["service.name"]);
        Assert.Equal(0, worker.Stop());
    }

    [Theory]
    [InlineData("")]
    [InlineData("refuses")]
    [InlineData("hangs")]
    public async Task Run_WithoutACollector_WorksAndStopsInTime(string collector)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "stops the worker by a signal");
        using var silent = new Silent(collector == "hangs");
        using var files = new ConfigFolder("kafka: { bootstrap: \"127.0.0.1:1\" }");
        (string, string)[] environment = collector.Length == 0 ? [] : [(Endpoint, silent.Address), (Protocol, Http)];
        using WorkerProcess worker = WorkerProcess.RunWithPages(files.Config, [.. environment, (Interval, "100")]);

        Assert.True(SpinWait.SpinUntil(() => worker.Pages is not null, TimeSpan.FromSeconds(60)), worker.Output);
        Assert.True(collector != "hangs" || SpinWait.SpinUntil(() => silent.Taken, TimeSpan.FromSeconds(30)), worker.Output);
        bool Told() => worker.Output.Contains("metrics were not sent by OTLP", StringComparison.Ordinal);
        Assert.True(collector != "refuses" || SpinWait.SpinUntil(Told, TimeSpan.FromSeconds(30)), worker.Output);
        Assert.Equal(1, await worker.MetricAsync("driftstream_config_last_reload_successful"));
        long since = Stopwatch.GetTimestamp();
        Assert.Equal(0, worker.Stop());
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(10), $"{Stopwatch.GetElapsedTime(since)}\n{worker.Output}");
        Assert.Equal(collector.Length > 0, worker.Output.Contains("OTLP", StringComparison.Ordinal));
    }

    private OtlpExport? Start(Metrics metrics, params (string Variable, string Value)[] environment) => OtlpExport.Start(
        metrics, new ConfigurationBuilder().AddInMemoryCollection(environment.AsEnumerable().Reverse().DistinctBy(v => v.Variable)
            .Select(v => KeyValuePair.Create(v.Variable, (string?)v.Value))).Build(), _log);

    /// <summary>A port on which nobody listens, or somebody who takes connections and never says a word.</summary>
    private sealed class Silent : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Silent(bool takes)
        {
            _listener.Start();
            Address = $"http://{_listener.LocalEndpoint}";
            if (!takes) _listener.Stop();
        }

        public string Address { get; }

        /// <summary>Somebody has connected.</summary>
        public bool Taken => _listener.Pending();

        public void Dispose() => _listener.Dispose();
    }
}
