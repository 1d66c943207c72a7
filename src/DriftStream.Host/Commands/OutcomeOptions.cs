using System.Collections.Immutable;
using System.CommandLine;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Host.Compare;
using DriftStream.Host.Files;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Commands;

/// <summary>What <c>compare</c> is told of labels: where they stand, and what the model said.</summary>
internal sealed class OutcomeOptions
{
    private readonly Option<string?> _label = new("--label")
    {
        Description = "The column of what turned out to be true, where -c does not say: shows how well the model did. Positive is 1 unless said.",
        HelpName = "COLUMN[=POSITIVE]",
    };
    private readonly Option<string?> _labels = new("--labels")
    {
        Description = "Labels that stand in a file of their own: with the columns of --label (or of -c) and --id. Rows without one stay unlabelled.",
        HelpName = "FILE",
    };
    private readonly Option<string?> _id = new("--id") { Description = "With --labels: the column that names a row in all files.", HelpName = "COLUMN" };
    private readonly Option<string?> _decision = new("--decision")
    {
        Description = "With --label: the column of what the model decided, where -c does not say. Selected is 1 unless said.",
        HelpName = "COLUMN[=SELECTED]",
    };
    private readonly Option<string?> _score = new("--score")
    {
        Description = "With --label: the column of the model's score, where -c does not say.",
        HelpName = "COLUMN",
    };

    private readonly Option<string?> _kind = new("--label-kind")
    {
        Description = "binary: the label is positive or not; number: --score predicts it; class: it is one of several, and so is --decision. Default: what "
            + "-c says, else binary.",
    };

    private readonly Option<string[]> _by = new("--by")
    {
        Description = "With --label: also how well the model did on the rows of each value of a column; SEX,SEX+RAC1P. Default: the groups of -c.",
        HelpName = "COLUMN,...",
    };

    private LabelFile? _file;
    private ParseResult _parsed = null!;
    private LabelKind _configured;

    public void AddTo(Command command)
    {
        _kind.AcceptOnly("binary", "number", "class");
        foreach (Option option in (Option[])[_label, _kind, _labels, _id, _decision, _score, _by]) command.Add(option);
    }

    /// <summary>Takes what was written. Returns what is wrong with it, or null.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="configured">Whether a configuration may say what the options do not.</param>
    public string? Take(ParseResult parsed, bool configured)
    {
        _parsed = parsed;
        if (parsed.GetValue(_labels) is null != parsed.GetValue(_id) is null) return "--labels and --id: one without the other";
        if (Kind == LabelKind.Number && Label(null) is not null && parsed.GetValue(_score) is null)
            return "--label-kind number: --score names the column that predicts the label";
        if (Kind == LabelKind.Class && Label(null) is not null && parsed.GetValue(_decision) is null)
            return "--label-kind class: --decision names the column of the class that was decided";
        if (Kind != LabelKind.Binary && Label(null) is null) return "--label-kind goes with --label";
        if (Meaningless(Kind) is { } meaningless) return meaningless;
        if (configured || Label(null) is not null) return null;
        if (By.Length > 0) return "--by goes with --label, or with a -c whose model has a label";
        foreach (Option<string?> option in (Option<string?>[])[_labels, _decision, _score])
        {
            if (parsed.GetValue(option) is not null) return $"{option.Name} goes with --label, or with a -c whose model has a label";
        }

        return null;
    }

    /// <summary>Takes what the configuration says of the label. Returns why it cannot be of the kind that was asked for, or null.</summary>
    /// <param name="label">The label of the configuration, or null.</param>
    /// <param name="kind">What it is.</param>
    public string? Clash(BinaryColumn? label, LabelKind kind)
    {
        LabelKind asked = Kind;
        bool isAsked = _parsed.GetValue(_kind) is not null;
        _configured = label is null ? LabelKind.Binary : kind;
        if (label is not null && isAsked && asked != kind)
            return $"--label-kind goes without -c, or with a model that has no label; this one's, '{label.Column}', is of the kind {Word(kind)}";
        if (Kind == LabelKind.Binary) return null;
        return Meaningless(Kind);
    }

    // Which value is the positive one is asked of labels that are positive or not. Whoever writes it wants one class looked at, and each is shown.
    private string? Meaningless(LabelKind kind)
    {
        foreach (Option<string?> option in (Option<string?>[])[_label, _decision])
        {
            if (kind == LabelKind.Binary || _parsed.GetValue(option)?.Split('=', 2) is not [var column, var positive]) continue;
            string instead = kind == LabelKind.Number ? "a number has no positive value"
                : $"precision, recall and F1 of each class are shown, {positive} among them; or to judge it against all others, --label-kind binary";
            return $"{option.Name} {column}={positive}: ={positive} goes with --label-kind binary. Write {option.Name} {column}: {instead}";
        }

        return null;
    }

