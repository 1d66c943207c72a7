using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;

namespace DriftStream.Host.Web;

/// <summary>Who is at the other end of a connection, which may be a proxy: then the request's own address is that for which the proxy asks.</summary>
internal static class Peer
{
    private static readonly object Key = new();

    /// <summary>The address at the other end; null where there is none.</summary>
    public static IPAddress? Of(HttpContext context) =>
        context.Items.TryGetValue(Key, out object? kept) ? kept as IPAddress : context.Connection.RemoteIpAddress;

    /// <summary>Believes what these proxies say of whom they ask for, and nobody else.</summary>
    /// <param name="from">Addresses or networks.</param>
    public static void Believe(IApplicationBuilder web, IEnumerable<string> from)
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            // As long as a proxy of ours has added it.
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (string network in from)
        {
            if (network.Contains('/', StringComparison.Ordinal)) options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
            else options.KnownProxies.Add(IPAddress.Parse(network));
        }

        web.Use((context, next) =>
        {
            context.Items[Key] = context.Connection.RemoteIpAddress;
            return next(context);
        });
        web.UseForwardedHeaders(options);
    }
}
