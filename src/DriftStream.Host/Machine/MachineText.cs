using System.Globalization;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Machine;

/// <summary>A report for people, 80 columns wide.</summary>
internal static class MachineText
{
    private const int Width = 80, NameWidth = 11;

    public static void Write(MachineReport report, Ink ink, TextWriter to)
    {
        to.WriteLine(ink.Strong($"{report.Cpu}, {report.Cores} cores, {report.Runtime}"));
        Wrap($"instructions: {string.Join(' ', report.Instructions)}", "", to);
        to.WriteLine();
        to.WriteLine("kernel     here  self-test");
        foreach (KernelEntry kernel in report.Kernels) to.WriteLine(Line(kernel, ink));
        to.WriteLine();
        foreach (LayoutEntry layout in report.Layouts)
        {
            string edges = $"{layout.EdgesFrom} to {layout.EdgesTo} edges";
            string way = layout.Way switch
            {
                "compare" => "every value is compared with every edge",
                "pack" => "a search in registers and packed counters",
                "tree" => "a search tree",
                _ => "a table of equal shares, or a search tree",
            };
            to.WriteLine($"{layout.Type}  {edges,-20} {layout.Kernel}: {way}");
        }

        to.WriteLine();
        Gpu(report.Gpu, ink, to);
        if (report.Measured is null) return;
        foreach (IGrouping<string, KernelRate> type in report.Measured.GroupBy(rate => rate.Type)) Rates(type.Key, [.. type], ink, to);
    }

    private static string Line(KernelEntry kernel, Ink ink)
    {
        string name = kernel.Name.PadRight(NameWidth);
        if (!kernel.Available) return $"{name}no    this CPU lacks the instructions";
        string test = kernel.SelfTest == "passed" ? ink.Good("passed") : ink.Bad(kernel.SelfTest!);
        return $"{name}yes   {test}{(kernel.Current ? ink.Strong(", counts") : "")}";
    }

    private static void Gpu(GpuEntry gpu, Ink ink, TextWriter to)
    {
        if (gpu.Device is null)
        {
            to.WriteLine(ink.Doubtful("no GPU"));
            Wrap($"the step '{gpu.Step}' failed: {gpu.Reason}", "  ", to);
            return;
        }

        to.WriteLine($"{ink.Strong(gpu.Device)}: {(gpu.Used ? ink.Good("used") : ink.Doubtful("not used, " + gpu.Reason))}");
        Wrap($"layouts of more than {gpu.MostEdges} edges stay on the CPU; of the others, columns of at least so many values go to the GPU:", "  ", to);
        foreach (IGrouping<string, BreakEvenEntry> type in gpu.BreakEven.GroupBy(row => row.Type))
            Wrap($"{type.Key}  by edges: {string.Join(", ", type.Select(Least))}", "  ", to);
    }

    private static string Least(BreakEvenEntry row) => $"{row.Edges}: {row.Values?.ToString(CultureInfo.InvariantCulture) ?? "never"}";

    private static void Rates(string type, KernelRate[] rates, Ink ink, TextWriter to)
    {
        double sum = rates.Average(rate => rate.SumGvaluesPerS), most = rates.Max(rate => rate.GvaluesPerS);
        to.WriteLine();
        to.WriteLine(ink.Strong(string.Create(CultureInfo.InvariantCulture, $"{type}, one core, 4 MiB, G values/s; the sum of the same array {sum:F1}")));
        to.WriteLine(" edges  normal  slowest");
        foreach (IGrouping<int, KernelRate> layout in rates.GroupBy(rate => rate.Edges))
        {
            KernelRate normal = layout.First(), slowest = layout.MinBy(rate => rate.GvaluesPerS)!;
            int length = Math.Max(1, (int)Math.Round(normal.GvaluesPerS / most * 40));
            to.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{layout.Key,6} {normal.GvaluesPerS,7:F2} {slowest.GvaluesPerS,8:F2}  {slowest.Data,-11} {new string('█', length)}"));
        }
    }

    private static void Wrap(string text, string indent, TextWriter to)
    {
        string line = indent;
        foreach (string word in text.Split(' '))
        {
            if (line.Length + word.Length + 1 > Width)
            {
                to.WriteLine(line);
                line = indent;
            }

            line += (line.Length > indent.Length ? " " : "") + word;
        }

        to.WriteLine(line);
    }
}
