using System.Globalization;
using System.Text.Json;
using DriftStream.Joins;
using DriftStream.Time;
using Spectre.Console;

namespace DriftStream.Host.Demo;

/// <summary>What the demo shows: for people on 80 columns, or one JSON document a line.</summary>
internal sealed class DemoScreen(IAnsiConsole console, TextWriter output, TextWriter errors, bool json)
{
    private const int Width = 78, Indent = 20;

    private readonly bool _live = !json && console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal;
    private long _rows;
    private int _shownYear;
    private string _status = "";

    public void Begin(DemoScript script, long rows)
    {
        _rows = rows;
        if (json) return;
        console.MarkupLine("[bold]DriftStream demo[/]: three years of census answers, an embedded Kafka, two");
        console.MarkupLine("teams that own a model each. Faults put into the stream, to be found:");
        foreach (DemoFault fault in script.Faults) List(fault, "{0}");
        console.WriteLine("and what is really there:");
        foreach (DemoFault real in script.Expected) List(real, "[grey]{0}[/]");
        console.WriteLine();
    }

    public void Progress(long time, long sent, TimeSpan took)
    {
        if (json) return;
        string date = EventTime.Format(time)[..10];
        if (_live)
        {
            Status($"{date}  {Bar(sent, _rows, 30)}  {sent:N0} of {_rows:N0} rows  {sent / Math.Max(took.TotalSeconds, 0.001):N0}/s");
            return;
        }

        int year = int.Parse(date[..4]);
        if (year != _shownYear && sent > 0) console.WriteLine($"... {date}: {sent:N0} of {_rows:N0} rows sent");
        _shownYear = year;
    }

    public void Settling()
    {
        if (json) return;
        const string text = "all rows counted; the last windows close after seven seconds of silence ...";
        if (_live) Status(text);
        else console.WriteLine(text);
    }

    public void Alert(ReadAlert alert)
    {
        if (json)
        {
            output.WriteLine(alert.Json);
            return;
        }

        // Who was told and has answered stands in the closing table; what took a second word stands here.
        (string Mark, string? Text)? shown = alert.Because switch
        {
            "began" or "back" => ("[red]FIRING  [/]", alert.Summary),
            "worse" => ("[red]WORSE   [/]", alert.Summary),
            "escalated" => ("[red]TOO LATE[/]", $"nobody answered, so it goes to {alert.To[^1]} too{Recommended(alert)}"),
            "acknowledged" when alert.To.Length > 1 => ("[yellow]answered[/]", $"{alert.AcknowledgedBy} has it"),
            "update" when alert.Decision is not null => ("[yellow]decided [/]", alert.Decision + Recommended(alert)),
            "resolved" => ("[green]resolved[/]", null),
            _ => null,
        };
        if (shown is not { } line) return;
        Status("");
        string date = EventTime.Format(alert.WindowStart)[..10];
        console.MarkupLine($"{date} {line.Mark} [bold]{Markup.Escape(alert.Owner)}[/] {Markup.Escape(alert.Model)} {Markup.Escape(alert.Subject)}");
        if (line.Text is null) return;
        foreach (string text in Wrap(line.Text, Width - Indent)) console.WriteLine(new string(' ', Indent) + text);
    }

    private static string Recommended(ReadAlert alert) => alert.Action is { } action ? $"; {action.Kind} is {action.State}" : "";

    public void Failed(string why)
    {
        Status("");
        errors.WriteLine("demo: " + why);
    }

    public void End(DemoTable table, SortedDictionary<(string Model, long Start), double> worst, DemoScript script)
    {
        if (json) return;
        Status("");
        console.WriteLine();
        string model = script.Streams[0].Model;
        console.MarkupLineInterpolated($"Worst signal of [bold]{model}[/], PSI by window (full block = 0.25 and more):");
        console.WriteLine("  " + Sparkline([.. worst.Where(w => w.Key.Model == model).Select(w => w.Value)]));
        // A window belongs to the year of its middle: the first one begins in the last days of the previous year.
        console.WriteLine("  " + Years(worst.Keys.Where(k => k.Model == model).Select(k => k.Start + (EventTime.Day * 7 / 2))));
        console.WriteLine();
        console.Write(Faults(table));
        foreach (string alert in table.Unexpected) console.MarkupLineInterpolated($"[red]unexpected:[/] {alert}");
        console.MarkupLine("[grey]windows until it was found; answered after so long; an hour is 0.25 s here[/]");
        DemoRows r = table.Rows;
        console.WriteLine();
        console.WriteLine($"rows in {r.Sent:N0} = counted {r.Counted:N0} + open {r.Open:N0} + late {r.Late:N0} + overtaken {r.Overtaken:N0}");
        console.WriteLine($"  + future {r.Future:N0} + rejected {r.Rejected:N0} + unowned {r.Unowned:N0}; unaccounted {r.Unaccounted:N0}");
        console.WriteLine($"{table.Verdicts:N0} verdicts; alerts: {string.Join(", ", table.AlertsByOwner.Select(a => $"{a.Key} {a.Value}"))}");
        console.WriteLine($"{table.RowsPerSecond:N0} rows/s, {table.ValuesPerSecond:N0} values/s (with broker, producer and people); {table.Seconds} s");
    }

    /// <summary>The closing table for programs; for people it has been shown.</summary>
    public void Close(DemoTable table)
    {
        if (json) output.WriteLine(JsonSerializer.Serialize(table, DemoJson.Default.DemoTable));
    }

