using System.Collections.Immutable;
using System.CommandLine;
using System.Reflection;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Host.Compare;
using DriftStream.Host.Files;
using DriftStream.Host.Terminal;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Windows;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream compare</c>: the engine on two files.</summary>
internal sealed class CompareCommand
{
    private readonly Option<string> _reference = new("--reference")
    {
        Description = "Rows to compare with: Parquet, Arrow, JSON or CSV.",
        Required = true,
        HelpName = "FILE",
    };
    private readonly Option<string> _current = new("--current") { Description = "Rows to judge.", Required = true, HelpName = "FILE" };
    private readonly Option<string?> _config = SharedOptions.OptionalConfig(
        "A configuration: columns, edges, groups and rules of a model. Default: every column a feature, exact edges, default rules.");
    private readonly Option<string?> _model = new("--model")
    {
        Description = "Which model of -c; not needed where it has one.",
        HelpName = "ID",
    };
    private readonly Option<string?> _chunk = new("--chunk")
    {
        Description = "Windows of so many rows (rows:5000) or so long (time:7d); default: all rows in one.",
        HelpName = "SIZE",
    };
    private readonly Option<string?> _time = new("--time-column")
    {
        Description = "The event time, where -c does not say.",
        HelpName = "COLUMN",
    };
    private readonly Option<string[]> _except = new("--except")
    {
        Description = "A column that is no feature, where there is no -c; may be repeated.",
        HelpName = "COLUMN",
    };
    private readonly OutcomeOptions _outcomes = new();
    private readonly Option<string[]> _slices = new("--slices")
    {
        Description = "Also judge the rows of each value of a column, where there is no -c: country,device for each; country+device together.",
        HelpName = "COLUMN,...",
    };
    private readonly Option<string[]> _pairs = new("--pairs")
    {
        Description = "Also judge how two columns depend on each other, where there is no -c: income+hours,age+income.",
        HelpName = "COLUMN+COLUMN,...",
    };
    private readonly Option<string?> _attributions = new("--attributions")
    {
        Description = "Columns that begin so hold attributions of features: also judge which features the model relies on, where there is no -c.",
        HelpName = "PREFIX",
    };
    private readonly Option<string?> _failOn = new("--fail-on") { Description = "Exit code 1 when any window is drifting, or there is no row to judge." };
    private readonly Option<string> _order = new("--order")
    {
        Description = "Signals by how bad they are, or as the baseline has them.",
        DefaultValueFactory = _ => "worst",
    };
    private readonly Option<string?> _html = new("--html") { Description = "Also write a report to this file, for people.", HelpName = "FILE" };
    private readonly Option<string?> _junit = new("--junit") { Description = "Also write JUnit XML to this file, for pipelines.", HelpName = "FILE" };
    private readonly Option<bool> _tools = new("--tools")
    {
        Description = "With --json: also what Evidently, NannyML, Azure ML and Frouros say of numbers; holds them in memory.",
    };
    private readonly Option<bool> _json = SharedOptions.Json("One verdict a line, as in the verdicts topic, with every statistic.");

