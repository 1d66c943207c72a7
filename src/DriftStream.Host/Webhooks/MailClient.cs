using System.Globalization;
using System.Net.Sockets;
using DriftStream.Alerts;
using DriftStream.Host.Terminal;
using DriftStream.Judging;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace DriftStream.Host.Webhooks;

/// <summary>Mails the alerts of one webhook, a message and a connection each: alerts are rare, and an idle connection is one more thing that breaks.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class MailClient(Webhook webhook, TimeProvider time)
{
    /// <summary>The longest time for a message, with the connection: mail servers make strangers wait.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int LongestSubject = 200, MostShown = 200;

    /// <summary>Sends once.</summary>
    /// <exception cref="OperationCanceledException">Cancelled by the caller.</exception>
    public async Task<WebhookAnswer> SendAsync(AlertView alert, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            using MimeMessage message = Message(alert);
            return new WebhookAnswer(WebhookOutcome.Taken, Shown(await SendAsync(message, limit.Token).ConfigureAwait(false)));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new WebhookAnswer(WebhookOutcome.Failed, $"not taken within {Patience.TotalSeconds:0} s");
        }
        catch (UnusableWebhookException e)
        {
            return new WebhookAnswer(WebhookOutcome.Refused, e.Message);
        }
        catch (ParseException e)
        {
            return new WebhookAnswer(WebhookOutcome.Refused, $"its addresses cannot be mailed to: {Shown(e.Message)}");
        }
        catch (SmtpCommandException e)
        {
            // RFC 5321, 4.2.1: 4yz may work later, 5yz will not.
            return new WebhookAnswer((int)e.StatusCode < 500 ? WebhookOutcome.Failed : WebhookOutcome.Refused, $"{(int)e.StatusCode}: {Shown(e.Message)}");
        }
        catch (AuthenticationException e)
        {
            return new WebhookAnswer(WebhookOutcome.Refused, $"the mail server does not let this user in: {Shown(e.Message)}");
        }
        catch (NotSupportedException e)
        {
            return new WebhookAnswer(WebhookOutcome.Refused, $"the mail server lacks what is needed (TLS, a user and a password): {Shown(e.Message)}");
        }
        catch (Exception e) when (e is IOException or SocketException or SmtpProtocolException or SslHandshakeException)
        {
            return new WebhookAnswer(WebhookOutcome.Failed, $"no answer of the mail server: {Shown(e.Message)}");
        }
    }

    private async Task<string> SendAsync(MimeMessage message, CancellationToken cancel)
    {
        Uri address = WebhookTarget.Address(webhook);
        // Whether a certificate was revoked is asked of an address that the certificate names: the other side would choose whom we call.
        using var smtp = new SmtpClient { CheckCertificateRevocation = false, Timeout = (int)Patience.TotalMilliseconds };
        NetworkStream stream = await WebhookTarget.ConnectAsync(webhook, address.IdnHost, Port(address), cancel).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            await smtp.ConnectAsync(stream, address.IdnHost, Port(address), Security(address), cancel).ConfigureAwait(false);
            if (WebhookTarget.Credentials(address) is { } user) await smtp.AuthenticateAsync(user.Name, user.Password, cancel).ConfigureAwait(false);
            string said = await smtp.SendAsync(message, cancel).ConfigureAwait(false);
            await smtp.DisconnectAsync(quit: true, cancel).ConfigureAwait(false);
            return said;
        }
    }

    // RFC 8314: 465 speaks TLS from the start, 587 after STARTTLS.
    private static int Port(Uri address) => !address.IsDefaultPort && address.Port > 0 ? address.Port : address.Scheme == "smtps" ? 465 : 587;

    private SecureSocketOptions Security(Uri address) =>
        address.Scheme == "smtps" ? SecureSocketOptions.SslOnConnect
        : webhook.Insecure || Webhook.IsLoopback(address) ? SecureSocketOptions.StartTlsWhenAvailable : SecureSocketOptions.StartTls;

    private MimeMessage Message(AlertView alert)
    {
        string severity = alert.Severity.ToString().ToLowerInvariant(), subject = Printable.Of($"[{severity}] {alert.Model}, {alert.Status}: {alert.Summary}");
        var message = new MimeMessage
        {
            Subject = subject[..Math.Min(subject.Length, LongestSubject)],
            Date = alert.Told ?? time.GetUtcNow(),
            Importance = alert is { Severity: Severity.Critical, Status: "firing" } ? MessageImportance.High : MessageImportance.Normal,
            Body = new TextPart("plain") { Text = Text(alert, severity) },
        };
        MailboxAddress from = MailboxAddress.Parse(webhook.From ?? "");
        message.From.Add(from);
        message.To.AddRange(InternetAddressList.Parse(webhook.To ?? ""));
        // The same alert sent twice is one message to many servers, and all of an episode is one thread to most readers.
        message.MessageId = $"{IdText(alert.Id)}@{from.Domain}";
        message.InReplyTo = $"{IdText(alert.Episode)}.episode@{from.Domain}";
        message.References.Add(message.InReplyTo);
        // RFC 3834: no absence notes, please.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Headers.Add("X-Driftstream-Owner", Printable.Of(alert.Owner));
        message.Headers.Add("X-Driftstream-Model", Printable.Of(alert.Model));
        message.Headers.Add("X-Driftstream-Severity", severity);
        message.Headers.Add("X-Driftstream-Status", Printable.Of(alert.Status));
        return message;
    }

    private static string Text(AlertView alert, string severity)
    {
        var text = new List<string> { alert.Summary, "" };
        void Line(string what, string? value)
        {
            if (value is { Length: > 0 }) text.Add($"{what + ":",-12} {value}");
        }

        Line("model", alert.Model);
        Line("owner", alert.Owner);
        Line("status", alert.Status);
        Line("severity", severity);
        Line("about", string.Join(", ", alert.Symptoms));
        Line("told", alert.Told?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        if (alert.Status == "firing") Line("respond by", alert.RespondBy);
        Line("has it", alert.Acknowledged);
        Line("decided", alert.Decision);
        foreach (string action in alert.Actions) Line("to do", action);
        Line("at stake", alert.AtStake);
        Line("runbook", alert.Runbook);
        Line("link", alert.Link);
        Line("episode", alert.Episode);
        if (alert.Status == "firing") text.AddRange(["", $"To say that somebody has it: driftstream ack {alert.Episode} -c CONFIG"]);
        return string.Join("\r\n", text.Select(l => Printable.Of(l))) + "\r\n";
    }

    // Ids are of hexadecimal digits; a message id may hold no blank and no bracket, whoever wrote the alert.
    private static string IdText(string id) => string.Concat(id.Where(c => char.IsAsciiLetterOrDigit(c) || c == '-'));

    private static string Shown(string text)
    {
        string said = Printable.Of(text.Trim().ReplaceLineEndings(" "));
        return said[..Math.Min(said.Length, MostShown)];
    }
}
