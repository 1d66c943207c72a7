using System.Collections.Immutable;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>What a detector says of a window.</summary>
/// <param name="Found">There is a trend: the evidence exceeds the threshold.</param>
/// <param name="Value">The evidence; null where there is none yet.</param>
/// <param name="Threshold">What it must exceed; null where that is not known yet.</param>
/// <param name="Since">Start of the window since which the evidence has grown; of adwin, where it found a trend, of the part that it keeps.</param>
/// <param name="Windows">How many windows it has seen since it started.</param>
public sealed record TrendReading(bool Found, double? Value, double? Threshold, EventTime? Since, int Windows)
{
    /// <summary>How many windows it must have seen before it can say.</summary>
    public int Least { get; init; }

    /// <summary>It has seen windows enough to say.</summary>
    public bool IsReady => Windows >= Least;
}

/// <summary>What a detector looks at: one statistic of one signal of a version of a model, in its windows of one name.</summary>
public readonly record struct TrendSubject(string Model, string Version, string Window, string Signal, string Rule) : IComparable<TrendSubject>
{
    /// <inheritdoc/>
    public int CompareTo(TrendSubject other)
    {
        int order = string.CompareOrdinal(Model, other.Model);
        if (order == 0) order = string.CompareOrdinal(Version, other.Version);
        if (order == 0) order = string.CompareOrdinal(Window, other.Window);
        if (order == 0) order = string.CompareOrdinal(Signal, other.Signal);
        return order != 0 ? order : string.CompareOrdinal(Rule, other.Rule);
    }
}

/// <summary>A detector as a checkpoint keeps it: one of the four is set.</summary>
/// <param name="Subject">What it looks at.</param>
/// <param name="Looks">The statistic and the detector's parameters: with others it is another detector, even of a rule with the same id.</param>
/// <param name="Baseline">Hash of what its windows were judged against: a statistic against another baseline is another statistic.</param>
/// <param name="End">End of the last window it has seen, event time in microseconds.</param>
public sealed record TrendState(TrendSubject Subject, string Looks, string Baseline, EventTime End)
{
    /// <summary>Set where it is a cusum.</summary>
    public CusumState? Cusum { get; init; }

    /// <summary>Set where it is a page_hinkley.</summary>
    public PageHinkleyState? PageHinkley { get; init; }

    /// <summary>Set where it is an adwin.</summary>
    public AdwinState? Adwin { get; init; }

    /// <summary>Set where it looks at the errors of a model.</summary>
    public ErrorState? Errors { get; init; }
}

/// <summary>
/// The detectors of a judge. Each sees every window of its subject at most once, in their order, and none that shares rows with one it has seen. What a
/// window adds is kept by <see cref="Commit"/>, so that one whose judging fails adds nothing.
/// </summary>
public sealed class Trends
{
    /// <summary>A version without a window for so many window sizes is forgotten.</summary>
    public const int Patience = 100;

    // In the place of a signal, of which none has this name; and the form in which detectors of errors write what they remember.
    private const string ErrorsOfModel = "", ErrorFormat = "errors 1";

    private readonly SortedDictionary<TrendSubject, TrendState> _states = [];
    private readonly List<TrendState> _pending = [];

    /// <summary>All detectors, in the order of what they look at.</summary>
    public ImmutableArray<TrendState> Save() => [.. _states.Values];

    /// <summary>Detectors as they were saved; default in checkpoints of earlier releases.</summary>
    public static Trends Restore(ImmutableArray<TrendState> states)
    {
        var trends = new Trends();
        foreach (TrendState state in states.IsDefault ? [] : states) trends._states.Add(state.Subject, state);
        return trends;
    }