    public void BeginLabels(DemoLabels labels, long rows)
    {
        (_rows, _shownYear) = (rows, 0);
        if (json) return;
        console.WriteLine();
        foreach (string line in Wrap(labels.What, Width)) console.MarkupLineInterpolated($"[bold]{line}[/]");
        console.WriteLine();
    }

    public void EndLabels(DemoTruth truth, JoinFates fates)
    {
        if (json) return;
        Status("");
        console.WriteLine();
        (double low, double high) = (truth.Windows.Min(Least), truth.Windows.Max(w => Math.Max(w.Estimated, w.Realised)));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Recall of 14 days each: who works and is seen to, from {low:0.00} to {high:0.00}"));
        console.WriteLine($"  estimated at once           {Line(truth.Windows.Select(w => w.Estimated))}");
        console.WriteLine($"  realised, by labels later   {Line(truth.Windows.Select(w => w.Realised))}");
        console.WriteLine($"  {"",-26}  {truth.Windows[0].Start[..10]} to {truth.Windows[^1].Start[..10]}");
        console.WriteLine();
        int windows = truth.Windows.Count(w => w.Judgement == "drifting");
        string cost = $"What it had cost: in {windows} windows {truth.Missed:N0} persons who do work were not seen to, "
            + "beyond those whom the baseline would have missed.";
        foreach (string line in Wrap(cost, Width)) console.WriteLine(line);
        console.WriteLine($"predictions {fates.Predictions:N0} = {Fates(fates.OfPredictions())}");
        console.WriteLine($"labels {fates.Labels:N0} = {Fates(fates.OfLabels())}; {truth.Seconds} s");

        string Line(IEnumerable<double> values) => Sparkline([.. values.Select(v => 0.25 * (v - low) / Math.Max(high - low, 0.001))]);

        static double Least(TruthWindow window) => Math.Min(window.Estimated, window.Realised);

        static string Fates(IEnumerable<(string Fate, long Rows)> fates) =>
            string.Join(" + ", fates.Where(f => f.Rows > 0).Select(f => $"{f.Fate} {f.Rows:N0}"));
    }

    private void List(DemoFault fault, string style)
    {
        string span = $"  {fault.From:yyyy-MM-dd}..{fault.To.AddDays(-1):MM-dd} ";
        foreach (string line in Wrap(fault.What, Width - span.Length))
        {
            console.MarkupLine(string.Format(style, Markup.Escape(span + line)));
            span = new string(' ', span.Length);
        }
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        while (text.Length > width)
        {
            int space = text.LastIndexOf(' ', width);
            if (space <= 0) break;
            yield return text[..space];
            text = text[(space + 1)..];
        }

        yield return text;
    }

    private static Table Faults(DemoTable table)
    {
        Table grid = new Table().Border(TableBorder.None);
        foreach (string heading in (ReadOnlySpan<string>)["fault", "signal", "windows", "answered", "over", "owner"])
            grid.AddColumn(new TableColumn($"[grey]{heading}[/]").Padding(0, 0, 1, 0).NoWrap());
        foreach (DemoOutcome o in table.Faults)
        {
            grid.AddRow(
                Markup.Escape(o.Id),
                Markup.Escape(o.Subject),
                o.Windows is { } windows ? $"{windows}" : "[red]none[/]",
                Answered(o),
                o.Resolved ? "[green]yes[/]" : "[red]no[/]",
                Markup.Escape(o.Owner) + (o.OwnerRight ? "" : " [red]wrong[/]"));
        }

        foreach (DemoOutcome o in table.Expected)
        {
            string when = o.Windows is { } windows ? $"{windows}" : "quiet";
            string answered = o.AnsweredAfter is null ? "[grey]-[/]" : Answered(o);
            grid.AddRow("[grey]" + Markup.Escape(o.Id) + "[/]", Markup.Escape(o.Subject), when, answered, "[grey]-[/]", Markup.Escape(o.Owner));
        }

        return grid;
    }

    private static string Answered(DemoOutcome outcome) => outcome.AnsweredAfter is { } seconds
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{seconds:0.00} s")
        : outcome.Windows is null ? "" : "[red]never[/]";

    private static string Sparkline(double[] values)
    {
        const string blocks = "▁▂▃▄▅▆▇█";
        int columns = Math.Min(Width - 2, values.Length);
        Span<char> line = stackalloc char[columns];
        for (int i = 0; i < columns; i++)
        {
            double most = 0;
            for (int j = i * values.Length / columns; j < (i + 1) * values.Length / columns; j++) most = Math.Max(most, values[j]);
            line[i] = blocks[Math.Min(blocks.Length - 1, (int)(most / 0.25 * blocks.Length))];
        }

        return line.ToString();
    }

    private static string Years(IEnumerable<long> starts)
    {
        long[] all = [.. starts];
        int columns = Math.Min(Width - 2, all.Length);
        char[] line = [.. Enumerable.Repeat(' ', columns)];
        string last = "";
        for (int i = 0; i + 4 <= columns; i++)
        {
            string year = EventTime.Format(all[i * all.Length / columns])[..4];
            if (year == last) continue;
            year.CopyTo(0, line, i, 4);
            last = year;
        }

        return new string(line);
    }

    private static string Bar(long done, long all, int width)
    {
        int filled = (int)(done * width / Math.Max(all, 1));
        return new string('━', filled) + new string('─', width - filled);
    }

    // A line that rewrites itself, and is gone before anything else is written.
    private void Status(string text)
    {
        if (!_live || text == _status) return;
        output.Write("\r" + text.PadRight(Math.Max(_status.Length, text.Length)) + (text.Length == 0 ? "\r" : ""));
        _status = text;
    }
}
