using System.Globalization;
using DriftStream.Host.Observability;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Pages;

/// <summary>The pages for people, as routes of a web server: what each address shows, and to whom.</summary>
/// <param name="answers">Takes answers of readers who may give them; null where nobody may.</param>
internal sealed class PageHost(Site site, PageGate gate, PageLimits limits, LiveUpdates live, PageAnswers? answers, ILogger logger)
{
    private const int MostOfForm = 16 << 10;

    // No script at all, nothing from elsewhere, and no page of others may show ours in a frame.
    private const string Policy =
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    // The file of ours that keeps a page up to date, and what it asks for: this page again, and whether there is something newer.
    private const string LivePolicy = Policy + "; script-src 'self'; connect-src 'self'";

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (PageAsset asset in (PageAsset[])[PageAsset.Style, PageAsset.Script]) routes.MapGet(asset.Path, context => Asset(context, asset));
        Page(routes, Places.Fleet, (context, reader) =>
            Html<FleetPage>(context, Live(context), ("View", site.Fleet(Text(context, "q"), Number(context, "page", 1, 1, 100_000))), ("Reader", reader.Name)));
        Page(routes, Places.OwnerPath, (context, reader) => Live(context) is var at && site.Owner(Text(context, "id") ?? "") is { } view
            ? Html<OwnerPage>(context, at, ("View", view), ("Reader", reader.Name))
            : Missing(context, $"No owner “{Shown.Name(Text(context, "id"))}” is known."));
        Page(routes, Places.ModelPath, (context, reader) => Live(context) is var at && site.Model(Query(context)) is { } view
            ? Html<ModelPage>(context, at, ("View", view), ("Reader", reader.Name))
            : Missing(context, $"No model “{Shown.Name(Text(context, "id"))}” is known."));
        Page(routes, Places.EpisodePath, Episode);
        Page(routes, LiveUpdates.Path, async (context, _) =>
        {
            if (await live.TryTell(context).ConfigureAwait(false)) return;
            limits.NoStream();
            await Message(context, StatusCodes.Status503ServiceUnavailable, "Not now", "Too many pages wait for what is newer.").ConfigureAwait(false);
        });
        new PageApi(site, new AlertmanagerSilences(site, answers)).Map(routes, Admitted);
        routes.MapPost("/answer", context => Posted(context, Answer));
        if (gate.Readers == PageReaders.Token) routes.MapPost("/sign-in", SignIn);
    }

    private static Task Asset(HttpContext context, PageAsset asset)
    {
        Head(context, StatusCodes.Status200OK, asset.Type);
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable"; // its address names its content
        return context.Response.Body.WriteAsync(asset.Bytes, context.RequestAborted).AsTask();
    }

    private void Page(IEndpointRouteBuilder routes, string path, Func<HttpContext, PageReader, Task> page) =>
        routes.MapGet(path, context => Admitted(context, reader => page(context, reader)));

    private async Task Admitted(HttpContext context, Func<PageReader, Task> page)
    {
        try
        {
            (PageReader? reader, Refusal? refusal) = (null, null);
            int? wait = gate.IsAsked(context) ? limits.MayGuess(context) : null;
            if (wait is null)
            {
                (reader, refusal) = gate.Admit(context);
                if (reader is null && gate.IsAsked(context)) limits.Wrong(context);
                wait = limits.Ask(context, reader);
            }

            if (wait is { } seconds) await TooMany(context, seconds).ConfigureAwait(false);
            else if (reader is not null) await page(reader).ConfigureAwait(false);
            else if (gate.Readers == PageReaders.Token && IsPage(context)) await SignInPage(context, false).ConfigureAwait(false);
            else await Message(context, refusal!.Status, "Not for you", refusal.Why).ConfigureAwait(false);
        }
        catch (IOException e) when (!context.RequestAborted.IsCancellationRequested)
        {
            await Message(context, StatusCodes.Status503ServiceUnavailable, "Not now", e.Message).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException && !context.Response.HasStarted)
        {
            logger.PageFailed(e, context.Request.Path);
            await Message(context, StatusCodes.Status500InternalServerError, "This page failed", "The log of the worker says why.").ConfigureAwait(false);
        }
    }

    private static bool IsPage(HttpContext context) => !context.Request.Path.StartsWithSegments("/api");

    private Task TooMany(HttpContext context, int seconds)
    {
        context.Response.Headers.RetryAfter = Places.Digits(seconds);
        return Message(context, StatusCodes.Status429TooManyRequests, "Too many requests",
            $"So many at once are not answered, so that others are. Try again in {Shown.Of(seconds, "second")}.");
    }

    // Where a page of the present hears of what is newer: from what was known before it was made. A page of the past does not move.
    private string? Live(HttpContext context) => Time(context, "to") is null ? live.Address : null;

    private Task Episode(HttpContext context, PageReader reader)
    {
        string? at = Live(context);
        string id = Text(context, "id") ?? "";
        if (site.Episode(id) is not { } view) return Missing(context, $"No episode “{Shown.Name(id)}” is known. It may be older than what pages keep.");
        string? answerer = answers is null ? null : reader.AnswersFor(site.Plan, view.Known.Owner, view.Known.Recipients);
        return Html<EpisodePage>(context, at, ("View", view), ("Reader", reader.Name), ("Answerer", answerer), ("Outcome", Text(context, "said")));
    }

    private async Task Answer(HttpContext context, PageReader reader, IFormCollection form)
    {
        string id = form["episode"].ToString();
        if (site.Episode(id) is not { } view)
        {
            await Missing(context, "The episode that was answered is not known.").ConfigureAwait(false);
            return;
        }

        string? answerer = answers is null ? null : reader.AnswersFor(site.Plan, view.Known.Owner, view.Known.Recipients);
        if (answerer is null || form["owner"] != answerer)
        {
            string why = reader.Name is null ? "Nobody says who you are: answers need web.read: header."
                : "You are no member of an owner that may answer this.";
            await Message(context, StatusCodes.Status403Forbidden, "Not for you", why).ConfigureAwait(false);
            return;
        }

        string outcome = await answers!.Give(view.Known, answerer, reader.Name!, form, context.RequestAborted).ConfigureAwait(false);
        // Whoever reloads what comes next answers nothing twice.
        Head(context, StatusCodes.Status303SeeOther, null);
        context.Response.Headers.Location = Places.Query(Places.EpisodePath, ("id", id), ("said", Shown.Sentence(outcome)));
    }

    // A form of another site would be sent with the reader's identity: browsers say where a form stands.
    private Task Posted(HttpContext context, Func<HttpContext, PageReader, IFormCollection, Task> take) => Admitted(context, async reader =>
    {
        if (!IsFromHere(context.Request))
        {
            await Message(context, StatusCodes.Status403Forbidden, "Not from here", "Answers are taken from our own pages alone.").ConfigureAwait(false);
            return;
        }

        if (await Form(context).ConfigureAwait(false) is { } form) await take(context, reader, form).ConfigureAwait(false);
        else await Message(context, StatusCodes.Status400BadRequest, "Not readable", "That was no form of ours.").ConfigureAwait(false);
    });

    private static bool IsFromHere(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is [var site]) return site == "same-origin";
        return request.Headers.Origin is [{ } origin] && Uri.TryCreate(origin, UriKind.Absolute, out Uri? from) && from.Authority == request.Host.Value;
    }

    /// <summary>A program, or one of our own pages: a browser says so where another site asks.</summary>
    internal static bool IsOfNoOtherSite(HttpRequest request) =>
        (request.Headers["Sec-Fetch-Site"].Count == 0 && request.Headers.Origin.Count == 0) || IsFromHere(request);

    private static async Task<IFormCollection?> Form(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MostOfForm;
        try
        {
            return context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted).ConfigureAwait(false) : null;
        }
        catch (Exception e) when (e is BadHttpRequestException or InvalidDataException)
        {
            return null;
        }
    }

    private async Task SignIn(HttpContext context)
    {
        if (limits.MayGuess(context) is { } wait)
        {
            await TooMany(context, wait).ConfigureAwait(false);
            return;
        }

        if (!IsFromHere(context.Request) || await Form(context).ConfigureAwait(false) is not { } form || !gate.IsToken(form["token"].ToString().Trim()))
        {
            limits.Wrong(context);
            await Task.Delay(TimeSpan.FromSeconds(1), context.RequestAborted).ConfigureAwait(false); // nobody tries many
            await SignInPage(context, true).ConfigureAwait(false);
            return;
        }

        context.Response.Cookies.Append(PageGate.Cookie, gate.Pass!, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            Path = "/",
        });
        Head(context, StatusCodes.Status303SeeOther, null);
        context.Response.Headers.Location = Places.Fleet;
    }

    private Task SignInPage(HttpContext context, bool wrong) =>
        Html<SignInPage>(context, StatusCodes.Status401Unauthorized, ("Now", site.Now), ("Wrong", wrong));

    private Task Missing(HttpContext context, string text) => Message(context, StatusCodes.Status404NotFound, "Not found", text);

    private Task Message(HttpContext context, int status, string title, string text) => IsPage(context)
        ? Html<MessagePage>(context, status, ("Title", title), ("Text", text), ("Now", site.Now))
        : PageApi.Problem(context, status, title, text);

    /// <param name="live">Where it hears of what is newer; null for a page that does not move.</param>
    private static async Task Html<TComponent>(HttpContext context, string? live, params (string Name, object? Value)[] values) where TComponent : IComponent
    {
        string text = await PageText.Of<TComponent>([.. values, ("Live", live)]).ConfigureAwait(false);
        Head(context, StatusCodes.Status200OK, "text/html; charset=utf-8");
        if (live is not null) context.Response.Headers.ContentSecurityPolicy = LivePolicy;
        await context.Response.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task Html<TComponent>(HttpContext context, int status, params (string Name, object? Value)[] values) where TComponent : IComponent
    {
        string text = await PageText.Of<TComponent>(values).ConfigureAwait(false);
        Head(context, status, "text/html; charset=utf-8");
        await context.Response.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>What every answer says: who may keep it, and what a browser may do with it.</summary>
    internal static void Head(HttpContext context, int status, string? type)
    {
        context.Response.StatusCode = status;
        if (type is not null) context.Response.ContentType = type;
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // Whoever tries things out on this machine would be held to TLS at all its ports.
        if (context.Request.IsHttps && !PageGate.IsThisMachine(context.Request.Host.Host)) headers.StrictTransportSecurity = "max-age=31536000";
    }

    private static ModelQuery Query(HttpContext context)
    {
        int count = Number(context, "n", ModelQuery.Counts[0], 1, ModelQuery.Counts[^1]);
        return new ModelQuery(
            Text(context, "id") ?? "", Text(context, "window"), Time(context, "to"), ModelQuery.Counts.Contains(count) ? count : ModelQuery.Counts[0],
            Time(context, "at"), Text(context, "signal"), Text(context, "version"), Text(context, "rows") == "all");
    }

    internal static string? Text(HttpContext context, string name) => context.Request.Query[name] is [{ } text] ? text : null;

    internal static EventTime? Time(HttpContext context, string name) => EventTime.TryParse(Text(context, name), out EventTime time) ? time : null;

    internal static int Number(HttpContext context, string name, int otherwise, int least, int most) =>
        int.TryParse(Text(context, name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? Math.Clamp(number, least, most) : otherwise;
}
