using System.Globalization;
using System.Text;
using DriftStream.Host.Reading;
using DriftStream.Host.Terminal;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;

namespace DriftStream.Host.Compare;

/// <summary>Verdicts of a comparison for people.</summary>
internal static class ComparisonText
{
    /// <summary>One line: which window, how judged.</summary>
    public static string Line(Verdict verdict, Ink ink)
    {
        string name = verdict.Window.Window.Size > 0
            ? $"{EventTime.Format(verdict.Window.Start)}..{EventTime.Format(verdict.Window.End)}"
            : verdict.Window.Window.Name;
        return string.Create(CultureInfo.InvariantCulture,
            $"{name,-20}  {Word(verdict.Judgement, ink)}  {verdict.Window.Rows:N0} rows  {Printable.Of(verdict.Why)}\n");
    }

    /// <summary>Every signal and group of the window, and for those that drift why.</summary>
    public static string Table(Verdict verdict, Ink ink)
    {
        var text = new StringBuilder();
        IEnumerable<string> names = verdict.Signals.Select(s => s.Signal).Concat(verdict.Groups.Select(g => g.Group)).Select(Printable.Of);
        int width = names.Select(n => n.Length).Append(8).Max();
        text.Append($"    {"signal".PadRight(width)}  judgement      psi      p          ks       missing\n");
        foreach (JudgedSignal signal in verdict.Signals)
        {
            JudgedStatistic? psi = Find(signal, PopulationStability.Name, PopulationStability.MergedConvention);
            JudgedStatistic? ks = Find(signal, KolmogorovSmirnov.Name, null);
            text.Append($"    {Printable.Of(signal.Signal).PadRight(width)}  {Word(signal.Judgement, ink)}");
            text.Append($"  {Number(psi?.Value, "0.0000"),-7}  {Number(psi?.PValue, "0.0e+0"),-9}");
            text.Append($"  {Interval(ks),-7}  {Number(Missing(signal), "0.0 %")}\n");
            if (signal.Why is { } why && signal.Judgement != Judgement.Steady) text.Append($"        {Printable.Of(why)}\n");
        }

        foreach (JudgedGroup group in verdict.Groups)
        {
            text.Append($"    {Printable.Of(group.Group).PadRight(width)}  {Word(group.Statistic.Judgement, ink)}");
            text.Append($"  {group.Statistic.Name} {Number(group.Statistic.Value, "0.0000")}");
            if (group.Statistic is { Low: { } low, High: { } high }) text.Append($" [{Number(low, "0.000")}, {Number(high, "0.000")}]");
            text.Append('\n');
            if (group.Why is { } why) text.Append($"        {Printable.Of(why)}\n");
        }

        return text.ToString();
    }

    private static JudgedStatistic? Find(JudgedSignal signal, string name, string? convention) =>
        signal.Statistics.FirstOrDefault(s => s.Name == name && s.Convention == convention);

    private static double? Missing(JudgedSignal signal) => signal.Rows > 0 ? (double)signal.Missing / signal.Rows : null;

    private static string Interval(JudgedStatistic? ks) => ks is { Low: { } low, High: { } high } && high - low > 5e-5
        ? $"{Number(low, "0.0000")}-{Number(high, "0.0000")}"
        : Number(ks?.Value, "0.0000");

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static string Word(Judgement judgement, Ink ink) => RecordText.Judgement(judgement switch
    {
        Judgement.Steady => "steady",
        Judgement.Drifting => "drifting",
        Judgement.Insufficient => "insufficient",
        Judgement.Unjudged => "unjudged",
    }, ink);
}
