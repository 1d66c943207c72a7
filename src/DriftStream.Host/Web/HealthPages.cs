using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DriftStream.Host.Observability;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace DriftStream.Host.Web;

/// <summary>The pages for machines: <c>/livez</c>, <c>/readyz</c> and <c>/metrics</c>, GET only, no body read.</summary>
/// <remarks>
/// The empty builder: no configuration file of the working directory and no environment variable can change what is served, and
/// signals stay with the worker.
/// </remarks>
public sealed class HealthPages : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly WebApplication _web;

    private HealthPages(WebApplication web, Uri address)
    {
        (_web, Address) = (web, address);
    }

    /// <summary>Where the pages are; with port 0 the one that was free.</summary>
    public Uri Address { get; }

    /// <param name="listen">Address and port: <c>127.0.0.1:9464</c>, <c>[::1]:9464</c>, <c>localhost:9464</c>, <c>*:9464</c>.</param>
    /// <exception cref="FormatException">Not an address and a port.</exception>
    /// <exception cref="IOException">The address is taken or not ours.</exception>
    public static async Task<HealthPages> StartAsync(string listen, Health health, Observability.Metrics metrics, ILogger logger,
        CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 100;
            kestrel.Limits.MaxRequestBodySize = 0;
            Listen(kestrel, listen);
        });
        var web = builder.Build();
        try
        {
            web.UseRouting();
            web.MapGet("/livez", context => Answer(context, health.States, r => r.Alive));
            web.MapGet("/readyz", context => Answer(context, health.States, r => r.Ready));
            web.MapMetrics("/metrics", metrics.Registry).WithMetadata(new HttpMethodMetadata([HttpMethods.Get]));
            await web.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await web.DisposeAsync().ConfigureAwait(false);
            if (e is SocketException) // Kestrel wraps "in use" only
                throw new IOException($"web.listen: {listen}: {e.Message}", e);
            throw;
        }
        string address = web.Urls.First();
        logger.WebListens(address);
        return new(web, new Uri(address));
    }

    /// <summary>Answers the requests under way, then closes; at most a few seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _web.StopAsync(soon.Token).ConfigureAwait(false);
        await _web.DisposeAsync().ConfigureAwait(false);
    }

    private static void Listen(KestrelServerOptions kestrel, string listen)
    {
        int colon = listen.LastIndexOf(':');
        string host = listen[..Math.Max(colon, 0)];
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!ushort.TryParse(listen[(colon + 1)..], out ushort port))
            host = "";
        if (host == "*")
            kestrel.ListenAnyIP(port);
        else if (host == "localhost")
            kestrel.ListenLocalhost(port);
        else if (IPAddress.TryParse(host, out var address) && bracketed == (address.AddressFamily == AddressFamily.InterNetworkV6))
            kestrel.Listen(address, port);
        else
            throw new FormatException($"web.listen: '{listen}' is no address and port, such as 127.0.0.1:9464");
    }

    private static Task Answer(HttpContext context, ImmutableArray<RoleState> roles, Func<RoleState, bool> good)
    {
        bool ok = roles.All(good);
        context.Response.StatusCode = ok ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { ok, roles = (IEnumerable<RoleState>)roles }, Json);
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>The host's own lifetime would catch SIGTERM and SIGINT.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
