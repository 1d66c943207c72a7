using System.Net;
using System.Net.Sockets;

namespace DriftStream.Host.Webhooks;

/// <summary>
/// Which addresses are public. A name in a configuration may resolve to a machine of the network that the worker stands in, or to the service of a cloud
/// that gives its rights away: such a request would come from inside.
/// </summary>
/// <remarks>The IANA registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890 and its updates).</remarks>
internal static class PublicAddresses
{
    private static readonly IPNetwork[] Special =
    [
        .. ((string[])
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32", // Azure's own service, in public space
            "::/127", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        ]).Select(IPNetwork.Parse),
    ];

    // Addresses that hold one of IPv4: it decides. ::ffff:a.b.c.d is unmapped by the framework.
    private static readonly (IPNetwork Network, int At)[] Embedding =
    [
        (IPNetwork.Parse("::/96"), 12), (IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2), (IPNetwork.Parse("::ffff:0:0:0/96"), 12),
    ];

    public static bool Has(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (Special.Any(network => network.Contains(address))) return false;
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return true;
        byte[] bytes = address.GetAddressBytes();
        return Embedding.All(e => !e.Network.Contains(address) || Has(new IPAddress(bytes.AsSpan(e.At, 4))));
    }
}
