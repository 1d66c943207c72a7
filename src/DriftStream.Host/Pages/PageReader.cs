using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Host.Web;
using DriftStream.Plan;
using Microsoft.AspNetCore.Http;

namespace DriftStream.Host.Pages;

/// <summary>Who asks.</summary>
/// <param name="Name">As a proxy names them; null where nobody says.</param>
/// <param name="Groups">Of the identity provider.</param>
internal sealed record PageReader(string? Name, ImmutableArray<string> Groups)
{
    public static PageReader Nobody { get; } = new(null, []);

    /// <summary>Whether the reader belongs to an owner: by a group, or by name.</summary>
    public bool IsOf(Owner owner) => Name is not null
        && owner.Members.Any(m => m == $"user:{Name}" || (m.StartsWith("group:", StringComparison.Ordinal) && Groups.Contains(m["group:".Length..])));

    /// <summary>The owner for whom the reader may answer an episode: its own, one that may answer in its place, one that was told; null for none.</summary>
    public string? AnswersFor(DriftPlan plan, string owner, IEnumerable<string> told)
    {
        if (Name is null) return null;
        IEnumerable<string> delegates = plan.Owners.TryGetValue(owner, out Owner? accountable) ? accountable.Delegates : [];
        return new[] { owner }.Concat(delegates).Concat(told).Distinct().FirstOrDefault(o => plan.Owners.TryGetValue(o, out Owner? found) && IsOf(found));
    }
}

/// <summary>Why somebody is not let in.</summary>
internal sealed record Refusal(int Status, string Why);

/// <summary>Lets readers in, by <c>web.read</c>.</summary>
/// <param name="token">What readers must know; null unless they need it.</param>
internal sealed class PageGate(WebSettings settings, string? token)
{
    public const string Cookie = "driftstream";

    private static readonly string[] Local = ["localhost", "127.0.0.1", "[::1]", "::1"];

    private readonly byte[]? _token = token is null ? null : Encoding.UTF8.GetBytes(token);

    public PageReaders Readers => settings.Readers;

    /// <summary>What a browser keeps once it has shown the token: nothing that the token could be read from.</summary>
    public string? Pass => _token is null ? null : Convert.ToHexStringLower(HMACSHA256.HashData(_token, "driftstream pages"u8));

    /// <returns>The reader, or why nobody is let in.</returns>
    public (PageReader? Reader, Refusal? Refusal) Admit(HttpContext context) => settings.Readers switch
    {
        PageReaders.Off => (null, new Refusal(StatusCodes.Status404NotFound, "There are no pages for people: web.read is off.")),
        PageReaders.Anyone => Anyone(context),
        PageReaders.Token => Token(context),
        PageReaders.Header => Header(context),
    };

    /// <summary>Whether the reader says a token, right or wrong.</summary>
    public bool IsAsked(HttpContext context) => Readers == PageReaders.Token && Sent(context) is not null;

    public static bool IsThisMachine(string host) => Local.Contains(host);

    public bool IsToken(string? text) => text is not null && _token is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(text), _token);

    // A page elsewhere may have its own name point here. A browser would take what it reads for that page's own.
    private static (PageReader?, Refusal?) Anyone(HttpContext context)
    {
        bool here = context.Connection.LocalIpAddress is not { } address || IPAddress.IsLoopback(address);
        return here && !Local.Contains(context.Request.Host.Host)
            ? (null, new Refusal(StatusCodes.Status403Forbidden,
                $"Only localhost is served here, not {Shown.Name(context.Request.Host.Host)}. Behind a proxy: web.read: header."))
            : (PageReader.Nobody, null);
    }

    private (PageReader?, Refusal?) Token(HttpContext context)
    {
        bool knows = IsToken(Sent(context)) || (context.Request.Cookies[Cookie] is { } pass
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(pass), Encoding.UTF8.GetBytes(Pass!)));
        return knows ? (PageReader.Nobody, null) : (null, new Refusal(StatusCodes.Status401Unauthorized, "Who may read this knows a token."));
    }

    private static string? Sent(HttpContext context) => context.Request.Headers.Authorization.ToString() is { Length: > 7 } header
        && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : null;

    private (PageReader?, Refusal?) Header(HttpContext context)
    {
        ProxyHeaders headers = settings.Headers!;
        if (Peer.Of(context) is not { } address || !headers.From.Any(n => Holds(n, address)))
            return (null, new Refusal(StatusCodes.Status403Forbidden, "These pages are read through a proxy: web.header.from names it."));
        // Two of them are a proxy that lets its callers' own headers through.
        if (context.Request.Headers[headers.User] is not [{ Length: > 0 and <= 200 } name])
            return (null, new Refusal(StatusCodes.Status401Unauthorized, $"The proxy does not say who asks: one header {headers.User}."));
        string groups = headers.Groups is { } groupHeader ? context.Request.Headers[groupHeader].ToString() : "";
        return (new PageReader(name, [.. groups.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(1000)]), null);
    }

    private static bool Holds(string network, IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return network.Contains('/', StringComparison.Ordinal) ? IPNetwork.Parse(network).Contains(address) : IPAddress.Parse(network).Equals(address);
    }
}
