using System.Collections.Immutable;
using DriftStream.Judgements;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>What a rule listens to in one window of one version of a model.</summary>
public readonly record struct Subject(string Model, string Version, string Window, string? Signal, string? Group, string Rule) : IComparable<Subject>
{
    public int CompareTo(Subject other)
    {
        int order = string.CompareOrdinal(Model, other.Model);
        if (order == 0) order = string.CompareOrdinal(Version, other.Version);
        if (order == 0) order = string.CompareOrdinal(Window, other.Window);
        if (order == 0) order = string.CompareOrdinal(Signal, other.Signal);
        if (order == 0) order = string.CompareOrdinal(Group, other.Group);
        return order != 0 ? order : string.CompareOrdinal(Rule, other.Rule);
    }
}

/// <summary>How one window was judged for a subject: the rule spoke, or it was quiet. Insufficient windows leave no trace.</summary>
public readonly record struct Outcome(long Start, bool Spoke);

/// <summary>What a window did to an episode.</summary>
/// <param name="Status">Firing: it opens. Resolved: it ends.</param>
/// <param name="Episode">Start of the window that opened it: part of its id.</param>
/// <param name="Since">Start of the first window that spoke.</param>
public readonly record struct Turn(AlertStatus Status, long Episode, long Since);

/// <summary>A subject's recent outcomes and its open episode, if there is one.</summary>
public sealed record EpisodeState(Subject Subject, ImmutableArray<Outcome> Outcomes, bool Firing, long Episode, long Since);

/// <summary>
/// Opens and ends episodes. Only windows that share no pane count together: for a window at t of size s those at t, t - s, t - 2s ...,
/// so that one odd day cannot speak twice through overlapping windows.
/// </summary>
public sealed class Episodes
{
    /// <summary>Windows looked back over for judged ones, as a multiple of those that are needed.</summary>
    private const int Reach = 4;

    private readonly SortedDictionary<Subject, EpisodeState> _states = [];

    public ImmutableArray<EpisodeState> Save() => [.. _states.Values];

    public static Episodes Restore(IEnumerable<EpisodeState> states)
    {
        var episodes = new Episodes();
        foreach (EpisodeState state in states) episodes._states.Add(state.Subject, state);
        return episodes;
    }

    /// <summary>Notes how a window was judged, and says whether that opened or ended an episode.</summary>
    /// <param name="subject">What was judged.</param>
    /// <param name="window">The closed window.</param>
    /// <param name="judgement">Of the subject's rule; anything but drifting and steady is no outcome.</param>
    /// <param name="settings">How many windows it takes.</param>
    public Turn? Note(Subject subject, ClosedWindow window, Judgement judgement, AlertSettings settings)
    {
        if (judgement is not (Judgement.Drifting or Judgement.Steady)) return null;
        bool spoke = judgement == Judgement.Drifting;
        if (!_states.TryGetValue(subject, out EpisodeState? state))
        {
            // A subject that has never spoken needs no memory: quiet windows alone cannot open an episode.
            if (!spoke) return null;
            state = new EpisodeState(subject, [], false, 0, 0);
        }

        long size = window.Window.Size;
        long oldest = window.Start - (Reach * Math.Max(settings.FireOf, settings.ResolveAfter) * size);
        ImmutableArray<Outcome> outcomes = [.. state.Outcomes.Where(o => o.Start >= oldest && o.Start != window.Start), new Outcome(window.Start, spoke)];
        state = state with { Outcomes = outcomes };
        Turn? turn = state.Firing ? Resolve(ref state, window, settings) : Fire(ref state, window, settings);
        if (!state.Firing && !outcomes.Any(o => o.Spoke)) _states.Remove(subject);
        else _states[subject] = state;
        return turn;
    }

    private static Turn? Fire(ref EpisodeState state, ClosedWindow window, AlertSettings settings)
    {
        ImmutableArray<Outcome> disjoint = Disjoint(state.Outcomes, window, settings.FireOf);
        if (!disjoint[0].Spoke || disjoint.Count(o => o.Spoke) < settings.FireAfter) return null;
        long since = disjoint.Where(o => o.Spoke).Min(o => o.Start);
        state = state with { Firing = true, Episode = window.Start, Since = since };
        return new Turn(AlertStatus.Firing, window.Start, since);
    }

    private static Turn? Resolve(ref EpisodeState state, ClosedWindow window, AlertSettings settings)
    {
        ImmutableArray<Outcome> judged = [.. Disjoint(state.Outcomes, window, Reach * settings.ResolveAfter).Take(settings.ResolveAfter)];
        if (judged.Length < settings.ResolveAfter || judged.Any(o => o.Spoke)) return null;
        var turn = new Turn(AlertStatus.Resolved, state.Episode, state.Since);
        state = state with { Firing = false, Outcomes = [.. state.Outcomes.Where(o => !o.Spoke)] };
        return turn;
    }

    /// <summary>The outcomes at the window's start and at whole sizes before it, latest first; the window's own is the first.</summary>
    private static ImmutableArray<Outcome> Disjoint(ImmutableArray<Outcome> outcomes, ClosedWindow window, int slots)
    {
        var found = ImmutableArray.CreateBuilder<Outcome>();
        for (int slot = 0; slot < slots; slot++)
        {
            long start = window.Start - (slot * window.Window.Size);
            foreach (Outcome outcome in outcomes)
            {
                if (outcome.Start == start) found.Add(outcome);
            }
        }

        return found.ToImmutable();
    }
}
