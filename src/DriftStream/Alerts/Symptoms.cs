using System.Collections.Immutable;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Alerts;

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

    /// <summary>What leads in it is not part of the story that was told.</summary>
    public bool IsNews { get; init; }
}

/// <summary>Drift that an owner has been told of and that is not over.</summary>
/// <param name="Since">Start of the first window that spoke, event time in microseconds.</param>
/// <param name="Severity">The highest that was told.</param>
/// <param name="Rules">The rules that have spoken since <paramref name="Since"/>, named as in <see cref="SpokenWindow"/>.</param>
public sealed record OpenSymptom(EventTime Since, Severity Severity, ImmutableArray<string> Rules)
{
    /// <summary>The least <see cref="SpokenWindow.Effect"/> of the windows that spoke; null where none has one.</summary>
    public double? Effect { get; init; }

    /// <summary>The marks of the story that was told.</summary>
    public ImmutableArray<string> Told { get; init; } = [];
}

/// <summary>What a window did to a symptom, or that it is on.</summary>
/// <param name="Status">Whether it begins, is on or ends.</param>
/// <param name="Symptom">The symptom after it.</param>
/// <param name="Quiet">Where it ended: how many windows without a shared pane were quiet; too few where it ended for want of judgements.</param>
public sealed record SymptomTurn(SymptomStatus Status, OpenSymptom Symptom, int Quiet = 0)
{
    /// <summary>It is on, and more severe than was told.</summary>
    public bool Rose { get; init; }

    /// <inheritdoc cref="Symptom.StoryChanged"/>
    public bool StoryChanged { get; init; }

    /// <summary>There is something to tell.</summary>
    public bool IsNews => Status != SymptomStatus.On || Rose || StoryChanged;
}

/// <summary>A subject's windows that still count, and its symptom, if it is on.</summary>
/// <param name="Subject">What was judged.</param>
/// <param name="Spoke">The last windows that spoke, in order of time.</param>
/// <param name="Quiet">Starts of the quiet windows after the last of these; kept only while it is on.</param>
/// <param name="Open">The symptom, or null.</param>
public sealed record SymptomState(Subject Subject, ImmutableArray<SpokenWindow> Spoke, ImmutableArray<EventTime> Quiet, OpenSymptom? Open);

/// <summary>
/// Begins and ends symptoms. Only windows that share no pane count together: for a window at t of size s those at t, t - s, t - 2s ...,
/// so that one odd day cannot speak twice through overlapping windows.
/// </summary>
public sealed class Symptoms
{
    /// <summary>A symptom whose subject cannot be judged ends after this many times the windows that it takes when they are quiet.</summary>
    public const int Patience = 4;

    private readonly SortedDictionary<Subject, SymptomState> _states = [];

    /// <summary>The state of every subject that has one, in their order.</summary>
    public ImmutableArray<SymptomState> Save() => [.. _states.Values];

    /// <summary>Symptoms as they were saved.</summary>
    public static Symptoms Restore(IEnumerable<SymptomState> states)
    {
        var symptoms = new Symptoms();
        foreach (SymptomState state in states) symptoms._states.Add(state.Subject, state);
        return symptoms;
    }

    /// <summary>Whether an owner has been told of drift of the subject that is not over.</summary>
    public bool IsOn(Subject subject) => _states.TryGetValue(subject, out SymptomState? state) && state.Open is not null;

    /// <summary>Takes note of what the rules said of a window; null where the subject is not on, before or after it.</summary>
    /// <param name="subject">What was judged.</param>
    /// <param name="window">The closed window; a subject's windows must come in order of time.</param>
    /// <param name="rules">Every rule that looked at the subject.</param>
    /// <param name="story">What the window says, should a rule speak.</param>
    /// <param name="settings">How many windows a symptom takes.</param>
    public SymptomTurn? Note(Subject subject, ClosedWindow window, ImmutableArray<RuledStatistic> rules, Story story, AlertSettings settings)
    {
        bool speaks = rules.Any(r => r.Speaks);
        if (!_states.TryGetValue(subject, out SymptomState? state))
        {
            // A subject that has never spoken needs no memory: quiet windows alone cannot begin a symptom.
            if (!speaks) return null;
            state = new SymptomState(subject, [], [], null);
        }

        SymptomTurn? turn = speaks ? Speak(ref state, window, rules, story, settings) : Rest(ref state, window, rules, settings);
        if (state.Spoke.IsEmpty) _states.Remove(subject);
        else _states[subject] = state;
        return turn;
    }

    /// <summary>
    /// Forgets subjects whose last windows that spoke no longer count and began nothing, and ends symptoms of subjects that no window has judged for so
    /// long: those of a version that is gone would stay forever, and so would those of windows that the plan has no more.
    /// </summary>
    /// <param name="window">The newest window of its model and name.</param>
    /// <param name="settings">How many windows a symptom takes.</param>
    /// <returns>The symptoms that ended, in the order of their subjects.</returns>
    public ImmutableArray<(Subject Subject, SymptomTurn Turn)> Forget(ClosedWindow window, AlertSettings settings)
    {
        SymptomState[] over =
        [
            // A standstill is no matter of windows.
            .. _states.Values.Where(s => s.Subject.Model == window.Model && s.Subject.OfModel != SubjectNames.Standstill
                && (s.Subject.Window == window.Window.Name
                    ? s.Open is null ? !Recent(s.Spoke, window, settings).Any() : HasWaited(s, window, settings, more: 1)
                    : settings.HasNoWindow(s.Subject.Window))),
        ];
        foreach (SymptomState state in over) _states.Remove(state.Subject);
        return [.. over.Where(s => s.Open is not null).Select(s => (s.Subject, new SymptomTurn(SymptomStatus.Ended, s.Open!)))];
    }

