using System.Collections.Immutable;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>What a reference shows of a model's outcomes, collected over batches until their cells can be made.</summary>
/// <param name="settings">Which columns are what.</param>
internal sealed class OutcomeSample(BaselineSettings settings)
{
    private readonly ResidualSample? _residuals = settings is { LabelKind: LabelKind.Number, Score: { } score, Label.Column: var label }
        ? new ResidualSample(score, label)
        : null;
    private readonly ColumnSample? _classes = settings is { LabelKind: LabelKind.Class, Decision: not null, Label.Column: var label }
        ? new ColumnSample(label, categorical: true, sliced: true)
        : null;

    /// <summary>Why there can be no cells, or null; known once all rows have been added.</summary>
    public string? Problem => _classes is { TooManyCategories: true }
        ? $"label '{settings.Label!.Column}' has more than 65535 classes: it identifies rows"
        : null;

    /// <summary>Adds rows, which must have all columns.</summary>
    /// <returns>Why they cannot be read, or null.</returns>
    public string? Add(Batch batch)
    {
        _classes?.Add(batch);
        return _residuals?.Add(batch);
    }

    /// <summary>The signals of outcomes; none where the model has no label, or nothing that it is beside.</summary>
    /// <param name="samples">Those of score and decision are among them.</param>
    public IEnumerable<BaselineSignal> Signals(List<ColumnSample> samples)
    {
        if (settings.Label is not { Column: var label } || (settings.Score ?? settings.Decision?.Column) is null) return [];
        return settings.LabelKind switch
        {
            LabelKind.Binary => [Binary(label, samples)],
            LabelKind.Number => _residuals is null ? [] : ResidualCells.Signals(settings.Score!, label, _residuals),
            LabelKind.Class => _classes is null ? [] : [Classes(label, _classes, samples)],
        };
    }

    private BaselineSignal Binary(string label, List<ColumnSample> samples)
    {
        ImmutableArray<double> edges = samples.Find(s => s.Name == settings.Score) is { } score ? OutcomeEdges.Of(score) : [];
        ImmutableArray<string> columns = OutcomeCells.Columns(settings.Score, settings.Decision?.Column, label);
        return new BaselineSignal(label, SignalRole.Outcome, columns, Layout.Outcome(Layout.Numeric(edges)), []);
    }

    private BaselineSignal Classes(string label, ColumnSample classes, List<ColumnSample> samples)
    {
        string decision = settings.Decision!.Column;
        return ClassCells.Signal(decision, label, ClassCells.ClassesOf(classes, samples.Find(s => s.Name == decision)!.Categories));
    }
}
