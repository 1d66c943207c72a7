using DriftStream.Host.Commands;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Pages;
using DriftStream.Host.Tests.History;
using DriftStream.Host.Tests.Worker;
using DriftStream.Host.Web;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>Pages of an empty store, with settings of their own.</summary>
internal sealed class OwnSite : IAsyncDisposable
{
    public const string Token = "0123456789abcdef";

    private readonly HealthPages _server;
    private readonly string _folder;

    private OwnSite(HealthPages server, PeoplePages pages, Metrics metrics, string folder)
    {
        (_server, Pages, Metrics, _folder) = (server, pages, metrics, folder);
    }

    public Uri Address => _server.Address;

    public PeoplePages Pages { get; }

    public Metrics Metrics { get; }

    /// <param name="settings">With <c>read: token</c> the token is <see cref="Token"/>.</param>
    public static async Task<OwnSite> Start(WebSettings settings, ServerCertificate? certificate = null, int port = 0)
    {
        string folder = Directory.CreateTempSubdirectory("driftstream-site-").FullName, config = Path.Combine(folder, "driftstream.yaml");
        await File.WriteAllTextAsync(Path.Combine(folder, "token"), Token);
        DriftPlan plan = PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan! with
        {
            WebListen = "127.0.0.1:0",
            Web = settings.Readers == PageReaders.Token ? settings with { TokenFile = "token" } : settings,
        };
        var metrics = new Metrics();
        PeoplePages pages = PeoplePages.Open(config, plan, plan.WebListen, TimeProvider.System, NullLogger.Instance, metrics)!;
        var ports = new WebPorts($"127.0.0.1:{port}") { Certificate = certificate, Proxies = settings.Proxies };
        HealthPages server = await HealthPages.StartAsync(
            ports, new Health(TimeProvider.System), metrics, NullLogger.Instance, TestContext.Current.CancellationToken, null, pages.Map);
        return new OwnSite(server, pages, metrics, folder);
    }

    /// <summary>What a web stage would have read: a verdict of a model.</summary>
    public void Hear(string model, int window) => Hear(Records.Verdict(model, window));

    public void Hear(LogRecord record)
    {
        Assert.Equal(Records.Topics.Verdicts, new TopicNames(Pages.Plan.Topics.Prefix).Verdicts);
        Assert.True(Records.Writer(Pages.Store).TryWrite([record], new Dictionary<(string, int), long>()));
    }

    /// <summary>One more reader of the pages.</summary>
    public async Task<HttpResponseMessage> Ask(string place, Action<HttpRequestMessage>? more = null, HttpClient? by = null)
    {
        using HttpClient own = Web.TlsTests.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, place));
        request.Headers.Host = "localhost";
        more?.Invoke(request);
        return await (by ?? own).SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Pages.Dispose();
        Metrics.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