    /// <summary>Ends what unregistered models began, where no row has named them for <paramref name="patience"/> windows, event time being up to
    /// <paramref name="upto"/>; with the last of these windows.</summary>
    public ImmutableArray<(Subject Subject, OpenSymptom Symptom, Stretch Window)> EndUnowned(EventTime upto, int patience)
    {
        var ended = ImmutableArray.CreateBuilder<(Subject, OpenSymptom, Stretch)>();
        foreach (SymptomState state in _states.Values.Where(s => s.Subject.OfModel == SubjectNames.Unowned).ToArray())
        {
            SpokenWindow last = state.Spoke[^1];
            Duration size = last.End!.Value - last.Start;
            EventTime end = last.End.Value + new Duration(patience * size);
            if (end > upto) continue;
            _states.Remove(state.Subject);
            ended.Add((state.Subject, state.Open!, new Stretch(end - size, end)));
        }

        return ended.ToImmutable();
    }

    // What begins a symptom also raises it, and changes its story: enough windows that say more than the owner was told.
    private static SymptomTurn? Speak(
        ref SymptomState state, ClosedWindow window, ImmutableArray<RuledStatistic> rules, Story story, AlertSettings settings)
    {
        RuledStatistic[] speaking = [.. rules.Where(r => r.Speaks)];
        var now = new SpokenWindow(window.Start, speaking.Max(r => r.Rule.Severity), [.. speaking.Select(r => r.Spoken)])
        {
            End = window.End,
            Effect = speaking.Where(r => r.Statistic.Detectable is not null).Min(r => r.Statistic.Value),
            IsNews = state.Open is { } told && !story.IsPartOf(told.Told),
        };
        state = state with { Spoke = [.. Recent(state.Spoke, window, settings).Where(s => s.Start != now.Start), now], Quiet = [] };
        bool atOnce = speaking.Any(r => r.Rule.AtOnce && r.Rule.Severity == now.Severity);
        if (state.Open is not { } open)
        {
            if (Disjoint(state.Spoke, window) is var first && !Enough(first)) return null;
            ImmutableArray<string> spoke = [.. first.SelectMany(s => s.Rules).Distinct()];
            open = new OpenSymptom(first[0].Start, now.Severity, spoke) { Effect = first.Min(s => s.Effect), Told = story.Marks };
            state = state with { Open = open };
            return new SymptomTurn(SymptomStatus.Began, open);
        }

        double?[] effects = [open.Effect, now.Effect];
        open = open with { Rules = [.. open.Rules.Union(now.Rules)], Effect = effects.Min() };
        Severity before = open.Severity;
        bool rose = now.Severity > before && Enough([.. Disjoint(state.Spoke, window).Where(s => s.Severity > before)]);
        bool changed = now.IsNews && Enough([.. Disjoint(state.Spoke, window).Where(s => s.IsNews)]);
        if (rose) open = open with { Severity = now.Severity };
        if (rose || changed)
        {
            // What was told is what windows are compared with from here.
            open = open with { Told = story.Marks };
            state = state with { Spoke = [.. state.Spoke.Select(s => s with { IsNews = false })] };
        }

        state = state with { Open = open };
        return new SymptomTurn(SymptomStatus.On, open) { Rose = rose, StoryChanged = changed };

        bool Enough(SpokenWindow[] windows) => atOnce || windows.Length >= settings.FireAfter;
    }

    private static SymptomTurn? Rest(ref SymptomState state, ClosedWindow window, ImmutableArray<RuledStatistic> rules, AlertSettings settings)
    {
        if (state.Open is not { } open)
        {
            state = state with { Spoke = [.. Recent(state.Spoke, window, settings)] };
            return null;
        }

        if (IsQuiet(open, rules)) state = state with { Quiet = [.. state.Quiet, window.Start] };
        int quiet = state.Quiet.Count(start => Disjoint(start, window));
        if (quiet < settings.ResolveAfter && !HasWaited(state, window, settings, more: 0)) return new SymptomTurn(SymptomStatus.On, open);
        state = state with { Spoke = [], Quiet = [], Open = null };
        return new SymptomTurn(SymptomStatus.Ended, open, quiet);
    }

    private static bool HasWaited(SymptomState state, ClosedWindow window, AlertSettings settings, int more) =>
        window.Start >= Later(state.Spoke[^1].Start, window.Window, (Patience * settings.ResolveAfter) + more);

    // A rule that spoke and cannot say now is not quiet, nor is one whose window has too few rows to see again what was told: a steady hour of the night
    // proves nothing of the day. A rule that never spoke and cannot say holds nothing open.
    private static bool IsQuiet(OpenSymptom open, ImmutableArray<RuledStatistic> rules) =>
        rules.Any(r => r.Statistic.Judgement == Judgement.Steady)
        && rules.All(r => (r.Statistic.Judgement == Judgement.Steady && !(r.Statistic.Detectable > open.Effect)) || !open.Rules.Contains(r.Spoken));

    private static IEnumerable<SpokenWindow> Recent(ImmutableArray<SpokenWindow> spoke, ClosedWindow window, AlertSettings settings) =>
        spoke.Where(s => (s.End ?? s.Start + window.Window.Size) > Later(window.Start, window.Window, 1 - settings.FireOf));

    // So many windows later that share no rows, or earlier.
    private static EventTime Later(EventTime start, WindowSettings window, int windows) => window.Shift(start, windows * window.Overlap);

    private static SpokenWindow[] Disjoint(ImmutableArray<SpokenWindow> spoke, ClosedWindow window) => [.. spoke.Where(s => Disjoint(s.Start, window))];

    private static bool Disjoint(EventTime start, ClosedWindow window) => window.Window.AreApart(start, window.Start);
}
