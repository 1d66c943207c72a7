using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DriftStream.Host.History;
using DriftStream.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DriftStream.Host.Pages;

/// <summary>The same data as the pages, as JSON: <c>/api/v1</c>, and what Alertmanager's API has of it, silences for those who may say them too.</summary>
internal sealed class PageApi(Site site, AlertmanagerSilences silences)
{
    public const string Root = "/api/v1";

    private const int PageSize = 100, MostWindows = 365;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower), new TimeText() },
    };

    /// <param name="admitted">Lets a reader in, or says why not.</param>
    public void Map(IEndpointRouteBuilder routes, Func<HttpContext, Func<PageReader, Task>, Task> admitted)
    {
        Get("/models", Models);
        Get("/model/windows", Windows);
        Get("/model/verdicts", Verdicts);
        Get("/owners", context => site.Fleet(null, 1).Owners.Select(o =>
            new { o.Owner.Id, o.Owner.Name, o.Owner.Contact, o.Models, o.Open, o.Unanswered, o.Deadline }));
        Get("/episodes", Episodes);
        Get("/episode", Episode);
        Get("/silences", context => site.History.Silences(site.Now).Select(Silence));
        Get("/plans", context => site.History.Plans());
        routes.MapGet($"{Root}/openapi.json", context => admitted(context, _ => Write(context, ApiDocument.Bytes)));
        routes.MapGet("/api/v2/status", context => admitted(context, _ => Write(context, AlertmanagerView.Status(site.Now))));
        routes.MapGet("/api/v2/alerts", context => admitted(context, _ => Write(context, AlertmanagerView.Alerts(site, context.Request.Query["filter"]))));
        routes.MapGet("/api/v2/alerts/groups", context => admitted(context, _ =>
            Write(context, AlertmanagerView.Groups(site, context.Request.Query["filter"]))));
        routes.MapGet("/api/v2/silences", context => admitted(context, _ => Write(context, AlertmanagerView.Silences(site))));
        routes.MapPost("/api/v2/silences", context => admitted(context, reader => silences.Add(context, reader)));
        routes.MapDelete("/api/v2/silence/{id}", context => admitted(context, reader => silences.End(context, reader)));
        routes.MapGet("/api/v2/silence/{id}", context => admitted(context, _ =>
            AlertmanagerView.Silence(site, context.Request.RouteValues["id"] as string ?? "") is { } found ? Write(context, found)
                : Problem(context, StatusCodes.Status404NotFound, "Not found", "No silence of that id holds or begins later.")));
        routes.MapGet("/api/v2/receivers", context => admitted(context, _ => Write(context, AlertmanagerView.Receivers(site))));

        void Get(string path, Func<HttpContext, object?> data) => routes.MapGet(Root + path, context => admitted(context, _ =>
            data(context) is { } found ? Write(context, JsonSerializer.SerializeToUtf8Bytes(found, Json))
                : Problem(context, StatusCodes.Status404NotFound, "Not found", "Nothing of that id is known.")));
    }

    /// <summary>A problem as RFC 9457 has it.</summary>
    public static Task Problem(HttpContext context, int status, string title, string detail)
    {
        PageHost.Head(context, status, "application/problem+json");
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(new { title, status, detail }, Json), context.RequestAborted).AsTask();
    }

    /// <summary>A report for programs: windows with their cells, and every episode with its alerts and answers.</summary>
    public static byte[] Report(ReportView report) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        Model = report.Model.Query.Id,
        report.From,
        report.To,
        Owner = report.Model.Plan?.Alerts.Owner.Id,
        report.PrivacyRows,
        Windows = report.Model.Strip.Columns.Select((c, i) => new
        {
            c.Start,
            c.End,
            Judgement = c.Judgement,
            c.Rows,
            c.Complete,
            c.Lost,
            c.Marks,
            Cells = report.Model.Strip.Rows.Select(r => r.Cells[i]).OfType<StripCell>(),
        }),
        Kpis = report.Model.Kpis.Select(k => new
        {
            k.Id,
            Window = k.Kind.Name,
            Delay = k.Kind.Delay?.Spell(),
            Target = k.Course.Reference,
            Points = Course(report, k.Course),
            Last = k.Now,
        }),
        Performance = report.Model.Performance.Select(p => new
        {
            Window = p.Kind.Name,
            Delay = p.Kind.Delay?.Spell(),
            p.Waiting,
            Metrics = p.Metrics.Select(m => new { m.Name, m.Reference, Points = Course(report, m) }),
            Labels = p.Labels.Select(l => new { l.Name, Points = Course(report, l) }),
            Last = p.At.Json,
        }),
        Worst = report.Windows.Select(w => new { w.At.Start, w.At.End, Signals = w.Signals.Select(s => s.Json) }),
        Episodes = report.Episodes.Select(e => new { Episode = e.Known, Alerts = e.Told, e.Answers, e.Actions }),
        report.Model.Plans,
    }, Json);

    private static IEnumerable<object> Course(ReportView report, NumberCourse course) =>
        course.Points.Select((p, i) => new { report.Model.Strip.Columns[i].Start, report.Model.Strip.Columns[i].End, p.Value, p.Low, p.High });

    private object Models(HttpContext context)
    {
        FleetView fleet = site.Fleet(PageHost.Text(context, "q"), PageHost.Number(context, "page", 1, 1, 100_000));
        return new
        {
            fleet.Page,
            PageSize,
            Total = fleet.Found,
            Items = fleet.Models.Select(m => new
            {
                m.Id,
                Owner = m.Owner?.Id,
                Last = Window(m.Known),
                Worst = Window(m.Worst),
                m.RowsPerDay,
                Open = m.Open.Length,
                m.Unanswered,
                m.Deadline,
            }),
        };
    }

    private static object? Window(KnownModel? of) => of is null ? null
        : new { of.Window, Delay = of.Delay?.Spell(), of.Start, of.End, of.Rows, of.Judgement, of.Why };

    private object? Windows(HttpContext context)
    {
        string id = PageHost.Text(context, "id") ?? "";
        ImmutableArray<KnownKind> names = site.History.Windows(id);
        if (names.IsEmpty) return null;
        string? asked = PageHost.Text(context, "window");
        string window = names.Any(n => n.Name == asked) ? asked! : names[0].Name;
        ImmutableArray<KnownWindow> range = site.History.Range(
            id, new WindowRange(window, PageHost.Time(context, "to"), PageHost.Number(context, "n", 30, 1, MostWindows)));
        return new
        {
            Model = id,
            Window = window,
            Windows = names.Select(n => n.Name),
            Items = range.Select(w => new
            {
                w.Version,
                w.Start,
                w.End,
                w.Complete,
                w.Rows,
                w.Late,
                w.Lost,
                Judgement = w.Judgement,
                w.Why,
                w.Plan,
                Cells = w.Cells.Select(c => new { c.Kind, c.Name, Judgement = c.Judgement, c.IsUndecided, c.Size, c.Value }),
            }),
            // Further back: ask for those up to it.
            Before = range.IsEmpty ? null : (EventTime?)range[0].Start,
        };
    }

    private object? Verdicts(HttpContext context)
    {
        string id = PageHost.Text(context, "id") ?? "", window = PageHost.Text(context, "window") ?? "";
        return PageHost.Time(context, "at") is { } at && site.History.Verdicts(id, window, at) is { IsEmpty: false } found ? found : null;
    }

    private object Episodes(HttpContext context)
    {
        int page = PageHost.Number(context, "page", 1, 1, 100_000);
        bool? open = PageHost.Text(context, "open") switch { "true" => true, "false" => false, _ => null };
        var filter = new EpisodeFilter(PageHost.Text(context, "model"), PageHost.Text(context, "owner"), open, PageSize + 1, (page - 1) * PageSize);
        ImmutableArray<KnownEpisode> found = site.History.Episodes(filter);
        return new { Page = page, PageSize, More = found.Length > PageSize, Items = found.Take(PageSize) };
    }

    private object? Episode(HttpContext context) => site.Episode(PageHost.Text(context, "id") ?? "") is { } view
        ? new { Episode = view.Known, Now = view.Known.IsOpen ? (JsonElement?)view.Story : null, Alerts = view.Told, Answers = view.Answers, view.Actions }
        : null;

    private static object Silence(KnownAnswer silence) => new
    {
        silence.Id,
        silence.Owner,
        silence.By,
        silence.Said,
        silence.Until,
        Answer = silence.Body is null ? (JsonElement?)null : JsonSerializer.Deserialize<JsonElement>(silence.Body),
    };

    private static Task Write(HttpContext context, byte[] body)
    {
        string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body))[..32]}\"";
        bool known = context.Request.Headers.IfNoneMatch.Any(t => t is not null && t.Split(',', StringSplitOptions.TrimEntries).Contains(tag));
        PageHost.Head(context, known ? StatusCodes.Status304NotModified : StatusCodes.Status200OK, known ? null : "application/json");
        // It may be kept by whoever asked, and is asked for again each time.
        context.Response.Headers.CacheControl = "private, no-cache";
        context.Response.Headers.ETag = tag;
        return known ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>Times as everywhere in JSON: ISO 8601 in UTC.</summary>
    private sealed class TimeText : JsonConverter<EventTime>
    {
        public override EventTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, EventTime value, JsonSerializerOptions options) => writer.WriteStringValue(EventTime.Format(value));
    }
}
