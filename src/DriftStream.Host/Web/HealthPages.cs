using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Web;

/// <summary>The pages for machines: <c>/livez</c>, <c>/readyz</c> and <c>/metrics</c>, GET only, and <c>POST /-/reload</c>; no body is read.</summary>
/// <remarks>
/// Built from the empty builder: no configuration file of the working directory and no environment variable can change what is served, and
/// signals stay with the worker.
/// </remarks>
public sealed class HealthPages : IAsyncDisposable
{
    /// <summary>What <c>web.listen</c> may be, for messages about one that it may not be.</summary>
    public const string Example = "an address and a port, such as 127.0.0.1:9464; port 0 takes one that is free";

    /// <summary>How many connections may be open at once; Prometheus and a probe or two need three.</summary>
    private const int MostConnections = 100;

    private const string AnyHost = "*", LocalHost = "localhost";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly WebApplication _web;

    private HealthPages(WebApplication web, Uri address)
    {
        (_web, Address) = (web, address);
    }

    /// <summary>Where the pages are; with port 0 the one that was free.</summary>
    public Uri Address { get; }

    /// <param name="listen">Address and port: <c>127.0.0.1:9464</c>, <c>[::1]:9464</c>, <c>localhost:9464</c>, <c>*:9464</c>; port 0 for any.</param>
    /// <param name="people">Adds the pages for people; null for none.</param>
    /// <param name="reload">Reads the configuration again; null where nobody may ask for it.</param>
    /// <exception cref="FormatException">Not an address and a port.</exception>
    /// <exception cref="IOException">The address is taken or not ours; the message names <c>web.listen</c>.</exception>
    public static async Task<HealthPages> StartAsync(string listen, Health health, Metrics metrics, ILogger logger,
        CancellationToken cancel, Func<ReloadAnswer>? reload = null, Action<IEndpointRouteBuilder>? people = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            var connections = new NewestConnections(MostConnections);
            Listen(kestrel, listen, options => options.Use(next => connection => connections.Run(connection, next)));
        });
        var web = builder.Build();
        try
        {
            web.UseRouting();
            web.MapGet("/livez", context => Answer(context, health, r => r.Alive));
            web.MapGet("/readyz", context => Answer(context, health, r => r.Ready));
            web.MapPost("/-/reload", context => Reload(context, reload));
            web.MapGet("/metrics", context => Show(context, metrics));
            people?.Invoke(web);
            await web.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await web.DisposeAsync().ConfigureAwait(false);
            if (e.GetBaseException() is SocketException why) // Kestrel wraps "in use" only
                throw new IOException($"web.listen: {listen}: {why.Message}; give another port there or with --listen, or port 0 for one that is free", e);
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

    /// <summary>Whether the text is an address and a port; whether that port is free shows only when the pages start.</summary>
    public static bool IsAddress(string listen) => Parse(listen) is not null;

    private static void Listen(KestrelServerOptions kestrel, string listen, Action<ListenOptions> use)
    {
        if (Parse(listen) is not var (host, address, port)) throw new FormatException($"web.listen: '{listen}' is not {Example}");
        if (address is not null)
            kestrel.Listen(address, port, use);
        else if (host == AnyHost)
            kestrel.ListenAnyIP(port, use);
        else if (port > 0)
            kestrel.ListenLocalhost(port, use);
        else
            kestrel.Listen(IPAddress.Loopback, port, use); // both families would have to find the same port free
    }

    private static (string Host, IPAddress? Address, int Port)? Parse(string listen)
    {
        int colon = listen.LastIndexOf(':');
        string host = listen[..Math.Max(colon, 0)];
        if (!ushort.TryParse(listen[(colon + 1)..], out ushort port)) return null;
        if (host is AnyHost or LocalHost) return (host, null, port);
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        return IPAddress.TryParse(host, out IPAddress? address) && bracketed == (address.AddressFamily == AddressFamily.InterNetworkV6)
            ? (host, address, port)
            : null;
    }

    private static async Task Reload(HttpContext context, Func<ReloadAnswer>? reload)
    {
        if (reload is null)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync("POST /-/reload is off: web.reload: true turns it on, at the next start of the worker\n").ConfigureAwait(false);
            return;
        }

        // Reading a plan may take seconds, and the pages are answered meanwhile.
        ReloadAnswer answer = await Task.Run(reload).ConfigureAwait(false);
        context.Response.StatusCode = answer.Plan is null ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(answer.Json(), context.RequestAborted).ConfigureAwait(false);
    }

    private static Task Answer(HttpContext context, Health health, Func<RoleState, bool> good)
    {
        ImmutableArray<RoleState> roles = health.States;
        bool ok = roles.All(good);
        context.Response.StatusCode = ok ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { ok, roles = (IEnumerable<RoleState>)roles, details = health.Details }, Json);
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static Task Show(HttpContext context, Metrics metrics)
    {
        context.Response.ContentType = PrometheusText.ContentType;
        return context.Response.WriteAsync(metrics.Text(), context.RequestAborted);
    }

    /// <summary>The host's own lifetime would catch SIGTERM and SIGINT.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
