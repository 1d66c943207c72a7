using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Host.History;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Host.Pages;

/// <summary>A model as the fleet shows it.</summary>
/// <param name="Known">Its last window of rows as they came; null where it has had none.</param>
/// <param name="Worst">
/// Of the last window of each name, those judged by labels that came later among them, the one that says most, the newest of several.
/// Null where it has had none.
/// </param>
/// <param name="Owner">Null where the plan has no such model.</param>
/// <param name="Open">Its open episodes.</param>
/// <param name="Course">What was said of its last windows of the worst one's name, oldest first.</param>
public sealed record FleetModel(
    string Id, KnownModel? Known, KnownModel? Worst, Owner? Owner, ImmutableArray<KnownEpisode> Open, ImmutableArray<RankedJudgement> Course)
{
    public int Unanswered => Open.Count(e => e.IsFiring);

    public EventTime? Deadline => Open.Where(e => e.IsFiring).Min(e => e.RespondBy);

    /// <summary>Of its last window, as if all days were like it; null without a window.</summary>
    public double? RowsPerDay => Known is { } k && k.End > k.Start ? k.Rows * (double)EventTime.Day / (k.End - k.Start).Microseconds : null;
}

/// <summary>An owner as the fleet shows it.</summary>
public sealed record FleetOwner(Owner Owner, int Models, int Open, int Unanswered, EventTime? Deadline);

/// <summary>What the first page shows.</summary>
/// <param name="Models">Those of the page that is looked at.</param>
/// <param name="Found">How many there are that were searched for.</param>
public sealed record FleetView(
    string? Search, int Page, int Found, int All, ImmutableArray<FleetModel> Models, ImmutableArray<FleetOwner> Owners, ImmutableArray<KnownEpisode> Open,
    ImmutableArray<KnownEpisode> Resolved, int Unowned, EventTime Now)
{
    public const int PageSize = 100;

    public int Unanswered => Open.Count(e => e.IsFiring);

    public int Overdue => Open.Count(e => e.IsFiring && e.RespondBy < Now);
}

/// <summary>What an owner has to look at.</summary>
public sealed record OwnerView(
    string Id, Owner? Owner, ImmutableArray<KnownEpisode> Open, ImmutableArray<KnownEpisode> Resolved, ImmutableArray<KnownAnswer> Silences,
    ImmutableArray<FleetModel> Models, EventTime Now);

/// <summary>One episode: what it says now, and everything that was told and said of it.</summary>
/// <param name="Alert">What was told last.</param>
/// <param name="Story">What was told last while it was on; of an open one as it is now.</param>
/// <param name="Actions">What was recommended in it.</param>
/// <param name="Shares">The distribution of the signal that leads, in the window of the story; empty where it is not known.</param>
public sealed record EpisodeView(
    KnownEpisode Known, JsonElement Alert, JsonElement Story, ImmutableArray<JsonElement> Told, ImmutableArray<KnownAnswer> Answers,
    ImmutableArray<JsonElement> Actions, ImmutableArray<BarPair> Shares, EventTime Now);

/// <summary>What the page of a model shows.</summary>
/// <param name="Plan">Of the newest plan; null where it has no such model.</param>
/// <param name="Windows">The names of its windows.</param>
/// <param name="At">The window that is shown; null where there is none.</param>
/// <param name="Signal">The signal that is shown in it; null where there is none.</param>
/// <param name="Course">What the windows of the strip say of it.</param>
/// <param name="Kpis">The numbers that its owner has set targets for.</param>
/// <param name="Performance">How well it does: by the labels in its messages, or once for each delay; empty where no label is known.</param>
public sealed record ModelView(
    ModelQuery Query, ModelPlan? Plan, ImmutableArray<KnownKind> Windows, StripView Strip, ImmutableArray<KnownEpisode> Episodes,
    WindowView? At, SignalView? Signal, StripRow? Course, (EventTime? Before, EventTime? After) Neighbours, ImmutableArray<KnownPlan> Plans,
    ImmutableArray<PerformanceView> Performance, ImmutableArray<KpiView> Kpis, EventTime Now);

/// <summary>From the store and the newest plan to what pages show. Nothing here knows of HTML.</summary>
/// <param name="plan">The newest plan.</param>
internal sealed class Site(HistoryReader history, Func<DriftPlan> plan, TimeProvider time)
{
    private const int Course = 30;

    public EventTime Now => EventTime.From(time.GetUtcNow().UtcDateTime);

    public DriftPlan Plan => plan();

    public HistoryReader History => history;

