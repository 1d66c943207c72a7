using System.Collections.Immutable;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>
/// What speaks once: a signal or a group of one version of a model, in its windows of one name. Where both are null it is a statistic of
/// the whole model, which <c>OfModel</c> names. <c>Slice</c> is the <see cref="Cells.Slice.Key"/> of a signal's rows, or null for all.
/// </summary>
public readonly record struct Subject(
    string Model, string Version, string Window, string? Signal, string? Group, string? OfModel = null, string? Slice = null) : IComparable<Subject>
{
    /// <inheritdoc/>
    public int CompareTo(Subject other)
    {
        int order = string.CompareOrdinal(Model, other.Model);
        if (order == 0) order = string.CompareOrdinal(Version, other.Version);
        if (order == 0) order = string.CompareOrdinal(Window, other.Window);
        if (order == 0) order = string.CompareOrdinal(Signal, other.Signal);
        if (order == 0) order = string.CompareOrdinal(Group, other.Group);
        if (order == 0) order = string.CompareOrdinal(OfModel, other.OfModel);
        return order != 0 ? order : string.CompareOrdinal(Slice, other.Slice);
    }
}

/// <summary>A window in which a rule spoke.</summary>
/// <param name="Start">Start of the window, event time in microseconds.</param>
/// <param name="Severity">The highest of the rules that spoke.</param>
/// <param name="Rules">The ids of these rules, each with <c>@</c> and the baseline's name where that is not the leading one.</param>
public sealed record SpokenWindow(EventTime Start, Severity Severity, ImmutableArray<string> Rules)
{
    /// <summary>End of the window; null in checkpoints of earlier releases, whose windows all had their size.</summary>
    public EventTime? End { get; init; }

    /// <summary>The value at which a rule that knows what it can detect spoke; null where none did.</summary>
    public double? Effect { get; init; }
}

/// <summary>Drift that an owner has been told of and that is not over.</summary>
/// <param name="Start">Start of the window that opened it, event time in microseconds; part of its id.</param>
/// <param name="Baseline">Hash of what that window was judged against; part of its id.</param>
/// <param name="Since">Start of the first window that spoke, event time in microseconds.</param>
/// <param name="Severity">The highest that was told.</param>
/// <param name="Revision">1, and one more each time that a higher severity was told.</param>
/// <param name="Rules">The rules that have spoken since <paramref name="Since"/>, named as in <see cref="SpokenWindow"/>.</param>
public sealed record Episode(EventTime Start, string Baseline, EventTime Since, Severity Severity, int Revision, ImmutableArray<string> Rules)
{
    /// <summary>The least <see cref="SpokenWindow.Effect"/> of the windows that spoke; null where none has one.</summary>
    public double? Effect { get; init; }
}

/// <summary>What a window did to an episode.</summary>
/// <param name="Status">Firing: it opens, or becomes more severe than was told. Resolved: it ends.</param>
/// <param name="Episode">The episode after it.</param>
/// <param name="Quiet">Where resolved: how many windows without a shared pane were quiet; too few where it ended for want of judgements.</param>
public sealed record Turn(AlertStatus Status, Episode Episode, int Quiet);

/// <summary>A subject's windows that still count, and its open episode, if any.</summary>
/// <param name="Subject">What was judged.</param>
/// <param name="Spoke">The last windows that spoke, in order of time.</param>
/// <param name="Quiet">Starts of the quiet windows after the last of these; kept only while an episode is open.</param>
/// <param name="Open">The episode, or null.</param>
public sealed record EpisodeState(Subject Subject, ImmutableArray<SpokenWindow> Spoke, ImmutableArray<EventTime> Quiet, Episode? Open);

/// <summary>
/// Opens and ends episodes. Only windows that share no pane count together: for a window at t of size s those at t, t - s, t - 2s ...,
/// so that one odd day cannot speak twice through overlapping windows.
/// </summary>
public sealed class Episodes
{
    /// <summary>An episode whose subject cannot be judged ends after this many times the windows that it takes when they are quiet.</summary>
    public const int Patience = 4;

    private readonly SortedDictionary<Subject, EpisodeState> _states = [];

    /// <summary>The state of every subject that has one, in their order.</summary>
    public ImmutableArray<EpisodeState> Save() => [.. _states.Values];

    /// <summary>Episodes as they were saved.</summary>
    public static Episodes Restore(IEnumerable<EpisodeState> states)
    {
        var episodes = new Episodes();
        foreach (EpisodeState state in states) episodes._states.Add(state.Subject, state);
        return episodes;
    }

    /// <summary>Whether an owner has been told of drift of the subject that is not over.</summary>
    public bool IsOpen(Subject subject) => _states.TryGetValue(subject, out EpisodeState? state) && state.Open is not null;