    private static string Word(LabelKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>Columns that are no features where no configuration says what is one.</summary>
    public IEnumerable<string> NoFeatures => new[] { Label(null)?.Column, _parsed.GetValue(_id) }.OfType<string>();

    /// <summary>Reads the labels of their own file, where there is one.</summary>
    /// <param name="label">The label of the configuration, or null.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="errors">Where refused rows are told.</param>
    /// <exception cref="DataFileException">It cannot be read, or lacks a column.</exception>
    public void Read(BinaryColumn? label, LabelKind kind, TextWriter errors)
    {
        if (label is not null) _configured = kind;
        if (_parsed.GetValue(_labels) is not { } path || Label(label) is not { } of) return;
        string id = _parsed.GetValue(_id)!;
        DataFile file = InputFile.Open(path, WantedColumns.None.And(id, JsonKind.Category).And(of.Column, LabelFile.JsonKindOf(Kind)), errors);
        file.MustHave(id);
        file.MustHave(of.Column);
        _file = LabelFile.Read(file, id, of, Kind);
        file.TellRefused(errors);
    }

    /// <summary>Opens rows, and joins them with the labels of their own file, where there is one.</summary>
    /// <param name="path">The rows.</param>
    /// <param name="wanted">What is read of them.</param>
    /// <param name="label">The label of the configuration, or null.</param>
    /// <param name="mayHave">They may have labels of their own, which then stand.</param>
    /// <param name="errors">Where types that were found by values are told.</param>
    public DataFile Open(string path, WantedColumns wanted, BinaryColumn? label, bool mayHave, TextWriter errors)
    {
        if (_file is null) return InputFile.Open(path, wanted, errors);
        (string id, string column) = (_parsed.GetValue(_id)!, Label(label)!.Column);
        DataFile rows = InputFile.Open(path, wanted.And(id, JsonKind.Category), errors);
        // A reference may know nothing of labels: then nothing is known of how well the model did before.
        if (mayHave && (rows.Has(column) || !rows.Has(id))) return rows;
        if (rows.Has(column)) throw new DataFileException(path, "it has labels itself, and --labels gives others: leave one of them out", column: column);
        rows.MustHave(id);
        return _file.Join(rows);
    }

    /// <summary>Which columns say how well the model did; null where nobody knows. The options go before the configuration.</summary>
    public OutcomeNames? Names(ComparisonSettings settings)
    {
        if (Label(settings.Label) is not { } label) return null;
        string? score = _parsed.GetValue(_score) ?? settings.Baseline.Signals.FirstOrDefault(s => s.Role == SignalRole.Score)?.Columns[0];
        return new OutcomeNames(score, Binary(_parsed.GetValue(_decision)) ?? settings.Decision, label)
        {
            Kind = Kind,
            By = By is { Length: > 0 } by ? by
                : GroupsOf(settings.Baseline),
        };
    }

    // A model that decides nothing has groups by which its errors are counted.
    private static ImmutableArray<ImmutableArray<string>> GroupsOf(Baseline baseline) =>
    [
        .. baseline.Signals.Where(s => s.Role is SignalRole.Group or SignalRole.GroupResiduals)
            .Select(s => s.Role == SignalRole.Group ? s.Columns : GroupResidualCells.GroupOf(s)).DistinctBy(BaselineBuilder.GroupName),
    ];

    /// <summary>How well the model did on the reference. It is read once more: its rows were counted, and are gone.</summary>
    /// <param name="reference">The reference's rows.</param>
    /// <param name="settings">They have outcomes.</param>
    /// <param name="current">The rows to judge, which must have all columns.</param>
    /// <param name="errors">Where it is told that the reference lacks labels.</param>
    public Outcomes Before(string reference, ComparisonSettings settings, DataFile current, TextWriter errors)
    {
        OutcomeNames names = settings.Outcomes!;
        foreach (string column in names.By.SelectMany(b => b).Concat([names.Decision?.Column, names.Score]).OfType<string>()) current.MustHave(column);
        DataFile rows = Open(reference, names.Among(WantedColumns.None), settings.Label, mayHave: true, TextWriter.Null);
        if (!rows.Has(names.Label.Column))
            errors.WriteLine($"{reference}: no column '{Printable.Of(names.Label.Column)}', so nothing is known of how well the model did before");
        // Labels that have not come yet are estimated from scores; without any there is nothing to say, or the name is wrong.
        if (!rows.Has(names.Label.Column) || names.Score is null || names.Kind != LabelKind.Binary) current.MustHave(names.Label.Column);
        else if (!current.Has(names.Label.Column))
        {
            errors.WriteLine($"{current.Path}: no column '{Printable.Of(names.Label.Column)}' yet, "
                + "so how well the model did is estimated from its scores alone");
        }

        return Outcomes.Of(rows, names, errors);
    }

    /// <summary>Says what became of the labels of their own file.</summary>
    public void TellFates(TextWriter errors)
    {
        if (_file is not null) errors.WriteLine(_file.Fates());
    }

    private LabelKind Kind => _parsed.GetValue(_kind) switch
    {
        "number" => LabelKind.Number,
        "class" => LabelKind.Class,
        "binary" => LabelKind.Binary,
        _ => _configured,
    };

    private ImmutableArray<ImmutableArray<string>> By =>
        [.. (_parsed.GetValue(_by) ?? []).SelectMany(w => w.Split(',')).Select(s => ImmutableArray.Create(s.Split('+')))];

    private BinaryColumn? Label(BinaryColumn? configured) => Binary(_parsed.GetValue(_label)) ?? configured;

    private static BinaryColumn? Binary(string? written) => written?.Split('=', 2) switch
    {
        null => null,
        [var column, var positive] => new BinaryColumn(column, positive),
        var parts => new BinaryColumn(parts[0], BinaryColumn.DefaultPositive),
    };
}
