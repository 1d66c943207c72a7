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

    /// <summary>So many unless a plan says otherwise.</summary>
    public const int DefaultMetricSignals = 2000;

    /// <summary>No pages for people.</summary>
    public static WebSettings None { get; } = new(null, Duration.FromDays(90), PageReaders.Off, null, null);
}
