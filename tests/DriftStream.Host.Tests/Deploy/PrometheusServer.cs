using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace DriftStream.Host.Tests.Deploy;

/// <summary>
/// A real Prometheus that scrapes one worker each second, with the rules of deploy/prometheus. <see cref="Variable"/> names its executable (Debian's package
/// prometheus: <c>/usr/bin/prometheus</c>).
/// </summary>
internal sealed class PrometheusServer : IDisposable
{
    public const string Variable = "DRIFTSTREAM_PROMETHEUS";

    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-prometheus-").FullName;
    private readonly Process _process;
    private readonly HttpClient _client;

    /// <param name="executable">Of Prometheus.</param>
    /// <param name="worker">Where its metrics are.</param>
    /// <param name="rules">The file with the rules.</param>
    public PrometheusServer(string executable, Uri worker, string rules)
    {
        int port = FreePort();
        string config = Path.Combine(_folder, "prometheus.yml");
        File.WriteAllText(config, $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: ["{{rules}}"]
            scrape_configs: [{ job_name: driftstream, static_configs: [{ targets: ["{{worker.Authority}}"] }] }]
            """);
        _process = Process.Start(new ProcessStartInfo(
            executable, [$"--config.file={config}", $"--storage.tsdb.path={_folder}/data", $"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])
        {
            UseShellExecute = false,
        })!;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
    }

    public async Task ReadyAsync(CancellationToken cancel)
    {
        for (int i = 0; i < 300; i++)
        {
            Assert.False(_process.HasExited, "Prometheus does not start");
            try
            {
                using HttpResponseMessage answer = await _client.GetAsync(new Uri("-/ready", UriKind.Relative), cancel);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(100, cancel);
        }

        Assert.Fail("Prometheus is not ready");
    }

    /// <summary>The result of an instant query; fails with the server's words where it is refused.</summary>
    public async Task<JsonElement[]> QueryAsync(string expression, CancellationToken cancel)
    {
        JsonElement answer = await GetAsync($"api/v1/query?query={Uri.EscapeDataString(expression)}", cancel);
        Assert.True(answer.GetProperty("status").GetString() == "success", $"{expression}: {answer}");
        return [.. answer.GetProperty("data").GetProperty("result").EnumerateArray()];
    }

    public async Task<JsonElement> GetAsync(string path, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await _client.GetAsync(new Uri(path, UriKind.Relative), cancel);
        return JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(cancel));
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return int.Parse(listener.LocalEndpoint.ToString()!.Split(':')[1], CultureInfo.InvariantCulture);
    }
}
