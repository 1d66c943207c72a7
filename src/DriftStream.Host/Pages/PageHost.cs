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
internal sealed class PageHost(Site site, PageGate gate, PageAnswers? answers, ILogger logger)
{
    private const int MostOfForm = 16 << 10;

    // No script at all, nothing from elsewhere, and no page of others may show ours in a frame.
    private const string Policy =
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(PageStyle.Path, Style);
        Page(routes, Places.Fleet, (context, reader) =>
            Html<FleetPage>(context, ("View", site.Fleet(Text(context, "q"), Number(context, "page", 1, 1, 100_000))), ("Reader", reader.Name)));
        Page(routes, Places.OwnerPath, (context, reader) => site.Owner(Text(context, "id") ?? "") is { } view
            ? Html<OwnerPage>(context, ("View", view), ("Reader", reader.Name))
            : Missing(context, $"No owner “{Shown.Name(Text(context, "id"))}” is known."));
        Page(routes, Places.ModelPath, (context, reader) => site.Model(Query(context)) is { } view
            ? Html<ModelPage>(context, ("View", view), ("Reader", reader.Name))
            : Missing(context, $"No model “{Shown.Name(Text(context, "id"))}” is known."));
        Page(routes, Places.EpisodePath, (context, reader) => Episode(context, reader, null));
        new PageApi(site, new AlertmanagerSilences(site, answers)).Map(routes, Admitted);
        routes.MapPost("/answer", context => Posted(context, Answer));
        if (gate.Readers == PageReaders.Token) routes.MapPost("/sign-in", SignIn);
    }

    private static Task Style(HttpContext context)
    {
        Head(context, StatusCodes.Status200OK, "text/css; charset=utf-8");
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable"; // its address names its content
        return context.Response.Body.WriteAsync(PageStyle.Bytes, context.RequestAborted).AsTask();
    }

    private void Page(IEndpointRouteBuilder routes, string path, Func<HttpContext, PageReader, Task> page) =>
        routes.MapGet(path, context => Admitted(context, reader => page(context, reader)));

    private async Task Admitted(HttpContext context, Func<PageReader, Task> page)
    {
        (PageReader? reader, Refusal? refusal) = gate.Admit(context);
        try
        {
            if (reader is not null) await page(reader).ConfigureAwait(false);
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

    private Task Episode(HttpContext context, PageReader reader, string? outcome)
    {
        string id = Text(context, "id") ?? "";
        if (site.Episode(id) is not { } view) return Missing(context, $"No episode “{Shown.Name(id)}” is known. It may be older than what pages keep.");
        string? answerer = answers is null ? null : reader.AnswersFor(site.Plan, view.Known.Owner, view.Known.Recipients);
        return Html<EpisodePage>(context, ("View", view), ("Reader", reader.Name), ("Answerer", answerer), ("Outcome", outcome ?? Text(context, "said")));
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
        if (!IsFromHere(context.Request) || await Form(context).ConfigureAwait(false) is not { } form || !gate.IsToken(form["token"].ToString().Trim()))
        {
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

    private static Task Html<TComponent>(HttpContext context, params (string Name, object? Value)[] values) where TComponent : IComponent =>
        Html<TComponent>(context, StatusCodes.Status200OK, values);

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
        if (context.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000";
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