    public static Command Create()
    {
        var options = new CompareCommand();
        options._failOn.AcceptOnly("drifting");
        options._order.AcceptOnly("worst", "baseline");
        options._chunk.Validators.Add(r =>
        {
            if (r.Tokens is [var token] && Chunking.Parse(token.Value) is null)
                r.AddError($"--chunk takes rows:5000 or time:7d, not {token.Value}");
        });
        var command = new Command("compare", """
            Judges the rows of one file against those of another: the numbers a stream of those rows would give, without
            counting how many windows in a row must drift before an alert.

            Example: driftstream compare --reference last-year.parquet --current this-week.parquet --chunk rows:5000 --fail-on drifting
            """)
        {
            options._reference, options._current, options._config, options._model, options._chunk, options._time, options._except, options._slices,
            options._pairs, options._attributions, options._failOn, options._order, options._html, options._junit, options._tools, options._json,
        };
        options._outcomes.AddTo(command);
        command.SetAction(options.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        string reference = parsed.GetValue(_reference)!;
        string[] except = parsed.GetValue(_except) ?? [];
        ImmutableArray<ImmutableArray<string>> slices = SlicesOf(parsed.GetValue(_slices) ?? []);
        ImmutableArray<ImmutableArray<string>> pairs = SlicesOf(parsed.GetValue(_pairs) ?? []);
        if ((Twice("--slices", slices) ?? Twice("--pairs", pairs)) is { } twice) return Refuse(twice);
        if (pairs.FirstOrDefault(p => p.Length != 2) is { IsDefault: false } odd)
            return Refuse($"--pairs takes two columns with a + between them, not {string.Join('+', odd)}");
        if (parsed.GetValue(_attributions) is "") return Refuse("--attributions takes what the names of their columns begin with, such as shap_");
        if (parsed.GetValue(_tools) && !parsed.GetValue(_json)) return Refuse("--tools goes with --json, which shows what it computes");
        var documents = new ReportFiles(parsed.GetValue(_html), parsed.GetValue(_junit));
        if (documents.Problem(reference, parsed.GetValue(_current)!) is { } problem) return Refuse(problem);
        if (_outcomes.Take(parsed, parsed.GetValue(_config) is not null) is { } unclear) return Refuse(unclear);
        DataFile? rows = null;
        Chunking chunks = parsed.GetValue(_chunk) is { } text ? Chunking.Parse(text)! : Chunking.All;
        string? time = parsed.GetValue(_time);
        ComparisonSettings? settings;
        string plan = "";
        if (parsed.GetValue(_config) is { } config)
        {
            if (!slices.IsEmpty) return Refuse("--slices goes without -c, where a model names its slices itself");
            if (!pairs.IsEmpty) return Refuse("--pairs goes without -c, where a model names its pairs itself");
            if (parsed.GetValue(_attributions) is not null) return Refuse("--attributions goes without -c, where columns.attributions says it");
            if (PlanWith(reference, config, parsed.GetValue(_model)) is not var (whole, model)) return ExitCode.Usage;
            (settings, plan) = (Configured(model, chunks, time), whole.Hash);
            if (_outcomes.Clash(settings.Label, settings.LabelKind) is { } clash) return Refuse(clash);
        }
        else if (parsed.GetValue(_model) is not null) return Refuse("--model needs the configuration it is in: -c");
        else
        {
            string[] none = [.. except, .. _outcomes.NoFeatures];
            BaselineSettings plain = PlainSettings(time, none, slices, pairs) with { Attributions = parsed.GetValue(_attributions) };
            settings = Plain(rows = InputFile.Open(reference, WantedColumns.Of(plain, OtherColumns.Values), Console.Error), chunks, time, plain);
            _outcomes.Read(null, LabelKind.Binary, Console.Error);
        }

        settings = settings with { Outcomes = _outcomes.Names(settings) };
        if (parsed.GetValue(_tools)) settings = settings with { Numbers = RawNumbers.Of(DataFile.Open(reference, settings.Wanted), settings.Baseline.Signals) };
        if (settings.Baseline.Signals.IsEmpty) return Refuse($"{reference}: no column has a value, so there is nothing to compare");
        if (chunks.ByTime && settings.Time is null) return Refuse("--chunk time: needs a time: --time-column, or columns: { time: } in -c");
        DataFile current = _outcomes.Open(parsed.GetValue(_current)!, settings.Wanted, settings.Label, mayHave: false, Console.Error);
        if (settings.Outcomes is not null)
        {
            Outcomes before = _outcomes.Before(reference, settings, current, Console.Error);
            settings = settings with
            {
                ReferencePerformance = before.Performance(settings.Outcomes.Kind, before.Classes),
                Classes = before.Classes,
                Calibration = before.Calibration(),
                ReferenceOutcomes = before,
            };
        }

        if (settings.Time is { } column) current.MustHave(column);
        if (except.FirstOrDefault(c => rows?.Has(c) == false && !current.Has(c)) is { } unknown) current.MustHave(unknown);
        var report = documents.Any ? new ComparisonReport(Head(settings, reference, current.Path)) : null;
        Outcome outcome = Judge(settings, current, plan, parsed.GetValue(_json) ? null : Text(parsed.GetValue(_order)!), report);
        _outcomes.TellFates(Console.Error);
        if (report is not null && !documents.Write(report, Console.Error)) return ExitCode.World;
        return outcome != Outcome.Steady && parsed.GetValue(_failOn) is not null ? ExitCode.BadNews : ExitCode.Fine;
    }

    private static ImmutableArray<ImmutableArray<string>> SlicesOf(string[] written) =>
        [.. written.SelectMany(w => w.Split(',')).Select(s => ImmutableArray.Create(s.Split('+')))];

    private static string? Twice(string option, ImmutableArray<ImmutableArray<string>> sets)
    {
        if (sets.FirstOrDefault(s => s.Distinct().Count() < s.Length) is { IsDefault: false } twice)
            return $"{option}: {string.Join('+', twice)} names a column twice";
        return sets.GroupBy(s => string.Join('+', s.Order(StringComparer.Ordinal))).FirstOrDefault(s => s.Count() > 1) is { } same
            ? $"{option}: {string.Join('+', same.First())} is there twice, in whatever order"
            : null;
    }

    private static ComparisonText Text(string order) => new(Ink.ForOutput, BarInk.ForOutput, order == "worst");

    private static ReportHead Head(ComparisonSettings settings, string reference, string current)
    {
        string? program = typeof(CompareCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        return new ReportHead(reference, current, settings.Model, settings.Version, settings.Baseline, DateTimeOffset.UtcNow, program ?? "");
    }

    private (DriftPlan Plan, ModelPlan Model)? PlanWith(string reference, string config, string? model)
    {
        if (ModelFile.BaselineSettings(config, model, Console.Error) is not { } built) return null;
        _outcomes.Read(built.Label, built.LabelKind, Console.Error);
        DataFile rows = _outcomes.Open(reference, WantedColumns.Of(built), built.Label, mayHave: true, Console.Error);
        Baseline baseline = ModelFile.Build(rows, built, Console.Error);
        PlanResult result = PlanFile.Read(config, r => r.Settings.Id == built.Id ? BaselineLoad.InPlace(baseline) : BaselineSource.Load(r));
        if (result.Plan is { } plan) return (plan, plan.Models.First(m => m.Id == built.Id));
        PlanFile.Write(result.Findings, Console.Error);
        return null;
    }

    private static ComparisonSettings Configured(ModelPlan model, Chunking chunks, string? time)
    {
        WindowSettings window = model.Windows.Windows.FirstOrDefault(w => w.Size == chunks.Span) ?? model.Windows.Windows[0];
        if (chunks.ByTime && window.Size == chunks.Span) chunks = chunks with { Offset = window.Offset, Zone = window.Zone };
        CountedModel counted = model.Counting;
        return new ComparisonSettings
        {
            Model = model.Id,
            Version = counted.Version.Value ?? "",
            Baseline = model.Judgement.Baseline,
            Decision = counted.Decision,
            Label = counted.Label,
            LabelKind = counted.LabelKind,
            Rules = model.Judgement.Rules,
            Kpis = model.Judgement.Kpis,
            Costs = model.Judgement.Costs,
            MinRows = window.MinRows,
            Time = time ?? counted.TimeColumn,
            IntegerTime = time is null ? counted.IntegerTime : null,
            Chunks = chunks,
            Paths = counted.Paths,
        };
    }

    /// <summary>The settings of a comparison without a config.</summary>
    internal static ComparisonSettings Plain(DataFile reference, Chunking chunks, string? time, BaselineSettings settings)
    {
        Baseline baseline = ModelFile.Build(reference, settings, Console.Error);
        return new ComparisonSettings
        {
            Model = "compare",
            Baseline = baseline,
            Rules =
            [
                .. ModelDefaults.Rules, .. settings.Pairs.IsEmpty ? [] : ModelDefaults.RulesOfPairs,
                .. settings.Attributions is null ? [] : ModelDefaults.RulesOfAttributions,
            ],
            MinRows = ModelDefaults.MinRows,
            Time = time,
            Chunks = chunks,
        };
    }

    /// <summary>What a baseline is built of without a config.</summary>
    internal static BaselineSettings PlainSettings(
        string? time, string[] except, ImmutableArray<ImmutableArray<string>> slices, ImmutableArray<ImmutableArray<string>> pairs) =>
        BaselineSettings.Of("compare") with
        {
            Edges = BaselineSettings.ExactEdges,
            NotFeatures = [.. except, .. new[] { time }.OfType<string>()],
            Slices = slices,
            Pairs = pairs,
        };

    /// <summary>What has an exit code of its own: a file without rows is not good news either.</summary>
    private enum Outcome : byte { Steady, Drifting, NoRows }

    /// <param name="settings">What is compared.</param>
    /// <param name="current">The rows to judge.</param>
    /// <param name="plan">The hash of the configuration's plan.</param>
    /// <param name="text">Writes for people; null: JSON.</param>
    /// <param name="report">Gathers the verdicts, where a document is to be written.</param>
    private static Outcome Judge(ComparisonSettings settings, DataFile current, string plan, ComparisonText? text, ComparisonReport? report)
    {
        Note(settings, current);
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = false };
        var comparison = new Comparison(settings);
        int windows = 0, drifting = 0;
        long rows = 0;
        foreach (Verdict verdict in comparison.Verdicts(current))
        {
            windows++;
            rows += verdict.Window.Rows;
            bool drifts = verdict.Judgement == Judgement.Drifting;
            if (drifts) drifting++;
            report?.Add(verdict);
            if (text is null)
            {
                foreach (byte[] document in VerdictJson.Write(verdict with { Plan = plan })) output.WriteLine(Encoding.UTF8.GetString(document));
            }
            else
            {
                output.Write(text.Line(verdict));
                if (drifts || settings.Chunks == Chunking.All) output.Write(text.Table(verdict));
                else output.Write(PerformanceText.Line(verdict.Performance));
            }
        }

        Baseline baseline = settings.Baseline;
        if (text is not null)
            output.WriteLine($"{drifting} of {windows} windows drifting, against {ComparisonText.Rows(baseline.Rows)} ({baseline.Hash[..19]})");
        current.TellRefused(Console.Error);
        foreach (string odd in comparison.Odd(current.Path)) Console.Error.WriteLine(odd);
        if (comparison.LeftOut > 0) Console.Error.WriteLine($"{current.Path}: {LeftOut(comparison.LeftOut)}");
        if (rows == 0) Console.Error.WriteLine($"{current.Path}: no rows to judge");
        return drifting > 0 ? Outcome.Drifting : rows == 0 ? Outcome.NoRows : Outcome.Steady;
    }

    private static string LeftOut(long rows) => $"{ComparisonText.Rows(rows)} without a time {(rows == 1 ? "was" : "were")} left out";

    private static void Note(ComparisonSettings settings, DataFile current)
    {
        string?[] outcomes = [settings.Outcomes?.Label.Column, settings.Outcomes?.Decision?.Column, settings.Outcomes?.Score];
        HashSet<string> counted = [.. settings.Baseline.Signals.SelectMany(s => s.Columns).Concat(outcomes.OfType<string>())];
        string[] unread = [.. counted.Where(c => current.Schema.IndexOf(c) < 0).Order(StringComparer.Ordinal)];
        Tell("not in the current rows, so all missing", unread.Except(current.AllNull));
        Tell("null in all current rows, so all missing", unread.Intersect(current.AllNull));
        if (settings.Model != "compare") return; // a config says what is watched
        IEnumerable<string> all = current.Schema.Fields.Select(f => f.Name).Concat(current.PassedOver);
        string[] extra = [.. all.Where(c => !counted.Contains(c) && c != settings.Time)];
        Tell("not compared", extra);

        static void Tell(string what, IEnumerable<string> columns)
        {
            string names = string.Join(", ", columns);
            if (names.Length > 0) Console.Error.WriteLine($"{what}: {Printable.Of(names)}");
        }
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return ExitCode.Usage;
    }
}