    public FleetView Fleet(string? search, int page)
    {
        DriftPlan newest = plan();
        ImmutableArray<KnownEpisode> open = history.Episodes(new EpisodeFilter(Open: true));
        FleetModel[] all = Models(newest, open);
        string words = search?.Trim() ?? "";
        FleetModel[] found = words.Length == 0 ? all : [.. all.Where(m => Has(m.Id, words) || Has(m.Owner?.Id, words) || Has(m.Owner?.Name, words))];
        int pages = Math.Max(1, (found.Length + FleetView.PageSize - 1) / FleetView.PageSize);
        page = Math.Clamp(page, 1, pages);
        ImmutableArray<FleetModel> shown = [.. found.Skip((page - 1) * FleetView.PageSize).Take(FleetView.PageSize).Select(WithCourse)];
        ImmutableArray<FleetOwner> owners =
        [
            .. newest.Owners.Values.Select(o => Of(o, all, open)).OrderByDescending(o => o.Unanswered).ThenBy(o => o.Deadline ?? EventTime.Never)
                .ThenBy(o => o.Owner.Id, StringComparer.Ordinal),
        ];
        return new FleetView(words.Length == 0 ? null : words, page, found.Length, all.Length, shown, owners, open,
            words.Length > 0 ? [] : history.Episodes(new EpisodeFilter(Open: false, Most: 5)), all.Count(m => m.Owner is null), Now);
    }

    public OwnerView? Owner(string id)
    {
        DriftPlan newest = plan();
        Owner? owner = newest.Owners.GetValueOrDefault(id);
        ImmutableArray<KnownEpisode> open = history.Episodes(new EpisodeFilter(Owner: id, Open: true));
        ImmutableArray<KnownEpisode> resolved = history.Episodes(new EpisodeFilter(Owner: id, Open: false, Most: 20));
        if (owner is null && open.IsEmpty && resolved.IsEmpty) return null;
        FleetModel[] models = [.. Models(newest, history.Episodes(new EpisodeFilter(Open: true))).Where(m => m.Owner?.Id == id).Take(200).Select(WithCourse)];
        return new OwnerView(id, owner, open, resolved, [.. history.Silences(Now).Where(s => s.Owner == id)], [.. models], Now);
    }

    public EpisodeView? Episode(string id)
    {
        if (history.Episode(id) is not { } known) return null;
        ImmutableArray<JsonElement> told = history.Alerts(id);
        if (told.IsEmpty) return null;
        ImmutableArray<JsonElement> actions = [.. history.Actions(known.Model).Where(a => Shown.Text(a, "episode") == id)];
        JsonElement story = told.LastOrDefault(a => Shown.Text(a, "status") != "resolved");
        if (story.ValueKind != JsonValueKind.Object) story = told[^1];
        if (known.IsOpen) story = history.Now(story);
        return new EpisodeView(known, told[^1], story, told, history.Answers(id), actions, Shares(known.Model, story), Now);
    }

    // As the verdict tells it, which tells no cell of few rows.
    private ImmutableArray<BarPair> Shares(string model, JsonElement story)
    {
        if (!story.TryGetProperty("window", out JsonElement window) || Shown.TimeOf(window, "end") is not { } end || Shown.Text(window, "name") is not { } name
            || SignalView.NameOf(story) is not { Length: > 0 } signal) return [];
        WindowView? view = WindowView.Of(history.Verdicts(model, name, end), Shown.Text(story, "version"));
        return view?.Signals.FirstOrDefault(s => s.Name == signal)?.Shares ?? [];
    }

    public ModelView? Model(ModelQuery query)
    {
        DriftPlan newest = plan();
        ModelPlan? planned = newest.Models.FirstOrDefault(m => m.Id == query.Id);
        ImmutableArray<KnownKind> windows = history.Windows(query.Id);
        if (planned is null && windows.IsEmpty) return null;
        KnownKind? kind = windows.FirstOrDefault(w => w.Name == query.Window) ?? windows.FirstOrDefault();
        string? window = kind?.Name;
        ImmutableArray<KnownWindow> range = history.Range(query.Id, new WindowRange(window, query.To, query.Count));
        if (query.Version is { } version) range = [.. range.Where(w => w.Version == version)];
        ImmutableArray<KnownEpisode> episodes = history.Episodes(new EpisodeFilter(Model: query.Id, Most: 200));
        StripView strip = StripView.Of(range, episodes, query.AllRows);
        EventTime? at = query.At ?? (range.IsEmpty ? null : range[^1].End);
        WindowView? shown = window is null || at is null ? null : WindowView.Of(history.Verdicts(query.Id, window, at.Value), query.Version);
        SignalView? signal = shown?.Signals.FirstOrDefault(s => s.Name == query.Signal) ?? shown?.Signals.FirstOrDefault();
        StripRow? course = signal is null ? null : StripView.Of(range, [], true).Rows.FirstOrDefault(r => r.IsOfSignal && r.Name == signal.Name);
        return new ModelView(
            query with { Window = window }, planned, windows, strip, episodes, shown, signal, course,
            shown is null ? default : history.Neighbours(query.Id, window!, shown.End), history.Plans(),
            kind is null ? [] : Performance(query, kind, strip, shown, windows), kind is null ? [] : Kpis(query, kind, strip, shown, windows), Now);
    }

