using System.Diagnostics;
using System.Globalization;

namespace DriftStream.Bench;

/// <summary>A worker process, watched through its metrics page.</summary>
internal sealed class BenchWorker : IDisposable
{
    private static readonly Uri Metrics = new("http://127.0.0.1:19464/metrics");

    private readonly Process _process;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };

    public BenchWorker(string config) => _process = Process.Start(
        new ProcessStartInfo("dotnet", [typeof(Host.Worker.Worker).Assembly.Location, "run", "-c", config]))!;

    /// <summary>Rows it has counted so far; 0 until it answers.</summary>
    public double Counted()
    {
        try
        {
            string text = _http.GetStringAsync(Metrics).GetAwaiter().GetResult();
            const string name = "driftstream_rows_total{fate=\"counted\"} ";
            return text.Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal)) is { } line
                ? double.Parse(line[name.Length..], CultureInfo.InvariantCulture)
                : 0;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    /// <summary>Bytes of resident memory at its peak.</summary>
    public long PeakMemory()
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _http.Dispose();
    }
}
