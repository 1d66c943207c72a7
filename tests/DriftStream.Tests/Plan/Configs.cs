using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Plan;

namespace DriftStream.Tests.Plan;

/// <summary>Configs beside the tests, and a world in which they can be read.</summary>
internal static class Configs
{
    public const string File = "conf/driftstream.yaml";

    /// <summary>An employment model as the demo knows it: a number, two categories, score, decision, and tables of SEX and RAC1P.</summary>
    public static Baseline Employment { get; } = new("employment", 100,
    [
        Signal("AGEP", SignalRole.Feature, Layout.Numeric([20, 40, 60])),
        Signal("SEX", SignalRole.Feature, Layout.Categorical(["1", "2"])),
        Signal("RAC1P", SignalRole.Feature, Layout.Categorical(["1", "2", "3"])),
        Signal("predicted_probability", SignalRole.Score, Layout.Numeric([0.25, 0.5, 0.75])),
        Signal("prediction", SignalRole.Decision, Layout.Categorical(["0", "1"])),
        Signal("SEX", SignalRole.Group, Layout.Table(["1", "2"], labelled: true)),
        Signal("RAC1P", SignalRole.Group, Layout.Table(["1", "2", "3"], labelled: true)),
        new BaselineSignal("SEX x RAC1P", SignalRole.Group, ["SEX", "RAC1P"], Layout.Table(["1 x 1", "2 x 3"], labelled: true),
            [.. new long[36]]),
        new BaselineSignal("employed", SignalRole.Outcome, ["predicted_probability", "prediction", "employed"], Outcomes,
            [.. Enumerable.Repeat(1L, Outcomes.Cells)]),
    ], "sha256:" + new string('a', 64));

    // Rows of all kinds, with scores beyond 0 and 1 too.
    private static Layout Outcomes => Layout.Outcome(Layout.Numeric([0, 0.5, 1.0000000000000002]));

    public static string Text(string name) => System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Plan", "configs", name));

    public static PlanResult Read(string text, Func<BaselineRequest, BaselineLoad>? baselines = null) =>
        PlanReader.Read(File, text, baselines ?? Load, Environment, Secret);

    /// <summary>The baseline that a build of the request would give.</summary>
    public static BaselineLoad Load(BaselineRequest request) => BaselineLoad.Of(Asked(request));

    // A build under a calendar has it, and so has one with slices, pairs or vectors.
    private static Baseline Asked(BaselineRequest request)
    {
        BaselineSettings settings = request.Settings;
        IEnumerable<BaselineSignal> asked =
        [
            .. settings.Vectors.Select(Made), .. settings.Slices.SelectMany(Sliced), .. settings.Pairs.Select(Paired),
            .. Attributed(settings.Attributions),
        ];
        IEnumerable<BaselineSignal> calibrated =
            settings.Calibrated.Select(g => settings.LabelKind == LabelKind.Number ? Residuals(g, settings) : Calibrated(g));
        // A model that decides nothing has no tables.
        IEnumerable<BaselineSignal> own = Employment.Signals
            .Where(s => s.Role != SignalRole.Outcome && (s.Role != SignalRole.Group || settings.Decision is not null));
        Baseline built = Employment with { Signals = [.. own, .. asked, .. Outcome(settings), .. calibrated] };
        return request.Settings.Calendar is { } kind
            ? built with
            {
                Calendar = new Calendar(kind, [.. Enumerable.Repeat(2, Calendar.Slots(kind))]) { Zone = request.Settings.CalendarZone },
                Hash = "sha256:" + new string('c', 64),
            }
            : built;
    }

    // Of labels that are numbers or classes, the cells of these.
    private static IEnumerable<BaselineSignal> Outcome(BaselineSettings settings)
    {
        (Layout classes, Layout numbers) = (Layout.Categorical(["0", "1"]), Layout.Numeric([0]));
        string label = settings.Label?.Column ?? "", said = (settings.LabelKind == LabelKind.Class ? settings.Decision?.Column : settings.Score) ?? "";
        return settings.LabelKind switch
        {
            LabelKind.Binary => Employment.Signals.Where(s => s.Role == SignalRole.Outcome),
            LabelKind.Number => [Of(SignalRole.Outcome, numbers), Of(SignalRole.Label, numbers)],
            LabelKind.Class => [Of(SignalRole.Outcome, Layout.Joint(classes, classes, folded: false, secondFolded: false))],
        };

        BaselineSignal Of(SignalRole role, Layout layout) =>
            Signal(label, role, layout) with { Columns = [said, label], Counts = [.. Enumerable.Repeat(1L, layout.Cells)] };
    }

