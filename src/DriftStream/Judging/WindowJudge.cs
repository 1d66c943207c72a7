using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>From a closed window to its verdict: a pure function of the counts, the baseline and the rules.</summary>
public static class WindowJudge
{
    /// <summary>Why a window is unjudged that a learned baseline came into the middle of.</summary>
    internal const string CountedBefore = "some of its rows were counted before its baseline was learned";

    /// <param name="window">What is judged.</param>
    /// <param name="settings">The rules, and the baseline of the newest plan that counted its rows.</param>
    /// <param name="baselines">Baselines of all plans that counted its rows, oldest first; empty where that is the settings' alone.</param>
    public static Verdict Judge(ClosedWindow window, JudgementSettings settings, ImmutableArray<Baseline> baselines = default)
    {
        if (baselines.IsDefaultOrEmpty) baselines = [settings.Baseline];
        if (baselines.FirstOrDefault(b => b.ToLearn is not null) is { ToLearn: { } first })
            return Unjudged(window, settings, baselines.Length > 1 ? CountedBefore : $"learning its baseline from the first {Days(first)} of its rows");
        if (settings.Baseline.LearnedUntil is { } until && window.Start < until)
            return Unjudged(window, settings, $"its rows are among those that its baseline was learned from, up to {EventTime.Format(until)}");
        var signals = new List<SignalCase>();
        var groups = ImmutableArray.CreateBuilder<JudgedGroup>();
        ILookup<string, BaselineSignal> counted = baselines.SelectMany(b => b.Signals).ToLookup(s => s.Key, StringComparer.Ordinal);
        foreach (BaselineSignal signal in settings.Baseline.Signals)
        {
            SignalReading reading = SignalReading.Of(signal, window, baselines.Length, counted, settings.Baseline.Calendar);
            if (signal.Role == SignalRole.Group) groups.AddRange(GroupJudge.Judge(reading, window, settings));
            else signals.Add(new SignalCase(reading, window, settings));
        }

        int family = CorrectForLooks(signals);
        ImmutableArray<JudgedSignal> verdicts = [.. signals.Select(s => s.Verdict(family))];
        ImmutableArray<JudgedGroup> of = groups.ToImmutable();
        ImmutableArray<JudgedStatistic> ofModel = LossJudge.Judge(window, settings);
        string why = Why(verdicts, of);
        foreach (JudgedStatistic lacking in ofModel.Where(s => s.Judgement == Judgement.Drifting)) why += "; " + LossJudge.Summary(lacking, window);
        return new Verdict(window, Overall(verdicts, of), why, verdicts, of, settings.Baseline.Hash)
        {
            OfModel = ofModel,
            Baselines = baselines.Length > 1 ? [.. baselines.Select(b => b.Hash)] : [],
        };
    }

    // What was counted before there was a baseline is in no cell. What is judged without one is judged: lost rows, silence.
    private static Verdict Unjudged(ClosedWindow window, JudgementSettings settings, string why)
    {
        ImmutableArray<JudgedStatistic> ofModel = LossJudge.Judge(window, settings);
        foreach (JudgedStatistic lacking in ofModel.Where(s => s.Judgement == Judgement.Drifting)) why += "; " + LossJudge.Summary(lacking, window);
        return new Verdict(window, Judgement.Unjudged, why, [], [], settings.Baseline.Hash) { OfModel = ofModel };
    }

    private static string Days(Duration duration)
    {
        foreach ((long unit, string name) in new[] { (EventTime.Day, "d"), (EventTime.Hour, "h"), (EventTime.Minute, "m"), (EventTime.Second, "s") })
        {
            if (duration % unit == 0) return $"{duration / unit}{name}";
        }

        return $"{duration / 1000}ms";
    }

    // One family for a model, version and window: it holds every p-value that a calibrated rule looks at, once.
    private static int CorrectForLooks(List<SignalCase> signals)
    {
        List<IEnumerable<Look>> family = [.. signals.SelectMany(s => s.CalibratedLooks())];
        double[] adjusted = BenjaminiHochberg.Adjusted([.. family.Select(same => same.First().Statistic.PValueOfRule!.Value)]);
        for (int i = 0; i < adjusted.Length; i++)
        {
            foreach (Look look in family[i]) look.AdjustedP = adjusted[i];
        }

        return family.Count;
    }

    private static Judgement Overall(ImmutableArray<JudgedSignal> signals, ImmutableArray<JudgedGroup> groups)
    {
        HashSet<Judgement> said = [.. signals.Select(s => s.Judgement), .. groups.Select(g => g.Statistic.Judgement)];
        if (said.Contains(Judgement.Drifting)) return Judgement.Drifting;
        if (said.Contains(Judgement.Steady)) return Judgement.Steady;
        return said.Contains(Judgement.Insufficient) ? Judgement.Insufficient : Judgement.Unjudged;
    }

    private static string Why(ImmutableArray<JudgedSignal> signals, ImmutableArray<JudgedGroup> groups)
    {
        string why = Count("signal", signals.Length, [.. signals.Where(s => s.Judgement == Judgement.Drifting).Select(s => s.Signal)]);
        string[] drifting = [.. groups.Where(g => g.Statistic.Judgement == Judgement.Drifting).Select(g => g.Group).Distinct()];
        if (drifting.Length > 0) why += "; " + Count("group", groups.Select(g => g.Group).Distinct().Count(), drifting);
        int silent = signals.Count(s => s.Judgement == Judgement.Insufficient);
        return silent == 0 ? why : $"{why}; {silent} insufficient";
    }

    private static string Count(string what, int all, string[] drifting)
    {
        const int named = 5;
        string names = string.Join(", ", drifting.Take(named)) + (drifting.Length > named ? ", ..." : "");
        return $"{drifting.Length} of {all} {what}{(all == 1 ? "" : "s")}{(names.Length > 0 ? ": " : "")}{names}";
    }
}
