using DriftStream.Host.History;
using DriftStream.Host.Observability;
using DriftStream.Plan;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Pages;

/// <summary>The pages for people of one process: their store, and who may read them.</summary>
public sealed class PeoplePages : IDisposable
{
    private const string Memory = "memory";

    private readonly PageGate _gate;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PageLimits _limits;
    private readonly PageAnswers? _answers;
    private Func<DriftPlan> _plan;

    private PeoplePages(HistoryStore store, PageGate gate, PageLimits limits, DriftPlan plan, TimeProvider time, ILogger logger)
    {
        (Store, _gate, _limits, _time, _logger, _plan) = (store, gate, limits, time, logger, () => plan);
        // Only where somebody says who asks can it be known who answers.
        if (gate.Readers == PageReaders.Header) _answers = new PageAnswers(() => _plan(), time, logger);
    }

    /// <summary>What the pages are read from; a worker's web stage fills it.</summary>
    public HistoryStore Store { get; }

    /// <summary>The plan that they show.</summary>
    public DriftPlan Plan => _plan();

    /// <param name="config">The configuration file: paths in it are relative to its folder.</param>
    /// <param name="plan">As it was read.</param>
    /// <param name="listen">Where pages are; null for none.</param>
    /// <param name="metrics">Count what the limits refuse; null where nobody asks.</param>
    /// <returns>Null where there are no pages for people.</returns>
    /// <exception cref="IOException">The store or the token cannot be opened; the message names the key.</exception>
    public static PeoplePages? Open(string config, DriftPlan plan, string? listen, TimeProvider time, ILogger logger, Metrics? metrics = null)
    {
        if (listen is null) return null;
        WebSettings settings = plan.Web;
        // Where pages are may be said anew at the start, and who may read them was said for elsewhere.
        if (settings.Readers == PageReaders.Anyone && plan.WebListen != listen && !IsLocal(listen)) settings = settings with { Readers = PageReaders.Off };
        if (settings.Readers == PageReaders.Off)
        {
            logger.PagesOff(listen);
            return null;
        }

        string? token = settings is { Readers: PageReaders.Token, TokenFile: { } file } ? Token(Resolved(config, file)) : null;
        var store = new HistoryStore(settings.Store is { } path && path != Memory ? Resolved(config, path) : null, plan.Topics.Prefix, time, logger);
        logger.PagesListen(listen, settings.Readers.ToString().ToLowerInvariant());
        var limits = new PageLimits(settings.Limits, limit => metrics?.WebRefused(limit));
        return new PeoplePages(store, new PageGate(settings, token), limits, plan, time, logger);
    }

    /// <param name="plan">The newest plan, whenever it is asked for.</param>
    public void Show(Func<DriftPlan> plan) => _plan = plan;

    /// <summary>Adds the pages to a web server.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        new PageHost(new Site(new HistoryReader(Store), () => _plan(), _time), _gate, _limits, new LiveUpdates(Store), _answers, _logger).Map(routes);

    public void Dispose()
    {
        _answers?.Dispose();
        _limits.Dispose();
        Store.Dispose();
    }

    private static bool IsLocal(string listen) =>
        listen.StartsWith("localhost:", StringComparison.Ordinal) || listen.StartsWith("127.", StringComparison.Ordinal)
            || listen.StartsWith("[::1]:", StringComparison.Ordinal);

    private static string Resolved(string config, string path) => Path.Combine(Path.GetDirectoryName(config) ?? "", path);

    private static string Token(string path)
    {
        try
        {
            string token = File.ReadAllText(path).Trim();
            // A short one is found by trying.
            return token.Length >= 16 ? token
                : throw new IOException($"web.token.file: {path} holds {token.Length} characters: at least 16, such as openssl rand -hex 32 writes");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException($"web.token.file: {path}: {e.Message}", e);
        }
    }
}