    /// <summary>Takes note of what the rules said of a window; returns whether that opened, raised or ended an episode, or null if none of these.</summary>
    /// <param name="subject">What was judged.</param>
    /// <param name="window">The closed window; a subject's windows must come in order of time.</param>
    /// <param name="baseline">Hash of what the window was judged against.</param>
    /// <param name="rules">Every rule that looked at the subject.</param>
    /// <param name="settings">How many windows an episode takes.</param>
    public Turn? Note(Subject subject, ClosedWindow window, string baseline, ImmutableArray<RuledStatistic> rules, AlertSettings settings)
    {
        bool speaks = rules.Any(r => r.Speaks);
        if (!_states.TryGetValue(subject, out EpisodeState? state))
        {
            // A subject that has never spoken needs no memory: quiet windows alone cannot open an episode.
            if (!speaks) return null;
            state = new EpisodeState(subject, [], [], null);
        }

        Turn? turn = speaks ? Speak(ref state, window, baseline, rules, settings) : Rest(ref state, window, rules, settings);
        if (state.Spoke.IsEmpty) _states.Remove(subject);
        else _states[subject] = state;
        return turn;
    }

    /// <summary>
    /// Forgets subjects whose last windows that spoke no longer count and opened nothing: those of a version that is gone would stay forever.
    /// </summary>
    /// <param name="window">The newest window of its model and name.</param>
    /// <param name="settings">How many windows an episode takes.</param>
    public void Forget(ClosedWindow window, AlertSettings settings)
    {
        EpisodeState[] over =
        [
            .. _states.Values.Where(s => s.Open is null && s.Subject.Model == window.Model && s.Subject.Window == window.Window.Name
                && !Recent(s.Spoke, window, settings).Any()),
        ];
        foreach (EpisodeState state in over) _states.Remove(state.Subject);
    }

    // What opens an episode also raises it: enough windows that say more than the owner was told.
    private static Turn? Speak(
        ref EpisodeState state, ClosedWindow window, string baseline, ImmutableArray<RuledStatistic> rules, AlertSettings settings)
    {
        RuledStatistic[] speaking = [.. rules.Where(r => r.Speaks)];
        var now = new SpokenWindow(window.Start, speaking.Max(r => r.Rule.Severity), [.. speaking.Select(r => r.Spoken)])
        {
            End = window.End,
            Effect = speaking.Where(r => r.Statistic.Detectable is not null).Min(r => r.Statistic.Value),
        };
        state = state with { Spoke = [.. Recent(state.Spoke, window, settings).Where(s => s.Start != now.Start), now], Quiet = [] };
        Episode? open = state.Open;
        if (open is not null)
        {
            double?[] effects = [open.Effect, now.Effect];
            state = state with { Open = open = open with { Rules = [.. open.Rules.Union(now.Rules)], Effect = effects.Min() } };
        }

        SpokenWindow[] news = [.. state.Spoke.Where(s => Disjoint(s.Start, window) && (open is null || s.Severity > open.Severity))];
        bool enough = news.Length >= settings.FireAfter || speaking.Any(r => r.Rule.AtOnce && r.Rule.Severity == now.Severity);
        if (!enough || news.Length == 0 || news[^1] != now) return null;
        ImmutableArray<string> told = [.. news.SelectMany(s => s.Rules).Distinct()];
        open = open is null
            ? new Episode(now.Start, baseline, news[0].Start, now.Severity, 1, told) { Effect = news.Min(s => s.Effect) }
            : open with { Severity = now.Severity, Revision = open.Revision + 1 };
        state = state with { Open = open };
        return new Turn(AlertStatus.Firing, open, 0);
    }

    private static Turn? Rest(ref EpisodeState state, ClosedWindow window, ImmutableArray<RuledStatistic> rules, AlertSettings settings)
    {
        if (state.Open is not { } open)
        {
            state = state with { Spoke = [.. Recent(state.Spoke, window, settings)] };
            return null;
        }

        if (IsQuiet(open, rules)) state = state with { Quiet = [.. state.Quiet, window.Start] };
        int quiet = state.Quiet.Count(start => Disjoint(start, window));
        long waited = window.Start - state.Spoke[^1].Start;
        if (quiet < settings.ResolveAfter && waited < Patience * settings.ResolveAfter * window.Window.Size) return null;
        state = state with { Spoke = [], Quiet = [], Open = null };
        return new Turn(AlertStatus.Resolved, open, quiet);
    }

    // A rule that spoke and cannot say now is not quiet, nor is one whose window has too few rows to see again what was told: a steady hour of the night
    // proves nothing of the day. A rule that never spoke and cannot say holds nothing open.
    private static bool IsQuiet(Episode open, ImmutableArray<RuledStatistic> rules) =>
        rules.Any(r => r.Statistic.Judgement == Judgement.Steady)
        && rules.All(r => (r.Statistic.Judgement == Judgement.Steady && !(r.Statistic.Detectable > open.Effect)) || !open.Rules.Contains(r.Spoken));

    private static IEnumerable<SpokenWindow> Recent(ImmutableArray<SpokenWindow> spoke, ClosedWindow window, AlertSettings settings) =>
        spoke.Where(s => (s.End ?? s.Start + window.Window.Size) > window.Start - ((settings.FireOf - 1) * window.Window.Size));

    private static bool Disjoint(EventTime start, ClosedWindow window) => (window.Start - start) % window.Window.Size == 0;
}