    private static BaselineSignal Residuals(ImmutableArray<string> group, BaselineSettings settings)
    {
        BaselineSignal table = GroupResidualCells.Signal(
            group, Employment.Signals.First(s => s.Role == SignalRole.Group && s.Columns.SequenceEqual(group)).Layout.Categories, Outcome(settings).First());
        return table with { Counts = [.. Enumerable.Repeat(9L, table.Layout.Cells)] };
    }

    // Of scores that are probabilities.
    private static BaselineSignal Calibrated(ImmutableArray<string> group)
    {
        BaselineSignal table = CalibrationCells.Signal(
            Employment.Signals.First(s => s.Role == SignalRole.Group && s.Columns.SequenceEqual(group)), Employment.Signals[^1]);
        return table with { Counts = [.. Enumerable.Range(0, table.Layout.Cells).Select(c => c / 3 % table.Layout.Inner!.Cells is 1 or 2 ? 9L : 0)] };
    }

    private static IEnumerable<BaselineSignal> Sliced(ImmutableArray<string> by)
    {
        if (by.Contains("land")) yield break;
        Layout layout = Layout.Sliced([[.. by.Select(_ => "1")]], Layout.Numeric([20, 40]), folded: false);
        yield return new BaselineSignal("AGEP", SignalRole.Slice, ["AGEP", .. by], layout, [.. new long[layout.Cells]]);
    }

    private static BaselineSignal[] Attributed(string? prefix) => prefix is null ? []
        : [Made(VectorSignal.AttributionOf($"{prefix}a")), Made(VectorSignal.AttributionOf($"{prefix}b"))];

    private static BaselineSignal Paired(ImmutableArray<string> columns)
    {
        Layout layout = Layout.Joint(Of(columns[0]), Of(columns[1]), folded: false, secondFolded: false);
        return new BaselineSignal(BaselineBuilder.GroupName(columns), SignalRole.Pair, columns, layout, [.. new long[layout.Cells]]);

        static Layout Of(string column) => Employment.Signals.FirstOrDefault(s => s.IsColumn && s.Name == column)?.Layout ?? Layout.Numeric([0]);
    }

    private static BaselineSignal Made(VectorSignal vector) =>
        Signal(vector.Name, SignalRole.Feature, Layout.Numeric([0])) with { Columns = vector.Columns, Derived = vector.Derived };

    public static string? Environment(string name) => name switch
    {
        "TOPIC" => "employment.predictions",
        "PASSWORD" => "from-the-environment",
        _ => null,
    };

    public static string? Secret(string path) => path switch
    {
        _ when path == Path.Combine("conf", "secrets/kafka") => "s3cret\n",
        _ when path == Path.Combine("conf", "secrets/ids") => "0123456789abcdef0123456789abcdef\n",
        _ when path == Path.Combine("conf", "holidays") => "2027-01-01 # New Year\n\n# and Christmas\n2026-12-25",
        _ => null,
    };

    /// <summary>The minimal config with lines for its model added; <c>|</c> ends a line.</summary>
    public static string WithModel(string lines) =>
        Text("minimal.yaml") + string.Concat(lines.Split('|').Select(line => $"    {line}\n"));

    /// <summary>The minimal config with lines of its own before it.</summary>
    public static string WithFile(string lines) => string.Concat(lines.Split('|').Select(line => line + "\n")) + Text("minimal.yaml");

    /// <summary>Errors and warnings as <c>line:column code</c>.</summary>
    public static ImmutableArray<string> Places(PlanResult result) =>
        [.. result.Findings.Select(f => $"{f.Line}:{f.Column} {f.Code}")];

    private static BaselineSignal Signal(string name, SignalRole role, Layout layout) =>
        new(name, role, [name], layout, [.. new long[layout.Cells]]);
}
