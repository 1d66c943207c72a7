using System.Globalization;
using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Host.Files;

namespace DriftStream.Host.Compare;

/// <summary>
/// Labels that stand in a file of their own, by the id of their row. The first label of an id stands, and so does the first row: what comes again is a
/// duplicate, as in a stream.
/// </summary>
internal sealed class LabelFile
{
    private readonly Dictionary<string, Known> _labels = new(StringComparer.Ordinal);
    private readonly HashSet<string> _matched = new(StringComparer.Ordinal);
    private readonly string _path, _id;
    private readonly BinaryColumn _label;
    private readonly LabelKind _kind;
    private readonly OddNumbers _odd = new("a label");
    private long _duplicates, _without, _twice;

    private LabelFile(string path, string id, BinaryColumn label, LabelKind kind) => (_path, _id, _label, _kind) = (path, id, label, kind);

    /// <summary>A label: a number, or the text of a class; of one that is positive or not, a text that says which.</summary>
    private readonly record struct Known(double Number, string? Text);

    /// <summary>As what a label of that kind is read.</summary>
    public static JsonKind JsonKindOf(LabelKind kind) => kind == LabelKind.Number ? JsonKind.Number : JsonKind.Category;

    /// <summary>Reads all labels of a file.</summary>
    /// <param name="file">It has both columns.</param>
    /// <param name="id">The column of the id, of the same name in both files.</param>
    /// <param name="label">What counts as positive.</param>
    /// <param name="kind">What a label is.</param>
    /// <exception cref="DataFileException">It cannot be read, or its labels are of another kind.</exception>
    public static LabelFile Read(DataFile file, string id, BinaryColumn label, LabelKind kind)
    {
        var labels = new LabelFile(file.Path, id, label, kind);
        long before = 0;
        foreach (Batch batch in file.Batches)
        {
            Known?[] known = kind switch
            {
                LabelKind.Binary => Binary(file.Path, batch, label),
                LabelKind.Number => labels.Numbers(batch, before),
                LabelKind.Class => Classes(batch.Find(label.Column)!, batch.Rows),
            };
            Column ids = batch.Find(id)!;
            for (int row = 0; row < batch.Rows; row++)
            {
                if (known[row] is not { } value || TextOf(ids, row) is not { } text) labels._without++;
                else if (!labels._labels.TryAdd(text, value)) labels._duplicates++;
            }

            before += batch.Rows;
        }

        return labels;
    }

    private static Known?[] Binary(string path, Batch batch, BinaryColumn label)
    {
        var columns = new OutcomeColumns(null, null, label);
        if (columns.Bind(batch) is { } reject) throw new DataFileException(path, reject.Detail);
        var states = new int[batch.Rows];
        columns.Read(0, new double[batch.Rows], new int[batch.Rows], states);
        return [.. states.Select(s => s == OutcomeColumns.Missing ? default(Known?) : new Known(0, (s == OutcomeColumns.Yes ? "" : "not ") + label.Positive))];
    }

    private Known?[] Numbers(Batch batch, long before)
    {
        var column = new NumberColumn(_label.Column, "a label of the kind number");
        if (column.Bind(batch) is { } reject) throw new DataFileException(_path, reject.Detail);
        (double[] numbers, Column labels) = (new double[batch.Rows], batch.Find(_label.Column)!);
        column.Read(0, numbers);
        for (int row = 0; row < numbers.Length; row++)
        {
            if (labels.IsValid(row) && !double.IsFinite(numbers[row])) _odd.Note(before + row, numbers[row]);
        }

        return [.. numbers.Select(n => double.IsFinite(n) ? new Known(n, null) : default(Known?))];
    }

    // A class is there as often as it has rows: one text of it is enough.
    private static Known?[] Classes(Column labels, int rows)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var known = new Known?[rows];
        for (int row = 0; row < rows; row++)
        {
            if (TextOf(labels, row) is not { } text) continue;
            if (!texts.TryGetValue(text, out string? same)) texts.Add(text, same = text);
            known[row] = new Known(0, same);
        }

        return known;
    }

    /// <summary>The rows with their labels as one more column, in which those without one are null.</summary>
    /// <param name="rows">They have the id, and no column that is called as the label is.</param>
    public DataFile Join(DataFile rows)
    {
        var schema = new Schema([.. rows.Schema.Fields, new Field(_label.Column, ColumnOf([]).Type)]);
        return new DataFile(rows.Path, schema, Joined(rows.Batches))
        {
            Rows = rows.Rows,
            PassedOver = rows.PassedOver,
            AllNull = rows.AllNull,
            IsJson = rows.IsJson,
        };
    }

    /// <summary>What became of the labels, once rows have been read: of those that were read last.</summary>
    public string Fates()
    {
        long all = _labels.Count + _duplicates + _without;
        var text = new StringBuilder(Said($"{_path}: of {all:N0} labels {_matched.Count:N0} have a row, {_labels.Count - _matched.Count:N0} have none"));
        if (_duplicates > 0) text.Append(Said($", {_duplicates:N0} are of an id that had one"));
        if (_without > 0) text.Append(Said($", {_without:N0} lack an id or a value"));
        if (_twice > 0) text.Append(Said($"; {_twice:N0} rows have the id of a row before them, and so no label"));
        if (_odd.Text(_path, "is none", "are none") is { } odd) text.Append('\n').Append(odd);
        return text.ToString();

        static string Said(FormattableString of) => of.ToString(CultureInfo.InvariantCulture);
    }

    // Rows may be read more than once: each time it begins anew.
    private IEnumerable<Batch> Joined(IEnumerable<Batch> batches)
    {
        _matched.Clear();
        _twice = 0;
        foreach (Batch batch in batches) yield return Joined(batch);
    }

    private Batch Joined(Batch batch)
    {
        var labels = new Known?[batch.Rows];
        Column ids = batch.Find(_id)!;
        for (int row = 0; row < labels.Length; row++)
        {
            if (TextOf(ids, row) is not { } text || !_labels.TryGetValue(text, out Known label)) continue;
            if (_matched.Add(text)) labels[row] = label;
            else _twice++;
        }

        var joined = new BatchBuilder();
        for (int i = 0; i < batch.Columns.Length; i++) joined.Add(batch.Schema.Fields[i].Name, batch.Columns[i]);
        return joined.Add(_label.Column, ColumnOf(labels)).Build();
    }

    private Column ColumnOf(Known?[] labels) => _kind == LabelKind.Number
        ? Columns.Of<double>([.. labels.Select(l => l?.Number)])
        : Columns.Text([.. labels.Select(l => l?.Text)]);

    internal static string? TextOf(Column ids, int row)
    {
        if (!CategoryText.HasValue(ids, row)) return null;
        if (ids.Type.IsText) return Encoding.UTF8.GetString(ColumnText.Utf8(ids, row));
        Span<byte> text = stackalloc byte[40];
        return Encoding.UTF8.GetString(text[..CategoryText.Write(ids, row, text)]);
    }
}
