using System.Net;
using System.Net.Sockets;
using System.Text;
using DriftStream.Alerts;

namespace DriftStream.Host.Webhooks;

/// <summary>Where a webhook is: its address and secrets, read when something is sent, and connections to what it may be reached at.</summary>
internal static class WebhookTarget
{
    private const int MostOfFile = 16384;

    /// <exception cref="UnusableWebhookException">Nothing may be sent there.</exception>
    /// <exception cref="IOException">A file cannot be read, be it for a moment.</exception>
    public static Uri Address(Webhook webhook)
    {
        string url = webhook.Url ?? Secret(webhook.UrlFile!, "url");
        if (webhook.WhyRefused(url) is { } why) throw new UnusableWebhookException($"its address {why}");
        return new Uri(url);
    }

    /// <summary>The name and the password in an address, or null.</summary>
    public static (string Name, string Password)? Credentials(Uri address)
    {
        if (address.UserInfo.Length == 0) return null;
        string[] parts = address.UserInfo.Split(':', 2);
        return (Uri.UnescapeDataString(parts[0]), parts.Length == 1 ? "" : Uri.UnescapeDataString(parts[1]));
    }

    /// <summary>The text of a file, without the line's end.</summary>
    /// <exception cref="IOException">It is missing, empty or closed to us.</exception>
    public static string Secret(string path, string what)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[MostOfFile];
            string text = Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)).TrimEnd('\r', '\n', ' ');
            return text.Length > 0 ? text : throw new IOException($"the file of its {what} is empty: {path}");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"the file of its {what} cannot be read: {path}", e);
        }
    }

    /// <summary>Connects to the first of the addresses of a name that answers and that the webhook may be reached at.</summary>
    /// <exception cref="UnusableWebhookException">It may be reached at none.</exception>
    public static async Task<NetworkStream> ConnectAsync(Webhook webhook, string host, int port, CancellationToken cancel)
    {
        // What is looked at is what is connected to: a name asked for twice may answer otherwise the second time.
        IPAddress[] found = await Dns.GetHostAddressesAsync(host, cancel).ConfigureAwait(false);
        IPAddress[] allowed = [.. found.Where(a => webhook.AllowPrivate || PublicAddresses.Has(a))];
        if (allowed.Length == 0 && found.Length > 0)
        {
            throw new UnusableWebhookException(
                "it is at an address that is not public (this machine, a private or a special network), and allow_private is not set");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>Nothing that waiting would help.</summary>
internal sealed class UnusableWebhookException(string message) : Exception(message);
