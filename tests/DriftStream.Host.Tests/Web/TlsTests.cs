using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using DriftStream.Host.Observability;
using DriftStream.Host.Tests.Observability;
using DriftStream.Host.Web;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Host.Tests.Web;

/// <summary>Pages with TLS: by which certificate, after it was renewed too, and what is said of one that is of no use.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly Certificates _files = new();
    private readonly Metrics _metrics = new();
    private readonly Lines _log = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _metrics.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Certificate_IsRenewed_AndTheNextConnectionHasIt_WithWhatLeadsToItsRoot()
    {
        _files.Write("first");
        using ServerCertificate certificate = Open(Certificates.Pem);
        await using HealthPages pages = await Start(certificate);
        Assert.Equal("https", pages.Address.Scheme);
        Assert.Equal(("CN=first", "CN=Between", SslProtocols.Tls13), await Shake(pages.Address, SslProtocols.None));
        Assert.Equal(SslProtocols.Tls12, (await Shake(pages.Address, SslProtocols.Tls12)).Protocol);

        _files.Write("second");
        Assert.Equal("CN=first", (await Shake(pages.Address, SslProtocols.None)).Own);
        certificate.Look();
        Assert.Equal("CN=second", (await Shake(pages.Address, SslProtocols.None)).Own);
        Assert.Contains("driftstream_web_certificate_expiry_timestamp_seconds ", _metrics.Text(), StringComparison.Ordinal);
    }

    /// <summary>The key comes a moment after the certificate, or never; a renewed one has expired. What was served goes on, and the log says it once.</summary>
    [Fact]
    public async Task Certificate_ThatIsOfNoUse_LeavesTheFormerOne()
    {
        _files.Write("first");
        string key = _files.Read("key.pem");
        using ServerCertificate certificate = Open(Certificates.Pem);
        await using HealthPages pages = await Start(certificate);
        _files.Write("second");
        string second = _files.Read("key.pem");
        _files.Text("key.pem", key);
        int before = _log.Texts.Length;
        certificate.Look();
        Assert.Equal(before, _log.Texts.Length);
        for (int i = 0; i < 3; i++) certificate.Look();
        Assert.Single(_log.Texts[before..], l => l.Contains("the former one goes on", StringComparison.Ordinal));
        Assert.Equal("CN=first", (await Shake(pages.Address, SslProtocols.None)).Own);

        _files.Text("key.pem", second);
        certificate.Look();
        Assert.Equal("CN=second", (await Shake(pages.Address, SslProtocols.None)).Own);
        _files.Write("third", to: DateTimeOffset.UtcNow.AddDays(-1));
        for (int i = 0; i < 3; i++) certificate.Look();
        Assert.Equal("CN=second", (await Shake(pages.Address, SslProtocols.None)).Own);
    }

    [Theory]
    [InlineData("cert.pem", "key.pem", null, "CN=Between")]
    [InlineData("cert.pem", "locked.pem", "password", "CN=Between")]
    [InlineData("both.pem", null, null, null)]
    [InlineData("cert.pfx", null, "password", "CN=Between")]
    public async Task Certificate_InEveryForm_IsServed(string file, string? key, string? password, string? between)
    {
        _files.Write("any");
        using ServerCertificate certificate = Open(new WebCertificate(file, key, password));
        await using HealthPages pages = await Start(certificate);
        Assert.Equal(("CN=any", between), await Shake(pages.Address, SslProtocols.None) is var (own, next, _) ? (own, next) : default);
    }

    [Theory]
    [InlineData("nosuch.pem", "key.pem", null, "web.certificate.file", "is not there")]
    [InlineData("cert.pem", "nosuch.pem", null, "web.certificate.key", "is not there")]
    [InlineData("cert.pem", "locked.pem", null, "web.certificate.password is not there", "locked.pem is encrypted; add password:")]
    [InlineData("cert.pem", null, null, "web.certificate.key is not there", "cert.pem holds no private key; add key:")]
    [InlineData("cert.pem", "cert.pem", null, "web.certificate.key", "cert.pem holds no private key; name the PEM file")]
    [InlineData("key.pem", "key.pem", null, "web.certificate.file", "key.pem holds no certificate")]
    [InlineData("cert.pem", "other.pem", null, "web.certificate.key", "cannot be used")]
    [InlineData("password", "key.pem", null, "web.certificate.file", "cannot be used")]
    [InlineData("cert.pfx", null, null, "web.certificate.file", "cannot be used")]
    [InlineData("cert.pfx", null, "nosuch", "web.certificate.password.file", "is not there")]
    public void Certificate_OfNoUse_SaysWhatAndWhere(string file, string? key, string? password, string at, string why)
    {
        _files.Write("any");
        var named = new WebCertificate(file, key, password);
        string said = Assert.Throws<IOException>(() => Open(named)).Message;
        Assert.Contains(at, said, StringComparison.Ordinal);
        Assert.Contains(why, said, StringComparison.Ordinal);
        Assert.Contains(_files.Folder, said, StringComparison.Ordinal);

        CertificateProblem problem = ServerCertificate.Check(_files.Config, named, DateTimeOffset.UtcNow, out bool isWarning)!;
        Assert.StartsWith(problem.Why, said, StringComparison.Ordinal);
        Assert.Equal(why == "is not there", isWarning);
    }

    /// <summary>The worker counts with an expired one all the same, and says so; <c>check</c> has an error.</summary>
    [Fact]
    public void Certificate_OutOfTime_IsTold()
    {
        _files.Write("any", to: new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        Open(Certificates.Pem).Dispose();
        Assert.Contains(_log.Texts, l => l.Contains("has expired at 2026-03-01 12:00 UTC", StringComparison.Ordinal));

        DateTimeOffset end = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.Contains("has expired", Said(end.AddHours(1), false), StringComparison.Ordinal);
        Assert.Contains("expires at 2026-03-01", Said(end.AddDays(-13), true), StringComparison.Ordinal);
        Assert.Equal("", Said(end.AddDays(-15), true));
        Assert.Contains("is valid from", Said(DateTimeOffset.UtcNow.AddDays(-401), false), StringComparison.Ordinal);

        string Said(DateTimeOffset now, bool warns)
        {
            CertificateProblem? problem = ServerCertificate.Check(_files.Config, Certificates.Pem, now, out bool isWarning);
            Assert.Equal(warns, isWarning);
            return problem?.Why ?? "";
        }
    }

    [Fact]
    public async Task Machines_HaveAPortOfTheirOwn_AndNothingElseIsThere()
    {
        _files.Write("any");
        using ServerCertificate certificate = Open(Certificates.Pem);
        var ports = new WebPorts("127.0.0.1:0", "127.0.0.1:0") { Certificate = certificate };
        await using HealthPages pages = await HealthPages.StartAsync(
            ports, new Health(TimeProvider.System), _metrics, _log, Cancel, null, routes => new Page(routes).Map());
        using HttpClient client = Client();
        foreach ((string path, HttpStatusCode here, HttpStatusCode there) in ((string, HttpStatusCode, HttpStatusCode)[])[
            ("/page", HttpStatusCode.OK, HttpStatusCode.NotFound), ("/livez", HttpStatusCode.NotFound, HttpStatusCode.OK),
            ("/readyz", HttpStatusCode.NotFound, HttpStatusCode.OK), ("/metrics", HttpStatusCode.NotFound, HttpStatusCode.OK)])
        {
            Assert.Equal((path, here, there), (path, await Status(pages.Address), await Status(pages.MachineAddress)));

            async Task<HttpStatusCode> Status(Uri at) => (await client.GetAsync(new Uri(at, path), Cancel)).StatusCode;
        }

        Assert.Equal("http", pages.MachineAddress.Scheme);
        await using HealthPages alone = await HealthPages.StartAsync(
            new WebPorts(null, "127.0.0.1:0"), new Health(TimeProvider.System), _metrics, _log, Cancel);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(alone.MachineAddress, "/livez"), Cancel)).StatusCode);
        string taken = (await Assert.ThrowsAnyAsync<IOException>(() => HealthPages.StartAsync(
            new WebPorts("127.0.0.1:0", $"127.0.0.1:{alone.MachineAddress.Port}"), new Health(TimeProvider.System), _metrics, _log, Cancel))).Message;
        Assert.StartsWith("web.metrics.listen: ", taken, StringComparison.Ordinal);
        Assert.Contains("--metrics-listen", taken, StringComparison.Ordinal);
    }

    /// <summary>A client that believes our certificates.</summary>
    internal static HttpClient Client() => new(new HttpClientHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ServerCertificateCustomValidationCallback = (_, _, _, _) => true,
    });

    private ServerCertificate Open(WebCertificate named) => ServerCertificate.Open(_files.Config, named, TimeProvider.System, _metrics, _log);

    private Task<HealthPages> Start(ServerCertificate certificate) => HealthPages.StartAsync(
        new WebPorts("127.0.0.1:0") { Certificate = certificate }, new Health(TimeProvider.System), _metrics, _log, Cancel);

    // What the server shows of itself: its own certificate, and the next one on the way to the root.
    private static async Task<(string Own, string? Next, SslProtocols Protocol)> Shake(Uri at, SslProtocols protocol)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, at.Port, Cancel);
        string? next = null;
        await using var tls = new SslStream(connection.GetStream(), false, (_, _, chain, _) =>
        {
            next = chain?.ChainPolicy.ExtraStore.OfType<X509Certificate2>().Select(c => c.Subject).FirstOrDefault(s => s == "CN=Between");
            return true;
        });
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = protocol }, Cancel);
        return (tls.RemoteCertificate!.Subject, next, tls.SslProtocol);
    }

    private sealed class Page(Microsoft.AspNetCore.Routing.IEndpointRouteBuilder routes)
    {
        public void Map() => Microsoft.AspNetCore.Builder.EndpointRouteBuilderExtensions.MapGet(routes, "/page", _ => Task.CompletedTask);
    }
}
