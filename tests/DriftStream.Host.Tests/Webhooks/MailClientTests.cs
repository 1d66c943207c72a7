using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DriftStream.Alerts;
using DriftStream.Host.Webhooks;
using DriftStream.Judging;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.Protocol;
using SmtpServer.Storage;
using Xunit;

namespace DriftStream.Host.Tests.Webhooks;

/// <summary>Alerts by mail, to a mail server of this process.</summary>
public sealed class MailClientTests : IDisposable
{
    private static readonly AlertView Alert =
        new("a1", "e1", "firing", Severity.Critical, "employment", "labour", "AGEP is null in 100 % of rows, ä", new(2026, 3, 1, 9, 0, 0, TimeSpan.Zero))
        {
            Runbook = "https://runbooks.example.org/null",
            RespondBy = "2026-03-01T13:00:00Z",
            Symptoms = ["AGEP", "score by SEX"],
        };

    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-mail-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Alert_IsAMessageInTheThreadOfItsEpisode()
    {
        using var server = new MailServer();
        WebhookAnswer answer = await Send(server.Webhook with { To = "a@example.org, \"B, of C\" <b@example.org>" });
        Assert.True(answer.Outcome == WebhookOutcome.Taken, answer.Detail);
        MimeKit.MimeMessage message = Assert.Single(server.Taken);
        Assert.Equal("[critical] employment, firing: AGEP is null in 100 % of rows, ä", message.Subject);
        Assert.Equal(["a@example.org", "b@example.org"], message.To.Mailboxes.Select(m => m.Address));
        Assert.Equal("watch@example.org", message.From.Mailboxes.Single().Address);
        Assert.Equal(("a1@example.org", "e1.episode@example.org"), (message.MessageId, message.References.Single()));
        Assert.Equal(("auto-generated", "employment", "critical", "labour", "firing"), (
            message.Headers["Auto-Submitted"], message.Headers["X-Driftstream-Model"], message.Headers["X-Driftstream-Severity"],
            message.Headers["X-Driftstream-Owner"], message.Headers["X-Driftstream-Status"]));
        Assert.Equal(MimeKit.MessageImportance.High, message.Importance);
        Assert.Equal(Alert.Told, message.Date);
        foreach (string part in (string[])[Alert.Summary, "AGEP, score by SEX", Alert.RespondBy!, Alert.Runbook!, "driftstream ack e1"])
            Assert.Contains(part, message.TextBody);
    }

    [Fact]
    public void Mail_SaysWhoHasIt_WhatIsRecommended_AndWhatIsAtStake()
    {
        AlertView alert = AlertView.Read("""
            {"episode": "e1", "status": "acknowledged", "model": "m", "summary": "s",
             "acknowledged": {"by": "anna", "owner": "labour", "until": "2026-03-02T09:00:00Z", "note": "upstream repairs it"},
             "decision": {"by": "ben", "owner": "ml", "at": "2026-03-01T10:00:00Z", "note": "the feed goes back"},
             "at_stake": {"rows": 3120, "amount": 1374.4, "unit": "EUR", "formula": "rows moved x 0.12", "estimate": true},
             "actions": [{"kind": "check_upstream", "state": "accepted", "why": "AGEP is null"}, {"kind": "investigate", "runbook": "https://r.example.org"}]}
            """u8.ToArray())!;
        Assert.Equal("anna of labour until 2026-03-02T09:00:00Z: upstream repairs it", alert.Acknowledged);
        Assert.Equal("ben of ml: the feed goes back", alert.Decision);
        Assert.Equal(["check_upstream (accepted): AGEP is null"], alert.Actions);
        Assert.Equal("about 1,374.4 EUR (rows moved x 0.12)", alert.AtStake);
        Assert.Equal("https://r.example.org", alert.Runbook);
        Assert.Equal((null, null, null), (Alert.Acknowledged, Alert.Decision, Alert.AtStake));
    }

    [Fact]
    public async Task WhatIsHostile_BreaksNoHeader()
    {
        using var server = new MailServer();
        AlertView hostile = Alert with
        {
            Id = "x>\r\nBcc: e@example.org",
            Model = "m\r\nBcc: e@example.org",
            Summary = new string('x', 10_000) + "\r\n.\r\nQUIT",
        };
        Assert.Equal(WebhookOutcome.Taken, (await Send(server.Webhook, hostile)).Outcome);
        MimeKit.MimeMessage message = Assert.Single(server.Taken);
        Assert.Empty(message.Bcc!);
        Assert.InRange(message.Subject!.Length, 50, 200);
        Assert.Equal("xBcceexampleorg@example.org", message.MessageId);
    }

    [Theory]
    [InlineData(SmtpReplyCode.ServiceUnavailable, WebhookOutcome.Failed)]
    [InlineData(SmtpReplyCode.InsufficientStorage, WebhookOutcome.Failed)]
    [InlineData(SmtpReplyCode.TransactionFailed, WebhookOutcome.Refused)]
    [InlineData(SmtpReplyCode.SizeLimitExceeded, WebhookOutcome.Refused)]
    public async Task Reply_IsTriedAgainOrRefused(SmtpReplyCode code, WebhookOutcome expected)
    {
        using var server = new MailServer { Answer = new SmtpResponse(code, "so it is") };
        WebhookAnswer answer = await Send(server.Webhook);
        Assert.Equal((expected, $"{(int)code}: so it is"), (answer.Outcome, answer.Detail));
    }

