using System.Globalization;
using System.Text;
using DriftStream.Host.Reading;
using DriftStream.Host.Terminal;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;

namespace DriftStream.Host.Compare;

/// <summary>Verdicts of a comparison for people.</summary>
/// <param name="ink">Colours.</param>
/// <param name="bars">Bars, and the width of a line.</param>
/// <param name="worstFirst">Signals by how bad they are; otherwise in the baseline's order.</param>
internal sealed class ComparisonText(Ink ink, BarInk bars, bool worstFirst)
{
    private const int MostDrawn = 5, MostCells = 4, LongestCell = 24, LeastBar = 8, MostSlices = 20;

    /// <summary>What people call a window: its time, or its rows.</summary>
    public static string WindowName(Verdict verdict) => verdict.Window.Window.Size > 0
        ? $"{EventTime.Format(verdict.Window.Start)}..{EventTime.Format(verdict.Window.End)}"
        : verdict.Window.Window.Name;

    /// <summary>The word for a judgement, as in JSON.</summary>
    public static string Name(Judgement judgement) => judgement switch
    {
        Judgement.Steady => "steady",
        Judgement.Drifting => "drifting",
        Judgement.Insufficient => "insufficient",
        Judgement.Unjudged => "unjudged",
    };

    /// <summary>One line: which window, how judged; where nothing could be, what most signals lack.</summary>
    public string Line(Verdict verdict) => string.Create(CultureInfo.InvariantCulture,
        $"{WindowName(verdict),-20}  {Word(verdict.Judgement)}  {Rows(verdict.Window.Rows)}  {Printable.Of(verdict.Why + Lacking(verdict))}\n");

    /// <summary>So many rows.</summary>
    public static string Rows(long rows) => rows == 1 ? "1 row" : string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows");

    private static string Lacking(Verdict verdict) => verdict.Judgement == Judgement.Insufficient
        && verdict.Signals.Select(s => s.Why).OfType<string>().GroupBy(why => why).MaxBy(same => same.Count()) is { } most ? $" ({most.Key})" : "";

    /// <summary>Every signal and group of the window, for those that drift why, and for the worst which cells.</summary>
    public string Table(Verdict verdict)
    {
        var text = new StringBuilder();
        IEnumerable<JudgedSignal> signals = worstFirst ? WorstFirst.Of(verdict.Signals) : verdict.Signals;
        IEnumerable<JudgedGroup> groups = worstFirst ? WorstFirst.Of(verdict.Groups) : verdict.Groups;
        IEnumerable<string> names = verdict.Signals.Select(s => s.Signal).Concat(verdict.Groups.Select(g => g.Group)).Select(Printable.Of);
        int width = names.Select(n => n.Length).Append(8).Max();
        HashSet<string> drawn = [.. WorstFirst.Of(verdict.Signals).Where(s => s.Judgement == Judgement.Drifting).Take(MostDrawn).Select(s => s.Signal)];
        int wide = verdict.Signals.Select(s => Interval(Ks(s)).Length).Append(7).Max();
        text.Append($"    {"signal".PadRight(width)}  judgement     psi      p         {"ks".PadRight(wide)}  missing  alike  finds\n");
        foreach (JudgedSignal signal in signals)
        {
            JudgedStatistic? psi = WorstFirst.Psi(signal);
            string line = $"    {Printable.Of(signal.Signal).PadRight(width)}  {Word(signal.Judgement)}"
                + $"  {Figures.Of(psi?.Value, "0.0000"),-7}  {Figures.PValue(psi?.PValue),-8}"
                + $"  {Interval(Ks(signal)).PadRight(wide)}  {Figures.Of(Missing(signal), "0.0 %"),-7}"
                + $"  {Figures.Of(signal.DesignEffect, "0.0"),-5}  {Figures.Of(psi?.Detectable, "0.000")}";
            text.Append(line.TrimEnd()).Append('\n');
            if (signal.Why is { } why && signal.Judgement != Judgement.Steady) text.Append($"        {Printable.Of(why)}{By(signal)}\n");
            if (PairText.Of(signal) is { } pair) text.Append($"        {pair}\n");
            if (drawn.Contains(signal.Signal)) Draw(text, signal);
        }

        foreach (JudgedGroup group in groups) Append(text, group, width);
        Slices(text, verdict);
        if (verdict.Attributions is { } attributions) Append(text, attributions, width);
        if (verdict.Performance is { } performance) PerformanceText.Append(text, performance, ink);
        foreach (JudgedKpi kpi in verdict.Kpis) Append(text, kpi, verdict, width);
        if (verdict.Signals.Any(s => WorstFirst.Psi(s)?.Detectable is not null))
            text.Append("    finds: a PSI of so much or more would be found in 4 of 5 windows; alike: so many rows count as one\n");
        return text.ToString();
    }

