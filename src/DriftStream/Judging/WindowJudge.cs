using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>From a closed window to its verdict: a pure function of the counts, the baseline and the rules.</summary>
public static class WindowJudge
{
    /// <param name="window">What is judged.</param>
    /// <param name="settings">The rules, and the baseline of the newest plan that counted its rows.</param>
    /// <param name="baselines">Baselines of all plans that counted its rows, oldest first; empty where that is the settings' alone.</param>
    /// <param name="each">Who does the work on signals; null: one after the other. The verdict is the same.</param>
    public static Verdict Judge(
        ClosedWindow window, JudgementSettings settings, ImmutableArray<Baseline> baselines = default, EachColumn? each = null)
    {
        each ??= OneByOne.Each;
        if (baselines.IsDefaultOrEmpty) baselines = [settings.Baseline];
        var readings = new List<SignalReading>();
        var groups = ImmutableArray.CreateBuilder<JudgedGroup>();
        ILookup<string, BaselineSignal> counted = baselines.SelectMany(b => b.Signals).ToLookup(s => s.Key, StringComparer.Ordinal);
        foreach (BaselineSignal signal in settings.Baseline.Signals)
        {
            SignalReading reading = SignalReading.Of(signal, window, baselines.Length, counted, settings.Baseline.Calendar);
            if (signal.Role == SignalRole.Group) groups.AddRange(GroupJudge.Judge(reading, window, settings));
            else readings.Add(reading);
        }

        var signals = new SignalCase[readings.Count];
        each(signals.Length, i => signals[i] = new SignalCase(readings[i], window, settings));
        int family = CorrectForLooks(signals);
        var judged = new JudgedSignal[signals.Length];
        each(judged.Length, i => judged[i] = signals[i].Verdict(family));
        ImmutableArray<JudgedSignal> verdicts = [.. judged];
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

    // One family for a model, version and window: it holds every p-value that a calibrated rule looks at, once.
    private static int CorrectForLooks(SignalCase[] signals)
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
