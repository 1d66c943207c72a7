using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using DriftStream.Plan;
using Microsoft.AspNetCore.Http;

namespace DriftStream.Host.Pages;

/// <summary>
/// How often one reader may ask, by <c>web.limits</c>. Asked by the pages and not by a middleware before them, for who a reader is shows only when they
/// are let in.
/// </summary>
/// <param name="refused">Hears which limit has refused a request.</param>
internal sealed class PageLimits(WebLimits limits, Action<string> refused) : IDisposable
{
    private const string Read = "read", Write = "write", SignIn = "sign_in";

    private readonly PartitionedRateLimiter<string> _read = AMinute(limits.Read), _write = AMinute(limits.Write);

    // In whole ones: a fraction of a token would let the next one be looked at.
    private readonly PartitionedRateLimiter<string> _guesses = PartitionedRateLimiter.Create<string, string>(who =>
        RateLimitPartition.GetFixedWindowLimiter(who, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = limits.SignIn,
            Window = TimeSpan.FromMinutes(1),
            QueueLimit = 0,
        }));

    /// <summary>Counts a request.</summary>
    /// <param name="reader">Who asks; null where nobody is let in.</param>
    /// <returns>In how many seconds to ask again; null where the request may be answered.</returns>
    public int? Ask(HttpContext context, PageReader? reader)
    {
        bool reads = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        string who = reader?.Name is { } name ? $"user {name}" : Address(context);
        return reads ? Take(_read, Read, who, 1) : Take(_write, Write, who, 1);
    }

    /// <summary>Whether a token from there is looked at: after too many wrong ones none is, or the right one would be found all the same.</summary>
    /// <returns>In how many seconds to try again; null where it is.</returns>
    public int? MayGuess(HttpContext context) => Take(_guesses, SignIn, Address(context), 0);

    /// <summary>Counts a token that was wrong.</summary>
    public void Wrong(HttpContext context) => _guesses.AttemptAcquire(Address(context)).Dispose();

    /// <summary>Counts a stream that was one too many.</summary>
    public void NoStream() => refused("streams");

    public void Dispose()
    {
        _read.Dispose();
        _write.Dispose();
        _guesses.Dispose();
    }

    private int? Take(PartitionedRateLimiter<string> limiter, string limit, string who, int permits)
    {
        using RateLimitLease lease = limiter.AttemptAcquire(who, permits);
        if (lease.IsAcquired) return null;
        refused(limit);
        return lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan after) ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)) : 60;
    }

    // All at once, then as they come back.
    private static PartitionedRateLimiter<string> AMinute(int most) => PartitionedRateLimiter.Create<string, string>(who =>
        RateLimitPartition.GetTokenBucketLimiter(who, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = most,
            TokensPerPeriod = Math.Max(1, most / 60),
            ReplenishmentPeriod = most < 60 ? TimeSpan.FromMinutes(1.0 / most) : TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        }));

    // Who has one address of IPv6 has the 2^64 beside it.
    private static string Address(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } address) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress([.. address.GetAddressBytes()[..8], .. new byte[8]]).ToString()
            : address.ToString();
    }
}
