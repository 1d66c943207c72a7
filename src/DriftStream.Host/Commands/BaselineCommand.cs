using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Host.Terminal;
using DriftStream.Statistics;
using Calendar = DriftStream.Cells.Calendar;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream baseline build</c> and <c>show</c>: reference counts as one file, named by the hash of its content.</summary>
internal static class BaselineCommand
{
    /// <summary>JSON in which a comparison is no escape.</summary>
    public static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create() => new("baseline", """
        Builds a baseline file of reference rows, shows one, or writes the one that a model is judged by.

        Example: driftstream baseline show employment.baseline
        """)
    {
        BaselineBuildCommand.Create(), ShowCommand(), BaselineFetchCommand.Create(),
    };

    private static Command ShowCommand()
    {
        var file = new Argument<string>("FILE") { Description = "A baseline file." };
        Option<long> rows = new("--rows")
        {
            Description = "Rows of a window: how small a change is found in so many.",
            HelpName = "N",
            DefaultValueFactory = _ => 1000,
        };
        rows.Validators.Add(r =>
        {
            if (r.Tokens is [var token] && !(long.TryParse(token.Value, CultureInfo.InvariantCulture, out long n) && n > 0))
                r.AddError($"--rows takes a number of rows, not {token.Value}");
        });
        Option<bool> json = SharedOptions.Json("One document: {id, hash, rows, calendar, signals: [{signal, role, kind, cells, ...}], quality}.");
        var command = new Command("show", """
            Says what a baseline file holds: its hash, each signal's kind, cells and rows, how much its rows cluster, and how small a
            change the default rule finds in a window.

            Example: driftstream baseline show employment.baseline --rows 1300
            """)
        {
            file, rows, json,
        };
        command.SetAction(p => Show(p.GetValue(file)!, p.GetValue(rows), p.GetValue(json)));
        return command;
    }

    /// <summary>The baseline of a file; null after the reason was written.</summary>
    public static Baseline? Read(string file)
    {
        try
        {
            if (BaselineFile.Read(File.ReadAllBytes(file), out string problem) is { } baseline) return baseline;
            Console.Error.WriteLine($"{file}: {Printable.Of(problem)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{file}: the file cannot be opened ({e.Message})");
        }

        return null;
    }

    private static int Show(string file, long rows, bool json)
    {
        if (Read(file) is not { } baseline) return ExitCode.Usage;
        if (json)
        {
            IEnumerable<object> signals = baseline.Signals.Where(s => s.Role != SignalRole.Slice).Select(s => Document(s, baseline, rows));
            object? calendar = baseline.Calendar is { } c
                ? new { kind = Calendar.Name(c.Kind), zone = c.Zone?.Id, least_hours = c.Hours.Min(), most_hours = c.Hours.Max() }
                : null;
            IEnumerable<object> quality = BaselineQuality.Document(baseline, []);
            string? few = ReferenceQuality.TooFew(baseline.Rows, rows);
            Console.WriteLine(JsonSerializer.Serialize(
                new
                {
                    id = baseline.Id,
                    hash = baseline.Hash,
                    rows = baseline.Rows,
                    calendar,
                    window_rows = rows,
                    too_few = few,
                    signals,
                    slices = SliceSummary.Of(baseline).Select(s => s.Document()),
                    quality,
                },
                Relaxed));
            return ExitCode.Fine;
        }

        Print(baseline, rows);
        return ExitCode.Fine;
    }

    private static object Document(BaselineSignal signal, Baseline baseline, long rows) => new
    {
        signal = signal.Name,
        role = Lower(signal.Role),
        kind = Lower(signal.Layout.Kind),
        cells = signal.Layout.Cells,
        exact = IsExact(signal.Layout),
        rows = signal.Counts.Sum(),
        missing = Share(signal, signal.Layout.MissingCell),
        nan = Share(signal, signal.Layout.NanCell),
        clusters = signal.Clusters.Select(c => new { rows = c.Rows, chunks = c.Chunks, cells = c.Cells, spread = c.Spread, ranks = c.Ranks, worst = c.Worst }),
        design_effect = DesignEffect.At(signal.Clusters, rows).Cells,
        detectable = Detectable(signal, baseline, rows),
        pair = OfPair(signal) is { } pair
            ? new { correlation = pair.Correlation?.Value, cramers_v = pair.CramersV, mutual_information = pair.MutualInformation }
            : null,
    };

