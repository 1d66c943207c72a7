using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Web;

/// <summary>Where a worker listens.</summary>
/// <param name="Pages">Address and port of the pages; null for none.</param>
/// <param name="Machines">Those of the pages for machines; null where they are among the others.</param>
public sealed record WebPorts(string? Pages, string? Machines = null)
{
    /// <summary>By what the pages are served with TLS; null without.</summary>
    public ServerCertificate? Certificate { get; init; }

    /// <summary>Proxies in front of the pages.</summary>
    public WebProxies Proxies { get; init; } = new([]);
}

/// <summary>The pages for machines: <c>/livez</c>, <c>/readyz</c> and <c>/metrics</c>, GET only, and <c>POST /-/reload</c>; no body is read.</summary>
/// <remarks>
/// Built from the empty builder: no configuration file of the working directory and no environment variable can change what is served, and
/// signals stay with the worker.
/// </remarks>
public sealed class HealthPages : IAsyncDisposable
{
    /// <summary>What <c>web.listen</c> may be, for messages about one that it may not be.</summary>
    public const string Example = "an address and a port, such as 127.0.0.1:9464; port 0 takes one that is free";

    /// <summary>How many connections may be open at once at a port; half of them may be pages that wait for what is newer.</summary>
    private const int MostConnections = 200;

    private const string AnyHost = "*", LocalHost = "localhost";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly ImmutableArray<WebApplication> _ports;

    private HealthPages(ImmutableArray<WebApplication> ports)
    {
        _ports = ports;
        (Address, MachineAddress) = (new(ports[0].Urls.First()), new(ports[^1].Urls.First()));
    }

    /// <summary>Where the pages are; with port 0 the one that was free.</summary>
    public Uri Address { get; }

    /// <summary>Where <c>/metrics</c> is: among the pages, unless it has a port of its own.</summary>
    public Uri MachineAddress { get; }

    /// <param name="listen">Address and port: <c>127.0.0.1:9464</c>, <c>[::1]:9464</c>, <c>localhost:9464</c>, <c>*:9464</c>; port 0 for any.</param>
    /// <param name="people">Adds the pages for people; null for none.</param>
    /// <param name="reload">Reads the configuration again; null where nobody may ask for it.</param>
    /// <exception cref="FormatException">Not an address and a port.</exception>
    /// <exception cref="IOException">The address is taken or not ours; the message names <c>web.listen</c>.</exception>
    public static Task<HealthPages> StartAsync(string listen, Health health, Metrics metrics, ILogger logger,
        CancellationToken cancel, Func<ReloadAnswer>? reload = null, Action<IEndpointRouteBuilder>? people = null) =>
        StartAsync(new WebPorts(listen), health, metrics, logger, cancel, reload, people);

    /// <param name="at">Where pages are, and those for machines.</param>
    /// <param name="people">Adds the pages for people; null for none.</param>
    /// <param name="reload">Reads the configuration again; null where nobody may ask for it.</param>
    /// <exception cref="FormatException">Not an address and a port.</exception>
    /// <exception cref="IOException">An address is taken or not ours; the message names the key.</exception>
    public static async Task<HealthPages> StartAsync(WebPorts at, Health health, Metrics metrics, ILogger logger,
        CancellationToken cancel, Func<ReloadAnswer>? reload = null, Action<IEndpointRouteBuilder>? people = null)
    {
        var ports = ImmutableArray.CreateBuilder<WebApplication>();
        try
        {
            if (at.Pages is not null)
            {
                ports.Add(await StartAsync("web.listen", at.Pages, at, web =>
                {
                    if (at.Machines is null) Map(web, health, metrics, reload);
                    people?.Invoke(web);
                }, cancel).ConfigureAwait(false));
            }

            if (at.Machines is not null)
            {
                ports.Add(await StartAsync("web.metrics.listen", at.Machines, new WebPorts(at.Machines), web => Map(web, health, metrics, reload), cancel)
                    .ConfigureAwait(false));
            }
        }
        catch
        {
            foreach (WebApplication port in ports) await port.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var pages = new HealthPages(ports.ToImmutable());
        logger.WebListens(pages.MachineAddress.ToString());
        if (ports.Count > 1) logger.PagesAt(pages.Address.ToString());
        return pages;
    }

    /// <summary>Answers the requests under way, then closes; at most a few seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await Task.WhenAll(_ports.Select(p => p.StopAsync(soon.Token))).ConfigureAwait(false);
        foreach (WebApplication port in _ports) await port.DisposeAsync().ConfigureAwait(false);
    }

    private static void Map(IEndpointRouteBuilder routes, Health health, Metrics metrics, Func<ReloadAnswer>? reload)
    {
        routes.MapGet("/livez", context => Answer(context, health, r => r.Alive));
        routes.MapGet("/readyz", context => Answer(context, health, r => r.Ready));
        routes.MapPost("/-/reload", context => Reload(context, reload));
        routes.MapGet("/metrics", context => Show(context, metrics));
    }

    private static async Task<WebApplication> StartAsync(string key, string listen, WebPorts at, Action<WebApplication> map, CancellationToken cancel)
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
            Listen(kestrel, key, listen, options =>
            {
                options.Use(next => connection => connections.Run(connection, next));
                if (at.Certificate is { } certificate) options.UseHttps(Tls(certificate));
            });
        });
        var web = builder.Build();
        try
        {
            if (!at.Proxies.From.IsEmpty) Peer.Believe(web, at.Proxies.From);
            web.UseRouting();
            map(web);
            await web.StartAsync(cancel).ConfigureAwait(false);
            return web;
        }
        catch (Exception e)
        {
            await web.DisposeAsync().ConfigureAwait(false);
            if (e.GetBaseException() is SocketException why) // Kestrel wraps "in use" only
            {
                string option = key == "web.listen" ? "--listen" : "--metrics-listen";
                throw new IOException($"{key}: {listen}: {why.Message}; give another port there or with {option}, or port 0 for one that is free", e);
            }

            throw;
        }
    }

    // Asked at every connection, so that a renewed certificate holds for the next one.
    private static TlsHandshakeCallbackOptions Tls(ServerCertificate certificate) => new()
    {
        HandshakeTimeout = TimeSpan.FromSeconds(5),
        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate.Context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        }),
    };

    /// <summary>Whether the text is an address and a port; whether that port is free shows only when the pages start.</summary>
    public static bool IsAddress(string listen) => Parse(listen) is not null;

    private static void Listen(KestrelServerOptions kestrel, string key, string listen, Action<ListenOptions> use)
    {
        if (Parse(listen) is not var (host, address, port)) throw new FormatException($"{key}: '{listen}' is not {Example}");
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
