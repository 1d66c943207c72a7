using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>Brings the baselines beside the leading one together with it: they must be counted in its cells.</summary>
internal static class FurtherBinding
{
    /// <summary>Bytes of the panes of one version from which they are worth a warning.</summary>
    private const long Large = 1L << 30;

    /// <summary>The further baselines; where one cannot be had, a finding says why.</summary>
    /// <param name="model">The model.</param>
    /// <param name="leading">The part of its leading baseline that it is judged by.</param>
    /// <param name="baselines">Loads a baseline, or says why not.</param>
    /// <param name="findings">Where problems go.</param>
    public static ImmutableArray<FurtherBaseline> Load(
        WrittenModel model, Baseline leading, Func<BaselineRequest, BaselineLoad> baselines, FindingList findings)
    {
        var further = ImmutableArray.CreateBuilder<FurtherBaseline>();
        foreach (WrittenFurther written in model.Further)
        {
            if (written.Fixed is null) further.Add(new FurtherBaseline(written.Name, null, written.Stream));
            else if (Load(model, written.Name, written.Fixed, leading, baselines, findings) is { } found)
                further.Add(new FurtherBaseline(written.Name, found, null));
        }

        WarnOfMemory(model, leading, findings);
        return further.ToImmutable();
    }

    private static Baseline? Load(
        WrittenModel model, string name, WrittenBaseline written, Baseline leading, Func<BaselineRequest, BaselineLoad> baselines, FindingList findings)
    {
        string which = $"the baseline '{name}' of '{model.Id}' ({written.Written})";
        if (model.Baseline!.Request.Learn is not null)
        {
            findings.Error(written.At, "baseline", $"{which}: the leading baseline is learned, and its cells are not known yet", null,
                "rolling: and version: go with learn:; for another fixed one, write the learned one to a file (driftstream baseline fetch) and lead with that");
            return null;
        }

        BaselineLoad load = baselines(written.Request with { Like = leading });
        if (load.Baseline is not { } baseline)
        {
            findings.Error(written.At, "baseline", $"{which}: {load.Problem}");
            return null;
        }

        if (written.Pin is { } pin && !load.StandsIn && pin != baseline.Hash)
            findings.Error(written.At.Find("hash")!, "baseline_hash", $"{which} is not the one that is pinned", baseline.Hash);
        BaselineBinding.CheckCalendar(model, written, baseline, findings);
        ImmutableDictionary<string, BaselineSignal> own = baseline.Signals.ToImmutableDictionary(s => s.Key, StringComparer.Ordinal);
        BaselineSignal[] watched = [.. leading.Signals.Where(s => s.IsSignal)];
        if (watched.FirstOrDefault(s => !own.TryGetValue(s.Key, out BaselineSignal? same) || same.Layout.Hash != s.Layout.Hash
            || same.Derived != s.Derived || !same.Columns.SequenceEqual(s.Columns)) is { } other)
        {
            string lacks = own.ContainsKey(other.Key) ? "counted in other cells than in the leading baseline" : "not in it";
            findings.Error(written.At, "baseline", $"{which}: the signal '{other.Name}' is {lacks}", "the cells of the leading baseline",
                "driftstream baseline build --like LEADING counts rows in its cells; data: does so by itself");
            return null;
        }

        long least = model.Policy.Windows.Max(w => w.MinRows);
        if (baseline.Rows < least)
        {
            findings.Warn(written.At, "baseline_small", $"{which} has {baseline.Rows} rows: windows of {least} rows and more cannot be judged by it", null,
                "a reference of more rows, or windows with a smaller min_rows");
        }

        return baseline with { Signals = [.. watched.Select(s => own[s.Key])] };
    }

    private static void WarnOfMemory(WrittenModel model, Baseline leading, FindingList findings)
    {
        StreamReference[] stream = [.. model.Further.Select(f => f.Stream).OfType<StreamReference>()];
        if (stream.Length == 0) return;
        long panes = (model.Policy.Windows.Max(w => w.Longest) + stream.Max(s => s.Reach)) / model.Pane.Size;
        long cells = leading.Signals.Sum(s => (long)s.Layout.Cells);
        if (panes * cells * sizeof(long) < Large) return;
        string size = (panes * cells * sizeof(long) / (double)Large).ToString("0.0", CultureInfo.InvariantCulture);
        findings.Warn(model.At, "large_reference",
            $"the panes that '{model.Id}' keeps for its baselines take about {size} GiB for each version: {panes} panes of {cells} cells", "at most 1 GiB",
            "a shorter rolling: or within:, fewer edges, or longer panes (what the windows have in common)");
    }
}
