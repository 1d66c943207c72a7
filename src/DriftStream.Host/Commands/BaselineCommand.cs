using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream baseline build</c> and <c>show</c>: reference counts as one file, named by the hash of its content.</summary>
internal static class BaselineCommand
{
    public static Command Create() => new("baseline", """
        Builds a baseline file of reference rows, or shows one.

        Example: driftstream baseline show employment.baseline
        """)
    {
        BaselineBuildCommand.Create(), ShowCommand(),
    };

    private static Command ShowCommand()
    {
        var file = new Argument<string>("FILE") { Description = "A baseline file." };
        Option<bool> json = SharedOptions.Json("One document: {id, hash, rows, signals: [{signal, role, kind, cells, ...}]}.");
        var command = new Command("show", """
            Says what a baseline file holds: its hash, and each signal's kind, cells and rows.

            Example: driftstream baseline show employment.baseline
            """)
        {
            file, json,
        };
        command.SetAction(p => Show(p.GetValue(file)!, p.GetValue(json)));
        return command;
    }

    private static int Show(string file, bool json)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{file}: the file cannot be opened ({e.Message})");
            return ExitCode.Usage;
        }

        if (BaselineFile.Read(bytes, out string problem) is not { } baseline)
        {
            Console.Error.WriteLine($"{file}: {Printable.Of(problem)}");
            return ExitCode.Usage;
        }

        if (json)
        {
            IEnumerable<object> signals = baseline.Signals.Select(Document);
            Console.WriteLine(JsonSerializer.Serialize(new { id = baseline.Id, hash = baseline.Hash, rows = baseline.Rows, signals }));
            return ExitCode.Fine;
        }

        Print(baseline);
        return ExitCode.Fine;
    }

    private static object Document(BaselineSignal signal) => new
    {
        signal = signal.Name,
        role = Lower(signal.Role),
        kind = Lower(signal.Layout.Kind),
        cells = signal.Layout.Cells,
        exact = IsExact(signal.Layout),
        rows = signal.Counts.Sum(),
        missing = Share(signal, signal.Layout.MissingCell),
        nan = Share(signal, signal.Layout.NanCell),
    };

    private static void Print(Baseline baseline)
    {
        Console.WriteLine($"{Printable.Of(baseline.Id)}: {baseline.Rows} rows, {baseline.Signals.Length} signals\n{baseline.Hash}");
        int width = baseline.Signals.Select(s => Printable.Of(s.Name).Length).DefaultIfEmpty().Max();
        Console.WriteLine($"{"signal".PadRight(width)}  role      kind         cells  exact  missing");
        foreach (BaselineSignal signal in baseline.Signals)
        {
            Layout layout = signal.Layout;
            string role = Lower(signal.Role), kind = Lower(layout.Kind), exact = IsExact(layout) ? "yes" : "no";
            string missing = Share(signal, layout.MissingCell)?.ToString("0.0 %", CultureInfo.InvariantCulture) ?? "";
            string line = $"{Printable.Of(signal.Name).PadRight(width)}  {role,-8}  {kind,-11}  {layout.Cells,5}  {exact,-5}  {missing}";
            Console.WriteLine(line.TrimEnd());
        }
    }

    // Only ranges lose anything: a category or a group is a cell of its own.
    private static bool IsExact(Layout layout) => layout.Kind != LayoutKind.Numeric || layout.Exact;

    private static double? Share(BaselineSignal signal, int cell)
    {
        long rows = signal.Counts.Sum();
        return cell < 0 || rows == 0 ? null : (double)signal.Counts[cell] / rows;
    }

    private static string Lower(Enum value) => value.ToString().ToLowerInvariant();
}
