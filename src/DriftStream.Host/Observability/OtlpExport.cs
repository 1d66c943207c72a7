using System.Diagnostics.Tracing;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace DriftStream.Host.Observability;

/// <summary>Sends the metrics to a collector that the environment names, by the standard variables <c>OTEL_*</c>; from a thread of its own.</summary>
/// <remarks>
/// Unlike their specification, nothing is sent where no endpoint is set, since there may be no collector on this machine. A value
/// that is not understood is reported and nothing is sent, where OpenTelemetry would go on with its default. Sending, or failing to, never stops a worker.
/// </remarks>
internal sealed class OtlpExport : IDisposable
{
    // Whoever stops a container kills it after ten seconds, and the stages may take eight.
    private static readonly TimeSpan LastExport = TimeSpan.FromSeconds(1);

    private readonly MeterProvider _provider;
    private readonly Complaints _complaints;

    private OtlpExport(MeterProvider provider, Complaints complaints) => (_provider, _complaints) = (provider, complaints);

    /// <param name="environment">The variables.</param>
    /// <returns>Null where nothing is to be sent.</returns>
    public static OtlpExport? Start(Metrics metrics, IConfiguration environment, ILogger logger)
    {
        if (Collector(environment, logger) is not { } collector) return null;
        var complaints = new Complaints(logger);
        string? version = typeof(OtlpExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        MeterProvider provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(environment))
            // What comes later overrides what was there: a name in the environment overrides ours.
            .ConfigureResource(resource => resource.Clear().AddTelemetrySdk().AddService(Metrics.Name, null, version).AddEnvironmentVariableDetector())
            .AddMeter(Metrics.Name)
            .AddView(instrument => instrument.Meter == metrics.Meter ? null : MetricStreamConfiguration.Drop)
            .AddOtlpExporter()
            .Build();
        logger.OtlpStarts($"{collector.Scheme}://{collector.Authority}"); // and not a password before it
        return new OtlpExport(provider, complaints);
    }

    /// <summary>Sends everything for the last time; a collector that does not answer delays the caller by little more than a second.</summary>
    public void Dispose()
    {
        _provider.Shutdown((int)LastExport.TotalMilliseconds);
        _provider.Dispose();
        _complaints.Dispose();
    }

    private static Uri? Collector(IConfiguration environment, ILogger logger)
    {
        if (string.Equals(environment["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)) return null;
        string[] exporters = (environment["OTEL_METRICS_EXPORTER"] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (exporters.Except(["otlp", "prometheus", "none"]).Any())
            return Refused("OTEL_METRICS_EXPORTER", "otlp, prometheus (which is what web.listen shows) or none");
        if (exporters.Length > 0 && !exporters.Contains("otlp")) return null;
        if (First("ENDPOINT") is not var (variable, address)) return null;
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? collector) || collector.Scheme is not ("http" or "https"))
            return Refused(variable, "an address such as http://collector:4318");
        if (First("PROTOCOL") is var (named, protocol) && protocol is not ("grpc" or "http/protobuf"))
            return Refused(named, "grpc or http/protobuf");
        const string pace = "OTEL_METRIC_EXPORT_INTERVAL";
        if (environment[pace] is { Length: > 0 } wait && !(int.TryParse(wait, NumberStyles.None, CultureInfo.InvariantCulture, out int ms) && ms > 0))
            return Refused(pace, "a number of milliseconds above 0");
        return collector;

        (string Variable, string Value)? First(string of)
        {
            string[] names = ["OTEL_EXPORTER_OTLP_METRICS_" + of, "OTEL_EXPORTER_OTLP_" + of];
            return names.Where(n => !string.IsNullOrWhiteSpace(environment[n])).Select(n => ((string, string)?)(n, environment[n]!)).FirstOrDefault();
        }

        Uri? Refused(string variable, string expected)
        {
            logger.OtlpRefused(variable, expected);
            return null;
        }
    }

    /// <summary>Listens to what OpenTelemetry says of exports that failed, since it tells nobody else.</summary>
    private sealed class Complaints(ILogger logger) : EventListener
    {
        private static readonly TimeSpan Pace = TimeSpan.FromMinutes(5);
        private readonly ILogger? _logger = logger; // null while the base class's constructor hears of the first sources
        private long _told;

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "OpenTelemetry-Exporter-OpenTelemetryProtocol") EnableEvents(eventSource, EventLevel.Warning);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            long now = Environment.TickCount64, told = Interlocked.Read(ref _told);
            if (told != 0 && now - told < Pace.TotalMilliseconds || Interlocked.CompareExchange(ref _told, now, told) != told) return;
            string why = string.Join(": ", (eventData.Payload ?? []).Select(p => $"{p}".Split('\n')[0].Trim()));
            _logger?.OtlpFailed($"{eventData.EventName}: {why}", Pace.TotalMinutes);
        }
    }
}