    // Slices are many: what only they say is told, the others are counted.
    private void Slices(StringBuilder text, Verdict verdict)
    {
        if (verdict.Slices.IsEmpty) return;
        JudgedSignal[] alone = [.. worstFirst ? WorstFirst.Of(verdict.SlicesAlone) : verdict.SlicesAlone];
        int drifting = Count(Judgement.Drifting);
        text.Append($"    {verdict.Slices.Length} signals in slices: {drifting} drifting, {Count(Judgement.Insufficient)} insufficient");
        if (alone.Length < drifting) text.Append($"; where neither all rows nor a wider slice drift: {alone.Length}");
        text.Append('\n');
        if (verdict.Slices.FirstOrDefault(s => s.Judgement == Judgement.Insufficient) is { } first)
            text.Append($"        insufficient, for instance {Printable.Of(first.Subject)}: {Printable.Of(first.Why ?? "")}\n");
        foreach (JudgedSignal slice in alone.Take(MostSlices))
            text.Append($"        {Figures.Of(WorstFirst.Psi(slice)?.Value, "0.0000"),-7}  {Printable.Of(slice.Why ?? slice.Subject)}\n");
        if (alone.Length > MostSlices) text.Append($"        and {alone.Length - MostSlices} more\n");

        int Count(Judgement judgement) => verdict.Slices.Count(s => s.Judgement == judgement);
    }

    // What spoke, where it is not the statistic of the table.
    private static string By(JudgedSignal signal)
    {
        JudgedStatistic[] spoke = [.. signal.Statistics.Where(s => s.Rejected)];
        if (spoke.Length == 0 || spoke.Any(s => s.Name == PopulationStability.Name)) return "";
        return " (by " + string.Join(", ", spoke.Select(s => s.Value is { } value ? $"{s.Name} {Figures.Of(value, "0.0000")}" : s.Name)) + ")";
    }

    private void Append(StringBuilder text, JudgedGroup group, int width)
    {
        text.Append($"    {Printable.Of(group.Group).PadRight(width)}  {Word(group.Statistic.Judgement)}  {group.Statistic.Name}");
        if (group.Statistic.Value is { } value) text.Append($" {Figures.Of(value, "0.0000")}");
        if (group.Statistic is { Low: { } low, High: { } high }) text.Append($" [{Figures.Of(low, "0.000")}, {Figures.Of(high, "0.000")}]");
        text.Append('\n');
        if (group.Why is { } why) text.Append($"        {Printable.Of(why)}\n");
    }

    private void Append(StringBuilder text, JudgedAttributions attributions, int width)
    {
        text.Append($"    {"attributions".PadRight(width)}  {Word(attributions.Judgement)}  {AttributionRanking.Name}")
            .Append($" {Figures.Of(attributions.Ranking.Value, "0.0000")}\n");
        if (attributions.Why is { } why) text.Append($"        {Printable.Of(why)}\n");
    }

    private void Append(StringBuilder text, JudgedKpi kpi, Verdict verdict, int width)
    {
        string value = kpi.Statistic.Value is { } known ? $" {kpi.Kpi.Spell(known)}" : "";
        text.Append($"    {Printable.Of(kpi.Kpi.Id).PadRight(width)}  {Word(kpi.Statistic.Judgement)}")
            .Append($"  KPI {kpi.Statistic.Name}{value}, target {kpi.Kpi.TargetText}\n");
        if (kpi.Why is { } why) text.Append($"        {Printable.Of(why)}\n");
        if (PerformanceText.OfCells(kpi, verdict.Performance) is { } cells) text.Append($"        {Printable.Of(cells)}\n");
    }

    // Both bars of a cell have one scale: that of the largest share that is drawn.
    private void Draw(StringBuilder text, JudgedSignal signal)
    {
        CellContribution[] cells = [.. signal.Cells.Take(MostCells)];
        if (cells.Length == 0) return;
        string[] names = [.. cells.Select(c => Short(Printable.Of(c.Cell)))];
        int width = names.Max(n => n.Length), columns = Math.Max(LeastBar, bars.Width - 8 - width - 21);
        double most = cells.Max(c => Math.Max(c.Reference, c.Window));
        for (int i = 0; i < cells.Length; i++)
        {
            Line(names[i], "reference", cells[i].Reference);
            Line("", "window", cells[i].Window);
        }

        void Line(string name, string of, double share) => text.Append(
            $"        {name.PadRight(width)}  {of,-9} {Figures.Percent(share),7}  {bars.Bar(share / most, columns)}".TrimEnd()).Append('\n');
    }

    private static string Short(string name)
    {
        var text = new StringInfo(name);
        return text.LengthInTextElements <= LongestCell ? name : text.SubstringByTextElements(0, LongestCell - 3) + "...";
    }

    private static JudgedStatistic? Ks(JudgedSignal signal) =>
        signal.Statistics.FirstOrDefault(s => s.Name == KolmogorovSmirnov.Name && s.Convention is null);

    private static double? Missing(JudgedSignal signal) => signal.Rows > 0 ? (double)signal.Missing / signal.Rows : null;

    private static string Interval(JudgedStatistic? ks) => ks is { Low: { } low, High: { } high } && high - low > 5e-5
        ? $"{Figures.Of(low, "0.0000")}-{Figures.Of(high, "0.0000")}"
        : Figures.Of(ks?.Value, "0.0000");

    private string Word(Judgement judgement) => RecordText.Judgement(Name(judgement), ink);
}
