using System.Net;
using DriftStream.Judging;

namespace DriftStream.Alerts;

/// <summary>What a webhook is sent.</summary>
public enum WebhookFormat : byte
{
    /// <summary>Open episodes, as Prometheus Alertmanager's API v2 takes them.</summary>
    Alertmanager,

    /// <summary>Each alert as it is, a CloudEvent in binary HTTP mode, signed where there is a secret.</summary>
    CloudEvents,

    /// <summary>One line of text for each alert, as Slack's incoming webhooks take it.</summary>
    Slack,

    /// <summary>A message for each alert, by SMTP.</summary>
    Email,
}

/// <summary>An address that an owner's alerts are posted or mailed to.</summary>
/// <param name="Name">Names it among those of its owner.</param>
/// <param name="Format">What is posted.</param>
/// <param name="Url">Its address, of a mail server for <see cref="WebhookFormat.Email"/>; null where a file has it.</param>
/// <param name="UrlFile">The file that has its address, read when something is sent; null where <paramref name="Url"/> is given.</param>
/// <param name="Severity">The least severity that is sent.</param>
/// <param name="SecretFile">The file that has the secret of the signature, or null.</param>
/// <param name="Insecure">Whether it may be reached without TLS over a network.</param>
/// <param name="AllowPrivate">Whether it may be at an address that is not public: of this machine, of a private network.</param>
public sealed record Webhook(
    string Name, WebhookFormat Format, string? Url, string? UrlFile, Severity Severity, string? SecretFile, bool Insecure, bool AllowPrivate)
{
    /// <summary>Whom messages are from: one address. Null in other formats.</summary>
    public string? From { get; init; }

    /// <summary>Whom messages are for: addresses with commas between them. Null in other formats.</summary>
    public string? To { get; init; }

    /// <summary>Why an address cannot be posted to, or null. It says nothing of the address itself, which may be secret.</summary>
    public string? WhyRefused(string url)
    {
        bool mail = Format == WebhookFormat.Email;
        (string plain, string secure) = mail ? ("smtp", "smtps") : ("http", "https");
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || (uri.Scheme != plain && uri.Scheme != secure) || uri.Host.Length == 0)
            return mail ? "is not the address of a mail server" : "is not the address of a web server";
        if (uri.Fragment.Length > 0) return "has a part after #, which no server sees";
        if (mail && (uri.PathAndQuery.Trim('/').Length > 0)) return "has a path, which no mail server has";
        // smtp:// is made secure by STARTTLS, and refused where the server has none.
        if (mail || uri.Scheme == secure || Insecure || IsLoopback(uri)) return null;
        return "would send alerts over the network in the clear";
    }

    /// <summary>Whether an address is of this machine by its text.</summary>
    public static bool IsLoopback(Uri uri) =>
        uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}
