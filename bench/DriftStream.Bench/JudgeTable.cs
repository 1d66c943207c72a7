using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using DriftStream.Cells;
using DriftStream.Host.Machine;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Windows;

namespace DriftStream.Bench;

/// <summary>
/// <c>judge [FILE]</c>: how many numeric signals of a closed window are judged a second of CPU, by the default rules: with layouts of 20,000
/// edges, of 1,023, and of 20 cells. One thread; steady windows and such in which every signal has drifted. The judging alone, without reading and folding.
/// </summary>
internal static class JudgeTable
{
    private const int Rounds = 5, ReferenceRows = 100_000, WindowRows = 10_000;

    public static int Run(string[] args)
    {
        var text = new StringBuilder();
        text.AppendLine("# Judged signals").AppendLine();
        text.AppendLine($"`bench -- judge FILE`. {KernelsData.Cpu}; .NET {Environment.Version}. One thread, seconds of CPU; the best of {Rounds} rounds.");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Numeric signals, default rules, {ReferenceRows:N0} rows of the baseline, {WindowRows:N0} of the window, half a deviation off or steady.");
        text.AppendLine().AppendLine("| cells with numbers | steady, signals/s | drifting, signals/s | KB allocated a signal |");
        text.AppendLine("|---|---|---|---|");
        foreach ((int edges, int signals) in ((int, int)[])[(20_000, 200), (1_023, 2_000), (19, 20_000)])
        {
            (double steady, double allocated) = PerSecond(edges, signals, 0);
            (double drifting, _) = PerSecond(edges, signals, 0.5);
            string row = string.Create(CultureInfo.InvariantCulture, $"| {edges + 1:N0} | {steady:N0} | {drifting:N0} | {allocated / 1024:N0} |");
            Console.Error.WriteLine(row);
            text.AppendLine(row);
        }

        Console.Write(text);
        if (args is [var file]) File.WriteAllText(file, text.ToString());
        return 0;
    }

    private static (double Signals, double Allocated) PerSecond(int edges, int signals, double shift)
    {
        const int model = 100; // signals, which are one family
        var random = new Random(edges);
        Layout layout = Layout.Numeric([.. Enumerable.Range(1, edges).Select(i => Quantile(i / (edges + 1.0)))]);
        // One layout and few different counts: what is judged does not depend on whether another signal has the same.
        ImmutableArray<BaselineSignal> all =
        [
            .. Enumerable.Range(0, model).Select(i => $"s{i:000}").Select(name =>
                new BaselineSignal(name, SignalRole.Feature, [name], layout, Rows(random, layout, ReferenceRows, 0))),
        ];
        var settings = new JudgementSettings("m", BaselineFile.Hashed("m", ReferenceRows, all), ModelDefaults.Rules);
        var counts = WindowCounts.BySignal(all.Select(s => new SignalCounts(s.Key, layout.Key, [.. Rows(random, layout, WindowRows, shift)])));
        var daily = new WindowSettings("1d", default, default, default, 100);
        var window = new ClosedWindow("m", "1", daily, default, default, true, new(WindowRows), new(0), counts);
        Judgement expected = shift == 0 ? Judgement.Steady : Judgement.Drifting;
        double best = double.MaxValue, allocated = 0;
        for (int round = 0; round <= Rounds; round++)
        {
            TimeSpan began = Environment.CpuUsage.TotalTime;
            long before = GC.GetTotalAllocatedBytes();
            for (int judged = 0; judged < signals; judged += model)
            {
                if (WindowJudge.Judge(window, settings).Judgement != expected) throw new InvalidOperationException($"not {expected}");
            }

            allocated = (GC.GetTotalAllocatedBytes() - before) / (double)signals;
            if (round > 0) best = Math.Min(best, (Environment.CpuUsage.TotalTime - began).TotalSeconds);
        }

        return (signals / best, allocated);
    }

    private static ImmutableArray<long> Rows(Random random, Layout layout, int rows, double shift)
    {
        var counts = new long[layout.Cells];
        for (int row = 0; row < rows; row++)
        {
            int at = layout.Edges.BinarySearch(Quantile(random.NextDouble()) + shift);
            counts[at < 0 ? ~at : at + 1]++;
        }

        return [.. counts];
    }

    // Of the logistic distribution, scaled to a deviation of 1.
    private static double Quantile(double p) => Math.Log(p / (1 - p)) * Math.Sqrt(3) / Math.PI;
}