    /// <summary>Shows a window to the detector of a rule; null where that does not see it.</summary>
    /// <param name="window">The window.</param>
    /// <param name="signal">The signal.</param>
    /// <param name="rule">The rule, whose alarm is a trend.</param>
    /// <param name="baseline">Hash of what the window is judged against.</param>
    /// <param name="value">The statistic.</param>
    public TrendReading? See(ClosedWindow window, string signal, Rule rule, string baseline, double value)
    {
        if (!window.Complete || window.CutBy is not null || !double.IsFinite(value)) return null;
        var subject = new TrendSubject(window.CountsName, window.Version, window.Window.Name, signal, rule.Id);
        TrendSettings settings = rule.Alarm.Trend!;
        var start = new TrendState(subject, $"{rule.Statistic} {rule.Convention} {settings.Text}", baseline, window.Start);
        TrendState state = Known(start);
        if (window.Start < state.End) return null;
        (TrendState next, TrendReading reading) = settings.Detector switch
        {
            TrendDetector.Cusum => Cusum((state.Cusum ?? new CusumState()).Next(value, window.Start, settings)),
            TrendDetector.PageHinkley => PageHinkley((state.PageHinkley ?? new PageHinkleyState()).Next(value, window.Start, settings)),
            TrendDetector.Adwin => Adwin((state.Adwin ?? AdwinState.Empty).Next(value, window.Start, settings)),
        };
        _pending.Add(next with { End = window.End });
        return reading;

        (TrendState, TrendReading) Cusum((CusumState State, TrendReading Reading) of) => (start with { Cusum = of.State }, of.Reading);
        (TrendState, TrendReading) PageHinkley((PageHinkleyState State, TrendReading Reading) of) => (start with { PageHinkley = of.State }, of.Reading);
        (TrendState, TrendReading) Adwin((AdwinState State, TrendReading Reading) of) => (start with { Adwin = of.State }, of.Reading);
    }

    /// <summary>Shows the panes of a window that it has not seen yet to the detector of a rule; null where that sees none.</summary>
    /// <param name="window">The window.</param>
    /// <param name="rule">The rule, whose alarm has a detector of errors.</param>
    /// <param name="baseline">Hash of what the window is judged against.</param>
    public ErrorReading? SeeErrors(ClosedWindow window, Rule rule, string baseline)
    {
        if (window.CutBy is not null) return null;
        ErrorDetectorKind kind = rule.Alarm.Detector!.Value;
        var subject = new TrendSubject(window.CountsName, window.Version, window.Window.Name, ErrorsOfModel, rule.Id);
        var start = new TrendState(subject, $"{ErrorFormat} {ErrorDetectors.NameOf(kind)}", baseline, EventTime.None);
        TrendState state = Known(start);
        (ErrorState next, ErrorReading reading) = ErrorState.Next(kind, state.Errors, window.Errors.Where(p => p.Start >= state.End));
        _pending.Add(start with { Errors = next, End = EventTime.Max(state.End, window.End) });
        return reading;
    }

    // What is remembered; one that looks at something else, or was judged against another baseline, starts anew.
    private TrendState Known(TrendState start) =>
        _states.TryGetValue(start.Subject, out TrendState? state) && (state.Looks, state.Baseline) == (start.Looks, start.Baseline) ? state : start;

    /// <summary>Keeps what windows have added since the last call of this or of <see cref="Discard"/>.</summary>
    public void Commit()
    {
        foreach (TrendState state in _pending) _states[state.Subject] = state;
        _pending.Clear();
    }

    /// <summary>Drops what windows have added since the last call of this or of <see cref="Commit"/>.</summary>
    public void Discard() => _pending.Clear();

    /// <summary>Forgets versions without a window for long, which would stay forever.</summary>
    /// <param name="window">The newest window of its model and name.</param>
    public void Forget(ClosedWindow window)
    {
        Remove(s => s.Subject.Model == window.CountsName && s.Subject.Window == window.Window.Name
            && window.Start > window.Window.Shift(s.End, Patience * window.Window.Overlap));
    }

    /// <summary>Forgets detectors that no rule has any more, since the plan has changed.</summary>
    /// <param name="rules">The rules of a model; empty where it is gone.</param>
    /// <param name="windows">The names of its windows.</param>
    public void Keep(Func<string, ImmutableArray<Rule>> rules, Func<string, IEnumerable<string>> windows) =>
        Remove(s => !rules(s.Subject.Model).Any(r => r.Id == s.Subject.Rule && r.Alarm.Form.Remembers)
            || !windows(s.Subject.Model).Contains(s.Subject.Window));

    private void Remove(Predicate<TrendState> over)
    {
        foreach (TrendState state in _states.Values.Where(s => over(s)).ToArray()) _states.Remove(state.Subject);
    }
}
