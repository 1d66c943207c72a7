using System.Collections.Immutable;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Who may read the pages for people.</summary>
public enum PageReaders : byte
{
    /// <summary>There are no such pages.</summary>
    Off,

    /// <summary>Whoever reaches the port.</summary>
    Anyone,

    /// <summary>Whoever knows a token that stands in a file.</summary>
    Token,

    /// <summary>Whom a proxy has let in: it names them in headers, and only its addresses are believed.</summary>
    Header,
}

/// <summary>Headers by which a proxy says who asks.</summary>
/// <param name="User">The header with the user's name.</param>
/// <param name="Groups">The header with the user's groups, separated by commas; null where there is none.</param>
/// <param name="From">Addresses or networks (<c>10.0.0.0/8</c>) whose headers are believed.</param>
public sealed record ProxyHeaders(string User, string? Groups, ImmutableArray<string> From)
{
    /// <summary>Whether all of it is the same, the networks in their order.</summary>
    public bool Equals(ProxyHeaders? other) => other is not null && User == other.User && Groups == other.Groups && From.SequenceEqual(other.From);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(User, Groups, From.Length);
}

/// <summary>Where the certificate of the pages is: PEM (<paramref name="Key"/> apart, or in the same file), or PKCS #12 (<c>.pfx</c>, <c>.p12</c>).</summary>
/// <param name="File">Path of the certificate and those that lead to its root, relative to the config.</param>
/// <param name="Key">Path of the private key; null where it is in <paramref name="File"/>.</param>
/// <param name="PasswordFile">Path of a file that holds the password of the key; null where it has none.</param>
public sealed record WebCertificate(string File, string? Key, string? PasswordFile);

/// <summary>How often one reader may ask, a minute: so many at once, and as many more within a minute.</summary>
/// <param name="Read">Pages and the API.</param>
/// <param name="Write">Answers and silences.</param>
/// <param name="SignIn">Wrong tokens, before every token is refused for a while.</param>
public sealed record WebLimits(int Read, int Write, int SignIn)
{
    /// <summary>What nobody meets who reads pages, or has a program read them.</summary>
    public static WebLimits Default { get; } = new(1200, 60, 10);
}

/// <summary>Proxies that say for whom they ask, and how (<c>X-Forwarded-For</c>, <c>X-Forwarded-Proto</c>).</summary>
/// <param name="From">Addresses or networks (<c>10.0.0.0/8</c>) whose headers are believed; empty for none.</param>
public sealed record WebProxies(ImmutableArray<string> From)
{
    /// <summary>Whether all of it is the same, the networks in their order.</summary>
    public bool Equals(WebProxies? other) => other is not null && From.SequenceEqual(other.From);

    /// <inheritdoc/>
    public override int GetHashCode() => From.Length;
}

/// <summary>The pages for people: what they are read from, and by whom.</summary>
/// <param name="Store">Path of the file that holds what pages show, relative to the config; null for memory.</param>
/// <param name="Keep">How long it is held, by the time at which it was written to its topic.</param>
/// <param name="Readers">Who may read them.</param>
/// <param name="TokenFile">Path of the file with the token, relative to the config; null unless readers need one.</param>
/// <param name="Headers">By what a proxy says who asks; null unless readers come through one.</param>
public sealed record WebSettings(string? Store, Duration Keep, PageReaders Readers, string? TokenFile, ProxyHeaders? Headers)
{
    /// <summary>How many signals, groups and metrics of models <c>/metrics</c> shows; 0 for none, and nothing of any model.</summary>
    public int MetricSignals { get; init; } = DefaultMetricSignals;

    /// <summary>Host and port of <c>/metrics</c>, <c>/livez</c> and <c>/readyz</c>; null where they are among the pages.</summary>
    public string? MetricsListen { get; init; }

    /// <summary>By what the pages are served with TLS; null without.</summary>
    public WebCertificate? Certificate { get; init; }

    /// <summary>Proxies in front of the pages.</summary>
    public WebProxies Proxies { get; init; } = new([]);

    /// <summary>How often one reader may ask.</summary>
    public WebLimits Limits { get; init; } = WebLimits.Default;

    /// <summary>So many unless a plan says otherwise.</summary>
    public const int DefaultMetricSignals = 2000;

    /// <summary>No pages for people.</summary>
    public static WebSettings None { get; } = new(null, Duration.FromDays(90), PageReaders.Off, null, null);
}
