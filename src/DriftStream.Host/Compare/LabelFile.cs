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
    private readonly Dictionary<string, bool> _labels = new(StringComparer.Ordinal);
    private readonly HashSet<string> _matched = new(StringComparer.Ordinal);
    private readonly string _path, _id;
    private readonly BinaryColumn _label;
    private long _duplicates, _without, _twice;

    private LabelFile(string path, string id, BinaryColumn label) => (_path, _id, _label) = (path, id, label);

    /// <summary>Reads all labels of a file.</summary>
    /// <param name="file">It has both columns.</param>
    /// <param name="id">The column of the id, of the same name in both files.</param>
    /// <param name="label">What counts as positive.</param>
    /// <exception cref="DataFileException">It cannot be read.</exception>
    public static LabelFile Read(DataFile file, string id, BinaryColumn label)
    {
        var (labels, columns) = (new LabelFile(file.Path, id, label), new OutcomeColumns(null, null, label));
        foreach (Batch batch in file.Batches)
        {
            if (columns.Bind(batch) is { } reject) throw new DataFileException(file.Path, reject.Detail);
            var states = new int[batch.Rows];
            columns.Read(0, new double[batch.Rows], new int[batch.Rows], states);
            Column ids = batch.Find(id)!;
            for (int row = 0; row < batch.Rows; row++)
            {
                if (states[row] == OutcomeColumns.Missing || TextOf(ids, row) is not { } text) labels._without++;
                else if (!labels._labels.TryAdd(text, states[row] == OutcomeColumns.Yes)) labels._duplicates++;
            }
        }

        return labels;
    }

    /// <summary>The rows with their labels as one more column, in which those without one are null.</summary>
    /// <param name="rows">They have the id, and no column that is called as the label is.</param>
    public DataFile Join(DataFile rows)
    {
        var schema = new Schema([.. rows.Schema.Fields, new Field(_label.Column, Columns.Text([]).Type)]);
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
        var labels = new string?[batch.Rows];
        Column ids = batch.Find(_id)!;
        for (int row = 0; row < labels.Length; row++)
        {
            if (TextOf(ids, row) is not { } text || !_labels.TryGetValue(text, out bool positive)) continue;
            if (_matched.Add(text)) labels[row] = positive ? _label.Positive : "not " + _label.Positive;
            else _twice++;
        }

        var joined = new BatchBuilder();
        for (int i = 0; i < batch.Columns.Length; i++) joined.Add(batch.Schema.Fields[i].Name, batch.Columns[i]);
        return joined.Add(_label.Column, Columns.Text(labels)).Build();
    }

    internal static string? TextOf(Column ids, int row)
    {
        if (!CategoryText.HasValue(ids, row)) return null;
        if (ids.Type.IsText) return Encoding.UTF8.GetString(ColumnText.Utf8(ids, row));
        Span<byte> text = stackalloc byte[40];
        return Encoding.UTF8.GetString(text[..CategoryText.Write(ids, row, text)]);
    }
}