    [Fact]
    public async Task UserAndPassword_ComeFromTheFile_AndAreNeverTold()
    {
        using var server = new MailServer { Password = "p@ss:1" };
        string file = Path.Combine(_folder, "url");
        File.WriteAllText(file, $"smtp://watch:p%40ss%3A1@127.0.0.1:{server.Port}\n");
        Webhook webhook = server.Webhook with { Url = null, UrlFile = file };
        Assert.Equal(WebhookOutcome.Taken, (await Send(webhook)).Outcome);
        File.WriteAllText(file, $"smtp://watch:wrong-1@127.0.0.1:{server.Port}\n");
        WebhookAnswer answer = await Send(webhook);
        Assert.Equal(WebhookOutcome.Refused, answer.Outcome);
        Assert.Contains("does not let this user in", answer.Detail);
        Assert.DoesNotContain("wrong-1", answer.Detail);
        Assert.Single(server.Taken);
    }

    [Fact]
    public async Task CertificateOfNobody_AndNoTlsAtAll_GetNothing()
    {
        using var secure = new MailServer(tls: true);
        WebhookAnswer answer = await Send(secure.Webhook with { Url = $"smtps://127.0.0.1:{secure.Port}" });
        Assert.Equal(WebhookOutcome.Failed, answer.Outcome);
        Assert.Empty(secure.Taken);
        // It is this machine, but not by its text.
        using var plain = new MailServer();
        Webhook elsewhere = plain.Webhook with { Url = $"smtp://[::ffff:127.0.0.2]:{plain.Port}" };
        answer = await Send(elsewhere);
        Assert.True(answer.Outcome == WebhookOutcome.Refused, answer.Detail);
        Assert.Contains("lacks what is needed (TLS", answer.Detail);
        Assert.Empty(plain.Taken);
        Assert.Equal(WebhookOutcome.Taken, (await Send(elsewhere with { Insecure = true })).Outcome);
    }

    [Fact]
    public async Task AddressThatIsNotPublic_IsRefused_AndNobodyThere_IsTriedAgain()
    {
        using var server = new MailServer();
        WebhookAnswer answer = await Send(server.Webhook with { AllowPrivate = false });
        Assert.Equal(WebhookOutcome.Refused, answer.Outcome);
        Assert.Contains("allow_private", answer.Detail);
        Assert.Equal(WebhookOutcome.Failed, (await Send(server.Webhook with { Url = "smtp://127.0.0.1:1" })).Outcome);
    }

    [Fact]
    public async Task ServerThatHangs_IsLeft_WhenTheCallerStops()
    {
        using var hanging = new TcpListener(IPAddress.Loopback, 0);
        hanging.Start();
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        Webhook webhook = MailServer.At(((IPEndPoint)hanging.LocalEndpoint).Port);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new MailClient(webhook, TimeProvider.System).SendAsync(Alert, stop.Token));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Task<WebhookAnswer> Send(Webhook webhook, AlertView? alert = null) =>
        new MailClient(webhook, TimeProvider.System).SendAsync(alert ?? Alert, Cancel);
}

/// <summary>A mail server of this process.</summary>
internal sealed class MailServer : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public MailServer(bool tls = false)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        ISmtpServerOptions options = new SmtpServerOptionsBuilder().ServerName("localhost").Endpoint(e =>
        {
            e.Endpoint(new IPEndPoint(IPAddress.Any, Port)).AllowUnsecureAuthentication();
            if (tls) e.Certificate(SelfSigned()).IsSecure(true);
        }).Build();
        var services = new SmtpServer.ComponentModel.ServiceProvider();
        var desk = new Desk(this);
        services.Add((IMessageStore)desk);
        services.Add((IUserAuthenticator)desk);
        _ = new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token);
    }

    public int Port { get; }

    public SmtpResponse Answer { get; init; } = SmtpResponse.Ok;

    public string? Password { get; init; }

    public ConcurrentQueue<MimeKit.MimeMessage> Taken { get; } = [];

    public Webhook Webhook => At(Port);

    public static Webhook At(int port) =>
        new("w", WebhookFormat.Email, $"smtp://127.0.0.1:{port}", null, Severity.Info, null, Insecure: false, AllowPrivate: true)
        {
            From = "watch@example.org",
            To = "a@example.org",
        };

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create();
        using X509Certificate2 made = new CertificateRequest("CN=nobody", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    // The server disposes of what it is given.
    private sealed class Desk(MailServer server) : MessageStore, IUserAuthenticator
    {
        public override async Task<SmtpResponse> SaveAsync(
            ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            if (server.Answer != SmtpResponse.Ok) return server.Answer;
            using var stream = new MemoryStream(buffer.ToArray());
            server.Taken.Enqueue(await MimeKit.MimeMessage.LoadAsync(stream, cancellationToken));
            return server.Answer;
        }

        public Task<bool> AuthenticateAsync(ISessionContext context, string user, string password, CancellationToken cancellationToken) =>
            Task.FromResult(user == "watch" && password == server.Password);
    }
}
