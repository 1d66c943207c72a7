using System.Globalization;
using DriftStream.Batches;
using DriftStream.Cells;

namespace DriftStream.Host.Compare;

/// <summary>Reads outcomes of one kind from batches, and counts the rows of which a label or a score is there and is NaN or infinite.</summary>
internal sealed class OutcomeReader(OutcomeNames names)
{
    private readonly OutcomeColumns _binary = names.Columns();
    private readonly NumberColumn? _predicted = names.Kind == LabelKind.Number ? new NumberColumn(names.Score!, "a score") : null;
    private readonly NumberColumn? _label = names.Kind == LabelKind.Number ? new NumberColumn(names.Label.Column, "a label of the kind number") : null;
    private readonly OddNumbers _labels = new("a label"), _scores = new("a score");
    private Batch _batch = null!;
    private Column?[][] _by = [];
    private long _before;

    /// <summary>What is to be told of rows that count as if they had no label, or no score; empty where there are none.</summary>
    /// <param name="path">Where they are.</param>
    public IEnumerable<string> Odd(string path) => new[]
    {
        _labels.Text(path, "counts as a row without a label", "count as rows without a label"),
        _scores.Text(path, "is in no metric of scores", "are in no metric of scores"),
    }.OfType<string>();

    /// <summary>Takes the columns of a batch, the next one of its file; returns why they cannot be read, or null.</summary>
    public Reject? Bind(Batch batch)
    {
        _before += _batch?.Rows ?? 0;
        _batch = batch;
        _by = [.. names.By.Select(b => b.Select(c => _batch.Find(c)).ToArray())];
        return names.Kind switch
        {
            LabelKind.Binary => _binary.Bind(batch),
            LabelKind.Number => _predicted!.Bind(batch) ?? _label!.Bind(batch),
            LabelKind.Class => null,
        };
    }

    public void Add(Outcomes to, int start, int rows)
    {
        switch (names.Kind)
        {
            case LabelKind.Binary: AddBinary(to, start, rows); break;
            case LabelKind.Number: AddNumbers(to, start, rows); break;
            case LabelKind.Class: AddClasses(to, start, rows); break;
        }

        NoteOdd(to, start, rows);
    }

    private void AddBinary(Outcomes to, int start, int rows)
    {
        to.Add(_binary, start, rows);
        if (names.By.IsEmpty) return;
        (double[] scores, int[] decisions, int[] labels) = (new double[rows], new int[rows], new int[rows]);
        _binary.Read(start, scores, decisions, labels);
        for (int i = 0; i < rows; i++)
        {
            foreach (Outcomes group in GroupsOf(to, start + i)) group.Add(scores[i], decisions[i], labels[i]);
        }
    }

    private void AddNumbers(Outcomes to, int start, int rows)
    {
        (double[] predicted, double[] labels) = (new double[rows], new double[rows]);
        _predicted!.Read(start, predicted);
        _label!.Read(start, labels);
        for (int i = 0; i < rows; i++)
        {
            to.Add(predicted[i], labels[i]);
            foreach (Outcomes group in GroupsOf(to, start + i)) group.Add(predicted[i], labels[i]);
        }
    }

    private void AddClasses(Outcomes to, int start, int rows)
    {
        (Column? decided, Column? label) = (_batch.Find(names.Decision!.Column), _batch.Find(names.Label.Column));
        for (int row = start; row < start + rows; row++)
        {
            (string? says, string? isOf) = (decided is null ? null : LabelFile.TextOf(decided, row), label is null ? null : LabelFile.TextOf(label, row));
            to.Add(says, isOf);
            foreach (Outcomes group in GroupsOf(to, row)) group.Add(says, isOf);
        }
    }

    private IEnumerable<Outcomes> GroupsOf(Outcomes of, int row)
    {
        for (int by = 0; by < _by.Length; by++)
        {
            string?[] values = [.. _by[by].Select(c => c is null ? null : LabelFile.TextOf(c, row))];
            if (Array.TrueForAll(values, v => v is not null))
                yield return of.Of(BaselineBuilder.GroupName(names.By[by]), string.Join(TableCells.Separator, values));
        }
    }

    // Of labels that are positive or not, or classes, infinity is a value as any other; NaN is none anywhere.
    private void NoteOdd(Outcomes to, int start, int rows)
    {
        (Column? label, Column? score) = (FloatsOf(names.Label.Column), names.Kind == LabelKind.Class ? null : FloatsOf(names.Score));
        if (label is null && score is null) return;
        (double[] labels, double[] scores) = (Widen(label), Widen(score));
        for (int i = 0; i < rows; i++)
        {
            if (label?.IsValid(start + i) == true && (names.Kind == LabelKind.Number ? !double.IsFinite(labels[i]) : double.IsNaN(labels[i])))
            {
                _labels.Note(_before + start + i, labels[i]);
                to.NoteOdd();
                foreach (Outcomes group in GroupsOf(to, start + i)) group.NoteOdd();
            }

            if (score?.IsValid(start + i) == true && !double.IsFinite(scores[i])) _scores.Note(_before + start + i, scores[i]);
        }

        double[] Widen(Column? column)
        {
            if (column is null) return [];
            double[] numbers = new double[rows];
            ColumnNumbers.Widen(column, start, numbers);
            return numbers;
        }
    }

    private Column? FloatsOf(string? name) =>
        name is not null && _batch.Find(name) is { Type.Kind: ColumnKind.Float32 or ColumnKind.Float64 } column ? column : null;
}

/// <summary>Values that are there, and are NaN or infinite.</summary>
/// <param name="what">What they are: <c>a label</c>.</param>
internal sealed class OddNumbers(string what)
{
    private long _rows, _first;
    private double _value;

    /// <param name="row">Its place among the rows that were read, from 0.</param>
    /// <param name="value">NaN or infinite.</param>
    public void Note(long row, double value)
    {
        if (_rows++ == 0) (_first, _value) = (row, value);
    }

    /// <summary>
    /// <c>rows.csv: 3 rows have a label that is NaN or infinite, the first is row 12 (NaN): they count as rows without a label</c>; null of none.
    /// </summary>
    public string? Text(string path, string itDoes, string theyDo) => _rows == 0 ? null : string.Create(CultureInfo.InvariantCulture,
        $"{path}: {ComparisonText.Rows(_rows)} {(_rows == 1 ? "has" : "have")} {what} that is NaN or infinite, ")
        + string.Create(CultureInfo.InvariantCulture, $"the first is row {_first + 1:N0} ({Name(_value)}): ")
        + (_rows == 1 ? $"it {itDoes}" : $"they {theyDo}");

    private static string Name(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "infinity" : "-infinity";
}