    /// <summary>How well a model does in the windows of a strip: as they say themselves, and as the labels say that came after each delay.</summary>
    /// <param name="kind">Of the windows in the strip.</param>
    /// <param name="shown">The window that is looked at.</param>
    public ImmutableArray<PerformanceView> Performance(
        ModelQuery query, KnownKind kind, StripView strip, WindowView? shown, ImmutableArray<KnownKind> windows) =>
        [.. Beside(query, kind, strip, shown, windows).Select(b => PerformanceView.Of(b.Kind, b.Strip, strip, b.At)).OfType<PerformanceView>()];

    /// <summary>The KPIs of a model, likewise.</summary>
    public ImmutableArray<KpiView> Kpis(ModelQuery query, KnownKind kind, StripView strip, WindowView? shown, ImmutableArray<KnownKind> windows) =>
        [.. Beside(query, kind, strip, shown, windows).SelectMany(b => KpiView.Of(b.Kind, b.Strip, strip, b.At))];

    // The windows of a strip, and those that are judged by labels that came later.
    private IEnumerable<(KnownKind Kind, StripView Strip, WindowView? At)> Beside(
        ModelQuery query, KnownKind kind, StripView strip, WindowView? shown, ImmutableArray<KnownKind> windows)
    {
        yield return (kind, strip, shown);
        foreach (KnownKind joined in windows.Where(w => w.IsJoinOf(kind.Name)))
        {
            ImmutableArray<KnownWindow> range = history.Range(query.Id, new WindowRange(joined.Name, query.To, query.Count));
            if (query.Version is { } version) range = [.. range.Where(w => w.Version == version)];
            if (range.IsEmpty) continue;
            // That of the window that is looked at; until its labels are in, that of the last one for which they are.
            EventTime at = shown is not null && range.Any(w => w.End == shown.End) ? shown.End : range[^1].End;
            yield return (joined, StripView.Of(range, [], true), WindowView.Of(history.Verdicts(query.Id, joined.Name, at), query.Version));
        }
    }

    // Those that need somebody first.
    private FleetModel[] Models(DriftPlan newest, ImmutableArray<KnownEpisode> open)
    {
        ILookup<string, KnownModel> known = history.Models().ToLookup(m => m.Id, StringComparer.Ordinal);
        Dictionary<string, ModelPlan> planned = newest.Models.ToDictionary(m => m.Id, StringComparer.Ordinal);
        ILookup<string, KnownEpisode> ofModel = open.ToLookup(e => e.Model, StringComparer.Ordinal);
        return
        [
            .. planned.Keys.Union(known.Select(g => g.Key)).Union(ofModel.Select(g => g.Key))
                .Select(id => Of(id, [.. known[id]], planned.GetValueOrDefault(id), [.. ofModel[id]]))
                .OrderBy(m => m.Unanswered == 0).ThenBy(m => m.Deadline ?? EventTime.Never).ThenByDescending(m => m.Open.Length)
                .ThenByDescending(m => m.Worst?.Judgement ?? RankedJudgement.Steady).ThenBy(m => m.Id, StringComparer.Ordinal),
        ];
    }

    private static FleetModel Of(string id, ImmutableArray<KnownModel> known, ModelPlan? planned, ImmutableArray<KnownEpisode> open)
    {
        // What windows said that the plan has no more is no matter of today.
        KnownModel[] today = [.. known.Where(k => planned is null || IsOf(planned, k))];
        if (today.Length == 0) today = [.. known];
        KnownModel? last = today.FirstOrDefault(k => k.Delay is null) ?? today.FirstOrDefault();
        return new FleetModel(id, last, today.MaxBy(k => k.Judgement), planned?.Alerts.Owner, open, []);
    }

    private static bool IsOf(ModelPlan plan, KnownModel of) =>
        plan.Windows.Windows.Any(w => (of.Delay is { } delay ? JoinedName.Of(w.Name, delay) : w.Name) == of.Window)
            && (of.Delay is not { } later || plan.Labels?.JudgeAt.Contains(later) == true);

    private FleetModel WithCourse(FleetModel model) =>
        model.Worst is { } worst ? model with { Course = history.Course(model.Id, worst.Window, Course) } : model;

    private static FleetOwner Of(Owner owner, FleetModel[] models, ImmutableArray<KnownEpisode> open)
    {
        KnownEpisode[] own = [.. open.Where(e => e.Owner == owner.Id)];
        return new FleetOwner(owner, models.Count(m => m.Owner?.Id == owner.Id), own.Length, own.Count(e => e.IsFiring),
            own.Where(e => e.IsFiring).Min(e => e.RespondBy));
    }

    private static bool Has(string? text, string words) => text?.Contains(words, StringComparison.OrdinalIgnoreCase) == true;
}