    private static PairDependence? OfPair(BaselineSignal signal) => signal.Role == SignalRole.Pair
        ? JointDependence.Of(new CountPair(signal.Layout, signal.Counts.AsSpan(), signal.Counts.AsSpan())).Reference
        : null;

    private static void Print(Baseline baseline, long rows)
    {
        BaselineSignal[] listed = [.. baseline.Signals.Where(s => s.Role != SignalRole.Slice)];
        Console.WriteLine($"{Printable.Of(baseline.Id)}: {baseline.Rows} rows, {listed.Length} signals\n{baseline.Hash}");
        if (baseline.Calendar is { } calendar)
            Console.WriteLine($"calendar: {calendar.Text}, each hour {calendar.Hours.Min()} to {calendar.Hours.Max()} times");
        int width = listed.Select(s => Printable.Of(s.Name).Length).DefaultIfEmpty().Max();
        Console.WriteLine($"{"signal".PadRight(width)}  role      kind         cells  exact  missing  alike   finds");
        foreach (BaselineSignal signal in listed)
        {
            Layout layout = signal.Layout;
            string role = Lower(signal.Role), kind = Lower(layout.Kind), exact = IsExact(layout) ? "yes" : "no";
            string missing = Share(signal, layout.MissingCell)?.ToString("0.0 %", CultureInfo.InvariantCulture) ?? "";
            string alike = signal.IsTable ? "" : DesignEffect.At(signal.Clusters, rows).Cells.ToString("0.0", CultureInfo.InvariantCulture);
            string finds = (signal.IsTable ? null : Detectable(signal, baseline, rows))?.ToString("0.000", CultureInfo.InvariantCulture) ?? "";
            string name = Printable.Of(signal.Name).PadRight(width);
            Console.WriteLine($"{name}  {role,-8}  {kind,-11}  {layout.Cells,5}  {exact,-5}  {missing,7}  {alike,5}  {finds,6}".TrimEnd());
        }

        foreach (BaselineSignal signal in listed)
        {
            if (OfPair(signal) is not { } pair) continue;
            string correlation = pair.Correlation is { } c ? $"rank correlation {Text(c.Value)}, " : "";
            Console.WriteLine(
                $"{Printable.Of(signal.Name)}: {correlation}Cramer's V {Text(pair.CramersV)}, mutual information {Text(pair.MutualInformation)} bits");
        }

        foreach (SliceSummary slices in SliceSummary.Of(baseline)) Console.WriteLine(slices);
        Console.WriteLine($"alike: so many rows count as one in a window of {rows} rows (--rows)");
        Console.WriteLine("finds: the least PSI that the default rule finds in four of five such windows");
        if (baseline.Signals.All(s => s.Clusters.IsEmpty)) Console.WriteLine(BaselineQuality.NoClusters(baseline));
        if (ReferenceQuality.TooFew(baseline.Rows, rows) is { } few) Console.WriteLine(few);
        foreach (string line in BaselineQuality.Table(baseline, [])) Console.WriteLine(line);
    }

    private static double? Detectable(BaselineSignal signal, Baseline baseline, long rows) => DetectableChange.Psi(
        signal, baseline.Calendar, rows, 0.01 / Math.Max(1, SliceSummary.Family(baseline)), 0.02);

    // Only ranges lose anything: a category or a group is a cell of its own.
    private static bool IsExact(Layout layout) => layout.Kind switch
    {
        LayoutKind.Numeric => layout.Exact,
        LayoutKind.Outcome => layout.Inner!.Edges.IsEmpty,
        LayoutKind.Joint => IsExact(layout.Inner!) && IsExact(layout.Second!),
        LayoutKind.Calibration => false,
        LayoutKind.Categorical or LayoutKind.Table or LayoutKind.Sliced => true,
    };

    private static string Text(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "unknown";

    private static double? Share(BaselineSignal signal, int cell)
    {
        long rows = signal.Counts.Sum();
        return cell < 0 || rows == 0 ? null : (double)signal.Counts[cell] / rows;
    }

    private static string Lower(Enum value) => value.ToString().ToLowerInvariant();
}
