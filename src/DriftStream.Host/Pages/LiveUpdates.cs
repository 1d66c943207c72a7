using DriftStream.Host.History;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DriftStream.Host.Pages;

/// <summary>
/// Tells pages that are open that there is something newer (server-sent events): never what it is, since the page asks for its own address again, by the rights
/// that its reader has by then.
/// </summary>
internal sealed class LiveUpdates(HistoryStore store)
{
    public const string Path = "/live";

    /// <summary>A worker has <see cref="Web.HealthPages"/>' connections for all its readers; each open page that is looked at takes one of them.</summary>
    private const int Most = 100;

    // Who may read no more is found out when the browser asks again.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private int _open;

    /// <summary>How often a stream looks for news, and how long it is quiet after it has told some.</summary>
    internal TimeSpan Pace { get; init; } = TimeSpan.FromSeconds(1);

    internal TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Deadlines come nearer without news.</summary>
    internal TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Where a page that is made now hears of what is newer.</summary>
    public string Address => Places.Query(Path, ("from", store.Revision));

    /// <summary>Tells news until the reader leaves, the worker stops, or ten minutes are over.</summary>
    /// <returns>False where too many listen already: nothing was answered.</returns>
    public async Task<bool> TryTell(HttpContext context)
    {
        if (Interlocked.Increment(ref _open) > Most)
        {
            Interlocked.Decrement(ref _open);
            return false;
        }

        try
        {
            PageHost.Head(context, StatusCodes.Status200OK, "text/event-stream; charset=utf-8");
            var host = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, host.ApplicationStopping);
            ended.CancelAfter(Longest);
            await Tell(context, ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // That is how streams end.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }

        return true;
    }

    private async Task Tell(HttpContext context, CancellationToken ended)
    {
        string known = context.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } last] ? last : PageHost.Text(context, "from") ?? "";
        await Write(context, "retry: 5000\n\n", ended).ConfigureAwait(false);
        long beat = Environment.TickCount64;
        while (true)
        {
            string now = store.Revision;
            bool isNews = now != known;
            if (isNews || Environment.TickCount64 - beat >= Beat.TotalMilliseconds)
            {
                await Write(context, $"event: {(isNews ? "newer" : "beat")}\nid: {now}\ndata: {now}\n\n", ended).ConfigureAwait(false);
                (known, beat) = (now, Environment.TickCount64);
                await Task.Delay(Quiet, ended).ConfigureAwait(false);
            }

            await Task.Delay(Pace, ended).ConfigureAwait(false);
        }
    }

    private static async Task Write(HttpContext context, string text, CancellationToken ended)
    {
        await context.Response.WriteAsync(text, ended).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(ended).ConfigureAwait(false);
    }
}
